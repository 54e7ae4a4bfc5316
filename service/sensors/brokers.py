"""MQTT brokers that bring own sensors' messages: held open while the node runs, told of like any other source."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from feeds.contract import Garbled
from feeds.decoding import excerpt
from feeds.health import FeedHealth
from feeds.lorawan.reading import read
from feeds.lorawan.uplink import Uplink
from feeds.mqtt import Broker, Connection
from feeds.mqtt_inbox import Message
from geodata.model.body import to_body
from geodata.model.clock import Clock
from geodata.model.ref import Ref
from geodata.store import feeds as feed_store
from geodata.store.database import Database, StoreError, StoreRefused, ValueRefused
from service.sensors.intake import Intake

PREFIX = "mqtt_"
REPORT_EVERY = 30.0
LOOK_EVERY = 1.0
STALE_AFTER = 300.0
BREATH = 50
"""So many messages are read before others, such as the live map's frames, get their turn."""

log = structlog.get_logger()


Aside = list[tuple[str, str, str]]
"""What was not understood: topic, reason, excerpt."""
Reader = Callable[[Sequence[tuple[str, bytes]]], Awaitable[Aside]]
"""Takes topics and payloads. What it raises means that it could not take them now."""


class Brokers:
    """`run` is for a background loop: it starts again what fails, and ends with it. `readers` by the broker's name take
    messages that are not of own sensors."""

    def __init__(
        self, brokers: Iterable[Broker], intake: Intake, clock: Clock, readers: Mapping[str, Reader] | None = None
    ) -> None:
        self._intake, self._clock = intake, clock
        self._database: Database = intake.database
        self.lines = [Line(broker, intake, clock, (readers or {}).get(broker.name)) for broker in brokers]

    async def run(self) -> None:
        await self._forget_others()
        if not self.lines:
            return
        async with asyncio.TaskGroup() as group:
            for line in self.lines:
                group.create_task(line.connection.run(), name=f"broker {line.broker.name}")
            group.create_task(self._report())

    async def _report(self) -> None:
        """At once when a broker comes or goes, else each half minute. A database that is away is no reason to let go
        of the brokers: they keep what we do not take."""
        told: dict[str, tuple[bool, str | None]] = {}
        last = 0.0
        while True:
            standing = {
                line.name: (line.connection.state.connected, line.connection.state.error) for line in self.lines
            }
            now = asyncio.get_running_loop().time()
            if standing != told or now - last >= REPORT_EVERY:
                try:
                    async with self._database.transaction("feed:mqtt") as tx:
                        at = self._clock.now()
                        for line in self.lines:
                            feed_store.report(tx, self._intake.origin, line.name, to_body(line.health(at)), at)
                    told, last = standing, now
                except StoreError as error:
                    log.warning("state of the brokers not told", error=str(error))
            await asyncio.sleep(LOOK_EVERY)

    async def _forget_others(self) -> None:
        """Brokers that are no longer in the configuration are no sources any more."""
        ours = {line.name for line in self.lines}
        known = {name for name in await feed_store.bodies(self._database) if name.startswith(PREFIX)}
        if known - ours:
            async with self._database.transaction("feed:mqtt") as tx:
                for name in known - ours:
                    tx.drop(Ref(self._intake.origin, "feed", name))


class Line:
    """One broker: its connection, and the way of its messages into the registry, or to the reader if it has one."""

    def __init__(self, broker: Broker, intake: Intake, clock: Clock, reader: Reader | None = None) -> None:
        self.broker, self.name = broker, f"{PREFIX}{broker.name}"
        self._intake, self._clock, self._reader = intake, clock, reader
        self.connection = Connection(broker, self.take, clock.now)
        self.dropped = 0
        self._last_seen: datetime | None = None

    async def take(self, messages: Sequence[Message]) -> None:
        """Raises StoreError if the database cannot take them now; the broker keeps them."""
        if self._reader is not None:
            aside = await self._reader([(message.topic, message.payload) for message in messages])
        else:
            aside = await self._uplinks(messages)
        if aside:
            async with self._intake.database.transaction("feed:mqtt") as tx:
                await feed_store.keep_aside(tx, self.name, aside, self._clock.now())
            self.dropped += len(aside)

    async def _uplinks(self, messages: Sequence[Message]) -> Aside:
        uplinks: list[Uplink] = []
        aside: Aside = []
        for number, message in enumerate(messages):
            if number % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            try:
                uplinks += read(message.payload, topic=message.topic)
            except Garbled as error:
                aside.append((message.topic, str(error), excerpt(message.payload)))
        try:
            await self._intake.take(uplinks)
        except (ValueRefused, StoreRefused):
            aside += await self._one_by_one(uplinks)
        return aside

    async def _one_by_one(self, uplinks: Sequence[Uplink]) -> list[tuple[str, str, str]]:
        """One that the database refuses must not hold up the others for ever."""
        refused = []
        for uplink in uplinks:
            try:
                await self._intake.take([uplink])
            except (ValueRefused, StoreRefused) as error:
                refused.append((uplink.device, str(error), uplink.payload.hex() if uplink.payload else ""))
        return refused

    def health(self, now: datetime) -> FeedHealth:
        state = self.connection.state
        if state.connected:
            self._last_seen = now
        return FeedHealth(
            name=self.name,
            title=f"MQTT {self.broker.name}",
            publisher=f"{self.broker.host}:{self.broker.port}",
            licence="intern",
            attribution=self.broker.host,
            home="",
            every=REPORT_EVERY,
            late_after=3 * REPORT_EVERY,
            stale_after=STALE_AFTER,
            last_try=now,
            last_success=self._last_seen,
            newest=state.last_message,
            failures=state.failures,
            error=state.error,
            items=state.taken,
            dropped=self.dropped + state.oversized,
            dropped_reasons={
                reason: number
                for reason, number in (
                    ("not understood", self.dropped),
                    ("too large", state.oversized),
                    ("double", state.doubles),
                )
                if number
            },
            since=state.since,
            pushed=True,
        )
