"""Drawing on the map: by the mouse and by the keyboard, undone and done again, refused and kept."""

from __future__ import annotations

import re

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from tests.browser import pixels
from tests.browser.conftest import Visit
from tests.browser.scene import AT_THE_ERFT, ERFT, Scene, square
from tests.browser.screen import TWO_FRAMES, Screen
from tests.service.conftest import Node

PERSON = "Anna Leitner"
BLUE: pixels.Colour = (11, 87, 208)
Offset = tuple[float, float]
CORNERS: list[Offset] = [(-0.008, -0.005), (0.008, -0.005), (0.008, 0.005), (-0.008, 0.005)]


@pytest_asyncio.fixture(loop_scope="session")
async def scene(empty: Node) -> Scene:
    return await Scene.open(empty)


async def begin(scene: Scene, visit: Visit, kind: str = "zone") -> Screen:
    """The form of a new one beside a map that stands still."""
    tab = {"zone": "zones", "sector": "sectors"}[kind]
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab=tab, list="0", sel=f"{kind}:new")
    await screen.part("field-name").fill("Blessem")
    await screen.settled()
    return screen


async def click(screen: Screen, *places: Offset) -> None:
    """On the map, at these degrees from the middle."""
    where = await screen.projection()
    box = await screen.map.bounding_box()
    assert box is not None
    for dx, dy in places:
        x, y = where(ERFT[0] + dx, ERFT[1] + dy)
        await screen.page.mouse.move(box["x"] + x - 3, box["y"] + y - 3)
        await screen.page.mouse.move(box["x"] + x, box["y"] + y)
        await screen.page.evaluate(TWO_FRAMES)
        await screen.page.mouse.down()
        await screen.page.mouse.up()
        await screen.page.evaluate(TWO_FRAMES)


async def draw(screen: Screen, *places: Offset) -> None:
    """The area with these corners, closed by a click on the first."""
    await screen.part("draw").click()
    await click(screen, *places, places[0])
    await expect(screen.part("corners").get_by_role("listitem")).to_have_count(len(places))


def near(ring: list[list[float]], places: list[Offset], within: float = 2e-4) -> bool:
    """Whether these are the corners, wherever the ring begins and whichever way it goes."""
    return all(
        any(abs(x - ERFT[0] - dx) < within and abs(y - ERFT[1] - dy) < within for x, y in ring) for dx, dy in places
    )


async def test_an_area_is_drawn_by_the_mouse_measured_and_seen_by_all(scene: Scene, visit: Visit) -> None:
    await scene.seat("Bernd Zwo", "S2")
    other = await scene.sit(visit, "Bernd Zwo")
    await other.open(map=AT_THE_ERFT, tab="zones")
    screen = await begin(scene, visit)
    await screen.part("field-type").select_option("FLOODED")
    await draw(screen, *CORNERS)
    await expect(screen.part("measure")).to_contain_text("1,25 km²")
    await expect(screen.part("measure")).to_contain_text("4,47 km")
    await screen.part("save").click()
    await screen.titled("Blessem")
    [body] = await scene.bodies("zone")
    ring = body["geometry"]["coordinates"][0]
    assert len(ring) == 5 and near(ring, CORNERS), ring
    await expect(other.part("zone-row")).to_contain_text("Blessem")
    where = await other.projection()
    edge = where(ERFT[0], ERFT[1] + 0.005)
    await other.see(lambda i: pixels.nearest(i, (11, 87, 164), *edge, radius=5) < 25)


