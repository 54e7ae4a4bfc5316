"""How far a layer has come: a text that is another one after anything in it changed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from sqlalchemy import text

from geodata.store.database import Database
from geodata.store.tiles import Layer

_START = text("""
    SELECT (SELECT oid FROM pg_database WHERE datname = current_database()) AS database,
           (SELECT coalesce(sum(revision), 0) FROM land_source) AS land,
           (SELECT coalesce(max(seq), 0) FROM change) AS newest
""")
_NEWS = text("""
    SELECT split_part(ref, '/', 2) AS kind, max(seq) AS newest FROM change WHERE seq > :cursor GROUP BY 1
""")


class Revisions:
    """Asks the database at most once in `every` seconds, whoever asks how often. A revision holds the database's own
    number, because an exercise starts with a fresh log whose sequence numbers have been seen before."""

    def __init__(self, database: Database, *, every: float = 1.0) -> None:
        self._database = database
        self._every = every
        self._asked = float("-inf")
        self._lock = asyncio.Lock()
        self._identity = 0
        self._land = 0
        self._start = 0
        self._cursor = 0
        self._kinds: Counter[str] = Counter()

    async def of(self, layer: Layer) -> str:
        """Raises StoreUnavailable."""
        if time.monotonic() - self._asked > self._every:
            async with self._lock:
                if time.monotonic() - self._asked > self._every:
                    await self._ask()
        if layer.kind is None:
            return f"{self._identity:x}.{self._land}"
        return f"{self._identity:x}.{max(self._start, self._kinds[layer.kind])}"

    async def _ask(self) -> None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_START)).one()
            if (row.database, self._cursor > row.newest) != (self._identity, False):
                self._identity, self._start, self._cursor = row.database, row.newest, row.newest
                self._kinds.clear()
            self._land = row.land
            if row.newest > self._cursor:
                for kind, newest in await connection.execute(_NEWS, {"cursor": self._cursor}):
                    self._kinds[kind] = max(self._kinds[kind], newest)
                    self._cursor = max(self._cursor, newest)
        self._asked = time.monotonic()
