"""What the satellites of an exercise see: the land along the Erft, and on it the water that its gauges tell of.

The water's edge at a moment is a pure function of place and gauge levels, so that pictures of one moment agree
whatever window is asked for. Heavy: worker threads only.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.features import rasterize
from rasterio.transform import from_bounds
from scipy.ndimage import distance_transform_edt
from shapely.geometry import LineString, Point

from feeds.simulator.scenario import Scenario

Field = NDArray[Any]

COURSE = (
    (6.787, 50.640), (6.795, 50.680), (6.812, 50.722), (6.824, 50.760), (6.818, 50.790), (6.797, 50.812),
    (6.775, 50.828), (6.752, 50.842), (6.722, 50.862), (6.694, 50.881), (6.672, 50.908), (6.655, 50.932),
    (6.640, 50.957), (6.606, 50.985), (6.571, 51.020), (6.590, 51.066), (6.622, 51.100), (6.634, 51.128),
    (6.668, 51.158), (6.712, 51.176), (6.733, 51.186),
)  # fmt: skip
"""Roughly the Erft from Euskirchen to the Rhine, in degrees. Drawn by hand for the exercise, no survey."""

LAKES = ((6.8395, 50.7905, 330.0), (6.8560, 50.8070, 420.0), (6.8275, 50.8205, 260.0))
"""Longitude, latitude, radius in m: water that always stands there."""

CHANNEL = 14.0
"""Half the width of the river itself, m."""

WIDEST = 900.0
"""How far the flood of the worst gauge reaches to each side at most, m."""

_BEYOND = 1_500.0
_LOOKS = 4.4
"""Of Sentinel-1 IW GRD in high resolution."""


@dataclass(frozen=True, slots=True)
class Window:
    """`bounds` west, south, east, north in the metres of `epsg`."""

    epsg: int
    bounds: tuple[float, float, float, float]
    width: int
    height: int


def height_of_flood(scenario: Scenario, at: datetime) -> float:
    """0 at the usual level, 1 at the highest that the scenario knows: the worst of the Erft's gauges now."""
    found = [0.0]
    for gauge in scenario.gauges.values():
        if gauge.water == "ERFT" and gauge.unit == "cm":
            low, high = min(gauge.curve.values), max(gauge.curve.values)
            if high - low > 20:
                found.append((gauge.true_level(at) - low) / (high - low))
    return min(max(found), 1.0)


def water(window: Window, flood: float) -> tuple[Field, Field]:
    """Where water stands, and where it always does."""
    place = Transformer.from_crs(4326, window.epsg, always_xy=True)
    west, south, east, north = window.bounds
    step_x, step_y = (east - west) / window.width, (north - south) / window.height
    pad_x, pad_y = int(_BEYOND / step_x) + 1, int(_BEYOND / step_y) + 1
    wide = (window.height + 2 * pad_y, window.width + 2 * pad_x)
    outer = from_bounds(
        west - pad_x * step_x, south - pad_y * step_y, east + pad_x * step_x, north + pad_y * step_y, wide[1], wide[0]
    )
    course = LineString([place.transform(*position) for position in COURSE])
    line = rasterize([(course, 1)], out_shape=wide, transform=outer, all_touched=True, dtype="uint8")
    if line.any():
        away = distance_transform_edt(line == 0, sampling=(step_y, step_x))
        away = away[pad_y:-pad_y, pad_x:-pad_x]
    else:
        away = np.full((window.height, window.width), np.inf)
    x, y = _coordinates(window)
    rough = 0.5 + 0.25 * np.sin(x / 413 + np.cos(y / 901)) + 0.25 * np.sin(y / 577 + 1.7 * np.sin(x / 1203))
    lakes = np.zeros_like(away, dtype=bool)
    for longitude, latitude, radius in LAKES:
        middle = Point(*place.transform(longitude, latitude))
        lakes |= (x - middle.x) ** 2 + (y - middle.y) ** 2 < radius**2
    always = lakes | (away < CHANNEL)
    return always | (away < CHANNEL + flood * WIDEST * (0.25 + 0.75 * rough) ** 2), always


def render(window: Window, names: list[str], wet: Field, *, seed: str, cloud: float | None) -> bytes:
    """A GeoTIFF of 32-bit floats with these bands. `seed` makes speckle and clouds those of this scene. Raises
    KeyError for a band that the simulator does not know."""
    chance = np.random.default_rng(zlib.crc32(f"{seed}{window}".encode()))
    x, y = _coordinates(window)
    fields = np.floor(x / 260 + 0.8 * np.sin(y / 700)) * 7.13 + np.floor(y / 190 + 0.8 * np.sin(x / 800)) * 3.71
    shade = (np.sin(fields * 12.9898) * 43_758.5453) % 1.0
    clouds = np.zeros(wet.shape, dtype=bool)
    if cloud is not None and cloud > 1:
        phase = zlib.crc32(seed.encode()) % 1_000
        sky = np.sin(x / 1_900 + phase) + np.sin(y / 2_300 + 2 * phase) + np.sin((x + y) / 1_300)
        clouds = sky > np.quantile(sky, 1 - min(cloud, 99.9) / 100)
    return _written(window, np.stack([_band(name, wet, shade, clouds, chance) for name in names]))


def empty(window: Window, count: int) -> bytes:
    """Zeros, also in the data mask: nothing was taken here then."""
    return _written(window, np.zeros((count, window.height, window.width)))


def _written(window: Window, made: Field) -> bytes:
    profile = {
        "driver": "GTiff", "dtype": "float32", "count": len(made), "width": window.width, "height": window.height,
        "crs": f"EPSG:{window.epsg}", "compress": "deflate",
        "transform": from_bounds(*window.bounds, window.width, window.height),
    }  # fmt: skip
    with rasterio.MemoryFile() as file:
        with file.open(**profile) as raster:
            raster.write(made.astype("float32"))
        return bytes(file.read())


_LAND = {"B02": 0.04, "B03": 0.07, "B04": 0.05, "B08": 0.34, "B11": 0.19, "B12": 0.10}
_WATER = {"B02": 0.07, "B03": 0.10, "B04": 0.09, "B08": 0.035, "B11": 0.012, "B12": 0.007}


def _band(name: str, wet: Field, shade: Field, clouds: Field, chance: np.random.Generator) -> Field:
    if name in ("VV", "VH"):
        land, calm = (0.07 + 0.12 * shade, 0.007) if name == "VV" else (0.014 + 0.022 * shade, 0.0011)
        return np.where(wet, calm, land) * chance.gamma(_LOOKS, 1 / _LOOKS, wet.shape)
    if name in _LAND:
        seen = np.where(wet, _WATER[name], _LAND[name] * (0.7 + 0.6 * shade))
        return np.where(clouds, 0.55, seen) + chance.normal(0, 0.004, wet.shape)
    if name == "SCL":
        return np.where(clouds, 9, np.where(wet, 6, 4))
    known = {"localIncidenceAngle": 38.0, "shadowMask": 0.0, "dataMask": 1.0}
    return np.full(wet.shape, known[name])


def _coordinates(window: Window) -> tuple[Field, Field]:
    west, south, east, north = window.bounds
    x = west + (np.arange(window.width) + 0.5) * (east - west) / window.width
    y = north - (np.arange(window.height) + 0.5) * (north - south) / window.height
    return np.broadcast_to(x, (window.height, window.width)), np.broadcast_to(y[:, None], (window.height, window.width))
