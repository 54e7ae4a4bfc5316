"""The unit of work and its commit-ordered log.

Sequence numbers are handed out when a row is inserted, but rows become visible when their transaction commits, so a
follower that asks for `seq > last` overtakes slow writers and never sees their changes (measured: a third lost with
eight writers). Therefore a `Transaction` collects its changes in memory. On leaving it takes one advisory lock, brings
the `fact` rows up to date, appends to the log, notifies and commits. Whoever holds the lock commits before the next
one gets numbers: what is visible of the log is always a prefix. Application code never commits. The lock comes before
the facts, not only before the append: two transactions that put and drop the same refs would else wait for each other
in a circle (seen with eight writers).

Only what really changed is logged: a put that says nothing new and a drop of what is not there leave no line.
A thing that changes its room leaves a drop in the old room just before the put in the new one.
The NOTIFY has no payload and only shortens a follower's wait; followers also ask each second (`changes.follow`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import psycopg
import shapely
import structlog
from psycopg.errors import DiskFull, InsufficientPrivilege
from shapely.geometry import shape
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from geodata.model.body import to_body
from geodata.model.fact import Fact
from geodata.model.ref import Ref
from geodata.store import behalf, partitions

log = structlog.get_logger(__name__)

APPEND_LOCK = 7_202_107
CHANNEL = "change"
PAGE_BYTES = 16_000_000

# Own statement, so that the next one sees what the lock's last holder has committed.
_LOCK = f"SELECT pg_advisory_xact_lock({APPEND_LOCK})"

# One statement brings the facts up to date and appends what really changed: what is written is not looked up again.
# jsonb_to_recordset takes all facts as one parameter; nine text arrays of 5,000 cost twice as much.
_WRITE = f"""
    WITH given AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(cast(%(puts)s AS jsonb)) AS g (
            ref text, origin text, kind text, id text, room text, source text, as_of timestamptz, provenance jsonb,
            body jsonb, extent float8[], geom text)
    ), leaving AS (
        SELECT f.ref, f.room, f.extent FROM given JOIN fact f ON f.ref = given.ref AND f.room <> given.room
    ), put AS (
        INSERT INTO fact AS f (ref, origin, kind, id, room, source, as_of, provenance, body, extent, geom)
        SELECT ref, origin, kind, id, room, source, as_of, provenance, body, extent,
               ST_GeomFromWKB(decode(geom, 'hex'), 4326)
        FROM given
        ON CONFLICT (ref) DO UPDATE SET
            room = excluded.room, source = excluded.source, as_of = excluded.as_of, provenance = excluded.provenance,
            body = excluded.body, extent = excluded.extent, geom = excluded.geom
        WHERE (f.room, f.source, f.body) IS DISTINCT FROM (excluded.room, excluded.source, excluded.body)
           OR (f.as_of IS DISTINCT FROM excluded.as_of AND NOT excluded.ref = ANY(cast(%(timeless)s AS text[])))
        RETURNING ref, room, provenance, body, extent
    ), gone AS (
        DELETE FROM fact WHERE ref = ANY(cast(%(drops)s AS text[])) RETURNING ref, room, extent
    ), appended AS (
        INSERT INTO change (ref, op, room, actor, provenance, body, extent)
        SELECT ref, 'drop', room, %(actor)s, NULL::jsonb, NULL::jsonb, extent FROM leaving
        UNION ALL
        SELECT ref, 'put', room, %(actor)s, provenance, body, extent FROM put
        UNION ALL
        SELECT ref, 'drop', room, %(actor)s, NULL, NULL, extent FROM gone
        RETURNING seq
    )
    SELECT count(*), max(seq), CASE WHEN count(*) > 0 THEN pg_notify('{CHANNEL}', '')::text END FROM appended
"""

Connection = AsyncConnection
"""What a store's functions are given: of `Database.reading`, or of a transaction."""


class StoreError(Exception):
    """The store could not do what was asked. Nothing was written."""


class StoreUnavailable(StoreError):
    """The database does not answer. Nothing was written; try again."""


class StoreRefused(StoreError):
    """You may not write into this room. Nothing was written."""


class ValueRefused(StoreError):
    """The database cannot hold a value, such as a text with NUL in it. Nothing was written."""


