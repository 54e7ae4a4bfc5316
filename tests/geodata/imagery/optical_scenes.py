"""Rendered optical scenes with known truth: clear and muddy floods, burns of differing severity, harvested fields, wet
soil, dark roofs, clouds with their shadow, and a scene classification that misses their edges.

Reflectances are of the order published for Sentinel-2: water swallows infrared, leaves throw near infrared back, char
is dark there and bright beyond. Pixels are blurred by the point spread and carry noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from geodata.imagery.raster import Mask, Raster
from tests.geodata.imagery.scenes import UTM, Field, _fractal, _mosaic, _patches, _river, grid

BANDS = ("B03", "B08", "B11", "B12")
_COVER = {
    "crop": (0.08, 0.40, 0.22, 0.12),
    "meadow": (0.07, 0.33, 0.20, 0.11),
    "bare": (0.12, 0.22, 0.30, 0.26),
    "stubble": (0.13, 0.29, 0.31, 0.24),
    "wood": (0.04, 0.30, 0.14, 0.06),
    "town": (0.14, 0.21, 0.22, 0.19),
    "roof": (0.07, 0.08, 0.09, 0.08),
    "water": (0.05, 0.03, 0.015, 0.01),
    "mud": (0.12, 0.10, 0.05, 0.03),
    "char": (0.05, 0.09, 0.20, 0.22),
    "cloud": (0.60, 0.65, 0.50, 0.40),
}


@dataclass(frozen=True)
class OpticalScene:
    """`seen` is where the ground is not under cloud or shadow: only there truth is compared."""

    name: str
    image: Raster
    truth: Mask
    seen: Mask
    before: Raster | None = None
    permanent: Mask | None = None
    severity: npt.NDArray[np.float64] | None = None


def flood(name: str, seed: int, *, level: float = 0.12, mud: float = 0.5, clouds: float = 0.0, given: str = "",
          side: int = 256, noise: float = 0.006) -> OpticalScene:  # fmt: skip
    rng = np.random.default_rng(seed)
    shape = (side, side)
    river, away = _river(rng, shape, 4)
    height = _fractal(rng, shape, 2.2) * 8 + away / 12
    wet = (height < np.quantile(height, level)) & ~river
    land = _land(rng, shape, ("crop", "meadow", "bare", "stubble"))
    muddy = _patches(rng, shape, mud)
    after, earlier = land.copy(), land.copy()
    for number in range(len(BANDS)):
        water = np.where(muddy, _COVER["mud"][number], _COVER["water"][number])
        after[number][wet | river] = water[wet | river]
        earlier[number][river] = _COVER["water"][number]
    image, seen = _seen(rng, after, wet | river, clouds, noise)
    before, seen_before = _seen(rng, earlier, river, 0.0, noise)
    alone = given in ("before", "permanent")
    return OpticalScene(
        name, image, wet if alone else wet | river, seen & seen_before,
        before if given == "before" else None, river if given == "permanent" else None,
    )  # fmt: skip


def burn(name: str, seed: int, *, share: float = 0.1, clouds: float = 0.0, harvest: float = 0.1, haze: float = 0.0,
         side: int = 256, noise: float = 0.006) -> OpticalScene:  # fmt: skip
    """Burned ground is where at least three tenths of the leaves are gone."""
    rng = np.random.default_rng(seed)
    shape = (side, side)
    river, _ = _river(rng, shape, 4)
    land = _land(rng, shape, ("crop", "meadow", "bare"), woods=0.35)
    surface = _fractal(rng, shape, 2.2)
    burned = (surface > np.quantile(surface, 1 - share)) & ~river & (land[1] > 0.25)
    severity = np.where(burned, np.clip(0.65 + 0.2 * _fractal(rng, shape, 1.5), 0.3, 1.0), 0)
    fields = _mosaic(rng, shape, 60)
    cut = (rng.random(int(fields.max()) + 1) < harvest)[fields] & ~burned
    earlier, after = land.copy(), land.copy()
    for number in range(len(BANDS)):
        earlier[number][river] = _COVER["water"][number]
        after[number][cut & (land[1] > 0.31)] = _COVER["stubble"][number]
        after[number] = (1 - severity) * after[number] + severity * _COVER["char"][number]
        after[number][river] = _COVER["water"][number]
        after[number] += haze * (0.04, 0.02, 0.01, 0.005)[number]
    image, seen = _seen(rng, after, river, clouds, noise)
    before, _ = _seen(rng, earlier, river, 0.0, noise)
    return OpticalScene(name, image, burned, seen, before, severity=severity)


def _land(rng: np.random.Generator, shape: tuple[int, int], fields: tuple[str, ...], woods: float = 0.2) -> Field:
    """Reflectance of dry land: band, row, column."""
    mosaic = _mosaic(rng, shape, max(12, shape[0] * shape[1] // 900))
    kinds = rng.integers(0, len(fields), int(mosaic.max()) + 1)
    shade = rng.normal(1, 0.08, kinds.size)
    wood, town = _patches(rng, shape, woods), _patches(rng, shape, 0.08)
    roofs = town & (rng.random(shape) < 0.25)
    bands = []
    for number in range(len(BANDS)):
        values = np.array([_COVER[kind][number] for kind in fields])[kinds] * shade
        band = values[mosaic]
        band[wood] = _COVER["wood"][number]
        band[town] = _COVER["town"][number]
        band[roofs] = _COVER["roof"][number]
        bands.append(band * (1 + 0.05 * _fractal(rng, shape, 1.0)))
    return np.stack(bands)


def _seen(
    rng: np.random.Generator, ground: Field, water: Mask, clouds: float, noise: float
) -> tuple[Raster, Mask]:  # fmt: skip
    shape = water.shape
    cloud = _patches(rng, shape, clouds)
    shadow = np.roll(cloud, (9, -14), (0, 1)) & ~cloud if clouds else cloud
    bands = {}
    for number, name in enumerate(BANDS):
        values = np.where(shadow, 0.3 * ground[number] + 0.01, ground[number])
        values = np.where(cloud, _COVER["cloud"][number], values)
        bands[name] = np.maximum(
            ndimage.gaussian_filter(values, 0.6 if number < 2 else 1.0) + rng.normal(0, noise, shape), 0.001
        )
    classes = np.where(water, 6, np.where(ground[1] > 0.25, 4, 5))
    classes = np.where(ndimage.binary_erosion(cloud), 9, np.where(shadow, 3, classes))
    bands["SCL"] = classes.astype(float)
    return Raster.of(bands, transform=grid(), crs=UTM, sensor="rendered"), ~(cloud | shadow)
