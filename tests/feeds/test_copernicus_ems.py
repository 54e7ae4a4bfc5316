"""Copernicus EMS: what is asked when, what becomes of it, and what no answer can make it do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from feeds.contract import Batch, Garbled, Refused
from feeds.copernicus_ems import CopernicusEms
from feeds.fetching import Client
from feeds.simulator.scenario import load
from feeds.simulator.server import Simulator
from geodata.model.clock import ExerciseClock
from geodata.model.extent import ExtentType
from tests.feeds.ems import DETAIL, KEY, LIST, SQUARE, detail, layer, page, product, row, shape

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
Look = Callable[..., Any]


@pytest.fixture
def feed(server: Any) -> CopernicusEms:
    return CopernicusEms(server.url)


@pytest.fixture
def look(feed: CopernicusEms, client: Client) -> Look:
    async def once(minutes: float = 0) -> Batch:
        return await feed.poll(client.visit(), NOW + timedelta(minutes=minutes))

    return once


async def test_a_detail_is_asked_for_only_when_its_state_changed(server: Any, look: Look) -> None:
    server.says(LIST, page(row()))
    server.says(DETAIL, detail(product(url=f"{server.url}/a.json")))
    server.says("/a.json", layer(shape(SQUARE)))
    first = await look()
    extent = first.extents[0]
    assert (extent.key, extent.type, len(extent.parts)) == (KEY.format("DEL_PRODUCT"), ExtentType.FLOOD, 1)
    assert (extent.parts[0].layer, extent.parts[0].kind) == ("observedEvent", "Flooded area")
    assert extent.acquired_at == datetime(2026, 7, 14, 5, 30, tzinfo=UTC)
    assert (extent.sensor, extent.resolution, extent.version) == ("ICEYE (sar)", "VHR2", "1")
    assert extent.footprint is not None
    assert (await look(15)).unchanged
    assert (server.times(DETAIL), server.times("/a.json")) == (1, 1)
    # three numbers, each of them enough
    for minutes, change in ((30, {"n_products": 2}), (45, {"n_aois": 2}), (60, {"lastUpdate": "2026-07-14T12:30:00"})):
        server.says(LIST, page(row(**change)))
        assert not (await look(minutes)).unchanged
    assert server.times(DETAIL) == 4
    assert server.times("/a.json") == 1, "the product itself is still the same"


async def test_a_new_version_replaces_and_what_is_no_longer_listed_is_withdrawn(server: Any, look: Look) -> None:
    server.says(
        LIST,
        page(row()),
        page(row(n_products=3)),
        page(row(n_products=1)),
        page(row("EMSR902", countries=["Spain"], centroid="POINT (0 40)")),
    )
    newer = product("GRA", url=f"{server.url}/b.json", version={"number": 2, "statusCode": "F", "deliveryTime": None})
    server.says(
        DETAIL,
        detail(product("GRA", url=f"{server.url}/a.json"), product("DEL", "W")),
        detail(newer, product("DEL", "W")),
        detail(newer),
    )
    server.says("/a.json", layer(shape(SQUARE)))
    server.says("/b.json", layer(shape(SQUARE), shape(SQUARE, notation="Flood trace")))
    assert {e.key: len(e.parts) for e in (await look()).extents} == {
        KEY.format("GRA_PRODUCT"): 1, KEY.format("DEL_PRODUCT"): 0}  # fmt: skip
    second = await look(15)
    assert [(e.key, e.version, len(e.parts)) for e in second.extents] == [(KEY.format("GRA_PRODUCT"), "2", 2)]
    assert second.withdrawn == set()
    assert (await look(30)).withdrawn == {KEY.format("DEL_PRODUCT")}
    assert (await look(45)).withdrawn == {KEY.format("GRA_PRODUCT")}, "the whole activation is gone"


async def test_what_was_not_produced_or_is_awaited_is_told_and_shows_nothing(server: Any, look: Look) -> None:
    url = f"{server.url}/a.json"
    refused = {"number": 1, "statusCode": "N", "reason": "Not produced because of <b>clouds</b>", "deliveryTime": None}
    server.says(LIST, page(row()))
    server.says(
        DETAIL,
        detail(
            product("FEP", "W"),
            product("DEL", "N", url, version=refused),
            product("GRA", "F", url, feasible=False),
            product("REF", "F", url),
            product("XYZ"),
        ),
    )
    batch = await look()
    told = {e.product: (e.status, e.note, e.footprint, e.parts) for e in batch.extents}
    assert told == {
        "FEP_PRODUCT": ("W", "expected 2026-07-14 18:00 UTC", None, ()),
        "DEL_PRODUCT": ("N", "Not produced because of clouds", None, ()),
        "GRA_PRODUCT": ("N", None, None, ()),
    }
    assert server.times("/a.json") == 0
    assert batch.unknown == {"product type XYZ": 1}


async def test_only_what_touches_the_area_is_read(server: Any, look: Look) -> None:
    far = {"countries": ["Spain"], "centroid": "POINT (-3 42)"}
    old = {"activationTime": "2026-01-01T00:00:00", "lastUpdate": "2026-01-09T00:00:00", "closed": True}
    rows = [
        row("EMSR902", **far),
        row("EMSR903", **old),
        row("EMSR904", centroid="POINT (10.1 54.3)"),
        row("EMSR905", countries=["France"], centroid="POINT (7.0 50.3)"),
    ]
    server.says(LIST, page(*rows))
    elsewhere = product(extent="POLYGON ((10 54, 10.2 54, 10.2 54.3, 10 54))")
    server.says(DETAIL, detail(elsewhere))
    batch = await look()
    asked = {path.rpartition("=")[2] for path, _ in server.asked if DETAIL in path}
    assert asked == {"EMSR904", "EMSR905"}, "a neighbour's centre may lie far away"
    assert (batch.extents, batch.outside) == ([], 2)


async def test_all_pages_are_read_and_their_own_addresses_are_not_followed(server: Any, look: Look) -> None:
    far = [row(f"EMSR{n}", countries=["Spain"], centroid="POINT (-3 42)") for n in range(100, 400)]
    next_page = {"next": "http://169.254.169.254/latest/meta-data"}
    server.says(LIST, page(*far, **next_page), page(row()))
    server.says(DETAIL, detail(product("DEL", "W")))
    assert len((await look()).extents) == 1
    assert [path for path, _ in server.asked if LIST in path] == [f"{LIST}?limit=300&offset={n}" for n in (0, 300)]


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/a.json",
        "file:///etc/passwd",
        "https://attacker.invalid/a.json",
        "http://rapidmapping-viewer.s3.eu-west-1.amazonaws.com/a.json",
        "https://rapidmapping.emergency.copernicus.eu:8443/a.json",
        "//attacker.invalid/a",
        "https://rapidmapping.emergency.copernicus.eu@attacker.invalid/a",
        "https://[::1/a",
        "http://127.0.0.1:1/a.json",
        "gopher://rapidmapping.emergency.copernicus.eu/",
    ],
)
async def test_an_address_that_leads_elsewhere_is_not_followed(
    server: Any, feed: CopernicusEms, client: Client, url: str
) -> None:
    asked: list[str] = []

    class Watched:
        async def get(self, url: str, **more: Any) -> Any:
            asked.append(url)
            return await client.visit().get(url, **more)

    server.says(LIST, page(row()))
    server.says(DETAIL, detail(product(url=url)))
    batch = await feed.poll(Watched(), NOW)
    assert all(a.startswith(server.url + "/public") for a in asked)
    assert batch.extents[0].note == "layer observedEventA not available"
    assert "leads away" in batch.dropped[0].reason or "no address" in batch.dropped[0].reason


def test_the_services_own_addresses_are_followed() -> None:
    for url in ("https://rapidmapping-viewer.s3.eu-west-1.amazonaws.com/EMSR842/a.json",
                "https://rapidmapping.emergency.copernicus.eu/backend/a.json"):  # fmt: skip
        assert CopernicusEms()._allowed(url) == url


async def test_a_layer_that_fails_keeps_its_product_waiting_until_it_is_given_up(
    server: Any, look: Look, reply: Any
) -> None:
    server.says(LIST, page(row()))
    server.says(DETAIL, detail(product(url=f"{server.url}/a.json"), product("GRA", url=f"{server.url}/b.json")))
    server.says("/a.json", layer(shape(SQUARE)))
    server.says("/b.json", reply(status=503))
    first = await look()
    assert [e.product for e in first.extents] == ["DEL_PRODUCT"]
    assert "503" in first.missing[0]
    for n in range(1, 4):
        again = await look(15 * n)
        assert (again.extents, len(again.missing)) == ([], 1)
    last = await look(75)
    assert [(e.product, e.note) for e in last.extents] == [("GRA_PRODUCT", "layer observedEventA not available")]
    assert (await look(90)).unchanged


async def test_an_old_state_and_a_wrong_clock_are_refused_as_a_whole(server: Any, look: Look) -> None:
    server.says(
        LIST,
        page(row()),
        page(row(lastUpdate="2026-07-13T11:00:00")),
        page(row(lastUpdate="2026-07-16T11:00:00")),
        page(),
        page(row()),
    )
    server.says(DETAIL, detail(product("DEL", "W")))
    await look()
    with pytest.raises(Garbled, match="old state"):
        await look(15)
    with pytest.raises(Garbled, match="future"):
        await look(30)
    with pytest.raises(Garbled, match="old state"):
        await look(45)
    assert (await look(60)).unchanged


@pytest.mark.parametrize(
    "body", [b"", b"<html>Wartung</html>", b'{"results": 5}', b'{"count": 1, "results": [{', b"[]"]
)
async def test_what_is_no_list_is_garbled(server: Any, look: Look, body: bytes) -> None:
    server.says(LIST, body)
    with pytest.raises(Garbled):
        await look()


async def test_a_refused_list_fails_the_look(server: Any, look: Look, reply: Any) -> None:
    server.says(LIST, reply(status=429, headers={"Retry-After": "60"}))
    with pytest.raises(Refused):
        await look()


async def test_a_bad_row_or_product_stops_no_other(server: Any, look: Look) -> None:
    server.says(
        LIST,
        page(
            row("EMSR1; DROP"),
            row("EMSR903", lastUpdate="gestern"),
            row("EMSR904", centroid="POINT (999 1)"),
            row("EMSR905", n_aois="viele"),
            row(),
        ),
    )
    future = product("FEP", images=[{"acquisitionTime": "2027-01-01T00:00:00"}])
    twisted = product("GRA", extent="POLYGON ((6 50, 7 51, 7 50, 6 51, 6 50))")
    server.says(
        DETAIL,
        detail(
            future,
            twisted,
            {"type": 7},
            product("DEL", extent="GEOMETRYCOLLECTION (POINT (1 2))"),
            product("GRA", monitoring=True, monitoringNumber=1),
        ),
    )
    batch = await look()
    assert [e.product for e in batch.extents] == ["GRA_MONIT01"]
    assert len(batch.dropped) == 8, batch.dropped


async def test_bad_shapes_are_left_out_one_by_one_and_told(server: Any, look: Look) -> None:
    bow = [[6.7, 50.7], [6.9, 50.9], [6.9, 50.7], [6.7, 50.9], [6.7, 50.7]]
    both = {"type": "MultiPolygon", "coordinates": [[SQUARE], [bow]]}
    nan = {"type": "Polygon", "coordinates": [[[6.7, 50.7], [None, 50.9], [6.9, 50.9], [6.7, 50.7]]]}
    server.says(LIST, page(row()))
    server.says(DETAIL, detail(product(url=f"{server.url}/a.json")))
    server.says(
        "/a.json", layer(shape(SQUARE), shape(bow), shape(both), shape(nan), shape([[500, 1]] * 4), {"geometry": None})
    )
    batch = await look()
    extent = batch.extents[0]
    assert [p.geometry.coordinates[0] for p in extent.parts] == [SQUARE, SQUARE], "never repaired"
    assert extent.note == "5 shapes left out: not valid"
    assert len(batch.dropped) == 5


async def test_markup_of_the_source_does_not_come_through(server: Any, look: Look) -> None:
    evil = "<script>alert(1)</script><b>Erft</b>"
    server.says(LIST, page(row(name=evil)))
    server.says(DETAIL, detail(product(url=f"{server.url}/a.json"), name=evil))
    server.says("/a.json", layer(shape(SQUARE, notation=evil, obj_desc=evil)))
    extent = (await look()).extents[0]
    assert extent.title == "Erft – Erftstadt"
    assert extent.parts[0].kind == "Erft"
    assert extent.parts[0].properties["event"] == "Erft"


async def test_the_unified_portal_is_understood(server: Any, client: Client) -> None:
    feed = CopernicusEms(f"{server.url}/activations/api")
    unified = row(countries=[{"short_name": "Germany"}], category={"slug": "flood", "name": "Flood"})
    single = orjson.loads(detail(product("DEL", "W"), category={"slug": "flood", "name": "Flood"}))["results"][0]
    server.says("/activations/api/activations/", page(unified))
    server.says("/activations/api/activations/EMSR901/", orjson.dumps(single))
    batch = await feed.poll(client.visit(), NOW)
    assert [(e.key, e.type) for e in batch.extents] == [(KEY.format("DEL_PRODUCT"), ExtentType.FLOOD)]


@pytest.fixture
async def exercise() -> AsyncIterator[tuple[ExerciseClock, CopernicusEms]]:
    scenario = load("flood_2021")
    clock = ExerciseClock.starting_at(scenario.start)
    clock.pause()
    simulator = Simulator(scenario, clock)
    await simulator.start()
    yield clock, CopernicusEms(simulator.base_urls()["copernicus_ems"])
    await simulator.stop()


async def test_the_exercise_from_order_to_correction_and_back(
    exercise: tuple[ExerciseClock, CopernicusEms], client: Client
) -> None:
    clock, feed = exercise

    async def at(text: str) -> Batch:
        clock.jump(datetime.fromisoformat(text).replace(tzinfo=UTC))
        return await feed.poll(client.visit(), clock.now())

    assert (await at("2021-07-13 11:00")).extents == []
    assert [e.status for e in (await at("2021-07-14 17:00")).extents] == ["W"]
    delivered = {e.product: e for e in (await at("2021-07-15 11:00")).extents if e.aoi == "01 Erftstadt"}
    assert delivered["DEL_PRODUCT"].status == "F"
    first = len(delivered["DEL_PRODUCT"].parts)
    corrected = {e.key: e for e in (await at("2021-07-15 19:00")).extents}
    assert len(corrected["copernicus_ems.EMSR999517.AOI01.DEL_PRODUCT"].parts) == first + 1
    assert corrected["copernicus_ems.EMSR999517.AOI02.GRA_PRODUCT"].status == "N"
    last = {e.product: e for e in (await at("2021-07-16 20:00")).extents}
    assert {p.kind for p in last["GRA_PRODUCT"].parts} >= {"Destroyed", "Damaged", "Flooded area", "Flood trace"}
    back = await at("2021-07-13 12:00")
    assert len(back.withdrawn) == 4, "an exercise that jumps back forgets what it has not seen yet"


async def test_what_grew_too_old_is_withdrawn_also_after_a_restart(
    exercise: tuple[ExerciseClock, CopernicusEms], client: Client
) -> None:
    clock, feed = exercise
    clock.jump(datetime(2021, 7, 16, 20, tzinfo=UTC))
    seen = {e.key for e in (await feed.poll(client.visit(), clock.now())).extents}
    clock.jump(datetime(2021, 9, 30, tzinfo=UTC))
    fresh = CopernicusEms(feed.base_url)
    assert (await feed.poll(client.visit(), clock.now())).withdrawn == seen
    assert (await fresh.poll(client.visit(), clock.now())).withdrawn == seen
