"""A convoy (Marschverband) that goes to another node's Meldekopf, and what that Meldekopf says of it afterwards.

The march is the lender's fact, the receipt the borrower's; each writes only its own. Both travel by the stream, and by
file, code or radio where there is no line. A vehicle is named by its ref, so that it is one and the same whichever way
brought it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model import opta, strength
from geodata.model.arrival import Line, PartnerResource
from geodata.model.editing import BadEdit
from geodata.model.incident import Id, IncidentMode, Moment, Number, Words
from geodata.model.resource import Code, Percent, StrengthText

MARCH = "march"
RECEIPT = "march_receipt"
MOST_VEHICLES = 200

Callsign = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class MarchVehicle:
    """`callsign` is the type where the lender does not let its call sign out. Raises BadEdit."""

    ref: PartnerResource
    callsign: Callsign
    type: Code
    opta: Annotated[str, Meta(min_length=24, max_length=24)] | None = None
    capabilities: Annotated[tuple[Code, ...], Meta(max_length=40)] = ()
    strength: StrengthText | None = None
    endurance_until: Moment | None = None
    fuel: Percent | None = None
    eta: Moment | None = None

    def __post_init__(self) -> None:
        if self.strength is not None:
            strength.parse(self.strength)
        if self.opta is not None:
            opta.parse(self.opta)


@dataclass(frozen=True, slots=True)
class March:
    """`edition` rises each time it is written anew: the newest counts. `to` is the origin of the node that it goes to,
    `sender` the name of ours. `incident`, `request` and `facility` are the other node's ids, as far as they are known.
    `leader` is the convoy leader's call sign, `contact` how he is reached. Raises BadEdit."""

    edition: Number
    sender: Words
    to: Words
    at: Moment
    valid_until: Moment
    mode: IncidentMode
    leader: Words
    vehicles: Annotated[tuple[MarchVehicle, ...], Meta(min_length=1, max_length=MOST_VEHICLES)]
    contact: Line | None = None
    incident: Id | None = None
    incident_name: Words | None = None
    request: Id | None = None
    inquiry: Id | None = None
    facility: Id | None = None
    place_name: Words | None = None
    note: Annotated[str, Meta(max_length=1_000)] | None = None

    def __post_init__(self) -> None:
        refs = [one.ref for one in self.vehicles]
        if len(set(refs)) < len(refs):
            raise BadEdit("vehicles", "one vehicle is named twice")
        if len({ref.partition("/")[0] for ref in refs}) > 1:
            raise BadEdit("vehicles", "the vehicles of a march belong to one node")
        if self.valid_until <= self.at:
            raise BadEdit("valid_until", "it ends before it begins")


class MarchState(StrEnum):
    """MISSING: not checked in yet. ARRIVED: there. SENT_ON: has got an order and gone there. LEFT: checked out."""

    MISSING = "MISSING"
    ARRIVED = "ARRIVED"
    SENT_ON = "SENT_ON"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True)
class MarchLine:
    """What the book says of a vehicle; `place` is the Meldekopf's name."""

    ref: PartnerResource
    state: MarchState
    arrived_at: Moment | None = None
    place: Words | None = None
    strength: StrengthText | None = None
    endurance_until: Moment | None = None


@dataclass(frozen=True, slots=True)
class MarchReceipt:
    """`march` is the lender's ref and `of` the edition that it answers; `edition` rises with each change."""

    march: Id
    of: Number
    edition: Number
    sender: Words
    at: Moment
    lines: Annotated[tuple[MarchLine, ...], Meta(max_length=MOST_VEHICLES)]
