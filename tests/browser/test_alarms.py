"""Alarms in the browser: from a site to the preview, and nobody is called before the second click."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import text

from tests.browser.conftest import Visit
from tests.browser.scene import AT_THE_ERFT, point
from tests.browser.screen import LARGE, PHONE, Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node, running
from tests.service.roster.crew import Crew, crew, told

NAME = "Feuerwehr Erftstadt"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def brigade(nrw_copy: Callable[[], str]) -> AsyncIterator[Crew]:
    async with running(nrw_copy(), mode="EXERCISE", exercise={"scenario": "calm"}) as node:
        ours = await crew(node, NAME)
        for name, skill in (("Anna Adams", "AGT"), ("Ben Becker", "ZF"), ("Carla Conrad", "AGT")):
            await ours.add(name, skill)
        dora = await ours.add("Dora Dietz", channels=(("SMS", "+4915112345678"),))
        async with node.database.transaction("test") as tx:  # as a provider does who knows no such number
            closed = text("UPDATE helper_channel SET closed_at = now() WHERE helper = :helper")
            await tx.connection.execute(closed, {"helper": dora})
        yield ours


async def sit(visit: Visit, node: Node, *, name: str = NAME, **options: object) -> Screen:
    screen = await visit(node, **options)
    return await screen.signed_in(node.database, f"Leitung {name}")


async def test_from_a_site_to_the_preview_and_people_are_called_by_the_second_click_only(
    visit: Visit, brigade: Crew
) -> None:
    fields = {"title": "Deichbruch Bliesheim", "priority": "P1", "geometry": point()}
    site = told(await brigade.client.post(f"/api/incidents/{brigade.incident}/sites", json={"fields": fields}))["id"]
    screen = await sit(visit, brigade.node, viewport=LARGE, bypass_csp=True)
    await screen.open(tab="alarms", sel=f"site:{site}", map=AT_THE_ERFT)
    await screen.part("alarm-about").click()
    await expect(screen.part("alarm-title")).to_have_value("Deichbruch Bliesheim")
    await screen.part("alarm-total").fill("2")
    await screen.part("alarm-incident").select_option(brigade.incident)
    await screen.part("alarm-look").click()
    await expect(screen.part("preview-reach")).to_have_text("3 Personen werden gerufen")
    await expect(screen.part("preview-unreachable")).to_contain_text("1 heute nicht erreichbar")
    await screen.shoot("alarm-preview")
    # What was looked at must be what is sent.
    await screen.part("alarm-text").fill("Sandsäcke füllen")
    await expect(screen.part("preview-old")).to_be_visible()
    await expect(screen.part("alarm-launch")).to_be_hidden()
    await screen.part("alarm-look").click()
    await screen.part("alarm-launch").click()
    assert await brigade.seen("alarm") == {}
    await expect(screen.part("alarm-launch")).to_have_text("Jetzt rufen")
    await screen.part("alarm-launch").click()
    await screen.titled("Deichbruch Bliesheim")
    await expect(screen.part("alarm-row")).to_contain_text("Deichbruch Bliesheim")
    anna = screen.part("recipient").filter(has_text="Anna Adams")
    await anna.get_by_test_id("recipient-say").click()
    await anna.get_by_test_id("say-COMING").click()
    panel = screen.panel.get_by_test_id("alarm-coming").first.locator("b")
    await expect(panel).to_have_text("1")
    await expect(screen.panel.get_by_test_id("need-total").first).to_contain_text("1 von 2")
    await expect(screen.part("strength")).to_be_visible()
    await screen.shoot("alarm-panel")
    assert await findings(screen) == []
    await screen.part("alarm-do-cancel").click()
    await screen.part("alarm-said").fill("Der Deich hält")
    await screen.part("alarm-confirm").click()
    await expect(screen.part("alarm-state")).to_have_text("abgesagt")
    await expect(screen.part("alarm-protocol")).to_contain_text("abgesagt")


async def test_a_plan_is_written_by_keyboard_played_through_and_put_in_force(visit: Visit, brigade: Crew) -> None:
    screen = await sit(visit, brigade.node, viewport=LARGE, bypass_csp=True)
    await screen.open(tab="alarms", map=AT_THE_ERFT)
    await screen.part("alarms-plans").check(force=True)
    await screen.part("plan-new").click()
    await screen.part("plan-name").fill("Hochwasser Erft")
    await screen.part("plan-total").fill("2")
    await screen.part("plan-add-step").focus()
    await screen.page.keyboard.press("Enter")
    await expect(screen.part("plan-step")).to_have_count(2)
    await screen.part("plan-save").focus()
    await screen.page.keyboard.press("Enter")
    await screen.titled("Hochwasser Erft")
    await expect(screen.part("plan-chain")).to_contain_text(f"alle der Organisation {NAME}")
    await screen.part("plan-dry-run").click()
    await expect(screen.part("preview-reach")).to_contain_text("Personen werden gerufen")
    await screen.part("plan-approve").click()
    await expect(screen.part("plan-state")).to_have_text("in Kraft")
    await expect(screen.part("plan-row")).to_contain_text("in Kraft")
    await screen.shoot("alarm-plan")
    await screen.part("plan-run").click()
    await expect(screen.part("alarm-purpose-ALARM")).to_be_checked()
    await screen.part("plan-row").click()
    await screen.part("plan-drill").click()
    await expect(screen.part("alarm-purpose-DRILL")).to_be_checked()
    assert await findings(screen) == []


async def test_the_board_in_every_look(visit: Visit, brigade: Crew) -> None:
    steps = [{"targets": [{"kind": "ORGANISATION", "organisation": brigade.organisation}]}]
    fields = {"title": "Nachtwache", "steps": steps, "quota": {"total": 3, "skills": {"ZF": 1}}}
    sent = {"organisation": brigade.organisation, "fields": fields, "incident": brigade.incident}
    alarm = told(await brigade.client.post("/api/alarms", json=sent))["id"]
    found = []
    for name, view, options in (
        ("dark", {"theme": "dark"}, {}),
        ("english", {"lang": "en"}, {}),
        ("phone", {"page": "list"}, {"viewport": PHONE}),
    ):
        screen = await sit(visit, brigade.node, bypass_csp=True, **options)
        await screen.open(tab="alarms", map=AT_THE_ERFT, **view)
        await expect(screen.part("alarm-row").filter(has_text="Nachtwache")).to_be_visible()
        found += await findings(screen)
        await screen.shoot(f"alarms-{name}")
        await screen.open(tab="alarms", map=AT_THE_ERFT, sel=f"alarm:{alarm}", **view)
        await screen.titled("Nachtwache")
        await expect(screen.part("recipient").first).to_be_visible()
        found += await findings(screen)
        await screen.shoot(f"alarm-{name}")
    assert found == []


async def test_people_are_chosen_by_typing_names_and_who_has_left_is_said_to_be_gone(
    visit: Visit, brigade: Crew
) -> None:
    ours = await crew(brigade.node, "THW Erftstadt")
    first = await ours.add("Emil Ebert", external_id="0815", functions=("Maschinist",))
    await ours.add("Emil Engel", external_id="4711")
    gone = await ours.add("Fritz Fuchs")
    for name in ("Anna Albers", "Axel Arndt"):
        await ours.add(name)
    targets = [{"kind": "PERSONS", "ids": [gone, first]}]
    fields = {"name": "Namentlich", "steps": [{"targets": targets}], "quota": {"total": 1}}
    plan = told(await ours.client.post("/api/alarm-plans", json={"organisation": ours.organisation, "fields": fields}))
    assert (await ours.client.delete(f"/api/helpers/{gone}")).status_code == 204
    screen = await sit(visit, ours.node, name="THW Erftstadt", viewport=LARGE, bypass_csp=True)
    await screen.open(tab="alarms", map=AT_THE_ERFT, sel=f"alarm_plan:{plan['id']}")
    await screen.titled("Namentlich")
    await screen.part("plan-edit").click()
    step = screen.part("plan-step")
    picked = step.get_by_test_id("picked-person")
    await expect(picked).to_have_count(2)
    await expect(picked.nth(0)).to_contain_text("nicht mehr im Personalbestand")
    await expect(picked.nth(1)).to_contain_text("Emil Ebert")
    await picked.nth(0).get_by_test_id("picked-remove").click()
    await expect(picked).to_have_count(1)
    await expect(picked).to_contain_text("Emil Ebert")
    typed, found = step.get_by_test_id("person-typed"), step.get_by_test_id("person-found")
    await expect(typed).to_be_focused()
    await screen.page.keyboard.type("emil")
    await expect(found).to_have_count(1)  # who is chosen is not offered again
    await expect(found).to_contain_text("Emil Engel")
    await screen.page.keyboard.press("Enter")
    await expect(picked).to_have_count(2)
    await screen.page.keyboard.type("a")
    await expect(found.first).to_have_attribute("aria-selected", "true")
    await screen.page.keyboard.press("ArrowDown")
    await expect(found.nth(1)).to_have_attribute("aria-selected", "true")
    await screen.shoot("alarm-people")
    assert await findings(screen) == []
    await screen.page.keyboard.press("Escape")
    await expect(found.first).to_be_hidden()
    await typed.fill("Niemals")
    await expect(step.get_by_test_id("people-told")).to_have_text("Niemand im Personalbestand heißt so.")
    await screen.part("plan-save").click()
    await expect(screen.part("plan-chain")).to_contain_text("2 Personen")
    body = (await ours.seen("alarm_plan"))[plan["id"]]
    assert body["steps"][0]["targets"][0]["ids"][0] == first and len(body["steps"][0]["targets"][0]["ids"]) == 2
    for name, view, options in (
        ("english", {"lang": "en"}, {}), ("phone", {"page": "list", "theme": "dark"}, {"viewport": PHONE})
    ):  # fmt: skip
        screen = await sit(visit, ours.node, name="THW Erftstadt", bypass_csp=True, **options)
        await screen.open(tab="alarms", map=AT_THE_ERFT, sel=f"alarm_plan:{plan['id']}", **view)
        await screen.part("plan-edit").click()
        await screen.part("person-typed").first.fill("a")
        await expect(screen.part("person-found").first).to_be_visible()
        await screen.shoot(f"alarm-people-{name}")
        assert await findings(screen) == []