async def test_undo_and_redo_walk_through_the_drawing(scene: Scene, visit: Visit) -> None:
    screen = await begin(scene, visit)
    corners = screen.part("corners").get_by_role("listitem")
    await screen.part("draw").click()
    await click(screen, *CORNERS[:3])
    await screen.page.keyboard.press("Control+z")  # takes back the third corner of the unfinished area
    await click(screen, CORNERS[3], CORNERS[2], CORNERS[0])
    await expect(corners).to_have_count(4)
    await screen.part("draw").click()
    await screen.part("place-input").fill("50.81, 6.89")
    await screen.part("place-set").click()
    await expect(corners).to_have_count(5)
    await screen.part("panel-title").click()
    await screen.page.keyboard.press("Control+z")
    await expect(corners).to_have_count(4)
    await screen.page.keyboard.press("Control+z")
    await expect(corners).to_have_count(0)
    await expect(screen.part("draw-undo")).to_be_disabled()
    await screen.page.keyboard.press("Control+Shift+z")
    await expect(corners).to_have_count(4)
    await screen.part("draw-redo").click()
    await expect(corners).to_have_count(5)
    await expect(screen.part("draw-redo")).to_be_disabled()


async def test_an_area_that_crosses_itself_is_refused_and_stays_also_over_a_reload(scene: Scene, visit: Visit) -> None:
    screen = await begin(scene, visit)
    await draw(screen, CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3])
    await screen.part("save").click()
    refused = screen.part("refused")
    said = r"Nicht gespeichert: Die Fläche schneidet sich selbst \(Punkt [34]\)\. Ihre Zeichnung ist noch da\."
    await expect(refused).to_have_text(re.compile(said))
    await expect(screen.part("corners").get_by_role("listitem")).to_have_count(4)
    assert await scene.bodies("zone") == []
    await screen.page.reload()
    await expect(screen.part("corners").get_by_role("listitem")).to_have_count(4)
    await expect(screen.part("field-name")).to_have_value("Blessem")
    where = await screen.projection()
    await screen.see(lambda i: pixels.nearest(i, BLUE, *where(ERFT[0], ERFT[1] + 0.0), radius=8) < 60)
    await screen.part("draw-clear").click()
    await draw(screen, *CORNERS)
    await screen.part("save").click()
    await screen.titled("Blessem")
    assert len(await scene.bodies("zone")) == 1


async def test_a_server_that_is_away_costs_no_drawing(scene: Scene, visit: Visit) -> None:
    screen = await begin(scene, visit)
    await draw(screen, *CORNERS)

    async def away(route: Route) -> None:
        await route.abort()

    await screen.page.route("**/zones", away)
    await screen.part("save").click()
    await expect(screen.part("refused")).to_have_text(
        "Nicht gespeichert: der Server ist nicht erreichbar. Ihre Zeichnung ist noch da."
    )
    await screen.page.unroute("**/zones")
    await screen.part("save").click()
    await screen.titled("Blessem")
    assert len(await scene.bodies("zone")) == 1


async def test_an_area_is_made_of_typed_coordinates(scene: Scene, visit: Visit) -> None:
    screen = await begin(scene, visit)
    field = screen.part("place-input")
    for said in ("50.80, 6.88", "32U LB 52000 29726", "50° 48' 36\" N 6° 53' 24\" E"):
        await field.fill(said)
        await field.press("Enter")
        await expect(field).to_have_value("")
    await expect(screen.part("corners").get_by_role("listitem")).to_have_count(3)
    await field.fill("51 irgendwo")
    await field.press("Enter")
    await expect(screen.part("place-wrong")).to_have_text("Weder Koordinaten noch ein bekannter Ort")
    await screen.part("save").click()
    await screen.titled("Blessem")
    [body] = await scene.bodies("zone")
    assert body["geometry"]["coordinates"][0][0] == pytest.approx([6.88, 50.80])
    assert body["geometry"]["coordinates"][0][2] == pytest.approx([6.89, 50.81])


async def test_a_place_is_found_by_its_name(scene: Scene, visit: Visit) -> None:
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, tab="sites", sel="site:new")
    await screen.part("field-title").fill("Stromausfall")
    await screen.part("place-input").fill("Erftstadt")
    await screen.part("place-input").press("Enter")
    await screen.part("place-found").first.click()
    await expect(screen.part("wgs84")).to_have_text(re.compile(r"50\.[78]\d+, 6\.[78]\d+"))
    await screen.part("save").click()
    await screen.titled("Stromausfall")


