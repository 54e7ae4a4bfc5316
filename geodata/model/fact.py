"""A fact: something that is known, by whom, since when, and who may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from geodata.model.geometry import Bbox, Geometry
from geodata.model.ref import Ref

PUBLIC = "public"
"""The room of official public data: everybody may see it, also without signing in."""


class Confidence(StrEnum):
    """How sure we are (DOMAIN section 9)."""

    CONFIRMED = "CONFIRMED"
    REPORTED = "REPORTED"
    UNCONFIRMED = "UNCONFIRMED"
    FORECAST = "FORECAST"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a fact comes from. `as_of` is the source's time, `received_at` ours; both with a time zone."""

    source: str
    as_of: datetime
    received_at: datetime
    confidence: Confidence = Confidence.REPORTED

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is None or self.received_at.tzinfo is None:
            raise ValueError("a provenance needs times with a time zone")


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the picture. `body` is plain JSON; geometry is EPSG:4326 and also stands in `body["geometry"]`
    where the thing has a shape of its own. `extent` places things that have none (a reading lies at its station)."""

    ref: Ref
    room: str
    provenance: Provenance
    body: dict[str, Any]
    geometry: Geometry | None = None
    extent: Bbox | None = None
