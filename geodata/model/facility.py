"""Facilities of an incident: staging areas, check-in points, shelters, collection points …"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geodata.model.geometry import Geometry
from geodata.model.incident import Amount, Id, Number, Words, shaped
from geodata.model.states import States


class FacilityType(StrEnum):
    BEREITSTELLUNGSRAUM = "BEREITSTELLUNGSRAUM"
    MELDEKOPF = "MELDEKOPF"
    BETREUUNGSSTELLE = "BETREUUNGSSTELLE"
    LEUCHTTURM = "LEUCHTTURM"
    BEHANDLUNGSPLATZ = "BEHANDLUNGSPLATZ"
    SAMMELPLATZ = "SAMMELPLATZ"
    EINSATZLEITUNG = "EINSATZLEITUNG"
    VERSORGUNG = "VERSORGUNG"
    NOTTREFFPUNKT = "NOTTREFFPUNKT"
    OTHER = "OTHER"


class FacilityState(StrEnum):
    PLANNED = "PLANNED"
    OPEN = "OPEN"
    FULL = "FULL"
    CLOSED = "CLOSED"


FACILITY = States(
    FacilityState,
    start=FacilityState.PLANNED,
    moves={
        FacilityState.PLANNED: (FacilityState.OPEN, FacilityState.CLOSED),
        FacilityState.OPEN: (FacilityState.FULL, FacilityState.CLOSED),
        FacilityState.FULL: (FacilityState.OPEN, FacilityState.CLOSED),
        FacilityState.CLOSED: (FacilityState.OPEN,),
    },
)


@dataclass(frozen=True, slots=True)
class Facility:
    """`capacity` and `used` count places: people or vehicles, whatever it is for. More may be used than there are."""

    incident: Id
    number: Number
    type: FacilityType
    name: Words
    state: FacilityState
    geometry: Geometry
    state_reason: Words | None = None
    capacity: Amount | None = None
    used: Amount | None = None
    contact: Words | None = None

    def __post_init__(self) -> None:
        shaped(self.geometry, "Point")
