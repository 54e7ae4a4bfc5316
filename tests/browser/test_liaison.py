"""The liaison page of a partner, and our written policy for what it asks of our people, in real browsers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio
from playwright.async_api import expect

from geodata.store.cluster import Cluster
from tests.browser.conftest import Visit
from tests.browser.screen import LARGE, PHONE, Screen
from tests.browser.test_accessibility import findings
from tests.browser.test_exchange import Pair, Side, pair
from tests.service.federation.procedures.lent import Neighbours, neighbours
from tests.service.federation.procedures.test_alarms import ask, plan
from tests.service.roster.crew import crew, told

__all__ = ["pair"]
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest_asyncio.fixture(loop_scope="session")
async def near(cluster: Cluster) -> AsyncIterator[Neighbours]:
    async with neighbours(cluster, streamed=True) as found:
        yield found


async def test_everything_between_two_staffs_on_one_page_what_needs_an_answer_first(
    near: Neighbours, blind_visit: Visit
) -> None:
    lender = near.lender
    ours = Side(near.asking, await crew(near.asking.node, "Altdorf"))
    theirs = Side(lender.node, await crew(lender.node.node, "Bergheim"))
    boats = [lender.fleet.resources[f"Boot Bergheim {n}"] for n in (1, 2)]
    _, (lent,) = await near.ask(quantity=1)
    await near.agree(lent)
    terms = {"until": (datetime.now(UTC) + timedelta(seconds=15)).isoformat()}
    await lender.does(near.answer(lent), "offer", resources=boats[:1], terms=terms)
    await near.agree(lent)
    await near.does(lent, "requisition")
    await near.agree(lent)
    await lender.does(near.answer(lent), "commit")
    await near.agree(lent)
    _, (offered,) = await near.ask(quantity=1)
    await near.agree(offered)
    await lender.does(near.answer(offered), "offer", resources=boats[1:])
    await near.agree(offered)
    alarm = await ask(ours.crew, "bergheim")
    assert alarm
    told(await ours.crew.client.post(f"{ours.at(theirs)}/messages", json={"text": "Lage am Deich?"}))
    told(await theirs.crew.client.post(f"{theirs.at(ours)}/messages", json={"text": "Brauchen Sandsäcke"}))

    screen = await blind_visit(near.asking.node, viewport=LARGE, bypass_csp=True)
    await screen.signed_in(near.asking.database, "Leitung Altdorf")
    await screen.open(tab="partners", page="list")
    await screen.part("partner-row").click()
    await screen.part("partner-liaison").click()
    page = screen.part("liaison")
    await expect(page.locator("h1")).to_have_text("Verbindung zu Bergheim")
    await expect(screen.part("liaison-state")).to_contain_text("gehört")
    pressing = screen.part("liaison-pressing")
    unread = pressing.locator("[data-part=messages]")
    await expect(unread).to_contain_text("Brauchen Sandsäcke")
    await expect(unread).to_contain_text("wir sind dran")
    await expect(pressing.locator("[data-part=requests]")).to_contain_text("Angebot liegt vor")
    await expect(pressing.locator("[data-part=loans]")).to_contain_text("fällig seit")
    await expect(screen.part("liaison-loans")).to_contain_text("Boot Bergheim 1")
    await expect(screen.part("liaison-loans")).to_contain_text("von dort geliehen")
    await expect(screen.part("liaison-people")).to_contain_text("wartet auf Entscheidung")
    await expect(screen.part("liaison-requests").get_by_test_id("liaison-item")).to_have_count(2)
    urgencies = await pressing.get_by_test_id("liaison-item").evaluate_all("all => all.map(e => e.dataset.urgency)")
    assert urgencies == sorted(urgencies, key=["answer", "late"].index)
    strip = screen.part("liaison-strip")
    for said in ("Lage am Deich?", "Brauchen Sandsäcke", "Angebot liegt vor", "Bitte um Leute: Deichwache"):
        await expect(strip).to_contain_text(said)
    await screen.shoot("liaison-light-wide")
    assert await findings(screen) == []

    # Written and answered from here; what happens there stands here without a touch.
    await screen.part("liaison-message").click()
    await screen.part("message-text").fill("Sandsäcke ab 14 Uhr")
    await screen.part("message-send").click()
    await expect(screen.part("liaison-messages")).to_contain_text("da, nicht gelesen")
    told(await theirs.crew.client.post(f"{theirs.at(ours)}/messages", json={"text": "Danke", "priority": "FLASH"}))
    await expect(pressing.locator("[data-part=messages]").filter(has_text="Danke")).to_be_visible()
    await pressing.locator("[data-part=messages]").filter(has_text="Danke").get_by_role("button").click()
    await expect(screen.part("panel").get_by_test_id("message")).to_contain_text("Danke")
    await screen.part("panel").get_by_test_id("message-open").click()
    await expect(screen.part("panel").get_by_test_id("message-state")).to_contain_text("hier gelesen")

    # By its address, dark, in English, on a phone, at night, on paper.
    await screen.open(page="liaison", sel="partner:bergheim", theme="dark", lang="en")
    await expect(page.locator("h1")).to_have_text("Liaison with Bergheim")
    await expect(pressing.locator("[data-part=messages]")).to_have_count(1)
    await screen.shoot("liaison-dark-wide")
    assert await findings(screen) == []
    phone = await blind_visit(near.asking.node, viewport=PHONE)
    await phone.signed_in(near.asking.database, "Leitung Altdorf")
    await phone.open(page="liaison", sel="partner:bergheim", theme="night")
    await expect(phone.part("liaison-strip")).to_contain_text("Danke")
    assert await phone.page.evaluate(WIDE) <= 0
    await phone.shoot("liaison-night-phone")
    await phone.page.emulate_media(media="print")
    await expect(phone.part("liaison-print")).to_be_hidden()
    await expect(phone.part("liaison-pressing")).to_be_visible()
    await phone.shoot("liaison-print")


async def test_whoever_is_here_for_one_partner_sees_that_partner_only(pair: Pair, blind_visit: Visit) -> None:
    altdorf = pair[0]
    staff = altdorf.crew.staff
    admin = await altdorf.town.node.sign_in("Verwaltung", admin=True)
    guest = await altdorf.town.node.sign_in("Vera Bund", admin=False)
    person = (await guest.get("/api/session")).json()["person"]
    told(await admin.post(f"/api/staffs/{staff}/assignments", json={"person": person, "function": "VERBINDUNGSPERSON"}))
    screen = await blind_visit(altdorf.town.node)
    await screen.open(page="list", tab="partners")
    await screen.page.context.add_cookies([
        {"name": name, "value": value, "url": altdorf.town.url} for name, value in guest.cookies.items()
    ])  # fmt: skip
    await screen.page.reload()
    await expect(screen.part("guest-liaison")).to_contain_text("Bergheim")
    await expect(screen.part("face-shares")).to_have_count(0)
    await screen.part("guest-liaison").get_by_role("button").click()
    await expect(screen.part("liaison-state")).to_contain_text("Bergheim")
    await expect(screen.part("liaison-partner")).to_have_count(0)


async def test_a_policy_is_written_read_in_words_kept_within_limits_and_switched_off(
    pair: Pair, blind_visit: Visit
) -> None:
    altdorf, bergheim = pair
    await bergheim.crew.add("Anna", "AGT")
    chosen = await plan(bergheim.crew, active=True)
    screen: Screen = await bergheim.sit(blind_visit, "partners", viewport=LARGE, bypass_csp=True)
    await screen.part("partner-row").click()
    await expect(screen.part("policy-said-TEST")).to_contain_text("wartet auf einen Menschen")
    await expect(screen.part("policy-by")).to_have_count(0)

    # By the keyboard alone.
    await screen.part("policy-edit").focus()
    await screen.page.keyboard.press("Enter")
    await screen.part("policy-on-TEST").focus()
    await screen.page.keyboard.press("Space")
    await expect(screen.part("policy-save")).to_be_disabled()
    await expect(screen.part("policy-preview-TEST")).to_contain_text("Noch unvollständig")
    await screen.page.keyboard.press("Tab")
    assert (await screen.focused())["testid"] == "policy-plan-TEST"
    await screen.page.keyboard.type("Vollalarm")
    await expect(screen.part("policy-plan-TEST")).to_have_value(chosen)
    await screen.part("policy-most-TEST").fill("3")
    await screen.part("policy-begins-TEST").fill("18:00")
    await expect(screen.part("policy-save")).to_be_disabled()
    await screen.part("policy-begins-TEST").fill("")
    await expect(screen.part("policy-preview-TEST")).to_contain_text(
        "beginnt sofort und ohne Rückfrage unser Alarmplan „Vollalarm“. Gilt für höchstens 3 Personen, rund um die Uhr"
    )
    await screen.part("policy-who-TEST").click()
    await expect(screen.part("alarm-preview")).to_be_visible()
    await screen.part("policy-form").scroll_into_view_if_needed()
    await screen.shoot("policy-form-light-wide")
    assert await findings(screen) == []
    await screen.part("policy-save").click()
    await expect(screen.part("policy-by")).to_contain_text("Gesetzt von Leitung Bergheim")
    await expect(screen.part("policy-said-TEST")).to_contain_text("höchstens 3 Personen")

    for total, title in ((4, "Zu viele"), (3, "Genug")):
        await ask(altdorf.crew, "bergheim", total=total, title=title)
    await screen.part("face-exchange").check(force=True)
    for title, state in (("Zu viele", "wartet auf Entscheidung"), ("Genug", "angenommen")):
        card = screen.part("alarm-ask").filter(has=screen.page.get_by_role("heading", name=title))
        await expect(card.get_by_test_id("ask-state")).to_have_text(state)
    await expect(screen.part("alarm-ask").filter(has_text="unserer Vorgabe")).to_have_count(1)

    await screen.part("face-partners").check(force=True)
    await screen.part("policy-off").click()
    await expect(screen.part("policy-said-TEST")).to_contain_text("wartet auf einen Menschen")
    await screen.part("undo").click()
    await expect(screen.part("policy-said-TEST")).to_contain_text("höchstens 3 Personen")
    for size, theme, language in ((PHONE, "dark", "en"), (LARGE, "night", "de")):
        look = await bergheim.sit(blind_visit, "partners", {"theme": theme, "lang": language}, viewport=size)
        await look.part("partner-row").click()
        await expect(look.part("policy-said-TEST")).to_contain_text("Vollalarm")
        await look.part("policy").scroll_into_view_if_needed()
        assert await look.page.evaluate(WIDE) <= 0
        await look.shoot(f"policy-{theme}-{'phone' if size is PHONE else 'wide'}")
