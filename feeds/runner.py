"""Looks at every source on its rhythm, waits longer when one fails, and never lets one wait for another."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from feeds.contract import Polled, Sink
from feeds.fetching import Client
from feeds.health import FeedHealth
from feeds.source import Source
from geodata.model.clock import Clock

SHORTEST = 1.0
"""Seconds between two looks at least, however fast an exercise runs."""
FIRST_RETRY = 15.0
LONGEST = 600.0
GRACE = 5.0
"""Seconds a look may come later than its rhythm before the source counts as late."""
LIMIT = 120.0

log = structlog.get_logger()


class Runner:
    """`known` are the stored health facts of an earlier run, `every` intervals other than the feeds' own.

    `heartbeat` is called about each second while the runner works. Start inside a running event loop.
    """

    def __init__(
        self,
        feeds: Iterable[Polled],
        sink: Sink,
        clock: Clock,
        *,
        client: Client | None = None,
        known: Mapping[str, FeedHealth] | None = None,
        every: Mapping[str, timedelta] | None = None,
        heartbeat: Callable[[], None] = lambda: None,
        limit: float = LIMIT,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._clock, self._heartbeat, self._jitter = clock, heartbeat, jitter
        self._own_client = client is None
        self._client = client or Client()
        self._sources = {
            feed.name: Source(feed, self._client, sink, clock, limit=limit, known=(known or {}).get(feed.name))
            for feed in feeds
        }
        self._every = {name: source.feed.every for name, source in self._sources.items()} | dict(every or {})
        self._looks: dict[str, asyncio.Task[None]] = {}
        self._speed = clock.speed
        self._ticked = (time.monotonic(), clock.now())
        # a job's failure is ours to tell, in one line; the scheduler would tell each missed second
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )

    @property
    def health(self) -> dict[str, FeedHealth]:
        return {name: source.health for name, source in self._sources.items()}

    @property
    def feeds(self) -> dict[str, Polled]:
        return {name: source.feed for name, source in self._sources.items()}

    def interval(self, name: str) -> float:
        """Real seconds between two looks: an exercise that runs fast asks as often in its own time."""
        every = self._every[name].total_seconds()
        return max(every / self._clock.speed, SHORTEST) if self._clock.speed else every

    async def start(self) -> None:
        """Look at every source now and then on its rhythm."""
        for name in self._sources:
            self._retime(name)
            paused = self._sources[name].health.paused
            self._scheduler.add_job(
                self._look,
                IntervalTrigger(seconds=self.interval(name)),
                args=[name],
                id=name,
                next_run_time=None if paused else datetime.now(UTC),
            )
        self._ticked = (time.monotonic(), self._clock.now())
        self._scheduler.add_job(self._tick, IntervalTrigger(seconds=1), next_run_time=datetime.now(UTC))
        self._scheduler.start()

    async def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        looks = list(self._looks.values())
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        if self._own_client:
            await self._client.aclose()

    async def poll_now(self, name: str) -> FeedHealth:
        """Look at once and say how it went; a look that is under way is waited for instead. Raises KeyError."""
        source = self._sources[name]
        await self._look(name)
        return source.health

    async def pause(self, name: str) -> None:
        """Stop looking until `resume`. Raises KeyError."""
        source = self._sources[name]
        source.health = replace(source.health, paused=True)
        if self._scheduler.running:
            self._scheduler.pause_job(name)
        await source.report()

    async def resume(self, name: str) -> None:
        """Look again, and now. Raises KeyError."""
        source = self._sources[name]
        source.health = replace(source.health, paused=False)
        self._due(name, 0)
        await source.report()

    async def _look(self, name: str) -> None:
        look = self._looks.get(name)
        if look is None:
            look = self._looks[name] = asyncio.create_task(self._one_look(name), name=f"look at {name}")
            look.add_done_callback(lambda _: self._looks.pop(name, None))
        await asyncio.shield(look)  # whoever asked may leave; the look goes on for the others

    async def _one_look(self, name: str) -> None:
        source = self._sources[name]
        self._retime(name)
        was_failing = source.health.failures > 0
        await source.look()
        if source.health.paused:
            return
        if source.health.failures:
            self._due(name, self.wait(name))
        elif was_failing:
            self._due(name, self.interval(name))

    def wait(self, name: str) -> float:
        """Seconds until the next try: doubled with each failure, spread by chance so that nodes do not come in step,
        as long as the source asked for, but never longer than ten intervals or ten minutes."""
        interval, source = self.interval(name), self._sources[name]
        doubled = 2.0 ** min(source.health.failures - 1, 20)
        wait = min(FIRST_RETRY, interval) * doubled * self._jitter(0.75, 1.25)
        return min(max(wait, source.retry_after or 0, SHORTEST), 10 * interval, LONGEST)

    def _due(self, name: str, seconds: float) -> None:
        if self._scheduler.running:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC) + timedelta(seconds=seconds))

    def _retime(self, name: str) -> None:
        """Rhythm and limits in seconds of the clock: where looks cannot come as fast as the clock runs, a source is
        not late for that."""
        source, interval, speed = self._sources[name], self.interval(name), self._clock.speed or 1.0
        every = max(self._every[name].total_seconds(), interval * speed)
        within = source.feed.newest_within
        source.health = replace(
            source.health,
            every=every,
            late_after=every + GRACE * speed,
            stale_after=max(source.feed.stale_after.total_seconds(), 3 * every),
            newest_within=None if within is None else max(within.total_seconds(), 3 * every),
        )

    async def _tick(self) -> None:
        """Beat; and when the exercise's clock changes its speed or jumps, look at once."""
        self._heartbeat()
        mono, shown = self._ticked
        self._ticked = (time.monotonic(), self._clock.now())
        expected = shown + timedelta(seconds=(self._ticked[0] - mono) * self._speed)
        speed_changed, self._speed = self._speed != self._clock.speed, self._clock.speed
        jumped = not speed_changed and abs(self._ticked[1] - expected) > timedelta(seconds=max(30, 3 * self._speed))
        if not (speed_changed or jumped):
            return
        for name, source in self._sources.items():
            self._retime(name)
            self._scheduler.reschedule_job(name, trigger=IntervalTrigger(seconds=self.interval(name)))
            if source.health.paused:
                self._scheduler.pause_job(name)
            elif not source.health.failures or jumped:
                self._due(name, 0)
