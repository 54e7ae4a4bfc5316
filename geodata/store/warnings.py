"""Official warnings as facts: in force until their source no longer states them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import text

from geodata.model.body import to_body
from geodata.model.fact import PUBLIC, Confidence, Fact, Provenance
from geodata.model.geometry import Bbox
from geodata.model.ref import Ref
from geodata.model.warning import OfficialWarning
from geodata.store.database import Database, Transaction
from geodata.store.land import municipalities_of_geometry, municipalities_of_keys, outline

_LIST = text("""
    SELECT jsonb_build_object('ref', ref, 'room', room, 'provenance', provenance, 'body', body)::text
    FROM fact
    WHERE kind = 'warning' AND room = ANY(cast(:rooms AS text[]))
      AND (cast(:prefix AS text) IS NULL
           OR EXISTS (SELECT 1 FROM jsonb_array_elements_text(body -> 'municipalities') m WHERE m LIKE :prefix))
      AND (cast(:west AS float8) IS NULL OR geom && ST_MakeEnvelope(:west, :south, :east, :north, 4326))
    ORDER BY (body ->> 'level')::int DESC NULLS FIRST, body ->> 'sent' DESC
""")


async def record(
    tx: Transaction, origin: str, warnings: Sequence[OfficialWarning], *, source: str, received_at: datetime
) -> None:
    """Put the warnings, each with its municipalities; what they replace is dropped.

    A warning without a usable shape is drawn by the outline of the municipalities its source names.
    """
    for warning in warnings:
        for replaced in warning.references:
            if replaced != warning.key:
                tx.drop(Ref(origin, "warning", replaced))
    for warning in warnings:
        towns = await municipalities_of_keys(tx.connection, warning.ars, warning.ags)
        geometry = warning.geometry
        if geometry is not None and not towns:
            towns = await municipalities_of_geometry(tx.connection, geometry)
        if geometry is None and towns:
            geometry = await outline(tx.connection, towns)
        whole = replace(warning, municipalities=tuple(towns), geometry=geometry)
        tx.put(
            Fact(
                Ref(origin, "warning", warning.key),
                PUBLIC,
                Provenance(source, warning.sent, received_at, Confidence.CONFIRMED),
                to_body(whole),
                geometry=geometry,
            )
        )


async def end_others(tx: Transaction, origin: str, source: str, in_force: Iterable[str]) -> list[str]:
    """Drop this source's warnings that it no longer states. Only for a batch that states all of them."""
    statement = text("SELECT id FROM fact WHERE kind = 'warning' AND source = :source AND origin = :origin")
    known = (await tx.connection.execute(statement, {"source": source, "origin": origin})).scalars()
    ended = sorted(set(known) - set(in_force))
    for key in ended:
        tx.drop(Ref(origin, "warning", key))
    return ended


async def listed(
    database: Database, rooms: Collection[str], *, ars: str | None = None, area: Bbox | None = None
) -> list[bytes]:
    """Warnings as JSON, unknown level first, then the gravest; `ars` is a prefix of municipality keys."""
    west, south, east, north = area or (None, None, None, None)
    box = {"west": west, "south": south, "east": east, "north": north}
    async with database.reading(rooms) as connection:
        given = {"rooms": database.asked(rooms), "prefix": f"{ars}%" if ars else None, **box}
        return [wire.encode() for wire in (await connection.execute(_LIST, given)).scalars()]
