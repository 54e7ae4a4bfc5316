"""The alerts we issued, what the views of schema `ogc` show, and for tipg connections that see as a visitor does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import asyncpg
import orjson
from sqlalchemy import text
from tipg.database import connection_factory

from geodata.store import behalf
from geodata.store.database import Database, StoreUnavailable, Transaction
from service.giving.alert import GivenAlert, digest

MOST = 20_000
NOT_UNDERSTOOD: tuple[type[Exception], ...] = (asyncpg.DataError, asyncpg.SyntaxOrAccessError)
"""What the database says of a filter that asks nonsense."""

_LOCK = "SELECT pg_advisory_xact_lock(7202112)"
_RELEASED = """
    SELECT z.id, z.body, i.body->>'mode' AS mode FROM fact z
    JOIN fact i ON i.kind = 'incident' AND i.origin = z.origin AND i.id = z.body->>'incident'
    WHERE z.kind = 'zone' AND z.origin = :origin AND z.body->>'released' = 'true'
      AND i.body->>'state' NOT IN ('CLOSED', 'ARCHIVED')
      AND (z.body->>'valid_until' IS NULL OR (z.body->>'valid_until')::timestamptz > :now)
    ORDER BY z.id
"""
_NEWEST = """
    SELECT DISTINCT ON (zone) identifier, zone, number, msg_type, sent, digest, content FROM given_alert
    ORDER BY zone, number DESC
"""
_SHOWN = """
    SELECT * FROM (
        SELECT DISTINCT ON (zone) identifier, zone, number, msg_type, sent, content FROM given_alert
        ORDER BY zone, number DESC
    ) newest WHERE msg_type <> 'Cancel' OR sent > :since ORDER BY sent DESC, identifier LIMIT 1000
"""
_ONE = "SELECT identifier, zone, number, msg_type, sent, content FROM given_alert WHERE identifier = :identifier"
_EARLIER = """
    SELECT identifier, sent FROM given_alert WHERE zone = :zone AND number < :number
      AND number > coalesce((SELECT max(number) FROM given_alert
                             WHERE zone = :zone AND number < :number AND msg_type = 'Cancel'), 0)
    ORDER BY number
"""
_ADD = """
    INSERT INTO given_alert (identifier, zone, number, msg_type, sent, digest, content)
    VALUES (:identifier, :zone, :number, :msg_type, :sent, :digest, cast(:content AS jsonb))
"""


async def lock(tx: Transaction) -> None:
    """Issuing is done by one at a time, whichever process."""
    await tx.connection.execute(text(_LOCK))


async def released(tx: Transaction, now: Any, *, origin: str) -> list[Any]:
    """Rows (id, body, mode) of the areas that are to be told of now."""
    return list(await tx.connection.execute(text(_RELEASED), {"now": now, "origin": origin}))


async def newest(tx: Transaction) -> dict[str, Any]:
    """The last message of each area."""
    return {row.zone: row for row in await tx.connection.execute(text(_NEWEST))}


async def add(tx: Transaction, alert: GivenAlert) -> None:
    content = orjson.dumps(alert.content).decode()
    given = {name: getattr(alert, name) for name in ("identifier", "zone", "number", "msg_type", "sent")}
    await tx.connection.execute(text(_ADD), {**given, "digest": digest(alert.content), "content": content})


async def shown(database: Database, since: Any) -> list[GivenAlert]:
    """What is in force, and what ended after `since`; newest first."""
    async with database.reading() as connection:
        return [_alert(row) for row in await connection.execute(text(_SHOWN), {"since": since})]


async def one(database: Database, identifier: str) -> GivenAlert | None:
    """With what it replaces."""
    async with database.reading() as connection:
        row = (await connection.execute(text(_ONE), {"identifier": identifier})).first()
        if row is None:
            return None
        earlier = await connection.execute(text(_EARLIER), {"zone": row.zone, "number": row.number})
        return _alert(row, tuple((found.identifier, found.sent) for found in earlier))


async def features(database: Database, rooms: Collection[str], layer: str) -> list[bytes]:
    """GeoJSON features of a view of schema `ogc` for somebody who may see these rooms."""
    query = f"""
        SELECT convert_to(ST_AsGeoJSON(v, 'geom', 6), 'UTF8') FROM ogc.{layer} v
        WHERE v.room = ANY(:rooms) ORDER BY v.id LIMIT {MOST}
    """
    async with database.reading(rooms) as connection:
        found = await connection.execute(text(query), {"rooms": database.asked(rooms)})
        return [bytes(row[0]) for row in found]


def _alert(row: Any, earlier: tuple[Any, ...] = ()) -> GivenAlert:
    return GivenAlert(row.identifier, row.zone, row.number, row.msg_type, row.sent, row.content, earlier)


seeing: ContextVar[frozenset[str]] = ContextVar("seeing", default=frozenset())
"""The rooms of whoever asks tipg, for the length of the request."""


class VisitorPool:
    """What tipg takes for its pool: each connection sees what `seeing` names and can change nothing."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Raises OSError or asyncpg.PostgresError."""
        self._pool = await asyncpg.create_pool(
            self._url, min_size=0, max_size=4, init=connection_factory(["ogc"], "pg_temp"), command_timeout=20
        )

    async def close(self) -> None:
        if self._pool:
            await self._pool.close()
            self._pool = None

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.Connection]:
        """Raises StoreUnavailable."""
        if self._pool is None:
            raise StoreUnavailable(StoreUnavailable.__doc__)
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute(behalf.naming(seeing.get(), (), local=True))
            await connection.execute(f"SET LOCAL ROLE {behalf.ROLE}; SET LOCAL statement_timeout = '10s'")
            yield connection