class StoreFull(StoreError):
    """The disk is full. Nothing was written; reading still works."""


class Transaction:
    """One unit of work. `put` and `drop` are collected, the last one per ref counts, and are written on leaving."""

    def __init__(self, connection: AsyncConnection, actor: str) -> None:
        self.connection = connection
        self.actor = actor
        self.logged = 0
        self.newest: int | None = None
        """Sequence number of the last change of this transaction, once written."""
        self._puts: dict[str, tuple[Fact, bool]] = {}
        self._drops: set[str] = set()
        self._after: list[Callable[[], None]] = []

    def put(self, fact: Fact, *, timeless: bool = False) -> None:
        """`timeless`: a newer `as_of` alone is no news (a station's name does not age)."""
        key = str(fact.ref)
        self._drops.discard(key)
        self._puts[key] = (fact, timeless)

    def drop(self, ref: Ref) -> None:
        key = str(ref)
        self._puts.pop(key, None)
        self._drops.add(key)

    def touches(self, ref: str) -> bool:
        """Whether this transaction is about to put or drop it."""
        return ref in self._puts or ref in self._drops

    def pending(self, ref: str) -> Fact | None:
        """The fact about to be written under this ref, if any."""
        put = self._puts.get(ref)
        return put[0] if put else None

    def on_commit(self, call: Callable[[], None]) -> None:
        """Call this once the transaction is committed, never if it fails: for what is remembered in the process."""
        self._after.append(call)

    async def write(self, *, commit: bool = False) -> None:
        """Bring the facts up to date and append to the log, under the lock; then commit, or the caller does so next.

        Everything goes out at once (pipeline) and waits at the server: while it holds the lock it waits for nobody,
        not even for this process to wake up (eight writers on a busy machine: half as many commits/s again).
        """
        if not self._puts and not self._drops:
            return
        pages = list(_pages(self._puts)) or ["[]"]
        timeless = [ref for ref, (_, timeless) in self._puts.items() if timeless]
        drops = list(self._drops)
        driver = (await self.connection.get_raw_connection()).driver_connection
        assert driver is not None
        results = []
        async with driver.pipeline():
            await driver.execute(_LOCK)
            for page in pages:
                given = {"puts": page, "timeless": timeless, "drops": drops, "actor": self.actor}
                results.append(await driver.execute(_WRITE, given))
                drops = []
            if commit:
                await driver.execute("COMMIT")
        for result in results:
            logged, newest, _ = await result.fetchone()
            self.logged += logged
            self.newest = newest or self.newest

    @property
    def drops_something(self) -> bool:
        return bool(self._drops)

    async def check_drops(self) -> None:
        """Raises StoreRefused if something stands where its reader may not write: row-level security passes over it."""
        statement = "SELECT ref FROM fact WHERE ref = ANY(%(refs)s) LIMIT 1"
        if (await self.connection.exec_driver_sql(statement, {"refs": list(self._drops)})).scalar() is not None:
            raise StoreRefused(StoreRefused.__doc__)

    def committed(self) -> None:
        for call in self._after:
            call()


