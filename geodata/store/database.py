"""The unit of work and its commit-ordered log.

Sequence numbers are handed out when a row is inserted, but rows become visible when their transaction commits, so a
follower that asks for `seq > last` overtakes slow writers and never sees their changes (measured: a third lost with
eight writers). Therefore a `Transaction` collects its changes in memory. On leaving it takes one advisory lock, brings
the `fact` rows up to date, appends to the log, notifies and commits. Whoever holds the lock commits before the next
one gets numbers: what is visible of the log is always a prefix. Application code never commits. The lock comes before
the facts, not only before the append: two transactions that put and drop the same refs would else wait for each other
in a circle (seen with eight writers).

Only what really changed is logged: a put that says nothing new and a drop of what is not there leave no line.
The NOTIFY has no payload and only shortens a follower's wait; followers also ask each second (`changes.follow`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import shapely
from psycopg.errors import DiskFull
from shapely.geometry import shape
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from geodata.model.body import to_body
from geodata.model.fact import Fact
from geodata.model.ref import Ref

APPEND_LOCK = 7_202_107
CHANNEL = "change"

_PUT = text("""
    INSERT INTO fact AS f (ref, origin, kind, id, room, source, as_of, provenance, body, extent, geom)
    SELECT ref, origin, kind, id, room, source, as_of::timestamptz, provenance::jsonb, body::jsonb,
           CASE WHEN extent = '' THEN NULL ELSE extent::float8[] END, ST_GeomFromWKB(geom, 4326)
    FROM unnest(cast(:ref AS text[]), cast(:origin AS text[]), cast(:kind AS text[]), cast(:id AS text[]),
                cast(:room AS text[]), cast(:source AS text[]), cast(:as_of AS text[]), cast(:provenance AS text[]),
                cast(:body AS text[]), cast(:extent AS text[]), cast(:geom AS bytea[]))
         AS g (ref, origin, kind, id, room, source, as_of, provenance, body, extent, geom)
    ON CONFLICT (ref) DO UPDATE SET
        room = excluded.room, source = excluded.source, as_of = excluded.as_of, provenance = excluded.provenance,
        body = excluded.body, extent = excluded.extent, geom = excluded.geom
    WHERE (f.room, f.source, f.body) IS DISTINCT FROM (excluded.room, excluded.source, excluded.body)
       OR (f.as_of IS DISTINCT FROM excluded.as_of AND NOT excluded.ref = ANY(cast(:timeless_refs AS text[])))
    RETURNING f.ref
""")

_DROP = text("""
    DELETE FROM fact WHERE ref = ANY(cast(:ref AS text[])) RETURNING ref, room, extent
""")

_APPEND = text("""
    INSERT INTO change (ref, op, room, actor, provenance, body, extent)
    SELECT ref, 'put', room, :actor, provenance, body, extent FROM fact WHERE ref = ANY(cast(:puts AS text[]))
    UNION ALL
    SELECT ref, 'drop', room, :actor, NULL, NULL, CASE WHEN extent = '' THEN NULL ELSE extent::float8[] END
    FROM unnest(cast(:drops AS text[]), cast(:rooms AS text[]), cast(:extents AS text[])) AS d (ref, room, extent)
""")


class StoreError(Exception):
    """The store could not do what was asked. Nothing was written."""


class StoreUnavailable(StoreError):
    """The database does not answer. Nothing was written; try again."""


class StoreFull(StoreError):
    """The disk is full. Nothing was written; reading still works."""


class Transaction:
    """One unit of work. `put` and `drop` are collected, the last one per ref counts, and are written on leaving."""

    def __init__(self, connection: AsyncConnection, actor: str) -> None:
        self.connection = connection
        self.actor = actor
        self.logged = 0
        self._puts: dict[str, tuple[Fact, bool]] = {}
        self._drops: set[str] = set()

    def put(self, fact: Fact, *, timeless: bool = False) -> None:
        """`timeless`: a newer `as_of` alone is no news (a station's name does not age)."""
        key = str(fact.ref)
        self._drops.discard(key)
        self._puts[key] = (fact, timeless)

    def drop(self, ref: Ref) -> None:
        key = str(ref)
        self._puts.pop(key, None)
        self._drops.add(key)

    async def write(self) -> None:
        """Bring the facts up to date and append to the log, under the lock. The caller commits next."""
        if not self._puts and not self._drops:
            return
        connection = self.connection
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})
        changed: list[str] = []
        gone: list[Any] = []
        if self._puts:
            changed = list((await connection.execute(_PUT, _columns(self._puts))).scalars())
        if self._drops:
            gone = list(await connection.execute(_DROP, {"ref": list(self._drops)}))
        if not changed and not gone:
            return
        await connection.execute(
            _APPEND,
            {
                "actor": self.actor,
                "puts": changed,
                "drops": [row.ref for row in gone],
                "rooms": [row.room for row in gone],
                "extents": [_extent(row.extent) for row in gone],
            },
        )
        await connection.execute(text(f"NOTIFY {CHANNEL}"))
        self.logged = len(changed) + len(gone)


class Database:
    """One PostgreSQL database. Writing goes through `transaction`, reading through `reading`."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=False,
            pool_timeout=10,
            connect_args={
                "options": "-c timezone=UTC -c idle_in_transaction_session_timeout=30000",
                "connect_timeout": 5,
            },
        )
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def transaction(self, actor: str) -> AsyncIterator[Transaction]:
        """Raises StoreUnavailable or StoreFull; then nothing of the transaction was written, unless the connection
        broke while committing: retry with the same idempotency key, as facts and keys are written together."""
        with _translated():
            async with self.engine.connect() as connection, connection.begin():
                transaction = Transaction(connection, actor)
                yield transaction
                await transaction.write()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection without a transaction: one statement sees one moment. Raises StoreUnavailable."""
        with _translated():
            async with self._reading.connect() as connection:
                yield connection

    async def close(self) -> None:
        await self.engine.dispose()


def sqlalchemy_url(url: str) -> str:
    """`postgresql://…` as libpq writes it, for SQLAlchemy with psycopg."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)


class _translated:
    """Turns driver errors into the store's own."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError):
            if isinstance(error.orig, DiskFull):
                raise StoreFull(StoreFull.__doc__) from error
            if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
                raise StoreUnavailable(f"{StoreUnavailable.__doc__} ({error.orig})") from error
        if isinstance(error, TimeoutError):
            raise StoreUnavailable(StoreUnavailable.__doc__) from error


def _extent(box: Any) -> str:
    return "{" + ",".join(repr(float(v)) for v in box) + "}" if box is not None else ""


def _columns(puts: dict[str, tuple[Fact, bool]]) -> dict[str, list[Any]]:
    facts = [fact for fact, _ in puts.values()]
    return {
        "ref": list(puts),
        "origin": [f.ref.origin for f in facts],
        "kind": [f.ref.kind for f in facts],
        "id": [f.ref.id for f in facts],
        "room": [f.room for f in facts],
        "source": [f.provenance.source for f in facts],
        "as_of": [f.provenance.as_of.isoformat() for f in facts],
        "provenance": [orjson.dumps(to_body(f.provenance)).decode() for f in facts],
        "body": [orjson.dumps(f.body).decode() for f in facts],
        "extent": [_extent(f.extent or (f.geometry.bbox if f.geometry else None)) for f in facts],
        "geom": [shapely.to_wkb(shape(f.geometry.as_geojson())) if f.geometry else None for f in facts],
        "timeless_refs": [ref for ref, (_, timeless) in puts.items() if timeless],
    }
