"""Municipalities of NRW with coarse outlines, for the areas of warnings. © GeoBasis-DE / BKG 2016 (Daten verändert)."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec
from shapely import unary_union
from shapely.geometry import MultiPolygon, Polygon

Ring = tuple[tuple[float, float], ...]


class Municipality(msgspec.Struct, frozen=True):
    """`ars` twelve and `ags` eight digits; `parts` as in a GeoJSON MultiPolygon, EPSG:4326."""

    ars: str
    ags: str
    name: str
    title: str
    parts: tuple[tuple[Ring, ...], ...]

    @property
    def outline(self) -> MultiPolygon:
        return MultiPolygon([(rings[0], rings[1:]) for rings in self.parts])


class _File(msgspec.Struct):
    attribution: str
    municipalities: tuple[Municipality, ...]


@lru_cache
def all_municipalities() -> tuple[Municipality, ...]:
    raw = files("feeds.simulator").joinpath("scenarios/areas.json").read_bytes()
    return msgspec.json.decode(raw, type=_File).municipalities


@lru_cache(maxsize=1024)
def within(prefixes: tuple[str, ...]) -> tuple[Municipality, ...]:
    """The municipalities whose ARS begins with one of the prefixes. Raises ValueError for one that matches none."""
    for prefix in prefixes:
        if not any(m.ars.startswith(prefix) for m in all_municipalities()):
            raise ValueError(f"no municipality of NRW has an ARS that begins with {prefix!r}")
    return tuple(m for m in all_municipalities() if m.ars.startswith(prefixes))


@lru_cache(maxsize=256)
def outline(prefixes: tuple[str, ...]) -> tuple[Polygon, ...]:
    """The joint area of the municipalities, largest part first."""
    joint = unary_union([m.outline for m in within(prefixes)])
    parts = [joint] if joint.geom_type == "Polygon" else list(joint.geoms)
    return tuple(sorted(parts, key=lambda part: -float(part.area)))
