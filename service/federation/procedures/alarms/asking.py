"""Our alarms whose steps reach partners: what they ask lies in the partner's room, what it counts counts here."""

from __future__ import annotations

from typing import Any

from alerting.model import chain
from alerting.model.alarm import PartnerShown
from alerting.model.problem import Problem, ProblemCode
from alerting.store import acting, counting, course, partners
from alerting.store.course import Held
from geodata.model.alarm_request import REQUEST, Reply
from geodata.model.body import to_body
from geodata.model.clock import Clock
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.database import Database, Transaction
from service.federation.procedures.alarms import rules, store

_ACTS = {
    Reply.PROPOSED: "PARTNER_ASKED", Reply.ACCEPTED: "PARTNER_ACCEPTED", Reply.DECLINED: "PARTNER_DECLINED",
    Reply.LAPSED: "PARTNER_LAPSED", Reply.ENDED: "PARTNER_ENDED",
}  # fmt: skip


class Asking:
    def __init__(self, database: Database, clock: Clock, *, origin: str, name: str) -> None:
        self.database, self.clock, self.origin, self.name = database, clock, origin, name

    async def turn(self) -> None:
        """Bring requests and counts of all alarms up to date that ask partners. Looks before it locks."""
        async with self.database.reading() as connection:
            asking = await partners.asking(connection, self.clock.now())
        for id in asking:
            async with self.database.reading() as connection:
                alarm = await course.look(connection, id)
                ids = [one.request for one in alarm.course.partners]
                lie = await store.own(connection, self.origin, ids)
                counts = await store.counts(connection, self.origin, ids)
            stale = any(lie.get(one.request) != self._body(alarm, one) for one in alarm.course.partners)
            if stale or partners.counted(alarm, counts):
                await self._bring(id)

    async def _bring(self, id: str) -> None:
        async with self.database.transaction(acting.ENGINE) as tx:
            alarm = await course.take(tx.connection, id)
            now = self.clock.now()
            before = {one.request: one for one in alarm.course.partners}
            counts = await store.counts(tx.connection, self.origin, before)
            news = partners.counted(alarm, counts)
            for one in news:
                _note(alarm, before[one.request], one, now)
            if news:
                event = chain.Answered()
                show = {"origin": self.origin, "show": False}
                if not await acting.settle_on(tx, alarm, event, by=acting.ENGINE, now=now, **show):  # type: ignore[arg-type]
                    await course.save(tx.connection, alarm, now)
                await counting.show(tx, alarm, origin=self.origin, now=now)
            await self._put(tx, alarm)

    async def _put(self, tx: Transaction, alarm: Held) -> None:
        """Always under the same name: the same again is nothing new."""
        rooms = await store.rooms(tx.connection, [one.partner for one in alarm.course.partners])
        now = self.clock.now()
        for one in alarm.course.partners:
            if one.partner in rooms:
                ref = Ref(self.origin, REQUEST, one.request)
                where = Provenance("alarms", now, now, Confidence.CONFIRMED)
                geometry = alarm.said.geometry
                tx.put(Fact(ref, rooms[one.partner], where, self._body(alarm, one), geometry), timeless=True)

    def _body(self, alarm: Held, asked: PartnerShown) -> dict[str, Any]:
        return to_body(rules.request(alarm, asked, str(Ref(self.origin, "alarm", alarm.id)), self.name))


def _note(alarm: Held, before: PartnerShown, after: PartnerShown, now: Any) -> None:
    """In the protocol and among what a human has to know, when a partner has decided."""
    count = after.count
    if count is None or (before.count is not None and before.count.state is count.state):
        return
    by = f"partner:{after.partner}"
    alarm.note(_ACTS[count.state], by, now, ": ".join(part for part in (after.name, count.reason) if part))
    for code in (ProblemCode.PARTNER_DECLINES, ProblemCode.PARTNER_OTHER_MODE):
        alarm.solved(code, after.name)
    if count.state is Reply.DECLINED and count.node_mode is not None:
        alarm.warn(Problem(ProblemCode.PARTNER_OTHER_MODE, whom=after.name, state=count.node_mode.value))
    elif count.state is Reply.DECLINED:
        alarm.warn(Problem(ProblemCode.PARTNER_DECLINES, whom=after.name, reason=count.reason))
