"""What satellites saw: a flood extent of Copernicus EMS with its table per municipality, on the map and in the list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio
from playwright.async_api import expect
from shapely.geometry import shape

from tests.browser.conftest import Visit
from tests.browser.pixels import Colour, distance
from tests.browser.screen import PHONE, Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node, running

AFTER = "2021-07-16T19:30:00+02:00"
BLESSEM = "12.2/50.806/6.785"
EMS = {"copernicus_ems": {"every": 1}}
GRADING = "copernicus_ems.EMSR999517.AOI01.GRA_PRODUCT"
WATER: Colour = (140, 180, 230)
"""The water's blue at half strength over the land."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def after(nrw_copy: Callable[[], str]) -> AsyncIterator[Node]:
    """The evening of 16 July 2021, when the grading of Erftstadt has been delivered."""
    exercise = {"scenario": "flood_2021", "start": AFTER}
    async with running(nrw_copy(), mode="EXERCISE", exercise=exercise, feeds=EMS) as node:
        yield node


async def opened(node: Node, visit: Visit, *, options: dict[str, Any] | None = None, **view: str) -> Screen:
    screen = await (await visit(node, **(options or {}))).open(tab="satellite", map=BLESSEM, **view)
    await expect(screen.part("extent-row").first).to_be_visible()
    return screen


async def flooded(node: Node) -> tuple[float, float]:
    """A place in the largest flooded area."""
    parts = (await node.client.get(f"/api/extents/{GRADING}/parts")).json()["features"]
    largest = next(part for part in parts if part["properties"]["kind"] == "Flooded area")
    inside = shape(largest["geometry"]).representative_point()
    return inside.x, inside.y


async def drawn(screen: Screen, node: Node) -> tuple[float, float]:
    """Where on the map's image the water stands, once it does."""
    await screen.settled()
    at = (await screen.projection())(*await flooded(node))
    await screen.see(lambda image: distance(image.getpixel((int(at[0]), int(at[1]))), WATER) < 40)  # type: ignore[arg-type]
    return at


async def rows_of(screen: Screen, table: str) -> dict[str, dict[str, str]]:
    """Town -> kind -> what the cell says."""
    rows = screen.part(f"extent-table-{table}").get_by_test_id("extent-town")
    found: dict[str, dict[str, str]] = {}
    for row in await rows.all():
        cells = await row.locator("td").evaluate_all("cells => cells.map((c) => [c.dataset.kind, c.innerText])")
        found[await row.locator("th").inner_text()] = dict(cells)
    return found


def number(shown: str) -> float:
    return 0.0 if shown == "–" else float(shown.replace(".", "").replace(",", "."))


def grading(screen: Screen) -> Any:
    return screen.part("extent-row").filter(has_text="Schadenskartierung").filter(has_text="Erftstadt")


async def test_an_extent_opens_with_its_table_per_municipality(after: Node, visit: Visit) -> None:
    screen = await opened(after, visit)
    facts = (await after.client.get("/api/picture?kinds=extent")).json()["facts"]
    body = next(f["body"] for f in facts if f["body"]["product"] == "GRA_PRODUCT" and f["body"]["status"] == "F")
    await expect(screen.part("count-satellite")).to_have_text("3")
    await grading(screen).click()
    await expect(screen.part("panel-title")).to_contain_text("Erftstadt")
    await expect(screen.part("extent-acquired")).to_contain_text("16.07. 12:48")
    await expect(screen.panel).to_contain_text("Pleiades (optical)")
    expected = {share["name"]: {t["kind"]: t for t in share["tallies"]} for share in body["shares"]}
    areas = await rows_of(screen, "area")
    assert set(areas) == {town for town, told in expected.items() if "Flooded area" in told or "Flood trace" in told}
    assert len(areas) >= 3
    for town, cells in areas.items():
        for kind, shown in cells.items():
            hectares = expected[town].get(kind, {"area": 0})["area"]
            assert abs(number(shown) - hectares) <= 0.5, (town, kind)
    houses = await rows_of(screen, "count")
    assert set(houses["Erftstadt"]) == {"Destroyed", "Damaged", "Possibly damaged", "No visible damage"}
    for town, cells in houses.items():
        assert {kind: number(shown) for kind, shown in cells.items()} == {
            kind: expected[town].get(kind, {"count": 0})["count"] for kind in cells
        }
    await expect(screen.part("extent-bars-area")).to_be_visible()
    await expect(screen.panel).to_contain_text("Außerhalb ist nichts bekannt")
    await expect(screen.panel).to_contain_text("Copernicus Emergency Management Service")
    await drawn(screen, after)
    await screen.shoot("satellite-extent")
    await screen.part("panel-zoom").click()
    await screen.settled()
    await screen.shoot("satellite-footprint")
    await screen.part("extent-bars-count").scroll_into_view_if_needed()
    await screen.shoot("satellite-buildings")


async def test_what_was_not_produced_says_so_and_is_no_all_clear(after: Node, visit: Visit) -> None:
    screen = await opened(after, visit)
    await screen.part("extent-row").filter(has_text="Schleiden").click()
    await expect(screen.part("extent-none")).to_contain_text("sagt nicht, dass nichts betroffen ist")
    await expect(screen.part("extent-none")).to_contain_text("cloud coverage")
    await expect(screen.part("extent-table-area")).to_have_count(0)


async def test_the_list_is_walked_by_keys_and_speaks_english(after: Node, visit: Visit) -> None:
    screen = await opened(after, visit, lang="en")
    rows = screen.part("extent-row")
    await rows.first.focus()
    await screen.page.keyboard.press("ArrowDown")
    await expect(rows.nth(1)).to_be_focused()
    await screen.page.keyboard.press("Enter")
    await expect(screen.part("panel")).to_contain_text("Affected by municipality")
    await expect(screen.part("panel-close")).to_be_focused()
    await screen.page.keyboard.press("Escape")
    await expect(screen.part("panel")).to_have_count(0)


async def test_the_map_shows_water_and_houses_and_a_click_opens_them(after: Node, visit: Visit) -> None:
    screen = await opened(after, visit)
    x, y = await drawn(screen, after)
    box = await screen.map.bounding_box()
    assert box is not None
    await screen.page.mouse.click(box["x"] + x, box["y"] + y)
    await expect(screen.part("panel-title")).to_contain_text("Erftstadt")
    await screen.part("rail-legend").click()
    await expect(screen.part("legend-satellite")).to_contain_text("zerstört")
    assert await findings(screen) == []


async def test_on_a_phone_and_at_night(after: Node, visit: Visit) -> None:
    screen = await opened(after, visit, options={"viewport": PHONE}, page="list", theme="dark")
    await screen.shoot("satellite-list-phone")
    await grading(screen).click()
    await expect(screen.part("extent-table-area")).to_be_visible()
    assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await findings(screen) == []
    await screen.shoot("satellite-extent-phone")
    night = await opened(after, visit, theme="night")
    await grading(night).click()
    await expect(night.part("extent-table-area")).to_be_visible()
    await night.settled()
    assert await findings(night) == []
    await night.shoot("satellite-extent-night")


async def test_without_any_extent_the_list_says_whether_that_is_known(empty: Node, visit: Visit) -> None:
    screen = await (await visit(empty)).open(tab="satellite")
    await expect(screen.part("empty")).to_contain_text("Unbekannt, ob es Auswertungen gibt")
