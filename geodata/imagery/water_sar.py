"""Open water in radar images (Sentinel-1, C band).

Calm water throws the beam away from the radar and is dark. Steps: automatic split of the despeckled polarisations,
their evidence added, an outline of least length, growing from what is surely water into what wind roughened; then what
was dark before, permanent water and radar shadow are taken out. docs/imagery.md says what this cannot see.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage

from geodata.imagery import backscatter, smoothing
from geodata.imagery.backscatter import Band
from geodata.imagery.found import Found
from geodata.imagery.raster import BadRaster, Mask, Pixels, Raster

MIN_HECTARES = 0.2
"""Smaller patches are dropped: at 10 m they are not told from speckle."""

STEEPEST = 75.0
"""Local incidence in degrees beyond which a slope faces away from the radar."""

_SURE = 0.55
_DROP = 0.3
_ENCLOSED = 0.6
"""Share of its rim in water that makes a half-dark patch part of it."""

_TOUCHING = 0.1
_BOUNCE = 2.5
"""dB by which stems standing in water raise VV (double bounce), at least."""


def find_water_sar(
    scene: Raster, *, before: Raster | None = None, permanent: Mask | None = None, shadow: Mask | None = None
) -> Found:
    """All water of the scene; with `before` (an image of the same orbit and grid without the flood) or `permanent`
    (True where water always is) the flood alone.

    The scene holds the bands VV, VH or both, linear or in dB. Its bands `shadowMask` and `localIncidenceAngle`
    (degrees), if there, and `shadow` (True where the radar sees nothing) say where nothing can be told. Raises
    BadRaster.
    """
    notes: list[str] = []
    seen = _seen(scene, shadow)
    if before is not None:
        seen = seen & _seen(scene.same_grid(before), None)
    for name, mask in (("permanent", permanent), ("shadow", shadow)):
        if mask is not None and mask.shape != scene.shape:
            raise BadRaster(f"{name} is {mask.shape}, the image {scene.shape}")
    if not seen.any():
        raise BadRaster("the image holds no value where water could be seen")
    bands = backscatter.bands(scene, seen)
    if not bands[0].learnt:
        notes.append("No part of the image shows water and land clearly apart; usual thresholds were taken.")
    least = max(4, round(MIN_HECTARES * 1e4 / scene.metres**2))
    evidence = backscatter.evidence(bands, seen)
    depth = backscatter.depth(bands)
    sure = (evidence < -_SURE * depth) & seen
    water = smoothing.grown(sure, (evidence < 0) & seen, least)
    water = backscatter.shore(water, bands, seen)
    water = smoothing.grown(water, water | backscatter.rough(bands, seen), least)
    water |= _enclosed(water, evidence, bands, seen)
    certainty = _certainty(evidence, depth)
    if permanent is not None:
        water = smoothing.grown(sure & ~permanent, water & ~permanent, least)
    if before is not None:
        water, certainty = _new(water, evidence, certainty, scene, before, bands, seen, least)
    else:
        notes.append("Without an image from before, tarmac, radar shadow and smooth bare soil may be taken for water.")
    water = smoothing.filled(water, least // 2) & seen
    if permanent is not None:
        water &= ~permanent
    certainty = np.where(water, certainty, 0).astype(np.float32)
    return Found(
        water, _whole(water, certainty, bands, seen, before is not None), bands[0].cut.threshold, tuple(notes),
        certainty, ~seen,
    )  # fmt: skip


def _seen(scene: Raster, shadow: Mask | None) -> Mask:
    seen = scene.valid.copy()
    if scene.has("shadowMask"):
        seen &= ~(scene.band("shadowMask") > 0)
    if scene.has("localIncidenceAngle"):
        seen &= ~(scene.band("localIncidenceAngle") > STEEPEST)
    if shadow is not None and shadow.shape == seen.shape:
        seen &= ~shadow
    return seen


def _enclosed(water: Mask, evidence: Pixels, bands: list[Band], seen: Mask) -> Mask:
    """What lies mostly within water and is darker than half way from the cut to land: water under wind or stems."""
    half = 0.5 * (1 - backscatter.depth(bands))
    # The shore itself is a thin rim of mixed pixels, no patch.
    patches = ndimage.binary_opening((evidence < half) & ~water & seen, iterations=2)
    return _beside(water, np.asarray(patches), _ENCLOSED)


def _beside(water: Mask, candidates: Mask, share: float, least: int = 1) -> Mask:
    """Those connected parts of at least so many pixels whose rim touches water by at least this share."""
    parts, count = ndimage.label(candidates)
    if not count:
        return candidates
    rim = candidates & ~ndimage.binary_erosion(candidates)
    near = ndimage.binary_dilation(water, iterations=2)
    edge = np.bincount(parts[rim], minlength=count + 1)
    touching = np.bincount(parts[rim & near], minlength=count + 1)
    keep = (np.bincount(parts.ravel(), minlength=count + 1) >= least) & (touching >= share * np.maximum(edge, 1))
    keep[0] = False
    return np.asarray(keep[parts], dtype=bool)


def _new(
    water: Mask, evidence: Pixels, certainty: Pixels, scene: Raster, before: Raster, bands: list[Band], seen: Mask,
    least: int,
) -> tuple[Mask, Pixels]:  # fmt: skip
    """The water that was not dark before: neither permanent water nor tarmac nor shadow."""
    missing = [band.name for band in bands if not before.has(band.name)]
    if missing:
        raise BadRaster(f"the image from before lacks the band {', '.join(missing)}")
    earlier = backscatter.bands(before, seen, bands)
    was = backscatter.evidence(earlier, seen)
    dark = (was < 0) | backscatter.rough(earlier, seen)
    drop = was - evidence
    flood = smoothing.grown(water & ~dark & (drop > _DROP), water & ~dark, least)
    # What has become as dark as water in VH is water, even if wind hides all of it in VV.
    cross = [[band for band in each if band.name == "VH"] for each in (bands, earlier)]
    if len(bands) > 1:
        fallen = backscatter.evidence(cross[1], seen) - backscatter.evidence(cross[0], seen) > 1.5 * _DROP
        hidden = backscatter.rough(bands, seen) & ~dark
        flood |= smoothing.grown(hidden & fallen, hidden, 2 * least)
    drowned = _drowned(flood, bands, earlier, seen, least)
    certainty = np.where(drowned, 0.5, np.minimum(certainty, np.clip(drop / (2 * _DROP), 0, 1))).astype(np.float32)
    return flood | drowned, certainty


def _drowned(flood: Mask, bands: list[Band], earlier: list[Band], seen: Mask, least: int) -> Mask:
    """Vegetation standing in water: brighter in VV than before, and beside the open flood."""
    now, then = bands[0], earlier[0]
    if now.name != "VV":
        return np.zeros(flood.shape, dtype=bool)
    noise = math.hypot(now.noise, then.noise)
    rise = np.clip(now.decibel - then.decibel, -8, 8)
    brighter = smoothing.smooth(np.asarray(rise - _BOUNCE, np.float32), seen, 1.5 * noise) > 0
    if len(bands) > 1:
        # Wet soil brightens both polarisations alike, double bounce VV more.
        cross = np.clip(bands[1].decibel - earlier[1].decibel, -8, 8)
        brighter &= smoothing.smooth(np.asarray(rise - cross - 1, np.float32), seen, 2 * noise) > 0
    return _beside(flood, brighter & ~flood & seen, _TOUCHING, 2 * least)


def _certainty(evidence: Pixels, depth: float) -> Pixels:
    """0.5 at the cut, 1 from typical water on."""
    return np.asarray(np.clip(0.5 - 0.5 * evidence / depth, 0.5, 1), dtype=np.float32)


def _whole(water: Mask, certainty: Pixels, bands: list[Band], seen: Mask, changed: bool) -> float:
    """The mean certainty, less where the classes lie close together, nothing was learnt or no image from before was
    at hand."""
    apart = float(np.clip((max(band.cut.ashman for band in bands) - 1) / 3, 0.3, 1))
    mean = float(certainty[water].mean()) if water.any() else 0.8
    learnt = 1.0 if bands[0].learnt else 0.5
    return round(float(np.clip(mean * apart * learnt * (1.0 if changed else 0.9), 0, 1)), 2)
