"""Free hazard areas, closures, flooded and evacuated areas."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geodata.model.fact import Confidence
from geodata.model.geometry import Geometry
from geodata.model.incident import Id, Moment, Number, Text, Words, shaped


class ZoneType(StrEnum):
    HAZARD = "HAZARD"
    CLOSURE = "CLOSURE"
    FLOODED = "FLOODED"
    EVACUATION = "EVACUATION"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Zone:
    """A closure may be a line. `released`: the press may see it."""

    incident: Id
    number: Number
    type: ZoneType
    name: Words
    geometry: Geometry
    reason: Text | None = None
    confidence: Confidence | None = None
    valid_until: Moment | None = None
    released: bool | None = None

    def __post_init__(self) -> None:
        shaped(self.geometry, "Polygon", "LineString")
