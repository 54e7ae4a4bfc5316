"""Whoever asks: signed in or not, what they may see and what they may do."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from geodata.model.fact import PUBLIC
from geodata.model.staff import Function
from service.access.rights import ADMIN, PROGRAM, RIGHTS, Right


@dataclass(frozen=True, slots=True)
class Duty:
    """A seat somebody holds now. `staff` and `incident` are ids, `room` is the staff's own."""

    staff: str
    incident: str
    model: str
    function: Function
    room: str
    deputy: bool = False

    @property
    def title(self) -> str:
        return f"{self.staff}/{self.function}"


@dataclass(frozen=True, slots=True)
class Visitor:
    """`rooms` are the data rooms whose facts the visitor may see, `write` where he may write, `share` whose members
    he may change. `session_id` is not a secret, `person` is the id of an account and `name` how it is shown."""

    session_id: str | None = None
    person: str | None = None
    name: str | None = None
    purpose: str = "browser"
    admin: bool = False
    organisations: frozenset[str] = frozenset()
    duties: tuple[Duty, ...] = ()
    rooms: frozenset[str] = frozenset({PUBLIC})
    write: frozenset[str] = frozenset()
    share: frozenset[str] = frozenset()

    @property
    def signed_in(self) -> bool:
        return self.session_id is not None

    @property
    def actor(self) -> str:
        """As the log names him: by id, because names are erased and the log is not."""
        return f"person:{self.person}" if self.purpose == "browser" else f"token:{self.name}"

    def may(self, right: Right, *, incident: str | None = None, staff: str | None = None) -> bool:
        """Whether a function held now, in this incident or staff if one is named, allows it."""
        if self.purpose == "token":
            return right in PROGRAM
        if self.admin and right in ADMIN:
            return True
        return any(
            right in RIGHTS[duty.function]
            for duty in self.duties
            if incident in (None, duty.incident) and staff in (None, duty.staff)
        )

    def needs(self, right: Right, *, incident: str | None = None, staff: str | None = None) -> None:
        """Raises NotSignedIn, NotAllowed."""
        if not self.signed_in:
            raise NotSignedIn(NotSignedIn.__doc__)
        if not self.may(right, incident=incident, staff=staff):
            held = ", ".join(sorted({duty.function for duty in self.duties})) or "no function"
            raise NotAllowed(f"This needs a function with the right {right}; you hold {held} here.")


def sight(rooms: Collection[str]) -> str:
    """Short name of a set of rooms: who holds a picture made of other rooms than he may see now needs a fresh one."""
    return hashlib.sha256(",".join(sorted(rooms)).encode()).hexdigest()[:16]


class NotSignedIn(Exception):
    """Sign in to do this."""


class NotAllowed(Exception):
    """Your function does not allow this."""
