"""Roads in the database: replaced as a whole, read as a graph, and which of them are closed now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text

from geodata.store.database import Database

ROADS_LOCK = 7_202_117
CLOSING = ("CLOSURE", "FLOODED")
"""Types of zones that nobody drives through."""

_COPY = "COPY road_edge (id, way, start_node, end_node, seconds, oneway, class, geom) FROM STDIN"
_SOURCE = text("""
    INSERT INTO road_source AS s (name, state, edges, revision) VALUES (:name, :state, :edges, 1)
    ON CONFLICT (sole) DO UPDATE SET name = excluded.name, state = excluded.state, edges = excluded.edges,
        revision = s.revision + 1, imported_at = clock_timestamp()
""")
_KNOWN = text("SELECT name, state, edges, revision, imported_at FROM road_source")
_EDGES = text("""
    SELECT id, start_node, end_node, seconds, oneway, ST_X(ST_StartPoint(geom)) AS x1, ST_Y(ST_StartPoint(geom)) AS y1,
           ST_X(ST_EndPoint(geom)) AS x2, ST_Y(ST_EndPoint(geom)) AS y2
    FROM road_edge ORDER BY id
""")
# A road that only touches the edge of an area is open; one that a closure's line crosses or follows is not.
_BLOCKED = text("""
    WITH newest AS (
        SELECT DISTINCT ON (body ->> 'type', body ->> 'aoi') id FROM fact
        WHERE kind = 'extent' AND origin = :origin AND body ->> 'type' = 'FLOOD' AND room = ANY(cast(:rooms AS text[]))
          AND as_of > cast(:now AS timestamptz) - cast(:fresh AS interval) AND as_of <= cast(:now AS timestamptz)
        ORDER BY body ->> 'type', body ->> 'aoi', as_of DESC, id
    ), closing AS (
        SELECT geom FROM fact
        WHERE kind = 'zone' AND origin = :origin AND room = ANY(cast(:rooms AS text[])) AND geom IS NOT NULL
          AND body ->> 'type' = ANY(cast(:types AS text[]))
          AND (body ->> 'valid_until' IS NULL OR (body ->> 'valid_until')::timestamptz > cast(:now AS timestamptz))
        UNION ALL
        SELECT p.geom FROM extent_part p JOIN newest ON newest.id = p.extent
        WHERE p.room = ANY(cast(:rooms AS text[])) AND ST_Dimension(p.geom) = 2
    )
    SELECT DISTINCT e.id FROM closing c JOIN road_edge e ON e.geom && c.geom AND ST_Intersects(e.geom, c.geom)
    WHERE NOT (ST_Dimension(c.geom) = 2 AND ST_Touches(e.geom, c.geom))
    ORDER BY e.id
""")
FRESH = "3 days"
"""How long a flooded area seen from above closes roads."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A road between two junctions, nodes of OpenStreetMap; `points` in degrees EPSG:4326."""

    id: int
    way: int
    start: int
    end: int
    seconds: float
    oneway: bool
    kind: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class RoadSource:
    """`state` is when the file was true, if it says so; `revision` counts imports."""

    name: str
    state: datetime | None
    edges: int
    revision: int
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Graph:
    """One entry per direction of each edge; junctions by their places in `lon` and `lat`."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    seconds: NDArray[np.float64]
    edge: NDArray[np.int64]


async def replace(database: Database, edges: Iterable[Edge], *, name: str, state: datetime | None) -> RoadSource:
    """All or nothing; readers see the roads before until it is done."""
    async with database.transaction("land") as tx:
        await tx.connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({ROADS_LOCK})")
        await tx.connection.exec_driver_sql("DELETE FROM road_edge")
        driver = (await tx.connection.get_raw_connection()).driver_connection
        assert driver is not None
        count = 0
        async with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            for e in edges:
                wkb = shapely.to_wkb(shapely.LineString(e.points), hex=True, include_srid=False)
                await copy.write_row((e.id, e.way, e.start, e.end, e.seconds, e.oneway, e.kind, wkb))
                count += 1
        await tx.connection.execute(_SOURCE, {"name": name, "state": state, "edges": count})
    async with database.reading() as connection:
        await connection.exec_driver_sql("ANALYZE road_edge")
    found = await source(database)
    assert found is not None
    return found


async def source(database: Database) -> RoadSource | None:
    """Which roads are loaded."""
    async with database.reading() as connection:
        row = (await connection.execute(_KNOWN)).one_or_none()
    return RoadSource(row.name, row.state, row.edges, row.revision, row.imported_at) if row else None


async def graph(database: Database) -> Graph:
    async with database.reading() as connection:
        rows = (await connection.execute(_EDGES)).all()
    return _graph(rows)


def _graph(rows: Collection[Sequence[Any]]) -> Graph:
    table = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(len(rows), 9)
    # Node ids of OpenStreetMap stay below 2^53, so that a float holds them.
    ends = table[:, 1:3].astype(np.int64)
    _, first, places = np.unique(ends.ravel(), return_index=True, return_inverse=True)
    x, y = table[:, [5, 7]].ravel()[first], table[:, [6, 8]].ravel()[first]
    start, end = places.reshape(-1, 2)[:, 0], places.reshape(-1, 2)[:, 1]
    both = table[:, 4] == 0
    ids = table[:, 0].astype(np.int64)
    return Graph(
        x, y,
        np.concatenate([start, end[both]]), np.concatenate([end, start[both]]),
        np.concatenate([table[:, 3], table[both, 3]]), np.concatenate([ids, ids[both]]),
    )  # fmt: skip


async def blocked(database: Database, rooms: Collection[str], now: datetime, *, origin: str) -> list[int]:
    """Edges that closures and flooded areas of these rooms cross now: zones, and floods seen from above lately. Of this
    origin only: a partner closes no road that we plan with."""
    given = {"origin": origin, "rooms": database.asked(rooms), "now": now, "types": list(CLOSING), "fresh": FRESH}
    async with database.reading(rooms) as connection:
        return [int(id) for id in (await connection.execute(_BLOCKED, given)).scalars()]
