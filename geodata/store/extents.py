"""What images from above show: the fact tells how much of what lies in which municipality, the shapes stand beside it.

Areas are those of the globe (geography), in hectares. Shapes of one kind that overlap are counted once in an area, each
for itself in a count. A municipality has its share of a surface where it lies on its ground; a point that lies on a
border belongs to the lower key, so that the counts of all towns add up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import shapely
from shapely.geometry import shape
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.body import to_body
from geodata.model.extent import Extent, ExtentPart, Share, Tally
from geodata.model.fact import PUBLIC, Confidence, Fact, Provenance
from geodata.model.geometry import Bbox
from geodata.model.ref import Ref
from geodata.store.database import Database, Transaction

MAX_PARTS = 50_000
"""Of one answer; what is left out is told."""

_ADD = text("""
    INSERT INTO extent_part (extent, room, layer, kind, area, properties, geom)
    SELECT :extent, :room, g.layer, g.kind,
           CASE WHEN ST_Dimension(s.geom) = 2 THEN ST_Area(s.geom::geography) / 10000 END,
           g.properties, s.geom
    FROM unnest(cast(:layers AS text[]), cast(:kinds AS text[]), cast(:properties AS jsonb[]), cast(:wkb AS bytea[]))
             WITH ORDINALITY AS g (layer, kind, properties, wkb, n),
         LATERAL (SELECT ST_GeomFromWKB(g.wkb, 4326) AS geom) s
    ORDER BY g.n
""")

_REMOVE = text("DELETE FROM extent_part WHERE extent = ANY(cast(:keys AS text[]))")

_TALLIES = text("""
    SELECT kind, count(*) AS number,
           ST_Area(ST_Union(geom) FILTER (WHERE ST_Dimension(geom) = 2)::geography) / 10000 AS area
    FROM extent_part WHERE extent = :extent GROUP BY kind ORDER BY area DESC NULLS LAST, number DESC, kind
""")

_SHARES = text("""
    WITH touched AS MATERIALIZED (
        SELECT p.id, p.kind, a.ars, a.name, ST_Dimension(p.geom) AS dimension,
               CASE WHEN ST_Dimension(p.geom) < 2 OR ST_CoveredBy(p.geom, a.geom) THEN p.geom
                    ELSE ST_CollectionExtract(ST_Intersection(p.geom, a.geom), 3) END AS geom
        FROM extent_part p JOIN area a ON a.level = 'municipality' AND ST_Intersects(a.geom, p.geom)
        WHERE p.extent = :extent
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY id ORDER BY ars) AS place FROM touched
    )
    SELECT ars, name, kind, count(*) AS number,
           ST_Area(ST_Union(geom) FILTER (WHERE dimension = 2)::geography) / 10000 AS area
    FROM placed
    WHERE CASE WHEN dimension = 0 THEN place = 1 WHEN dimension = 2 THEN NOT ST_IsEmpty(geom) ELSE true END
    GROUP BY ars, name, kind ORDER BY ars, area DESC NULLS LAST, number DESC, kind
""")

# Tolerance in degrees; what becomes a line or nothing keeps its shape, so that nothing that is there disappears.
_PARTS = text("""
    SELECT jsonb_build_object('type', 'Feature', 'id', id,
               'properties', properties || jsonb_strip_nulls(jsonb_build_object(
                   'extent', extent, 'layer', layer, 'kind', kind, 'area', round(area::numeric, 4))),
               'geometry', ST_AsGeoJSON(
                   CASE WHEN cast(:tolerance AS float8) > 0 THEN ST_SimplifyPreserveTopology(geom, :tolerance)
                        ELSE geom END, 6)::jsonb)::text
    FROM extent_part
    WHERE extent = :extent AND room = ANY(cast(:rooms AS text[]))
      AND (cast(:west AS float8) IS NULL OR geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326))
    ORDER BY area DESC NULLS LAST, id LIMIT :limit
