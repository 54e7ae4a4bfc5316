"""Stations as facts: written when something about them changed, read with their current readings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, text

from geodata.model.body import from_body, to_body
from geodata.model.fact import PUBLIC, Confidence, Fact, Provenance
from geodata.model.geometry import Bbox, point
from geodata.model.observation import Forecast
from geodata.model.ref import Ref
from geodata.model.station import Station
from geodata.store import tables as t
from geodata.store.database import Database, Transaction
from geodata.store.land import municipality_of_points

_LIST = text("""
    SELECT jsonb_build_object('ref', s.ref, 'room', s.room, 'provenance', s.provenance, 'body', s.body,
               'readings', coalesce((
                   SELECT jsonb_agg(jsonb_build_object('ref', r.ref, 'provenance', r.provenance, 'body', r.body)
                                    ORDER BY r.ref DESC)
                   FROM fact r WHERE r.kind = 'reading' AND r.room = ANY(cast(:rooms AS text[]))
                     AND r.ref = ANY(ARRAY(SELECT s.origin || '/reading/' || s.id || '.' || (q ->> 'quantity')
                                           FROM jsonb_array_elements(s.body -> 'series') q))), '[]'))::text AS wire
    FROM fact s
    WHERE s.kind = 'station' AND s.room = ANY(cast(:rooms AS text[]))
      AND (cast(:id AS text) IS NULL OR s.id = :id)
      AND (cast(:origin AS text) IS NULL OR s.origin = :origin)
      AND (cast(:pattern AS text) IS NULL OR s.body ->> 'name' ILIKE :pattern OR s.body ->> 'water' ILIKE :pattern)
      AND (cast(:west AS float8) IS NULL OR s.geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326))
    ORDER BY s.body ->> 'water', (s.body ->> 'river_km')::float8, s.id
    LIMIT :limit
""")


async def record(
    tx: Transaction, origin: str, stations: Sequence[Station], *, source: str, received_at: datetime, room: str = PUBLIC
) -> None:
    """Put the stations, each with the municipality its position lies in. The same station again logs nothing."""
    placed = [s for s in stations if s.longitude is not None and s.latitude is not None]
    towns = await municipality_of_points(tx.connection, [(s.longitude, s.latitude) for s in placed])  # type: ignore[misc]
    town_of = {s.key: town for s, town in zip(placed, towns, strict=True)}
    for station in stations:
        located = replace(station, municipality=town_of.get(station.key) or station.municipality)
        here = station.longitude is not None and station.latitude is not None
        tx.put(
            Fact(
                Ref(origin, "station", station.key),
                room,
                Provenance(source, received_at, received_at, Confidence.CONFIRMED),
                to_body(located),
                geometry=point(station.longitude, station.latitude) if here else None,  # type: ignore[arg-type]
            ),
            timeless=True,
        )


async def listed(
    database: Database,
    rooms: Collection[str],
    *,
    id: str | None = None,
    origin: str | None = None,
    query: str | None = None,
    area: Bbox | None = None,
    limit: int = 1000,
) -> list[bytes]:
    """Stations with their current readings as JSON, along the rivers; `area` in EPSG:4326."""
    west, south, east, north = area or (None, None, None, None)
    pattern = "%" + query.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%" if query else None
    box = {"west": west, "south": south, "east": east, "north": north}
    async with database.reading(rooms) as connection:
        rows = await connection.execute(
            _LIST,
            {"rooms": database.asked(rooms), "id": id, "origin": origin, "pattern": pattern, "limit": limit, **box},
        )
        return [wire.encode() for wire in rows.scalars()]


async def forecast_of(
    database: Database, rooms: Collection[str], station: str, quantity: str, *, origin: str
) -> Forecast | None:
    """The newest forecast of a series."""
    statement = select(t.fact.c.body).where(
        t.fact.c.ref == f"{origin}/forecast/{station}.{quantity}", t.fact.c.room.in_(database.asked(rooms))
    )
    async with database.reading(rooms) as connection:
        body = (await connection.execute(statement)).scalar()
    return from_body(body, Forecast) if body else None
