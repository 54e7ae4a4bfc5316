"""What an alarm says to people."""

from __future__ import annotations

from dataclasses import dataclass

from geodata.model.geometry import Geometry
from geodata.model.incident import Id, Text, Words


@dataclass(frozen=True, slots=True)
class Said:
    """`meeting` is where to go in words, `geometry` (EPSG:4326) where that is, `bring` what to take along."""

    title: Words
    text: Text | None = None
    meeting: Words | None = None
    geometry: Geometry | None = None
    bring: Text | None = None
    report_to: Words | None = None
    site: Id | None = None
    incident: Id | None = None
