"""Reading without detours: prepared statements, binary results, connections of its own.

For the few reads that are asked for all the time and whose own work takes less than a millisecond or brings tens of
thousands of rows (tiles, the picture). SQLAlchemy's pool and text results would cost as much again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, LiteralString
from weakref import WeakKeyDictionary

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import event

from geodata.store.database import Database, StoreUnavailable

TIMEOUT = 10_000
"""Milliseconds after which PostgreSQL gives a statement up."""


class Swift:
    """At most `at_once` statements beside each other, the others wait. Ends with its database."""

    def __init__(self, database: Database, *, at_once: int = 4) -> None:
        self._url = database.url
        self._turn = asyncio.Semaphore(at_once)
        self._idle: list[psycopg.AsyncConnection[Any]] = []
        event.listen(database.engine.sync_engine, "engine_disposed", self._end)

    async def rows(self, statement: LiteralString, given: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """All rows; text columns as str, bytea as bytes. Raises StoreUnavailable."""
        async with self._turn:
            while True:
                connection = self._idle.pop() if self._idle else None
                fresh = connection is None
                try:
                    connection = connection or await self._connect()
                    async with connection.cursor(binary=True) as cursor:
                        await cursor.execute(statement, given, prepare=True)
                        return await cursor.fetchall()
                except psycopg.OperationalError as error:
                    if connection is None or fresh or not connection.closed:
                        raise StoreUnavailable(f"{StoreUnavailable.__doc__} ({error})") from error
                    # It was lost while it lay idle: the next one, at last a fresh one, may do.
                finally:
                    await self._give_back(connection)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=5,
            options=f"-c timezone=UTC -c statement_timeout={TIMEOUT} -c max_parallel_workers_per_gather=0",
        )

    async def _give_back(self, connection: psycopg.AsyncConnection[Any] | None) -> None:
        if connection is None:
            return
        if connection.closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
            await connection.close()
        else:
            self._idle.append(connection)

    def _end(self, engine: object) -> None:
        """From SQLAlchemy, which cannot wait: the sockets are closed directly."""
        while self._idle:
            self._idle.pop().pgconn.finish()


_KNOWN: WeakKeyDictionary[Database, Swift] = WeakKeyDictionary()


def swift_of(database: Database) -> Swift:
    """The one that this database's readers share."""
    found = _KNOWN.get(database)
    if found is None:
        found = _KNOWN[database] = Swift(database)
    return found
