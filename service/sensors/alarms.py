"""Silence and batteries: told beside the gauge as a fact of kind `device`, when they begin and when they end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from feeds.health import FeedHealth
from geodata.model.body import to_body
from geodata.model.clock import Clock
from geodata.model.device import SOURCE, Alarm, State, alarms, station_key
from geodata.model.fact import PUBLIC, Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store import devices
from geodata.store import feeds as feed_store
from geodata.store.database import Database, Transaction
from geodata.store.devices import Device

KNOWN_FOR = timedelta(days=8)
"""So long a double is told from a new message."""
STALE_AFTER = timedelta(hours=1)
LATE_AFTER = timedelta(minutes=30)
ASIDE_FOR = timedelta(hours=24)
"""So long the source tells of what was set aside; the list itself keeps it longer."""
EVERY = 60.0


async def tell(tx: Transaction, origin: str, heard: Iterable[Device], now: datetime) -> None:
    """Put what is to be known about the adopted ones of these devices; what has not changed is not told again."""
    changed: dict[str, tuple[str, ...]] = {}
    for device in heard:
        if device.state is not State.ADOPTED or device.adoption is None:
            continue
        raised = alarms(device.standing, device.adoption, now)
        if raised != device.alarms:
            changed[device.id] = raised
        standing = device.standing
        body: dict[str, object] = {
            "station": station_key(device.id),
            "name": device.adoption.name,
            "alarms": list(raised),
            "battery": standing.battery if Alarm.BATTERY in raised else None,
            "battery_unit": standing.battery_unit if Alarm.BATTERY in raised else None,
            "seen": standing.seen if Alarm.SILENT in raised else None,
        }
        provenance = Provenance(SOURCE, now, now, Confidence.CONFIRMED)
        tx.put(Fact(Ref(origin, "device", station_key(device.id)), PUBLIC, provenance, lean(body)), timeless=True)
    await devices.say_alarms(tx, changed)


def lean(body: dict[str, object]) -> dict[str, object]:
    """As `to_body` writes it."""
    return {
        k: v.isoformat().replace("+00:00", "Z") if isinstance(v, datetime) else v
        for k, v in body.items()
        if v is not None
    }


class Watch:
    """Each minute: who has gone silent, how the sensors as a whole are doing, and what need not be known any more."""

    def __init__(self, database: Database, clock: Clock, *, origin: str, operator: str) -> None:
        self.database, self.clock, self.origin, self.operator = database, clock, origin, operator

    async def look(self) -> None:
        """Raises StoreError."""
        now = self.clock.now()
        known = await devices.listed(self.database)
        adopted = [device for device in known if device.state is State.ADOPTED]
        aside = await feed_store.aside_since(self.database, SOURCE, now - ASIDE_FOR)
        async with self.database.transaction(f"feed:{SOURCE}") as tx:
            await tell(tx, self.origin, adopted, now)
            await devices.forget_old(tx, now - KNOWN_FOR)
            if adopted or aside:
                health = self._health(adopted, adopted or known, aside, now)
                feed_store.report(tx, self.origin, SOURCE, to_body(health), now)
            else:
                tx.drop(Ref(self.origin, "feed", SOURCE))

    def _health(
        self, adopted: list[Device], heard: list[Device], aside: dict[str, int], now: datetime
    ) -> FeedHealth:  # fmt: skip
        return FeedHealth(
            name=SOURCE,
            title="Eigene Sensoren",
            publisher=self.operator,
            licence="intern",
            attribution=self.operator,
            home="",
            every=EVERY,
            late_after=LATE_AFTER.total_seconds(),
            stale_after=STALE_AFTER.total_seconds(),
            last_try=now,
            last_success=max((device.standing.seen for device in heard), default=None),
            newest=max((d.standing.newest for d in heard if d.standing.newest), default=None),
            items=len(adopted),
            dropped=sum(aside.values()),
            dropped_reasons=aside,
            pushed=True,
        )
