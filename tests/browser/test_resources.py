"""Resources in the browser: list, map, board and panel follow what happens; assigning goes by the keyboard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.depot import Depot
from tests.browser.scene import AT_THE_ERFT, Scene
from tests.browser.screen import PHONE, Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node, running

ANNA = "Anna Leitner"
HLF, DLK, RTW = "Florian Erftstadt 1 HLF20 1", "Florian Erftstadt 1 DLK23 1", "Rettung Erftstadt 1 RTW 1"


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(empty: Node) -> Depot:
    """For the test alone: it counts."""
    return await filled(empty)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def depot(nrw_copy: Callable[[], str]) -> AsyncIterator[Depot]:
    """For tests that look at one thing each."""
    async with running(nrw_copy()) as node:
        yield await filled(node)


async def filled(node: Node) -> Depot:
    scene = await Scene.open(node)
    depot = await Depot.begin(scene)
    await depot.add(HLF, "HLF20", strength="0/1/8//9")
    await depot.add(DLK, "DLA(K)23/12", dx=0.01, strength="0/1/2//3")
    await depot.add(RTW, "RTW", dx=0.3, dy=0.3)
    for callsign in (HLF, DLK, RTW):
        await depot.fms(callsign, "2")
    return depot


async def look(depot: Depot, visit: Visit, **view: str) -> Screen:
    """Anna's page, her list of resources open."""
    screen = await depot.scene.sit(visit, ANNA)
    await screen.open(**{"map": AT_THE_ERFT, "tab": "resources", "incident": depot.scene.incident, **view})
    return screen


async def away(screen: Screen) -> None:
    """Nobody reads the list: its rows may move."""
    await screen.page.mouse.move(900, 8)


async def test_list_filter_and_board_follow_a_status(fresh: Depot, blind_visit: Visit) -> None:
    screen = await look(fresh, blind_visit)
    board = await look(fresh, blind_visit, page="board")
    await expect(screen.part("group-AVAILABLE_STATION")).to_contain_text("0/2/10//12")
    await expect(board.part("card-AVAILABLE_STATION").locator(".number")).to_have_text("3")
    await screen.part("resources-free").check()
    await away(screen)
    await fresh.fms(HLF, "4")
    await expect(screen.part("resource-row")).to_have_count(2)
    await expect(screen.part("strength-sum")).to_have_text("0/1/2//3")
    await expect(board.part("card-COMMITTED_ON_SCENE").locator(".number")).to_have_text("1")
    await expect(board.part("strength-total")).to_have_text("0/2/10//12")
    # The municipality, not an organisation that sits in it.
    await expect(board.page.get_by_text("Erftstadt (053620020020)", exact=True)).to_have_count(1)
    await screen.part("resources-free").uncheck()
    await fresh.fms(DLK, "5")
    await away(screen)
    await expect(screen.part("resource-signal")).to_contain_text("Sprechwunsch")
    await expect(board.part("board-matrix")).to_contain_text("1 offenes Signal")
    await screen.part("resources-more").click()
    await screen.part("resources-radius").fill("5")
    await expect(screen.part("resource-row")).to_have_count(2)
    await expect(screen.part("resource-list")).not_to_contain_text(RTW)
    await screen.part("resources-reset").click()
    await screen.part("resources-text").fill("rettung rtw")
    await expect(screen.part("resource-row")).to_have_count(1)


async def test_a_vehicle_is_assigned_to_a_site_by_the_keyboard(fresh: Depot, blind_visit: Visit) -> None:
    site = await fresh.scene.site("Keller Bachstraße", dx=0.02)
    screen = await look(fresh, blind_visit, tab="gauges")
    await expect(await screen.turn_to("resources")).to_contain_text("3")
    await screen.turn_to("gauges")
    keyboard = screen.page.keyboard
    await keyboard.press("g")
    await keyboard.press("r")
    await expect(screen.part("group-AVAILABLE_STATION")).to_be_focused()
    await keyboard.press("ArrowDown")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    await screen.titled(HLF)
    await screen.part("deploy-EN_ROUTE").press("Enter")
    await expect(screen.part("deploy-to")).to_be_focused()
    await screen.part("deploy-to").select_option(f"site:{site}")
    await expect(screen.part("deploy-form")).to_contain_text("Fahrzeit dorthin")
    await screen.part("deploy-confirm").press("Enter")
    await expect(screen.part("deployment")).to_have_text("auf Anfahrt")
    await expect(screen.part("link-site")).to_contain_text("Keller Bachstraße")
    await screen.part("link-site").press("Enter")
    await expect(screen.part("resources-about")).to_contain_text("1 Kraft zugeordnet, 0/1/8//9")
    [body] = [body for body in await fresh.scene.bodies("resource") if body["callsign"] == HLF]
    assert (body["deployment"], body["site"], body["incident"]) == ("EN_ROUTE", site, fresh.scene.incident)
    assert body["target"] == pytest.approx([6.9, 50.8])
    assert body["eta"]


async def test_strength_is_checked_while_it_is_typed(depot: Depot, blind_visit: Visit) -> None:
    screen = await look(depot, blind_visit, sel=f"resource:{depot.ids[RTW]}")
    for typed, said in (
        ("1/5", "= 0/1/5//6"),
        ("1/0/5//7", "Die Summe"),
        ("1/8/9", "zweifach"),
        ("viele", "Schreiben als"),
    ):
        await screen.part("strength-input").fill(typed)
        await expect(screen.part("strength-said")).to_contain_text(said)
    await expect(screen.part("strength-save")).to_be_disabled()
    await screen.part("strength-input").fill("1/5")
    await screen.part("strength-input").press("Enter")
    await expect(screen.part("strength")).to_have_text("0/1/5//6")
    await screen.part("resources-text").fill(RTW)
    await expect(screen.part("strength-sum")).to_have_text("0/1/5//6")


