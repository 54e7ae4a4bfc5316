"""Dispatch systems that we ask: each at its own pace, shown like any other source, slower while it fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import structlog

from feeds.contract import FeedError, Garbled, Refused
from feeds.decoding import excerpt
from feeds.fetching import Client
from feeds.health import FeedHealth
from geodata.model.body import to_body
from geodata.model.clock import Clock
from geodata.model.ref import Ref
from geodata.store import feeds as feed_store
from geodata.store.database import StoreError
from service.dispatch.intake import Intake
from service.dispatch.pushed import for_organisation
from service.dispatch.report import Bad, Result
from service.dispatch.sent import several, taken
from service.dispatch_settings import DispatchSettings

PREFIX = "dispatch_"
MAX_BYTES = 4_000_000
LONGEST = 300.0
"""Seconds between two looks at a source that fails."""
TOLD_EVERY = 30.0

log = structlog.get_logger()


class Polling:
    """`run` is for a background loop and ends only with it."""

    def __init__(self, sources: Mapping[str, DispatchSettings], intake: Intake, clock: Clock) -> None:
        self._intake, self._clock = intake, clock
        self.asked = [Asked(name, source, intake, clock) for name, source in sources.items()]

    async def run(self) -> None:
        await self._forget_others()
        if not self.asked:
            return
        client = Client()
        try:
            async with asyncio.TaskGroup() as group:
                for asked in self.asked:
                    group.create_task(asked.run(client), name=f"dispatch {asked.name}")
        finally:
            await client.aclose()

    async def _forget_others(self) -> None:
        """Those that are no longer in the configuration are no sources any more."""
        ours = {asked.name for asked in self.asked}
        database = self._intake.database
        gone = {name for name in await feed_store.bodies(database) if name.startswith(PREFIX)} - ours
        if gone:
            async with database.transaction("feed:dispatch") as tx:
                for name in gone:
                    tx.drop(Ref(self._intake.origin, "feed", name))


class Asked:
    """One source: what it said last, and how it stands."""

    def __init__(self, name: str, source: DispatchSettings, intake: Intake, clock: Clock) -> None:
        self.name, self.source = f"{PREFIX}{name}", source
        self._intake, self._clock = intake, clock
        self.failures = 0
        self.error: str | None = None
        self.items, self.dropped = 0, Counter[str]()
        self._last_try: datetime | None = None
        self._last_success: datetime | None = None
        self._since: datetime | None = None
        self._told: tuple[float, tuple[str | None, int]] | None = None

    async def run(self, client: Client) -> None:
        while True:
            wait = await self.look(client)
            await self._tell()
            await asyncio.sleep(wait)

    async def look(self, client: Client) -> float:
        """Ask once; seconds until the next time. What was not stored is asked for again."""
        self._last_try = self._clock.now()
        every = self.source.every.total_seconds()
        try:
            await self._ask(client)
        except (FeedError, Bad, StoreError) as error:
            if self.failures == 0:
                self._since = self._last_try
            self.failures, self.error = self.failures + 1, str(error)[:300]
            log.warning("dispatch system not read", source=self.name, error=self.error, failures=self.failures)
            wanted = error.retry_after if isinstance(error, Refused) and error.retry_after else 0.0
            return max(every, min(LONGEST, max(wanted, every * 2.0 ** min(self.failures - 1, 10))))
        if self.failures or self._since is None:
            self._since = self._last_try
        self.failures, self.error, self._last_success = 0, None, self._last_try
        return every

    async def _ask(self, client: Client) -> None:
        """Raises FeedError, Bad, StoreError."""
        visit = client.visit(self.name, (self.source.token,) if self.source.token else ())
        headers = {"Accept": "application/json"}
        if self.source.token:
            headers["Authorization"] = f"Bearer {self.source.token}"
        answer = await visit.get(self.source.url, max_bytes=MAX_BYTES, headers=headers)
        if answer.unchanged:
            return
        if not answer.body.strip():
            raise Garbled("the answer is empty; an empty list is []")
        given = several(answer.body)
        sender = await for_organisation(self._intake, self.source.organisation, self.name)
        told = await taken(self._intake, sender, given, self._clock.now())
        aside = [
            (id or "?", f"{outcome.field}: {outcome.reason}", excerpt(bytes(raw)))
            for raw, (id, outcome) in zip(given, told, strict=True)
            if outcome.result is Result.INVALID
        ]
        if aside:
            async with self._intake.database.transaction(f"feed:{self.name}") as tx:
                await feed_store.keep_aside(tx, self.name, aside, self._clock.now())
        self.items = len(given)
        refused = (Result.INVALID, Result.UNKNOWN)
        self.dropped = Counter(outcome.result.value for _, outcome in told if outcome.result in refused)
        visit.accept()

    async def _tell(self) -> None:
        """When it changes, else each half minute. Not told is no reason to stop asking."""
        now, standing = asyncio.get_running_loop().time(), (self.error, self.items)
        if self._told and self._told[1] == standing and now - self._told[0] < TOLD_EVERY:
            return
        try:
            async with self._intake.database.transaction(f"feed:{self.name}") as tx:
                at = self._clock.now()
                feed_store.report(tx, self._intake.origin, self.name, to_body(self.health()), at)
            self._told = now, standing
        except StoreError as error:
            log.warning("state of a dispatch system not told", source=self.name, error=str(error))

    def health(self) -> FeedHealth:
        """The address is not told: it may be one of an inner network."""
        every = self.source.every.total_seconds()
        shown = max(every, TOLD_EVERY)
        return FeedHealth(
            name=self.name,
            title=f"Leitstelle {self.name.removeprefix(PREFIX)}",
            publisher=self.name.removeprefix(PREFIX),
            licence="intern",
            attribution=self.name.removeprefix(PREFIX),
            home="",
            every=every,
            late_after=3 * shown,
            stale_after=10 * shown,
            last_try=self._last_try,
            last_success=self._last_success,
            failures=self.failures,
            error=self.error,
            items=self.items,
            dropped=sum(self.dropped.values()),
            dropped_reasons=dict(self.dropped),
            since=self._since,
            pushed=True,
        )
