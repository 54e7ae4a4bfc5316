"""Official warnings in list and panel: what, how grave, where, from whom, until when."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.service.conftest import Node


async def test_a_warning_opens_with_its_words_its_sender_and_its_times(flood: Node, visit: Visit) -> None:
    screen = await (await visit(flood)).open(tab="warnings")
    await expect(screen.warning_rows.first).to_be_visible(timeout=15_000)
    listed = await screen.warning_rows.count()
    told = {f["ref"] for f in (await flood.client.get("/api/picture?kinds=warning")).json()["facts"]}
    assert listed == len(told) > 3
    headline = await screen.warning_rows.first.locator(".head").inner_text()
    await screen.warning_rows.first.click()
    await screen.titled(headline)
    for word in ("Absender", "Gesendet", "Ende", "Herkunft", "Stand", "Empfangen", "Lizenz"):
        await expect(screen.panel).to_contain_text(word)
    await screen.shoot("warning-panel")


async def test_the_gravest_warning_stands_first_and_its_word_with_it(flood: Node, visit: Visit) -> None:
    screen = await (await visit(flood)).open(tab="warnings")
    await expect(screen.warning_rows.first).to_be_visible(timeout=15_000)
    ranks = {"extrem": 4, "hoch": 3, "mittel": 2, "gering": 1, "Information": 0, "Entwarnung": 0, "unbekannt": 5}
    words = [ranks[w.strip()] for w in await screen.warning_rows.locator(".sub b").all_inner_texts()]
    assert words == sorted(words, reverse=True)


async def test_show_on_the_map_goes_to_the_warnings_area(flood: Node, visit: Visit) -> None:
    screen = await (await visit(flood)).open(tab="warnings", map="12/52.3/9.0")
    await screen.warning_rows.first.click()
    await screen.part("panel-zoom").click()
    await screen.arrives(latitude=(50.2, 51.8), longitude=(5.8, 8.6))


async def test_the_filter_holds_for_the_list_and_says_when_it_leaves_nothing(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open()).loaded()
    every = int(await screen.part("gauge-count").inner_text())
    await screen.part("filter-level-3").check(force=True)
    await expect(screen.part("gauge-count")).not_to_have_text(str(every))
    graver = int(await screen.part("gauge-count").inner_text())
    assert 0 < graver < every
    await screen.part("filter-water").select_option("RHEIN")
    await expect(screen.part("empty")).to_contain_text("Der Filter lässt nichts übrig.")
    await screen.shoot("empty-by-filter")
    await screen.part("reset-filter").click()
    await expect(screen.part("gauge-count")).to_have_text(str(every))
