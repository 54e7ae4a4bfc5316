"""Asking the land: which municipality a point lies in, which an area or a key means, and what they look like."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import orjson
import shapely
from shapely.geometry import shape
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.ars import prefix
from geodata.model.geometry import MAX_PARTS, MAX_VERTICES, Bbox, Geometry, check
from geodata.store.database import Database

SHARE = 0.01
"""A municipality counts for an area if the overlap is at least this share of the one or of the other. Borders that
other people drew, at another scale, always cross ours by a hair; a small alarm area on the border is still both
towns' matter. Towns left out wrongly would not be warned, so the mark is low."""

DRAWN = 3_000

Lonlat = tuple[float, float]

_STATE = text("""
    SELECT string_agg(attribution, '; ' ORDER BY name) AS attribution,
           max(state) FILTER (WHERE name = 'areas') AS state,
           sum(revision)::int AS revision, box.*
    FROM land_source, LATERAL (
        SELECT ST_XMin(geom) AS west, ST_YMin(geom) AS south, ST_XMax(geom) AS east, ST_YMax(geom) AS north
        FROM (SELECT ST_Extent(geom) AS geom FROM area WHERE level = 'state') e
    ) box GROUP BY box.west, box.south, box.east, box.north
""")

_OF_POINTS = text("""
    SELECT a.ars
    FROM unnest(cast(:longitudes AS float8[]), cast(:latitudes AS float8[])) WITH ORDINALITY AS p (x, y, n)
    LEFT JOIN LATERAL (
        SELECT ars FROM area
        WHERE level = 'municipality' AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(p.x, p.y), 4326))
        ORDER BY ars LIMIT 1
    ) a ON true
    ORDER BY p.n
""")

_NAMES = text("SELECT ars, name FROM area")

_OF_GEOMETRIES = text("""
    WITH asked AS MATERIALIZED (
        SELECT n, ST_GeomFromWKB(wkb, 4326) AS geom
        FROM unnest(cast(:wkb AS bytea[])) WITH ORDINALITY AS g (wkb, n)
    ), touched AS MATERIALIZED (
        SELECT asked.n, a.ars, asked.geom AS asked, a.geom AS area, ST_CoveredBy(a.geom, asked.geom) AS whole
        FROM asked JOIN area a ON a.level = 'municipality' AND ST_Intersects(a.geom, asked.geom)
    ), shared AS MATERIALIZED (
        SELECT n, ars, ST_Dimension(asked) AS dimension, ST_Area(area) AS town, ST_Area(asked) AS drawn,
               CASE WHEN whole THEN ST_Area(area)
                    WHEN ST_Dimension(asked) = 2 THEN ST_Area(ST_Intersection(area, asked)) ELSE 0 END AS common
        FROM touched
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY n ORDER BY common DESC, ars) AS place FROM shared
    )
    SELECT n, array_agg(ars ORDER BY ars) AS ars FROM ranked
    WHERE place = 1 OR dimension < 2 OR common >= :share * least(town, drawn)
    GROUP BY n
""")

_OF_PREFIXES = text("""
    SELECT p.n, array_agg(a.ars) FILTER (WHERE a.ars IS NOT NULL) AS ars
    FROM unnest(cast(:ars AS text[]), cast(:ags AS text[])) WITH ORDINALITY AS p (ars, ags, n)
    LEFT JOIN area a ON a.level = 'municipality' AND (starts_with(a.ars, p.ars) OR starts_with(a.ags, p.ags))
    GROUP BY p.n
""")

# Districts that the keys fill completely are taken as one piece, the rest town by town.
_OUTLINE = text("""
    WITH meant AS (
        SELECT ars FROM area
        WHERE level = 'municipality'
          AND EXISTS (SELECT 1 FROM unnest(cast(:prefixes AS text[])) p WHERE starts_with(area.ars, p))
    ), district AS (
        SELECT left(a.ars, 5) AS ars, count(m.ars) = count(*) AS whole
        FROM area a LEFT JOIN meant m USING (ars) WHERE a.level = 'municipality' GROUP BY 1
    ), piece AS (
        SELECT ars FROM district WHERE whole
        UNION ALL
        SELECT m.ars FROM meant m JOIN district d ON d.ars = left(m.ars, 5) AND NOT d.whole
    )
    SELECT ST_AsBinary(ST_Transform(s.geom, 4326)) FROM piece JOIN area_shape s USING (ars) WHERE s.zoom = :zoom
""")

_DISTRICTS = text("""
    SELECT ST_AsBinary(ST_Transform(s.geom, 4326)) FROM area a JOIN area_shape s USING (ars)
    WHERE a.level = 'district' AND s.zoom = :zoom
      AND EXISTS (SELECT 1 FROM unnest(cast(:prefixes AS text[])) p
                  WHERE starts_with(a.ars, p) OR starts_with(p, a.ars))
""")


@dataclass(frozen=True, slots=True)
class LandState:
    """What land there is. `state` is the date the areas' source is true for, `revision` counts the imports here."""

    attribution: str
    state: str
    revision: int
    bbox: Bbox


