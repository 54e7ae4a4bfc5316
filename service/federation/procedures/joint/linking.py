"""Saying that an incident of ours and one of a partner's are the same, and taking that back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from geodata.model.body import from_body, to_body
from geodata.model.clock import Clock
from geodata.model.editing import BadEdit
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.incident_link import LINK, IncidentLink
from geodata.model.ref import BadRef, Ref, id_of
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.rights import Right
from service.access.visitor import NotAllowed, Visitor
from service.bodies import Once
from service.federation.peers.peer import Peer
from service.federation.procedures.joint import sent, store
from service.federation.procedures.parties import function_of, partner, writing

RIGHT = Right.SITUATION


class Linking:
    def __init__(self, database: Database, clock: Clock, *, origin: str) -> None:
        self.database, self.clock, self.origin = database, clock, origin

    async def link(self, visitor: Visitor, id: str, given: sent.NewIncidentLink, once: Once) -> Answered:
        """Our own word; said again it is renewed. Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit, BadMove."""
        peer, room = await writing(self.database, visitor, id, RIGHT)
        function = function_of(visitor, given.function, RIGHT)
        theirs = await self._theirs(visitor, peer, room, given.theirs)
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            own = await self._own(tx, visitor, given.incident)
            ref = Ref(self.origin, LINK, id_of(own.id, f"{theirs.origin}.{theirs.id}"))
            await things.lock(tx, str(ref))
            link = IncidentLink(
                str(own), str(theirs), self.clock.now(), function, _kept(given.label), _kept(given.note)
            )
            _put(tx, ref, room, link)
            return await once.keep(tx, 201, {"id": ref.id, "ref": str(ref), "room": room, "body": to_body(link)})

    async def end(self, visitor: Visitor, id: str, link: str, given: sent.IncidentLinkEnd) -> dict[str, Any]:
        """We no longer say so; also to a partner whom we trust no more. Raises as `link`."""
        peer = await partner(self.database, visitor, id)
        visitor.needs(RIGHT)
        room = peer.exchange_room
        if room is None or room not in visitor.write:
            raise NotAllowed("You see what is exchanged with this partner, but may not write here.")
        function = function_of(visitor, given.function, RIGHT)
        try:
            ref = Ref(self.origin, LINK, link)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            held = from_body((await things.take(tx, ref, [room])).body, IncidentLink)
            # Whoever does not see our incident does not speak for it.
            await things.read(tx, Ref.parse(held.incident), self.database.asked(visitor.rooms))
            if held.ended_at is None:
                held = replace(held, ended_at=self.clock.now(), ended_by=function, reason=given.reason.strip())
                _put(tx, ref, room, held)
        return {"id": ref.id, "ref": str(ref), "room": room, "body": to_body(held)}

    async def _own(self, tx: Transaction, visitor: Visitor, id: str) -> Ref:
        try:
            held = await things.read(tx, Ref(self.origin, "incident", id), self.database.asked(visitor.rooms))
        except (BadRef, NoSuchThing) as error:
            raise BadEdit("incident", "there is no such incident, or you may not see it") from error
        if held.body["state"] == "ARCHIVED":
            raise BadMove("This incident is archived: it can be read, not changed.")
        return held.ref

    async def _theirs(self, visitor: Visitor, peer: Peer, room: str, ref: str) -> Ref:
        """One that this partner shares with us, or that it named in what we exchange. Raises BadEdit."""
        try:
            theirs = Ref.parse(ref)
        except BadRef as error:
            raise BadEdit("theirs", str(error)) from error
        if theirs.origin != peer.origin or theirs.kind != "incident":
            raise BadEdit("theirs", f"this is no incident of {peer.name}")
        async with self.database.reading(visitor.rooms) as connection:
            known = await store.shared(connection, [ref], self.database.asked(visitor.rooms))
            if ref not in known and ref not in await store.named(connection, peer.origin, room):
                raise BadEdit("theirs", f"{peer.name} neither shares nor names such an incident")
        return theirs


def _kept(words: str | None) -> str | None:
    return " ".join(words.split()) or None if words else None


def _put(tx: Transaction, ref: Ref, room: str, link: IncidentLink) -> None:
    at = link.ended_at or link.at
    tx.put(Fact(ref, room, Provenance("people", at, at, Confidence.CONFIRMED), to_body(link)), timeless=True)
