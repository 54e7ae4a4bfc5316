"""Outlines of municipalities as they are kept in an agreement: a few hundred points, valid, without slivers."""

from __future__ import annotations

from typing import Any

import orjson
import shapely

TOLERANCE = 0.0005
"""Degrees: some fifty metres."""
PRECISION = 1e-5
SLIVER = 1e-6
"""Square degrees, less than a hectare: gaps and splinters between neighbours."""


def tidied(wkb: bytes) -> dict[str, Any] | None:
    """The area as GeoJSON; None if nothing of it is left."""
    rough = shapely.set_precision(shapely.simplify(shapely.from_wkb(wkb), TOLERANCE), PRECISION)
    kept = [
        shapely.Polygon(part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area > SLIVER])
        for part in shapely.get_parts(rough)
        if part.geom_type == "Polygon" and part.area > SLIVER
    ]
    if not kept:
        return None
    whole = shapely.set_precision(shapely.union_all(kept), PRECISION)
    drawn: dict[str, Any] = orjson.loads(shapely.to_geojson(whole))
    return drawn