async def test_corners_of_others_catch_the_pointer(scene: Scene, visit: Visit) -> None:
    await scene.make("zones", type="HAZARD", name="Alt", geometry=square(0.001, 0.001, 0.008))
    screen = await begin(scene, visit)
    pixel = 360 / (512 * 2**13)
    await draw(screen, (-0.008, -0.005), (0.001 - 5 * pixel, 0.001 - 2 * pixel), (-0.008, 0.006))
    await screen.part("save").click()
    await screen.titled("Blessem")
    [new] = [body for body in await scene.bodies("zone") if body["name"] == "Blessem"]
    corner = [ERFT[0] + 0.001, ERFT[1] + 0.001]
    assert any(at == pytest.approx(corner, abs=1e-8) for at in new["geometry"]["coordinates"][0])


async def test_a_corner_is_moved(scene: Scene, visit: Visit) -> None:
    id = await scene.make("zones", type="HAZARD", name="Alt", geometry=square(-0.004, -0.003, 0.008))
    screen = await scene.sit(visit, PERSON)
    await screen.open(map=AT_THE_ERFT, list="0", sel=f"zone:{id}")
    await screen.part("edit").click()
    await screen.settled()
    await screen.part("draw").click()
    await screen.page.wait_for_timeout(500)
    where = await screen.projection()
    box = await screen.map.bounding_box()
    assert box is not None

    def at(dx: float, dy: float) -> tuple[float, float]:
        x, y = where(ERFT[0] + dx, ERFT[1] + dy)
        return box["x"] + x, box["y"] + y

    mouse = screen.page.mouse
    await mouse.move(*at(0.004, 0.005))
    await mouse.down()
    for step in range(1, 9):
        await mouse.move(*at(0.004 + 0.0005 * step, 0.005 + 0.0002 * step))
        await screen.page.evaluate(TWO_FRAMES)
    await mouse.up()
    await expect(screen.part("draw-undo")).to_be_enabled()
    await screen.part("save").click()
    await expect(screen.part("edit")).to_be_visible()
    [body] = await scene.bodies("zone")
    assert near(body["geometry"]["coordinates"][0], [(0.008, 0.0066), (-0.004, -0.003)]), body["geometry"]
    assert body["version"] == 2


async def test_a_closure_may_be_a_line(scene: Scene, visit: Visit) -> None:
    screen = await begin(scene, visit)
    await screen.part("field-type").select_option("CLOSURE")
    await screen.part("draw").click()
    await click(screen, CORNERS[0], CORNERS[1])
    await screen.page.keyboard.press("Enter")
    await expect(screen.part("measure")).to_contain_text("Länge 1,12 km")
    await screen.part("save").click()
    await screen.titled("Blessem")
    [body] = await scene.bodies("zone")
    assert body["geometry"]["type"] == "LineString"


async def test_a_click_while_drawing_selects_nothing_and_escape_puts_the_pen_down(scene: Scene, visit: Visit) -> None:
    await scene.site("Keller", dx=-0.008, dy=-0.005)
    screen = await begin(scene, visit)
    await screen.part("draw").click()
    await click(screen, CORNERS[0])
    await expect(screen.part("thing-form")).to_be_visible()
    await screen.page.keyboard.press("Escape")
    await expect(screen.part("draw")).to_have_attribute("aria-pressed", "false")
    await expect(screen.part("thing-form")).to_be_visible()
    await click(screen, CORNERS[0])
    await screen.titled("Keller")
    await screen.open(map=AT_THE_ERFT, tab="zones")
    await screen.part("resume-draft").click()
    await expect(screen.part("field-name")).to_have_value("Blessem")
