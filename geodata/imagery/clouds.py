"""What Sentinel-2 sees of the ground, and its reflectance.

The scene classification of L2A (band SCL) says per pixel: 0 no data, 1 defective, 2 dark, 3 cloud shadow, 4
vegetation, 5 bare, 6 water, 7 unclassified, 8 and 9 cloud, 10 thin cirrus, 11 snow (ESA, Sentinel-2 L2A Algorithm
Theoretical Basis Document).
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from geodata.imagery.raster import Mask, Pixels, Raster

_HIDDEN = (0, 1, 3, 8, 9, 10, 11)
_CLOUDS = (8, 9)
_EDGE_METRES = 20.0
"""Clouds are classified at 20 m; their thin edges are missed."""
_BRIGHT = 0.35
GREEN, NEAR, SHORT, LONG = ("B03", "GREEN"), ("B08", "B8A", "NIR"), ("B11", "SWIR1", "SWIR"), ("B12", "SWIR2")
"""Bands by their names at Sentinel-2, or in words: 560, 842, 1610 and 2190 nm."""


def clear(scene: Raster) -> Mask:
    """True where the ground is seen: no cloud, cloud shadow, snow or gap."""
    if scene.has("SCL"):
        classes = np.nan_to_num(scene.band("SCL"), nan=0).round().astype(np.uint8)
        hidden = np.isin(classes, _HIDDEN)
        reach = max(1, round(_EDGE_METRES / scene.metres))
        hidden |= ndimage.binary_dilation(np.isin(classes, _CLOUDS), iterations=reach)
        return np.asarray(scene.valid & ~hidden)
    # Without a classification: clouds are bright from green to short-wave infrared; no ground of ours is.
    bright = scene.valid.copy()
    for names in (GREEN, NEAR, SHORT):
        if scene.has(*names):
            bright &= reflectance(scene, *names) > _BRIGHT
    return np.asarray(scene.valid & ~ndimage.binary_dilation(bright, iterations=2))


def reflectance(scene: Raster, *names: str) -> Pixels:
    """0 to 1, also of bands delivered as reflectance times 10,000."""
    values = scene.band(*names)
    seen = values[scene.valid]
    if seen.size and float(np.median(seen)) > 2:
        values = (values / 10_000).astype(np.float32)
    return np.maximum(values, np.float32(1e-4))


def ratio(first: Pixels, second: Pixels) -> Pixels:
    """The normalised difference of two bands, -1 to 1."""
    return ((first - second) / (first + second)).astype(np.float32)
