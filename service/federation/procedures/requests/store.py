"""Partners' inquiries as they lie here. Read as the owner, for the node itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.store.database import Transaction

_NEWEST = text("SELECT coalesce(max(seq), 0) FROM change")
# A partner's own things, in the room of what both do together: what lies elsewhere, or is another's, is not asked.
_ALL = text("""
    SELECT f.ref FROM fact f JOIN peer p ON p.exchange_room = f.room AND p.origin = f.origin
    WHERE f.kind = 'inquiry' ORDER BY f.ref
""")
_CHANGED = text("""
    SELECT DISTINCT c.ref FROM change c JOIN peer p ON p.exchange_room = c.room AND p.origin = split_part(c.ref, '/', 1)
    WHERE c.seq > :since AND c.seq <= :upto AND c.op = 'put' AND split_part(c.ref, '/', 2) = 'inquiry' ORDER BY c.ref
""")
_COPY = text("""
    SELECT f.body, f.room, p.origin, p.name, p.state = 'ACTIVE' AS counts, i.skew
    FROM fact f JOIN peer p ON p.exchange_room = f.room AND p.origin = f.origin
        AND p.state IN ('ACTIVE', 'SUSPENDED')
    LEFT JOIN peer_incoming i ON i.peer = p.id
    WHERE f.ref = :ref
""")
_THERE = text("SELECT room FROM fact WHERE ref = :ref")


@dataclass(frozen=True, slots=True)
class Copy:
    """A partner's inquiry as it came. `skew` is by how many seconds its clock is ahead of ours, where that is known;
    `counts` is false while the partner is suspended."""

    body: dict[str, Any]
    room: str
    origin: str
    name: str
    skew: float | None
    counts: bool = True


async def newest(connection: AsyncConnection) -> int:
    return int((await connection.execute(_NEWEST)).scalar_one())


async def everything(connection: AsyncConnection) -> list[str]:
    """The refs of all partners' inquiries."""
    return list((await connection.execute(_ALL)).scalars())


async def changed(connection: AsyncConnection, since: int, upto: int) -> list[str]:
    """The refs of those that have come or changed after this place of the log."""
    return list((await connection.execute(_CHANGED, {"since": since, "upto": upto})).scalars())


async def copy(tx: Transaction, ref: str) -> Copy | None:
    """The partner's inquiry as it is now; None if it is gone or the partner is no longer one."""
    row = (await tx.connection.execute(_COPY, {"ref": ref})).one_or_none()
    return None if row is None else Copy(row.body, row.room, row.origin, row.name, row.skew, row.counts)


async def is_there(tx: Transaction, ref: str) -> bool:
    return (await tx.connection.execute(_THERE, {"ref": ref})).one_or_none() is not None
