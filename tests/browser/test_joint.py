"""One flood in two nodes and two browsers: linked from both sides, both logs in one list, and what each lets the other
see."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.screen import LARGE, PHONE, SCREENSHOTS
from tests.browser.test_accessibility import LOOKS, findings
from tests.browser.test_exchange import Pair, Side, pair
from tests.service.federation.procedures.carried import until
from tests.service.federation.procedures.test_joint import joint, link, log, shares, write
from tests.service.federation.procedures.test_reports import site
from tests.service.roster.crew import told

__all__ = ["pair"]
NO_SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def known(ours: Side, theirs: Side) -> str:
    """Theirs is shared with us, and here; its ref."""
    await shares(theirs.crew, theirs.town.peers[ours.town.origin].id)

    async def there() -> Any:
        return (await joint(ours.crew))["candidates"]

    return str((await until(there, 60))[0]["ref"])


async def panel(side: Side, visit: Visit, **options: Any) -> Any:
    view = {"tab": "incidents", "sel": f"incident:{side.crew.incident}", **options.pop("view", {})}
    return await side.look(visit, options, **view)


async def test_one_flood_is_linked_from_both_sides_and_both_logs_stand_in_one_list(
    pair: Pair, blind_visit: Visit
) -> None:
    ours, theirs = pair
    await known(ours, theirs)
    await site(theirs.crew, "Keller am Ufer")
    here = await panel(ours, blind_visit, viewport=LARGE)
    await expect(here.part("joint-box")).to_contain_text("Mit keiner Lage eines Partners verknüpft")
    await here.part("joint-new").click()
    await expect(here.part("joint-which")).to_contain_text("Hochwasser Bergheim")
    await expect(here.part("joint-label")).to_have_value("Hochwasser Altdorf")
    await here.part("joint-label").fill("Deichbruch Nord")
    await here.part("joint-save").click()
    await expect(here.part("joint-standing")).to_have_text("nur von uns")
    await expect(here.part("joint-theirs")).to_contain_text("Hochwasser Bergheim")

    there = await panel(theirs, blind_visit, viewport=LARGE)
    await expect(there.part("joint-theirs")).to_contain_text("„Deichbruch Nord“ · für uns nicht freigegeben")
    await expect(there.part("joint-no-log")).to_have_text("Altdorf teilt kein Tagebuch mit uns.")
    await there.part("joint-counter").click()
    await expect(there.part("joint-standing")).to_have_text("von beiden verknüpft")
    await expect(here.part("joint-standing")).to_have_text("von beiden verknüpft", timeout=30_000)

    await write(ours.crew, "Pegel steigt")
    await write(theirs.crew, "Deich weicht auf")
    await here.part("joint-log-open").click()
    entry = here.part("joint-entry")
    foreign = entry.filter(has_text="Deich weicht auf")
    await expect(foreign.get_by_test_id("joint-whose")).to_have_text("Bergheim", timeout=30_000)
    await expect(foreign).to_contain_text("nur lesen")
    await expect(entry.filter(has_text="Pegel steigt").get_by_test_id("joint-whose")).to_have_text("Wir · Altdorf")
    await here.part("joint-side-theirs").check(force=True)
    await expect(entry.filter(has_text="Pegel steigt")).to_have_count(0)
    await expect(foreign).to_have_count(1)
    await here.part("joint-side-both").check(force=True)
    async with here.page.expect_download() as saved:
        await here.part("joint-csv").click()
    text = await asyncio.to_thread(Path(await (await saved.value).path()).read_text)
    assert "Bergheim (bergheim)" in text and "Deich weicht auf" in text
    await here.part("joint-log-close").click()
    await expect(here.part("journal-entries")).to_be_visible()
    await expect(here.part("journal-joint")).to_be_visible()

    # What belongs to the linked incident goes along with ours, until it is switched off.
    await here.open(tab="sites", sel=f"incident:{ours.crew.incident}", incident=ours.crew.incident)
    await expect(here.part("theirs")).to_contain_text("Keller am Ufer")
    await here.part("joint-things").uncheck()
    await expect(here.part("theirs")).to_have_count(0)
    await here.part("joint-things").check()
    await expect(here.part("theirs")).to_contain_text("Keller am Ufer")

    # One press to the agreement that lets them read ours.
    await here.part("joint-share-log").click()
    await expect(here.part("share-name")).to_have_value("Tagebuch: Hochwasser Altdorf")
    await expect(here.part("share-kind-entry")).to_be_checked()
    await here.part("share-see").click()
    await here.part("share-activate").click()
    await there.part("joint-log-open").click()
    await expect(there.part("joint-entry").filter(has_text="Pegel steigt")).to_contain_text("Altdorf", timeout=30_000)

    await here.open(tab="incidents", sel=f"incident:{ours.crew.incident}")
    await here.part("joint-end").click()
    await here.part("joint-reason").fill("war eine andere")
    await here.part("joint-end-now").click()
    await expect(here.part("joint-standing")).to_have_text("nur von dort")
    assert len((await log(ours.crew))["partners"]) == 1, "they still say so"


@pytest.mark.parametrize(("size", "name"), [(LARGE, "wide"), (PHONE, "phone")])
@pytest.mark.parametrize(("theme", "language"), LOOKS)
async def test_it_reads_well_everywhere(
    pair: Pair, blind_visit: Visit, size: dict[str, int], name: str, theme: str, language: str
) -> None:
    ours, theirs = pair
    ref = await known(ours, theirs)
    told(await link(ours.crew, ours.town.peers["bergheim"].id, ref, label="Deichbruch", note="derselbe Deich"))
    for each, words in ((ours, "Pegel steigt"), (theirs, "Deich weicht auf, Verstärkung auf dem Weg zum Nordtor")):
        await write(each.crew, words)
    view = {"theme": theme, "lang": language, "page": "list" if size is PHONE else "map"}
    screen = await panel(ours, blind_visit, viewport=size, view=view, bypass_csp=True)
    for part, shot in (("joint-link", "panel"), ("joint-entry", "log")):
        if part == "joint-entry":
            await screen.part("joint-log-open").click()
            await expect(screen.part("joint-entry").filter(has_text="Nordtor")).to_be_visible(timeout=30_000)
        await expect(screen.part(part).first).to_be_visible()
        assert await findings(screen) == [], shot
        assert await screen.page.evaluate(NO_SIDEWAYS) <= 0, shot
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await screen.page.screenshot(path=SCREENSHOTS / f"joint-{shot}-{name}-{theme}-{language}.png")
