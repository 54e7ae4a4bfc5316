"""A measured value, whether it can be true, and what the latest ones say together."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

from geodata.model.level import Level

FUTURE_TOLERANCE = timedelta(minutes=15)
OLDEST = timedelta(days=366 * 30)
PLAUSIBLE = {
    ("W", "cm"): (-500.0, 3000.0),
    ("Q", "m³/s"): (-2_000.0, 30_000.0),
    ("N", "mm/h"): (0.0, 500.0),
    ("N", "mm"): (0.0, 15_000.0),
    ("NT", "mm"): (0.0, 1e8),
}


@dataclass(frozen=True, slots=True)
class Observation:
    """`station` is the station's key. `state` is the source's own word for the value, verbatim; of an own sensor's
    value also why we doubt it. `judged_by` is the value by which its level is told while this one is doubted.
    `minutes` is over how long rain fell, where that is known of the single value."""

    station: str
    quantity: str
    at: datetime
    value: float
    unit: str
    state: str | None = None
    judged_by: float | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The current value of a series, as the picture shows it. `trend` is the change per hour in `unit`. `minutes` is
    over how long it fell, of rain that is told from message to message."""

    station: str
    quantity: str
    unit: str
    value: float
    level: Level | None = None
    trend: float | None = None
    state: str | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What somebody expects of a series. Points are (time, value, kind) with the source's kind (forecast, estimate)."""

    station: str
    quantity: str
    unit: str
    issued_at: datetime
    maker: str
    points: tuple[tuple[datetime, float, str], ...]


def implausible(observation: Observation, now: datetime) -> str | None:
    """Why the observation cannot be true, or None."""
    if observation.at.tzinfo is None:
        return "time without a zone"
    if isinstance(observation.value, bool) or not isinstance(observation.value, int | float):
        return "value is not a number"
    if not -sys.float_info.max <= observation.value <= sys.float_info.max:
        return "value is not finite"
    if observation.at > now + FUTURE_TOLERANCE:
        return f"time {observation.at.isoformat()} lies in the future"
    if observation.at < now - OLDEST:
        return f"time {observation.at.isoformat()} is older than 30 years"
    low, high = PLAUSIBLE.get((observation.quantity, observation.unit), (-1e9, 1e9))
    if not low <= observation.value <= high:
        return f"value {observation.value:g} {observation.unit} is outside {low:g}..{high:g}"
    return None


def trend(latest: Observation, earlier: tuple[datetime, float] | None) -> float | None:
    """Change per hour against an earlier value, None if that is too close (under 10 min) or too far (over 6 h)."""
    if earlier is None:
        return None
    hours = (latest.at - earlier[0]).total_seconds() / 3600
    return round((latest.value - earlier[1]) / hours, 2) if 1 / 6 <= hours <= 6 else None
