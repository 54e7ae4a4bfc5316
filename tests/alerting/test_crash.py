"""Workers killed at random moments, the database too: every person has exactly one end, nobody is lost in silence.

The provider errs, hangs and says everything twice. LAGEBILD_PROVE plays the long form: 10,000 people, 30 kills, two
restarts of the database.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from inspect import isawaitable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from alerting.auditor import Auditor
from alerting.channels.contract import Told
from alerting.channels.switchboard import HANGING
from alerting.model import chain
from alerting.model.plan import ChannelKind, Quota, Step
from alerting.model.recipient import Answer, CallState
from alerting.store import calls
from alerting.store.auditing import BROKEN
from alerting.store.sealing import Seal
from geodata.model.clock import WallClock
from geodata.store.cluster import Cluster
from geodata.store.database import Database, StoreError
from geodata.store.migrate import upgrade
from tests.alerting.crashing import AT_ONCE
from tests.alerting.ground import Ground, everybody, ground, plan

PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
PEOPLE, KILLS, RESTARTS = (10_000, 30, 2) if PROVE else (300, 3, 1)
ERRORS, HANGS, TWICE = 0.20, 0.05, 0.05
_ENDS = {"RESPONDED", "SILENT", "UNREACHABLE", "SPARED"}


@dataclass
class Provider:
    """Takes a call or does not; what it took it says again later, sometimes twice, and some people answer."""

    dice: random.Random
    taken: Counter[str] = field(default_factory=Counter)
    said: asyncio.Queue[Told] = field(default_factory=asyncio.Queue)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        call = (await request.json())["call"]
        luck = self.dice.random()
        if luck < ERRORS:
            return web.json_response({}, status=503)
        if luck < ERRORS + HANGS:
            await asyncio.sleep(30)
            return web.json_response({}, status=503)
        self.taken[call] += 1
        gateway = request.path.strip("/").lower()
        for _ in range(2 if self.dice.random() < TWICE else 1):
            answer = Answer.NOT_COMING if self.dice.random() < 0.3 else None
            told = Told(gateway, datetime.now(UTC), provider_id=f"p-{call}", call=call, state=CallState.DELIVERED,
                        answer=answer)  # fmt: skip
            self.said.put_nowait(told)
        return web.json_response({"id": f"p-{call}"})


@pytest.fixture
def own_cluster() -> Iterator[tuple[Cluster, dict[str, Any]]]:
    """A cluster that can be killed, with everything on that keeps it whole."""
    directory = Path(tempfile.mkdtemp(prefix="lagebild-crash-"))
    directory.chmod(0o755)
    cluster = Cluster(directory)
    cluster.ensure()
    held: dict[str, Any] = {"process": cluster.start()}
    cluster.create_database("crash")
    upgrade(cluster.url("crash"))
    yield cluster, held
    held["process"].send_signal(signal.SIGINT)
    held["process"].wait(30)
    shutil.rmtree(directory, ignore_errors=True)


class Worker:
    def __init__(self, url: str, keys: Path, provider: str) -> None:
        self.arguments = [sys.executable, "-m", "tests.alerting.crashing", url, str(keys), provider]
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = self._start()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


async def hear(database: Database, seal: Seal, provider: Provider) -> None:
    """As a route for receipts does it: what cannot be written now is written later."""
    while True:
        told = await provider.said.get()
        await again(lambda told=told: _hear(database, seal, told))  # type: ignore[misc]


async def _hear(database: Database, seal: Seal, told: Told) -> None:
    async with database.transaction("provider") as tx:
        await calls.told(tx, told, seal, datetime.now(UTC))


async def again(work: Callable[[], Awaitable[Any]]) -> Any:
    while True:
        try:
            return await work()
        except StoreError:
            await asyncio.sleep(0.2)


async def tried(here: Ground) -> bool:
    """Everybody was handed to a provider, or cannot be."""
    left = "SELECT count(*) AS n FROM alarm_recipient WHERE notified_at IS NULL AND state IN ('PENDING', 'QUEUED')"
    began = "SELECT count(*) AS n FROM alarm WHERE step >= 0"
    return not (await here.rows(left))[0].n and (await here.rows(began))[0].n == 1


async def over(here: Ground, alarm: str, auditor: Auditor) -> bool:
    """Ended, and everybody has his end."""
    await auditor.look()
    rows = await here.rows("SELECT ended_at FROM alarm WHERE id = :id", id=alarm)
    async with here.database.reading() as connection:
        broken = (await connection.execute(BROKEN)).scalar_one()
    return rows[0].ended_at is not None and broken == 0


async def _until(holds: Callable[[], Any], seconds: float = 1800 if PROVE else 120) -> None:
    deadline = time.monotonic() + seconds
    while True:
        found = holds()
        if await found if isawaitable(found) else found:
            return
        assert time.monotonic() < deadline, "it takes too long"
        await asyncio.sleep(0.05)


@pytest.mark.proof
async def test_nobody_is_lost_whatever_is_killed(own_cluster: tuple[Cluster, dict[str, Any]]) -> None:
    cluster, held = own_cluster
    dice = random.Random(6)
    url = cluster.url("crash")
    here = await ground(Database(url), WallClock())
    await here.many(PEOPLE, ChannelKind.PUSH, ChannelKind.SMS)
    provider = Provider(dice)
    app = web.Application()
    app.router.add_post("/{kind}", provider.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    provider.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    keys = here.seal.file.parent.parent
    hearing = asyncio.create_task(hear(here.database, here.seal, provider))
    auditor = Auditor(here.database, WallClock(), origin="here")
    workers = [Worker(url, keys, provider.url) for _ in range(2)]
    try:
        alarm = await here.begin(plan(Step(everybody(), fall_back=2, wait=86_400), quota=Quota(PEOPLE * 2)))
        restarts = set(dice.sample(range(KILLS), RESTARTS))
        for number in range(KILLS):
            enough = (number + dice.random()) * PEOPLE * 1.5 / KILLS
            await _until(lambda enough=enough: provider.taken.total() > enough)  # type: ignore[misc]
            if number in restarts:
                held["process"].send_signal(signal.SIGQUIT)
                held["process"].wait(30)
                held["process"] = await asyncio.to_thread(cluster.start)
            await asyncio.to_thread(workers[number % 2].kill)
        await _until(lambda: again(lambda: tried(here)))
        await again(lambda: here.act(alarm, chain.Stopped()))
        await _until(lambda: again(lambda: over(here, alarm, auditor)))
        await _prove(here, alarm, provider)
    finally:
        for worker in workers:
            worker.end()
        hearing.cancel()
        await runner.cleanup()
        await here.database.close()


async def _prove(here: Ground, alarm: str, provider: Provider) -> None:
    people = await here.rows("SELECT helper, state, notified_at FROM alarm_recipient WHERE alarm = :id", id=alarm)
    assert len(people) == PEOPLE == len({row.helper for row in people})
    assert {row.state for row in people} <= _ENDS
    made = {row.id: row for row in await here.rows("SELECT id, helper, state FROM alarm_call")}
    assert provider.taken.keys() <= made.keys(), "the provider was given a call that is not on record"
    reached = {made[call].helper for call in provider.taken}
    silent = {row.helper for row in people if row.state in ("UNREACHABLE", "SPARED")}
    lost = reached & silent
    assert not lost, f"{len(lost)} were called and count as not called"
    said = {row.helper for row in people if row.notified_at is not None}
    assert said <= reached, "somebody counts as called whom no provider was given"
    twice = sum(count - 1 for count in provider.taken.values())
    shares = Counter(row.state for row in people)
    print(f"people {PEOPLE}, taken {sum(provider.taken.values())}, repeated {twice}, states {dict(shares)}")
    # What was just handed over and not yet written down is handed over once more, under the same id.
    half_done = 2 * HANGING * AT_ONCE * (KILLS + 2 * RESTARTS)
    assert twice <= (0.01 * provider.taken.total() if PROVE else half_done), f"{twice} calls were repeated"
    assert shares["SILENT"] + shares["RESPONDED"] >= 0.9 * PEOPLE