async def test_what_was_deleted_comes_back(depot: Depot, blind_visit: Visit) -> None:
    screen = await look(depot, blind_visit, sel=f"resource:{depot.ids[DLK]}")
    await screen.part("remove").click()
    await expect(screen.panel).to_have_count(0)
    await expect(screen.part("resource-list")).not_to_contain_text(DLK)
    await expect(screen.part("resource-list")).to_contain_text(RTW)
    await screen.part("undo").click()
    await away(screen)
    await expect(screen.part("resource-list")).to_contain_text(DLK)


async def test_a_position_grows_stale_and_a_signal_is_noted(depot: Depot, blind_visit: Visit) -> None:
    await depot.at(HLF, 0.01, 0.01, minutes=4.97)  # stale after five minutes, in two seconds
    await depot.at(DLK, 0.02, 0.01, minutes=61)
    await depot.fms(HLF, "0")
    screen = await look(depot, blind_visit, sel=f"resource:{depot.ids[HLF]}")
    await expect(screen.part("signal")).to_contain_text("Priorisierter Sprechwunsch")
    await screen.part("note-signal").click()
    await expect(screen.part("signal")).to_contain_text("Zur Kenntnis genommen")
    await away(screen)
    ages = screen.part("resource-age")
    await expect(ages.filter(has_text="Position verloren")).to_have_count(1)
    await expect(ages.filter(has_text="Position veraltet")).to_have_count(1)
    await expect(screen.part("details")).to_contain_text("Position veraltet")


async def test_stock_rings_below_its_minimum_and_says_how_long_it_lasts(depot: Depot, blind_visit: Visit) -> None:
    counted = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await depot.stock("Sandsäcke", 1000, minimum=950, consumption=100, counted_at=counted, place_name="Bauhof")
    await depot.stock("Feldbetten", 300)
    screen = await look(depot, blind_visit)
    await screen.part("show-stock").click()
    first = screen.part("stock-row").first
    await expect(first).to_contain_text("Sandsäcke")
    await expect(first.get_by_test_id("stock-low")).to_be_visible()
    await expect(first.get_by_test_id("stock-lasts")).to_contain_text("reicht noch 8 h")
    await first.press("ArrowDown")
    await screen.page.keyboard.press("Enter")
    await screen.titled("Feldbetten")


async def test_nothing_serious_about_tab_panel_board_and_import(depot: Depot, blind_visit: Visit) -> None:
    await depot.fms(HLF, "5")
    await depot.at(HLF, 0.01, 0.01, minutes=9)
    screen = await depot.scene.sit(blind_visit, ANNA, bypass_csp=True)
    found = []
    for theme, language in (("light", "de"), ("dark", "en")):
        usual = {"theme": theme, "lang": language, "incident": depot.scene.incident, "tab": "resources"}
        for view in (
            {"sel": f"resource:{depot.ids[HLF]}"},
            {"sel": "resource:new"},
            {"page": "board"},
            {"page": "import"},
        ):
            await screen.open(**usual, **view)
            page = view.get("page")
            await expect(screen.part(page) if page else screen.part("panel-title")).to_be_visible()
            await expect(screen.page.locator("html")).to_have_attribute("data-theme", theme)
            await screen.page.wait_for_timeout(400)  # the colours of the theme come by a transition
            found += [f"{theme} {view}: {line}" for line in await findings(screen)]
    assert found == []


async def test_on_a_phone_nothing_is_wider_than_the_screen(depot: Depot, blind_visit: Visit) -> None:
    screen = await depot.scene.sit(blind_visit, ANNA, viewport=PHONE, has_touch=True)
    for view in ({"page": "list", "sel": f"resource:{depot.ids[HLF]}"}, {"page": "list"}, {"page": "board"}):
        await screen.open(tab="resources", incident=depot.scene.incident, **view)
        await expect(screen.part("resource-filters").first).to_be_visible()
        assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view


TABLE = """Rufname;Typ;Stärke;OPTA
Florian Erftstadt 2 LF20 1;LF20;0/1/8//9;
Florian Erftstadt 2 RW 1;RW;zwei Mann;
=HYPERLINK("http://x.example");KEINTYP;;
"""


async def test_a_table_is_looked_at_before_anything_is_written(depot: Depot, blind_visit: Visit) -> None:
    screen = await look(depot, blind_visit, page="import")
    before = len(await depot.scene.bodies("resource"))
    file = {"name": "kräfte.csv", "mimeType": "text/csv", "buffer": TABLE.encode("utf-8-sig")}
    await screen.part("import-file").set_input_files(file)  # type: ignore[arg-type]
    await expect(screen.part("import-new").locator(".number")).to_have_text("1")
    await expect(screen.part("import-bad").locator(".number")).to_have_text("2")
    rows = screen.part("import-errors").locator("tbody tr")
    await expect(rows.first).to_contain_text("3")
    await expect(rows.first).to_contain_text("zwei Mann")
    await expect(screen.part("import-write")).to_be_disabled()
    assert len(await depot.scene.bodies("resource")) == before
    await screen.part("import-skip").check()
    await screen.part("import-write").click()
    await away(screen)  # the list comes up under the pointer, and what is under it does not move
    await expect(screen.part("resource-list")).to_contain_text("Florian Erftstadt 2 LF20 1")
    assert len(await depot.scene.bodies("resource")) == before + 1
