"""Backscatter without its speckle.

Speckle is multiplicative: an area of one backscatter gives gamma-distributed power whose mean squared over its
variance is the number of looks (Ulaby, Moore, Fung 1986).
"""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage
from scipy.special import digamma

from geodata.imagery.raster import BadRaster, Mask, Pixels

_FAINTEST = 1e-5
"""-50 dB, far below the noise of any sensor; log of nothing is avoided."""


def power(values: Pixels, valid: Mask) -> Pixels:
    """Linear power, whether the band holds that or dB; dB is recognised by values below zero. NaN outside `valid`.

    Noise removal leaves a few linear values at or slightly below zero: those are no dB.
    """
    seen = values[valid]
    if seen.size == 0:
        return values
    low, middle = np.quantile(seen, (0.02, 0.5))
    if middle < 0 or low < -1:
        if np.quantile(seen, 0.999) > 40 or low < -80:
            raise BadRaster(f"backscatter of {low:.3g} to {seen.max():.3g} is neither linear power nor dB")
        return np.maximum(10 ** (np.clip(values, -60, 40) / 10), _FAINTEST).astype(np.float32)
    if middle > 1000:
        raise BadRaster(f"backscatter around {middle:.3g} is not calibrated; give sigma0 or gamma0")
    return np.maximum(values, _FAINTEST).astype(np.float32)


def decibel(values: Pixels) -> Pixels:
    return (10 * np.log10(np.maximum(values, _FAINTEST))).astype(np.float32)


def mean(values: Pixels, valid: Mask, size: int) -> Pixels:
    """The mean of the valid values in a square window; NaN where there is none."""
    weight = ndimage.uniform_filter(valid.astype(np.float32), size, mode="nearest")
    total = ndimage.uniform_filter(np.where(valid, values, 0).astype(np.float64), size, mode="nearest")
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 1e-6, total / weight, np.nan).astype(np.float32)


def looks(values: Pixels, valid: Mask, size: int = 7) -> float:
    """The equivalent number of looks of linear power, from the evenest twentieth of all windows; 1 to 400."""
    even = mean(values, valid, size)
    spread = mean(values * values, valid, size) - even * even
    whole = ndimage.binary_erosion(valid, iterations=size // 2) & (spread > 0)
    if not whole.any():
        return 1.0
    count = size * size
    ratio = (even[whole] ** 2) / (spread[whole] * count / (count - 1))
    return float(np.clip(np.quantile(ratio, 0.75), 1, 400))


def lee(values: Pixels, valid: Mask, *, looks: float, size: int = 5) -> Pixels:
    """Lee's filter (1980) on linear power: the local mean where the variance is speckle's own, the pixel itself where
    it is an edge."""
    even = mean(values, valid, size)
    spread = np.maximum(mean(values * values, valid, size) - even * even, 0)
    noise = even * even / looks
    texture = np.maximum((spread - noise) / (1 + 1 / looks), 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        gain = np.where(spread > 0, texture / spread, 0)
    return np.where(valid, even + gain * (values - even), np.nan).astype(np.float32)


def bias(looks: float) -> float:
    """By how much the mean of speckled dB lies below the dB of the mean: 2.5 for one look, 0.5 for 4.4."""
    return float(10 / math.log(10) * (math.log(looks) - digamma(looks)))
