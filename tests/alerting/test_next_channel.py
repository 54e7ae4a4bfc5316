"""When somebody's next channel rings, and when it must not yet."""

from __future__ import annotations

from datetime import timedelta

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.model import chain
from alerting.model.plan import ChannelKind, Purpose, Quota, Step
from geodata.store.database import Database
from tests.alerting.ground import NOON, Double, everybody, ground, named, plan

SMS, PUSH = ChannelKind.SMS, ChannelKind.PUSH


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
