"""What is known about a source's own state: a fact on the map like any other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Condition(StrEnum):
    """NEVER: no success yet. FRESH. LATE: a look missed. STALE: older than the source may be. DOWN: errors."""

    NEVER = "NEVER"
    FRESH = "FRESH"
    LATE = "LATE"
    STALE = "STALE"
    DOWN = "DOWN"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """Times are the server's clock, `newest` the source's. `every` and `stale_after` in seconds."""

    name: str
    title: str
    publisher: str
    licence: str
    attribution: str
    home: str
    every: float
    stale_after: float
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

    def condition(self, now: datetime) -> Condition:
        """Never FRESH without a success young enough; the browser computes the same from the same fields."""
        if self.paused:
            return Condition.PAUSED
        if self.last_success is None:
            return Condition.DOWN if self.failures else Condition.NEVER
        age = now - self.last_success
        if age > timedelta(seconds=self.stale_after):
            return Condition.STALE if not self.failures else Condition.DOWN
        if self.failures:
            return Condition.DOWN if self.failures >= 3 else Condition.LATE
        return Condition.LATE if age > timedelta(seconds=2 * self.every) else Condition.FRESH
