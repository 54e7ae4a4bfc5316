"""Watches the engine: every alarm really ends, everybody in one that has ended has exactly one end state, nothing waits
much longer than decided. What it finds it repairs, and says so."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import structlog

from alerting.store import auditing
from geodata.model.clock import Clock
from geodata.store.database import Database, StoreError

log = structlog.get_logger()

EVERY = 10.0
LATE = 60.0
"""Seconds after which what is due and not done means that the engine stalls."""
CLOSES_AFTER = timedelta(hours=24)
"""An alarm that is over stays open so long for late answers and for being called once more."""


class Auditor:
    def __init__(self, database: Database, clock: Clock, *, origin: str) -> None:
        self.database, self.clock, self.origin = database, clock, origin
        self._late_since: float | None = None
        self._looked: float | None = None

    def content(self) -> bool:
        """It looks, and nothing has been late for longer than a minute. Else the engine counts as stalled."""
        now = time.monotonic()
        looks = self._looked is not None and now - self._looked < 3 * EVERY
        return looks and (self._late_since is None or now - self._late_since < LATE)

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("auditor waits for the database", error=str(error))
            await asyncio.sleep(EVERY)

    async def look(self) -> auditing.Found:
        """One round; what it found and repaired."""
        now = self.clock.now()
        async with self.database.transaction("auditor") as tx:
            found = await auditing.look(tx, origin=self.origin, now=now, closes_before=now - CLOSES_AFTER)
        late = found.late and self.clock.speed > 0
        self._late_since = (self._late_since or time.monotonic()) if late else None
        self._looked = time.monotonic()
        if found.repaired or found.late:
            log.warning("alarms audited", settled=found.settled, stuck=found.stuck, late=found.late)
        return found
