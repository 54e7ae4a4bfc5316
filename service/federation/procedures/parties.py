"""Who may deal with a partner: whoever is signed in, holds a function of a staff and writes in the exchange room."""

from __future__ import annotations

from geodata.model.editing import BadEdit
from geodata.model.states import BadMove
from geodata.store.database import Database
from geodata.store.things import NoSuchThing
from service.access.rights import RIGHTS, Right
from service.access.visitor import NotAllowed, NotSignedIn, Visitor
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState

REACHED = (PeerState.ACTIVE, PeerState.SUSPENDED)
"""What is put for a suspended partner waits and is not lost."""


async def partner(database: Database, visitor: Visitor, id: str) -> Peer:
    """A partner with whom the visitor may see what is exchanged. Raises NotSignedIn, NoSuchThing."""
    if not visitor.signed_in:
        raise NotSignedIn(NotSignedIn.__doc__)
    async with database.reading() as connection:
        found = await peers.one(connection, id)
    if found.exchange_room not in visitor.rooms:
        raise NoSuchThing(NoSuchThing.__doc__)
    return found


async def writing(database: Database, visitor: Visitor, id: str, right: Right = Right.JOURNAL) -> tuple[Peer, str]:
    """The partner and its exchange room, for who writes there. Raises as `partner`, NotAllowed, BadMove."""
    found = await partner(database, visitor, id)
    visitor.needs(right)
    room = found.exchange_room
    if room is None or room not in visitor.write:
        raise NotAllowed("You see what is exchanged with this partner, but may not write here.")
    if found.state not in REACHED:
        raise BadMove(f"{found.name} is {found.state}: nothing goes there.")
    return found, room


def function_of(visitor: Visitor, wanted: str | None = None, right: Right = Right.JOURNAL) -> str:
    """The function in which the visitor speaks: the wanted one, else the first that allows it. Raises BadEdit."""
    own = list(dict.fromkeys(duty.function.value for duty in visitor.duties if right in RIGHTS[duty.function]))
    if wanted is None:
        return own[0] if own else "?"
    if wanted not in own:
        raise BadEdit("function", f"you do not hold {wanted[:40]}; leave it out or name one of {', '.join(own)}")
    return wanted
