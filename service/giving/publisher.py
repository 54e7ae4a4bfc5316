"""Issues a message when an area is released, when what it says changes, and when it is over."""

from __future__ import annotations

from datetime import datetime

from geodata.model.clock import Clock
from geodata.store.database import Database
from service.giving import store
from service.giving.alert import GivenAlert, digest, said


class Publisher:
    def __init__(self, database: Database, clock: Clock, *, origin: str) -> None:
        self.database, self.clock, self.origin = database, clock, origin

    async def issue(self) -> list[GivenAlert]:
        """Whatever is due, each message once, however many processes ask. Raises StoreUnavailable."""
        now = self.clock.now()
        async with self.database.transaction("giving") as tx:
            await store.lock(tx)
            before = await store.newest(tx)
            due: list[GivenAlert] = []
            current = set()
            for zone in await store.released(tx, now, origin=self.origin):
                current.add(zone.id)
                content, last = said(zone.body, zone.mode), before.get(zone.id)
                if last is None or last.msg_type == "Cancel":
                    due.append(self._next(zone.id, last.number if last else 0, "Alert", now, content))
                elif last.digest != digest(content):
                    due.append(self._next(zone.id, last.number, "Update", now, content))
            for zone_id, last in before.items():
                if zone_id not in current and last.msg_type != "Cancel":
                    due.append(self._next(zone_id, last.number, "Cancel", now, last.content))
            for alert in due:
                await store.add(tx, alert)
        return due

    def _next(self, zone: str, before: int, msg_type: str, now: datetime, content: dict[str, object]) -> GivenAlert:
        number = before + 1
        return GivenAlert(f"{self.origin}.zone.{zone}.{number}", zone, number, msg_type, now, content)
