"""Deciding about a partner's request to alarm, by people: accepted with one of our plans, or declined with a reason."""

from __future__ import annotations

from typing import Any

from geodata.model.alarm_request import AlarmCount, Reply, Wish
from geodata.model.body import to_body
from geodata.model.clock import Clock
from geodata.model.editing import BadEdit
from geodata.model.states import BadMove
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.audit.store import note
from service.access.rights import Right
from service.access.visitor import Visitor
from service.alarms.calling import Calling
from service.alarms.sent import NewAlarm
from service.bodies import Once
from service.federation.procedures.alarms import policy, rules, sent, store, terms
from service.federation.procedures.alarms.answering import Answering, decided
from service.federation.procedures.alarms.store import Asked
from service.federation.procedures.parties import function_of, partner, writing


class Office:
    def __init__(self, database: Database, clock: Clock, calling: Calling, answering: Answering) -> None:
        self.database, self.clock, self.calling, self.answering = database, clock, calling, answering

    async def accept(
        self, visitor: Visitor, id: str, request: str, given: sent.AlarmRequestAccepted, once: Once
    ) -> Answered:
        """One of our plans begins and names the request. Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit,
        BadMove."""
        asked = await self._asked(visitor, id, request)
        now = self.clock.now()
        why = rules.refusal(asked.request.mode, self.answering.mode)
        if why is not None:
            raise BadMove(why)
        wanted = NewAlarm(given.plan, None, rules.fields(asked.request), given.incident, None, asked.request.mode)
        ready = await self.calling.ready(visitor, wanted, now)
        policy.check_mode(ready.plan, asked.request.mode)
        if ready.mode is not asked.request.mode:
            raise BadEdit("plan", f"this would be {ready.mode}; what is asked for is {asked.request.mode}")
        async with self.database.transaction(visitor.actor) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            count = await self._waiting(tx, asked)
            if asked.request.wish in (Wish.ENDED, Wish.CANCELLED):
                raise BadMove("It was taken back; nobody is wanted any more.")
            begun = await self.calling.put(tx, ready, now, cause=asked.ref)
            function = function_of(visitor, right=Right.ALARM)
            after = decided(count, function, now, alarm=begun["id"])
            self.answering.put(tx, asked, after, now)
            return await once.keep(tx, 201, {**begun, "count": to_body(after)})

    async def decline(
        self, visitor: Visitor, id: str, request: str, given: sent.AlarmRequestDeclined
    ) -> dict[str, Any]:
        """Raises as `accept`."""
        asked = await self._asked(visitor, id, request)
        now = self.clock.now()
        async with self.database.transaction(visitor.actor) as tx:
            count = await self._waiting(tx, asked)
            function = function_of(visitor, right=Right.ALARM)
            after = decided(count, function, now, reason=given.reason.strip())
            self.answering.put(tx, asked, after, now)
        return {"ref": asked.ref, "count": to_body(after)}

    async def write_policy(self, visitor: Visitor, id: str, given: sent.AlarmPolicy) -> dict[str, Any]:
        """Which plan this partner's requests start without asking, and within which limits. Raises as `accept`."""
        peer, _ = await writing(self.database, visitor, id, Right.ALARM)
        alarms = terms.written(given)
        for plan in dict.fromkeys(given.plans.values()):
            await self.calling.ready(visitor, NewAlarm(plan=plan), self.clock.now())
        kept = {"alarms": alarms, "alarms_by": visitor.actor, "alarms_at": self.clock.now().isoformat()}
        async with self.database.transaction(visitor.actor) as tx:
            for mode, plan_id in given.plans.items():
                checked, _ = await policy.read(tx, self.answering.origin, plan_id)
                policy.check_mode(checked, mode)
            await store.write_policy(tx, peer.id, kept)
            await note(tx.connection, visitor, "partner.alarm_policy", f"partner:{peer.id}", {"alarms": alarms})
        return {"id": peer.id, **terms.told(kept)}

    async def read_policy(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """What is written, who set it and when. Raises NotSignedIn, NoSuchThing."""
        peer = await partner(self.database, visitor, id)
        return {"id": peer.id, **terms.told(peer.policy)}

    async def _asked(self, visitor: Visitor, id: str, request: str) -> Asked:
        _, room = await writing(self.database, visitor, id, Right.ALARM)
        async with self.database.reading() as connection:
            found = await store.one(connection, self.answering.origin, room, request)
        if found is None:
            raise NoSuchThing("This partner asks for nothing of this name.")
        return found

    async def _waiting(self, tx: Transaction, asked: Asked) -> AlarmCount:
        """What we have said so far, locked. Raises BadMove if it is decided."""
        now = self.clock.now()
        count = await self.answering.held(tx, asked)
        count = count or rules.arrived(asked.request, asked.ref, self.answering.mode, now)
        if count.state is not Reply.PROPOSED:
            raise BadMove(f"This request is {count.state}; only one that is PROPOSED is decided.")
        return count
