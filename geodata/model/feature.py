"""Something with a place that a source tells of and that is neither gauge nor warning: a closure, an outage, a fire."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from geodata.model.geometry import Geometry
from geodata.model.level import Level


@dataclass(frozen=True, slots=True)
class Feature:
    """`key` is the id part of its ref, `layer` the name under which the source's things are listed and drawn.
    `severity` is the source's word verbatim, `level` ours. Plain text: mark-up of the source has been removed."""

    key: str
    layer: str
    title: str
    text: str = ""
    at: datetime | None = None
    expires: datetime | None = None
    severity: str | None = None
    level: Level | None = None
    link: str | None = None
    geometry: Geometry | None = None
    properties: dict[str, str] = field(default_factory=dict)
