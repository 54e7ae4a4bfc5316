"""One source under watch: a look at it, what comes of the look, and its health."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime

import structlog

from feeds.contract import Batch, FeedError, Polled, Refused, Sink
from feeds.fetching import Client, Visit
from feeds.health import CLOCK_SLACK, FeedHealth
from feeds.plausibility import sift
from geodata.model.clock import Clock

log = structlog.get_logger()

_MAX_REASONS = 20
_MAX_ATTEMPTS = 10


class NotStored(Exception):
    """The sink did not take the batch. It is kept and handed over again before the source is asked anew."""


class Source:
    """A feed, what is known about it, and a batch that could not be stored yet.

    `retry_after` is what the source asked us to wait after the last look, in seconds.
    """

    def __init__(
        self, feed: Polled, client: Client, sink: Sink, clock: Clock, *, limit: float, known: FeedHealth | None = None
    ) -> None:
        self.feed = feed
        self.retry_after: float | None = None
        self._client, self._sink, self._clock, self._limit = client, sink, clock, limit
        self._undelivered: tuple[Visit | None, Batch] | None = None
        self._attempts = 0
        self._report_failed = False
        self.health = _manifest(feed, known)

    @property
    def broken(self) -> bool:
        return self.health.error is not None

    async def look(self) -> None:
        """Ask once and hand on what came. Failures of any kind end up in `health`, never in the caller."""
        started = self._clock.now()
        self.retry_after = None
        before = self.health
        try:
            await self._hand_on_what_waits()
            visit = self._client.visit(self.feed.name, getattr(self.feed, "secrets", ()))
            try:
                async with asyncio.timeout(self._limit):
                    asked = await self.feed.poll(visit, started)
            except TimeoutError as error:
                raise FeedError(f"the look took longer than {self._limit:g} s") from error
            batch = sift(asked, self._clock.now())
            refused = len(batch.dropped) - len(asked.dropped)
            old = self._old_state(batch)
            if old:
                batch = replace(batch, warnings=[], complete=False)
            # what was refused for its time may be true in a minute: no validator may hide it behind "unchanged"
            self._undelivered = (None if refused or old else visit), batch
            await self._hand_on_what_waits()
            self.health = self._after(started, batch, old or _trouble(asked, batch))
        except asyncio.CancelledError:
            raise
        except (FeedError, NotStored) as error:
            self.retry_after = error.retry_after if isinstance(error, Refused) else None
            self.health = self._failed(started, str(error) or type(error).__name__)
        except Exception as error:
            # a fault in a feed's own code must not stop the other feeds
            self.health = self._failed(started, f"fault in the feed: {type(error).__name__}: {error}")
            if before.error != self.health.error:
                log.exception("fault in a feed", feed=self.feed.name)
        self._say_if_it_turned(before)
        await self.report()

    async def report(self) -> None:
        try:
            async with asyncio.timeout(self._limit):
                await self._sink.report(self.health)
            self._report_failed = False
        except Exception as error:
            if not self._report_failed:
                log.warning("health not stored", feed=self.feed.name, reason=repr(error))
            self._report_failed = True

    async def _hand_on_what_waits(self) -> None:
        if self._undelivered is None:
            return
        visit, batch = self._undelivered
        try:
            async with asyncio.timeout(self._limit):
                await self._sink.deliver(self.feed, batch)
        except Exception as error:
            self._give_up_at_last()
            raise NotStored(f"not stored: {error!r}") from error
        self._undelivered, self._attempts = None, 0
        if visit is not None:
            visit.accept()

    def _give_up_at_last(self) -> None:
        """A batch that is never taken, for whatever is in it, must not keep the source from being asked for ever.
        The feed then starts as if new, so that nothing it gave is missing."""
        self._attempts += 1
        if self._attempts >= _MAX_ATTEMPTS:
            log.error("batch given up", feed=self.feed.name, attempts=self._attempts)
            self._undelivered, self._attempts = None, 0
            forget = getattr(self.feed, "forget", None)
            if callable(forget):
                forget()

    def _old_state(self, batch: Batch) -> str | None:
        """Why the answer is one that a later answer has outdated already: yesterday's file again must end nothing and
        bring nothing back."""
        now, seen = self._clock.now(), self.health.newest
        if (
            self.health.newest_within is None
            or batch.newest is None
            or seen is None
            or not (batch.warnings or batch.complete)
        ):
            return None
        if seen > now + CLOCK_SLACK or batch.newest >= seen - CLOCK_SLACK:
            return None
        return f"an old state again: from {batch.newest.isoformat(timespec='seconds')}, seen {seen.isoformat()}"

    def _after(self, started: datetime, batch: Batch, trouble: str | None) -> FeedHealth:
        now = self._clock.now()
        health = replace(self.health, last_try=started)
        if trouble is None or batch.observations:
            health = replace(health, newest=batch.newest or health.newest)
        if not batch.unchanged:
            reasons = Counter(d.reason[:120] for d in batch.dropped).most_common(_MAX_REASONS)
            health = replace(
                health,
                items=batch.items,
                dropped=len(batch.dropped),
                dropped_reasons=dict(reasons),
                unknown=dict(batch.unknown.most_common(_MAX_REASONS)),
            )
        if trouble is not None:
            return replace(health, failures=health.failures + 1, error=trouble)
        health = replace(health, last_success=now, failures=0, error=None)
        if health.overdue(now):
            text = health.newest.isoformat(timespec="seconds") if health.newest else "unknown"
            return replace(health, error=f"nothing new: the newest item is from {text}")
        return health

    def _failed(self, started: datetime, reason: str) -> FeedHealth:
        return replace(self.health, last_try=started, failures=self.health.failures + 1, error=reason[:500])

    def _say_if_it_turned(self, before: FeedHealth) -> None:
        """One line when it breaks, one when it is back, nothing in between."""
        if self.broken == (before.error is not None):
            return
        now = self._clock.now()
        if self.broken:
            log.warning("source broke", feed=self.feed.name, reason=self.health.error)
        else:
            log.info("source is back", feed=self.feed.name, broken_since=str(before.since), was=before.error)
        self.health = replace(self.health, since=now)


def _trouble(asked: Batch, kept: Batch) -> str | None:
    """Why a look that brought facts is still no success."""
    if asked.missing:
        more = f" and {len(asked.missing) - 3} more" if len(asked.missing) > 3 else ""
        return f"no answer from {', '.join(asked.missing[:3])}{more}"
    for came, left in ((asked.observations, kept.observations), (asked.warnings, kept.warnings)):
        if came and not left:
            return f"all {len(came)} items refused: {kept.dropped[-1].reason}"
    return None


def _manifest(feed: Polled, known: FeedHealth | None) -> FeedHealth:
    within = getattr(feed, "newest_within", None)
    told = FeedHealth(
        name=feed.name,
        title=feed.title,
        publisher=feed.publisher,
        licence=feed.licence,
        attribution=feed.attribution,
        home=feed.home,
        every=feed.every.total_seconds(),
        stale_after=feed.stale_after.total_seconds(),
        newest_within=within.total_seconds() if within is not None else None,
    )
    if known is None:
        return told
    return replace(
        known,
        title=told.title,
        publisher=told.publisher,
        licence=told.licence,
        attribution=told.attribution,
        home=told.home,
        every=told.every,
        stale_after=told.stale_after,
        newest_within=told.newest_within,
    )
