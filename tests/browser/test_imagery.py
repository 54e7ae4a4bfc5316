"""Satellite images ordered on the page: from a drawn area to an extent, cancelled, failed, compared by the swipe."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image, ImageStat
from playwright.async_api import Locator, expect
from shapely.geometry import shape

import service.app
from feeds.simulator.dataspace import Dataspace, Failing, Trouble
from feeds.simulator.server import Simulator
from tests.browser.conftest import Visit
from tests.browser.pixels import Colour, nearest
from tests.browser.scene import Scene
from tests.browser.screen import LARGE, PHONE, TWO_FRAMES, Screen
from tests.browser.test_accessibility import findings
from tests.service.conftest import Node, running
from tests.service.imagery.test_jobs import state

START = "2021-07-16T12:00:00Z"
WEST, SOUTH, EAST, NORTH = 6.765, 50.800, 6.805, 50.825
AREA = {
    "type": "Polygon",
    "coordinates": [[[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH], [WEST, SOUTH]]],
}
BLESSEM = "12.8/50.8125/6.785"
TITLE = "Wasser bei Blessem"
WATER: Colour = (140, 180, 230)
"""The blue of an extent over the land, drawn once or twice."""


@dataclass
class Eyes:
    """A node in an exercise, the simulated Data Space, an incident, and a job that is done."""

    node: Node
    dataspace: Dataspace
    scene: Scene
    order: dict[str, Any]
    job: dict[str, Any]

    async def sit(self, visit: Visit, person: str = "Berta Zwo", **options: Any) -> Screen:
        return await self.scene.sit(visit, person, **options)

    async def ordered(self, **changed: Any) -> str:
        """The id of another job like the first."""
        answer = await self.scene.lead.post("/api/imagery/jobs", json={**self.order, **changed})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def eyes(nrw_copy: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Eyes]:
    caught: list[Simulator] = []

    class Caught(Simulator):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            caught.append(self)

    directory = tmp_path_factory.mktemp("imagery")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.app, "Simulator", Caught)
        async with running(nrw_copy(), mode="EXERCISE", data_dir=directory, exercise={"start": START}) as node:
            scene = await Scene.open(node, "Hochwasser Erft")
            await scene.seat("Berta Zwo", "S2")
            await scene.seat("Emil Eins", "S1")
            asked = {"sensor": "SENTINEL_1", "area": AREA}
            found = (await scene.lead.post("/api/imagery/scenes", json=asked)).json()["scenes"]
            after, before = (
                next(s["id"] for s in found if s["acquired_at"].startswith(at))
                for at in ("2021-07-15T17:25", "2021-07-09T17:25")
            )
            order = {
                "kind": "WATER_SAR", "area": AREA, "scene": after, "before": before, "resolution": 20, "units": 50,
                "title": TITLE, "room": scene.opened["room"],
            }  # fmt: skip
            [simulator] = caught
            assert simulator.dataspace is not None
            eyes = Eyes(node, simulator.dataspace, scene, order, {})
            id = await eyes.ordered()
            eyes.job = {"id": id, **await state(scene.lead, id, {"DONE", "FAILED"})}
            assert eyes.job["state"] == "DONE", eyes.job
            yield eyes
            await scene.lead.aclose()


@pytest.fixture(autouse=True)
def _healed(eyes: Eyes) -> Iterator[None]:
    yield
    eyes.dataspace.failing = None


async def at(screen: Screen, longitude: float, latitude: float) -> tuple[float, float]:
    """Where on the page the place lies."""
    x, y = (await screen.projection())(longitude, latitude)
    box = await screen.map.bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


async def click(screen: Screen, longitude: float, latitude: float) -> None:
    x, y = await at(screen, longitude, latitude)
    await screen.page.mouse.move(x - 3, y - 3)
    await screen.page.mouse.move(x, y)
    await screen.page.evaluate(TWO_FRAMES)
    await screen.page.mouse.down()
    await screen.page.mouse.up()
    await screen.page.evaluate(TWO_FRAMES)


async def wet(eyes: Eyes) -> tuple[float, float]:
    """A place well within the flood, on land before."""
    parts = (await eyes.scene.lead.get(f"/api/extents/own.{eyes.job['id']}/parts")).json()["features"]
    areas = [shape(p["geometry"]) for p in parts if p["properties"]["kind"] == "Flooded area"]
    inside = max(areas, key=lambda a: a.area).buffer(-0.0006)
    place = (max(inside.geoms, key=lambda a: a.area) if hasattr(inside, "geoms") else inside).representative_point()
    return place.x, place.y


def row(screen: Screen, taken: str) -> Locator:
    return screen.part("scene").filter(has_text=taken)


async def test_a_drawn_area_becomes_an_extent_with_its_towns(eyes: Eyes, visit: Visit) -> None:
    screen = await eyes.sit(visit, viewport=LARGE)
    await screen.open(tab="satellite", map="12.3/50.8125/6.785")
    await screen.part("order-open").click()
    await expect(screen.part("scenes-none")).to_contain_text("Zuerst ein Gebiet")
    await expect(screen.part("job-start")).to_be_disabled()
    await screen.settled()
    await screen.part("draw").click()
    for corner in ((WEST, SOUTH), (EAST, SOUTH), (EAST, NORTH), (WEST, NORTH), (WEST, SOUTH)):
        await click(screen, *corner)
    await expect(screen.part("measure")).to_contain_text("km²")
    await screen.part("draw").click()
    await expect(row(screen, "15.07. 19:25")).to_contain_text("Sentinel-1A, aufsteigend, Bahn 15")
    await expect(row(screen, "15.07. 19:25")).to_contain_text("deckt 100 %")
    await row(screen, "15.07. 19:25").get_by_test_id("scene-after").check()
    await expect(row(screen, "15.07. 07:50").get_by_test_id("scene-before")).to_be_disabled()
    await row(screen, "09.07. 19:25").get_by_test_id("scene-before").check()
    await screen.part("resolution").select_option("20 m")
    await expect(screen.part("cost")).to_contain_text("vom Monatslimit")
    await expect(screen.part("cost")).to_contain_text("Pixel zu 20 m")
    await expect(screen.part("job-room")).to_contain_text("Hochwasser Erft")
    assert await findings(screen) == []
    await screen.part("cost").scroll_into_view_if_needed()
    await screen.shoot("imagery-order")
    await screen.part("job-title").fill("Flut am 15. Juli")
    await screen.part("job-start").click()
    await screen.titled("Flut am 15. Juli")
    await expect(screen.part("job-row").filter(has_text="Flut am 15. Juli")).to_be_visible()
    await expect(screen.part("job-state")).to_have_text("fertig")
    await screen.part("job-extent").click()
    await expect(screen.panel).to_contain_text("eigene Auswertung")
    await expect(screen.part("extent-town").filter(has_text="Erftstadt")).to_be_visible()
    x, y = (await screen.projection())(*await wet(eyes))
    await screen.see(lambda image: nearest(image, WATER, x, y, radius=2) < 80)
    await screen.shoot("imagery-result")
    await screen.part("extent-job").click()
    await screen.titled("Flut am 15. Juli")


async def test_one_key_takes_what_the_map_shows(eyes: Eyes, visit: Visit) -> None:
    screen = await eyes.sit(visit)
    await screen.open(tab="satellite", map="14/50.8125/6.785", lang="en")
    await expect(screen.part("job-row").first).to_be_visible()
    await screen.settled()
    await screen.page.keyboard.press("b")
    await expect(screen.part("measure")).to_be_visible()
    await screen.part("wanted-BURN").click()
    await expect(screen.part("scene").first).to_contain_text("Sentinel-2")
    await expect(screen.part("scene").first).to_contain_text("clouds")
    await screen.part("order-drop").click()
    await expect(screen.part("order-form")).to_have_count(0)
    for _ in range(8):
        await screen.page.keyboard.press("-")
    await screen.arrives(zoom=(0, 7))
    await screen.page.keyboard.press("b")
    await expect(screen.part("order-form")).to_contain_text("too large")


async def test_a_job_is_followed_and_cancelled(eyes: Eyes, blind_visit: Visit) -> None:
    eyes.dataspace.failing = Failing(Trouble.THROTTLED, retry_after="100")
    id = await eyes.ordered(title="Wird abgebrochen")
    screen = await eyes.sit(blind_visit)
    await screen.open(tab="satellite", map=BLESSEM, sel=f"imagery_job:{id}")
    await expect(screen.part("job-state")).to_have_text("läuft")
    await expect(screen.panel.get_by_test_id("job-progress")).to_be_visible()
    await expect(screen.panel).to_contain_text("Wartet, weil Copernicus darum bittet")
    await expect(screen.part("job-row").first).to_contain_text("Wird abgebrochen")
    assert await findings(screen) == []
    await screen.shoot("imagery-running")
    await screen.part("job-cancel").click()
    await expect(screen.part("job-state")).to_have_text("abgebrochen")
    await expect(screen.part("job-retry")).to_be_visible()


async def test_what_goes_wrong_is_told_with_what_to_do_and_tried_again(eyes: Eyes, blind_visit: Visit) -> None:
    eyes.dataspace.failing = Failing(Trouble.QUOTA)
    id = await eyes.ordered(title="Ohne Einheiten")
    screen = await eyes.sit(blind_visit)
    await screen.open(tab="satellite", map=BLESSEM, sel=f"imagery_job:{id}")
    await expect(screen.part("job-state")).to_have_text("gescheitert")
    await expect(screen.part("imagery-trouble")).to_contain_text("Verarbeitungseinheiten dieses Monats")
    await expect(screen.part("imagery-trouble")).to_contain_text("Am Monatsersten gibt es neue")
    await screen.shoot("imagery-failed")
    await screen.part("job-change").click()
    await expect(screen.part("imagery-trouble")).to_contain_text("Verarbeitungseinheiten dieses Monats")
    eyes.dataspace.failing = None
    await screen.part("imagery-trouble").get_by_role("button").click()
    await expect(row(screen, "15.07. 19:25").get_by_test_id("scene-after")).to_be_checked()
    await expect(row(screen, "09.07. 19:25").get_by_test_id("scene-before")).to_be_checked()
    await screen.open(tab="satellite", map=BLESSEM, sel=f"imagery_job:{id}")
    await screen.part("job-retry").click()
    await expect(screen.part("job-state")).to_have_text("fertig")


async def test_the_swipe_is_moved_by_keys_and_mouse_and_shows_the_other_image(eyes: Eyes, visit: Visit) -> None:
    screen = await eyes.sit(visit)
    await screen.open(tab="satellite", map=BLESSEM, list="0", sel=f"imagery_job:{eyes.job['id']}")
    await screen.part("compare").click()
    divider = screen.part("swipe-divider")
    await expect(divider).to_be_focused()
    await expect(divider).to_have_attribute("aria-valuetext", re.compile(r"09\.07\. 19:25.*15\.07\. 19:25"))
    await screen.part("image-outlines").uncheck()
    await divider.focus()
    await screen.settled()
    place = await wet(eyes)
    x, y = (await screen.projection())(*place)

    def flooded(image: Image.Image) -> bool:
        """Whether the water of the image after stands there: much darker than the land before."""
        around = image.crop((int(x) - 3, int(y) - 3, int(x) + 4, int(y) + 4))
        return sum(ImageStat.Stat(around).mean) < 3 * 70

    await screen.page.keyboard.press("Home")
    await expect(divider).to_have_attribute("aria-valuenow", "0")
    await screen.see(flooded)
    await screen.page.keyboard.press("End")
    await screen.see(lambda image: not flooded(image))
    await screen.page.keyboard.press("ArrowLeft")
    await expect(divider).to_have_attribute("aria-valuenow", "98")
    page_x, page_y = await at(screen, *place)
    await screen.page.evaluate(TWO_FRAMES)
    box = await divider.bounding_box()
    assert box is not None
    await screen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await screen.page.mouse.down()
    await screen.page.mouse.move(page_x - 40, page_y, steps=4)
    await screen.page.mouse.up()
    image = await screen.see(flooded)
    ground = image.crop((int(x) - 120, int(y) - 20, int(x) - 80, int(y) + 20))
    assert sum(ImageStat.Stat(ground).mean) > 3 * 90, "left of it the land before"
    await screen.part("image-outlines").check()
    assert await findings(screen) == []
    await divider.focus()
    await screen.page.keyboard.press("Home")
    for _ in range(5):
        await screen.page.keyboard.press("PageUp")
    await expect(divider).to_have_attribute("aria-valuenow", "50")
    await screen.page.evaluate(TWO_FRAMES)
    await screen.shoot("imagery-swipe")
    await screen.page.keyboard.press("Escape")
    await expect(screen.part("swipe")).to_have_count(0)
    await expect(screen.part("compare")).to_be_focused()
    await expect(screen.part("panel-title")).to_have_text(TITLE)


async def test_the_swipe_at_night(eyes: Eyes, visit: Visit) -> None:
    screen = await eyes.sit(visit)
    await screen.open(tab="satellite", map=BLESSEM, theme="night", image=f"{eyes.job['id']}-swipe")
    await expect(screen.part("swipe-divider")).to_be_visible()
    await screen.settled()
    assert await findings(screen) == []
    await screen.shoot("imagery-swipe-night")


async def test_the_swipe_on_a_phone_in_the_dark(eyes: Eyes, visit: Visit) -> None:
    screen = await eyes.sit(visit, viewport=PHONE, is_mobile=True, has_touch=True)
    await screen.open(page="list", tab="satellite", map=BLESSEM, theme="dark")
    await expect(screen.part("job-row").first).to_be_visible()
    await screen.shoot("imagery-list-phone")
    await screen.part("job-row").filter(has_text=TITLE).last.tap()
    await screen.part("compare").tap()
    await expect(screen.part("swipe-divider")).to_be_visible()
    await expect(screen.panel).to_have_count(0)
    await screen.settled()
    box = await screen.part("swipe-divider").bounding_box()
    assert box is not None and box["width"] >= 44
    assert await screen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await findings(screen) == []
    await screen.shoot("imagery-swipe-phone")


async def test_an_image_lies_on_the_map_as_strong_as_wanted_and_names_its_source(eyes: Eyes, visit: Visit) -> None:
    screen = await eyes.sit(visit)
    await screen.open(tab="satellite", map=BLESSEM, sel=f"extent:own.{eyes.job['id']}")
    await screen.part("image-AFTER").click()
    await expect(screen.part("image-about")).to_contain_text("Nachher · Sentinel-1 · 15.07. 19:25 (vor 18 h)")
    credit = "Contains modified Copernicus Sentinel data 2021"
    await expect(screen.part("image-credit")).to_contain_text(credit)
    await expect(screen.part("attribution")).to_contain_text(credit)
    await screen.part("image-outlines").uncheck()
    await screen.settled()
    x, y = (await screen.projection())(*await wet(eyes))

    def light(image: Image.Image) -> int:
        """Of the place in the flood, 0 to 765."""
        pixel = image.getpixel((int(x), int(y)))
        return sum(pixel) if isinstance(pixel, tuple) else 0

    await screen.see(lambda image: light(image) < 240)
    await screen.part("image-opacity").fill("0.3")
    await screen.see(lambda image: light(image) > 400)
    await screen.part("image-opacity").fill("1")
    await screen.part("rail-legend").click()
    await expect(screen.part("legend-image")).to_contain_text("dunkel ist glattes Wasser")
    await screen.shoot("imagery-layer")
    await screen.part("image-off").click()
    await screen.see(lambda image: light(image) > 400)
    await expect(screen.part("attribution")).not_to_contain_text(credit)


async def test_who_may_not_sees_or_does_not(eyes: Eyes, blind_visit: Visit) -> None:
    reader = await eyes.sit(blind_visit, "Emil Eins")
    await reader.open(tab="satellite", map=BLESSEM, sel=f"imagery_job:{eyes.job['id']}")
    await expect(reader.part("job-extent")).to_be_visible()
    await expect(reader.part("order-open")).to_have_count(0)
    await expect(reader.part("job-change")).to_have_count(0)
    await reader.open(tab="satellite", map=BLESSEM, sel="imagery_job:new")
    await expect(reader.part("order-no-right")).to_contain_text("mit einer Funktion")
    stranger = await blind_visit(eyes.node)
    await stranger.open(tab="satellite", map=BLESSEM, image=f"{eyes.job['id']}-swipe")
    await expect(stranger.part("extent-list")).to_be_visible()
    await expect(stranger.part("job-list")).to_have_count(0)
    await expect(stranger.part("swipe")).to_have_count(0)


async def test_without_access_the_list_and_the_form_say_what_to_set(empty: Node, blind_visit: Visit) -> None:
    scene = await Scene.open(empty)
    screen = await scene.sit(blind_visit, "Anna Leitner")
    await screen.open(tab="satellite", map=BLESSEM)
    await expect(screen.part("not-configured")).to_contain_text("copernicus.client_id")
    await expect(screen.part("jobs-none")).to_contain_text("Noch keine eigene Auswertung")
    await screen.part("order-open").click()
    await expect(screen.part("imagery-trouble")).to_contain_text("Kein Zugang zu Copernicus")
    await screen.shoot("imagery-empty")
