"""The client of the Copernicus Data Space against a server that speaks its token, catalogue and process API."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import rasterio
from aiohttp import web

from feeds.simulator import scenario as scenarios
from feeds.simulator import seen_from_above
from feeds.simulator.dataspace import CLIENT_ID, CLIENT_SECRET, PROCESS, TOKEN, Dataspace, Failing, Trouble
from geodata.imagery.copernicus import Copernicus, Scene
from geodata.imagery.credentials import Access
from geodata.imagery.failures import (
    BadCredentials,
    BrokenImage,
    ImageryError,
    NoSuchScene,
    NothingThere,
    QuotaUsedUp,
    Refused,
    Stopped,
    Throttled,
    TooSlow,
    Unreachable,
)
from geodata.imagery.grid import Bands, Sensor, cover, units
from geodata.model.clock import ExerciseClock
from geodata.model.geometry import check
from tests.geodata.imagery.served import served

BLESSEM = check(
    {"type": "Polygon",
     "coordinates": [[[6.77, 50.80], [6.81, 50.80], [6.81, 50.825], [6.77, 50.825], [6.77, 50.80]]]}
)  # fmt: skip
FLOOD = datetime(2021, 7, 15, 17, 25, 16, tzinfo=UTC)
FROM, TO = datetime(2021, 7, 1, tzinfo=UTC), datetime(2021, 7, 17, tzinfo=UTC)
GRID = cover(BLESSEM, 20)


@dataclass
class Space:
    simulated: Dataspace
    access: Access
    client: Copernicus

    async def ask(self, what: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return await asyncio.to_thread(what, *given, **named)

    async def scenes(self, sensor: Sensor = Sensor.SENTINEL_1, **more: Any) -> list[Scene]:
        found: list[Scene] = await self.ask(self.client.search, sensor, BLESSEM, FROM, TO, **more)
        return found

    async def flooded(self) -> Scene:
        return next(scene for scene in await self.scenes() if scene.acquired_at == FLOOD)

    async def image(self, scene: Scene, bands: Bands = Bands.SAR, **more: Any) -> tuple[bytes, float | None]:
        found: tuple[bytes, float | None] = await self.ask(self.client.fetch, scene, bands, GRID, **more)
        return found


@pytest.fixture
async def space() -> AsyncIterator[Space]:
    clock = ExerciseClock.starting_at(TO, 1.0)
    simulated = Dataspace(scenarios.load("flood_2021"), clock)
    async with served(simulated) as url:
        access = Access(CLIENT_ID, CLIENT_SECRET, url, url + TOKEN, seconds=60)
        yield Space(simulated, access, Copernicus(access))


async def test_scenes_of_an_area_come_with_time_orbit_footprint_and_cloud(space: Space) -> None:
    radar, optical = await space.scenes(), await space.scenes(Sensor.SENTINEL_2)
    assert [scene.acquired_at for scene in radar] == sorted((s.acquired_at for s in radar), reverse=True)
    flood = next(scene for scene in radar if scene.acquired_at == FLOOD)
    assert (flood.direction, flood.orbit, flood.platform, flood.cloud) == ("ascending", 15, "sentinel-1a", None)
    assert flood.id.startswith("S1A_IW_GRDH") and flood.covers == 1.0 and flood.footprint.type == "Polygon"
    assert {scene.cloud for scene in optical} >= {14.0, 98.4}
    assert all(FROM <= scene.acquired_at <= TO for scene in radar + optical)


async def test_cloudy_scenes_are_left_out_if_asked(space: Space) -> None:
    assert {scene.cloud for scene in await space.scenes(Sensor.SENTINEL_2, cloud=20)} == {14.0}


async def test_a_search_goes_on_to_the_last_page(space: Space) -> None:
    year = timedelta(days=365)
    found = await space.ask(space.client.search, Sensor.SENTINEL_1, BLESSEM, TO - year, TO)
    assert len(found) > 150
    assert len({scene.id for scene in found}) == len(found)
    assert sum(path.endswith("/search") for path in space.simulated.asked) > 3


async def test_a_scene_is_found_by_its_name_and_an_unknown_one_is_not(space: Space) -> None:
    flood = await space.flooded()
    assert await space.ask(space.client.scene, flood.id, BLESSEM) == flood
    for unknown in ("S1A_IW_GRDH_nothing", "LANDSAT_8"):
        with pytest.raises(NoSuchScene):
            await space.ask(space.client.scene, unknown, BLESSEM)


async def test_an_image_is_a_raster_on_the_grid_asked_for_and_shows_the_water(space: Space) -> None:
    image, spent = await space.image(await space.flooded())
    assert spent == pytest.approx(units(GRID, Bands.SAR), abs=0.02)
    with rasterio.MemoryFile(image) as file, file.open() as raster:
        assert (raster.width, raster.height, raster.count) == (GRID.width, GRID.height, 5)
        assert raster.crs.to_epsg() == GRID.epsg
        vv = raster.read(1)
    level = seen_from_above.height_of_flood(scenarios.load("flood_2021"), FLOOD)
    window = seen_from_above.Window(GRID.epsg, GRID.bounds, GRID.width, GRID.height)
    wet, always = seen_from_above.water(window, level)
    assert wet.sum() > 2 * always.sum() > 0
    assert np.median(vv[wet]) < 0.1 * np.median(vv[~wet])


async def test_all_kinds_of_bands_come_from_their_sensor(space: Space) -> None:
    clear = (await space.scenes(Sensor.SENTINEL_2, cloud=20))[0]
    for bands, count in ((Bands.OPTICAL, 6), (Bands.PICTURE, 4)):
        image, _ = await space.image(clear, bands)
        with rasterio.MemoryFile(image) as file, file.open() as raster:
            assert raster.count == count


async def test_a_token_is_used_again_and_renewed_before_it_ends(space: Space) -> None:
    await space.scenes()
    await space.scenes()
    assert space.simulated.asked.count(TOKEN) == 1
    space.simulated.token_seconds = 5  # ends within the half minute in which ours is renewed
    other = Copernicus(space.access)
    for _ in range(2):
        await space.ask(other.search, Sensor.SENTINEL_1, BLESSEM, FROM, TO)
    assert space.simulated.asked.count(TOKEN) == 3


async def test_a_withdrawn_token_is_replaced_without_anybody_noticing(space: Space) -> None:
    await space.scenes()
    space.simulated.failing = Failing(Trouble.EXPIRED, times=1)
    assert await space.scenes()
    assert space.simulated.asked.count(TOKEN) == 2


async def test_a_token_that_is_never_taken_is_a_fault_of_the_credentials(space: Space) -> None:
    space.simulated.failing = Failing(Trouble.EXPIRED)
    with pytest.raises(BadCredentials):
        await space.scenes()
    assert space.simulated.asked.count(TOKEN) == 2, "not tried for ever"


async def test_wrong_credentials_are_named_and_the_secret_is_not(
    space: Space, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = Copernicus(replace(space.access, client_secret="sehr-geheim-42"))
    with pytest.raises(BadCredentials) as refused:
        await space.ask(wrong.search, Sensor.SENTINEL_1, BLESSEM, FROM, TO)
    assert "client_secret" in str(refused.value)
    assert "sehr-geheim-42" not in str(refused.value) + caplog.text + repr(space.access)


async def test_tokens_stand_in_no_log_line(space: Space, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await space.image(await space.flooded())
    assert space.simulated._tokens
    for secret in (*space.simulated._tokens, f"client_secret={CLIENT_SECRET}"):
        assert secret not in caplog.text


TROUBLES: list[tuple[Failing, type[ImageryError], float | None]] = [
    (Failing(Trouble.QUOTA), QuotaUsedUp, None),
    (Failing(Trouble.THROTTLED, retry_after="7"), Throttled, 7),
    (Failing(Trouble.THROTTLED, retry_after=None), Throttled, 30),
    (Failing(Trouble.THROTTLED, retry_after="Wed, 21 Oct 2015 07:28:00 GMT"), Throttled, 1),
    (Failing(Trouble.THROTTLED, retry_after="bald"), Throttled, 30),
    (Failing(Trouble.THROTTLED, retry_after="99999999"), Throttled, 3600),
    (Failing(Trouble.BROKEN), BrokenImage, None),
    (Failing(Trouble.HTML), BrokenImage, None),
    (Failing(Trouble.DOWN), Unreachable, None),
]


@pytest.mark.parametrize(("failing", "kind", "wait"), TROUBLES, ids=lambda p: str(getattr(p, "kind", p)))
async def test_each_trouble_has_its_own_error(
    space: Space, failing: Failing, kind: type[ImageryError], wait: float | None
) -> None:
    scene = await space.flooded()
    space.simulated.failing = failing
    with pytest.raises(kind) as failed:
        await space.image(scene)
    assert failed.value.retry_after == wait
    assert len(str(failed.value)) > 20
    space.simulated.failing = None
    assert (await space.image(scene))[0]


async def test_a_page_in_place_of_the_catalogue_is_an_error_of_ours(space: Space) -> None:
    space.simulated.failing = Failing(Trouble.HTML)
    with pytest.raises(ImageryError):
        await space.scenes()


@pytest.mark.parametrize("kind", [Trouble.SLOW, Trouble.DRIP])
async def test_slow_answers_end_at_the_time_limit(space: Space, kind: Trouble) -> None:
    scene = await space.flooded()
    impatient = Copernicus(replace(space.access, seconds=1.5))
    space.simulated.failing = Failing(kind, hold=30)
    begun = time.monotonic()
    with pytest.raises(TooSlow):
        await space.ask(impatient.fetch, scene, Bands.SAR, GRID)
    assert time.monotonic() - begun < 25


async def test_a_download_can_be_stopped(space: Space) -> None:
    scene, stop = await space.flooded(), threading.Event()
    space.simulated.failing = Failing(Trouble.DRIP)
    running = asyncio.create_task(space.image(scene, stop=stop))
    while PROCESS not in space.simulated.asked:
        await asyncio.sleep(0.02)
    stop.set()
    with pytest.raises(Stopped):
        await asyncio.wait_for(running, 30)


async def test_an_answer_too_large_is_not_kept(space: Space) -> None:
    scene = await space.flooded()
    small = Copernicus(replace(space.access, bytes=20_000))
    with pytest.raises(BrokenImage, match="larger"):
        await space.ask(small.fetch, scene, Bands.SAR, GRID)


async def test_an_empty_image_says_that_nothing_is_there(space: Space) -> None:
    scene = replace(await space.flooded(), acquired_at=FLOOD - timedelta(days=1, hours=5))
    with pytest.raises(NothingThere):
        await space.image(scene)


async def test_what_the_service_calls_wrong_is_told_in_its_words(space: Space) -> None:
    scene = await space.flooded()
    with pytest.raises(Refused, match="2500"):
        await space.ask(space.client.fetch, scene, Bands.SAR, cover_of(3000))


async def test_nobody_there_is_unreachable() -> None:
    nobody = Copernicus(Access("a", "b", "http://127.0.0.1:1", "http://127.0.0.1:1/token", seconds=5))
    with pytest.raises(Unreachable):
        await asyncio.to_thread(nobody.search, Sensor.SENTINEL_1, BLESSEM, FROM, TO)


async def test_a_redirect_is_not_followed_with_our_token() -> None:
    app = web.Application()
    elsewhere: list[str] = []

    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect("/elsewhere")

    async def other(request: web.Request) -> web.Response:
        elsewhere.append(request.path)
        return web.json_response({})

    async def forbidden(request: web.Request) -> web.Response:
        return web.json_response({"error": "access_denied"}, status=403)

    app.add_routes([web.post("/token", redirect), web.post("/elsewhere", other), web.post("/no", forbidden)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        client = Copernicus(Access("a", "b", url, url + "/token", seconds=5))
        with pytest.raises(Unreachable):
            await asyncio.to_thread(client.search, Sensor.SENTINEL_1, BLESSEM, FROM, TO)
        client = Copernicus(Access("a", "b", url, url + "/no", seconds=5))
        with pytest.raises(BadCredentials):
            await asyncio.to_thread(client.search, Sensor.SENTINEL_1, BLESSEM, FROM, TO)
    finally:
        await runner.cleanup()
    assert elsewhere == []


def cover_of(pixels: int) -> Any:
    west, south, _, _ = GRID.bounds
    return replace(GRID, bounds=(west, south, west + pixels * 20, south + pixels * 20))
