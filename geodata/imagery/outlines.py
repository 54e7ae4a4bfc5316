"""From a mask to areas on the map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from pyproj import Geod
from rasterio import features, warp
from shapely.geometry import MultiPolygon, Polygon, box, mapping, shape
from shapely.geometry.polygon import orient

from geodata.imagery.burned import CLASSES
from geodata.imagery.found import Found
from geodata.imagery.raster import Mask, Raster
from geodata.model.extent import ExtentPart
from geodata.model.geometry import MAX_PARTS, MAX_VERTICES, check

LAYER = "observedEvent"
WATER = "Flooded area"
"""The words of Copernicus EMS, so that its colours and ours are the same."""

_GEOD = Geod(ellps="WGS84")
_GRID = 1e-7
"""Degrees that coordinates are rounded to: a centimetre."""
_LEAST_AREA = 1e-4
_DEEPEST = 24


def polygons(found: Found, image: Raster, *, kind: str = WATER, least: float = 0.0) -> list[ExtentPart]:
    """What was found, as areas of at least `least` hectares, largest first; burns by class of severity."""
    if found.severity is None:
        return parts(found.mask, image, kind=kind, least=least)
    burned = [
        part
        for number, name in CLASSES.items()
        for part in parts(found.mask & (found.severity == number), image, kind=name, least=least)
    ]
    return sorted(burned, key=lambda part: -(part.area or 0))


def parts(mask: Mask, image: Raster, *, kind: str, layer: str = LAYER, least: float = 0.0) -> list[ExtentPart]:
    """The True areas of a mask on the grid of an image, with their holes, in EPSG:4326.

    Outlines are simplified by at most half a pixel. Areas are geodesic on the ellipsoid, in hectares. What has more
    vertices or rings than a geometry of ours may have is cut into several.
    """
    tolerance = min(image.transform.a, -image.transform.e) / 2
    made = []
    for outline, value in features.shapes(mask.astype(np.uint8), mask=mask, transform=image.transform):
        if value != 1:
            continue
        plain = shape(outline).simplify(tolerance * 0.99, preserve_topology=True)
        for polygon in _degrees(plain, image):
            for piece in _small(polygon):
                area = abs(_GEOD.geometry_area_perimeter(orient(piece))[0]) / 10_000
                if area >= max(least, _LEAST_AREA):
                    geometry = check(_listed(mapping(orient(piece))))
                    made.append(ExtentPart(layer, kind, geometry, round(area, 4)))
    return sorted(made, key=lambda part: -(part.area or 0))


def _degrees(polygon: Polygon, image: Raster) -> Iterator[Polygon]:
    moved = shape(warp.transform_geom(image.crs, "EPSG:4326", mapping(polygon)))
    yield from _polygons(shapely.set_precision(shapely.make_valid(moved), _GRID))


def _small(polygon: Polygon, depth: int = 0) -> Iterator[Polygon]:
    """The polygon, halved across its longer side until it is small enough."""
    rings = 1 + len(polygon.interiors)
    vertices = shapely.get_num_coordinates(polygon)
    if (vertices <= MAX_VERTICES and rings <= MAX_PARTS) or depth > _DEEPEST:
        yield polygon
        return
    west, south, east, north = polygon.bounds
    if east - west > north - south:
        middle = (west + east) / 2
        halves = box(west, south, middle, north), box(middle, south, east, north)
    else:
        middle = (south + north) / 2
        halves = box(west, south, east, middle), box(west, middle, east, north)
    for half in halves:
        for piece in _polygons(shapely.intersection(polygon, half, grid_size=_GRID)):
            yield from _small(piece, depth + 1)


def _polygons(geometry: Any) -> Iterator[Polygon]:
    for part in shapely.get_parts(geometry):
        if isinstance(part, Polygon) and not part.is_empty:
            yield part
        elif isinstance(part, MultiPolygon):
            yield from part.geoms


def _listed(geometry: Any) -> dict[str, Any]:
    return {"type": geometry["type"], "coordinates": [[list(at) for at in ring] for ring in geometry["coordinates"]]}
