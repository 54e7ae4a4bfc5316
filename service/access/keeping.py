"""Who may write where: whoever may write in the room in which a stock lies keeps it, whoever may share it lends."""

from __future__ import annotations

from service.access.visitor import NotAllowed, NotSignedIn, Visitor


def demand_write(visitor: Visitor, room: str) -> None:
    """Raises NotSignedIn, NotAllowed."""
    _signed_in(visitor)
    if room not in visitor.write:
        raise NotAllowed("You see this, but may not write here; an administrator of the room can let you.")


def demand_share(visitor: Visitor, room: str) -> None:
    """Who may share a room on may lend what lies in it. Raises NotSignedIn, NotAllowed."""
    _signed_in(visitor)
    if room not in visitor.share:
        raise NotAllowed("Only who may share this stock on lends from it; an administrator of its room can let you.")


def _signed_in(visitor: Visitor) -> None:
    if not visitor.signed_in:
        raise NotSignedIn(NotSignedIn.__doc__)
