"""Rain from a counter that only grows: what fell is what it has gained since the device's message before.

A counter begins anew when the battery is changed, and some go over at 65536 tips. Neither may become negative rain,
and a rain gauge put in another's place must not become a cloudburst.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

OLDEST = timedelta(days=31)
"""An older total says nothing about the rain of today."""
DATED_WITHIN = timedelta(hours=24)
"""Rain of a longer silence is told but judges no level: nobody knows when it fell."""
TIPS = 65536
PER_TIP = (0.01, 0.1, 0.2, 0.25, 0.2794, 0.5, 1.0)
"""Millimetres that one tip of the usual gauges counts."""
MOST_PER_HOUR = 500.0
MOST_PER_DAY = 400.0
"""More has not been measured in Germany (8 min: 126 mm in Füssen 1920; a day: 312 mm in Zinnwald 2002)."""
AT_LEAST = timedelta(minutes=10)
AFTER_A_BREAK = 50.0
"""In mm: a greater total after the counter fell is another device's, not rain since its counter began anew."""
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Fallen:
    """Rain in mm up to `at`, since `since`."""

    at: datetime
    since: datetime
    value: float

    @property
    def minutes(self) -> float:
        return round((self.at - self.since).total_seconds() / 60, 2)

    @property
    def dated(self) -> bool:
        return self.at - self.since <= DATED_WITHIN


@dataclass(frozen=True, slots=True)
class Begun:
    """The total is no continuation of the one before: counting begins with it. `reason` for whoever looks after it."""

    at: datetime
    reason: str


def fallen(before: tuple[datetime, float], total: tuple[datetime, float]) -> Fallen | Begun:
    """What fell between two totals in mm of one device, the later one second."""
    since, first = before
    at, last = total
    gained = last - first
    if gained < -_ROUNDING:
        over = [last + TIPS * tip - first for tip in PER_TIP if first <= TIPS * tip]
        gained = min((g for g in over if g <= AFTER_A_BREAK), default=last)
        if gained > AFTER_A_BREAK:
            return Begun(at, f"rain counter fell from {first:g} to {last:g} mm: counted anew from there")
    if gained > most(at - since):
        return Begun(at, f"rain counter leapt from {first:g} to {last:g} mm: counted anew from there")
    return Fallen(at, since, round(max(gained, 0.0), 4))


def most(span: timedelta) -> float:
    """The most rain in mm that can have fallen within the time."""
    hours = max(span, AT_LEAST) / timedelta(hours=1)
    return min(MOST_PER_HOUR * hours, MOST_PER_DAY * max(1.0, hours / 24))


def between(totals: Mapping[datetime, float], new: Collection[datetime]) -> list[Fallen | Begun]:
    """What fell up to each of the new totals and, as one that comes late divides what was told before, up to the one
    after it. The first total of all tells nothing."""
    times = sorted(totals)
    touched = set(new)
    return [
        fallen((before, totals[before]), (at, totals[at]))
        for before, at in pairwise(times)
        if (at in touched or before in touched) and at - before <= OLDEST
    ]
