"""Rendered scenes with known truth: a valley with a river, floods, fields, woods, towns, tarmac, shadow; seen by radar.

Means of backscatter in dB (C band, about 38 degrees) follow what is published for Sentinel-1: open water -19 to -23
in VV and near the noise floor in VH, wind raises VV by some 4 to 8 dB and VH little, crops -8 to -13, woods -8, bare
smooth soil and tarmac -14 to -19, towns above -6. Speckle is that of several looks; with `spread` it is blurred and
correlated as by the point spread of the instrument. All by one seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rasterio.transform import Affine, from_origin
from scipy import ndimage

from geodata.imagery.raster import Mask, Raster

Field = npt.NDArray[np.float64]
UTM = "EPSG:32632"
_FLOOR = {"VV": -26.0, "VH": -28.0}
"""Noise of the instrument in dB."""


@dataclass(frozen=True)
class Scene:
    """`truth` is what is to be found: flood alone when `before` or `permanent` is given, else all water."""

    name: str
    image: Raster
    truth: Mask
    before: Raster | None = None
    permanent: Mask | None = None
    shadow: Mask | None = None


@dataclass(frozen=True)
class Weather:
    """What makes it hard. `level` is the share of the land under water, `wind` and `reeds` shares of the water."""

    level: float = 0.12
    looks: float = 4.4
    spread: float = 0.0
    wind: float = 0.0
    reeds: float = 0.0
    slopes: float = 0.0
    tarmac: int = 3
    river: float = 4.0
    contrast: float = 0.0
    bands: tuple[str, ...] = ("VV", "VH")
    decibel: bool = False


def radar(name: str, seed: int, weather: Weather, *, given: str = "", side: int = 256, flood: Mask | None = None,
          river: Mask | None = None) -> Scene:  # fmt: skip
    """`given` lists what is handed over beside the image: before, permanent, shadow. With `flood` and `river` their
    shapes are used instead of the valley's."""
    rng = np.random.default_rng(seed)
    shape = flood.shape if flood is not None else (side, side)
    height = _fractal(rng, shape, 2.2)
    if river is None:
        river, away = _river(rng, shape, weather.river)
        height = height * 8 + away / 12
    if flood is None:
        basins = height - ndimage.gaussian_filter(height, side / 10)
        bed = height * 0.6 + basins
        flood = ((bed < np.quantile(bed, weather.level)) | river) if weather.level else np.zeros(shape, bool)
    flood = flood & ~river
    land, dark = _land(rng, shape, weather)
    shadow = _steep(rng, shape, weather.slopes) & ~flood & ~river
    calm = {"VV": rng.normal(-20.5, 0.8) + weather.contrast, "VH": rng.normal(-26.5, 0.6) + weather.contrast / 2}
    after = {band: values.copy() for band, values in land.items()}
    earlier = {band: values.copy() for band, values in land.items()}
    rough = _patches(rng, shape, weather.wind)
    reeds = _patches(rng, shape, weather.reeds)
    raised = {"VV": rng.uniform(4, 8), "VH": rng.uniform(0.5, 2)}
    for band in after:
        water = calm[band] + 0.7 * _fractal(rng, shape, 1.5) + rough * raised[band]
        earlier[band][river] = (calm[band] + 0.7 * _fractal(rng, shape, 1.5))[river]
        standing = river | flood
        after[band][standing] = water[standing]
        # Stems in the water send the beam back by double bounce, in VV most.
        bounce = land[band] + (4.0 if band == "VV" else 1.0)
        drowned = flood & reeds & ~dark
        after[band][drowned] = bounce[drowned]
        for values in (after[band], earlier[band]):
            values[shadow] = _FLOOR[band] + 1
    image = _seen(rng, after, weather)
    before = _seen(rng, earlier, weather) if "before" in given else None
    return Scene(
        name, image, flood if given and ("before" in given or "permanent" in given) else flood | river,
        before, river if "permanent" in given else None, shadow if "shadow" in given else None,
    )  # fmt: skip


