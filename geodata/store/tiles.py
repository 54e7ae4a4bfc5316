"""Vector tiles (MVT) of the land and of the picture's big layers.

A tile carries few attributes: keys to look things up by, what decides the drawing, and names only where they are the
content. Features have numeric ids, the same in each tile and after each restart.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import LiteralString

from geodata.store.swift import Swift

MAX_ZOOM = 18
EXTENT = 4096
BUFFER = 64
"""Drawn beyond the tile's edge, in units of EXTENT, so that lines and symbols on the edge are whole."""

GRID = 64
"""Cells per side of a tile in which points are counted where they are too many to draw."""

SINGLE_FROM = 11
"""The zoom from which on even crowded points are drawn one by one."""

_EARTH = 2 * math.pi * 6_378_137.0


@dataclass(frozen=True, slots=True)
class Layer:
    """`kind` is the kind of facts of a live layer, None for the land. Below `min_zoom` a tile is empty."""

    name: str
    sql: LiteralString
    min_zoom: int = 0
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class TileKey:
    """Column x and row y of zoom z in the web Mercator scheme, y from the north."""

    z: int
    x: int
    y: int

    def in_range(self) -> bool:
        return 0 <= self.z <= MAX_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z


_AREAS = """
    SELECT ST_AsMVT(t, '{name}', 4096, 'geom', 'id') FROM (
        SELECT s.ars::bigint AS id, s.ars, a.name,
               ST_AsMVTGeom(s.geom, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) AS geom
        FROM area_shape s JOIN area a USING (ars)
        WHERE a.level = '{level}'
          AND s.zoom = (SELECT max(zoom) FROM area_shape WHERE zoom <= %(z)s)
          AND s.geom && ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.015625)
    ) t WHERE geom IS NOT NULL
"""

_PLACES = """
    WITH ranked AS (
        SELECT id, name, population, geom,
               CASE WHEN population >= 500000 THEN 1 WHEN population >= 100000 THEN 2 WHEN population >= 50000 THEN 3
                    WHEN population >= 20000 THEN 4 WHEN population >= 5000 THEN 5 ELSE 6 END AS rank
        FROM place WHERE geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
    )
    SELECT ST_AsMVT(t, 'places', 4096, 'geom', 'id') FROM (
        SELECT id, name, population, rank,
               ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) AS geom
        FROM ranked WHERE rank <= greatest(1, %(z)s - 5) ORDER BY population DESC
    ) t WHERE geom IS NOT NULL
"""

# Points go into the tile by arithmetic (see _scale): through ST_Transform and ST_AsMVTGeom they take twice as long.
_STATION_POINTS = """
    FROM fact
    WHERE kind = 'station' AND room = ANY(%(rooms)s::text[])
      AND geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
"""
_X = "extent[1] * %(scale_x)s + %(from_x)s"
_Y = "%(from_y)s - ln(tan(extent[2] * 0.008726646259971648 + 0.7853981633974483)) * %(scale_y)s"  # pi / 360, pi / 4

# One by one, or, where there are too many, counted in a grid: the mean place of a cell's points; a cell of one point
# is that point. What lies near is read once; only the branch that is taken is worked out.
_STATIONS = f"""
    WITH near AS MATERIALIZED (
        SELECT ref, {_X} AS x, {_Y} AS y {_STATION_POINTS}
    )
    SELECT CASE WHEN (SELECT count(*) FROM near) <= %(limit)s THEN (
        SELECT ST_AsMVT(t, 'stations', 4096, 'geom', 'id') FROM (
            SELECT hashtextextended(ref, 0) & 9007199254740991 AS id, ref, ST_MakePoint(round(x), round(y)) AS geom
            FROM near
        ) t
    ) ELSE (
        SELECT ST_AsMVT(t, 'stations', 4096, 'geom') FROM (
            SELECT count(*) AS count, CASE WHEN count(*) = 1 THEN min(ref) END AS ref,
                   ST_MakePoint(round(avg(x)), round(avg(y))) AS geom
            FROM near WHERE x >= 0 AND x < 4096 AND y >= 0 AND y < 4096
            GROUP BY floor(x * %(grid)s / 4096), floor(y * %(grid)s / 4096)
        ) t
    ) END
"""

