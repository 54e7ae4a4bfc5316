"""Who announces convoys and reads what partners announce: whoever holds a function that writes, or keeps a fleet."""

from __future__ import annotations

from geodata.model.states import BadMove
from geodata.store.database import Connection, Database
from service.access.rights import Right
from service.access.visitor import NotAllowed, Visitor
from service.federation.peers.peer import Peer
from service.federation.procedures.marches import store
from service.federation.procedures.parties import REACHED, partner


async def demand(connection: Connection, visitor: Visitor, *, origin: str) -> None:
    """Raises NotSignedIn, NotAllowed."""
    keeps = visitor.purpose == "browser" and await store.keeps_a_fleet(connection, origin, visitor.write)
    if not (visitor.signed_in and keeps):
        visitor.needs(Right.JOURNAL)


async def dealing(database: Database, visitor: Visitor, id: str, *, origin: str) -> tuple[Peer, str]:
    """The partner and its exchange room, in which the visitor writes. Raises NotSignedIn, NotAllowed, NoSuchThing,
    BadMove."""
    found = await partner(database, visitor, id)
    async with database.reading() as connection:
        await demand(connection, visitor, origin=origin)
    room = found.exchange_room
    if room is None or room not in visitor.write:
        raise NotAllowed("You see what is exchanged with this partner, but may not write here.")
    if found.state not in REACHED:
        raise BadMove(f"{found.name} is {found.state}: nothing goes there.")
    return found, room
