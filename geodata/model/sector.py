"""Sectors (Einsatzabschnitte): a tree per incident, each with a leader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geodata.model.editing import BadEdit
from geodata.model.geometry import Geometry
from geodata.model.incident import Id, Number, Text, Words, shaped


@dataclass(frozen=True, slots=True)
class Sector:
    """`parent` is the sector above it, `leader` the id of a person, `radio` the talk group."""

    incident: Id
    number: Number
    name: Words
    parent: Id | None = None
    leader: Id | None = None
    radio: Words | None = None
    mission: Text | None = None
    geometry: Geometry | None = None

    def __post_init__(self) -> None:
        shaped(self.geometry, "Polygon", "MultiPolygon")


def check_parent(sector: str, parent: str, parents: Mapping[str, str | None]) -> None:
    """`parents` names the parent of every sector of the incident. Raises BadEdit if `sector` came to lie under
    itself."""
    if parent not in parents:
        raise BadEdit("parent", "there is no such sector in this incident")
    above: str | None = parent
    for _ in range(len(parents) + 1):
        if above == sector:
            raise BadEdit("parent", "a sector cannot lie under itself")
        if above is None:
            return
        above = parents.get(above)
    raise BadEdit("parent", "the sectors above it lie in a circle")