_WARNINGS = """
    SELECT ST_AsMVT(t, 'warnings', 4096, 'geom', 'id') FROM (
        SELECT hashtextextended(ref, 0) & 9007199254740991 AS id, ref, source,
               (body ->> 'level')::int AS level, (body ->> 'urgency' = 'Future') AS foretold,
               ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) AS geom
        FROM fact
        WHERE kind = 'warning' AND room = ANY(%(rooms)s::text[])
          AND geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
        ORDER BY (body ->> 'level')::int NULLS FIRST, ref
    ) t WHERE geom IS NOT NULL
"""

# Footprints say where was looked; points that fall onto each other in the tile are drawn once.
_EXTENTS = """
    WITH near AS (
        SELECT id, extent, layer, kind, geom FROM extent_part
        WHERE room = ANY(%(rooms)s::text[])
          AND geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
        ORDER BY area DESC NULLS LAST, id LIMIT 20000
    ), drawn AS (
        SELECT id, extent, layer, kind,
               ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true) AS geom
        FROM near
        UNION ALL
        SELECT hashtextextended(ref, 0) & 9007199254740991, id, 'footprint', 'footprint',
               ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true)
        FROM fact
        WHERE kind = 'extent' AND room = ANY(%(rooms)s::text[])
          AND geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
    )
    SELECT ST_AsMVT(t, 'extents', 4096, 'geom', 'id') FROM (
        SELECT min(id) AS id, extent, layer, kind, geom FROM drawn WHERE geom IS NOT NULL
        GROUP BY extent, layer, kind, geom
    ) t
"""

LAYERS = {
    layer.name: layer
    for layer in (
        Layer("municipalities", _AREAS.format(name="municipalities", level="municipality"), min_zoom=6),
        Layer("districts", _AREAS.format(name="districts", level="district")),
        Layer("regions", _AREAS.format(name="regions", level="region")),
        Layer("places", _PLACES),
        Layer("stations", _STATIONS, kind="station"),
        Layer("warnings", _WARNINGS, kind="warning"),
        Layer("extents", _EXTENTS, kind="extent"),
    )
}


def most(z: int) -> int:
    """How many points a tile of this zoom draws one by one."""
    return 2_000 if z < SINGLE_FROM else 20_000


async def tile(
    swift: Swift, layer: Layer, key: TileKey, rooms: Collection[str], asked: Collection[str] | None = None
) -> bytes:
    """The tile as MVT, empty where there is nothing. Raises StoreUnavailable."""
    if key.z < layer.min_zoom:
        return b""
    west, south, east, north = _degrees(key)
    see = rooms if layer.kind else None
    given: dict[str, object] = {
        **{"z": key.z, "x": key.x, "y": key.y, "west": west, "south": south, "east": east, "north": north},
        **{"rooms": sorted(rooms if asked is None else asked), "limit": most(key.z), "grid": GRID},
        **_scale(key),
    }
    content: bytes | None = (await swift.rows(layer.sql, given, see=see))[0][0]
    return content or b""


def _scale(key: TileKey) -> dict[str, float]:
    """Factors from degrees to units of the tile: x = longitude * scale_x + from_x; y = from_y - m * scale_y, where m is
    the latitude on the Mercator map of a globe of radius 1."""
    side = EXTENT * 2.0**key.z
    return {
        "scale_x": side / 360,
        "from_x": side / 2 - key.x * EXTENT,
        "scale_y": side / (2 * math.pi),
        "from_y": side / 2 - key.y * EXTENT,
    }


def _degrees(key: TileKey) -> tuple[float, float, float, float]:
    """West, south, east, north of a tile with its buffer."""
    side = _EARTH / 2**key.z
    margin = side * BUFFER / EXTENT
    west, north = key.x * side - _EARTH / 2 - margin, _EARTH / 2 - key.y * side + margin
    east, south = west + side + 2 * margin, north - side - 2 * margin
    return _longitude(west), _latitude(south), _longitude(east), _latitude(north)


def _longitude(x: float) -> float:
    return max(-180.0, min(180.0, x * 360 / _EARTH))


def _latitude(y: float) -> float:
    return math.degrees(math.atan(math.sinh(y * 2 * math.pi / _EARTH)))
