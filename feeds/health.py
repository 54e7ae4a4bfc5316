"""What is known about a source's own state: a fact on the map like any other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

CLOCK_SLACK = timedelta(minutes=15)
"""A time so far ahead is a small clock error; further ahead it is no time to trust."""


class Condition(StrEnum):
    """NEVER: no success yet. LATE: a look missed or failed. STALE: older than the source may be. DOWN: errors."""

    NEVER = "NEVER"
    FRESH = "FRESH"
    LATE = "LATE"
    STALE = "STALE"
    DOWN = "DOWN"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """Times are the server's clock, `newest` the source's. `every`, `late_after`, `stale_after` and `newest_within`
    in seconds of that clock. `since` is when it last broke or came back. `pushed`: it sends by itself, so that there is
    nothing to ask, to pause or to play again."""

    name: str
    title: str
    publisher: str
    licence: str
    attribution: str
    home: str
    every: float
    stale_after: float
    newest_within: float | None = None
    late_after: float | None = None
    last_try: datetime | None = None
    last_success: datetime | None = None
    newest: datetime | None = None
    failures: int = 0
    error: str | None = None
    items: int = 0
    dropped: int = 0
    dropped_reasons: dict[str, int] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    paused: bool = False
    since: datetime | None = None
    pushed: bool = False

    def condition(self, now: datetime) -> Condition:
        """Never FRESH without a success young enough; the browser computes the same from the same fields
        (tests/contracts/conditions.json holds both together)."""
        if self.paused:
            return Condition.PAUSED
        if self.last_success is None:
            return Condition.DOWN if self.failures else Condition.NEVER
        age = now - self.last_success
        if age > timedelta(seconds=self.stale_after) or age < -CLOCK_SLACK:
            return Condition.DOWN if self.failures else Condition.STALE
        if self.failures:
            return Condition.DOWN if self.failures >= 3 else Condition.LATE
        if self.overdue(now):
            return Condition.STALE
        late_after = 2 * self.every if self.late_after is None else self.late_after
        return Condition.LATE if age > timedelta(seconds=late_after) else Condition.FRESH

    def overdue(self, now: datetime) -> bool:
        """Whether a source whose items have a rhythm says nothing new, such as yesterday's file again."""
        if self.newest_within is None:
            return False
        return self.newest is None or now - self.newest > timedelta(seconds=self.newest_within)
