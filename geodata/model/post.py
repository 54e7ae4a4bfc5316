"""Staffs and their seats as everybody in the incident sees them; the tables `staff` and `assignment` decide rights."""

from __future__ import annotations

from dataclasses import dataclass

from geodata.model.incident import Id, Moment, Words
from geodata.model.staff import Function, Shift, StaffModel


@dataclass(frozen=True, slots=True)
class Staff:
    incident: Id
    name: Words
    model: StaffModel
    room: Words
    organisation: Id | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """`person` is an id. `starts` is when the duty begins, or began."""

    assignment: Id
    person: Id
    deputy: bool
    state: Shift
    starts: Moment
    ends: Moment | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A seat. It is vacant when nobody is on duty or handing over in it; `required` ones must not be."""

    incident: Id
    staff: Id
    function: Function
    required: bool
    holders: tuple[Holder, ...] = ()

    @property
    def vacant(self) -> bool:
        return not any(holder.state in (Shift.ON_DUTY, Shift.HANDOVER) for holder in self.holders)
