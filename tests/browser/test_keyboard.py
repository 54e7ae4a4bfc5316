"""Everything without a mouse."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser import pixels
from tests.browser.conftest import Visit
from tests.browser.screen import Screen
from tests.service.conftest import Node

KOELN = "pegelonline.a6ee8177-107b-47dd-bcfd-30960ccc6e9c"


async def walk(screen: Screen, steps: int, key: str = "Tab") -> list[dict]:
    """What has the focus after each press."""
    seen = []
    for _ in range(steps):
        await screen.page.keyboard.press(key)
        seen.append(await screen.focused())
    return seen


async def test_a_gauge_is_searched_chosen_and_shown_by_keys_alone(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open()).loaded()
    before = await screen.settled()
    await screen.page.keyboard.press("/")
    await expect(screen.search).to_be_focused()
    await screen.page.keyboard.type("bonn", delay=20)
    await expect(screen.results.filter(has_text="BONN").first).to_be_visible()
    wanted = await screen.results.filter(has_text="Pegel").all_inner_texts()
    options = await screen.results.all_inner_texts()
    for _ in range(options.index(wanted[0])):
        await screen.page.keyboard.press("ArrowDown")
    await expect(screen.page.locator("#search-results [aria-selected=true]")).to_contain_text("Pegel")
    await screen.page.keyboard.press("Enter")
    await screen.titled("BONN")
    await screen.arrives(zoom=(before[0] + 0.5, 19), latitude=(50.72, 50.75), longitude=(7.09, 7.13))
    await screen.page.keyboard.press("Escape")
    await screen.page.keyboard.press("Escape")
    await expect(screen.panel).to_be_hidden()


async def test_a_municipality_is_found_by_the_start_of_its_name(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open()).loaded()
    await screen.page.keyboard.press("/")
    await screen.page.keyboard.type("schleid")
    await expect(screen.results.filter(has_text="Gemeinde").first).to_contain_text("Schleiden")
    await screen.page.keyboard.press("Enter")
    await screen.arrives(zoom=(8, 19), latitude=(50.43, 50.63), longitude=(6.37, 6.57))


async def test_a_search_without_result_says_so(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open()).loaded()
    await screen.search.fill("qqqqxxxx")
    await expect(screen.page.get_by_text("Nichts gefunden.")).to_be_visible()


async def test_the_tab_key_reaches_every_part_and_every_stop_shows_a_ring(flood: Node, visit: Visit) -> None:
    screen = await (
        await (await visit(flood)).open(sel="station:pegelonline.a6ee8177-107b-47dd-bcfd-30960ccc6e9c")
    ).loaded()
    await screen.titled("KÖLN")
    seen = await walk(screen, 60)
    reached = {stop["within"] for stop in seen}
    assert {"strip", "rail", "list", "map", "panel"} <= reached
    assert any(stop["role"] == "row" for stop in seen), "a row of the list"
    stops = [stop for stop in seen if stop["tag"] != "body"]
    without = {f"{s['tag']} {s['testid'] or s['id'] or s['name']}" for s in stops if not s["ring"]}
    assert without == set(), "no visible focus"
    hidden = {s["name"] for s in stops if s["box"][2] <= 0 or s["box"][3] <= 0}
    assert hidden == set(), "focused outside of the screen"


async def test_the_list_is_read_and_opened_with_arrows_and_enter(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open()).loaded()
    await screen.page.keyboard.press("g")
    await screen.page.keyboard.press("l")
    first = screen.rows.first
    await expect(screen.part("list-column").locator(":focus")).to_have_count(1)
    for _ in range(25):
        if (await screen.focused())["role"] == "row":
            break
        await screen.page.keyboard.press("Tab")
    await expect(first).to_be_focused()
    for _ in range(3):
        await screen.page.keyboard.press("ArrowDown")
    focused = await screen.focused()
    assert focused["role"] == "row" and focused["ring"]
    await screen.page.keyboard.press("End")
    assert (await screen.focused())["role"] == "row"
    await screen.page.keyboard.press("Home")
    await expect(first).to_be_focused()
    await screen.page.keyboard.press("ArrowDown")
    name = await screen.page.evaluate("() => document.activeElement.querySelector('.name .main').textContent")
    await screen.page.keyboard.press("Enter")
    await screen.titled(name)
    await screen.page.keyboard.press("Escape")
    await expect(screen.panel).to_be_hidden()
    focused = await screen.focused()
    assert focused["role"] == "row" and name in focused["name"], "back where the panel was opened from"


async def test_arrows_and_plus_minus_move_the_map(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open(map="9/51/7")).loaded()
    await screen.see(lambda image: pixels.colours(image) > 20)
    await screen.page.keyboard.press("g")
    await screen.page.keyboard.press("m")
    await screen.page.keyboard.press("+")
    await screen.arrives(zoom=(10, 10))
    assert (await screen.settled())[0] == 10, "one press is one step"
    await screen.page.keyboard.press("ArrowRight")
    await screen.arrives(longitude=(7.05, 7.5))
    await screen.page.keyboard.press("-")
    await screen.arrives(zoom=(9, 9))


async def test_a_question_mark_shows_the_keys(flood: Node, visit: Visit) -> None:
    screen = await (await (await visit(flood)).open()).loaded()
    await screen.page.keyboard.press("?")
    await expect(screen.panel).to_contain_text("Esc")
    await screen.page.keyboard.press("Escape")
    await expect(screen.panel).to_be_hidden()
