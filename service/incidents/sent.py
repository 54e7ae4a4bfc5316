"""What is sent to us about incidents, and what goes back."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from geodata.model.incident import IncidentMode, IncidentState, Moment, Text, Words
from geodata.model.staff import Function, Shift, StaffModel
from service.bodies import Base, Fields

MOST_STAFFS = 20


class NewStaff(msgspec.Struct, forbid_unknown_fields=True):
    model: StaffModel
    name: Words
    organisation: Annotated[str, Meta(max_length=200)] | None = None


class NewIncident(msgspec.Struct, forbid_unknown_fields=True):
    """`function` is the seat that whoever opens it takes in the first staff."""

    name: Words
    hazard: Words | None = None
    note: Text | None = None
    mode: IncidentMode | None = None
    state: IncidentState = IncidentState.OBSERVED
    geometry: dict[str, Any] | None = None
    staffs: Annotated[list[NewStaff], Meta(max_length=MOST_STAFFS)] = []
    function: Function | None = None


class NewAssignment(msgspec.Struct, forbid_unknown_fields=True):
    """Without `state` whoever starts now or before is on duty, whoever starts later is planned."""

    function: Function
    person: Annotated[str, Meta(min_length=1, max_length=200)]
    deputy: bool = False
    starts: Moment | None = None
    ends: Moment | None = None
    state: Shift | None = None


class ShiftMove(msgspec.Struct, forbid_unknown_fields=True):
    """`note`: what whoever comes next must know; asked for when somebody leaves."""

    state: Shift
    note: Text | None = None


class New(msgspec.Struct, forbid_unknown_fields=True):
    fields: Fields


class Edit(msgspec.Struct, forbid_unknown_fields=True):
    """`base` is the version that was edited; null as a value takes a field out."""

    base: Base
    fields: Fields


class Move(msgspec.Struct, forbid_unknown_fields=True):
    state: Annotated[str, Meta(max_length=40)]
    base: Base | None = None
    reason: Text | None = None


class Declaration(msgspec.Struct, forbid_unknown_fields=True):
    level: Words
    text: Text
    since: Moment | None = None


class Merge(msgspec.Struct, forbid_unknown_fields=True):
    """`into` is the id of the site that this one turned out to be."""

    into: Annotated[str, Meta(min_length=1, max_length=200)]


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    """`take` puts the value that lost in place of what stands. `field`, if given, must be the conflict's own."""

    take: bool
    field: str | None = None


BODIES = (NewStaff, NewIncident, NewAssignment, ShiftMove, New, Edit, Move, Declaration, Merge, Choice)
"""For the description."""
