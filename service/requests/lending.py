"""The lender's side: offering what is held for a while, promising, refusing, recalling, taking back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from geodata.model.body import to_body
from geodata.model.cover import CoverBroken, Shortfall, in_words
from geodata.model.editing import BadEdit
from geodata.model.inquiry import (
    AWAY,
    HELD,
    LENDING,
    OPEN,
    RECALL,
    InquiryState,
    LineState,
    Recalled,
    StockLine,
    costs,
    each,
    named,
)
from geodata.model.lending import lent, returned
from geodata.model.request import OVER
from geodata.model.resource import Fleet
from geodata.model.states import BadMove
from geodata.store.database import Transaction
from service.access.visitor import Visitor
from service.requests import store
from service.requests.ageing import Ageing
from service.requests.catalogue import can
from service.requests.cover import Home
from service.requests.desk import INQUIRY_KIND, Case, Desk
from service.requests.holding import Taken, amounts, let_go
from service.requests.offers import assigned, check_offer, demand, ids_of, lines_of, loan_of, part_of
from service.requests.sent import InquiryCommit, InquiryOffer, InquiryReturn

_I, _L = InquiryState, LineState


class Lending:
    def __init__(self, desk: Desk, ageing: Ageing) -> None:
        self.desk, self.ageing = desk, ageing

    async def offer(self, visitor: Visitor, id: str, given: InquiryOffer, now: datetime) -> dict[str, Any]:
        """Each resource and all stock offered is held until the hold runs out; what was offered before and is not named
        now is free again. Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        check_offer(given, now)
        asked = amounts(given.stock)
        seen = await self.desk.seen(visitor, INQUIRY_KIND, id)
        lender = seen.body["addressee"]["organisation"]
        await self._lender(visitor, lender, share=True)
        await self.ageing.lapse(now, addressee=lender)
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self.desk.open(tx, id)
            fleet = await self._fleet(tx, visitor, case, share=True)
            if case.inquiry.state not in (_I.ROUTED, _I.OFFERED, _I.EXPIRED):
                raise BadMove(f"This inquiry is {case.inquiry.state}; an offer answers one that is not taken yet.")
            if case.request.state in OVER:
                raise BadMove(f"The request is {case.request.state}; nothing is needed any more.")
            leaders = await store.with_companions(tx, self.desk.origin, given.resources)
            before = case.inquiry
            taken = await Taken.of(
                tx, self.desk.origin, [fleet.room], now,
                resources_={*leaders, *(line.resource for line in before.offered)},
                stock={*asked, *(line.stock for line in before.stock)},
            )  # fmt: skip
            await self._check_owned(tx, taken, leaders, asked, lender)
            broken = await self._broken(tx, visitor, lender, id, leaders, now)
            let_go(taken, id, before)
            taken.demand_free(leaders, id, {}, fleet.room)
            until = now + timedelta(minutes=given.hold_minutes)
            for one in leaders:
                taken.hold(one, id, before.requester.organisation, until)
            for one, amount in asked.items():
                taken.reserve(one, amount)
            after = replace(
                before,
                offered=lines_of(taken, leaders, given, case),
                stock=tuple(
                    StockLine(one, taken.stock[one].article, taken.stock[one].unit, amount, eta=given.eta)
                    for one, amount in asked.items()
                ),
                terms=given.terms, note=given.note, hold_until=until, hold_minutes=given.hold_minutes, overdue=False,
                shows=tuple(dict.fromkeys(given.shows)),
                across=before.across and replace(before.across, round=before.across.round + 1),
            )  # fmt: skip
            await taken.put()
            told = await self.desk.step(tx, case, after, _I.OFFERED, now, text=given.note)
        return {**told, "gives_up": [to_body(one) for one in broken]}

    async def decline(self, visitor: Visitor, id: str, reason: str, now: datetime) -> dict[str, Any]:
        """Raises as `offer`."""
        await self.desk.seen(visitor, INQUIRY_KIND, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self.desk.open(tx, id)
            fleet = await self._fleet(tx, visitor, case, share=False)
            if case.inquiry.state not in OPEN:
                raise BadMove(f"This inquiry is {case.inquiry.state}; what was promised is recalled, not declined.")
            taken = await self._taken(tx, case, fleet, now)
            let_go(taken, id, case.inquiry)
            held = [line.id for line in case.inquiry.lines if line.state in HELD]
            after = each(case.inquiry, held, lambda line: replace(line, state=_L.DECLINED))
            await taken.put()
            return await self.desk.step(
                tx, case, replace(after, hold_until=None), _I.DECLINED, now, text=reason.strip()
            )  # fmt: skip

    async def commit(self, visitor: Visitor, id: str, given: InquiryCommit, now: datetime) -> dict[str, Any]:
        """The loan begins: the resources move to the room of both sides, alerted and assigned; the material leaves the
        stock. What was taken and is not named is free again. Basic cover that this breaks needs a reason (`override`).
        Raises as `offer`, CoverBroken."""
        await self.desk.seen(visitor, INQUIRY_KIND, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self.desk.open(tx, id)
            fleet = await self._fleet(tx, visitor, case, share=True)
            inquiry = case.inquiry
            if inquiry.state is not _I.REQUISITIONED:
                raise BadMove(f"This inquiry is {inquiry.state}; only what the requester has taken is promised.")
            lines, material, part = part_of(inquiry, given)
            if not lines and not material:
                raise BadEdit("resources", "name at least one of what was taken, or decline")
            taken = await self._taken(tx, case, fleet, now)
            names = {line.resource: line.callsign for line in inquiry.offered}
            taken.demand_free([line.resource for line in lines], id, names, fleet.room)
            text = await self._overridden(tx, visitor, case, [line.resource for line in lines], given, now)
            let_go(taken, id, inquiry)
            loan = to_body(loan_of(id, inquiry, now))
            for line in lines:
                fields = lent(taken.resources[line.resource], fleet, assigned(case, line), now)
                taken.write(line.resource, {**fields, "loan": loan}, room=case.held.room)
            for one in material:
                taken.reserve(one.stock, part.get(one.stock, one.quantity))
                taken.take_away(one.stock, part.get(one.stock, one.quantity))
            await taken.put()
            promised = ids_of(lines, material)
            rest = {line.id for line in inquiry.lines if line.state is _L.REQUISITIONED} - promised
            after = each(inquiry, rest, lambda line: replace(line, state=_L.DECLINED))
            after = each(after, promised, lambda line: replace(line, state=_L.COMMITTED, committed_at=now))
            after = replace(
                after,
                stock=tuple(replace(one, quantity=part.get(one.stock, one.quantity)) for one in after.stock),
                hold_until=None,
            )
            if inquiry.across is not None:  # what breaks at home is nothing that the partner has to read
                after, text = replace(after, overridden=None if text == given.text else text), given.text
            return await self.desk.step(tx, case, after, _I.COMMITTED, now, text=text)

    async def recall(self, visitor: Visitor, id: str, reason: str, now: datetime) -> dict[str, Any]:
        """The lender wants it back; what he gets back by this, the need is open for again. Raises as `offer`."""
        await self.desk.seen(visitor, INQUIRY_KIND, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self.desk.open(tx, id)
            await self._fleet(tx, visitor, case, share=True)
            inquiry = case.inquiry
            if inquiry.state not in LENDING:
                raise BadMove(f"This inquiry is {inquiry.state}; only what is lent is recalled.")
            wanted = [line.id for line in inquiry.lines if line.state in AWAY - {_L.RELEASED}]
            if not wanted:
                raise BadMove("All of it is on its way home already.")
            notice = timedelta(hours=(inquiry.terms.recall_hours if inquiry.terms else None) or 0)
            recalled = Recalled(now, visitor.actor, reason.strip(), now + notice)
            after = each(inquiry, wanted, lambda line: replace(line, recalled=True))
            after = replace(after, recalled=recalled)
            return await self.desk.step(tx, case, after, inquiry.state, now, text=reason.strip(), message=RECALL)

    async def take_back(self, visitor: Visitor, id: str, given: InquiryReturn, now: datetime) -> dict[str, Any]:
        """Each resource by itself, back to its stock room; the last one closes the inquiry. Raises as `offer`."""
        await self.desk.seen(visitor, INQUIRY_KIND, id)
        back = None if given.stock is None else amounts(given.stock)
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self.desk.open(tx, id)
            fleet = await self._fleet(tx, visitor, case, share=False)
            inquiry = case.inquiry
            if inquiry.state not in LENDING:
                raise BadMove(f"This inquiry is {inquiry.state}; nothing of it is away.")
            everything = given.resources is None and back is None
            lines = named(inquiry.offered, None if everything else given.resources or (), AWAY, "resources")
            if everything and any(one.state in AWAY for one in inquiry.stock):
                raise BadEdit("stock", "say for each stock how much of it came back; 0 if it is used up")
            material = named(inquiry.stock, tuple(back or ()), AWAY, "stock")
            for one in material:
                if (back or {})[one.stock] > one.quantity:
                    raise BadEdit("stock", f"{one.article}: more would come back than the {one.quantity:g} that left")
            taken = await self._taken(tx, case, fleet, now)
            for line in lines:
                resource = taken.resources.get(line.resource)
                if resource is not None and resource.loan is not None and resource.loan.inquiry == id:
                    taken.write(line.resource, returned(resource, fleet, now), room=fleet.room)
            for one in material:
                if one.stock in taken.stock:
                    taken.bring_back(one.stock, (back or {})[one.stock])
            await taken.put()
            done = ids_of(lines, material)
            after = each(
                inquiry, done,
                lambda line: replace(
                    line, state=_L.RETURNED, returned_at=now, arrived_at=line.arrived_at,
                    released_at=line.released_at or now,
                ),
            )  # fmt: skip
            after = replace(
                after,
                stock=tuple(replace(o, returned=back[o.stock]) if back and o.id in done else o for o in after.stock),
            )
            after = replace(after, costs=costs(after, now))
            over = not any(line.state in AWAY for line in after.lines)
            state = _I.RETURNED if over else inquiry.state
            return await self.desk.step(
                tx, case, after, state, now, text=given.text, message="ResponseToRequestReturn"
            )  # fmt: skip

    async def _taken(self, tx: Transaction, case: Case, fleet: Fleet, now: datetime) -> Taken:
        """Everything of the inquiry that lies with the lender or is lent by it."""
        return await Taken.of(
            tx, self.desk.origin, [fleet.room, case.held.room], now,
            resources_=[line.resource for line in case.inquiry.offered],
            stock=[line.stock for line in case.inquiry.stock],
        )  # fmt: skip

    async def _broken(
        self, tx: Transaction, visitor: Visitor, lender: str, id: str, ids: Collection[str], now: datetime,
        *, decides: bool = False,
    ) -> list[Shortfall]:  # fmt: skip
        rooms = self.desk.database.asked(visitor.rooms)
        home = await Home.of(tx, self.desk.origin, lender, rooms, id, now, can=can, decides=decides)
        return home.gives_up(ids)

    async def _overridden(
        self, tx: Transaction, visitor: Visitor, case: Case, ids: Collection[str], given: InquiryCommit, now: datetime
    ) -> str | None:
        """What the record says. Raises CoverBroken where basic cover breaks and nobody said why."""
        lender = case.inquiry.addressee.organisation
        broken = await self._broken(tx, visitor, lender, case.id, ids, now, decides=True)
        if not broken:
            return given.text
        if given.override is None:
            raise CoverBroken(broken)
        said = f"Basic cover overridden: {given.override.reason} ({'; '.join(map(in_words, broken))})"
        return f"{given.text} | {said}"[:10_000] if given.text else said

    async def _lender(self, visitor: Visitor, organisation: str, *, share: bool) -> None:
        async with self.desk.database.transaction(visitor.actor) as tx:
            demand(visitor, await self.desk.fleet(tx, organisation), share=share)

    async def _fleet(self, tx: Transaction, visitor: Visitor, case: Case, *, share: bool) -> Fleet:
        """The fleet that lends, if the visitor may. Raises NotAllowed."""
        return demand(visitor, await self.desk.fleet(tx, case.inquiry.addressee.organisation), share=share)

    async def _check_owned(
        self, tx: Transaction, taken: Taken, ids: dict[str, str | None], asked: dict[str, float], lender: str
    ) -> None:
        """What is named is the lender's own; if it is not in his stock room, it is lent. Raises BadEdit, BadMove."""
        for one in asked:
            if one not in taken.stock or taken.stock[one].organisation != lender:
                raise BadEdit("stock", f"there is no stock {one[:80]!r} of yours")
        away = []
        for one in ids:
            if one in taken.resources and taken.resources[one].organisation == lender:
                continue
            callsign = await store.lent_callsign(tx, self.desk.origin, one, lender)
            if callsign is None:
                raise BadEdit("resources", f"there is no resource {one[:80]!r} of yours")
            away.append(f"{callsign} (LENT)")
        if away:
            raise BadMove(f"no longer free: {', '.join(sorted(away))}; choose others")
