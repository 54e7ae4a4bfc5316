"""How much a radar image looks like open water, pixel by pixel.

The evidence of a band is its distance in dB from the cut, divided by the distance between water and land: about -0.3
on water, 0 at the cut, +0.7 on land. Bands are added by the square of how well they separate (Ashman's D), as a
linear discriminant of equal deviations would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage
from scipy.special import polygamma

from geodata.imagery import smoothing, speckle
from geodata.imagery.raster import BadRaster, Mask, Pixels, Raster
from geodata.imagery.split import Limits, Split, split

LIMITS = {
    "VV": Limits(low=(-30, -15.5), threshold=(-24, -12), usual=-16.5, play=2),
    "VH": Limits(low=(-38, -22), threshold=(-32, -18), usual=-23, play=2),
}
"""dB. Open water in Sentinel-1 lies at -18 to -25 in VV, roughened by wind at -12 to -18, and 5 to 8 lower in VH."""

_USUAL = {"VV": Split(-16.5, -20.5, -11.0, 2.0, 2.0, 0), "VH": Split(-23.0, -27.0, -17.5, 2.0, 2.0, 0)}
"""What is taken when an image does not show both classes."""

_DARKEST = 1.5
"""dB above the darkest tiles: what is darkest is water, not a bare field."""
_MOST_LOOKS = 60.0
_STILL = 1.15
"""Weight of the outline in deviations of the evidence; islands of noise go, rivers of two pixels stay."""

_ROUGHEST = 0.6
"""Evidence in VV of water under the strongest wind."""

_NEAR = 31
"""Pixels of the window in which water and land beside a shore are compared."""

_SHORE = 3.0
"""dB by which the cut at a shore may lie above the whole image's."""


@dataclass(frozen=True, slots=True)
class Band:
    """`decibel` still has its speckle, without its bias. `noise` is the deviation of speckle in dB. `learnt` is
    whether `cut` is this image's own."""

    name: str
    decibel: Pixels
    noise: float
    cut: Split
    learnt: bool

    @property
    def reach(self) -> float:
        return self.cut.high - self.cut.low

    @property
    def depth(self) -> float:
        """Minus the evidence of typical water."""
        return (self.cut.threshold - self.cut.low) / self.reach


def bands(scene: Raster, valid: Mask, cuts: Sequence[Band] = ()) -> list[Band]:
    """VV and VH, what there is of them. With `cuts` their splits are used instead of learnt ones. Raises BadRaster."""
    names = [name for name in LIMITS if scene.has(name)]
    if not names:
        raise BadRaster(f"the image has neither VV nor VH; it has {', '.join(scene.bands)}")
    given = {band.name: band for band in cuts}
    found = []
    for name in names:
        power = speckle.power(scene.band(name), valid)
        looks = min(speckle.looks(power, valid), _MOST_LOOKS)
        cut: Split | None
        if name in given:
            cut, learnt = given[name].cut, given[name].learnt
        else:
            still = speckle.decibel(speckle.lee(power, valid, looks=looks, size=7))
            cut = split(still, valid, LIMITS[name], darkest=_DARKEST)
            learnt = cut is not None
        raw = speckle.decibel(power) + speckle.bias(looks)
        noise = 10 / math.log(10) * math.sqrt(float(polygamma(1, looks)))
        found.append(Band(name, raw, noise, cut or _USUAL[name], learnt))
    if any(band.learnt for band in found):
        # A band that does not show both classes has no say beside one that does.
        found = [band for band in found if band.learnt]
    return found


def depth(bands: Sequence[Band]) -> float:
    """Minus the evidence of typical water in all bands together."""
    weights = [band.cut.ashman**2 for band in bands]
    return sum(w * band.depth for w, band in zip(weights, bands, strict=True)) / sum(weights)


def evidence(bands: Sequence[Band], valid: Mask, cuts: Sequence[Pixels] | None = None) -> Pixels:
    """Below zero where water is, smoothed. `cuts` are thresholds of each pixel instead of the bands' own."""
    weights = [band.cut.ashman**2 for band in bands]
    levels: Sequence[Any] = cuts or [band.cut.threshold for band in bands]
    total = sum(
        weight * np.clip((band.decibel - level) / band.reach, -1, 1)
        for weight, band, level in zip(weights, bands, levels, strict=True)
    )
    noise = math.hypot(*(weight * band.noise / band.reach for weight, band in zip(weights, bands, strict=True)))
    return smoothing.smooth(np.asarray(total / sum(weights), np.float32), valid, _STILL * noise / sum(weights))


def shore(water: Mask, bands: Sequence[Band], valid: Mask) -> Mask:
    """The same water with its shore where backscatter is half way between the water here and the land here, which may
    be far brighter than land is on the whole. Moves it by at most two pixels."""
    sides = water & valid, ~ndimage.binary_dilation(water, iterations=2) & valid
    cuts = []
    for band in bands:
        wet, dry = (speckle.mean(band.decibel, side, _NEAR) for side in sides)
        middle = np.clip((wet + dry) / 2, band.cut.threshold - 1, band.cut.threshold + _SHORE)
        cuts.append(np.where(np.isfinite(middle), middle, band.cut.threshold).astype(np.float32))
    near = ndimage.binary_dilation(water, iterations=2)
    core = ndimage.binary_erosion(water, iterations=2)
    return np.asarray(((evidence(bands, valid, cuts) < 0) & near | core) & valid)


def rough(bands: Sequence[Band], valid: Mask) -> Mask:
    """Where wind may have roughened water: as dark as water in VH, which wind raises little, and darker than land in
    VV. Bare smooth soil can look alike, so this holds only beside calm water."""
    both = {band.name: band for band in bands}
    if len(both) < 2:
        return np.zeros(valid.shape, dtype=bool)
    cross, like = both["VH"], both["VV"]
    dark = evidence([cross], valid) < -0.5 * cross.depth
    return np.asarray(dark & (evidence([like], valid) < _ROUGHEST) & valid)
