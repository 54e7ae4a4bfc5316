"""What time does to requests: holds run out, inquiries stay unanswered, a request climbs, what is lent drives on.

Nothing here is a timer: what is due stands in the facts with its moment, is found again after a restart, and is looked
at anew under its lock, so that several processes do each thing once. Nothing is promised or sent by a machine: climbing
only asks the next one, whose people answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from geodata.model.clock import Clock
from geodata.model.inquiry import HELD, HOLDING, LENDING, InquiryState, LineState, each
from geodata.model.request import UNANSWERED, Request, RequestState, Step, level_of, longer, stands
from geodata.model.resource import Deployment, FleetLevel
from geodata.store.database import Transaction
from geodata.store.things import Held, NoSuchThing
from service.requests import store
from service.requests.borrowing import STAGES, Report, reported, state_after
from service.requests.desk import Desk
from service.requests.holding import Taken, let_go
from service.requests.putting import Putting

log = structlog.get_logger()

ACTOR = "requests"
EVERY = 3.0
_I, _L = InquiryState, LineState
LEVELS = tuple(FleetLevel)
_DRIVES = frozenset({Deployment.EN_ROUTE})
_THERE = frozenset({Deployment.AT_MELDEKOPF, Deployment.STAGED, Deployment.DEPLOYED})


class Ageing:
    def __init__(
        self, desk: Desk, putting: Putting, clock: Clock, rights_changed: Callable[[], Awaitable[None]]
    ) -> None:
        self.desk, self.putting, self.clock, self.rights_changed = desk, putting, clock, rights_changed

    async def look(self) -> None:
        """Whatever is due now. Raises StoreError."""
        now, database, origin = self.clock.now(), self.desk.database, self.desk.origin
        await self.lapse(now)
        async with database.reading() as connection:
            silent = await store.silent(connection, origin, now)
            moved_on = await store.moved_on(connection, origin)
        for id in silent:
            await self._each(id, self._expire, now)
        for id in moved_on:
            await self._each(id, self._follow, now)
        async with database.reading() as connection:
            due = await store.due(connection, origin, now)
        climbed = [await self._each(id, self._climb, now) for id in due]
        if any(climbed):
            await self.rights_changed()

    async def lapse(self, now: datetime, *, addressee: str | None = None) -> None:
        """Free what was held too long, with one addressee or all of them."""
        async with self.desk.database.reading() as connection:
            found = await store.lapsed(connection, self.desk.origin, now, addressee=addressee)
        for id in found:
            await self._each(id, self._lapse, now)

    async def _each(
        self, id: str, do: Callable[[Transaction, str, datetime], Awaitable[bool]], now: datetime
    ) -> bool:  # fmt: skip
        """One transaction each, so that one that cannot be helped holds up none of the others."""
        try:
            async with self.desk.database.transaction(ACTOR) as tx:
                return await do(tx, id, now)
        except (ValueError, NoSuchThing) as error:
            log.error("a request cannot age", id=id, error=str(error))
            return False

    async def _lapse(self, tx: Transaction, id: str, now: datetime) -> bool:
        case = await self.desk.open(tx, id)
        inquiry = case.inquiry
        if inquiry.state not in HOLDING or inquiry.hold_until is None or inquiry.hold_until > now:
            return False
        rooms = [case.held.room]
        fleet = await self.desk.fleet(tx, inquiry.addressee.organisation)
        if fleet is not None:
            rooms.append(fleet.room)
        taken = await Taken.of(
            tx, self.desk.origin, rooms, now,
            resources_=[line.resource for line in inquiry.offered], stock=[line.stock for line in inquiry.stock],
        )  # fmt: skip
        let_go(taken, id, inquiry)
        await taken.put()
        held = [line.id for line in inquiry.lines if line.state in HELD]
        after = each(inquiry, held, lambda line: replace(line, state=_L.LAPSED))
        await self.desk.step(tx, case, replace(after, hold_until=None), _I.EXPIRED, now)
        return True

    async def _expire(self, tx: Transaction, id: str, now: datetime) -> bool:
        case = await self.desk.open(tx, id)
        inquiry = case.inquiry
        late = inquiry.answer_due is not None and inquiry.answer_due <= now
        if inquiry.state is not _I.ROUTED or not late or inquiry.overdue:
            return False
        after = replace(inquiry, overdue=True)
        await self.desk.step(tx, case, after, inquiry.state if inquiry.stays_open else _I.EXPIRED, now)
        return True

    async def _follow(self, tx: Transaction, id: str, now: datetime) -> bool:
        """What a vehicle's own status or a Meldekopf says counts as said."""
        done = False
        for report, said in ((Report.EN_ROUTE, _DRIVES), (Report.ARRIVE, _THERE)):
            case = await self.desk.open(tx, id)
            if done or case.inquiry.state not in LENDING:
                break
            stage = STAGES[report]
            room = case.held.room
            there = {line.resource for line in case.inquiry.offered if line.state in stage.about}
            taken = await Taken.of(tx, self.desk.origin, [room], now, resources_=there, stock=())
            there = {one for one in there if one in taken.resources and taken.resources[one].deployment in said}
            if there:
                after = reported(case.inquiry, there, stage, now)
                await self.desk.step(tx, case, after, state_after(after, stage), now)
                done = True
        return done

    async def _climb(self, tx: Transaction, id: str, now: datetime) -> bool:
        held, request = await self.desk.request(tx, id)
        if request.state not in UNANSWERED or request.answer_due is None or request.answer_due > now:
            return False
        waited = self.desk.ageing[request.priority]
        climbed = await self._next(tx, held, request, now, waited)
        await self.desk.put_request(tx, held, climbed[0], climbed[1], now)
        return climbed[2]

    async def _next(
        self, tx: Transaction, held: Held, request: Request, now: datetime, waited: timedelta
    ) -> tuple[Request, RequestState, bool]:
        """Ask the nearest one above who was not asked yet."""
        known = await store.fleets(tx.connection, self.desk.origin)
        asked = await store.inquiries(tx, self.desk.origin, held.ref.id)
        names = {str(one.body["addressee"]["organisation"]) for one in asked.values()}
        minutes = round(waited.total_seconds() / 60)
        above = next((one for one in chain(request.organisation, known) if one not in names), None)
        if above is None:
            text = f"Nobody has offered anything in {minutes} min, and there is nobody above left to ask."
            step = Step(request.state.value, now, ACTOR, text)
            return replace(request, answer_due=None, history=longer(request.history, step)), request.state, False
        row = known[above]
        await self.putting.put(tx, held, request, row, now, stays_open=True)
        states = [str(one.body["state"]) for one in asked.values()] + [_I.ROUTED.value]
        state = stands(request.counts, states)
        text = f"Nobody has offered anything in {minutes} min: put to {row.name}, one level up."
        step = Step(state.value, now, ACTOR, text, "RequestResource", row.name)
        level = level_of(row.level)
        climbed = replace(
            request, level=level, answer_due=now + waited, escalated=now, history=longer(request.history, step)
        )
        return climbed, state, True


def chain(organisation: str, known: Mapping[str, store.FleetRow]) -> list[str]:
    """Whoever is above an organisation, the nearest first; partners by their level, after our own of the same one."""
    found = _superiors(organisation, known)
    own = LEVELS.index(known[organisation].level) if organisation in known else 0
    partners = [id for id, row in known.items() if row.partner is not None and LEVELS.index(row.level) > own]
    return found if not partners else sorted([*found, *partners], key=lambda id: LEVELS.index(known[id].level))


def _superiors(organisation: str, known: Mapping[str, store.FleetRow]) -> list[str]:
    """As the fleets name them; a circle ends it."""
    found: list[str] = []
    with suppress(KeyError):
        above = known[organisation].superior
        while above is not None and above not in (organisation, *found):
            known[above]  # who is gone ends it too
            found.append(above)
            above = known[above].superior
    return found
