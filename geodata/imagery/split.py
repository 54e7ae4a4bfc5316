"""Where a histogram of two classes is best cut, learnt only where both are.

Over a whole scene water is often too rare to show as a peak of its own. So the scene is cut into tiles of several
sizes; only tiles whose values fall into two clearly separate classes are asked (split-based automatic thresholding:
Martinis, Twele, Voigt 2009; hierarchical split: Chini, Hostache, Giustarini, Matgen 2017). Two classes are separate
when Ashman's D (1994) exceeds 2. The cut is that of least error (Kittler, Illingworth 1986).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from geodata.imagery.raster import Mask, Pixels

SEPARATE = 2.0
"""Ashman's D above which two normal distributions are told apart."""
_LEAST_SHARE = 0.08
_LEAST_PIXELS = 400
_BINS = 160
_GAIN = 0.1
_PRIOR = 0.1
_GROUP = 3
_WIDTHS = 3.0
_PEAK = 0.3
_TILES = (256, 128, 64, 32)


@dataclass(frozen=True, slots=True)
class Split:
    """`low` and `high` are the means of the two classes, `spread` their mean deviation, `ashman` their distance.
    `tiles` is how many tiles both classes were found in."""

    threshold: float
    low: float
    high: float
    spread: float
    ashman: float
    tiles: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What nature allows: the mean of the lower class, and the cut. Outside it two classes are something else, such
    as wood and field. Of several valleys the one near `usual` is preferred, within about `play`."""

    low: tuple[float, float]
    threshold: tuple[float, float]
    usual: float
    play: float


def split(values: Pixels, valid: Mask, limits: Limits, *, darkest: float = math.inf) -> Split | None:
    """The cut between the two classes, None if no tile holds both. `darkest`: of all tiles only those count whose
    lower class lies at most so far above that of the lowest tiles."""
    span = np.quantile(values[valid], (0.001, 0.999)) if valid.any() else np.zeros(2)
    if not span[1] > span[0]:
        return None
    edges = np.linspace(span[0], span[1], _BINS + 1)
    kept: list[tuple[npt.NDArray[np.float64], Split]] = []
    for rows, columns in _tiles(valid.shape):
        inside = values[rows, columns][valid[rows, columns]]
        if inside.size < _LEAST_PIXELS:
            continue
        counts = np.histogram(inside, edges)[0].astype(np.float64)
        cut = _cut(counts, edges, limits)
        if cut is not None and _natural(cut, limits):
            kept.append((counts / counts.sum(), cut))
    if not kept:
        return None
    lowest = sorted(cut.low for _, cut in kept)[:_GROUP][-1]
    pool = [(counts, cut) for counts, cut in kept if cut.low <= lowest + darkest]
    cut = _cut(np.sum([counts for counts, _ in pool], axis=0), edges, limits)
    if cut is None or not _natural(cut, limits):
        cut = min((cut for _, cut in pool), key=lambda one: -one.ashman)
    low = _darkest_mode(np.sum([counts for counts, _ in pool], axis=0), edges, cut) if darkest < math.inf else None
    if low is not None:
        mode, width = low
        cut = replace(cut, low=mode, threshold=min(cut.threshold, mode + max(_WIDTHS * width, 2 * darkest)))
    return replace(cut, tiles=len(pool))


def _darkest_mode(
    counts: npt.NDArray[np.float64], edges: npt.NDArray[np.float64], cut: Split
) -> tuple[float, float] | None:
    """The peak of the darkest class below the cut and its deviation, taken from its dark side, which no other class
    reaches. Bare fields may share the lower class with water as a second, brighter peak."""
    even = ndimage.gaussian_filter1d(counts, 3)
    middles = (edges[:-1] + edges[1:]) / 2
    peaks = [
        at for at in range(1, len(even) - 1) if even[at - 1] < even[at] >= even[at + 1] and middles[at] < cut.threshold
    ]
    if not peaks:
        return None
    highest = max(even[at] for at in peaks)
    at = next(at for at in peaks if even[at] > _PEAK * highest)
    weights = counts[: at + 1]
    width = math.sqrt(float((weights * (middles[: at + 1] - middles[at]) ** 2).sum() / weights.sum()))
    return float(middles[at]), width


def _natural(cut: Split, limits: Limits) -> bool:
    return (
        cut.ashman > SEPARATE
        and limits.low[0] <= cut.low <= limits.low[1]
        and limits.threshold[0] <= cut.threshold <= limits.threshold[1]
    )


def _tiles(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    found = [(slice(0, shape[0]), slice(0, shape[1]))]
    for side in _TILES:
        if side >= max(shape):
            continue
        for row in range(0, shape[0], side):
            found += [(slice(row, row + side), slice(column, column + side)) for column in range(0, shape[1], side)]
    return found


def _cut(counts: npt.NDArray[np.float64], edges: npt.NDArray[np.float64], limits: Limits) -> Split | None:
    """Kittler and Illingworth's cut of a histogram into two normal distributions."""
    middles = (edges[:-1] + edges[1:]) / 2
    share = counts / counts.sum()
    below = np.cumsum(share)[:-1]
    above = 1 - below
    first, second = np.cumsum(share * middles), np.cumsum(share * middles**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        low, high = first[:-1] / below, (first[-1] - first[:-1]) / above
        floor = (edges[1] - edges[0]) ** 2
        spread_low = np.maximum(second[:-1] / below - low**2, floor)
        spread_high = np.maximum((second[-1] - second[:-1]) / above - high**2, floor)
        error = (
            below * np.log(spread_low) + above * np.log(spread_high)
            - 2 * (below * np.log(below) + above * np.log(above))
        )  # fmt: skip
    error[~((below >= _LEAST_SHARE) & (above >= _LEAST_SHARE)) | ~np.isfinite(error)] = np.inf
    at = int(np.argmin(error + _PRIOR * ((edges[1:-1] - limits.usual) / limits.play) ** 2))
    if not np.isfinite(error[at]):
        return None
    # Two classes must explain the histogram better than one normal distribution: cutting that gives ln(1.2 sigma).
    whole = second[-1] - first[-1] ** 2
    if error[at] > math.log(whole) - _GAIN:
        return None
    spread = math.sqrt((spread_low[at] + spread_high[at]) / 2)
    ashman = float(high[at] - low[at]) / spread
    return Split(float(edges[at + 1]), float(low[at]), float(high[at]), spread, ashman, 1)
