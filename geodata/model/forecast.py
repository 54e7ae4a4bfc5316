"""How far a forecast may be off, told from what the river itself did lately."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

WINDOW = timedelta(days=7)
QUANTILE = 0.8
FEWEST_PAIRS = 24


def band(
    points: Sequence[tuple[datetime, float, str]], history: Sequence[tuple[datetime, float]]
) -> list[tuple[datetime, float, float]]:
    """Low and high around each forecast point: (time, low, high), unit of the series.

    Half the width is the 80 % quantile of |W(t+h) - W(t)| over the last 7 days of `history` (ascending), h being the
    lead from the newest value to the point: what the river changed by over this lead lately. That is what somebody
    would be wrong by who forecast no change at all, so it is our upper bound and not the forecaster's own interval.
    Points not after the newest value, or with a lead that the history is too short to tell of (fewer than 24 pairs),
    get no band; [] if none does.
    """
    if not history or not points:
        return []
    newest = history[-1][0]
    recent = [(at, value) for at, value in history if at >= newest - WINDOW and math.isfinite(value)]
    if len(recent) < FEWEST_PAIRS:
        return []
    times = np.array([(at - newest).total_seconds() for at, _ in recent])
    values = np.array([value for _, value in recent])
    apart = float(np.median(np.diff(times))) / 2
    result = []
    for at, value, _ in points:
        lead = (at - newest).total_seconds()
        half = _change_over(lead, times, values, apart) if lead > 0 else None
        if half is not None:
            result.append((at, round(value - half, 2), round(value + half, 2)))
    return result


def _change_over(lead: float, times: np.ndarray, values: np.ndarray, apart: float) -> float | None:
    """The quantile for one lead (s). Pairs each value with the nearest one `lead` later, at most `apart` s off, so
    that a gap in the record pairs with nothing."""
    later = times + lead
    right = np.clip(np.searchsorted(times, later), 1, len(times) - 1)
    nearest = np.where(later - times[right - 1] <= times[right] - later, right - 1, right)
    paired = np.abs(times[nearest] - later) <= apart
    if int(paired.sum()) < FEWEST_PAIRS:
        return None
    return float(np.quantile(np.abs(values[nearest[paired]] - values[paired]), QUANTILE))