async def state(database: Database) -> LandState | None:
    """None before the first import."""
    async with database.reading() as connection:
        row = (await connection.execute(_STATE)).first()
    if row is None or row.state is None or row.west is None:
        return None
    return LandState(row.attribution, row.state, row.revision, (row.west, row.south, row.east, row.north))


async def municipality_of_points(
    asked: Database | AsyncConnection, points: Sequence[Lonlat | None]
) -> list[str | None]:
    """The ARS of the municipality each point (longitude, latitude) lies in; None outside the land or without a point.
    On a border the lower key wins, so that the answer is always the same."""
    placed = [p for p in points if p is not None]
    if not placed:
        return [None] * len(points)
    given = {"longitudes": [float(x) for x, _ in placed], "latitudes": [float(y) for _, y in placed]}
    if isinstance(asked, Database):
        async with asked.reading() as connection:
            found = list((await connection.execute(_OF_POINTS, given)).scalars())
    else:
        found = list((await asked.execute(_OF_POINTS, given)).scalars())
    towns = iter(found)
    return [None if p is None else next(towns) for p in points]


async def names(connection: AsyncConnection) -> dict[str, str]:
    """Of every area of any level, by its key as the land writes it."""
    return {row.ars: row.name for row in await connection.execute(_NAMES)}


async def municipalities_of_geometries(
    connection: AsyncConnection, geometries: Sequence[Geometry]
) -> list[tuple[str, ...]]:
    """The ARS of the municipalities that each geometry means, sorted. A line or point means all it touches; an area
    those with a share of it (see SHARE), and always at least one if it touches the land at all."""
    if not geometries:
        return []
    wkb = [shapely.to_wkb(shape(g.as_geojson())) for g in geometries]
    rows = (await connection.execute(_OF_GEOMETRIES, {"wkb": wkb, "share": SHARE})).all()
    found = {row.n: tuple(row.ars) for row in rows}
    return [found.get(n, ()) for n in range(1, len(geometries) + 1)]


async def municipalities_of_geometry(connection: AsyncConnection, geometry: Geometry) -> tuple[str, ...]:
    return (await municipalities_of_geometries(connection, [geometry]))[0]


async def municipalities_of_keys(
    connection: AsyncConnection, ars: Collection[str], ags: Collection[str] = ()
) -> tuple[str, ...]:
    """The ARS of the municipalities that regional keys of any level mean, sorted. What is no key means nothing.

    A key finer than a district that the land does not know (merged since, or an association of towns) means the whole
    district: better one town too many than a warned town that stays silent.
    """
    asked = [(p, None) for p in map(prefix, ars) if p is not None] + [
        (None, p) for p in map(prefix, ags) if p is not None
    ]
    if not asked:
        return ()
    found, missing = await _of_prefixes(connection, asked)
    coarser = [(a and a[:5], b and b[:5]) for a, b in missing if len(a or b or "") > 5]
    if coarser:
        found |= (await _of_prefixes(connection, coarser))[0]
    return tuple(sorted(found))


async def outline(connection: AsyncConnection, ars_keys: Collection[str]) -> Geometry | None:
    """The common outline of areas by their keys (any level), generalised until it passes `geometry.check`.

    None if no key means anything here. It takes the finest of our outlines that stays below DRAWN points, as it goes
    over the wire. Scattered towns that stay above the limits are drawn as whole districts: too large rather than with
    holes.
    """
    prefixes = sorted({p for p in map(prefix, ars_keys) if p is not None})
    if not prefixes:
        return None
    allowed: shapely.Geometry | None = None
    for statement, zooms in ((_OUTLINE, (10, 8, 6)), (_DISTRICTS, (8, 6, 0))):
        for zoom in zooms:
            rows = await connection.execute(statement, {"prefixes": prefixes, "zoom": zoom})
            whole = _joined(list(rows.scalars()))
            if whole is None:
                return None
            if _passes(whole, MAX_VERTICES):
                allowed = whole
            if _passes(whole, DRAWN):
                break
        if allowed is not None:
            return check(orjson.loads(shapely.to_geojson(allowed)))
    return None


async def _of_prefixes(
    connection: AsyncConnection, asked: Sequence[tuple[str | None, str | None]]
) -> tuple[set[str], list[tuple[str | None, str | None]]]:
    given = {"ars": [a for a, _ in asked], "ags": [b for _, b in asked]}
    rows = (await connection.execute(_OF_PREFIXES, given)).all()
    found = {ars for row in rows for ars in row.ars or ()}
    return found, [asked[row.n - 1] for row in rows if not row.ars]


def _joined(pieces: list[bytes]) -> shapely.Geometry | None:
    """One area on a grid of about 0.1 m; pieces share their borders exactly, so nothing is left between them."""
    if not pieces:
        return None
    return shapely.union_all(shapely.from_wkb(pieces), grid_size=1e-6)


def _passes(whole: shapely.Geometry, vertices: int) -> bool:
    rings = sum(1 + shapely.get_num_interior_rings(part) for part in shapely.get_parts(whole))
    return bool(rings <= MAX_PARTS and shapely.get_num_coordinates(whole) <= vertices)
