"""Messages as people write and open them, and the receipts that need nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import structlog

from geodata.model.body import from_body, to_body
from geodata.model.clock import Clock
from geodata.model.editing import BadEdit
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.incident import IncidentMode
from geodata.model.partner_message import MESSAGE, RECEIPT, PartnerMessage, PartnerReceipt
from geodata.model.ref import BadRef, Ref
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.visitor import Visitor
from service.bodies import Once
from service.federation.procedures.messages import rules, sent, store
from service.federation.procedures.messages.store import Received
from service.federation.procedures.parties import function_of, writing

log = structlog.get_logger()

ACTOR = "exchange"
"""Who makes receipts in the log."""


class Office:
    def __init__(self, database: Database, clock: Clock, *, origin: str, name: str, mode: IncidentMode) -> None:
        self.database, self.clock, self.origin, self.name, self.mode = database, clock, origin, name, mode

    async def write(self, visitor: Visitor, id: str, given: sent.NewPartnerMessage, once: Once) -> Answered:
        """Put a message on its way. Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit, BadMove."""
        peer, room = await writing(self.database, visitor, id)
        function = function_of(visitor, given.function)
        now = self.clock.now()
        replied = await self._replied(room, given.reply_to)
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            incident, incident_name, mode = await self._incident(tx, visitor, given.incident)
            message = PartnerMessage(
                number=await things.next_number(tx, MESSAGE, room), sender=self.name, to=peer.origin,
                text=given.text.strip(), at=now, mode=mode, priority=given.priority, function=function,
                incident=incident, incident_name=incident_name, reply_to=given.reply_to,
            )  # fmt: skip
            ref = Ref(self.origin, MESSAGE, things.new_id())
            _put(tx, ref, room, message, now)
            if replied is not None:
                await self._told(tx, replied, now, lambda before: rules.answered(before, str(ref), function, now))
            return await once.keep(tx, 201, {"id": ref.id, "ref": str(ref), "room": room, "body": to_body(message)})

    async def read(self, visitor: Visitor, id: str, message: str, given: sent.PartnerMessageRead) -> dict[str, Any]:
        """A human has opened a message of theirs. Raises as `write`."""
        _, room = await writing(self.database, visitor, id)
        function = function_of(visitor, given.function)
        found = await self._theirs(room, message)
        now = self.clock.now()
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            receipt = await self._told(tx, found, now, lambda before: rules.read(before, function, now))
        return {"ref": found.ref, "receipt": to_body(receipt)}

    async def deliver(self) -> int:
        """Say of all messages that have come that they are here. How many were new."""
        async with self.database.reading() as connection:
            found = await store.untold(connection, self.origin)
        if not found:
            return 0
        async with self.database.transaction(ACTOR) as tx:
            for one in found:
                await self._told(tx, one, self.clock.now(), lambda before: before)
        return len(found)

    async def _told(self, tx: Transaction, message: Received, now: datetime, more: Any) -> PartnerReceipt:
        """Our receipt of it with `more`, under its lock; the first one also says that it is there."""
        ref = message.receipt(self.origin)
        try:
            held = await things.take(tx, ref, [message.room])
            before = from_body(held.body, PartnerReceipt)
        except NoSuchThing:
            before = PartnerReceipt(message.ref, _number(message), now)
        after: PartnerReceipt = more(before)
        _put(tx, ref, message.room, after, now)
        return after

    async def _theirs(self, room: str, id: str) -> Received:
        async with self.database.reading() as connection:
            found = await store.one(connection, room, id)
        if found is None:
            raise NoSuchThing("There is no such message of this partner.")
        return found

    async def _replied(self, room: str, ref: str | None) -> Received | None:
        if ref is None:
            return None
        try:
            found = await self._theirs(room, Ref.parse(ref).id)
        except (BadRef, NoSuchThing) as error:
            raise BadEdit("reply_to", "this is no message of this partner") from error
        if found.ref != ref:
            raise BadEdit("reply_to", "this is no message of this partner")
        return found

    async def _incident(
        self, tx: Transaction, visitor: Visitor, id: str | None
    ) -> tuple[str | None, str | None, IncidentMode]:
        if id is None:
            return None, None, self.mode
        try:
            held = await things.read(tx, Ref(self.origin, "incident", id), self.database.asked(visitor.rooms))
        except (BadRef, NoSuchThing) as error:
            raise BadEdit("incident", "there is no such incident, or you may not see it") from error
        return str(held.ref), held.body["name"], IncidentMode(held.body.get("mode", self.mode))


def _number(message: Received) -> int:
    try:
        return msgspec.convert(message.body, PartnerMessage).number
    except msgspec.ValidationError:
        return 1


def _put(tx: Transaction, ref: Ref, room: str, thing: Any, now: datetime) -> None:
    source = "exchange" if ref.kind == RECEIPT else "people"
    tx.put(Fact(ref, room, Provenance(source, now, now, Confidence.CONFIRMED), to_body(thing)), timeless=True)
