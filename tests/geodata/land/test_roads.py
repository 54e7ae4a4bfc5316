"""Roads from a small OpenStreetMap file: two bridges over a river, a slow one and a fast one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from geodata.land.network import Network, load
from geodata.land.roads import direction, import_roads, passable, seconds, speed_of
from geodata.land.travelling import GRAPH, LINE, MIXED, Leg, Travels
from geodata.model.area import BadLand
from geodata.model.fact import PUBLIC, Confidence, Fact, Provenance
from geodata.model.geometry import Geometry
from geodata.model.ref import Ref
from geodata.store import roads
from geodata.store.database import Database

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

# West bank 1-2, fast bridge 2-3 north, slow bridge 1-4 south, east bank 3-4. 5 hangs on 3 by a one-way street.
OSM = """<?xml version="1.0"?>
<osm version="0.6">
  <node id="1" lon="7.00" lat="50.80"/><node id="2" lon="7.00" lat="50.82"/>
  <node id="3" lon="7.05" lat="50.82"/><node id="4" lon="7.05" lat="50.80"/>
  <node id="5" lon="7.06" lat="50.82"/><node id="6" lon="7.025" lat="50.80"/><node id="7" lon="7.2" lat="50.9"/>
  <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>
  <way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="maxspeed" v="50"/></way>
  <way id="12"><nd ref="1"/><nd ref="6"/><nd ref="4"/><tag k="highway" v="residential"/></way>
  <way id="13"><nd ref="4"/><nd ref="3"/><tag k="highway" v="secondary"/></way>
  <way id="14"><nd ref="3"/><nd ref="5"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
  <way id="15"><nd ref="1"/><nd ref="7"/><tag k="highway" v="footway"/></way>
</osm>
"""
WEST, EAST, LANE = (7.0, 50.8), (7.05, 50.8), (7.06, 50.82)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "town.osm"
    path.write_text(OSM)
    return path


async def network(database: Database) -> Network:
    graph = await roads.graph(database)
    return Network(graph.lon, graph.lat, graph.start, graph.end, graph.seconds, graph.edge)


async def close(database: Database, kind: str, ring: list[list[float]], **body: object) -> None:
    geometry = Geometry("Polygon", [ring])
    fields = {"incident": "i", "number": 1, "type": kind, "name": "x", "geometry": geometry.as_geojson(), **body}
    async with database.transaction("test") as tx:
        provenance = Provenance("people", NOW, NOW, Confidence.CONFIRMED)
        tx.put(Fact(Ref("local", "zone", kind.lower()), PUBLIC, provenance, fields, geometry))


SOUTH = [[7.02, 50.79], [7.03, 50.79], [7.03, 50.81], [7.02, 50.81], [7.02, 50.79]]
NORTH = [[7.02, 50.815], [7.03, 50.815], [7.03, 50.83], [7.02, 50.83], [7.02, 50.815]]


async def test_ways_go_over_the_roads_and_round_what_is_closed(database: Database, file: Path) -> None:
    source = await import_roads(database, file)
    assert (source.edges, source.revision, source.name) == (5, 1, "town.osm")
    net = await network(database)
    free = net.minutes([WEST], [EAST])[0, 0]
    bridge = 3515 / (30 / 3.6) / 60
    assert free == pytest.approx(bridge, rel=0.02)
    await close(database, "FLOODED", SOUTH)
    shut = await roads.blocked(database, [PUBLIC], NOW, origin="local")
    assert len(shut) == 1
    around = net.minutes([WEST], [EAST], np.array(shut))[0, 0]
    north = (2224 / (65 / 3.6) + 3513 / (50 / 3.6) + 2224 / (60 / 3.6)) / 60
    assert around == pytest.approx(north, rel=0.02)
    await close(database, "CLOSURE", NORTH)
    shut = await roads.blocked(database, [PUBLIC], NOW, origin="local")
    assert np.isinf(net.minutes([WEST], [EAST], np.array(shut))[0, 0])
    assert await roads.blocked(database, ["elsewhere"], NOW, origin="local") == []


async def test_what_is_over_or_no_closure_closes_nothing(database: Database, file: Path) -> None:
    await import_roads(database, file)
    await close(database, "CLOSURE", SOUTH, valid_until="2026-11-22T11:00:00Z")
    await close(database, "HAZARD", NORTH)
    assert await roads.blocked(database, [PUBLIC], NOW, origin="local") == []


async def test_a_street_with_one_way_is_driven_one_way(database: Database, file: Path) -> None:
    await import_roads(database, file)
    net = await network(database)
    table = net.minutes([EAST, LANE], [EAST, LANE])
    assert np.isfinite(table[0, 1])
    assert np.isinf(table[1, 0])


async def test_many_to_many_is_what_each_alone_gives(database: Database, file: Path) -> None:
    await import_roads(database, file)
    net = await network(database)
    places = [WEST, EAST, LANE, (7.0, 50.81)]
    table = net.minutes(places, places[:2])
    for row, start in enumerate(places):
        for column, end in enumerate(places[:2]):
            assert table[row, column] == net.minutes([start], [end])[0, 0]


async def test_it_says_which_way_it_was_computed(database: Database, file: Path, tmp_path: Path) -> None:
    await import_roads(database, file)
    path = tmp_path / "1.npz"
    (await network(database)).save(path)
    near, far = Leg(WEST), Leg((8.5, 51.5))
    goal = {"goal": EAST}
    by_road, both, line = (Travels(load(path)), Travels(load(path)), Travels())
    assert by_road.table(goal, {"near": near}) == {"goal": {"near": 7}}
    both.table(goal, {"near": near, "far": far})
    assert line.table(goal, {"near": Leg(WEST, speed=60)}) == {"goal": {"near": 5}}
    assert (by_road.method, both.method, line.method) == (GRAPH, MIXED, LINE)
    slow = Travels(load(path)).table(goal, {"slow": Leg(WEST, speed=25, wait=10)})
    assert slow == {"goal": {"slow": 24}}


async def test_another_file_replaces_all_and_a_broken_one_nothing(
    database: Database, file: Path, tmp_path: Path
) -> None:
    await import_roads(database, file)
    for name, content in (("broken.osm", OSM[:200]), ("empty.osm", '<osm version="0.6"></osm>'), ("a.osm.pbf", "x")):
        bad = tmp_path / name
        bad.write_text(content)
        with pytest.raises(BadLand, match=name):
            await import_roads(database, bad)
    with pytest.raises(BadLand):
        await import_roads(database, tmp_path / "missing.osm")
    kept = await roads.source(database)
    assert kept is not None
    assert kept.revision == 1
    assert (await import_roads(database, file)).revision == 2
    assert len((await roads.graph(database)).edge) == 9


def test_tags_are_read_as_drivers_read_them() -> None:
    assert [speed_of(text) for text in ("50", "30 mph", "DE:urban", "signals", "", None, "1e9", "nan")] == [
        50, pytest.approx(48.28, abs=0.01), 50, None, None, None, None, None,
    ]  # fmt: skip
    assert [direction({"oneway": said}) for said in ("yes", "-1", "no", "maybe")] == [1, -1, 0, 0]
    assert direction({"junction": "roundabout"}) == direction({"highway": "motorway"}) == 1
    assert passable({"highway": "service", "access": "private"})
    assert not passable({"highway": "service", "access": "no"})
    assert passable({"highway": "service", "access": "no", "emergency": "yes"})
    assert not passable({"highway": "cycleway"})
    assert not passable({"highway": "service", "maxwidth": "2"})
    assert seconds(1000, "residential", "30") == pytest.approx(120)
