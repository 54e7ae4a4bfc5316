"""A partner asks the node, not one organisation of it: whoever has the inquiry may pass it on to who can answer it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from geodata.model.body import to_body
from geodata.model.editing import BadEdit
from geodata.model.inquiry import InquiryState, Side
from geodata.model.request import MOST_STEPS, Step
from geodata.model.states import BadMove
from geodata.store.database import Transaction
from service.access.visitor import Visitor
from service.requests.desk import INQUIRY_KIND, Case, Desk
from service.requests.offers import demand
from service.requests.sent import InquiryPassOn
from service.requests.suited import suited

_UNANSWERED = (InquiryState.ROUTED, InquiryState.EXPIRED)


class PassingOn:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def choices(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """To whom it can be passed on, the best suited first. Raises NoSuchThing, NotAllowed, BadMove."""
        await self.desk.seen(visitor, INQUIRY_KIND, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self.desk.open(tx, id)
            await self._demand(tx, visitor, case)
            found = await suited(tx, self.desk.origin, case.inquiry.need)
        has = case.inquiry.addressee.organisation
        return {"organisations": [{**to_body(one.party), "count": one.count} for one in found
                                  if one.party.organisation != has]}  # fmt: skip

    async def pass_on(self, visitor: Visitor, id: str, given: InquiryPassOn, now: datetime) -> dict[str, Any]:
        """The other one answers from now on; the partner hears who. Raises as `choices`, BadEdit."""
        await self.desk.seen(visitor, INQUIRY_KIND, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            case = await self.desk.open(tx, id)
            await self._demand(tx, visitor, case)
            inquiry = case.inquiry
            found = {one.party.organisation: one.party for one in await suited(tx, self.desk.origin, inquiry.need)}
            party = found.get(given.organisation)
            if party is None or party == inquiry.addressee:
                raise BadEdit("organisation", "name another organisation of this node that keeps a stock")
            step = Step(inquiry.state.value, now, visitor.actor, given.reason or None, None, party.name)
            history = (*inquiry.history, step)[-MOST_STEPS:]
            return self.desk.put_inquiry(tx, case.held, replace(inquiry, addressee=party, history=history), now)

    async def _demand(self, tx: Transaction, visitor: Visitor, case: Case) -> None:
        inquiry = case.inquiry
        demand(visitor, await self.desk.fleet(tx, inquiry.addressee.organisation), share=False)
        if inquiry.across is None or inquiry.across.side is not Side.LENDER:
            raise BadMove("Only what a partner asks of this node is passed on; within it each organisation is asked.")
        if inquiry.state not in _UNANSWERED:
            raise BadMove(f"This inquiry is {inquiry.state}; it is passed on before it is answered.")
