"""The map has drawn what it should: looked at as pixels, not asked of the program that drew them."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from PIL import Image
from shapely.geometry import shape

from geodata.store import land
from tests.browser import pixels
from tests.browser.conftest import Visit
from tests.browser.screen import PHONE, Screen
from tests.service.conftest import Node

KOELN = "053150000000"
GAUGE = (6.9633, 50.936949)
AT_THE_GAUGE = "11/50.936949/6.9633"
NO_COLOUR_IS_NEAR = 40
SCREENS: dict[str, dict[str, Any]] = {
    "wide": {},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
    "dark": {"color_scheme": "dark"},
}


async def border(node: Node) -> list[list[float]]:
    async with node.database.reading() as connection:
        outline = await land.outline(connection, [KOELN])
    assert outline is not None
    found: list[list[float]] = shapely.get_coordinates(shape(outline.as_geojson())).tolist()
    return found


async def to_the_map(screen: Screen) -> None:
    if await screen.part("page-map").count():
        await screen.part("page-map").click()


@pytest.mark.parametrize("kind", SCREENS)
async def test_the_map_shows_borders_where_they_are_and_gauges_in_the_colour_of_the_list(
    flood: Node, visit: Visit, kind: str
) -> None:
    screen = await visit(flood, **SCREENS[kind])
    await screen.open(map=AT_THE_GAUGE.replace("11/", "10/"), page="list", layers="gauges,municipalities")
    wanted = await screen.mark_colour("KÖLN")
    await to_the_map(screen)
    where = await screen.projection()
    line = [where(*point) for point in await border(flood)]

    def drawn(image: Image.Image) -> bool:
        return pixels.colours(image) > 20 and pixels.nearest(image, wanted, *where(*GAUGE), radius=5) < 12

    image = await screen.see(drawn)
    image = await screen.see(lambda image: pixels.share(image, line) > 0.7)
    assert pixels.nearest(image, wanted, *where(*GAUGE), radius=5) < 12, "the symbol stands at its place"
    elsewhere = where(GAUGE[0] + 0.05, GAUGE[1] + 0.05)
    assert pixels.nearest(image, wanted, *elsewhere, radius=8) > NO_COLOUR_IS_NEAR, "and nowhere else"
    moved = [(x + 12, y + 12) for x, y in line]
    assert pixels.share(image, moved) < 0.5, "the line is where the border is, not everywhere"


async def test_a_layer_that_is_switched_off_leaves_the_map(flood: Node, visit: Visit) -> None:
    screen = await visit(flood)
    await screen.open(map=AT_THE_GAUGE.replace("11/", "10/"), layers="gauges,municipalities")
    wanted = await screen.mark_colour("KÖLN")
    where = await screen.projection()
    line = [where(*point) for point in await border(flood)]
    await screen.see(lambda i: pixels.nearest(i, wanted, *where(*GAUGE), radius=5) < 12)
    await screen.part("layer-gauges").click()
    await screen.see(lambda i: pixels.nearest(i, wanted, *where(*GAUGE), radius=5) > NO_COLOUR_IS_NEAR)
    await screen.see(lambda i: pixels.share(i, line) > 0.7)
    await screen.part("layer-municipalities").click()
    await screen.see(lambda i: pixels.share(i, line) < 0.2)


async def test_warnings_are_drawn_as_areas_with_an_outline(flood: Node, visit: Visit) -> None:
    screen = await visit(flood)
    await screen.open(map=AT_THE_GAUGE, layers="municipalities")
    await screen.loaded()
    bare = await screen.see(lambda i: pixels.colours(i) > 5)
    await screen.part("layer-warnings").click()
    tinted = await screen.see(lambda i: pixels.distance(_ground(i), _ground(bare)) > 10)
    assert pixels.distance(_ground(tinted), _ground(bare)) > 10


async def test_a_click_on_the_symbol_opens_the_gauge(flood: Node, visit: Visit) -> None:
    screen = await visit(flood)
    await screen.open(map=AT_THE_GAUGE)
    wanted = await screen.mark_colour("KÖLN")
    where = await screen.projection()
    await screen.see(lambda i: pixels.nearest(i, wanted, *where(*GAUGE), radius=5) < 12)
    x, y = where(*GAUGE)
    await screen.map.click(position={"x": x, "y": y})
    await screen.titled("KÖLN")


def _ground(image: Image.Image) -> pixels.Colour:
    """The commonest colour: the land, tinted or not."""
    counted = image.getcolors(maxcolors=image.width * image.height)
    assert counted
    return max(counted)[1]  # type: ignore[return-value]
