"""Who may say who is in a room, and what nobody may do to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from geodata.model.fact import PUBLIC
from service.access.rights import Right
from service.access.visitor import NotAllowed, NotSignedIn, Visitor
from service.errors import Invalid, NotFound

EVERYONE = "*"
"""The member of kind everyone: whoever is signed in."""
PARTNERS = "s-"
"""So begin the ids of the rooms in which partners' things lie."""


class Kind(StrEnum):
    """What a member is. FUNCTION is a seat, named `<staff>/<FUNCTION>`."""

    EVERYONE = "everyone"
    ORGANISATION = "organisation"
    STAFF = "staff"
    FUNCTION = "function"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Room:
    id: str
    name: str
    note: str
    incident: str | None
    closed: bool


@dataclass(frozen=True, slots=True)
class Member:
    """`until` None is without end."""

    kind: str
    member: str
    can_write: bool
    can_share: bool
    until: datetime | None


def rules_over(visitor: Visitor, room: Room) -> bool:
    """An administrator over all rooms; who may set rooms in an incident over those of its rooms that he sees himself;
    and who may share a room on over that room."""
    return room.id in visitor.share or _heads(visitor, room)


def _heads(visitor: Visitor, room: Room) -> bool:
    if visitor.admin and visitor.may(Right.ROOMS):
        return True
    seen = room.id in visitor.rooms and room.incident is not None
    return seen and visitor.may(Right.ROOMS, incident=room.incident)


def demand(visitor: Visitor, room: Room | None) -> Room:
    """The room, if this visitor may set it. A room that he does not see is not there for him.

    Raises NotSignedIn, NotFound, NotAllowed."""
    if not visitor.signed_in:
        raise NotSignedIn(NotSignedIn.__doc__)
    if room is None or (room.id not in visitor.rooms and not visitor.admin):
        raise NotFound(NotFound.__doc__)
    if not rules_over(visitor, room):
        raise NotAllowed("Only who may share this room on, its incident's head or an administrator may do this.")
    return room


def demand_grant(visitor: Visitor, room: Room, *, can_write: bool) -> None:
    """Nobody gives more than he has, and nobody here writes where a partner's things lie. Raises NotAllowed."""
    if can_write and room.id.startswith(PARTNERS):
        raise NotAllowed("What lies in this room is a partner's: here it can only be read.")
    if can_write and room.id not in visitor.write and not _heads(visitor, room):
        raise NotAllowed("You may not write in this room and so cannot let others.")


def demand_open(room: Room) -> None:
    """Raises Invalid."""
    if room.id == PUBLIC:
        raise Invalid("id", "the public room keeps its name and stays open")


def demand_sharer(before: Iterable[Member], after: Iterable[Member]) -> None:
    """Somebody who may share the room on must be left, and not only for a while, if there was one. Raises Invalid."""
    if any(_shares(member) for member in before) and not any(_shares(member) for member in after):
        raise Invalid(
            "can_share", "nobody would be left who may share this room on; give the right to somebody else first"
        )


def _shares(member: Member) -> bool:
    return member.can_share and member.until is None
