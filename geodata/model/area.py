"""The land: who governs where, and what the places are called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class BadLand(ValueError):
    """The land cannot be taken over; the message names what is wrong and where. Nothing was changed."""


class AreaLevel(StrEnum):
    STATE = "state"
    REGION = "region"
    DISTRICT = "district"
    MUNICIPALITY = "municipality"

    @property
    def digits(self) -> int:
        """Length of the keys of this level."""
        return {"state": 2, "region": 3, "district": 5, "municipality": 12}[self.value]


@dataclass(frozen=True, slots=True)
class Area:
    """An administrative area. `wkb` is a MULTIPOLYGON in EPSG:4326, `label` a point inside it (longitude, latitude).
    `designation` is what kind of area it calls itself: Stadt, Gemeinde, Kreis, Kreisfreie Stadt."""

    ars: str
    ags: str
    level: AreaLevel
    name: str
    designation: str
    wkb: bytes
    label: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline for drawing from `zoom` on: a MULTIPOLYGON in EPSG:3857."""

    ars: str
    zoom: int
    wkb: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """A town, village or quarter. Degrees EPSG:4326."""

    id: int
    name: str
    population: int
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class LandSource:
    """Where a part of the land comes from. `state` is the date the source says it is true for: 2016 or 2025-12-31."""

    name: str
    attribution: str
    state: str


@dataclass(frozen=True, slots=True)
class Land:
    """Everything one import brings."""

    source: LandSource
    areas: tuple[Area, ...]
    shapes: tuple[Shape, ...]
