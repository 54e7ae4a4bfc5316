"""Replacing the land: areas, their outlines and places, each in one transaction with its source's revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.area import BadLand, Land, LandSource, Place
from geodata.store.database import Database
from geodata.store.search import folded

IMPORT_LOCK = 7_202_110

_AREAS = text("""
    INSERT INTO area (ars, ags, level, name, designation, geom, label)
    SELECT ars, ags, level, name, designation, ST_GeomFromWKB(wkb, 4326), ST_SetSRID(ST_MakePoint(x, y), 4326)
    FROM unnest(cast(:ars AS text[]), cast(:ags AS text[]), cast(:level AS text[]), cast(:name AS text[]),
                cast(:designation AS text[]), cast(:wkb AS bytea[]), cast(:x AS float8[]), cast(:y AS float8[]))
         AS a (ars, ags, level, name, designation, wkb, x, y)
""")

_SHAPES = text("""
    INSERT INTO area_shape (ars, zoom, geom)
    SELECT ars, zoom, ST_GeomFromWKB(wkb, 3857)
    FROM unnest(cast(:ars AS text[]), cast(:zoom AS smallint[]), cast(:wkb AS bytea[])) AS s (ars, zoom, wkb)
""")

_PLACES = text("""
    INSERT INTO place (id, name, population, geom)
    SELECT id, name, population, ST_SetSRID(ST_MakePoint(x, y), 4326)
    FROM unnest(cast(:id AS int[]), cast(:name AS text[]), cast(:population AS int[]),
                cast(:x AS float8[]), cast(:y AS float8[])) AS p (id, name, population, x, y)
""")

_PLACES_IN_AREAS = text("""
    UPDATE place p SET ars = (
        SELECT a.ars FROM area a WHERE a.level = 'municipality' AND ST_Intersects(a.geom, p.geom) ORDER BY 1 LIMIT 1)
""")

# GeoNames' spelling is not always the town's own: Ibbenbueren.
_OFFICIAL_NAMES = text(
    f"""
    UPDATE place p SET name = split_part(a.name, ' (', 1)
    FROM area a WHERE a.ars = p.ars AND {folded("p.name")} = {folded("split_part(a.name, ' (', 1)")}
""".replace(":", "\\:")
)

_SOURCE = text("""
    INSERT INTO land_source AS s (name, attribution, state, revision) VALUES (:name, :attribution, :state, 1)
    ON CONFLICT (name) DO UPDATE SET attribution = excluded.attribution, state = excluded.state,
        revision = s.revision + 1, imported_at = clock_timestamp()
""")


@dataclass(frozen=True, slots=True)
class Imported:
    """`revision` counts the imports of this source here."""

    name: str
    attribution: str
    state: str
    revision: int
    imported_at: datetime


async def sources(database: Database) -> dict[str, Imported]:
    statement = text("SELECT name, attribution, state, revision, imported_at FROM land_source")
    async with database.reading() as connection:
        return {row.name: Imported(*row) for row in await connection.execute(statement)}


async def replace_areas(database: Database, land: Land) -> None:
    """The new areas instead of the old ones; places find their municipality again. Raises StoreError."""
    areas, shapes = land.areas, land.shapes
    async with database.transaction("land") as tx:
        await _alone(tx.connection)
        await tx.connection.execute(text("DELETE FROM area"))
        given = {
            **{key: [getattr(a, key) for a in areas] for key in ("ars", "ags", "name", "designation", "wkb")},
            "level": [str(a.level) for a in areas],
            "x": [a.label[0] for a in areas],
            "y": [a.label[1] for a in areas],
        }
        await tx.connection.execute(_AREAS, given)
        await tx.connection.execute(
            _SHAPES,
            {"ars": [s.ars for s in shapes], "zoom": [s.zoom for s in shapes], "wkb": [s.wkb for s in shapes]},
        )
        await _refuse_invalid(tx.connection)
        await tx.connection.execute(_PLACES_IN_AREAS)
        await tx.connection.execute(_OFFICIAL_NAMES)
        await _remember(tx.connection, land.source)
    await _analyse(database)


async def replace_places(database: Database, source: LandSource, places: Sequence[Place]) -> None:
    """The new places instead of the old ones, each with the municipality it lies in. Raises StoreError."""
    async with database.transaction("land") as tx:
        await _alone(tx.connection)
        await tx.connection.execute(text("DELETE FROM place"))
        given = {key: [getattr(p, key) for p in places] for key in ("id", "name", "population")}
        spots = {"x": [p.longitude for p in places], "y": [p.latitude for p in places]}
        await tx.connection.execute(_PLACES, given | spots)
        await tx.connection.execute(_PLACES_IN_AREAS)
        await tx.connection.execute(_OFFICIAL_NAMES)
        await _remember(tx.connection, source)
    await _analyse(database)


async def _alone(connection: AsyncConnection) -> None:
    """Two imports at once wait for each other; whoever asks the land goes on seeing the old one."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": IMPORT_LOCK})


async def _refuse_invalid(connection: AsyncConnection) -> None:
    bad = (
        await connection.execute(
            text("""
            SELECT ars, name, ST_IsValidReason(geom) AS reason FROM area WHERE NOT ST_IsValid(geom) ORDER BY ars LIMIT 1
        """)
        )
    ).first()
    if bad:
        raise BadLand(f"area {bad.ars} {bad.name} is not valid: {bad.reason}")


async def _remember(connection: AsyncConnection, source: LandSource) -> None:
    given = {"name": source.name, "attribution": source.attribution, "state": source.state}
    await connection.execute(_SOURCE, given)


async def _analyse(database: Database) -> None:
    """Without statistics the planner reads whole tables for each tile until autovacuum comes by."""
    async with database.reading() as connection:
        await connection.execute(text("ANALYZE area, area_shape, place"))
