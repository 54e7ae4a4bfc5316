"""The address bar holds the whole view; a reload or a copied link brings it back."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.service.conftest import Node

KOELN = "pegelonline.a6ee8177-107b-47dd-bcfd-30960ccc6e9c"


async def test_a_reload_shows_the_same_place_selection_language_and_theme(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open(map="9.5/50.9/6.9")).loaded()
    await (await screen.reach("KÖLN")).click()
    await screen.part("language").click()
    await screen.part("theme").select_option("night")
    await screen.part("sort-name").click()
    before = await screen.settled()
    address = screen.page.url
    assert screen.view()["sel"] == f"station:{KOELN}"
    await screen.page.reload()
    await screen.titled("KÖLN")
    await expect(screen.page.locator("html")).to_have_attribute("lang", "en")
    await expect(screen.page.locator("html")).to_have_attribute("data-theme", "night")
    assert await screen.settled() == before
    assert screen.page.url == address


async def test_a_copied_link_shows_another_browser_the_same(flood: Node, visit: Visit) -> None:
    screen = await visit(flood, permissions=["clipboard-read", "clipboard-write"])
    await (await screen.open(map="10.25/51.2254/6.7698", tab="warnings")).settled()
    await screen.part("copy-link").click()
    await expect(screen.part("copy-link")).to_contain_text("kopiert")
    link = await screen.page.evaluate("() => navigator.clipboard.readText()")
    assert link == screen.page.url
    other = await visit(flood)
    await other.page.goto(link)
    await expect(other.warning_rows.first).to_be_visible()
    assert await other.settled() == (10.25, 51.2254, 6.7698)


async def test_the_page_opens_where_it_was_left(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open(map="11/51.6/7.9", theme="dark")).loaded()
    place = await screen.settled()
    await screen.page.goto("about:blank")
    await screen.open()
    assert await screen.settled() == place
    await expect(screen.page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_nonsense_in_the_address_is_not_obeyed(flood: Node, visit: Visit) -> None:
    screen = await visit(flood)
    await screen.open(
        map="NaN/1e99/x", sel="station:../../evil", theme="<b>", lang="xx", layers="gauges,evil", range="-1"
    )
    await screen.loaded()
    await expect(screen.panel).to_contain_text("Nicht mehr im Lagebild")
    await expect(screen.page.locator("html")).to_have_attribute("lang", "de")
