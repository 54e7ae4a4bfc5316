"""What providers say later: receipts for calls, and answers of people."""

from __future__ import annotations

from datetime import timedelta

from alerting.channels.contract import Told
from alerting.model.plan import ChannelKind, Quota, Step
from alerting.model.recipient import Answer, CallState
from alerting.store import calls
from alerting.store.calls import Heard
from geodata.store.database import Database
from tests.alerting.ground import Double, Ground, everybody, ground, plan

SMS, EMAIL = ChannelKind.SMS, ChannelKind.EMAIL


async def _told(here: Ground, **fields: object) -> Heard:
    async with here.database.transaction("provider") as tx:
        told = Told("sms", here.clock.now(), **fields)  # type: ignore[arg-type]
        return await calls.told(tx, told, here.seal, here.clock.now())


async def _called(database: Database, *channels: ChannelKind) -> tuple[Ground, str, str]:
    here = await ground(database)
    await here.add("Ada", *channels)
    sms = Double("sms", SMS, now=here.clock.now)
    alarm = await here.begin(plan(Step(everybody(), wait=3600, fall_back=600), quota=Quota(1)))
    await here.engine(sms, Double("mail", EMAIL)).settle()
    return here, alarm, sms.taken[0][1].id


async def test_a_receipt_goes_forward_only_and_the_same_twice_is_once(database: Database) -> None:
    here, alarm, call = await _called(database, SMS)
    assert await _told(here, provider_id=call, state=CallState.DELIVERED) is Heard.TAKEN
    assert await here.states(alarm) == {"Ada": "DELIVERED"}
    assert await _told(here, provider_id=call, state=CallState.DELIVERED) is Heard.REPEATED
    assert await _told(here, call=call, state=CallState.READ) is Heard.TAKEN
    assert await _told(here, call=call, state=CallState.SENT) is Heard.REPEATED
    assert await _told(here, call=call, state=CallState.FAILED, error="late") is Heard.REPEATED
    assert await here.states(alarm) == {"Ada": "READ"}
    assert await _told(here, call="of nobody", state=CallState.DELIVERED) is Heard.UNKNOWN


async def test_what_a_provider_took_and_lost_is_followed_by_the_next_channel(database: Database) -> None:
    here, _, call = await _called(database, SMS, EMAIL)
    assert await _told(here, call=call, state=CallState.FAILED, error="no such number") is Heard.TAKEN
    rows = await here.rows("SELECT channel, state FROM alarm_call ORDER BY queued_at, id")
    assert sorted((row.channel, row.state) for row in rows) == [("EMAIL", "QUEUED"), ("SMS", "FAILED")]


async def test_an_answer_by_sms_counts_by_the_number_it_comes_from(database: Database) -> None:
    here, alarm, _ = await _called(database, SMS)
    heard = await _told(here, address="SMS:Ada", text="2 15", answer=Answer.COMING_LATER, minutes=15)
    assert heard is Heard.TAKEN
    [row] = await here.rows("SELECT state, answer, answered_by, eta FROM alarm_recipient WHERE alarm = :a", a=alarm)
    assert (row.state, row.answer, row.answered_by) == ("RESPONDED", "COMING_LATER", "SMS")
    assert row.eta == here.clock.now() + timedelta(minutes=15)
    assert await _told(here, address="+49 170 0", text="1", answer=Answer.COMING) is Heard.UNKNOWN


async def test_the_code_in_an_answer_says_which_of_two_alarms_is_meant(database: Database) -> None:
    here, first, _ = await _called(database, SMS)
    here.clock.forward(seconds=5)
    second = await here.begin(plan(Step(everybody()), quota=Quota(1)))
    await here.engine(Double("sms", SMS)).settle()
    code = (await here.fact(first)).code
    await _told(here, address="SMS:Ada", text=f"1 {code.lower()}", answer=Answer.COMING)
    assert await here.states(first) == {"Ada": "RESPONDED"}
    await _told(here, address="SMS:Ada", text="3", answer=Answer.NOT_COMING)
    assert await here.states(second) == {"Ada": "RESPONDED"}
