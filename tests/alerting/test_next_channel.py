"""When somebody's next channel rings, and when it must not yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.dispatch import Dispatch
from alerting.model import chain
from alerting.model.alarm import AlarmState
from alerting.model.plan import ChannelKind, Purpose, Quota, Step
from geodata.store.database import Database
from tests.alerting.ground import NOON, Double, Ground, everybody, ground, named, plan

SMS, PUSH = ChannelKind.SMS, ChannelKind.PUSH
NIGHT = NOON + timedelta(hours=8, minutes=59, seconds=59)
"""A second before the quiet hours."""
QUIET = """UPDATE helper SET availability = '{"quiet": {"begins": "%s", "ends": "%s"}}'"""


async def test_what_can_wait_rings_in_the_morning_on_one_channel_and_later_on_the_next(database: Database) -> None:
    here = await ground(database)
    here.clock.shown = NOON + timedelta(hours=10)
    await here.add("Ada", PUSH, SMS)
    push, sms = (Double(kind.lower(), kind, now=here.clock.now) for kind in (PUSH, SMS))
    engine = here.engine(push, sms)
    await here.begin(plan(Step(everybody(), fall_back=60), purpose=Purpose.INFO))
    for _ in range(8):
        await engine.settle()
        assert push.calls == sms.calls == []
        here.clock.forward(hours=1)
    await engine.settle()
    assert (len(push.calls), len(sms.calls)) == (1, 0)
    here.clock.forward(seconds=59)
    await engine.settle()
    assert sms.calls == []
    here.clock.forward(seconds=1)
    await engine.settle()
    assert (len(push.calls), len(sms.calls)) == (1, 1)


async def test_what_fails_of_an_earlier_round_brings_no_next_channel_of_this_one(database: Database) -> None:
    here = await ground(database)
    await here.add("Ada", PUSH, SMS)

    def only_later(call: Call, tries: int) -> Receipt:
        return Receipt(Outcome.REFUSED if call.id == first else Outcome.TAKEN, call.id)

    push, sms = Double("push", PUSH, only_later, now=here.clock.now), Double("sms", SMS, now=here.clock.now)
    engine = here.engine(push, sms)
    alarm = await here.begin(plan(Step(everybody(), wait=300, fall_back=120, repeat=1), quota=Quota(1)))
    await engine.decide()
    [row] = await here.rows("SELECT id FROM alarm_call")
    first = row.id
    here.clock.forward(seconds=300)
    await here.act(alarm, chain.Again(0))
    await engine.settle()
    assert (len(push.calls), len(sms.calls)) == (2, 0)
    here.clock.forward(seconds=120)
    await engine.settle()
    assert (len(push.calls), len(sms.calls)) == (2, 1)


async def test_the_silent_of_an_earlier_step_can_be_called_as_often_as_somebody_asks(database: Database) -> None:
    here = await ground(database)
    ada, ben = await here.add("Ada", PUSH), await here.add("Ben", PUSH)
    push = Double("push", PUSH, now=here.clock.now)
    engine = here.engine(push)
    alarm = await here.begin(plan(Step(named(ada), wait=30), Step(named(ben), wait=3600), quota=Quota(1)))
    await engine.settle()
    for _ in range(4):
        here.clock.forward(seconds=30)
        await engine.settle()
        await here.act(alarm, chain.Again(0))
    await engine.settle()
    assert [call.address for _, call in push.calls] == ["PUSH:Ada", "PUSH:Ben", *["PUSH:Ada"] * 4]


@dataclass
class Evening:
    """What can wait is told to Ada on push and then SMS, begun a second before the quiet hours."""

    here: Ground
    engine: Dispatch
    push: Double
    sms: Double
    alarm: str

    @classmethod
    async def of(cls, database: Database, does: Callable[[Call, int], Receipt | float], **fields: Any) -> Evening:
        here = await ground(database)
        here.clock.shown = NIGHT
        await here.add("Ada", PUSH, SMS)
        push, sms = Double("push", PUSH, does, now=here.clock.now), Double("sms", SMS, now=here.clock.now)
        engine = here.engine(push, sms, timeout=0.2)
        alarm = await here.begin(plan(Step(everybody(), fall_back=60, **fields), purpose=Purpose.INFO))
        return cls(here, engine, push, sms, alarm)

    async def rings(self, **later: float) -> tuple[int, int]:
        """How often push and SMS were tried until then."""
        self.here.clock.shown = NIGHT + timedelta(**later)
        await self.engine.settle()
        return len(self.push.calls), len(self.sms.calls)


def fails_once(call: Call, tries: int) -> Receipt:
    return Receipt(Outcome.FAILED if tries == 1 else Outcome.TAKEN, call.id, error="busy")


async def test_what_failed_before_the_night_is_tried_again_in_the_morning_before_the_next_channel(
    database: Database,
) -> None:
    ada = await Evening.of(database, fails_once)
    assert await ada.rings() == (1, 0)
    for hours in range(1, 9):
        assert await ada.rings(hours=hours) == (1, 0)
    assert await ada.rings(hours=9, seconds=1) == (2, 0)
    assert await ada.rings(hours=9, seconds=60) == (2, 0)
    assert await ada.rings(hours=9, seconds=61) == (2, 1)


async def test_what_was_due_for_the_next_channel_when_the_night_ends_has_its_time_too(database: Database) -> None:
    ada = await Evening.of(database, fails_once)
    async with ada.here.database.transaction("test") as tx:
        await tx.connection.exec_driver_sql("UPDATE alarm_recipient SET due_at = '2026-11-23 06:00:00+00'")
    assert await ada.rings() == (1, 0)
    assert await ada.rings(minutes=10) == (1, 0)
    assert await ada.rings(hours=9, seconds=1) == (2, 0)
    assert await ada.rings(hours=9, seconds=61) == (2, 1)


async def test_by_day_the_next_channel_does_not_wait_for_a_repetition(database: Database) -> None:
    ada = await Evening.of(database, lambda call, tries: Receipt(Outcome.FAILED, call.id, error="busy", retry_after=90))
    async with ada.here.database.transaction("test") as tx:
        await tx.connection.exec_driver_sql(QUIET % ("22:30", "06:00"))
    assert await ada.rings() == (1, 0)
    assert await ada.rings(seconds=60) == (1, 1)


async def test_a_call_under_way_when_the_night_begins_fails_and_rings_alone_in_the_morning(database: Database) -> None:
    ada = await Evening.of(database, lambda call, tries: 9.0 if tries == 1 else Receipt(Outcome.TAKEN, call.id))
    await ada.engine.decide()
    await ada.engine.send()
    await asyncio.sleep(0.05)
    ada.here.clock.forward(seconds=60)
    await ada.engine.decide()
    assert await ada.rings(minutes=2) == (1, 0)
    assert await ada.rings(hours=9, seconds=1) == (2, 0)
    assert await ada.rings(hours=9, seconds=61) == (2, 1)


async def test_called_again_in_the_night_it_rings_once_in_the_morning(database: Database) -> None:
    ada = await Evening.of(database, fails_once)
    assert await ada.rings() == (1, 0)
    assert await ada.rings(seconds=2) == (1, 0)
    await ada.here.act(ada.alarm, chain.Again(0))
    assert await ada.rings(hours=9, seconds=1) == (2, 0)
    assert await ada.rings(hours=9, seconds=4) == (3, 0)
    assert await ada.rings(hours=9, seconds=61) == (3, 1)


async def test_a_step_that_repeats_waits_for_what_is_held_back(database: Database) -> None:
    ada = await Evening.of(database, fails_once, wait=60, repeat=1)
    assert await ada.rings() == (1, 0)
    assert await ada.rings(minutes=2) == (1, 0)
    assert await ada.rings(hours=9, seconds=1) == (2, 0)
    assert await ada.rings(hours=9, seconds=61) == (3, 0)


async def test_who_has_longer_quiet_hours_than_the_roster_is_told_when_they_end(database: Database) -> None:
    ada = await Evening.of(database, fails_once, wait=60)
    async with ada.here.database.transaction("test") as tx:
        await tx.connection.exec_driver_sql(QUIET % ("20:00", "09:00"))
    assert await ada.rings() == (0, 0)
    assert await ada.rings(hours=10) == (0, 0)
    assert await ada.rings(hours=11, seconds=1) == (1, 0)
    assert (await ada.here.fact(ada.alarm)).state is AlarmState.RUNNING
    await ada.rings(hours=12)
    assert (await ada.here.fact(ada.alarm)).state is AlarmState.QUOTA_REACHED
