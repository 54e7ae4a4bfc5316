"""Extents: what lies in which town, by an independent computation; what is replaced is gone; who sees the shapes."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyproj
import pytest
import shapely
from shapely.geometry import mapping, shape
from sqlalchemy import text

from feeds.copernicus_ems import CopernicusEms
from geodata.model.extent import Extent, ExtentPart, ExtentType
from geodata.model.fact import PUBLIC
from geodata.model.geometry import Geometry, check, point
from geodata.store import extents, tiles
from geodata.store.database import Database
from geodata.store.swift import Swift
from geodata.store.tiles import LAYERS, TileKey
from tests.geodata.store.test_tiles import Decoded

NOW = datetime(2021, 7, 16, 12, tzinfo=UTC)
BORDER = (6.80, 50.80, 6.92, 50.88)
"""Around Erftstadt, Brühl and Hürth: several towns."""
GRADES = ("Destroyed", "Damaged", "Possibly damaged", "No visible damage")


def box(west: float, south: float, east: float, north: float) -> Geometry:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return check({"type": "Polygon", "coordinates": [ring]})


def flood(key: str = "copernicus_ems.EMSR1.aoi01.DEL", parts: tuple[ExtentPart, ...] = (), **more: Any) -> Extent:
    whole = Extent(key, "EMS", ExtentType.FLOOD, "Erft", acquired_at=NOW, footprint=box(*BORDER), parts=parts)
    return replace(whole, **more)


def water(geometry: Geometry, kind: str = "Flooded area", **properties: Any) -> ExtentPart:
    return ExtentPart("observedEvent", kind, geometry, properties=properties)


def scattered(number: int, seed: int = 4) -> tuple[ExtentPart, ...]:
    """Blobs of water and graded houses."""
    dice = random.Random(seed)
    west, south, east, north = BORDER
    found = []
    for i in range(number):
        x, y = dice.uniform(west, east), dice.uniform(south, north)
        blob = shapely.Point(x, y).buffer(dice.uniform(0.0005, 0.006), quad_segs=dice.randint(3, 9))
        found.append(water(check(mapping(blob)), "Flood trace" if i % 4 == 0 else "Flooded area"))
        found.append(ExtentPart("builtUp", dice.choice(GRADES), point(x, y)))
    return tuple(found)


async def record(database: Database, *given: Extent, **more: Any) -> list[Extent]:
    async with database.transaction("feed:copernicus_ems") as tx:
        return await extents.record(tx, "test", given, source="copernicus_ems", received_at=NOW, **more)


async def count(database: Database, table: str = "extent_part") -> int:
    async with database.reading() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


def hectares(surface: shapely.Geometry) -> float:
    """By another projection than PostGIS's globe: an equal-area one of Europe (EPSG:3035)."""
    project = pyproj.Transformer.from_crs(4326, 3035, always_xy=True).transform
    flat = shapely.transform(shapely.segmentize(surface, 0.001), project, interleaved=False)
    return float(flat.area / 10_000)


async def test_each_town_has_what_lies_on_its_ground(nrw: Database) -> None:
    given = scattered(60)
    whole = (await record(nrw, flood(parts=given)))[0]
    async with nrw.reading() as connection:
        rows = await connection.execute(text("SELECT ars, ST_AsBinary(geom) FROM area WHERE level = 'municipality'"))
        towns = {ars: shapely.from_wkb(wkb) for ars, wkb in rows}
    assert len(whole.shares) >= 3
    shapes = [(part.kind, shape(part.geometry.as_geojson())) for part in given]
    for share in whole.shares:
        for tally in share.tallies:
            mine = [s for kind, s in shapes if kind == tally.kind and s.intersects(towns[share.ars])]
            assert tally.count == len(mine), (share.name, tally.kind)
            if tally.kind in GRADES:
                assert tally.area is None
            else:
                expected = hectares(shapely.union_all(mine).intersection(towns[share.ars]))
                assert tally.area == pytest.approx(expected, rel=2e-3, abs=0.02), (share.name, tally.kind)
    for tally in whole.tallies:
        assert tally.count == sum(kind == tally.kind for kind, _ in shapes)
        if tally.area is not None:
            in_towns = sum(t.area or 0 for s in whole.shares for t in s.tallies if t.kind == tally.kind)
            assert in_towns == pytest.approx(tally.area, rel=1e-3)
        else:
            assert sum(t.count for s in whole.shares for t in s.tallies if t.kind == tally.kind) == tally.count


async def test_water_drawn_twice_is_counted_once_in_the_area(database: Database) -> None:
    left, right = box(6.80, 50.80, 6.84, 50.84), box(6.82, 50.80, 6.86, 50.84)
    whole = (await record(database, flood(parts=(water(left), water(right)))))[0]
    assert whole.tallies[0].count == 2
    assert whole.tallies[0].area == pytest.approx(hectares(shapely.box(6.80, 50.80, 6.86, 50.84)), rel=2e-3)
    assert whole.shares == ()


async def test_a_new_delivery_replaces_the_shapes_and_a_withdrawn_one_takes_them_along(database: Database) -> None:
    key, other = "copernicus_ems.EMSR1.aoi01.DEL", "copernicus_ems.EMSR1.aoi02.DEL"
    await record(database, flood(key, scattered(10)), flood(other, scattered(3)))
    assert await count(database) == 26
    await record(database, flood(key, scattered(2)))
    assert await count(database) == 10
    async with database.transaction("feed:copernicus_ems") as tx:
        await extents.withdraw(tx, "test", {key, "copernicus_ems.never.there"})
    assert await count(database) == 6
    async with database.reading() as connection:
        assert list((await connection.execute(text("SELECT id FROM fact"))).scalars()) == [other]