class Database:
    """One PostgreSQL database. Writing goes through `transaction`, reading through `reading`."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.engine: AsyncEngine = _engine(url, pool_size)
        self._log_end = 0
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._moment = self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._behalf = _engine(url, pool_size, role=behalf.ROLE).execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def transaction(
        self, actor: str, *, see: Collection[str] | None = None, write: Collection[str] = ()
    ) -> AsyncIterator[Transaction]:
        """With `see` it runs on behalf of somebody who sees these rooms and writes into `write`.

        Raises StoreRefused if the database refuses a room; StoreUnavailable or StoreFull; then nothing of the
        transaction was written, unless the connection broke while committing: retry with the same idempotency key,
        as facts and keys are written together."""
        with _translated():
            async with self.engine.connect() as connection, connection.begin():
                if see is not None:
                    await connection.exec_driver_sql(f"SET LOCAL ROLE {behalf.ROLE}")
                    await _name(connection, see, write, local=True)
                transaction = Transaction(connection, actor)
                yield transaction
                careful = see is not None and transaction.drops_something
                await transaction.write(commit=not careful)
                if careful:
                    await transaction.check_drops()
            transaction.committed()
            await self._make_room(transaction.newest)

    async def _make_room(self, newest: int | None) -> None:
        """Keep spare partitions of the log in front of it. What was committed stands, whatever happens here."""
        if newest is None or newest < self._log_end - partitions.SPARE * partitions.CHANGES_PER_PARTITION:
            return
        try:
            self._log_end = await partitions.ensure_changes(self.engine, newest)
        except SQLAlchemyError as error:
            log.warning("no new partition for the change log; trying again with the next write", error=str(error))

    @asynccontextmanager
    async def reading(self, rooms: Collection[str] | None = None) -> AsyncIterator[AsyncConnection]:
        """A connection without a transaction: one statement sees one moment. With `rooms` it sees only theirs.

        Raises StoreUnavailable."""
        with _translated():
            if rooms is None:
                async with self._reading.connect() as connection:
                    yield connection
            else:
                async with self._behalf.connect() as connection:
                    await _name(connection, rooms, (), local=False)
                    yield connection

    @asynccontextmanager
    async def moment(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading whose statements all see the same moment. Raises StoreUnavailable."""
        with _translated():
            async with self._moment.connect() as connection, connection.begin():
                yield connection

    def asked(self, rooms: Collection[str]) -> list[str]:
        """What a query asks for, on behalf of somebody who may see these rooms: the application's own check."""
        return sorted(rooms)

    async def close(self) -> None:
        await self.engine.dispose()
        await self._behalf.dispose()


def _engine(url: str, pool_size: int, *, role: str | None = None) -> AsyncEngine:
    under = f" -c role={role}" if role else ""
    return create_async_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        pool_timeout=10,
        connect_args={
            "options": f"-c timezone=UTC -c idle_in_transaction_session_timeout=30000{under}",
            "connect_timeout": 5,
        },
    )


def sqlalchemy_url(url: str) -> str:
    """`postgresql://…` as libpq writes it, for SQLAlchemy with psycopg."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1).replace("postgres://", "postgresql+psycopg://", 1)


_DRIVER = psycopg.InterfaceError | psycopg.OperationalError


async def _name(connection: AsyncConnection, see: Collection[str], write: Collection[str], *, local: bool) -> None:
    await connection.exec_driver_sql(behalf.naming(see, write, local=local))


class _translated:
    """Turns driver errors into the store's own."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        # COPY goes past SQLAlchemy, so the driver's own errors arrive as well.
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, DiskFull):
            raise StoreFull(StoreFull.__doc__) from error
        if isinstance(cause, InsufficientPrivilege):
            raise StoreRefused(StoreRefused.__doc__) from error
        if isinstance(cause, psycopg.DataError):
            raise ValueRefused(f"{ValueRefused.__doc__} ({cause})") from error
        broken = isinstance(error, DBAPIError) and error.connection_invalidated
        if broken or isinstance(error, InterfaceError | OperationalError | _DRIVER):
            raise StoreUnavailable(f"{StoreUnavailable.__doc__} ({cause})") from error
        if isinstance(error, TimeoutError):
            raise StoreUnavailable(StoreUnavailable.__doc__) from error


def _pages(puts: dict[str, tuple[Fact, bool]]) -> Iterator[str]:
    """The facts as JSON arrays, each far below the 256 MB that a jsonb value may have."""
    rows: list[bytes] = []
    size = 0
    for ref, (fact, _) in puts.items():
        row = orjson.dumps(_row(ref, fact))
        if rows and size + len(row) > PAGE_BYTES:
            yield (b"[" + b",".join(rows) + b"]").decode()
            rows, size = [], 0
        rows.append(row)
        size += len(row)
    if rows:
        yield (b"[" + b",".join(rows) + b"]").decode()


def _row(ref: str, fact: Fact) -> dict[str, Any]:
    return {
        "ref": ref,
        "origin": fact.ref.origin,
        "kind": fact.ref.kind,
        "id": fact.ref.id,
        "room": fact.room,
        "source": fact.provenance.source,
        "as_of": fact.provenance.as_of,
        "provenance": to_body(fact.provenance),
        "body": fact.body,
        "extent": fact.extent or (fact.geometry.bbox if fact.geometry else None),
        "geom": shapely.to_wkb(shape(fact.geometry.as_geojson()), hex=True) if fact.geometry else None,
    }
