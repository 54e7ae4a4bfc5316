"""Messages of partners that have no receipt of ours yet, and one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.partner_message import MESSAGE, RECEIPT
from geodata.model.ref import Ref, id_of

# Who wrote it is told by the room in which it came, and the origin must be that partner's own.
_THEIRS = f"""
    SELECT f.ref, f.id, f.room, f.body, p.origin FROM fact f
    JOIN peer p ON p.exchange_room = f.room AND p.origin = f.origin
    WHERE f.kind = '{MESSAGE}'
"""
_UNTOLD = text(rf"""
    {_THEIRS} AND NOT EXISTS (
        SELECT FROM fact r WHERE r.kind = '{RECEIPT}' AND r.origin = :origin AND r.room = f.room
                             AND r.body ->> 'message' = f.ref)
    ORDER BY f.as_of, f.ref LIMIT 500
""")
_ONE = text(f"{_THEIRS} AND f.room = :room AND f.id = :id")


@dataclass(frozen=True, slots=True)
class Received:
    """A message of a partner, in the room of what we exchange with it."""

    ref: str
    room: str
    origin: str
    id: str
    body: dict[str, Any]

    def receipt(self, own: str) -> Ref:
        return Ref(own, RECEIPT, id_of(self.origin, self.id))


async def untold(connection: AsyncConnection, origin: str) -> list[Received]:
    """Oldest first; `origin` is ours."""
    return [_received(row) for row in await connection.execute(_UNTOLD, {"origin": origin})]


async def one(connection: AsyncConnection, room: str, id: str) -> Received | None:
    row = (await connection.execute(_ONE, {"room": room, "id": id})).one_or_none()
    return _received(row) if row else None


def _received(row: Any) -> Received:
    return Received(row.ref, row.room, row.origin, row.id, row.body)
