"""What partners ask of our people: it waits for a human here, unless our own written policy for that partner says which
plan it starts. What is begun is an alarm of ours as any other; the partner gets its counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import structlog

from alerting.model import chain
from alerting.model.alarm import Alarm
from alerting.store import alarms
from geodata.model.alarm_request import AlarmCount, AlarmRequest, Reply, Wish
from geodata.model.body import from_body, to_body
from geodata.model.clock import Clock
from geodata.model.editing import BadEdit
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.incident import IncidentMode
from geodata.store import things
from geodata.store.database import Database, Transaction
from service.federation.procedures.alarms import policy, rules, store
from service.federation.procedures.alarms.store import Asked
from service.federation.procedures.alarms.terms import Terms, terms_of

log = structlog.get_logger()

ACTOR = "exchange"
EVERY = timedelta(seconds=2)
"""Counts of one alarm go out at most so often; what is decided goes at once."""


class Answering:
    def __init__(self, database: Database, clock: Clock, *, origin: str, mode: IncidentMode) -> None:
        self.database, self.clock, self.origin, self.mode = database, clock, origin, mode

    async def turn(self) -> None:
        async with self.database.reading() as connection:
            found = await store.open_ones(connection, self.origin)
        for asked in found:
            if asked.count is None or rules.followed(asked.count, asked.request, self.clock.now()) != asked.count:
                await self._follow(asked)
            elif asked.count.state is Reply.ACCEPTED:
                await self._count(asked, asked.count)

    async def _follow(self, asked: Asked) -> None:
        """Say that it is there, and let our policy decide if it can."""
        async with self.database.transaction(f"partner:{asked.origin}") as tx:
            now = self.clock.now()
            held = await self.held(tx, asked)
            after = rules.arrived(asked.request, asked.ref, self.mode, now) if held is None else held
            after = rules.followed(after, asked.request, now)
            terms = terms_of(asked.policy, asked.request.mode)
            if terms and asked.active and after.state is Reply.PROPOSED and asked.request.wish is Wish.OPEN:
                after = await self._by_policy(tx, asked, terms, after, now)
            self.put(tx, asked, after, now)

    async def _by_policy(
        self, tx: Transaction, asked: Asked, terms: Terms, count: AlarmCount, now: datetime
    ) -> AlarmCount:
        outside = terms.outside(asked.request, now)
        if outside is not None:
            log.info("a partner's request waits: it lies outside our policy", plan=terms.plan, limit=outside)
            return count
        try:
            id = await policy.start(tx, self.origin, terms.plan, asked, now)
        except (BadEdit, msgspec.ValidationError) as error:
            log.warning("a partner's request waits: the policy's plan cannot start", plan=terms.plan, why=str(error))
            return count
        return decided(count, rules.POLICY, now, alarm=id)

    async def _count(self, asked: Asked, count: AlarmCount) -> None:
        now = self.clock.now()
        async with self.database.reading() as connection:
            found = await store.fact_of(connection, f"{self.origin}/alarm/{count.alarm}")
        if found is None:
            return
        alarm = from_body(found[0], Alarm)
        if count.decided_by == rules.POLICY and count.running and asked.request.wish in _ENDS:
            await self._end(asked.request, str(count.alarm), now)
            return
        after = rules.counted(count, alarm, found[1])
        soon = asked.told_at is not None and now - asked.told_at < EVERY
        if after == count or (soon and (after.state, after.running) == (count.state, count.running)):
            return
        async with self.database.transaction(ACTOR) as tx:
            if await self.held(tx, asked) == count:
                self.put(tx, asked, after, now)

    async def _end(self, request: AlarmRequest, alarm: str, now: datetime) -> None:
        """Who let our policy begin it may end it: an all-clear reaches all who were notified."""
        async with self.database.transaction(f"partner:{request.sender}") as tx:
            event = chain.Cancelled() if request.wish is Wish.CANCELLED else chain.Stopped()
            try:
                await alarms.act(tx, alarm, event, by=tx.actor, now=now, origin=self.origin)
            except alarms.NotNow:
                log.info("an alarm that a partner ends is over already", alarm=alarm)

    async def held(self, tx: Transaction, asked: Asked) -> AlarmCount | None:
        """What we have said of it, locked."""
        ref = asked.answer(self.origin)
        try:
            return from_body((await things.take(tx, ref, [asked.room])).body, AlarmCount)
        except things.NoSuchThing:
            return None

    def put(self, tx: Transaction, asked: Asked, count: AlarmCount, now: datetime) -> None:
        where = Provenance("alarms", now, now, Confidence.CONFIRMED)
        tx.put(Fact(asked.answer(self.origin), asked.room, where, to_body(count)))


_ENDS = (Wish.ENDED, Wish.CANCELLED)


def decided(
    count: AlarmCount, by: str, now: datetime, *, alarm: str | None = None, reason: str | None = None
) -> AlarmCount:
    """Accepted with the alarm that answers it, or declined with a reason."""
    state = Reply.ACCEPTED if alarm is not None else Reply.DECLINED
    return replace(
        count, state=state, at=now, reason=reason, decided_by=by, decided_at=now, alarm=alarm, running=alarm is not None
    )
