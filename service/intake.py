"""Where the feeds' facts enter the store."""

from __future__ import annotations

import msgspec

from feeds.contract import Batch, Polled
from feeds.health import FeedHealth
from geodata.model.body import to_body
from geodata.model.clock import Clock
from geodata.model.fact import PUBLIC, Confidence, Fact, Provenance
from geodata.model.observation import Forecast
from geodata.model.ref import Ref
from geodata.store import extents, features, observations, stations, warnings
from geodata.store import feeds as feed_store
from geodata.store.database import Database, Transaction

REPLAY = ":replay"
"""Behind a source's name: this came from a recorded file that somebody played again, not from the source itself."""


class Intake:
    """The sink of the feed runner: one batch, at most two transactions, the log tells what was new."""

    def __init__(self, database: Database, origin: str, clock: Clock) -> None:
        self.database = database
        self.origin = origin
        self.clock = clock

    async def deliver(self, feed: Polled, batch: Batch, *, replayed: bool = False) -> None:
        """Raises StoreError; then the runner delivers the same batch again.

        What was `replayed` is marked so; a whole statement of the source itself ends it."""
        now = self.clock.now()
        source = f"{feed.name}{REPLAY}" if replayed else feed.name
        actor = f"feed:{source}"
        if batch.stations:
            async with self.database.transaction(actor) as tx:
                await stations.record(tx, self.origin, batch.stations, source=source, received_at=now)
        async with self.database.transaction(actor) as tx:
            kept = [(d.item, d.reason, d.raw) for d in batch.dropped]
            if batch.observations:
                recorded = await observations.record(
                    tx, self.origin, batch.observations, source=source, received_at=now
                )
                kept += [(f"{o.station}.{o.quantity}", reason, "") for o, reason in recorded.refused]
            for forecast in batch.forecasts:
                tx.put(self._forecast(forecast, source))
            await self._warnings(tx, source, batch)
            await extents.withdraw(tx, self.origin, batch.withdrawn)
            await extents.record(tx, self.origin, batch.extents, source=source, received_at=now)
            not_taken = await features.record(
                tx, self.origin, batch.features, source=source, received_at=now,
                all_features=batch.all_features, still=batch.still_in_force,
            )  # fmt: skip
            if batch.all_features:
                stated = {f.key for f in batch.features} | batch.still_in_force
                again = f"{feed.name}{REPLAY}"
                await features.record(
                    tx, self.origin, [], source=again, received_at=now, all_features=True, still=stated
                )
            kept += [(f.title or f.key, reason, f.key) for f, reason in not_taken]
            await feed_store.keep_aside(tx, feed.name, kept, now)

    async def report(self, health: FeedHealth) -> None:
        async with self.database.transaction(f"feed:{health.name}") as tx:
            feed_store.report(tx, self.origin, health.name, to_body(health), self.clock.now())

    async def known_health(self) -> dict[str, FeedHealth]:
        """What was last reported of each source, so that a restart does not forget since when it is silent."""
        known = {}
        for name, body in (await feed_store.bodies(self.database)).items():
            try:
                known[name] = msgspec.convert(body, FeedHealth)
            except msgspec.ValidationError:
                continue  # written by another version: the next poll writes it anew
        return known

    async def _warnings(self, tx: Transaction, source: str, batch: Batch) -> None:
        now = self.clock.now()
        if batch.warnings:
            await warnings.record(tx, self.origin, batch.warnings, source=source, received_at=now)
        if batch.complete:
            in_force = {w.key for w in batch.warnings} | batch.still_in_force
            await warnings.end_others(tx, self.origin, source, in_force)
            await warnings.end_others(tx, self.origin, f"{source}{REPLAY}", in_force)

    def _forecast(self, forecast: Forecast, source: str) -> Fact:
        return Fact(
            Ref(self.origin, "forecast", f"{forecast.station}.{forecast.quantity}"),
            PUBLIC,
            Provenance(source, forecast.issued_at, self.clock.now(), Confidence.FORECAST),
            to_body(forecast),
        )
