"""The raster that covers a drawn area, and what fetching it costs. Nothing here asks anybody."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from pyproj import Transformer

from geodata.model.geometry import BadGeometry, Geometry

RESOLUTIONS = (10, 20, 40, 60)
"""Metres per pixel. Sentinel-1 GRD and the finest bands of Sentinel-2 have 10."""

MOST_PIXELS = 2500
"""Pixels to a side: what the process API gives in one request."""

LEAST_METRES = 200
_TILE = 512 * 512
_LEAST_UNITS = 0.01


class Sensor(StrEnum):
    SENTINEL_1 = "SENTINEL_1"
    SENTINEL_2 = "SENTINEL_2"


class Bands(StrEnum):
    """What is asked for of a scene. SAR: backscatter, local incidence angle, radar shadow. OPTICAL: what water and
    burns are found in. PICTURE: what people see."""

    SAR = "SAR"
    OPTICAL = "OPTICAL"
    PICTURE = "PICTURE"


BAND_NAMES: dict[Bands, tuple[str, ...]] = {
    Bands.SAR: ("VV", "VH", "localIncidenceAngle", "shadowMask", "dataMask"),
    Bands.OPTICAL: ("B03", "B08", "B11", "B12", "SCL", "dataMask"),
    Bands.PICTURE: ("B04", "B03", "B02", "dataMask"),
}
"""In the order of the evalscripts, all as 32-bit floats: gamma0 linear, degrees, 0/1; reflectance 0-1, class."""


@dataclass(frozen=True, slots=True)
class Grid:
    """`epsg` is the UTM zone of the area's middle; `bounds` are west, south, east, north in its metres, on whole
    multiples of `resolution` metres, so that two images of one area lie pixel on pixel."""

    epsg: int
    bounds: tuple[float, float, float, float]
    resolution: int

    @property
    def width(self) -> int:
        return round((self.bounds[2] - self.bounds[0]) / self.resolution)

    @property
    def height(self) -> int:
        return round((self.bounds[3] - self.bounds[1]) / self.resolution)


def cover(area: Geometry, resolution: int | None = None) -> Grid:
    """The grid over an area (Polygon, EPSG:4326), with the finest resolution that fits if none is asked for.

    Raises BadGeometry for what is no polygon, too small, or too large for its resolution."""
    if area.type != "Polygon":
        raise BadGeometry("the area must be a Polygon")
    if resolution is not None and resolution not in RESOLUTIONS:
        raise BadGeometry(f"resolution must be one of {', '.join(map(str, RESOLUTIONS))} m")
    west, south, east, north = area.bbox
    if abs((south + north) / 2) > 80 or east - west > 20:
        raise BadGeometry("the area must lie between 80° south and north and be narrower than 20°")
    zone = int(((west + east) / 2 + 180) // 6) % 60 + 1
    epsg = (32600 if north + south >= 0 else 32700) + zone
    box = Transformer.from_crs(4326, epsg, always_xy=True).transform_bounds(west, south, east, north, densify_pts=21)
    metres = max(box[2] - box[0], box[3] - box[1])
    if min(box[2] - box[0], box[3] - box[1]) < LEAST_METRES:
        raise BadGeometry(f"the area is too small; draw at least {LEAST_METRES} m to each side")
    for step in (resolution,) if resolution else RESOLUTIONS:
        grid = Grid(epsg, _snapped(box, step), step)
        if max(grid.width, grid.height) <= MOST_PIXELS:
            return grid
    reach = (resolution or RESOLUTIONS[-1]) * MOST_PIXELS // 1000
    raise BadGeometry(f"the area is {metres / 1000:.0f} km to a side; at this resolution at most {reach} km")


def _snapped(box: tuple[float, float, float, float], step: int) -> tuple[float, float, float, float]:
    west, south, east, north = box
    return (
        float(math.floor(west / step) * step),
        float(math.floor(south / step) * step),
        float(math.ceil(east / step) * step),
        float(math.ceil(north / step) * step),
    )


def units(grid: Grid, bands: Bands) -> float:
    """Processing units for one image, by the rule of the Copernicus Data Space: 512 x 512 pixels of three bands in at
    most 16 bits are one; in proportion to pixels and bands (dataMask is free), twice for 32-bit floats, twice for the
    orthorectification of Sentinel-1."""
    named = [name for name in BAND_NAMES[bands] if name != "dataMask"]
    cost = grid.width * grid.height / _TILE * len(named) / 3 * 2
    if bands is Bands.SAR:
        cost *= 2
    return round(max(cost, _LEAST_UNITS), 2)
