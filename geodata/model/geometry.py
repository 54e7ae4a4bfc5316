"""GeoJSON geometry from outside, checked before it comes near PostGIS (DESIGN section 6).

A few kilobytes of crafted coordinates can hang ST_IsValid beyond any statement timeout; PostGIS accepts NaN,
Infinity and latitude 500. What does not pass here is refused with its reason and never repaired.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from shapely import is_valid_reason
from shapely.geometry import shape

MAX_VERTICES = 10_000
MAX_PARTS = 64

_DEPTH = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
_SMALLEST = {"LineString": 2, "MultiLineString": 2, "Polygon": 4, "MultiPolygon": 4}

Bbox = tuple[float, float, float, float]
"""West, south, east, north in degrees, EPSG:4326."""


class BadGeometry(ValueError):
    """The geometry is refused; the message names the place and the reason."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """A checked GeoJSON geometry in EPSG:4326, longitude before latitude."""

    type: str
    coordinates: Any

    @property
    def bbox(self) -> Bbox:
        west = south = math.inf
        east = north = -math.inf
        for x, y in _positions(self.coordinates, _DEPTH[self.type]):
            west, east = min(west, x), max(east, x)
            south, north = min(south, y), max(north, y)
        return west, south, east, north

    def as_geojson(self) -> dict[str, Any]:
        return {"type": self.type, "coordinates": self.coordinates}


def point(longitude: float, latitude: float) -> Geometry:
    return check({"type": "Point", "coordinates": [longitude, latitude]})


def check(raw: object, *, max_vertices: int = MAX_VERTICES, max_parts: int = MAX_PARTS) -> Geometry:
    """The geometry if it is finite, in range, closed and small enough.

    Raises BadGeometry. A surface must not cross itself; that is asked only once the size is known to be harmless.
    """
    if not isinstance(raw, dict):
        raise BadGeometry("geometry must be a GeoJSON object")
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in _DEPTH:
        raise BadGeometry(f"geometry type {str(kind)[:40]!r} is not one of {', '.join(_DEPTH)}")
    budget = _Budget(max_vertices, max_parts)
    coordinates = _walk(raw.get("coordinates"), _DEPTH[kind], "coordinates", kind, budget)
    if kind in ("Polygon", "MultiPolygon"):
        reason = is_valid_reason(shape({"type": kind, "coordinates": coordinates}))
        if reason != "Valid Geometry":
            raise BadGeometry(f"the area is not valid: {reason}")
    return Geometry(kind, coordinates)


def intersects(a: Bbox, b: Bbox) -> bool:
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def parse_bbox(text: str) -> Bbox:
    """`west,south,east,north` in degrees. Raises BadGeometry."""
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadGeometry("bbox must be four numbers: west,south,east,north") from error
    if not all(map(math.isfinite, (west, south, east, north))):
        raise BadGeometry("bbox must be finite")
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadGeometry("bbox must lie within -180..180, -90..90 with west <= east and south <= north")
    return west, south, east, north


@dataclass(slots=True)
class _Budget:
    vertices: int
    parts: int


def _walk(raw: object, depth: int, where: str, kind: str, budget: _Budget) -> Any:
    if not isinstance(raw, list | tuple):
        raise BadGeometry(f"{where} must be a list")
    if depth == 0:
        return _position(raw, where, budget)
    if not raw:
        raise BadGeometry(f"{where} is empty")
    if depth == 1 or (depth == 2 and kind in ("Polygon", "MultiLineString", "MultiPolygon")):
        budget.parts -= depth == 1 and kind != "MultiPoint"
        if budget.parts < 0:
            raise BadGeometry(f"more than {MAX_PARTS} rings or parts")
    if depth == 1 and len(raw) > budget.vertices:
        raise BadGeometry(f"more than {MAX_VERTICES} vertices")
    parts = [_walk(part, depth - 1, f"{where}[{i}]", kind, budget) for i, part in enumerate(raw)]
    if depth == 1 and len(parts) < _SMALLEST.get(kind, 1):
        raise BadGeometry(f"{where} has {len(parts)} points, needs {_SMALLEST[kind]}")
    if depth == 1 and kind in ("Polygon", "MultiPolygon") and parts[0] != parts[-1]:
        raise BadGeometry(f"{where}: the ring is not closed")
    return parts


def _position(raw: list[Any] | tuple[Any, ...], where: str, budget: _Budget) -> list[float]:
    budget.vertices -= 1
    if budget.vertices < 0:
        raise BadGeometry(f"more than {MAX_VERTICES} vertices")
    if len(raw) not in (2, 3) or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in raw):
        raise BadGeometry(f"{where} must be [longitude, latitude] as numbers")
    # Compared before they become floats: an int of 400 digits would overflow, and NaN is in no range.
    if not (-180 <= raw[0] <= 180 and -90 <= raw[1] <= 90):
        raise BadGeometry(f"{where} is outside longitude -180..180, latitude -90..90")
    return [float(raw[0]), float(raw[1])]


def _positions(coordinates: Any, depth: int) -> Any:
    if depth == 0:
        yield coordinates
        return
    for part in coordinates:
        yield from _positions(part, depth - 1)
