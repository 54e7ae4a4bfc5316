"""Marches, the book's entries about them, and receipts, as they lie here. Read as the owner, for the node itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.march import MARCH, RECEIPT

_NEWEST = text("SELECT coalesce(max(seq), 0) FROM change")
_TOUCHED = text(f"""
    SELECT EXISTS (SELECT FROM change WHERE seq > :since AND seq <= :upto
        AND split_part(ref, '/', 2) IN ('{MARCH}', '{RECEIPT}', 'arrival', 'inquiry'))
""")
# Whose it is is told by the room in which it came, and the origin must be that partner's own.
_THEIRS = """
    SELECT f.ref, f.id, f.room, f.body, p.origin FROM fact f
    JOIN peer p ON p.exchange_room = f.room AND p.origin = f.origin WHERE f.kind = :kind ORDER BY f.ref
"""
_BOOK = text("""
    SELECT body FROM fact WHERE kind = 'arrival' AND origin = :origin
      AND body ->> 'partner_resource' = ANY(cast(:refs AS text[])) AND body ->> 'state' <> 'CANCELLED'
    ORDER BY cast(body ->> 'number' AS bigint)
""")
_PLACES = text("""
    SELECT id, body ->> 'name' AS name FROM fact
    WHERE kind = 'facility' AND origin = :origin AND id = ANY(cast(:ids AS text[]))
""")
_BORROWED = text("""
    SELECT i.id, array_agg(line ->> 'resource') AS resources FROM fact i
    CROSS JOIN LATERAL jsonb_array_elements(i.body -> 'offered') AS line
    WHERE i.kind = 'inquiry' AND i.origin = :origin AND i.body -> 'across' ->> 'side' = 'BORROWER'
      AND i.body -> 'across' ->> 'other' = :other AND line ->> 'state' IN ('COMMITTED', 'EN_ROUTE')
      AND line ->> 'resource' = ANY(cast(:ids AS text[]))
    GROUP BY i.id ORDER BY i.id
""")
_LENT = text("""
    SELECT r.body -> 'loan' ->> 'inquiry' AS id, array_agg(r.id) AS resources FROM fact r
    JOIN fact i ON i.ref = r.origin || '/inquiry/' || (r.body -> 'loan' ->> 'inquiry')
    CROSS JOIN LATERAL jsonb_array_elements(i.body -> 'offered') AS line
    WHERE r.ref = ANY(cast(:refs AS text[])) AND r.origin = :origin AND line ->> 'resource' = r.id
      AND line ->> 'state' IN ('COMMITTED', 'EN_ROUTE')
      AND i.body -> 'across' ->> 'side' = 'LENDER' AND i.body -> 'across' ->> 'other' = :other
    GROUP BY 1 ORDER BY 1
""")
_KEEPS = text("""
    SELECT EXISTS (SELECT FROM fact WHERE kind = 'fleet' AND origin = :origin
                   AND body ->> 'room' = ANY(cast(:rooms AS text[])))
""")
_ROOMS = text("SELECT id FROM room WHERE closed_at IS NULL")


@dataclass(frozen=True, slots=True)
class Received:
    """A partner's march or receipt, in the room of what we exchange with it."""

    ref: str
    id: str
    room: str
    origin: str
    body: dict[str, Any]


async def newest(connection: AsyncConnection) -> int:
    return int((await connection.execute(_NEWEST)).scalar_one())


async def touched(connection: AsyncConnection, since: int, upto: int) -> bool:
    """Whether anything that marches depend on has changed between these places of the log."""
    return bool((await connection.execute(_TOUCHED, {"since": since, "upto": upto})).scalar_one())


async def theirs(connection: AsyncConnection, kind: str) -> list[Received]:
    """Of all partners."""
    rows = await connection.execute(text(_THEIRS), {"kind": kind})
    return [Received(row.ref, row.id, row.room, row.origin, row.body) for row in rows]


async def book(connection: AsyncConnection, origin: str, refs: Collection[str]) -> dict[str, dict[str, Any]]:
    """The newest entry of our book about each of these resources of partners that has one, by ref."""
    rows = await connection.execute(_BOOK, {"origin": origin, "refs": list(refs)})
    return {row.body["partner_resource"]: row.body for row in rows}


async def places(connection: AsyncConnection, origin: str, ids: Collection[str]) -> dict[str, str]:
    """Names of facilities of ours, by id."""
    rows = await connection.execute(_PLACES, {"origin": origin, "ids": list(ids)})
    return {row.id: row.name for row in rows}


async def borrowed(
    connection: AsyncConnection, origin: str, other: str, ids: Collection[str]
) -> dict[str, list[str]]:  # fmt: skip
    """Those of these resources of a partner whose arrival an inquiry of ours waits for, by the inquiry's id."""
    rows = await connection.execute(_BORROWED, {"origin": origin, "other": other, "ids": list(ids)})
    return {row.id: row.resources for row in rows}


async def lent(connection: AsyncConnection, origin: str, other: str, refs: Collection[str]) -> dict[str, list[str]]:
    """Ids of those of our resources that this partner borrows and that have not arrived, by the inquiry's id."""
    rows = await connection.execute(_LENT, {"origin": origin, "other": other, "refs": list(refs)})
    return {row.id: row.resources for row in rows}


async def keeps_a_fleet(connection: AsyncConnection, origin: str, rooms: Collection[str]) -> bool:
    """Whether one of these rooms is that of a fleet of ours."""
    return bool((await connection.execute(_KEEPS, {"origin": origin, "rooms": list(rooms)})).scalar_one())


async def rooms(connection: AsyncConnection) -> list[str]:
    """Every room of this node."""
    return list((await connection.execute(_ROOMS)).scalars())
