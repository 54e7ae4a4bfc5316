"""The auditor finds what must never be, puts it right and says so."""

from __future__ import annotations

from sqlalchemy import text

from alerting.auditor import Auditor
from alerting.model.alarm import AlarmState
from alerting.model.plan import ChannelKind, Escalate, Quota, Step
from alerting.store.auditing import BROKEN
from geodata.store.database import Database
from tests.alerting.ground import ORIGIN, Double, Ground, everybody, ground, plan

SMS = ChannelKind.SMS


async def _broken(here: Ground) -> int:
    async with here.database.reading() as connection:
        return int((await connection.execute(BROKEN)).scalar_one())


async def test_whoever_has_no_end_in_an_alarm_that_ended_gets_one(database: Database) -> None:
    here = await ground(database)
    await here.add("Ada", SMS)
    auditor = Auditor(database, here.clock, origin=ORIGIN)
    assert not auditor.content()
    alarm = await here.begin(plan(Step(everybody(), wait=600), quota=Quota(1)))
    await here.engine(Double("sms", SMS)).settle()
    async with database.transaction("somebody") as tx:
        await tx.connection.execute(text("UPDATE alarm SET state = 'STOPPED', ended_at = :at, due_at = NULL"),
                                    {"at": here.clock.now()})  # fmt: skip
    assert await _broken(here) == 1
    found = await auditor.look()
    assert (found.settled, await _broken(here)) == (1, 0)
    assert await here.states(alarm) == {"Ada": "SILENT"}
    assert auditor.content()


async def test_an_alarm_that_waits_for_a_human_longer_than_a_day_is_stopped_and_then_closed(database: Database) -> None:
    here = await ground(database)
    await here.add("Ada", SMS)
    auditor = Auditor(database, here.clock, origin=ORIGIN)
    steps = Step(everybody(), wait=60, escalate=Escalate.MANUAL), Step(everybody())
    alarm = await here.begin(plan(*steps, quota=Quota(1)))
    engine = here.engine(Double("sms", SMS))
    await engine.settle()
    here.clock.forward(seconds=60)
    await engine.settle()
    held = await here.fact(alarm)
    assert held.state is AlarmState.RUNNING and held.next_at is None and held.problems
    assert (await auditor.look()).stuck == 0
    here.clock.forward(hours=25)
    assert (await auditor.look()).stuck == 1
    assert (await here.fact(alarm)).state is AlarmState.STOPPED
    here.clock.forward(hours=25)
    await auditor.look()
    assert (await here.fact(alarm)).state is AlarmState.CLOSED


async def test_what_waits_longer_than_a_minute_is_told(database: Database) -> None:
    here = await ground(database)
    await here.add("Ada", SMS)
    await here.begin(plan(Step(everybody()), quota=Quota(1)))
    auditor = Auditor(database, here.clock, origin=ORIGIN)
    assert (await auditor.look()).late == 0
    here.clock.forward(seconds=61)
    assert (await auditor.look()).late == 1
    await here.engine(Double("sms", SMS)).settle()
    assert (await auditor.look()).late == 0