def _land(rng: np.random.Generator, shape: tuple[int, int], weather: Weather) -> tuple[dict[str, Field], Mask]:
    """Means in dB of the dry land, and where it is as dark as water."""
    fields = _mosaic(rng, shape, max(12, shape[0] * shape[1] // 900))
    count = int(fields.max()) + 1
    vv = rng.normal(-10.5, 1.6, count)
    cross = rng.normal(-6.5, 1.0, count)
    smooth = rng.random(count) < 0.08
    vv[smooth], cross[smooth] = rng.normal(-14.5, 0.8, smooth.sum()), -8.0
    land = {"VV": vv[fields], "VH": (vv + cross)[fields]}
    wood = _fractal(rng, shape, 2.0) > 0.7
    town = (_fractal(rng, shape, 2.0) > 1.4) & ~wood
    land["VV"][wood], land["VH"][wood] = -8.5, -14.0
    walls = rng.gamma(0.5, 12, shape)
    land["VV"][town], land["VH"][town] = -9 + np.minimum(walls, 20)[town], -16 + np.minimum(walls, 18)[town]
    dark = np.zeros(shape, bool)
    rows, columns = np.indices(shape)
    for _ in range(weather.tarmac):
        y, x, turn = rng.uniform(0, shape[0]), rng.uniform(0, shape[1]), rng.uniform(0, np.pi)
        along = (columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)
        across = -(columns - x) * np.sin(turn) + (rows - y) * np.cos(turn)
        if rng.random() < 0.5:
            dark |= (np.abs(across) < rng.uniform(0.6, 1.2)) & (np.abs(along) < shape[0])
        else:
            dark |= (np.abs(across) < rng.uniform(2, 5)) & (np.abs(along) < rng.uniform(8, 25))
    land["VV"][dark], land["VH"][dark] = rng.normal(-17.5, 0.7), rng.normal(-25, 0.5)
    return {band: land[band] + 0.6 * _fractal(rng, shape, 1.0) for band in weather.bands}, dark


def _seen(rng: np.random.Generator, decibels: dict[str, Field], weather: Weather) -> Raster:
    bands = {}
    for band, values in decibels.items():
        power = 10 ** (values / 10) + 10 ** (_FLOOR[band] / 10)
        if weather.spread:
            looks = max(1, round(weather.looks))
            seen = sum(_look(rng, power, weather.spread) for _ in range(looks)) / looks
        else:
            seen = power * rng.gamma(weather.looks, 1 / weather.looks, power.shape)
        bands[band] = 10 * np.log10(seen) if weather.decibel else seen
    return Raster.of(bands, transform=grid(), crs=UTM, sensor="rendered")


def _look(rng: np.random.Generator, power: Field, spread: float) -> Field:
    """The power of one coherent look through a point spread of so many pixels."""
    amplitude = np.sqrt(power / 2)
    parts = [ndimage.gaussian_filter(rng.normal(size=power.shape) * amplitude, spread) for _ in range(2)]
    white = np.zeros((33, 33))
    white[16, 16] = 1
    gain = (ndimage.gaussian_filter(white, spread) ** 2).sum()
    return (parts[0] ** 2 + parts[1] ** 2) / gain


def grid(metres: float = 10.0, west: float = 350_000.0, north: float = 5_700_000.0) -> Affine:
    return from_origin(west, north, metres, metres)


def _fractal(rng: np.random.Generator, shape: tuple[int, int], roughness: float) -> Field:
    """A smooth random surface of mean 0 and deviation 1; the power of its waves falls by frequency."""
    waves = np.fft.rfft2(rng.normal(size=shape))
    speed = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :])
    speed[0, 0] = np.inf
    surface = np.fft.irfft2(waves / speed**roughness, s=shape)
    return (surface - surface.mean()) / surface.std()


def _patches(rng: np.random.Generator, shape: tuple[int, int], share: float) -> Mask:
    surface = _fractal(rng, shape, 2.0)
    return surface < np.quantile(surface, share) if share else np.zeros(shape, bool)


def _steep(rng: np.random.Generator, shape: tuple[int, int], share: float) -> Mask:
    """Radar shadow: crescents behind ridges that run along the flight."""
    if not share:
        return np.zeros(shape, bool)
    surface = _fractal(rng, shape, 2.0)
    slope = ndimage.sobel(ndimage.gaussian_filter(surface, 2), axis=1)
    return ndimage.binary_opening(slope < np.quantile(slope, share))


def _river(rng: np.random.Generator, shape: tuple[int, int], width: float) -> tuple[Mask, Field]:
    """A winding river from west to east, and the distance to it in pixels."""
    columns = np.arange(shape[1])
    bends = sum(rng.uniform(4, 16) * np.sin(columns / rng.uniform(12, 45) + rng.uniform(0, 6)) for _ in range(3))
    middle = shape[0] * rng.uniform(0.35, 0.65) + bends
    line = np.ones(shape, bool)
    for column in columns:
        near, far = sorted((middle[column], middle[min(column + 1, shape[1] - 1)]))
        line[int(np.clip(near, 0, shape[0] - 1)) : int(np.clip(far, 0, shape[0] - 1)) + 1, column] = False
    away = ndimage.distance_transform_edt(line)
    return away < width / 2, away


def _mosaic(rng: np.random.Generator, shape: tuple[int, int], count: int) -> npt.NDArray[np.int64]:
    """Fields: each pixel belongs to the nearest of so many points, at bent borders."""
    seeds = np.ones(shape, bool)
    seeds[rng.integers(0, shape[0], count), rng.integers(0, shape[1], count)] = False
    nearest = ndimage.distance_transform_edt(seeds, return_distances=False, return_indices=True)
    _, fields = np.unique(nearest[0] * shape[1] + nearest[1], return_inverse=True)
    return fields.reshape(shape)
