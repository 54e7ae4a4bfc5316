"""Parcels that we carry for partners, and who is reached through whom."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.store.database import Transaction
from service.federation.wire.envelope import Ack

KEPT = timedelta(days=7)
MOST_BYTES = 50_000_000
"""Of all parcels that one sender has lying here: who fills the relay fills his own share of it."""

_LYING = text("SELECT coalesce(sum(length(sealed)), 0) FROM relay_parcel WHERE sender = :sender AND taken_at IS NULL")
_ADD = text("""
    INSERT INTO relay_parcel (id, sender, recipient, digest, sealed, at, until)
    VALUES (:id, :sender, :recipient, :digest, :sealed, :at, :until) ON CONFLICT (digest) DO NOTHING
""")
_WAITING = text("""
    SELECT id, sender, sealed FROM (
        SELECT id, sender, sealed, number, sum(length(sealed)) OVER (ORDER BY number) AS bytes FROM relay_parcel
        WHERE recipient = :recipient AND taken_at IS NULL AND until > :now
    ) AS lying WHERE bytes <= :most OR bytes = length(sealed) ORDER BY number
""")
# Only the fact that it was carried is kept of a parcel that has arrived.
_TAKEN = text("""
    UPDATE relay_parcel SET taken_at = :now, sealed = ''
    WHERE recipient = :recipient AND taken_at IS NULL AND id = ANY(cast(:ids AS text[]))
""")
_REPLACED = text("DELETE FROM relay_parcel WHERE sender = :sender AND recipient = :recipient AND taken_at IS NULL")
_SWEEP = text("DELETE FROM relay_parcel WHERE until < :now")
_LINES = text("""
    SELECT p.id, o.failures, o.epoch AS out_epoch, o.number AS out_number, o.token AS out_token, o.repair AS out_repair,
           i.epoch, i.number, i.token, i.repair
    FROM peer p JOIN peer_outgoing o ON o.peer = p.id JOIN peer_incoming i ON i.peer = p.id
    WHERE p.state = 'ACTIVE'
""")


class RelayFull(Exception):
    """This sender has too much lying here already; its recipient has to fetch first."""


@dataclass(frozen=True, slots=True)
class Carried:
    id: str
    sender: str
    line: str


@dataclass(frozen=True, slots=True)
class Line:
    """How often a partner was not reached since it last was, what of its stream we have, and what it has of ours."""

    failures: int
    received: Ack
    acknowledged: Ack


async def add(tx: Transaction, sender: str, recipient: str, lines: Sequence[str], now: datetime, *, anew: bool) -> None:
    """`anew`: instead of all that this sender has lying here for this recipient. Raises RelayFull."""
    if anew:
        await tx.connection.execute(_REPLACED, {"sender": sender, "recipient": recipient})
    lying = (await tx.connection.execute(_LYING, {"sender": sender})).scalar_one()
    if lying + sum(map(len, lines)) > MOST_BYTES:
        raise RelayFull(RelayFull.__doc__)
    for line in lines:
        sealed = line.encode()
        given = {
            "id": uuid.uuid4().hex, "sender": sender, "recipient": recipient, "sealed": sealed, "at": now,
            "digest": hashlib.sha256(sealed).digest(), "until": now + KEPT,
        }  # fmt: skip
        await tx.connection.execute(_ADD, given)


async def waiting(connection: AsyncConnection, recipient: str, now: datetime, *, most: int) -> list[Carried]:
    """Those parcels for this recipient that were left first, about `most` bytes of them and at least one."""
    given = {"recipient": recipient, "now": now, "most": most}
    rows = await connection.execute(_WAITING, given)
    return [Carried(row.id, row.sender, bytes(row.sealed).decode()) for row in rows]


async def taken(tx: Transaction, recipient: str, ids: Collection[str], now: datetime) -> None:
    await tx.connection.execute(_TAKEN, {"recipient": recipient, "ids": list(ids), "now": now})


async def sweep(tx: Transaction, now: datetime) -> None:
    await tx.connection.execute(_SWEEP, {"now": now})


async def lines(connection: AsyncConnection) -> dict[str, Line]:
    """By partner, the active ones."""
    rows = await connection.execute(_LINES)
    return {
        row.id: Line(
            row.failures,
            Ack(row.epoch, row.number, row.token, tuple(row.repair)),
            Ack(row.out_epoch, row.out_number, row.out_token, tuple(row.out_repair)),
        )
        for row in rows
    }
