"""From municipalities to the whole land: upper levels, labels, outlines for drawing, and whether it all fits together.

Districts, regions and the state are made by joining their municipalities, so that the levels can never contradict
each other; their own files only give the names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geodata.model.area import Area, AreaLevel, BadLand, Land, LandSource, Shape

COUNTS = {AreaLevel.MUNICIPALITY: 396, AreaLevel.DISTRICT: 53, AreaLevel.REGION: 5, AreaLevel.STATE: 1}
"""What North Rhine-Westphalia consists of."""

TOLERANCES = {0: 2500.0, 6: 900.0, 8: 250.0, 10: 60.0, 12: 0.0}
"""Zoom from which an outline is used -> generalisation in metres of EPSG:3857: about half a pixel of a 512 px tile.
The source is a map 1:250,000, so that nothing finer than zoom 12 is to be had."""

_WITHIN = (5.0, 49.5, 10.5, 53.5)
_RADIUS = 6_378_137.0


@dataclass(frozen=True, slots=True)
class Named:
    """An area's line in a source: key, name and, for municipalities, the shape in EPSG:4326."""

    ars: str
    ags: str
    name: str
    designation: str
    geometry: shapely.Geometry | None = None


def assemble(
    source: LandSource,
    lines: Mapping[AreaLevel, Sequence[Named]],
    counts: Mapping[AreaLevel, int] = COUNTS,
) -> Land:
    """The whole land from its lines. Raises BadLand."""
    for level, expected in counts.items():
        _check_lines(level, lines.get(level, ()), expected)
    towns = sorted(lines[AreaLevel.MUNICIPALITY], key=lambda t: t.ars)
    borders = np.array([t.geometry for t in towns], dtype=object)
    _check_borders(towns, borders)
    areas: list[Area] = []
    members: dict[str, list[int]] = {}
    for level in (AreaLevel.STATE, AreaLevel.REGION, AreaLevel.DISTRICT, AreaLevel.MUNICIPALITY):
        for line in sorted(lines[level], key=lambda n: n.ars):
            inside = [i for i, town in enumerate(towns) if town.ars.startswith(line.ars)]
            if not inside:
                raise BadLand(f"{level} {line.ars} {line.name} has no municipality")
            members[line.ars] = inside
            whole = _multi(shapely.coverage_union_all(borders[inside]))
            spot = shapely.get_parts(whole)[np.argmax(shapely.area(shapely.get_parts(whole)))].point_on_surface()
            areas.append(
                Area(line.ars, line.ags, level, line.name, line.designation, shapely.to_wkb(whole), (spot.x, spot.y))
            )
    for town in towns:
        for level in (AreaLevel.DISTRICT, AreaLevel.REGION, AreaLevel.STATE):
            if town.ars[: level.digits] not in members:
                raise BadLand(f"municipality {town.ars} {town.name} lies in no {level} of the source")
    return Land(source, tuple(areas), _shapes(borders, members))


def _shapes(borders: np.ndarray, members: Mapping[str, Sequence[int]]) -> tuple[Shape, ...]:
    """Generalised as one coverage: what two neighbours share, they still share afterwards, without a gap."""
    flat = shapely.transform(borders, _mercator)
    shapes = []
    for zoom, tolerance in TOLERANCES.items():
        coarse = shapely.coverage_simplify(flat, tolerance) if tolerance else flat
        coarse = np.array(coarse, dtype=object)
        for ars, inside in members.items():
            shapes.append(Shape(ars, zoom, shapely.to_wkb(_multi(shapely.coverage_union_all(coarse[inside])))))
    return tuple(shapes)


def _check_lines(level: AreaLevel, lines: Sequence[Named], expected: int) -> None:
    if len(lines) != expected:
        raise BadLand(f"the source has {len(lines)} areas of level {level}, expected {expected}")
    seen: set[str] = set()
    for line in lines:
        if not (line.ars.isascii() and line.ars.isdigit() and len(line.ars) == level.digits):
            raise BadLand(f"{level} {line.name!r}: key {line.ars!r} must have {level.digits} digits")
        if line.ars in seen:
            raise BadLand(f"{level} {line.ars} {line.name} is there twice")
        if level is AreaLevel.MUNICIPALITY and line.ags != line.ars[:5] + line.ars[9:]:
            raise BadLand(f"municipality {line.ars} {line.name}: AGS {line.ags!r} does not belong to this key")
        if not line.name.strip() or len(line.name) > 200:
            raise BadLand(f"{level} {line.ars} has no usable name")
        seen.add(line.ars)


def _check_borders(towns: Sequence[Named], borders: np.ndarray) -> None:
    for town, border in zip(towns, borders, strict=True):
        where = f"municipality {town.ars} {town.name}"
        if border is None or border.is_empty or border.geom_type not in ("Polygon", "MultiPolygon"):
            raise BadLand(f"{where} has no area")
        box = border.bounds
        if not all(math.isfinite(v) for v in box):
            raise BadLand(f"{where} has coordinates that are no numbers")
        if not (_WITHIN[0] <= box[0] and _WITHIN[1] <= box[1] and box[2] <= _WITHIN[2] and box[3] <= _WITHIN[3]):
            raise BadLand(f"{where} lies at {box[0]:.3f} {box[1]:.3f}, not in North Rhine-Westphalia: wrong CRS?")
        if not border.is_valid:
            raise BadLand(f"{where} is not valid: {shapely.is_valid_reason(border)}")
    if not shapely.coverage_is_valid(borders):
        edges = shapely.coverage_invalid_edges(borders)
        at = next(i for i, edge in enumerate(edges) if not edge.is_empty)
        x, y = shapely.get_coordinates(edges[at])[0]
        raise BadLand(
            f"municipality {towns[at].ars} {towns[at].name} does not meet its neighbours near {x:.4f} {y:.4f}"
        )


def _mercator(points: np.ndarray) -> np.ndarray:
    x, y = np.radians(points[:, 0]), np.radians(points[:, 1])
    return np.column_stack((_RADIUS * x, _RADIUS * np.log(np.tan(np.pi / 4 + y / 2))))


def _multi(area: shapely.Geometry) -> shapely.Geometry:
    return area if area.geom_type == "MultiPolygon" else shapely.multipolygons([area])
