"""A request and its inquiries under their locks, and what becomes of both when one of them takes a step.

Locks, always in this order: request, inquiries by id, resources by id, stock by id, the log. A step runs as the
owner, because it touches rooms of both sides; who may take it is asked before, under row-level security.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from geodata.model.body import to_body
from geodata.model.inquiry import Inquiry, InquiryState, Side, moved, spoken, sums
from geodata.model.ref import BadRef, Ref
from geodata.model.request import (
    NEED_FIELDS,
    OVER,
    REQUEST,
    UNANSWERED,
    Counts,
    Priority,
    Request,
    RequestState,
    Step,
    longer,
    stands,
)
from geodata.model.resource import Fleet
from geodata.store import resources, things
from geodata.store.database import Database, Transaction
from geodata.store.things import Held, NoSuchThing
from service.access.rights import Right
from service.access.visitor import Visitor
from service.requests import store

REQUEST_KIND, INQUIRY_KIND = "request", "inquiry"
SOURCE = "people"


@dataclass(frozen=True, slots=True)
class Case:
    """An inquiry and the request that it belongs to, both locked. Where a partner asks, the request is the partner's:
    it is what the inquiry says of it, and nothing is held of it here."""

    request_held: Held | None
    request: Request
    held: Held
    inquiry: Inquiry

    @property
    def id(self) -> str:
        return self.held.ref.id


class Desk:
    def __init__(self, database: Database, origin: str, ageing: Mapping[Priority, timedelta]) -> None:
        self.database, self.origin, self.ageing = database, origin, ageing

    def ref(self, kind: str, id: str) -> Ref:
        """Raises NoSuchThing."""
        try:
            return Ref(self.origin, kind, id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error

    async def seen(self, visitor: Visitor, kind: str, id: str) -> Held:
        """The thing as the visitor sees it, under both locks. Raises NoSuchThing."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms) as tx:
            return await things.read(tx, self.ref(kind, id), self.database.asked(visitor.rooms))

    async def open(self, tx: Transaction, id: str) -> Case:
        """Raises NoSuchThing."""
        ref = self.ref(INQUIRY_KIND, id)
        before = await store.found(tx, ref)
        if before.body.get("across", {}).get("side") == Side.LENDER:
            return self.partners(await store.taken(tx, ref))
        request_held, request = await self.request(tx, before.body["request"])
        held = await store.taken(tx, ref)
        return Case(request_held, request, held, things.checked(held.body, Inquiry))

    def partners(self, held: Held) -> Case:
        """The inquiry of a partner, which is locked."""
        inquiry = things.checked(held.body, Inquiry)
        return Case(None, _partners(inquiry), held, inquiry)

    async def request(self, tx: Transaction, id: str) -> tuple[Held, Request]:
        """Locked. Raises NoSuchThing."""
        held = await store.taken(tx, self.ref(REQUEST_KIND, id))
        return held, things.checked(held.body, Request)

    async def fleet(self, tx: Transaction, organisation: str) -> Fleet | None:
        """An organisation's fleet, whoever may see it."""
        try:
            return things.checked((await store.found(tx, self.ref("fleet", organisation))).body, Fleet)
        except NoSuchThing:
            return None

    def demand_requester(self, visitor: Visitor, request: Mapping[str, Any] | Request) -> None:
        """Raises NotSignedIn, NotAllowed."""
        incident = request.incident if isinstance(request, Request) else request["incident"]
        visitor.needs(Right.ORDER, incident=incident)

    async def step(
        self,
        tx: Transaction,
        case: Case,
        after: Inquiry,
        state: InquiryState,
        now: datetime,
        *,
        text: str | None = None,
        message: str | None = None,
    ) -> dict[str, Any]:
        """Put the inquiry in its new state and the request as it stands then; the inquiry as it goes out.

        Raises BadMove."""
        after = moved(after, state, at=now, by=tx.actor, text=text, message=message)
        told = self.put_inquiry(tx, case.held, after, now)
        step = Step("", now, tx.actor, text or None, after.message, after.addressee.name)
        await self._follow(tx, case, after, [step], now)
        return told

    async def heard(
        self,
        tx: Transaction,
        case: Case,
        after: Inquiry,
        steps: Sequence[Step],
        now: datetime,
        *,
        answered: bool = False,
    ) -> None:
        """Put the inquiry as it is with what the other node has said, and the request as it stands then; `steps` are
        those that are new here. `answered`: something in it is our own answer, of which the other has to hear."""
        self.put_inquiry(tx, case.held, after, now, ours=answered)
        told = [replace(step, addressee=after.addressee.name) for step in steps]
        if told or sums(after) != sums(case.inquiry) or after.state is not case.inquiry.state:
            await self._follow(tx, case, after, told, now)

    def put_inquiry(
        self, tx: Transaction, held: Held, inquiry: Inquiry, now: datetime, *, ours: bool = True
    ) -> dict[str, Any]:
        """`ours`: it is a step of our own, of which a partner has to hear where there is one."""
        inquiry = spoken(inquiry, now) if ours else inquiry
        fields = {name: None for name in Inquiry.__dataclass_fields__} | to_body(inquiry)
        resources.say(tx, held, fields, Inquiry, at=now, source=SOURCE)
        return {
            "id": held.ref.id, "ref": str(held.ref), "room": held.room,
            "body": {**to_body(inquiry), "version": 1},
        }  # fmt: skip

    async def _follow(self, tx: Transaction, case: Case, after: Inquiry, steps: Sequence[Step], now: datetime) -> None:
        """Put the request as it stands once this inquiry is so; `steps` are told in the state that it is in then."""
        held, request = case.request_held, case.request
        if held is None:
            return
        others = await store.inquiries(tx, self.origin, held.ref.id)
        states = {id: str(one.body["state"]) for id, one in others.items()} | {case.id: after.state.value}
        counts = _added(request.counts, case.inquiry, after)
        state = request.state if request.state in OVER else stands(counts, states.values())
        history = request.history
        for step in steps:
            history = longer(history, replace(step, state=state.value))
        await self.put_request(tx, held, replace(request, counts=counts, history=history), state, now)

    async def put_request(
        self, tx: Transaction, held: Held, request: Request, state: RequestState, now: datetime
    ) -> dict[str, Any]:
        """What the server keeps of it, in that state. Raises BadMove."""
        after = REQUEST.move(request.state, state)
        due = request.answer_due
        if after in UNANSWERED and request.state not in UNANSWERED:
            due = now + self.ageing[request.priority]
        kept = to_body(
            {
                "state": after, "level": request.level, "counts": request.counts, "history": list(request.history),
                "answer_due": due, "escalated": request.escalated, "duplicate_of": request.duplicate_of,
            }
        )  # fmt: skip
        fields = {**dict.fromkeys(("answer_due", "escalated", "duplicate_of", "history")), **kept}
        edited, _ = things.change(tx, held, fields, Request, base=int(held.body["version"]), at=now)
        return {"id": held.ref.id, "ref": str(held.ref), "room": held.room, "body": edited.body}

    async def end(
        self,
        tx: Transaction,
        held: Held,
        request: Request,
        ended: Mapping[str, tuple[Held, Inquiry, Inquiry]],
        now: datetime,
    ) -> Request:
        """The request with the counts after these inquiries have ended; they are put."""
        counts = request.counts
        for one, before, after in ended.values():
            self.put_inquiry(tx, one, after, now)
            counts = _added(counts, before, after)
        return replace(request, counts=counts)


def _partners(inquiry: Inquiry) -> Request:
    """A partner's request, as far as its inquiry tells."""
    ended = inquiry.state in (InquiryState.WITHDRAWN, InquiryState.DUPLICATE)
    need = {name: getattr(inquiry.need, name) for name in NEED_FIELDS}
    return Request(
        **need, incident=inquiry.incident, staff="-", organisation=inquiry.requester.organisation,
        organisation_name=inquiry.requester.name, number=inquiry.number,
        state=RequestState.WITHDRAWN if ended else RequestState.ROUTED, level=inquiry.level,
    )  # fmt: skip


def _added(counts: Counts, before: Inquiry, after: Inquiry) -> Counts:
    """The counts of a request after one of its inquiries went from `before` to `after`."""
    was, now = sums(before), sums(after)
    changed = {
        name: max(0.0, round(getattr(counts, name) + getattr(now, name) - getattr(was, name), 6))
        for name in type(now).__dataclass_fields__
    }
    return replace(counts, **changed)
