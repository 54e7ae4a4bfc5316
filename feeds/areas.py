"""Areas of warnings as one checked geometry: polygons with what is cut out of them, circles, GeoJSON.

Each ring is checked for size and validity before any geometry is computed with it (DESIGN section 6).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry import Point, Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry

from geodata.model.geometry import MAX_VERTICES, BadGeometry, Geometry, check

Ring = Sequence[tuple[float, float]]
"""Longitude, latitude; closed."""
Circle = tuple[float, float, float]
"""Longitude, latitude, radius in km; radius 0 is a point."""

MAX_RADIUS_KM = 1_000.0
_CORNERS = 64
_KM_PER_DEGREE = 111.195


def polygon(shell: Ring, cut_out: Iterable[Ring] = ()) -> BaseGeometry:
    """A surface without what is cut out of it. Raises BadGeometry."""
    surface = _surface(shell)
    for ring in cut_out:
        surface = _computed(shapely.difference, surface, _surface(ring))
    return surface


def circle(longitude: float, latitude: float, radius: float) -> BaseGeometry:
    """Raises BadGeometry."""
    if not 0 <= radius <= MAX_RADIUS_KM:
        raise BadGeometry(f"radius {radius:g} km is outside 0..{MAX_RADIUS_KM:g}")
    check({"type": "Point", "coordinates": [longitude, latitude]})
    if radius == 0:
        return Point(longitude, latitude)
    north = radius / _KM_PER_DEGREE
    east = north / max(math.cos(math.radians(latitude)), 0.01)
    angles = [2 * math.pi * i / _CORNERS for i in range(_CORNERS)]
    ring = [(longitude + east * math.cos(a), latitude + north * math.sin(a)) for a in angles]
    return _surface([*ring, ring[0]])


def from_geojson(raw: object) -> BaseGeometry:
    """Raises BadGeometry."""
    return shape(check(raw).as_geojson())


def together(parts: Sequence[BaseGeometry]) -> Geometry | None:
    """The parts as one geometry, overlapping ones merged; None for nothing. Points count only where there is no
    surface. Raises BadGeometry if the whole is too large to be drawn."""
    surfaces = [p for p in parts if p.geom_type in ("Polygon", "MultiPolygon") and not p.is_empty]
    chosen = surfaces or [p for p in parts if not p.is_empty]
    if not chosen:
        return None
    if sum(shapely.get_num_coordinates(p) for p in chosen) > 2 * MAX_VERTICES:
        raise BadGeometry(f"more than {MAX_VERTICES} vertices")
    whole = chosen[0] if len(chosen) == 1 else _computed(shapely.union_all, chosen)
    if whole.geom_type == "GeometryCollection":
        raise BadGeometry("points, lines and areas mixed")
    return check(_plain_lists(mapping(whole)))


def _surface(ring: Ring) -> BaseGeometry:
    return Polygon(check({"type": "Polygon", "coordinates": [[list(p) for p in ring]]}).coordinates[0])


def _computed(operation: Any, *given: Any) -> BaseGeometry:
    try:
        result: BaseGeometry = operation(*given)
    except GEOSException as error:
        raise BadGeometry(f"the areas cannot be combined: {error}") from error
    return result


def _plain_lists(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _plain_lists(value) for name, value in found.items()}
    return [_plain_lists(part) for part in found] if isinstance(found, list | tuple) else found
