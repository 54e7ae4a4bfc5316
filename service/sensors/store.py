"""Who may send uplinks: secrets of which only the SHA-256 is kept."""

from __future__ import annotations

import hmac
import secrets
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import text

from geodata.store.database import Database
from service.access.audit.store import note
from service.access.store import digest
from service.access.visitor import Visitor

_USED = text("UPDATE sensor_key SET used_at = :now WHERE id = :id AND (used_at IS NULL OR used_at < :minute)")


async def make_key(database: Database, who: Visitor, source: str, now: datetime) -> tuple[str, str]:
    """Id and secret of a new key; the secret is told once."""
    id, secret = str(uuid.uuid4()), secrets.token_urlsafe(24)
    statement = text("""
        INSERT INTO sensor_key (id, source, digest, made_at, made_by) VALUES (:id, :source, :digest, :now, :by)
    """)
    async with database.transaction(who.actor) as tx:
        given = {"id": id, "source": source, "digest": digest(secret), "now": now, "by": who.actor}
        await tx.connection.execute(statement, given)
        await note(tx.connection, who, "sensor_key.add", f"sensor_key:{id}", {"source": source})
    return id, secret


async def revoke_key(database: Database, who: Visitor, id: str) -> bool:
    """Whether there was one."""
    async with database.transaction(who.actor) as tx:
        gone = await tx.connection.execute(text("DELETE FROM sensor_key WHERE id = :id"), {"id": id})
        if gone.rowcount:
            await note(tx.connection, who, "sensor_key.remove", f"sensor_key:{id}")
    return bool(gone.rowcount)


async def keys(database: Database) -> list[dict[str, Any]]:
    statement = text("SELECT id, source, made_at, used_at FROM sensor_key ORDER BY source, made_at LIMIT 500")
    async with database.reading() as connection:
        return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def key_of(database: Database, source: str) -> list[tuple[str, bytes]]:
    """Id and digest of the keys that hold for a source."""
    statement = text("SELECT id, digest FROM sensor_key WHERE source = :source")
    async with database.reading() as connection:
        return [(row.id, bytes(row.digest)) for row in await connection.execute(statement, {"source": source})]


def matching(held: list[tuple[str, bytes]], secret: str) -> str | None:
    """The id of the key with this secret. Takes as long whichever of them it is, and if it is none."""
    said, found = digest(secret), None
    for id, kept in held:
        if hmac.compare_digest(kept, said):
            found = id
    return found


async def used(database: Database, id: str, now: datetime, minute: datetime) -> None:
    """Remember when a key was last used, to the minute."""
    async with database.reading() as connection:
        await connection.execute(_USED, {"id": id, "now": now, "minute": minute})
