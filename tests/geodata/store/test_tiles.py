"""A tile shows what is there, without gaps between neighbours, and never more than a browser can draw."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pyogrio.raw
import pytest
import shapely
from sqlalchemy import text

from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.geometry import check, point
from geodata.model.ref import Ref
from geodata.store import tiles
from geodata.store.cluster import Cluster
from geodata.store.database import Database, StoreUnavailable
from geodata.store.revisions import Revisions
from geodata.store.swift import Swift
from geodata.store.tiles import LAYERS, TileKey

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
INSIDE = {6: (33, 21), 8: (133, 85), 9: (266, 170), 10: (532, 342), 12: (2130, 1370), 14: (8522, 5482)}
"""Tiles in the middle of the land (from zoom 9 on wholly inside it)."""


@pytest.fixture
def swift(nrw: Database) -> Swift:
    return Swift(nrw)


class Decoded:
    """A tile as GDAL reads it: columns by name and shapes in EPSG:3857."""

    def __init__(self, content: bytes, key: TileKey, directory: Path) -> None:
        path = directory / "tile.mvt"
        path.write_bytes(content)
        self.layer = str(pyogrio.list_layers(path)[0][0])
        about, _, wkb, values = pyogrio.raw.read(path, X=str(key.x), Y=str(key.y), Z=str(key.z))
        self.columns: dict[str, Any] = dict(zip(about["fields"], values, strict=True))
        self.shapes = shapely.from_wkb(wkb)


def station(key: str, longitude: float, latitude: float, room: str = PUBLIC) -> Fact:
    body = {"key": key, "name": key, "kind": "gauge"}
    return Fact(Ref("test", "station", key), room, Provenance("p", NOW, NOW), body, geometry=point(longitude, latitude))


def box_of(key: TileKey) -> shapely.Geometry:
    side = 2 * 20037508.342789244 / 2**key.z
    west, north = key.x * side - 20037508.342789244, 20037508.342789244 - key.y * side
    return shapely.box(west, north - side, west + side, north)


@pytest.mark.parametrize("zoom", [9, 10, 12, 14])
@pytest.mark.parametrize("name", ["municipalities", "districts", "regions"])
async def test_areas_leave_no_gap_and_do_not_overlap(
    nrw: Database, swift: Swift, tmp_path: Path, name: str, zoom: int
) -> None:
    key = TileKey(zoom, *INSIDE[zoom])
    tile = Decoded(await tiles.tile(swift, LAYERS[name], key, [PUBLIC]), key, tmp_path)
    seen = box_of(key)
    parts = shapely.intersection(shapely.make_valid(tile.shapes), seen)
    assert tile.layer == name
    assert shapely.union_all(parts).area == pytest.approx(seen.area, rel=1e-9)
    assert shapely.area(parts).sum() == pytest.approx(seen.area, rel=2e-3)


async def test_an_area_carries_key_and_name_and_the_key_as_its_number(
    nrw: Database, swift: Swift, tmp_path: Path
) -> None:
    key = TileKey(8, 132, 85)
    tile = Decoded(await tiles.tile(swift, LAYERS["municipalities"], key, [PUBLIC]), key, tmp_path)
    at = list(tile.columns["ars"]).index("053150000000")
    assert set(tile.columns) == {"mvt_id", "ars", "name"}
    assert tile.columns["name"][at] == "Köln"
    assert tile.columns["mvt_id"][at] == 53150000000


async def test_coarser_zooms_carry_coarser_outlines(nrw: Database, swift: Swift) -> None:
    sizes = [len(await tiles.tile(swift, LAYERS["municipalities"], TileKey(z, *INSIDE[z]), [])) for z in (6, 8, 10, 12)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] < 60_000
    assert await tiles.tile(swift, LAYERS["municipalities"], TileKey(4, 8, 5), []) == b""


async def test_larger_places_come_first_as_one_zooms_in(nrw: Database, swift: Swift, tmp_path: Path) -> None:
    far, near = TileKey(6, 33, 21), TileKey(11, 1063, 686)
    ranks = Decoded(await tiles.tile(swift, LAYERS["places"], far, []), far, tmp_path).columns["rank"]
    assert set(ranks) == {1}
    towns = Decoded(await tiles.tile(swift, LAYERS["places"], near, []), near, tmp_path).columns
    assert set(towns) == {"mvt_id", "name", "population", "rank"}
    assert max(towns["rank"]) > 3


async def test_stations_of_other_rooms_are_not_in_the_tile(nrw: Database, swift: Swift, tmp_path: Path) -> None:
    async with nrw.transaction("t") as tx:
        tx.put(station("open", 6.96, 50.94))
        tx.put(station("closed", 6.97, 50.94, room="staff"))
        tx.put(station("far", 13.4, 52.5))
    key = TileKey(8, 132, 85)
    public = Decoded(await tiles.tile(swift, LAYERS["stations"], key, [PUBLIC]), key, tmp_path)
    assert list(public.columns["ref"]) == ["test/station/open"]
    x, y = shapely.get_coordinates(public.shapes)[0]
    assert (x, y) == pytest.approx((774_784, 6_610_695), abs=50)
    both = Decoded(await tiles.tile(swift, LAYERS["stations"], key, [PUBLIC, "staff"]), key, tmp_path)
    assert sorted(both.columns["ref"]) == ["test/station/closed", "test/station/open"]
    assert len(set(both.columns["mvt_id"])) == 2
    assert await tiles.tile(swift, LAYERS["stations"], key, []) == b""


async def test_too_many_stations_are_counted_in_a_grid_and_none_is_lost(
    nrw: Database, swift: Swift, tmp_path: Path
) -> None:
    key, total = TileKey(8, 132, 85), tiles.most(8) + 500
    async with nrw.transaction("t") as tx:
        for n in range(total):
            tx.put(station(f"s{n}", 6.0 + (n % 60) * 0.01, 50.8 + (n // 60) * 0.01))
        tx.put(station("alone", 6.99, 51.5))
    tile = Decoded(await tiles.tile(swift, LAYERS["stations"], key, [PUBLIC]), key, tmp_path)
    counts = tile.columns["count"]
    assert counts.sum() == total + 1
    assert len(counts) <= tiles.GRID**2
    (alone,) = [i for i, ref in enumerate(tile.columns["ref"]) if ref == "test/station/alone"]
    assert counts[alone] == 1
    near = TileKey(12, 2119, 1371)
    assert len(Decoded(await tiles.tile(swift, LAYERS["stations"], near, [PUBLIC]), near, tmp_path).shapes) > 0


async def test_warnings_carry_their_level_and_whether_they_are_foretold(
    nrw: Database, swift: Swift, tmp_path: Path
) -> None:
    area = check({"type": "Polygon", "coordinates": [[[6.9, 50.9], [7.0, 50.9], [7.0, 51.0], [6.9, 50.9]]]})
    async with nrw.transaction("t") as tx:
        for name, level, urgency in (("a", 3, "Immediate"), ("b", 1, "Future"), ("c", None, "Unknown")):
            body = {"key": name, "urgency": urgency} | ({"level": level} if level else {})
            tx.put(Fact(Ref("test", "warning", name), PUBLIC, Provenance("n", NOW, NOW), body, geometry=area))
    key = TileKey(8, 132, 85)
    tile = Decoded(await tiles.tile(swift, LAYERS["warnings"], key, [PUBLIC]), key, tmp_path).columns
    found = {
        ref[-1]: (None if np.isnan(level) else int(level), bool(foretold))
        for ref, level, foretold in zip(tile["ref"], tile["level"], tile["foretold"], strict=True)
    }
    assert found == {"a": (3, False), "b": (1, True), "c": (None, False)}


@pytest.mark.parametrize(
    "key", [TileKey(19, 0, 0), TileKey(3, 8, 0), TileKey(3, 0, 8), TileKey(3, -1, 0), TileKey(-1, 0, 0)]
)
def test_a_tile_beyond_the_world_is_out_of_range(key: TileKey) -> None:
    assert not key.in_range()


async def test_every_layer_answers_at_every_zoom_and_corner_of_the_world(nrw: Database, swift: Swift) -> None:
    for layer in LAYERS.values():
        for key in (TileKey(0, 0, 0), TileKey(18, 0, 0), TileKey(18, 2**18 - 1, 2**18 - 1), TileKey(5, 16, 10)):
            assert isinstance(await tiles.tile(swift, layer, key, [PUBLIC]), bytes)


async def test_connections_lost_in_the_pool_do_not_cost_a_tile(nrw: Database, swift: Swift) -> None:
    key = TileKey(8, 132, 85)
    before = await tiles.tile(swift, LAYERS["districts"], key, [])
    (pid,) = (await swift.rows("SELECT pg_backend_pid()", {}))[0]
    async with nrw.reading() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    assert len(await tiles.tile(swift, LAYERS["districts"], key, [])) == len(before)
    assert (await swift.rows("SELECT pg_backend_pid()", {}))[0] != (pid,)


async def test_a_statement_that_is_cancelled_leaves_no_broken_connection(swift: Swift) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await swift.rows("SELECT pg_sleep(5)", {})
    assert await swift.rows("SELECT 1", {}) == [(1,)]


async def test_a_database_that_is_gone_is_said_so(cluster: Cluster) -> None:
    swift = Swift(Database(cluster.url("never_was")))
    with pytest.raises(StoreUnavailable):
        await swift.rows("SELECT 1", {})


async def test_a_revision_moves_with_its_own_kind_and_the_land_only(nrw: Database, swift: Swift) -> None:
    revisions = Revisions(nrw, every=0)
    names = ("stations", "warnings", "districts")
    start = {name: await revisions.of(LAYERS[name]) for name in names}
    async with nrw.transaction("t") as tx:
        tx.put(station("a", 7, 51))
    first = {name: await revisions.of(LAYERS[name]) for name in names}
    assert [name for name in names if first[name] != start[name]] == ["stations"]
    async with nrw.transaction("t") as tx:
        tx.drop(Ref("test", "station", "a"))
    assert await revisions.of(LAYERS["stations"]) != first["stations"]
    async with nrw.transaction("t") as tx:
        await tx.connection.execute(text("UPDATE land_source SET revision = revision + 1 WHERE name = 'areas'"))
    assert await revisions.of(LAYERS["districts"]) != first["districts"]


async def test_another_database_never_has_the_same_revision(nrw: Database, swift: Swift, database: Database) -> None:
    for layer in LAYERS.values():
        assert await Revisions(nrw).of(layer) != await Revisions(database).of(layer)
