"""A mask with a smooth outline from noisy evidence.

Of all masks the one is sought that has the most evidence inside and the shortest outline, sum(evidence) + weight *
length. Its exact solution is the level set at zero of the evidence smoothed by total variation (Rudin, Osher, Fatemi
1992; Chambolle 2005): what is thinner than about twice weight / evidence goes, edges stay sharp.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import ndimage
from skimage import restoration

from geodata.imagery.raster import Mask, Pixels

_total_variation: Any = restoration.denoise_tv_chambolle
_BLOCK = 1024
_MARGIN = 32


def smooth(evidence: Pixels, valid: Mask, weight: float, *, rounds: int = 40) -> Pixels:
    """The evidence without its noise; zero outside `valid`. In blocks with margins, so that memory stays small."""
    filled = np.where(valid, evidence, 0).astype(np.float32)
    height, width = filled.shape
    out = np.empty_like(filled)
    for row in range(0, height, _BLOCK):
        for column in range(0, width, _BLOCK):
            top, left = max(0, row - _MARGIN), max(0, column - _MARGIN)
            block = filled[top : row + _BLOCK + _MARGIN, left : column + _BLOCK + _MARGIN]
            done = _total_variation(block, weight=weight, eps=1e-5, max_num_iter=rounds)
            inner = done[row - top :, column - left :][:_BLOCK, :_BLOCK]
            out[row : row + _BLOCK, column : column + _BLOCK] = inner
    return np.where(valid, out, 0).astype(np.float32)


def grown(seeds: Mask, reach: Mask, least: int) -> Mask:
    """Those connected parts of `reach` that hold a seed and at least so many pixels."""
    parts, count = ndimage.label(reach, structure=np.ones((3, 3)))
    if not count:
        return reach
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    seeded = np.bincount(parts[seeds & reach], minlength=count + 1) > 0
    keep = seeded & (sizes >= least)
    keep[0] = False
    return np.asarray(keep[parts], dtype=bool)


def filled(mask: Mask, most: int) -> Mask:
    """Without holes of at most so many pixels."""
    parts, count = ndimage.label(~mask)
    if not count:
        return mask
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    small = sizes <= most
    small[0] = False
    return np.asarray(mask | small[parts], dtype=bool)


def noise(values: Pixels, valid: Mask) -> float:
    """The deviation of pixel noise, from the differences of neighbours; edges do not count."""
    step = np.abs(np.diff(values, axis=1))[valid[:, 1:] & valid[:, :-1]]
    return float(1.4826 * np.median(step) / math.sqrt(2)) if step.size else 0.0
