"""What the book of a Meldekopf asks of the log and of the facts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from geodata.model.arrival import ArrivalState
from geodata.model.ref import Ref
from geodata.store.database import Database, Transaction
from geodata.store.things import Held

MOST_CHANGES = 300
"""Changes of one resource that are looked back at; an hour brings some dozens."""
FIELDS = ("deployment", "status", "strength", "endurance_until")
"""Whose last change matters to an arrival that is heard of late."""

_ENTRIES = text("""
    SELECT id, room, body FROM fact
    WHERE kind = 'arrival' AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
      AND body ->> 'incident' = :incident AND (id = ANY(cast(:ids AS text[])) OR body ->> 'state' = :present)
""")
_TAKEN = text("SELECT id FROM fact WHERE ref = ANY(cast(:refs AS text[]))")
_CHANGES = text(f"""
    SELECT c.ref, c.as_of, {", ".join(f"c.body -> '{name}' AS {name}" for name in FIELDS)}
    FROM unnest(cast(:refs AS text[])) AS r (ref), LATERAL (
        SELECT ref, seq, body, (provenance ->> 'as_of')::timestamptz AS as_of FROM change
        WHERE change.ref = r.ref AND op = 'put' AND room = ANY(cast(:rooms AS text[]))
        ORDER BY seq DESC LIMIT {MOST_CHANGES}) AS c
    ORDER BY c.ref, c.seq
""")
# A partner's own, as it came; `way` is how.
_ANNOUNCED = text("""
    SELECT m.ref, m.origin, m.body, m.provenance ->> 'source' AS way FROM fact m
    WHERE m.kind = 'march' AND m.origin <> :origin AND m.room = ANY(cast(:rooms AS text[]))
      AND coalesce(m.body ->> 'incident', :incident) = :incident AND m.body ->> 'to' = :origin
      AND cast(m.body ->> 'valid_until' AS timestamptz) > :since
    ORDER BY m.body ->> 'at', m.ref
""")
_DEPLOYMENTS = text("""
    SELECT ref, body ->> 'deployment' AS deployment FROM fact
    WHERE ref = ANY(cast(:refs AS text[])) AND room = ANY(cast(:rooms AS text[]))
""")


@dataclass(frozen=True, slots=True)
class Announced:
    """A march that a partner has announced; `way` is the source of the fact: `file` where a file brought it."""

    ref: str
    origin: str
    body: dict[str, Any]
    way: str


async def announced(
    tx: Transaction, incident: str, rooms: Collection[str], since: datetime, *, origin: str
) -> list[Announced]:  # fmt: skip
    """Partners' marches to this incident, or to none that they know of, that counted after `since`; oldest first."""
    given = {"origin": origin, "rooms": list(rooms), "incident": incident, "since": since}
    found = await tx.connection.execute(_ANNOUNCED, given)
    return [Announced(row.ref, row.origin, row.body, row.way) for row in found]


async def deployments(tx: Transaction, refs: Collection[str], rooms: Collection[str]) -> dict[str, str]:
    """What is known of the state of these resources, by ref, whoever owns them."""
    rows = await tx.connection.execute(_DEPLOYMENTS, {"refs": list(refs), "rooms": list(rooms)})
    return {row.ref: row.deployment for row in rows if row.deployment}


async def entries(
    tx: Transaction, incident: str, ids: Collection[str], rooms: Collection[str], *, origin: str
) -> dict[str, Held]:
    """Those of these ids, and all forces that are checked in, by id."""
    given = {
        "origin": origin, "rooms": list(rooms), "incident": incident, "ids": list(ids),
        "present": ArrivalState.CHECKED_IN.value,
    }  # fmt: skip
    found = await tx.connection.execute(_ENTRIES, given)
    return {row.id: Held(Ref(origin, "arrival", row.id), row.room, row.body, None) for row in found}


async def taken(database: Database, ids: Collection[str], *, origin: str) -> set[str]:
    """Those of these ids that are an entry's, in whatever room: a foreign entry is never written over."""
    async with database.reading() as connection:
        found = await connection.execute(_TAKEN, {"refs": [f"{origin}/arrival/{id}" for id in ids]})
        return {row.id for row in found}


async def last_changes(
    tx: Transaction, ids: Collection[str], rooms: Collection[str], *, origin: str
) -> dict[str, dict[str, datetime]]:
    """When each of `FIELDS` of these resources last became another one, by resource; left out where it never did."""
    given = {"refs": [f"{origin}/resource/{id}" for id in ids], "rooms": list(rooms)}
    changed: dict[str, dict[str, datetime]] = {id: {} for id in ids}
    before: Any = None
    for row in await tx.connection.execute(_CHANGES, given):
        id = row.ref.rpartition("/")[2]
        for name in FIELDS if before is not None and before.ref == row.ref else ():
            if getattr(row, name) != getattr(before, name):
                changed[id][name] = max(row.as_of, changed[id].get(name, row.as_of))
        before = row
    return changed
