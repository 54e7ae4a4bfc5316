"""Tiles over real HTTP: limits, validators, compression, and each tile made once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.geometry import point
from geodata.model.ref import Ref
from geodata.store.database import Database, StoreUnavailable
from geodata.store.tiles import LAYERS, TileKey
from service.routes.tiles import TileCache, Tiles

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = TileKey(8, 132, 85)


@pytest.fixture
def database_url(nrw_url: str) -> str:
    """The node of these tests has the land."""
    return nrw_url


def station(key: str) -> Fact:
    body = {"key": key, "name": key, "kind": "gauge"}
    return Fact(Ref("test", "station", key), PUBLIC, Provenance("p", NOW, NOW), body, geometry=point(6.96, 50.94))


async def test_a_tile_is_sent_with_its_type_and_kept_by_its_validator(node: Any) -> None:
    first = await node.client.get("/tiles/municipalities/8/132/85.mvt")
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    assert first.headers["content-encoding"] == "gzip"
    assert b"K\xc3\xb6ln" in first.content
    again = await node.client.get(
        "/tiles/municipalities/8/132/85.mvt", headers={"If-None-Match": f'"other", {first.headers["etag"]}'}
    )
    assert (again.status_code, again.content) == (304, b"")
    plain = await node.client.get("/tiles/municipalities/8/132/85.mvt", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content


async def test_a_live_layer_shows_a_new_station_at_its_next_asking(node: Any) -> None:
    url = "/tiles/stations/8/132/85.mvt"
    before = await node.client.get(url)
    land = await node.client.get("/tiles/districts/8/132/85.mvt")
    async with node.database.transaction("t") as tx:
        tx.put(station("fresh"))
    async with asyncio.timeout(5):
        while True:
            after = await node.client.get(url, headers={"If-None-Match": before.headers["etag"]})
            if after.status_code == 200:
                break
            await asyncio.sleep(0.1)
    assert b"test/station/fresh" in after.content
    assert after.headers["cache-control"] == "private, no-cache"
    same = await node.client.get("/tiles/districts/8/132/85.mvt", headers={"If-None-Match": land.headers["etag"]})
    assert same.status_code == 304


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/tiles/secrets/8/132/85.mvt", 404, "layer"),
        ("/tiles/stations/19/0/0.mvt", 422, "z"),
        ("/tiles/stations/3/8/0.mvt", 422, "x"),
        ("/tiles/stations/3/0/8.mvt", 422, "y"),
        ("/tiles/stations/3/-1/0.mvt", 422, "x"),
        ("/tiles/stations/x/1/0.mvt", 422, "z"),
        ("/tiles/stations/3/1/99999999999999999999.mvt", 422, "y"),
        ("/tiles/stations/3/1/٣.mvt", 422, "y"),
    ],
)
async def test_a_tile_that_cannot_be_is_refused_by_name(node: Any, path: str, status: int, field: str) -> None:
    answer = await node.client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


async def test_the_land_and_the_search_answer(node: Any) -> None:
    land = (await node.client.get("/api/land")).json()
    assert land["state"] == "2016"
    assert "GeoBasis-DE / BKG 2016" in land["attribution"]
    found = (await node.client.get("/api/search", params={"q": "Koeln"})).json()["results"]
    assert (found[0]["type"], found[0]["name"], found[0]["ars"]) == ("municipality", "Köln", "053150000000")
    assert "ref" not in found[0]
    for wrong in ("", "x" * 101):
        refused = await node.client.get("/api/search", params={"q": wrong})
        assert (refused.status_code, refused.json()["field"]) == (422, "query.q")


async def test_the_same_tile_asked_often_at_once_is_made_once(nrw: Database) -> None:
    tiles = Tiles(nrw)
    asked = [asyncio.create_task(tiles.get(LAYERS["municipalities"], KEY, (), "1", packed=False)) for _ in range(50)]
    await asyncio.sleep(0)
    assert len(tiles._making) == 1
    assert len(set(map(id, await asyncio.gather(*asked)))) == 1


async def test_whoever_leaves_does_not_take_the_tile_from_the_others(nrw: Database) -> None:
    tiles = Tiles(nrw)
    leaver, stayer = (
        asyncio.create_task(tiles.get(LAYERS["municipalities"], KEY, (), "1", packed=False)) for _ in range(2)
    )
    await asyncio.sleep(0)
    leaver.cancel()
    assert len(await stayer) > 1000


async def test_more_tiles_than_can_wait_are_turned_away(nrw: Database) -> None:
    tiles = Tiles(nrw, at_once=1, waiting=2)
    asked = [
        asyncio.create_task(tiles.get(LAYERS["municipalities"], TileKey(10, 528 + n, 342), (), "1", packed=False))
        for n in range(8)
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [isinstance(a, bytes) for a in answers] == [True] * 3 + [False] * 5
    assert all(isinstance(a, StoreUnavailable) for a in answers[3:])


def test_the_cache_forgets_the_oldest_by_weight() -> None:
    cache = TileCache(limit=10_000)
    keys = [("stations", TileKey(8, n, 0), (), "1", False) for n in range(8)]
    for key in keys:
        cache.put(key, b"x" * 1_500)
        cache.get(keys[0])
    assert cache.size <= 10_000
    assert cache.get(keys[0]) is not None
    assert cache.get(keys[1]) is None
    assert cache.get(keys[7]) is not None
    cache.put(keys[7], b"y")
    assert cache.get(keys[7]) == b"y"
    cache.put(("stations", KEY, (), "1", False), b"z" * 9_000)
    assert cache.get(("stations", KEY, (), "1", False)) is None
    assert cache.size == sum(len(c) + 500 for c in (cache.get(k) for k in keys) if c is not None)
