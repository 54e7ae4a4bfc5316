"""Where an item lies, as a checked geometry in EPSG:4326."""

from __future__ import annotations

from functools import cache
from typing import Any

from pyproj import Transformer
from pyproj.exceptions import ProjError

from feeds.areas import from_geojson, together
from feeds.configured.block import Block
from feeds.configured.values import Values
from geodata.model.geometry import MAX_PARTS, BadGeometry, Geometry, check

_MAX_DEPTH = 4
WGS84 = 4326


def place_of(block: Block, values: Values, item: Any) -> Geometry | None:
    """The position its fields name, else its own geometry; None for nothing. Raises BadGeometry, Unusable."""
    if block.fields.position or block.fields.longitude:
        found = values.position(item)
        if found is None:
            return None
        return check(_placed(block, {"type": "Point", "coordinates": list(found)}))
    raw = item.get("geometry") if isinstance(item, dict) else None
    if raw is None:
        return None
    if isinstance(raw, dict) and raw.get("type") == "GeometryCollection":
        parts = raw.get("geometries")
        if not isinstance(parts, list) or len(parts) > MAX_PARTS:
            raise BadGeometry(f"a collection needs a list of at most {MAX_PARTS} geometries")
        return together([from_geojson(_placed(block, part)) for part in parts])
    return check(_placed(block, raw))


def _placed(block: Block, raw: Any) -> Any:
    """The geometry with longitude before latitude, in degrees."""
    if (block.axis == "lonlat" and block.crs == WGS84) or not isinstance(raw, dict):
        return raw
    return {**raw, "coordinates": _each(block, raw.get("coordinates"), _MAX_DEPTH)}


def _each(block: Block, found: Any, depth: int) -> Any:
    if not isinstance(found, list | tuple) or depth == 0:
        return found
    if len(found) >= 2 and all(isinstance(v, int | float) and not isinstance(v, bool) for v in found[:2]):
        first, second = (found[1], found[0]) if block.axis == "latlon" else (found[0], found[1])
        return list(_degrees(block.crs, first, second))
    return [_each(block, part, depth - 1) for part in found]


def _degrees(crs: int, east: float, north: float) -> tuple[float, float]:
    if crs == WGS84:
        return east, north
    try:
        longitude, latitude = _transformer(crs).transform(east, north, errcheck=True)
    except (ProjError, OverflowError) as error:
        raise BadGeometry(f"position {east:g} {north:g} does not lie in EPSG:{crs}") from error
    return float(longitude), float(latitude)


@cache
def _transformer(crs: int) -> Transformer:
    return Transformer.from_crs(crs, WGS84, always_xy=True)
