"""Marches as people write them, and as files bring them here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from geodata.model.body import from_body, to_body
from geodata.model.clock import Clock, WallClock
from geodata.model.editing import BadEdit
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.incident import IncidentMode
from geodata.model.inquiry import Inquiry, LineState, Side
from geodata.model.march import MARCH, RECEIPT, March, MarchReceipt
from geodata.model.ref import BadRef, Ref, id_of
from geodata.store import resources, things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.audit.store import note
from service.access.visitor import Visitor
from service.bodies import Once
from service.errors import Invalid
from service.federation.identity.keys import NodeKeys
from service.federation.islands.carrying import Carried, opened, sealed
from service.federation.islands.pieces import cut
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer
from service.federation.procedures.marches import journal
from service.federation.procedures.marches.sent import NewMarch
from service.federation.procedures.marches.vehicles import vehicles
from service.federation.procedures.marches.who import dealing, demand
from service.federation.procedures.parties import partner
from service.federation.sharing import store as sharing

RECEIPT_VALID = timedelta(days=14)
_GOING = frozenset({LineState.COMMITTED, LineState.EN_ROUTE, LineState.ARRIVED})


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file has brought. `outcome`: NEW, KNOWN (it stands here already) or OLDER (a newer one does)."""

    outcome: str
    ref: str
    kind: str
    partner: str
    partner_name: str
    body: dict[str, Any]


