"""Reading without detours: prepared statements, binary results, connections of its own.

For the few reads that are asked for all the time and whose own work takes less than a millisecond or brings tens of
thousands of rows (tiles, the picture). SQLAlchemy's pool and text results would cost as much again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, LiteralString
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import event

from geodata.store.behalf import ROLE, listed, naming
from geodata.store.database import Database, StoreUnavailable

_Connection = psycopg.AsyncConnection[Any]

TIMEOUT = 10_000
"""Milliseconds after which PostgreSQL gives a statement up."""


class Swift:
    """At most `at_once` statements beside each other, the others wait. Ends with its database."""

    def __init__(self, database: Database, *, at_once: int = 4) -> None:
        self._url = database.url
        self._turn = asyncio.Semaphore(at_once)
        self._idle: dict[bool, list[_Connection]] = {False: [], True: []}
        self._named: WeakKeyDictionary[_Connection, str] = WeakKeyDictionary()
        event.listen(database.engine.sync_engine, "engine_disposed", self._end)

    async def rows(
        self, statement: LiteralString, given: Mapping[str, object], *, see: Collection[str] | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows; text columns as str, bytea as bytes. With `see` on behalf of somebody who sees these rooms.

        Raises StoreUnavailable."""
        idle = self._idle[see is not None]
        async with self._turn:
            while True:
                connection = idle.pop() if idle else None
                fresh = connection is None
                try:
                    connection = connection or await self._connect(see is not None)
                    if see is not None:
                        await self._name(connection, see)
                    async with connection.cursor(binary=True) as cursor:
                        await cursor.execute(statement, given, prepare=True)
                        return await cursor.fetchall()
                except psycopg.OperationalError as error:
                    if connection is None or fresh or not connection.closed:
                        raise StoreUnavailable(f"{StoreUnavailable.__doc__} ({error})") from error
                    # It was lost while it lay idle: the next one, at last a fresh one, may do.
                finally:
                    await self._give_back(connection, idle)

    async def _name(self, connection: _Connection, see: Collection[str]) -> None:
        """The rooms stay named on a connection; mostly the next visitor sees the same."""
        wanted = listed(see)
        if self._named.get(connection) != wanted:
            self._named.pop(connection, None)  # whoever is cancelled while naming leaves it unknown what is named
            await connection.execute(naming(see, local=False))
            self._named[connection] = wanted

    async def _connect(self, on_behalf: bool) -> _Connection:
        role = f" -c role={ROLE}" if on_behalf else ""
        return await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=5,
            options=f"-c timezone=UTC -c statement_timeout={TIMEOUT} -c max_parallel_workers_per_gather=0{role}",
        )

    async def _give_back(self, connection: _Connection | None, idle: list[_Connection]) -> None:
        if connection is None:
            return
        if connection.closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
            await connection.close()
        else:
            idle.append(connection)

    def _end(self, engine: object) -> None:
        """From SQLAlchemy, which cannot wait: the sockets are closed directly."""
        for idle in self._idle.values():
            while idle:
                idle.pop().pgconn.finish()


_KNOWN: WeakKeyDictionary[Database, Swift] = WeakKeyDictionary()


def swift_of(database: Database) -> Swift:
    """The one that this database's readers share."""
    found = _KNOWN.get(database)
    if found is None:
        found = _KNOWN[database] = Swift(database)
    return found