""")

_KNOWN = text("SELECT 1 FROM fact WHERE kind = 'extent' AND id = :id AND room = ANY(cast(:rooms AS text[])) LIMIT 1")


async def record(
    tx: Transaction,
    origin: str,
    extents: Sequence[Extent],
    *,
    source: str,
    received_at: datetime,
    room: str = PUBLIC,
    confidence: Confidence = Confidence.REPORTED,
) -> list[Extent]:
    """Put the extents with their tallies and shares, and their shapes in place of those before. Returns them whole."""
    recorded = []
    for extent in extents:
        await tx.connection.execute(_REMOVE, {"keys": [extent.key]})
        wkb = [shapely.to_wkb(shape(part.geometry.as_geojson())) for part in extent.parts]
        if extent.parts:
            await tx.connection.execute(_ADD, {"extent": extent.key, "room": room, "wkb": wkb, **_columns(extent)})
        whole = replace(
            extent,
            tallies=await _tallies(tx.connection, extent.key),
            shares=await _shares(tx.connection, extent.key),
        )
        body = to_body(replace(whole, parts=()))
        body["digest"] = _digest(extent.parts, wkb)
        as_of = extent.acquired_at or extent.issued_at or received_at
        provenance = Provenance(source, as_of, received_at, confidence)
        ref = Ref(origin, "extent", extent.key)
        tx.put(Fact(ref, room, provenance, body, geometry=extent.footprint, extent=_box(extent)))
        recorded.append(whole)
    return recorded


async def withdraw(tx: Transaction, origin: str, keys: Collection[str]) -> None:
    """Drop extents that were replaced or taken back, with their shapes. What is not there is no matter."""
    if not keys:
        return
    await tx.connection.execute(_REMOVE, {"keys": sorted(keys)})
    for key in sorted(keys):
        tx.drop(Ref(origin, "extent", key))


async def parts(
    database: Database,
    rooms: Collection[str],
    extent: str,
    *,
    area: Bbox | None = None,
    zoom: int | None = None,
    limit: int = MAX_PARTS,
) -> tuple[list[bytes], bool] | None:
    """The shapes as GeoJSON features, largest first, and whether some were left out; None if there is no such extent.

    With `zoom` shapes are simplified to half a pixel of the web map at that zoom. Raises StoreUnavailable."""
    west, south, east, north = area or (None, None, None, None)
    given: dict[str, Any] = {"west": west, "south": south, "east": east, "north": north, "limit": limit + 1}
    given |= {"extent": extent, "rooms": database.asked(rooms), "tolerance": tolerance(zoom)}
    async with database.reading(rooms) as connection:
        found = (await connection.execute(_KNOWN, {"id": extent, "rooms": given["rooms"]})).scalar()
        if found is None:
            return None
        rows = [wire.encode() for wire in (await connection.execute(_PARTS, given)).scalars()]
    return rows[:limit], len(rows) > limit


def tolerance(zoom: int | None) -> float:
    """Degrees of longitude of half a pixel, 512 pixels to a tile; 0 for no simplification."""
    return 0.0 if zoom is None else 360 / 2**zoom / 512 / 2


async def _tallies(connection: AsyncConnection, key: str) -> tuple[Tally, ...]:
    rows = await connection.execute(_TALLIES, {"extent": key})
    return tuple(Tally(row.kind, row.number, _hectares(row.area)) for row in rows)


async def _shares(connection: AsyncConnection, key: str) -> tuple[Share, ...]:
    towns: dict[tuple[str, str], list[Tally]] = {}
    for row in await connection.execute(_SHARES, {"extent": key}):
        towns.setdefault((row.ars, row.name), []).append(Tally(row.kind, row.number, _hectares(row.area)))
    return tuple(Share(ars, name, tuple(tallies)) for (ars, name), tallies in towns.items())


def _columns(extent: Extent) -> dict[str, list[str]]:
    return {
        "layers": [_bare(part.layer) for part in extent.parts],
        "kinds": [_bare(part.kind) for part in extent.parts],
        "properties": [_bare(orjson.dumps(part.properties).decode().replace("\\u0000", "")) for part in extent.parts],
    }


def _bare(text: str) -> str:
    return text.replace("\x00", "")  # PostgreSQL stores no NUL


def _hectares(area: float | None) -> float | None:
    return None if area is None else round(area, 2)


def _digest(parts: Sequence[ExtentPart], wkb: Sequence[bytes]) -> str:
    """Another one when a shape, its kind or what is told of it changed: the map's tiles are made anew by it."""
    told = hashlib.sha256()
    for part, geometry in zip(parts, wkb, strict=True):
        told.update(orjson.dumps([part.layer, part.kind, part.properties], option=orjson.OPT_SORT_KEYS))
        told.update(geometry)
    return told.hexdigest()[:16]


def _box(extent: Extent) -> Bbox | None:
    if extent.footprint is not None or not extent.parts:
        return None
    boxes = [part.geometry.bbox for part in extent.parts]
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