class Office:
    """`clock` is the one of the picture; whether a file still counts is asked of the wall's."""

    def __init__(
        self, database: Database, clock: Clock, keys: NodeKeys, *, origin: str, name: str, mode: IncidentMode
    ) -> None:
        self.database, self.clock, self.keys = database, clock, keys
        self.origin, self.name, self.mode = origin, name, mode
        self.wall: Clock = WallClock()

    async def write(self, visitor: Visitor, id: str, given: NewMarch, once: Once) -> Answered:
        """Announce a convoy, or announce it anew. Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit, BadMove."""
        peer, room = await dealing(self.database, visitor, id, origin=self.origin)
        async with self.database.reading() as connection:
            shares = await sharing.effective(connection, peer.id, origin=self.origin)
        now = self.clock.now()
        async with self.database.transaction(visitor.actor) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            ref, edition = await self._named(tx, given, peer, room)
            inquiry = await self._inquiry(tx, visitor, given, peer)
            ids = given.resources or tuple(
                line.resource for line in (inquiry.offered if inquiry else ()) if line.state in _GOING
            )
            if not ids:
                raise BadEdit("resources", "name the resources that go, or an inquiry by which they are lent")
            held = await resources.by_ids(tx, resources.RESOURCE, ids, visitor.rooms, origin=self.origin)
            march = March(
                edition=edition, sender=self.name, to=peer.origin, at=now, mode=self.mode, leader=given.leader,
                valid_until=now + timedelta(hours=given.valid_hours), contact=given.contact, facility=given.facility,
                vehicles=vehicles(ids, held, visitor, shares, given.eta), note=given.note or None,
                incident=inquiry.incident if inquiry else None, place_name=given.place_name or _place(inquiry),
                incident_name=inquiry.incident_name if inquiry else None, inquiry=given.inquiry,
                request=inquiry.request if inquiry else None,
            )  # fmt: skip
            body = to_body(march)
            tx.put(Fact(ref, room, Provenance("people", now, now, Confidence.CONFIRMED), body))
            answer = {"id": ref.id, "ref": str(ref), "room": room, "body": body}
            await journal.written(tx, peer, march, self.origin, now)
            detail = {"partner": peer.id, "edition": edition, "vehicles": len(march.vehicles)}
            await note(tx.connection, visitor, "march.write", f"{MARCH}:{ref.id}", detail)
            return await once.keep(tx, 201, answer)

    async def file(self, visitor: Visitor, id: str, march: str, *, most: int | None) -> list[str]:
        """A march of ours, or the receipt of one of this partner's: pieces of at most so many signs, or one. That it
        was written stands in the audit trail. Raises NotSignedIn, NotAllowed, NoSuchThing, BadMove, Invalid."""
        peer, room = await dealing(self.database, visitor, id, origin=self.origin)
        now = self.wall.now()
        kind, ref = MARCH, self._ref(MARCH, march)
        async with self.database.transaction(visitor.actor) as tx:
            try:
                held = await things.read(tx, ref, [room])
                until = max(from_body(held.body, March).valid_until, now + timedelta(hours=1))
            except NoSuchThing:
                kind, ref = RECEIPT, self._ref(RECEIPT, id_of(peer.origin, march))
                held = await things.read(tx, ref, [room])
                until = now + RECEIPT_VALID
            if kind == MARCH and held.body["to"] != peer.origin:
                raise NoSuchThing(NoSuchThing.__doc__)
            await note(
                tx.connection, visitor, f"{kind.replace('_', '.')}.file", f"{kind}:{ref.id}", {"partner": peer.id}
            )
        body = {name: value for name, value in held.body.items() if name != "version"}
        carried = Carried(
            version=1, sender=self.origin, recipient=peer.origin, mode=self.mode.value, ref=str(ref), created=now,
            valid_until=until, body=body,
        )  # fmt: skip
        try:
            return cut(sealed(self.keys, peer, carried), most)
        except ValueError as error:
            raise Invalid("most_signs", str(error)) from error

    async def read(self, visitor: Visitor, text: str) -> Taken:
        """Take what a partner's file or pieces say, as the stream would. Raises NotSignedIn, NotAllowed, Invalid."""
        async with self.database.reading() as connection:
            await demand(connection, visitor, origin=self.origin)
            known = await peers.everyone(connection)
        now = self.wall.now()
        peer, fact = opened(self.keys, text, known, own=self.origin, mode=self.mode.value, now=now)
        await partner(self.database, visitor, peer.id)
        self._fits(peer, fact)
        async with self.database.transaction(visitor.actor) as tx:
            await things.lock(tx, str(fact.ref))
            outcome = await self._outcome(tx, fact)
            if outcome == "NEW":
                tx.put(fact)
                await journal.read(tx, peer, fact, self.origin, self.clock.now())
            detail = {"partner": peer.id, "outcome": outcome, "edition": fact.body["edition"]}
            await note(
                tx.connection,
                visitor,
                f"{fact.ref.kind.replace('_', '.')}.read",
                f"{fact.ref.kind}:{fact.ref.id}",
                detail,
            )
        return Taken(outcome, str(fact.ref), fact.ref.kind, peer.origin, peer.name, fact.body)

    async def _outcome(self, tx: Transaction, fact: Fact) -> str:
        try:
            held = await things.read(tx, fact.ref, [fact.room])
        except NoSuchThing:
            return "NEW"
        if _place_in_time(held.body) == _place_in_time(fact.body):
            return "KNOWN"
        return "NEW" if _place_in_time(held.body) < _place_in_time(fact.body) else "OLDER"

    def _fits(self, peer: Peer, fact: Fact) -> None:
        """Raises Invalid."""
        if fact.ref.kind == RECEIPT:
            receipt = from_body(fact.body, MarchReceipt)
            if not receipt.march.startswith(f"{self.origin}/{MARCH}/"):
                raise Invalid("body.march", "it answers a march of somebody else")
            owner, field = self.origin, "body.lines"
            refs = [line.ref for line in receipt.lines]
        else:
            march = from_body(fact.body, March)
            if march.to != self.origin:
                raise Invalid("body.to", f"this march goes to {march.to}")
            owner, field = peer.origin, "body.vehicles"
            refs = [one.ref for one in march.vehicles]
        if any(ref.partition("/")[0] != owner for ref in refs):
            raise Invalid(field, f"they have to be resources of {owner}")

    async def _named(self, tx: Transaction, given: NewMarch, peer: Peer, room: str) -> tuple[Ref, int]:
        if given.march is None:
            return Ref(self.origin, MARCH, things.new_id()), 1
        try:
            held = await things.take(tx, self._ref(MARCH, given.march), [room])
        except NoSuchThing as error:
            raise BadEdit("march", "there is no such march to this partner") from error
        return held.ref, int(held.body["edition"]) + 1

    async def _inquiry(self, tx: Transaction, visitor: Visitor, given: NewMarch, peer: Peer) -> Inquiry | None:
        if given.inquiry is None:
            return None
        try:
            held = await things.read(tx, self._ref("inquiry", given.inquiry), visitor.rooms)
        except NoSuchThing as error:
            raise BadEdit("inquiry", "there is no such inquiry, or you may not see it") from error
        inquiry = things.checked(held.body, Inquiry)
        across = inquiry.across
        if across is None or across.side is not Side.LENDER or across.other != peer.origin:
            raise BadEdit("inquiry", f"{peer.name} borrows nothing by it")
        return inquiry

    def _ref(self, kind: str, id: str) -> Ref:
        try:
            return Ref(self.origin, kind, id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error


def _place(inquiry: Inquiry | None) -> str | None:
    return inquiry.need.place_name if inquiry else None


def _place_in_time(body: Mapping[str, Any]) -> tuple[int, datetime]:
    """A node restored from a backup may use an edition twice; then the later one counts."""
    return int(body["edition"]), datetime.fromisoformat(body["at"])
