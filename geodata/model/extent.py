"""What an image from above shows: where water stands, what has burned, which buildings are damaged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from geodata.model.geometry import Geometry


class ExtentType(StrEnum):
    FLOOD = "FLOOD"
    BURN = "BURN"
    DAMAGE = "DAMAGE"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class ExtentPart:
    """One shape of an extent. `layer` and `kind` are the maker's words verbatim (observedEvent, Flooded area;
    builtUp, Destroyed). `area` in hectares, None for points and lines. EPSG:4326."""

    layer: str
    kind: str
    geometry: Geometry
    area: float | None = None
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tally:
    """How much of a kind there is, in one municipality or altogether. `area` in hectares."""

    kind: str
    count: int
    area: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What lies in one municipality."""

    ars: str
    name: str
    tallies: tuple[Tally, ...] = ()


@dataclass(frozen=True, slots=True)
class Extent:
    """`key` is the id part of its ref. `maker` is EMS or OWN. `acquired_at` is when the image was taken, `issued_at`
    when it was delivered. `confidence` 0 to 1, of our own ones. `footprint` is what was looked at: outside it nothing
    is known. `tallies` and `shares` are filled in by the store; `parts` are kept beside the fact. `raster` is the id
    of the image that it was made of, if we have it."""

    key: str
    maker: str
    type: ExtentType
    title: str
    acquired_at: datetime | None = None
    issued_at: datetime | None = None
    sensor: str | None = None
    resolution: str | None = None
    activation: str | None = None
    aoi: str | None = None
    product: str | None = None
    version: str | None = None
    status: str | None = None
    confidence: float | None = None
    link: str | None = None
    raster: str | None = None
    note: str | None = None
    footprint: Geometry | None = None
    parts: tuple[ExtentPart, ...] = ()
    tallies: tuple[Tally, ...] = ()
    shares: tuple[Share, ...] = ()
