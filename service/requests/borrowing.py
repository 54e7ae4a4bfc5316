"""The requester's side: taking an offer or a part of it, reporting what arrived and is in use, releasing it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from geodata.model.editing import BadEdit
from geodata.model.inquiry import (
    AWAY,
    HELD,
    LENDING,
    OPEN,
    Inquiry,
    InquiryState,
    Line,
    LineState,
    StockLine,
    Taking,
    each,
    named,
)
from geodata.model.lending import sent
from geodata.model.resource import Deployment, Fleet
from geodata.model.states import BadMove
from geodata.store.database import Transaction
from service.access.visitor import NotAllowed, Visitor
from service.requests.desk import INQUIRY_KIND, Case, Desk
from service.requests.holding import Taken, amounts, let_go
from service.requests.sent import InquiryPart, InquiryReport

_I, _L = InquiryState, LineState
TAKEABLE = frozenset({_L.OFFERED, _L.LAPSED})


@dataclass(frozen=True, slots=True)
class Stage:
    """A report on what is lent: the lines it can be about, what becomes of them, of the resources and the inquiry."""

    about: Collection[LineState]
    line: LineState
    deployment: Deployment
    inquiry: InquiryState


class Report(StrEnum):
    EN_ROUTE = "en-route"
    ARRIVE = "arrive"
    IN_USE = "in-use"
    RELEASE = "release"


STAGES = {
    Report.EN_ROUTE: Stage({_L.COMMITTED}, _L.EN_ROUTE, Deployment.EN_ROUTE, _I.EN_ROUTE),
    Report.ARRIVE: Stage({_L.COMMITTED, _L.EN_ROUTE}, _L.ARRIVED, Deployment.AT_MELDEKOPF, _I.ARRIVED),
    Report.IN_USE: Stage({_L.COMMITTED, _L.EN_ROUTE, _L.ARRIVED}, _L.ARRIVED, Deployment.DEPLOYED, _I.IN_USE),
    Report.RELEASE: Stage(AWAY - {_L.RELEASED}, _L.RELEASED, Deployment.RELEASED, _I.RELEASED),
}
_ORDER = (_I.COMMITTED, _I.EN_ROUTE, _I.ARRIVED, _I.IN_USE, _I.RELEASED)


class Borrowing:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def requisition(self, visitor: Visitor, id: str, given: InquiryPart, now: datetime) -> dict[str, Any]:
        """Take the offer or a part of it; the rest is free again. What was held too long ago is taken only if it is
        still free, and held anew. Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        await self._seen(visitor, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self._open(tx, visitor, id)
            inquiry = case.inquiry
            across = inquiry.across
            if inquiry.state is not _I.OFFERED and (across is not None or inquiry.state is not _I.EXPIRED):
                again = f" Ask {inquiry.addressee.name} to offer it again." if inquiry.state is _I.EXPIRED else ""
                raise BadMove(f"This inquiry is {inquiry.state}; only what is offered is taken.{again}")
            part = amounts(given.stock or ())
            everything = given.resources is None and given.stock is None
            lines = named(inquiry.offered, None if everything else given.resources or (), TAKEABLE, "resources")
            material = named(inquiry.stock, None if everything else tuple(part), TAKEABLE, "stock")
            if not lines and not material:
                raise BadEdit("resources", "there is nothing on offer, or nothing of it was named")
            for one in material:
                if part.get(one.stock, 0) > one.quantity:
                    raise BadEdit("stock", f"{one.article}: only {one.quantity:g} {one.unit} are offered")
            if across is not None:  # what is still free says the partner, by his clock
                after = _chosen(inquiry, lines, material, part)
                amounts_ = {one.stock: part.get(one.stock, one.quantity) for one in material}
                taking = Taking(across.round, tuple(line.resource for line in lines), amounts_)
                after = replace(after, across=replace(across, taking=taking))
                return await self.desk.step(tx, case, after, _I.REQUISITIONED, now, text=given.text)
            taken, fleet = await self._taken(tx, case, now)
            until = now + timedelta(minutes=inquiry.hold_minutes or 30)
            names = {line.resource: line.callsign for line in inquiry.offered}
            taken.demand_free([line.resource for line in lines], id, names, fleet.room)
            let_go(taken, id, inquiry)
            for line in lines:
                taken.hold(line.resource, id, inquiry.requester.organisation, until)
            for one in material:
                taken.reserve(one.stock, part.get(one.stock, one.quantity))
            await taken.put()
            after = replace(_chosen(inquiry, lines, material, part), hold_until=until)
            return await self.desk.step(tx, case, after, _I.REQUISITIONED, now, text=given.text)

    async def report(
        self, visitor: Visitor, id: str, report: Report, given: InquiryReport, now: datetime
    ) -> dict[str, Any]:
        """Raises as `requisition`."""
        await self._seen(visitor, id)
        stage = STAGES[report]
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self._open(tx, visitor, id)
            inquiry = case.inquiry
            if inquiry.state not in LENDING:
                raise BadMove(f"This inquiry is {inquiry.state}; nothing of it is lent.")
            lines = named(inquiry.offered, given.resources, stage.about, "resources")
            material = [one for one in inquiry.stock if given.resources is None and one.state in stage.about]
            if not lines and not material:
                raise BadMove("There is nothing of it that this could be said of now.")
            if inquiry.across is not None:
                after = reported(inquiry, _ids(lines, material), stage, now)
                return await self.desk.step(tx, case, after, state_after(after, stage), now, text=given.text)
            taken, fleet = await self._taken(tx, case, now)
            for line in lines:
                resource = taken.resources.get(line.resource)
                if resource is not None and resource.loan is not None and resource.loan.inquiry == id:
                    fields = sent(resource, fleet, stage.deployment, now)
                    if fields:
                        taken.write(line.resource, fields)
            await taken.put()
            after = reported(inquiry, _ids(lines, material), stage, now)
            return await self.desk.step(tx, case, after, state_after(after, stage), now, text=given.text)

    async def withdraw(self, visitor: Visitor, id: str, reason: str | None, now: datetime) -> dict[str, Any]:
        """Raises as `requisition`."""
        await self._seen(visitor, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self._open(tx, visitor, id)
            if case.inquiry.state not in OPEN:
                raise BadMove(f"This inquiry is {case.inquiry.state}; what was promised is released, not withdrawn.")
            if case.inquiry.across is None:
                taken, _ = await self._taken(tx, case, now)
                let_go(taken, id, case.inquiry)
                await taken.put()
            return await self.desk.step(tx, case, not_taken(case.inquiry), _I.WITHDRAWN, now, text=reason)

    async def _seen(self, visitor: Visitor, id: str) -> None:
        await self.desk.seen(visitor, INQUIRY_KIND, id)

    async def _open(self, tx: Transaction, visitor: Visitor, id: str) -> Case:
        case = await self.desk.open(tx, id)
        if case.request_held is None:
            raise NotAllowed(f"{case.inquiry.requester.name} asks: what is taken and has arrived is said there.")
        self.desk.demand_requester(visitor, case.request)
        return case

    async def _taken(self, tx: Transaction, case: Case, now: datetime) -> tuple[Taken, Fleet]:
        fleet = await self.desk.fleet(tx, case.inquiry.addressee.organisation)
        if fleet is None:
            raise NotAllowed("This organisation has no fleet any more.")
        taken = await Taken.of(
            tx, self.desk.origin, [fleet.room, case.held.room], now,
            resources_=[line.resource for line in case.inquiry.offered],
            stock=[line.stock for line in case.inquiry.stock],
        )  # fmt: skip
        return taken, fleet


def _chosen(
    inquiry: Inquiry, lines: Collection[Line], material: Collection[StockLine], part: dict[str, float]
) -> Inquiry:
    chosen = _ids(lines, material)
    left = {line.id for line in inquiry.lines if line.state is _L.OFFERED} - chosen
    after = each(inquiry, left, lambda line: replace(line, state=_L.NOT_TAKEN))
    after = each(after, chosen, lambda line: replace(line, state=_L.REQUISITIONED))
    return replace(
        after, stock=tuple(replace(one, quantity=part.get(one.stock, one.quantity)) for one in after.stock)
    )  # fmt: skip


def _ids(lines: Collection[Line], material: Collection[StockLine]) -> set[str]:
    return {line.resource for line in lines} | {line.stock for line in material}


def not_taken(inquiry: Inquiry) -> Inquiry:
    """Nothing of it is held any more."""
    held = [line.id for line in inquiry.lines if line.state in HELD]
    return replace(each(inquiry, held, lambda line: replace(line, state=_L.NOT_TAKEN)), hold_until=None)


def reported(inquiry: Inquiry, ids: Collection[str], stage: Stage, now: datetime) -> Inquiry:
    """The inquiry after these lines have come to that stage."""

    def after(line: Line | StockLine) -> Line | StockLine:
        arrived = now if stage.line is _L.ARRIVED else None
        released = now if stage.line is _L.RELEASED else None
        return replace(
            line, state=stage.line, arrived_at=line.arrived_at or arrived, released_at=line.released_at or released
        )

    return each(inquiry, ids, after)


def state_after(inquiry: Inquiry, stage: Stage) -> InquiryState:
    """An inquiry never goes back; it is released when all of it that is away is."""
    if stage.inquiry is _I.RELEASED:
        left = any(line.state in AWAY - {_L.RELEASED} for line in inquiry.lines)
        return inquiry.state if left else _I.RELEASED
    return max(inquiry.state, stage.inquiry, key=_ORDER.index)
