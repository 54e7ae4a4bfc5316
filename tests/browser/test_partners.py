"""Two nodes in two browsers: from an invitation to two active partners, and what the page says when one is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect
from sqlalchemy import text

from geodata.store.cluster import Cluster
from tests.browser.conftest import Visit
from tests.browser.screen import LARGE, PHONE, SCREENSHOTS, Screen
from tests.browser.test_accessibility import LOOKS, findings
from tests.service.federation.towns import Town, towns

Pair = tuple[Town, Town]
_SILENT = text("UPDATE peer_incoming SET heard_at = clock_timestamp() - interval '14 minutes 20 seconds'")
_RESTS = text("UPDATE peer SET state = 'SUSPENDED'")


@pytest_asyncio.fixture(loop_scope="session")
async def pair(cluster: Cluster) -> AsyncIterator[Pair]:
    async with towns(cluster, "altdorf", "bergheim", strangers=True) as (altdorf, bergheim):
        yield altdorf, bergheim


async def sit(visit: Visit, town: Town, view: dict[str, str] | None = None, **options: object) -> Screen:
    screen = await visit(town.node, **options)
    await screen.signed_in(town.database, "Leitung")
    return await screen.open(tab="partners", page="list", **(view or {}))


async def words(screen: Screen) -> list[str]:
    shown = screen.part("common-words").locator("li")
    await expect(shown).to_have_count(8)
    return await shown.all_inner_texts()


async def become_partners(here: Screen, there: Screen) -> None:
    """Until both see the words."""
    await expect(here.part("partners-empty")).to_contain_text("acht Wörter")
    await here.part("partner-invite").click()
    await here.part("invite-whom").fill("Bergheim")
    await here.part("invite-make").click()
    await expect(here.part("invitation-qr")).to_be_visible()
    invitation = await here.part("invitation-text").input_value()
    await there.part("partner-accept").click()
    await there.part("accept-text").fill(invitation)
    await there.part("accept-go").click()
    await expect(there.part("partner-state")).to_have_text("wartet auf Vergleich")
    await here.part("partners-waiting").click()
    await expect(here.part("partner-state")).to_have_text("wartet auf Vergleich")


async def test_two_staffs_invite_compare_and_become_partners(pair: Pair, blind_visit: Visit) -> None:
    here, there = await sit(blind_visit, pair[0]), await sit(blind_visit, pair[1])
    await become_partners(here, there)
    assert await words(here) == await words(there)
    for screen, other in ((here, "bergheim"), (there, "altdorf")):
        await expect(screen.part("partner-detail")).to_contain_text(other.title())
        await screen.part("words-same").click()
        await expect(screen.part("partner-state")).to_have_text("aktiv")
        await expect(screen.part("partners-waiting")).to_have_count(0)
    await here.part("partner-back").click()
    await expect(here.part("partner-row")).to_have_attribute("data-origin", "bergheim")
    await expect(here.part("partner-delay")).to_contain_text("gehört")
    await here.part("partner-row").click()
    await here.part("partner-suspend").click()
    await here.part("partner-reason").fill("Leitung wird umgebaut")
    await here.part("partner-sure").click()
    await expect(here.part("partner-state")).to_have_text("ruht")
    await expect(here.part("partner-detail")).to_contain_text("Leitung wird umgebaut")
    await here.part("partner-resume").click()
    await expect(here.part("partner-state")).to_have_text("aktiv")
    await here.part("partner-revoke").click()
    await expect(here.part("things-drop")).to_be_checked()
    await here.part("partner-reason").fill("Schlüssel verloren")
    await here.part("partner-sure").click()
    await expect(here.part("partner-state")).to_have_text("beendet", timeout=15_000)
    await expect(here.part("partner-farewell")).to_contain_text("Dort ist bestätigt")
    await expect(here.part("partner-dropped")).to_be_visible()
    await expect(here.part("partner-edit")).to_have_count(0)


async def test_words_that_differ_end_it_and_a_wrong_text_says_so(pair: Pair, blind_visit: Visit) -> None:
    here, there = await sit(blind_visit, pair[0]), await sit(blind_visit, pair[1])
    await there.part("partner-accept").click()
    await there.part("accept-text").fill("https://stadt.example/keine-einladung")
    await there.part("accept-go").click()
    await expect(there.part("accept-failed")).to_contain_text("no invitation")
    await there.part("partner-accept").click()
    await become_partners(here, there)
    await here.part("words-differ").click()
    await expect(here.part("partner-state")).to_have_text("beendet")
    await expect(here.part("partner-detail")).to_contain_text("Die Wörter stimmen nicht überein")


@pytest.mark.parametrize(("size", "look"), [(LARGE, LOOKS[0]), (PHONE, LOOKS[1])])
async def test_it_is_readable_by_everybody_and_a_silent_partner_looks_it(
    pair: Pair, blind_visit: Visit, size: dict[str, int], look: tuple[str, str]
) -> None:
    theme, language = look
    view = {"theme": theme, "lang": language}
    here = await sit(blind_visit, pair[0], view, viewport=size, bypass_csp=True)
    named = f"{theme}_{'phone' if size is PHONE else 'wide'}"

    async def looked_at(state: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await here.page.screenshot(path=SCREENSHOTS / f"partners_{state}_{named}.png")
        assert await findings(here) == [], state
        wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await here.page.evaluate(wide) <= 0, state

    await expect(here.part("partners-empty")).to_be_visible()
    await looked_at("empty")
    await here.part("partner-invite").click()
    await here.part("invite-whom").fill("Bergheim")
    await here.part("invite-make").click()
    await expect(here.part("invitation-qr")).to_be_visible()
    await looked_at("invitation")
    there = await sit(blind_visit, pair[1])
    await there.part("partner-accept").click()
    await there.part("accept-text").fill(await here.part("invitation-text").input_value())
    await there.part("accept-go").click()
    await expect(there.part("partner-state")).to_be_visible()
    await here.part("partners-waiting").click()
    await words(here)
    await looked_at("compare")
    for screen in (there, here):
        await screen.part("words-same").click()
    await expect(here.part("partner-suspend")).to_be_visible()
    await looked_at("detail")
    await here.part("partner-revoke").click()
    await here.part("things-keep").check()
    await looked_at("revoke")
    await here.part("partner-reason").fill("Probe")
    await here.page.get_by_role("button", name="Cancel" if language == "en" else "Abbrechen").click()
    await here.part("partner-back").click()
    for town, statement in ((pair[1], _RESTS), (pair[0], _SILENT)):
        async with town.database.transaction("test") as tx:
            await tx.connection.execute(statement)
        await asyncio.sleep(1)  # what was on its way has arrived
    row = here.part("partner-row")
    await expect(row).to_contain_text("nothing heard for 14 min" if language == "en" else "seit 14 min nichts gehört")
    await expect(row).to_have_class("request-row partner-row silent calls")
    await expect(here.part("partners-waiting")).to_contain_text("Bergheim")
    await looked_at("silent")
