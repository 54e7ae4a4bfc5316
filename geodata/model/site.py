"""Damage sites (Schadensstellen) and how they are worked off (DOMAIN 10.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geodata.model.fact import Confidence
from geodata.model.geometry import Geometry
from geodata.model.incident import Amount, Id, Number, Text, Words, shaped
from geodata.model.states import States


class Priority(StrEnum):
    """P1: lives at risk. P2: great danger or critical infrastructure. P3: property, further damage. P4: later."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


class SiteState(StrEnum):
    REPORTED = "REPORTED"
    VERIFIED = "VERIFIED"
    QUEUED = "QUEUED"
    ASSIGNED = "ASSIGNED"
    IN_WORK = "IN_WORK"
    DONE = "DONE"
    CONTROLLED = "CONTROLLED"
    DUPLICATE = "DUPLICATE"
    NO_ACTION = "NO_ACTION"
    HANDED_OVER = "HANDED_OVER"


_S = SiteState
_LINE = (_S.REPORTED, _S.VERIFIED, _S.QUEUED, _S.ASSIGNED, _S.IN_WORK, _S.DONE, _S.CONTROLLED)
_ASIDE = (_S.NO_ACTION, _S.HANDED_OVER, _S.DUPLICATE)

SITE = States(
    SiteState,
    start=_S.REPORTED,
    moves={
        _S.REPORTED: (_S.VERIFIED, *_ASIDE),
        _S.VERIFIED: (_S.QUEUED, _S.ASSIGNED, *_ASIDE),
        _S.QUEUED: (_S.ASSIGNED, _S.VERIFIED, *_ASIDE),
        _S.ASSIGNED: (_S.IN_WORK, _S.QUEUED, *_ASIDE),
        _S.IN_WORK: (_S.DONE, _S.QUEUED, *_ASIDE),
        _S.DONE: (_S.CONTROLLED, _S.IN_WORK, _S.DUPLICATE),
        _S.CONTROLLED: (_S.VERIFIED, _S.DUPLICATE),
        _S.NO_ACTION: (_S.VERIFIED, _S.DUPLICATE),
        _S.HANDED_OVER: (_S.VERIFIED, _S.DUPLICATE),
        _S.DUPLICATE: (*_LINE, _S.NO_ACTION, _S.HANDED_OVER),
    },
)
"""DUPLICATE is entered and left by merging only: it goes back to where it came from."""


def needs_reason(before: SiteState, after: SiteState) -> bool:
    """Whether this move must say why: no action, handing over, re-opening and every step back."""
    if after in (_S.NO_ACTION, _S.HANDED_OVER) or before in (_S.NO_ACTION, _S.HANDED_OVER):
        return after != before
    return before in _LINE and after in _LINE and _LINE.index(after) < _LINE.index(before)


@dataclass(frozen=True, slots=True)
class Site:
    """`merged` are the ids of sites found to be this one, `duplicate_of` the id of the one this is; `state_before` is
    where a duplicate goes back to. `affected` counts people. `caller` is whoever reported it."""

    incident: Id
    number: Number
    title: Words
    priority: Priority
    state: SiteState
    geometry: Geometry
    text: Text | None = None
    lives_at_risk: bool | None = None
    state_reason: Text | None = None
    state_before: SiteState | None = None
    sector: Id | None = None
    address: Words | None = None
    caller: Words | None = None
    affected: Amount | None = None
    duplicate_of: Id | None = None
    merged: tuple[Id, ...] = ()
    confidence: Confidence | None = None

    def __post_init__(self) -> None:
        shaped(self.geometry, "Point")
