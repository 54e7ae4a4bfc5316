"""Positions of resources, hundreds in a second: found by what a control room calls them, locked and put all at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from geodata.model.ref import Ref
from geodata.model.resource import Position
from geodata.store.database import Database, Transaction
from geodata.store.resources import POSITION, RESOURCE, put_position

NAMES = ("external_id", "opta", "callsign")
"""Fields of a resource by which others know it, the surest first."""

_BY_NAME = """
    SELECT '{name}' AS field, body ->> '{name}' AS name, id FROM fact
    WHERE kind = 'resource' AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
      AND body ->> '{name}' = ANY(cast(:{name} AS text[]))
"""
_FIND = text(" UNION ALL ".join(_BY_NAME.format(name=name) for name in NAMES))
_LOCK = text("""
    SELECT pg_advisory_xact_lock(hashtextextended(ref, 7202109)) FROM unnest(cast(:refs AS text[])) AS given (ref)
""")
# Found by whole refs: on behalf of somebody a join makes the policy look at each fact there is (a second for 40,000).
_STAND = text("""
    SELECT kind, id, room, as_of FROM fact WHERE ref = ANY(cast(:refs AS text[])) AND room = ANY(cast(:rooms AS text[]))
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """In which room a resource lies now, and of when its position is."""

    room: str
    at: datetime | None


async def find(
    database: Database, names: Mapping[str, Collection[str]], rooms: Collection[str], *, origin: str
) -> dict[tuple[str, str], list[str]]:
    """Ids of the resources in these rooms that have such a name, by field and name; `names` by field of NAMES.

    Asked as the owner, with the rooms as a condition: on behalf of somebody no index on a field of the body serves."""
    wanted = {field: list(names.get(field, ())) for field in NAMES}
    if not any(wanted.values()):
        return {}
    found: dict[tuple[str, str], list[str]] = {}
    async with database.reading() as connection:
        given = {"origin": origin, "rooms": database.asked(rooms), **wanted}
        for row in await connection.execute(_FIND, given):
            found.setdefault((row.field, row.name), []).append(row.id)
    return found


async def take(tx: Transaction, ids: Collection[str], rooms: Collection[str], *, origin: str) -> dict[str, Standing]:
    """Lock these resources, in the order of their ids, and say how they stand; who lies in none of the rooms is
    missing. Nobody lends them or writes their positions until the transaction ends."""
    if not ids:
        return {}
    refs = [f"{origin}/{RESOURCE}/{id}" for id in sorted(set(ids))]
    await tx.connection.execute(_LOCK, {"refs": refs})
    both = [*refs, *(f"{origin}/{POSITION}/{id}" for id in set(ids))]
    rows = (await tx.connection.execute(_STAND, {"refs": both, "rooms": list(rooms)})).all()
    at = {row.id: row.as_of for row in rows if row.kind == POSITION}
    return {row.id: Standing(row.room, at.get(row.id)) for row in rows if row.kind == RESOURCE}


def put_all(
    tx: Transaction, positions: Iterable[tuple[str, str, Position]], *, origin: str, received_at: datetime
) -> None:
    """Put positions given as (id of the resource, its room, position); the resources must be locked."""
    for id, room, position in positions:
        put_position(tx, Ref(origin, POSITION, id), room, position, received_at=received_at)
