"""A partner asks: an inquiry of ours is made of it, and what the partner takes, reports and ends is carried out.

Nothing is promised here. What people of ours have offered is kept for the partner while their hold lasts, by our clock;
what the partner wants after that is refused, and people may offer it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from geodata.model.inquiry import (
    HELD,
    HOLDING,
    LENDING,
    Across,
    Inquiry,
    InquiryState,
    LineState,
    Side,
    each,
    moved,
)
from geodata.model.lending import sent
from geodata.model.ref import Ref
from geodata.model.resource import Deployment, Fleet
from geodata.model.states import BadMove
from geodata.store import resources, things
from geodata.store.database import Transaction
from service.federation.procedures.requests import store
from service.federation.procedures.requests.merging import merged, new_steps
from service.federation.procedures.requests.naming import named
from service.federation.procedures.requests.store import Copy
from service.requests.borrowing import STAGES, Report, reported, state_after
from service.requests.desk import INQUIRY_KIND, SOURCE, Case, Desk
from service.requests.holding import Taken, let_go
from service.requests.suited import suited

_I, _L = InquiryState, LineState
_DEPLOYED = {_L.EN_ROUTE: Deployment.EN_ROUTE, _L.ARRIVED: Deployment.AT_MELDEKOPF, _L.RELEASED: Deployment.RELEASED}


class NotNow(Exception):
    """It cannot be done now; try again."""


class Lender:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def treat(self, tx: Transaction, ref: Ref, copy: Copy, theirs: Inquiry, now: datetime) -> None:
        """Raises NotNow, NoSuchThing, ValueError."""
        own = Ref(self.desk.origin, INQUIRY_KIND, f"{ref.origin}.{ref.id}")
        await things.lock(tx, str(own))
        if not await store.is_there(tx, str(own)):
            await self._begin(tx, own, ref, copy, theirs, now)
            return
        case = await self.desk.open(tx, own.id)
        mine = case.inquiry
        if mine.across is None or mine.across.side is not Side.LENDER or case.held.room != copy.room:
            raise ValueError("an inquiry of ours has this name and is not the answer to it")
        if mine.state in HOLDING and mine.hold_until is not None and mine.hold_until <= now:
            raise NotNow("its hold has run out and is ended first")
        after = named(merged(mine, theirs, Side.LENDER), str(ref), copy)
        if after == mine:
            return
        steps = new_steps(mine, after)
        carried, answered = await self._carry_out(tx, case, after, now)
        await self.desk.heard(tx, case, carried, steps, now, answered=answered)

    async def _begin(
        self, tx: Transaction, own: Ref, ref: Ref, copy: Copy, theirs: Inquiry, now: datetime
    ) -> None:  # fmt: skip
        ours = [one.party for one in await suited(tx, self.desk.origin, theirs.need)]
        if not ours:
            raise NotNow("no organisation here keeps a stock")
        if any(theirs.requester.organisation == one.organisation for one in ours):
            raise ValueError("nobody asks here in the name of one of our own organisations")
        addressee = ours[0]
        name = copy.name if copy.name == theirs.requester.name else f"{copy.name}: {theirs.requester.name}"
        fresh = replace(
            theirs, requester=replace(theirs.requester, name=name[:200]), addressee=addressee, state=_I.ROUTED,
            stays_open=True, overdue=False, offered=(), stock=(), terms=None, note=None, hold_until=None,
            hold_minutes=None, recalled=None, costs=None, shows=(), history=(), across=Across(ref.origin, Side.LENDER),
        )  # fmt: skip
        after = named(merged(fresh, theirs, Side.LENDER), str(ref), copy)
        resources.add(tx, own, after, room=copy.room, at=now, source=SOURCE)

    async def _carry_out(
        self, tx: Transaction, case: Case, after: Inquiry, now: datetime
    ) -> tuple[Inquiry, bool]:  # fmt: skip
        """What the partner's steps do to what is ours; the inquiry with our answer, if we have to give one."""
        mine = case.inquiry
        fleet = await self.desk.fleet(tx, mine.addressee.organisation)
        if fleet is None or not mine.lines:
            return after, False
        taken = await Taken.of(
            tx, self.desk.origin, [fleet.room, case.held.room], now,
            resources_=[line.resource for line in mine.offered], stock=[line.stock for line in mine.stock],
        )  # fmt: skip
        was = {line.id: line.state for line in mine.lines}
        if any(was[line.id] in HELD and line.state is not was[line.id] for line in after.lines):
            return await self._held(tx, case, after, taken, fleet, now)
        self._reported(case, after, taken, fleet, now)
        await taken.put()
        return after, False

    async def _held(
        self, tx: Transaction, case: Case, after: Inquiry, taken: Taken, fleet: Fleet, now: datetime
    ) -> tuple[Inquiry, bool]:
        """What is taken stays held as long again, the rest is free."""
        mine, id = case.inquiry, case.id
        let_go(taken, id, mine)
        if after.state is not _I.REQUISITIONED:
            await taken.put()
            return replace(after, hold_until=None), False
        until = now + timedelta(minutes=mine.hold_minutes or 30)
        wanted = [line.resource for line in after.offered if line.state is _L.REQUISITIONED]
        try:
            taken.demand_free(wanted, id, {line.resource: line.callsign for line in mine.offered}, fleet.room)
            for one in wanted:
                taken.hold(one, id, mine.requester.organisation, until)
            for stock in after.stock:
                if stock.state is _L.REQUISITIONED:
                    taken.reserve(stock.stock, stock.quantity)
        except BadMove as error:
            return await self._refused(tx, case, after, str(error), now), True
        await taken.put()
        return replace(after, hold_until=until), True

    async def _refused(self, tx: Transaction, case: Case, after: Inquiry, why: str, now: datetime) -> Inquiry:
        """Something of it is gone in spite of its hold (taken out of the stock, out of order): people offer anew."""
        mine = case.inquiry
        fleet = await self.desk.fleet(tx, mine.addressee.organisation)
        assert fleet is not None
        taken = await Taken.of(
            tx, self.desk.origin, [fleet.room], now,
            resources_=[line.resource for line in mine.offered], stock=[line.stock for line in mine.stock],
        )  # fmt: skip
        let_go(taken, case.id, mine)
        await taken.put()
        held = {line.id for line in mine.lines if line.state in HELD}
        lapsed = each(after, held, lambda line: replace(line, state=_L.LAPSED))
        return moved(replace(lapsed, hold_until=None), _I.EXPIRED, at=now, by=tx.actor, text=why)

    async def arrived(self, tx: Transaction, case: Case, at: Mapping[str, datetime], now: datetime) -> None:
        """The partner's Meldekopf has these resources (by id, when they came) in its book, which means what the
        partner's word on the inquiry means; what has come further already stays."""
        stage, mine = STAGES[Report.ARRIVE], case.inquiry
        after = mine
        for line in mine.offered:
            if line.resource in at and line.state in stage.about:
                after = reported(after, {line.resource}, stage, at[line.resource])
        if after == mine or mine.state not in LENDING:
            return
        carried, _ = await self._carry_out(tx, case, after, now)
        await self.desk.step(tx, case, carried, state_after(carried, stage), now)

    def _reported(self, case: Case, after: Inquiry, taken: Taken, fleet: Fleet, now: datetime) -> None:
        """What the partner says of what is lent to it."""
        was = {line.id: line.state for line in case.inquiry.lines}
        into_use = after.state is _I.IN_USE and case.inquiry.state is not _I.IN_USE
        for line in after.offered:
            resource = taken.resources.get(line.resource)
            if resource is None or resource.loan is None or resource.loan.inquiry != case.id:
                continue
            deployment = _DEPLOYED.get(line.state)
            used = line.state is _L.ARRIVED and after.state is _I.IN_USE and into_use
            if deployment is None or (line.state is was[line.id] and not used):
                continue
            fields = sent(resource, fleet, Deployment.DEPLOYED if used else deployment, now)
            if fields:
                taken.write(line.resource, fields)
