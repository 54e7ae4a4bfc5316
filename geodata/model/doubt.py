"""Whether a value of an own sensor can be believed. A doubted value is marked, shown and kept, never removed.

What is marked: a single echo off a branch (SPIKE), an icicle or a dead probe (STUCK), a sensor that sinks with its
bank or silts up (DRIFT). What must not be marked: a flash flood. Therefore a jump is doubted only until the next value
agrees with it, a standstill only while neighbours move, and a slow change only while neighbours stand still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

Value = tuple[datetime, float]
"""When and how high, in cm."""


class Doubt(StrEnum):
    SPIKE = "SPIKE"
    STUCK = "STUCK"
    DRIFT = "DRIFT"


@dataclass(frozen=True, slots=True)
class Limits:
    """`jump` in cm: smaller steps are waves and rain. `rate` in cm per minute, counted for at most `rate_for`: what
    rises faster waits for a second value. `near` is how many kilometres off a neighbour may be."""

    jump: float = 25.0
    rate: float = 3.0
    rate_for: timedelta = timedelta(minutes=30)
    memory: timedelta = timedelta(hours=6)
    stuck_values: int = 6
    stuck_for: timedelta = timedelta(hours=3)
    neighbours_move: float = 10.0
    drift: float = 20.0
    drift_for: timedelta = timedelta(hours=24)
    drift_rate: float = 5.0
    neighbours_stand: float = 5.0
    neighbours: int = 2
    near: float = 20.0


USUAL = Limits()


def is_spike(new: Value, earlier: Sequence[Value], limits: Limits = USUAL) -> bool:
    """Whether the value leaps away from the latest ones (oldest first) and none of them leapt there before it."""
    at, value = new
    recent = [v for v in earlier if at - limits.memory <= v[0] < at]
    if len(recent) < 3:
        return False
    middle = median(v for _, v in recent[-7:])
    last_at, last = recent[-1]
    leap = value - middle
    minutes = min(at - last_at, limits.rate_for).total_seconds() / 60
    allowed = max(limits.jump, limits.rate * minutes)
    if abs(leap) <= allowed:
        return False
    before = last - middle
    confirmed = before * leap > 0 and abs(before) > limits.jump and abs(value - last) <= abs(before)
    return not confirmed


def judged_by(earlier: Sequence[Value], limits: Limits = USUAL) -> float | None:
    """The level that holds while a spike is doubted: the middle of the latest values, oldest first."""
    recent = [v for _, v in earlier[-7:]]
    return median(recent) if recent else None


def is_stuck(values: Sequence[Value], neighbours: Sequence[Sequence[Value]], limits: Limits = USUAL) -> bool:
    """Whether the latest values (oldest first) are one and the same for long while the water around rose or fell."""
    same = standing_still(values)
    if len(same) < limits.stuck_values or same[-1][0] - same[0][0] < limits.stuck_for:
        return False
    since = same[0][0]
    spans = [_span(series, since) for series in neighbours]
    return any(span >= limits.neighbours_move for span in spans)


def standing_still(values: Sequence[Value]) -> list[Value]:
    """The values at the end that are all the same."""
    same: list[Value] = []
    for value in reversed(values):
        if same and value[1] != same[0][1]:
            break
        same.append(value)
    return same[::-1]


def is_drifting(values: Sequence[Value], neighbours: Sequence[Sequence[Value]], limits: Limits = USUAL) -> bool:
    """Whether the values (oldest first) creep away over a day or longer while at least two neighbours stand still."""
    if len(values) < 8 or values[-1][0] - values[0][0] < limits.drift_for:
        return False
    quarter = max(2, len(values) // 8)
    first, last = values[:quarter], values[-quarter:]
    moved = median(v for _, v in last) - median(v for _, v in first)
    if abs(moved) < limits.drift or _fastest(values) > limits.drift_rate:
        return False
    still = [_span(series, values[0][0]) < limits.neighbours_stand for series in neighbours if len(series) > 1]
    return len(still) >= limits.neighbours and all(still)


def _span(series: Sequence[Value], since: datetime) -> float:
    heights = [v for at, v in series if at >= since]
    return max(heights) - min(heights) if len(heights) > 1 else 0.0


def _fastest(values: Sequence[Value]) -> float:
    """The greatest change in any three hours, in cm per hour: noise of single values does not count as speed."""
    window = timedelta(hours=3)
    fastest, start = 0.0, 0
    for index in range(len(values)):
        while values[index][0] - values[start][0] > window:
            start += 1
        hours = (values[index][0] - values[start][0]).total_seconds() / 3600
        if hours >= 2:
            fastest = max(fastest, abs(values[index][1] - values[start][1]) / hours)
    return fastest
