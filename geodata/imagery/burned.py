"""Burned ground in optical images (Sentinel-2 L2A), and how severely.

Fire takes the near infrared of leaves and bares what reflects short-wave infrared: NBR = (NIR - SWIR2) / (NIR + SWIR2)
falls. dNBR = NBR before - NBR after - offset, where the offset is that of ground that did not burn (season, haze; Key,
Benson 2006). Limits of severity are those of USGS as UN-SPIDER publishes them (Recommended Practice: Burn Severity
Mapping): low from 0.10, moderate-low from 0.27, moderate-high from 0.44, high from 0.66.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from geodata.imagery import clouds, smoothing
from geodata.imagery.found import Found
from geodata.imagery.raster import BadRaster, Mask, Pixels, Raster
from geodata.imagery.split import Limits, split

SEVERITY = (0.10, 0.27, 0.44, 0.66)
"""dNBR from which on ground counts as class 1, 2, 3, 4."""

CLASSES = {1: "Low severity", 2: "Moderate-low severity", 3: "Moderate-high severity", 4: "High severity"}

LIMITS = Limits(low=(-2.0, -0.2), threshold=(-0.33, -0.1), usual=-0.2, play=0.08)
"""Of minus dNBR, so that burned ground is the lower class."""

USUAL = 0.27
MIN_HECTARES = 0.5
_SURE = 0.08
_WEIGHT = 1.5
_LEAST_WEIGHT = 0.01
_WATER = 0.0
_LEAST_FALL = 0.05
"""Share of its infrared brightness that burned ground loses at least: a harvested field stays as bright."""

_STUBBLE = (0.20, 0.25)
"""Reflectance in near and short-wave infrared that stubble exceeds and char does not."""


def find_burned(before: Raster, after: Raster, *, water: Mask | None = None) -> Found:
    """The burned ground with its severity. Both images hold B08 and B12, if possible B03 and SCL, on one grid. `water`
    is True where water always is. Raises BadRaster."""
    after.same_grid(before)
    if water is not None and water.shape != after.shape:
        raise BadRaster(f"water is {water.shape}, the image {after.shape}")
    notes: list[str] = []
    seen = clouds.clear(before) & clouds.clear(after)
    if not seen.any():
        raise BadRaster("clouds or gaps hide the whole image")
    hidden = 1 - float(seen.sum()) / max(1, int((before.valid & after.valid).sum()))
    if hidden > 0.05:
        notes.append(f"{hidden:.0%} of the image is hidden by clouds, their shadow or snow.")
    wet = _wet(before) | _wet(after)
    ground = seen & ~wet if water is None else seen & ~wet & ~water
    change = _nbr(before) - _nbr(after)
    still = ground & (np.abs(change) < SEVERITY[0])
    offset = float(np.median(change[still])) if still.sum() > 0.05 * ground.sum() else 0.0
    change = change - np.float32(offset)
    smooth = smoothing.smooth(change, ground, max(_LEAST_WEIGHT, _WEIGHT * smoothing.noise(change, ground)))
    cut = split(-smooth, ground, LIMITS)
    threshold = -cut.threshold if cut else USUAL
    if cut is None:
        notes.append(f"No part of the image shows burned and unburned ground clearly apart; cut at dNBR {USUAL}.")
    charred = _charred(before, after)
    least = max(4, round(MIN_HECTARES * 1e4 / after.metres**2))
    reach = (smooth > threshold) & charred & ground
    mask = smoothing.grown(reach & (smooth > threshold + _SURE), reach, least)
    mask = smoothing.filled(mask, least // 2) & ground
    severity = np.where(mask, np.clip(np.digitize(smooth, SEVERITY), 1, 4), 0).astype(np.uint8)
    certainty = np.where(mask, np.clip(0.5 + (smooth - threshold) / 0.5, 0.5, 1), 0).astype(np.float32)
    mean = float(certainty[mask].mean()) if mask.any() else 0.8
    whole = mean * (1.0 if cut else 0.6) * (1 - hidden / 2)
    return Found(mask, round(whole, 2), threshold, tuple(notes), certainty, ~seen, severity)


def _nbr(scene: Raster) -> Pixels:
    return clouds.ratio(clouds.reflectance(scene, *clouds.NEAR), clouds.reflectance(scene, *clouds.LONG))


def _wet(scene: Raster) -> Mask:
    """Open water by NDWI (McFeeters 1996), and by the scene classification."""
    wet = np.zeros(scene.shape, dtype=bool)
    if scene.has(*clouds.GREEN):
        index = clouds.ratio(clouds.reflectance(scene, *clouds.GREEN), clouds.reflectance(scene, *clouds.NEAR))
        wet |= index > _WATER
    if scene.has("SCL"):
        wet |= scene.band("SCL") == 6
    return wet


def _charred(before: Raster, after: Raster) -> Mask:
    """Darker in the infrared than before, noise left aside, and not as bright as stubble or dry soil: those reflect
    near infrared and more short-wave infrared than before."""
    short = clouds.SHORT if before.has(*clouds.SHORT) and after.has(*clouds.SHORT) else clouds.LONG
    near_then, near_now = (_still(scene, clouds.NEAR) for scene in (before, after))
    short_then, short_now = (_still(scene, short) for scene in (before, after))
    darker = near_now + short_now < (1 - _LEAST_FALL) * (near_then + short_then)
    dry = (near_now > _STUBBLE[0]) & (short_now > _STUBBLE[1]) & (short_now > 1.1 * short_then)
    return np.asarray(darker & ~dry)


def _still(scene: Raster, names: tuple[str, ...]) -> Pixels:
    return np.asarray(ndimage.median_filter(clouds.reflectance(scene, *names), 3), dtype=np.float32)
