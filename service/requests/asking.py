"""Requests as those who need something keep them: written, submitted, corrected, taken back, closed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from geodata.model.body import to_body
from geodata.model.editing import BadEdit, Edited
from geodata.model.inquiry import AWAY, OPEN, Inquiry, InquiryState, moved
from geodata.model.ref import BadRef, Ref
from geodata.model.request import OVER, Counts, Request, RequestState, Step, check_times, longer, stands
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import Held, NoSuchThing
from service.access.visitor import Visitor
from service.bodies import Once
from service.requests import rules, store
from service.requests.borrowing import not_taken
from service.requests.desk import REQUEST_KIND, Desk
from service.requests.holding import Taken, let_go
from service.requests.sent import NewRequest

_S = RequestState


class Asking:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def create(self, visitor: Visitor, incident: str, given: NewRequest, once: Once, now: datetime) -> Answered:
        """Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        rules.check_given(given.fields)
        seen = await self.desk.seen(visitor, "incident", incident)
        duty = rules.asking_staff(visitor, incident, given.staff)
        organisation, name = await self._organisation(visitor, duty.staff, given.organisation)
        async with self._as(visitor) as tx:
            await things.lock(tx, str(seen.ref), shared=True)
            rules.check_open((await things.read(tx, seen.ref, self._rooms(visitor))).body)
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            state = _S.SUBMITTED if given.submit else _S.DRAFT
            fields = {
                **given.fields,
                "incident": incident, "staff": duty.staff, "organisation": organisation, "organisation_name": name,
                "number": await things.next_number(tx, REQUEST_KIND, incident), "state": state.value,
                "history": [to_body(Step(state.value, now, visitor.actor))],
            }  # fmt: skip
            request = things.checked({name: value for name, value in fields.items() if value is not None}, Request)
            check_times(request, now)
            await self._check_links(tx, visitor, request, given.fields)
            request = replace(
                request, counts=Counts(requested=request.quantity),
                answer_due=now + self.desk.ageing[request.priority] if given.submit else None,
            )  # fmt: skip
            others = await self._others(tx, incident, self._rooms(visitor))
            ref = self.desk.ref(REQUEST_KIND, things.new_id())
            body = things.make(tx, ref, request, room=seen.room, at=now)
            told = {"id": ref.id, "ref": str(ref), "room": seen.room, "body": body}
            return await once.keep(tx, 201, {**told, "similar": rules.similar(request, others)})

    async def edit(
        self, visitor: Visitor, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """What changes is carried into the inquiries that are open. Raises as `create`."""
        await self._mine(visitor, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            held, request = await self._open(tx, visitor, id)
            rules.check_given(fields, state=request.state)
            edited, after = things.change(tx, held, fields, Request, base=base, at=now)
            check_times(after, now)
            await self._check_links(tx, visitor, after, fields)
            return await self._carried(tx, held, request, after, edited, now)

    async def settle(
        self, visitor: Visitor, id: str, number: int, now: datetime, *, take: bool, field: str | None
    ) -> dict[str, Any]:
        """Raises as `create`."""
        await self._mine(visitor, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            held, request = await self._open(tx, visitor, id)
            conflicts = held.body.get("conflicts", [])
            if number >= len(conflicts) or field not in (None, conflicts[number]["field"]):
                raise BadEdit("conflict", "there is no such conflict; somebody may have settled it")
            if take:
                rules.check_given({conflicts[number]["field"]: None}, state=request.state)
            edited = things.settle(tx, held, number, Request, take=take, at=now)
            after = things.checked(edited.body, Request)
            return await self._carried(tx, held, request, after, edited, now)

    async def submit(self, visitor: Visitor, id: str, now: datetime) -> dict[str, Any]:
        """Raises as `create`."""
        await self._mine(visitor, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            held, request = await self._open(tx, visitor, id)
            if request.state is not _S.DRAFT:
                raise BadMove(f"This request is {request.state}; it was submitted before.")
            step = Step(_S.SUBMITTED.value, now, visitor.actor)
            after = replace(
                request, answer_due=now + self.desk.ageing[request.priority], history=longer(request.history, step)
            )
            others = await self._others(tx, request.incident, [held.room])
            told = await self.desk.put_request(tx, held, after, _S.SUBMITTED, now)
            return {**told, "similar": rules.similar(after, others, but=id)}

    async def end(
        self,
        visitor: Visitor,
        id: str,
        state: RequestState,
        reason: str | None,
        now: datetime,
        *,
        of: str | None = None,
    ) -> dict[str, Any]:
        """Withdraw it, close it, or say of which other one it is a duplicate: whoever was asked is told, what was held
        is free. What is lent comes back first. Raises as `create`."""
        await self._mine(visitor, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            held, request = await self._open(tx, visitor, id)
            if request.state in OVER:
                raise BadMove(f"This request is {request.state} already.")
            if state is _S.CLOSED and request.state is _S.DRAFT:
                raise BadMove("This request is a draft; withdraw it.")
            if of is not None:
                await self._check_other(tx, visitor, id, of, request)
            told = reason if state is _S.WITHDRAWN else None  # why it is closed is nobody else's business
            ends = InquiryState.DUPLICATE if state is _S.DUPLICATE else InquiryState.WITHDRAWN
            ended = await self._end_inquiries(
                tx, held, lambda one: moved(not_taken(one), ends, at=now, by=visitor.actor, text=told), now,
                committed=state is not _S.CLOSED,
            )  # fmt: skip
            after = await self.desk.end(tx, held, request, ended, now)
            step = Step(state.value, now, visitor.actor, reason or None)
            after = replace(after, answer_due=None, duplicate_of=of, history=longer(after.history, step))
            return await self.desk.put_request(tx, held, after, state, now)

    async def _end_inquiries(
        self, tx: Transaction, held: Held, end: Callable[[Inquiry], Inquiry], now: datetime, *, committed: bool
    ) -> dict[str, tuple[Held, Inquiry, Inquiry]]:
        """Raises BadMove naming who has something lent out (with `committed`: has ever promised something)."""
        ended: dict[str, tuple[Held, Inquiry, Inquiry]] = {}
        rooms, names = [], []
        for one in sorted((await store.inquiries(tx, self.desk.origin, held.ref.id)).values(), key=lambda o: o.ref.id):
            fresh = await store.taken(tx, one.ref)
            inquiry = things.checked(fresh.body, Inquiry)
            promised = any(line.committed_at for line in inquiry.lines)
            if any(line.state in AWAY for line in inquiry.lines) or (committed and promised):
                names.append(inquiry.addressee.name)
            elif inquiry.state in OPEN:
                ended[one.ref.id] = (fresh, inquiry, end(inquiry))
                fleet = await self.desk.fleet(tx, inquiry.addressee.organisation)
                rooms += [fleet.room] if fleet else []
        if names:
            raise BadMove(
                f"{', '.join(sorted(names))} promised something for it: release it and have it returned, then close."
            )
        taken = await Taken.of(
            tx, self.desk.origin, rooms, now,
            resources_=[line.resource for _, inquiry, _ in ended.values() for line in inquiry.offered],
            stock=[line.stock for _, inquiry, _ in ended.values() for line in inquiry.stock],
        )  # fmt: skip
        for id, (_, inquiry, _) in ended.items():
            let_go(taken, id, inquiry)
        await taken.put()
        return ended

    async def _carried(
        self, tx: Transaction, held: Held, before: Request, after: Request, edited: Edited, now: datetime
    ) -> dict[str, Any]:
        """What was edited, carried into the open inquiries, and how the request stands with it."""
        told = {"changed": list(edited.changed), "lost": list(edited.lost)}
        if not edited.changed:
            return {"id": held.ref.id, "ref": str(held.ref), "room": held.room, "body": edited.body, **told}
        need = after.need()
        if need != before.need():
            for id in sorted(await store.inquiries(tx, self.desk.origin, held.ref.id)):
                one = await store.taken(tx, self.desk.ref("inquiry", id))
                inquiry = things.checked(one.body, Inquiry)
                if inquiry.state in OPEN:
                    self.desk.put_inquiry(tx, one, replace(inquiry, need=need), now)
        counts = replace(after.counts, requested=after.quantity)
        due = after.answer_due
        if due is not None and after.priority is not before.priority:
            due = due - self.desk.ageing[before.priority] + self.desk.ageing[after.priority]
        now_held = Held(held.ref, held.room, edited.body, held.extent)
        state = after.state
        if state is not _S.DRAFT:
            states = [
                str(one.body["state"]) for one in (await store.inquiries(tx, self.desk.origin, held.ref.id)).values()
            ]
            state = stands(counts, states)
        put = await self.desk.put_request(tx, now_held, replace(after, counts=counts, answer_due=due), state, now)
        return {**put, **told}

    async def _mine(self, visitor: Visitor, id: str) -> None:
        """Seen, and in an incident where he may ask. Raises NoSuchThing, NotSignedIn, NotAllowed."""
        seen = await self.desk.seen(visitor, REQUEST_KIND, id)
        self.desk.demand_requester(visitor, seen.body)

    async def _open(self, tx: Transaction, visitor: Visitor, id: str) -> tuple[Held, Request]:
        held, request = await self.desk.request(tx, id)
        self.desk.demand_requester(visitor, request)
        rules.check_open((await store.found(tx, self.desk.ref("incident", request.incident))).body)
        return held, request

    async def _organisation(self, visitor: Visitor, staff: str, wanted: str | None) -> tuple[str, str]:
        """For whom is asked, and its name. Raises BadEdit, NotAllowed."""
        async with self.desk.database.transaction(visitor.actor) as tx:
            row = await store.staff(tx, staff)
            of_staff = row.organisation if row else None
            known = await store.fleets(tx.connection, self.desk.origin)
            own = [one for one in known.values() if one.partner is None]
            writable = [one.organisation for one in own if one.room in visitor.write]
            chosen = wanted or of_staff or (writable[0] if len(writable) == 1 else None)
            if chosen is None:
                raise BadEdit("organisation", "say for which organisation you ask")
            rules.demand_organisation(visitor, chosen, of_staff=of_staff, writable=writable)
            name = await store.organisation_name(tx, chosen)
        if name is None:
            raise BadEdit("organisation", "there is no such organisation")
        return chosen, name

    async def _check_other(self, tx: Transaction, visitor: Visitor, id: str, of: str, request: Request) -> None:
        """Raises BadEdit."""
        try:
            other = await things.read(tx, self.desk.ref(REQUEST_KIND, of), self._rooms(visitor))
        except NoSuchThing:
            other = None
        if of == id or other is None or other.body["incident"] != request.incident:
            raise BadEdit("of", "name another request of this incident")
        if other.body["state"] == _S.DUPLICATE:
            raise BadEdit("of", "that one is a duplicate itself; name the one that counts")

    async def _check_links(
        self, tx: Transaction, visitor: Visitor, request: Request, given: Mapping[str, Any]
    ) -> None:  # fmt: skip
        """What is linked lies in the same incident. Raises BadEdit."""
        for kind in rules.LINKS:
            if given.get(kind) is None:
                continue
            try:
                found = (await things.read(tx, Ref(self.desk.origin, kind, given[kind]), self._rooms(visitor))).body
            except (NoSuchThing, BadRef):
                found = {}
            if found.get("incident") != request.incident:
                raise BadEdit(kind, f"there is no such {kind} in this incident")

    def _as(self, visitor: Visitor) -> Any:
        return self.desk.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write)

    async def _others(self, tx: Transaction, incident: str, rooms: Collection[str]) -> dict[str, dict[str, Any]]:
        return await things.of_incident(tx, REQUEST_KIND, incident, rooms, origin=self.desk.origin)

    def _rooms(self, visitor: Visitor) -> list[str]:
        return self.desk.database.asked(visitor.rooms)