async def test_the_same_again_is_no_news_and_a_moved_house_is(database: Database) -> None:
    house = ExtentPart("builtUp", "Destroyed", point(6.85, 50.82))
    await record(database, flood(parts=(house,)))
    before = await count(database, "change")
    await record(database, flood(parts=(house,)))
    assert await count(database, "change") == before
    await record(database, flood(parts=(replace(house, geometry=point(6.851, 50.82)),)))
    assert await count(database, "change") == before + 1


async def test_shapes_are_seen_in_their_room_only_and_simplified_by_zoom(database: Database) -> None:
    round_one = check(mapping(shapely.Point(6.85, 50.84).buffer(0.02, quad_segs=64)))
    mine = flood("own.x", parts=(water(round_one, note="eigen"), ExtentPart("builtUp", "Damaged", point(6.81, 50.81))))
    await record(database, mine, room="lage-1")
    assert await extents.parts(database, [PUBLIC], "own.x") is None
    assert await extents.parts(database, ["lage-1"], "own.y") is None
    found = await extents.parts(database, ["lage-1", PUBLIC], "own.x")
    assert found is not None
    features, truncated = [orjson.loads(f) for f in found[0]], found[1]
    assert not truncated
    assert features[0]["properties"]["kind"] == "Flooded area"
    assert features[0]["properties"]["note"] == "eigen"
    assert features[0]["properties"]["area"] == pytest.approx(hectares(shape(round_one.as_geojson())), rel=2e-3)
    assert "area" not in features[1]["properties"]
    far = await extents.parts(database, ["lage-1"], "own.x", zoom=9)
    assert far is not None
    coarse = orjson.loads(far[0][0])["geometry"]["coordinates"][0]
    assert 4 <= len(coarse) < len(features[0]["geometry"]["coordinates"][0]) / 3
    cut = await extents.parts(database, ["lage-1"], "own.x", limit=1)
    assert cut is not None
    assert (len(cut[0]), cut[1]) == (1, True)
    near = await extents.parts(database, ["lage-1"], "own.x", area=(6.80, 50.80, 6.82, 50.815))
    assert near is not None
    assert [orjson.loads(f)["properties"]["kind"] for f in near[0]] == ["Damaged"]


async def test_the_database_itself_keeps_shapes_of_foreign_rooms(database: Database, monkeypatch: Any) -> None:
    await record(database, flood("own.x", scattered(2)), room="lage-1")
    monkeypatch.setattr(Database, "asked", lambda self, rooms: ["lage-1"])  # the query's own check gone
    assert await extents.parts(database, [PUBLIC], "own.x") is None
    async with database.reading([PUBLIC]) as connection:
        assert (await connection.execute(text("SELECT count(*) FROM extent_part"))).scalar() == 0


async def test_a_tile_shows_shapes_and_what_was_looked_at(database: Database, tmp_path: Path) -> None:
    await record(database, flood(parts=scattered(20)))
    await record(database, flood("own.geheim", parts=scattered(5)), room="lage-1")
    key = TileKey(11, 1062, 687)
    tile = Decoded(await tiles.tile(Swift(database), LAYERS["extents"], key, [PUBLIC]), key, tmp_path)
    assert set(tile.columns["extent"]) == {"copernicus_ems.EMSR1.aoi01.DEL"}
    assert {"footprint", "Flooded area", "Flood trace"} <= set(tile.columns["kind"])
    assert set(tile.columns["kind"]) & set(GRADES)
    assert set(tile.columns["layer"]) == {"footprint", "observedEvent", "builtUp"}
    assert await tiles.tile(Swift(database), LAYERS["extents"], TileKey(11, 900, 600), [PUBLIC]) == b""


async def test_an_extent_without_footprint_still_has_a_place(database: Database) -> None:
    await record(database, flood(parts=(water(box(6.8, 50.8, 6.81, 50.81)),), footprint=None))
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT extent FROM fact"))).scalar() == [6.8, 50.8, 6.81, 50.81]


async def test_the_recorded_flood_of_the_ahr_has_the_area_its_makers_state(nrw: Database, samples: Path) -> None:
    folder = samples / "copernicus_ems" / "EMSR517_AOI15"
    feed, name = CopernicusEms(area=None), "EMSR517_AOI15_GRA_PRODUCT_{}_r1_v1.json"
    files = [folder / name.format(layer) for layer in ("observedEventA", "builtUpP")]
    found = [feed.parse(file.name, file.read_bytes(), NOW).extents[0] for file in files]
    whole = (await record(nrw, replace(found[0], parts=found[0].parts + found[1].parts)))[0]
    stated: dict[str, float] = {}
    for feature in orjson.loads(files[0].read_bytes())["features"]:
        kind = feature["properties"]["notation"]
        stated[kind] = stated.get(kind, 0) + feature["properties"]["area"]
    told = {tally.kind: tally for tally in whole.tallies}
    for kind, area in stated.items():
        assert told[kind].area == pytest.approx(area, rel=0.01), kind
    assert {kind: told[kind].count for kind in GRADES[:3]} == {
        "Destroyed": 336,
        "Damaged": 687,
        "Possibly damaged": 2791,
    }
    assert whole.shares == (), "it lies in Rhineland-Palatinate"
