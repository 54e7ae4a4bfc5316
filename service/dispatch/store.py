"""Reports taken already, names that nobody knows, and what somebody may write who reports for an organisation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import text

from geodata.store import feeds as feed_store
from geodata.store.database import Database, Transaction

UNKNOWN = "dispatch"
"""Under this source's name, what nobody knows is kept aside."""
MOST_UNKNOWN = 1_000
KEPT = timedelta(days=3)

_REMEMBER = text("""
    INSERT INTO dispatch_report (sender, digest)
    SELECT :sender, digest FROM unnest(cast(:digests AS bytea[])) AS given (digest)
    ON CONFLICT DO NOTHING RETURNING digest
""")
_ROOMS = text("""
    SELECT m.room, m.can_write AND r.closed_at IS NULL AS may_write
    FROM organisation o JOIN room_member m ON m.kind = 'organisation' AND m.member = o.id JOIN room r ON r.id = m.room
    WHERE o.id = :organisation AND o.closed_at IS NULL AND (m.until IS NULL OR m.until > now())
""")
_FEWER = text("""
    DELETE FROM raw_item WHERE feed = :feed AND id NOT IN (
        SELECT id FROM raw_item WHERE feed = :feed ORDER BY last_seen DESC, id DESC LIMIT :most)
""")


def digest(id: str) -> bytes:
    return blake2b(id.encode(), digest_size=16).digest()


async def remember(tx: Transaction, sender: str, ids: Collection[str]) -> set[str]:
    """Those of the ids that this sender had not sent before; they count as sent once the transaction commits."""
    by_digest = {digest(id): id for id in ids}
    given = {"sender": sender, "digests": sorted(by_digest)}
    return {by_digest[bytes(row.digest)] for row in await tx.connection.execute(_REMEMBER, given)}


async def rooms_of(database: Database, organisation: str) -> tuple[frozenset[str], frozenset[str]]:
    """The rooms that an organisation sees, and those in which it writes."""
    async with database.reading() as connection:
        rows = (await connection.execute(_ROOMS, {"organisation": organisation})).all()
    return frozenset(row.room for row in rows), frozenset(row.room for row in rows if row.may_write)


async def keep_unknown(database: Database, unknown: Sequence[tuple[str, str, str]], now: datetime) -> None:
    """Keep names as (name, reason, the report); the same one again is counted, not doubled."""
    async with database.transaction(f"feed:{UNKNOWN}") as tx:
        await feed_store.keep_aside(tx, UNKNOWN, unknown, now)


async def listed_unknown(database: Database) -> list[dict[str, Any]]:
    """Names that nobody knows, the latest first."""
    return await feed_store.kept_aside(database, UNKNOWN, limit=200)


async def sweep(database: Database) -> None:
    """Let go of the ids of old reports, and of all but the latest unknown names."""
    async with database.reading() as connection:
        old = text("DELETE FROM dispatch_report WHERE at < clock_timestamp() - cast(:kept AS interval)")
        await connection.execute(old, {"kept": KEPT})
        await connection.execute(_FEWER, {"feed": UNKNOWN, "most": MOST_UNKNOWN})


_ORGANISATION = text("""
    INSERT INTO organisation (id, name, kind, ars) VALUES (:id, :name, :kind, :ars) ON CONFLICT DO NOTHING
""")
_ROOM = text("INSERT INTO room (id, name, note) VALUES (:room, :name, 'Bestand / stock')")
_OWNER = text("INSERT INTO room_member VALUES (:room, 'organisation', :organisation, true, true, NULL)")
_EVERYONE = text("INSERT INTO room_member VALUES (:room, 'everyone', '*', true, false, NULL)")


async def found_organisation(tx: Transaction, id: str, name: str, kind: str, ars: str, room: str) -> bool:
    """An organisation with the room of its stock; false if there is one of this id or name already."""
    given = {"id": id, "name": name, "kind": kind, "ars": ars}
    if not (await tx.connection.execute(_ORGANISATION, given)).rowcount:
        return False
    await tx.connection.execute(_ROOM, {"room": room, "name": f"Bestand {name}"})
    return True


async def admit(tx: Transaction, room: str, organisation: str, *, everyone: bool) -> None:
    """Its owner, who writes and shares on; with `everyone` all who are signed in write there too."""
    await tx.connection.execute(_OWNER, {"room": room, "organisation": organisation})
    if everyone:
        await tx.connection.execute(_EVERYONE, {"room": room})
