"""Planning and queueing an alarm for 10,000 people on two channels, and the first attempts for 1,000 by one worker.

The baseline is the bare INSERT..SELECT of the same 20,000 calls and 10,000 recipients into copies of the tables with
their indexes, in the same run: nobody is chosen, no channel looked for, nothing kept about the alarm.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time

from sqlalchemy import text

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.model.plan import ChannelKind, Quota, Step
from geodata.model.clock import WallClock
from geodata.store.database import Database
from tests.alerting.ground import Double, Ground, everybody, ground, plan
from tests.bench import private
from tests.bench.rounds import Gate, verdict

KINDS = (ChannelKind.PUSH, ChannelKind.SMS)
MOST, GOAL = 3.0, 1.3
FIRST_WITHIN = 5.0
HANGS = 20.0
"""Seconds that a gateway is waited for."""

_COPIES = """
    DROP TABLE IF EXISTS bare_recipient, bare_call;
    CREATE TABLE bare_recipient (LIKE alarm_recipient INCLUDING ALL);
    CREATE TABLE bare_call (LIKE alarm_call INCLUDING ALL)
"""
_BARE_RECIPIENTS = """
    INSERT INTO bare_recipient (alarm, helper, step, state, due_at) SELECT 'a', id, 0, 'QUEUED', now() FROM helper
"""
_BARE_CALLS = """
    INSERT INTO bare_call (id, alarm, helper, kind, step, round, mode, channel, address, state, due_at, queued_at)
    SELECT gen_random_uuid()\\:\\:text, 'a', helper, 'ALARM', 0, 0, 'ACTUAL', kind, id, 'QUEUED', now(), now()
    FROM helper_channel
"""


async def bare(database: Database) -> float:
    """Seconds."""
    async with database.transaction("bench") as tx:
        for statement in _COPIES.split(";"):
            await tx.connection.execute(text(statement))
    began = time.perf_counter()
    async with database.transaction("bench") as tx:
        await tx.connection.execute(text(_BARE_RECIPIENTS))
        await tx.connection.execute(text(_BARE_CALLS))
    return time.perf_counter() - began


async def planned(here: Ground, people: int) -> float:
    """Seconds from the word of the leader until every call is queued and the picture shows it."""
    engine = here.engine()
    began = time.perf_counter()
    alarm = await here.begin(plan(Step(everybody(), at_once=True, wait=600), quota=Quota(people)))
    await engine.decide()
    took = time.perf_counter() - began
    [row] = await here.rows("SELECT count(*) AS n FROM alarm_call WHERE alarm = :alarm", alarm=alarm)
    assert row.n == 2 * people, row.n
    async with here.database.transaction("bench") as tx:
        await tx.connection.execute(text("DELETE FROM alarm"))
    return took


async def first_attempts(here: Ground, people: int) -> list[float]:
    """Seconds from the word of the leader until each person's first call was handed to a provider of which 20 % of
    answers are errors and 5 % never come."""
    dice = random.Random(6)

    def does(call: Call, tries: int) -> Receipt | float:
        luck = dice.random()
        return HANGS if luck < 0.05 else Receipt(Outcome.FAILED) if luck < 0.25 else Receipt(Outcome.TAKEN, call.id)

    double = Double("push", ChannelKind.PUSH, does, at_once=50, now=here.clock.now)
    engine = here.engine(double, timeout=HANGS)
    running = asyncio.create_task(engine.run())
    await asyncio.sleep(1)
    began = here.clock.now()
    await here.begin(plan(Step(everybody(), wait=600, fall_back=600), quota=Quota(people)))
    deadline = time.monotonic() + 120
    while len(double.asked) < people and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    first: dict[str, float] = {}
    for at, call in double.calls:
        first.setdefault(call.id, (at - began).total_seconds())
    assert len(first) == people, len(first)
    return list(first.values())


async def measure(url: str, rounds: int, people: int) -> list[Gate]:
    database = Database(url)
    here = await ground(database, WallClock())
    await here.many(people, *KINDS)
    await bare(database)
    await planned(here, people)
    ratios, ours, theirs = [], [], []
    for _ in range(rounds):
        theirs.append(await bare(database))
        ours.append(await planned(here, people))
        ratios.append(ours[-1] / theirs[-1])
    await database.close()
    ratio = statistics.median(ratios)
    print(f"{people:,} people on two channels: {statistics.median(ours) * 1e3:.0f} ms, bare INSERT..SELECT "
          f"{statistics.median(theirs) * 1e3:.0f} ms: {ratio:.2f}x")  # fmt: skip
    return [Gate("planning and queueing / bare INSERT..SELECT", ratios, MOST, GOAL)]


async def attempts(url: str, few: int) -> list[Gate]:
    database = Database(url)
    here = await ground(database, WallClock())
    await here.many(few, *KINDS)
    waits = sorted(await first_attempts(here, few))
    await database.close()
    p95 = waits[int(0.95 * len(waits))]
    print(f"{few:,} people, one worker: first attempt p50 {statistics.median(waits):.2f} s, p95 {p95:.2f} s")
    return [
        Gate("first attempt, p95 / 5 s", [p95 / FIRST_WITHIN], 1.0, 0.5),
    ]


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser(prog="bench alarms", description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--people", type=int, default=10_000)
    options.add_argument("--few", type=int, default=1_000)
    given = options.parse_args(argv)
    with private.database() as (url, _, _):
        gates = asyncio.run(measure(url, given.rounds, given.people))
    with private.database() as (url, _, _):
        gates += asyncio.run(attempts(url, given.few))
    return verdict(gates)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
