"""Messages that came in by a gateway. Read and written by the node itself: nobody is signed in who sends an SMS."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.sealing import Seal, Unreadable
from geodata.store.database import Database, Transaction

MOST = 200

_SENDER = text("""
    SELECT h.id, h.key FROM helper_channel c JOIN helper h ON h.id = c.helper
    WHERE c.digest = :digest AND h.key IS NOT NULL ORDER BY c.closed_at NULLS FIRST, h.id LIMIT 1
""")
_KEEP = text("""
    INSERT INTO gateway_message (gateway, digest, at, helper, understood, key, sealed)
    VALUES (:gateway, :digest, :now, :helper, false, :key, :sealed)
    ON CONFLICT DO NOTHING RETURNING gateway
""")
_UNDERSTOOD = text("""
    UPDATE gateway_message SET understood = true, key = NULL, sealed = NULL
    WHERE gateway = :gateway AND digest = :digest
""")
_SHOWN = text("""
    SELECT m.gateway, m.at, m.helper, h.name, coalesce(h.key, m.key) AS key, m.sealed
    FROM gateway_message m LEFT JOIN helper h ON h.id = m.helper
    WHERE NOT m.understood AND m.at >= :since AND m.sealed IS NOT NULL
      AND (m.helper IS NULL OR h.room = ANY(cast(:rooms AS text[])))
    ORDER BY m.at DESC LIMIT :most
""")
_SWEEP = text("DELETE FROM gateway_message WHERE at < :before")


@dataclass(frozen=True, slots=True)
class Message:
    """`sender` only if we do not know who it is."""

    gateway: str
    at: datetime
    helper: str | None
    name: str | None
    sender: str | None = field(repr=False)
    text: str = field(repr=False)


async def keep(tx: Transaction, seal: Seal, *, gateway: str, key: str, sender: str, said: str, now: datetime) -> bool:
    """As something that people have to read, until it is `understood`. False: this very message was here before."""
    who = (await tx.connection.execute(_SENDER, {"digest": seal.digest(sender)})).one_or_none()
    own = seal.own(bytes(who.key)) if who is not None else seal.new()
    content = {"text": said} if who is not None else {"text": said, "sender": sender}
    given = {
        "gateway": gateway, "digest": seal.digest(key), "now": now, "helper": who.id if who is not None else None,
        "key": None if who is not None else own.wrapped, "sealed": own.seal(content),
    }  # fmt: skip
    return (await tx.connection.execute(_KEEP, given)).one_or_none() is not None


async def understood(tx: Transaction, seal: Seal, *, gateway: str, key: str) -> None:
    """It is an answer now: its words are let go, that it was here is not."""
    await tx.connection.execute(_UNDERSTOOD, {"gateway": gateway, "digest": seal.digest(key)})


async def shown(connection: AsyncConnection, seal: Seal, rooms: Collection[str], *, since: datetime) -> list[Message]:
    """What nobody could make an answer of, newest first: of people in these rosters, and of nobody we know."""
    rows = await connection.execute(_SHOWN, {"rooms": list(rooms), "since": since, "most": MOST})
    return [message for row in rows if (message := _opened(row, seal)) is not None]


def _opened(row: Any, seal: Seal) -> Message | None:
    """None: of somebody who has been erased since."""
    if row.key is None:
        return None
    try:
        content = seal.own(bytes(row.key)).open(bytes(row.sealed))
    except Unreadable:
        return None
    return Message(row.gateway, row.at, row.helper, row.name, content.get("sender"), content["text"])


async def sweep(database: Database, *, before: datetime) -> None:
    async with database.transaction("gateways") as tx:
        await tx.connection.execute(_SWEEP, {"before": before})
