"""The value of a gauge at a time: a smooth line through known points, and the small unrest of a real sensor."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise


class Curve:
    """A monotone cubic through knots (Fritsch-Carlson): it reaches every knot and never swings beyond two neighbours,
    so that a peak in the file is the peak on the map. Before the first and after the last knot it stays level.
    Times are seconds since 1970."""

    __slots__ = ("slopes", "times", "values")

    def __init__(self, knots: Sequence[tuple[datetime, float]]) -> None:
        """Raises ValueError unless there is at least one knot and the times rise."""
        times = tuple(moment.timestamp() for moment, _ in knots)
        values = tuple(float(value) for _, value in knots)
        if not times:
            raise ValueError("a curve needs at least one knot")
        for i, (earlier, later) in enumerate(pairwise(times)):
            if later <= earlier:
                raise ValueError(f"knot {i + 2} ({knots[i + 1][0].isoformat()}) is not later than the one before")
        self.times, self.values, self.slopes = times, values, _slopes(times, values)

    def at(self, moment: datetime) -> float:
        t = moment.timestamp()
        if t <= self.times[0]:
            return self.values[0]
        if t >= self.times[-1]:
            return self.values[-1]
        i = bisect_right(self.times, t) - 1
        width = self.times[i + 1] - self.times[i]
        s = (t - self.times[i]) / width
        return (
            self.values[i] * (1 + 2 * s) * (1 - s) ** 2
            + width * self.slopes[i] * s * (1 - s) ** 2
            + self.values[i + 1] * s * s * (3 - 2 * s)
            + width * self.slopes[i + 1] * s * s * (s - 1)
        )


def _slopes(times: tuple[float, ...], values: tuple[float, ...]) -> tuple[float, ...]:
    """Level at both ends and at every turn; elsewhere the weighted harmonic mean of the neighbouring inclines."""
    if len(times) == 1:
        return (0.0,)
    widths = [b - a for a, b in pairwise(times)]
    inclines = [(b - a) / w for (a, b), w in zip(pairwise(values), widths, strict=True)]
    inner = []
    for (w0, w1), (d0, d1) in zip(pairwise(widths), pairwise(inclines), strict=True):
        if d0 * d1 <= 0:
            inner.append(0.0)
        else:
            inner.append(3 * (w0 + w1) / ((2 * w1 + w0) / d0 + (w1 + 2 * w0) / d1))
    return (0.0, *inner, 0.0)


def jitter(seed: str, step: int, amplitude: float) -> float:
    """Between half and the whole of the amplitude, up and down in turn: two neighbouring steps always differ, and the
    same seed and step always give the same."""
    digest = hashlib.blake2b(f"{seed}/{step}".encode(), digest_size=4).digest()
    share = 0.5 + int.from_bytes(digest, "big") / 2**33
    return amplitude * share * (1 if step % 2 else -1)
