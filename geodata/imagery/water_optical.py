"""Open water in optical images (Sentinel-2 L2A).

Water swallows short-wave infrared: the modified normalised difference water index MNDWI = (green - SWIR) / (green +
SWIR) is above zero on water (Xu 2006). Without that band it is NDWI = (green - NIR) / (green + NIR) (McFeeters 1996).
The cut is learnt from the image near zero.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from geodata.imagery import clouds, smoothing, speckle
from geodata.imagery.found import Found
from geodata.imagery.raster import BadRaster, Mask, Pixels, Raster
from geodata.imagery.split import Limits, Split, split

LIMITS = Limits(low=(-1.0, -0.05), threshold=(-0.45, 0.15), usual=0.0, play=0.15)
"""Of the negative index, so that water is the lower class."""

USUAL = Split(0.0, -0.4, 0.4, 0.15, 2.0, 0)
MIN_HECTARES = 0.1
_SURE = 0.4
_DROP = 0.25
_WEIGHT = 1.15
_LEAST_WEIGHT = 0.04
_NEAR = 31
_SHORE = 0.3
_BRIGHTEST = 0.25
"""Reflectance in short-wave infrared that not even muddy water exceeds."""


def find_water_optical(scene: Raster, *, before: Raster | None = None, permanent: Mask | None = None) -> Found:
    """All water of the scene; with `before` (an image without the flood, same grid) or `permanent` the flood alone.

    The scene holds B03 and B11 (or B08), if possible SCL, as reflectance 0-1 or times 10,000. Where clouds hide the
    ground in either image nothing is said (`unseen`). Raises BadRaster.
    """
    notes: list[str] = []
    seen = clouds.clear(scene)
    if before is not None:
        seen = seen & clouds.clear(scene.same_grid(before))
    if permanent is not None and permanent.shape != scene.shape:
        raise BadRaster(f"permanent is {permanent.shape}, the image {scene.shape}")
    if not seen.any():
        raise BadRaster("clouds or gaps hide the whole image")
    if not scene.has("SCL"):
        notes.append("The image has no scene classification: cloud shadow may be taken for water.")
    hidden = 1 - float(seen.sum()) / max(1, int(scene.valid.sum()))
    if hidden > 0.05:
        notes.append(f"{hidden:.0%} of the image is hidden by clouds, their shadow or snow.")
    index = _index(scene)
    learnt = split(index, seen, LIMITS, darkest=0.3)
    cut = learnt or USUAL
    if learnt is None:
        notes.append("No part of the image shows water and land clearly apart; the usual cut at 0 was taken.")
    least = max(4, round(MIN_HECTARES * 1e4 / scene.metres**2))
    evidence, certainty = _evidence(index, seen, cut)
    water, sure = _water(scene, evidence, seen, least)
    water = _shore(water, scene, index, seen, cut)
    if permanent is not None:
        water = smoothing.grown(sure & ~permanent, water & ~permanent, least)
    if before is not None:
        was, _ = _evidence(_index(before), seen, cut)
        dark, _ = _water(before, was, seen, 1)
        water = smoothing.grown(water & ~dark & (was - evidence > _DROP), water & ~dark, least)
    certainty = np.where(water, certainty, 0).astype(np.float32)
    mean = float(certainty[water].mean()) if water.any() else 0.8
    whole = mean * (1.0 if learnt else 0.6) * (1 - hidden / 2)
    return Found(water, round(whole, 2), -cut.threshold, tuple(notes), certainty, ~seen)


def _index(scene: Raster) -> Pixels:
    """Minus MNDWI, or minus NDWI where there is no short-wave infrared."""
    other = clouds.SHORT if scene.has(*clouds.SHORT) else clouds.NEAR
    return -clouds.ratio(clouds.reflectance(scene, *clouds.GREEN), clouds.reflectance(scene, *other))


def _shore(water: Mask, scene: Raster, index: Pixels, seen: Mask, cut: Split) -> Mask:
    """The same water with its shore where half of a pixel is water.

    Reflectance mixes linearly, the index does not: half water and half meadow is far below zero. So the index of the
    mean of the water here and the land here is the cut, within two pixels of the shore.
    """
    other = clouds.SHORT if scene.has(*clouds.SHORT) else clouds.NEAR
    near = ndimage.binary_dilation(water, iterations=2)
    sides = ndimage.binary_erosion(water) & seen, ~near & seen
    green, dark = (_mixed(clouds.reflectance(scene, *names), sides) for names in (clouds.GREEN, other))
    middle = np.clip(-clouds.ratio(green, dark), cut.threshold, cut.threshold + _SHORE)
    evidence, _ = _evidence(index, seen, cut, np.where(np.isfinite(middle), middle, cut.threshold))
    core = ndimage.binary_erosion(water, iterations=2)
    return np.asarray(((evidence < 0) & near | core) & seen)


def _mixed(values: Pixels, sides: tuple[Mask, Mask]) -> Pixels:
    """The mean of two sides around each pixel, in equal parts."""
    wet, dry = (speckle.mean(values, side, _NEAR) for side in sides)
    return np.asarray((wet + dry) / 2, dtype=np.float32)


def _evidence(
    index: Pixels, seen: Mask, cut: Split, level: npt.NDArray[np.floating] | None = None
) -> tuple[Pixels, Pixels]:
    """Below zero where water is, smoothed; and how sure that is, 0.5 at the cut and 1 from typical water on. `level`
    is the cut of each pixel, if it has one of its own."""
    reach = cut.high - cut.low
    raw = np.clip((index - (cut.threshold if level is None else level)) / reach, -1, 1).astype(np.float32)
    evidence = smoothing.smooth(raw, seen, max(_LEAST_WEIGHT, _WEIGHT * smoothing.noise(raw, seen)))
    depth = (cut.threshold - cut.low) / reach
    return evidence, np.clip(0.5 - 0.5 * evidence / depth, 0.5, 1).astype(np.float32)


def _water(scene: Raster, evidence: Pixels, seen: Mask, least: int) -> tuple[Mask, Mask]:
    """The water, and where it is surely."""
    reach = (evidence < 0) & seen
    if scene.has(*clouds.SHORT):
        reach &= clouds.reflectance(scene, *clouds.SHORT) < _BRIGHTEST
    sure = reach & (evidence < -_SURE * 0.25)
    return smoothing.grown(sure, reach, least), sure
