"""A status that a person typed runs out: what nobody has confirmed for hours no longer counts as free."""

from __future__ import annotations

from geodata.model.clock import Clock
from geodata.model.fms import availability
from geodata.model.resource import Resource
from geodata.store import resources, things
from geodata.store.database import Database

EVERY = 20.0
"""Seconds between two looks."""


class Lapsing:
    def __init__(self, database: Database, clock: Clock, origin: str) -> None:
        self.database, self.clock, self.origin = database, clock, origin

    async def look(self) -> int:
        """How many were taken back. Raises StoreUnavailable."""
        now = self.clock.now()
        async with self.database.transaction("node") as tx:
            found = await resources.lapsed(tx, now, origin=self.origin)
            count = 0
            for held in found.values():
                resource = things.checked(held.body, Resource)
                if resource.status is None or resource.status.until is None or resource.status.until > now:
                    continue  # somebody has said something since
                left = availability(None, resource.deployment, {}, now)
                fields = {"status": None, "availability": left.value}
                resources.say(tx, held, fields, Resource, at=now, source="node")
                count += 1
        return count
