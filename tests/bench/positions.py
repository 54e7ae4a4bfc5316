"""Positions of 20,000 resources through the webhook onto the live line: how long after the commit a client has them.

300 reports a second as a GPS bridge sends them, in batches, by one token that may report for all 396 organisations.
The bare hub is the same node with the same positions put straight into the log by another process: no rights, no names,
no report ids, nobody who waits for an answer. Times of one machine, so that clocks agree.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import orjson
from sqlalchemy import text
from websockets.asyncio.client import connect

from feeds.catalogue import catalogue
from geodata.model.resource import Position
from geodata.store import positions
from geodata.store.database import Database
from service.access.store import make_link, make_token
from service.accounts.store import ensure
from tests.bench import private
from tests.bench.fanout.run import SERVER_CORE, NotComparable, await_port, cpu, end, free_port, started
from tests.bench.forces import One, settle
from tests.bench.onscreen import Commits, late, on_screen
from tests.bench.rounds import Gate, verdict

FLUSH = 0.25
VIEWS = ["map=7.4/51.45/7.6", "map=11/51.45/7.2"]
"""The whole Land, and the towns between Essen and Bochum. Nearer than that too few are in sight to measure."""
NEAR = 0.002
"""Degrees that a vehicle moves at most between two reports."""
FAR, FAR_ONE_IN = 0.2, 20
"""Each twentieth goes so far, as a helicopter between two reports, that circles of the whole Land change too."""

_report_ids = count()

Send = Callable[[Sequence[tuple[One, float, float]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds from the commit (the log's own time) and from the report to the frame at a client; CPU in
    microseconds of the node for each update."""

    from_commit: list[float]
    from_report: list[float]
    node: float
    updates: int
    commits: Commits

    def __str__(self) -> str:
        return (
            f"commit to frame p50 {middle(self.from_commit):.0f} p95 {late(self.from_commit):.0f} ms, "
            f"report to frame p95 {late(self.from_report):.0f} ms, node {self.node:.0f} us CPU an update, "
            f"{self.updates:,} updates"
        )


def middle(figures: Sequence[float]) -> float:
    return statistics.median(figures)


class Client:
    """Follows everything it may see and notes when each position arrives."""

    def __init__(self, url: str, cookie: str) -> None:
        self.url, self.cookie = url.replace("http", "ws", 1) + "/api/live", cookie
        self.from_commit: list[float] = []
        self.from_report: list[float] = []
        self.seen = 0
        self.commits = Commits()

    async def run(self, ready: asyncio.Event, since: int, *, reads: bool) -> None:
        headers = {"Cookie": self.cookie}
        async with connect(self.url, additional_headers=headers, max_size=None, compression=None) as socket:
            await socket.send(f'{{"type":"follow","since":{since}}}')
            await socket.recv()
            ready.set()
            async for message in socket:
                if reads:
                    self._note(message, time.time())

    def _note(self, message: str | bytes, now: float) -> None:
        said = orjson.loads(message)
        if said.get("type") == "restart":
            raise NotComparable("the measuring client was told to start over")
        for change in said.get("changes", ()):
            if "/position/" in change["ref"]:
                self.seen += 1
                committed, body = _seconds(change["at"]), change["body"]
                self.commits.position[change["ref"].rpartition("/")[2], body["longitude"]] = committed
                self.from_commit.append((now - committed) * 1e3)
                self.from_report.append((now - _seconds(body["at"])) * 1e3)
            elif "/resource/" in change["ref"]:
                self.commits.status.append((change["ref"].rpartition("/")[2], _seconds(change["at"])))


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


class Through:
    """A bridge that sends batches to the webhook."""

    def __init__(self, url: str, token: str, batch: int) -> None:
        self.batch = batch
        self._http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self.results: dict[str, int] = {}
        self._digits: dict[str, str] = {}

    async def toggle(self, one: One) -> None:
        digit = self._digits[one.id] = "2" if self._digits.get(one.id) == "6" else "6"
        report = {"id": str(next(_report_ids)), "external_id": one.external_id, "at": datetime.now(UTC), "fms": digit}
        answer = await self._http.post("/api/dispatch/reports", content=orjson.dumps({"reports": [report]}))
        answer.raise_for_status()

    async def __call__(self, moved: Sequence[tuple[One, float, float]]) -> None:
        now = datetime.now(UTC).isoformat()
        given = [
            {"id": str(next(_report_ids)), "external_id": one.external_id, "at": now, "longitude": x, "latitude": y,
             "speed": 12.5, "heading": 90} for one, x, y in moved
        ]  # fmt: skip
        answer = await self._http.post("/api/dispatch/reports", content=orjson.dumps({"reports": given}))
        answer.raise_for_status()
        for name, number in answer.json()["counts"].items():
            self.results[name] = self.results.get(name, 0) + number

    async def close(self) -> None:
        await self._http.aclose()


class Straight:
    """The same positions put into the log by this process."""

    def __init__(self, database: Database, rooms: dict[str, str]) -> None:
        self._database, self._rooms = database, rooms

    async def __call__(self, moved: Sequence[tuple[One, float, float]]) -> None:
        now = datetime.now(UTC)
        given = [(one.id, self._rooms[one.id], Position(x, y, now, "bench", speed=12.5, heading=90))
                 for one, x, y in moved]  # fmt: skip
        async with self._database.transaction("bench") as tx:
            positions.put_all(tx, given, origin="local", received_at=now)


async def _sent(send: Send, moved: Sequence[tuple[One, float, float]]) -> None:
    await send(moved)


async def driven(
    send: Send,
    forces: Sequence[One],
    *,
    rate: float,
    batch: int,
    seconds: float,
) -> int:
    """Send at this rate, whether answers come or not; how many were sent."""
    chance, loop = random.Random(7), asyncio.get_running_loop()
    began, number, sending = loop.time(), 0, set[asyncio.Task[None]]()
    while (number * batch) / rate < seconds:
        await asyncio.sleep(max(0.0, began + number * batch / rate - loop.time()))
        moved = [
            (one, one.longitude + chance.uniform(-reach, reach), one.latitude + chance.uniform(-reach, reach))
            for one in chance.sample(forces, batch)
            for reach in [FAR if chance.randrange(FAR_ONE_IN) == 0 else NEAR]
        ]
        task: asyncio.Task[None] = asyncio.create_task(_sent(send, moved))
        sending.add(task)
        task.add_done_callback(sending.discard)
        number += 1
    await asyncio.gather(*sending)
    return number * batch


async def measured(
    node: int, url: str, cookie: str, since: int, subscribers: int, drive: Callable[[], Awaitable[int]]
) -> Measured:
    clients = [Client(url, cookie) for _ in range(subscribers)]
    events = [asyncio.Event() for _ in clients]
    running = [
        asyncio.create_task(client.run(ready, since, reads=client is clients[0]))
        for client, ready in zip(clients, events, strict=True)
    ]
    async with asyncio.timeout(60):
        await asyncio.gather(*(ready.wait() for ready in events))
    await asyncio.sleep(0.5)
    first, before = clients[0], cpu(node)
    first.seen = 0
    first.from_commit.clear()
    first.from_report.clear()
    sent = await drive()
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            while first.seen < sent:
                await asyncio.sleep(0.05)
    spent = cpu(node) - before
    for task in running:
        task.cancel()
    ended = await asyncio.gather(*running, return_exceptions=True)
    broken = [
        error for error in ended if isinstance(error, Exception) and not isinstance(error, asyncio.CancelledError)
    ]
    if broken or first.seen < 0.97 * sent:
        raise NotComparable(f"{first.seen} of {sent} positions reached the client; {broken[:1]}")
    return Measured(first.from_commit, first.from_report, spent / 1e3 / sent, sent, first.commits)


async def bench(options: argparse.Namespace) -> int:
    with ExitStack() as stack:
        url, _owner, _cpu = stack.enter_context(private.database())
        forces = await settle(url, options.resources)
        database = Database(url)
        async with database.reading() as connection:
            organisations = list((await connection.execute(text("SELECT id FROM organisation"))).scalars())
            rooms = {
                row.id: row.room
                for row in await connection.execute(text("SELECT id, room FROM fact WHERE kind = 'resource'"))
            }
        token = await make_token(database, "gps", timedelta(days=1), organisations)
        person = await ensure(database, "Lage", admin=False)
        async with database.transaction("bench") as tx:
            joined = text("INSERT INTO person_organisation (person, organisation) SELECT :p, id FROM organisation")
            await tx.connection.execute(joined, {"p": person})
        port = free_port()
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="lagebild-bench-"))
        node = started(
            [sys.executable, "-m", "service", "serve", "--port", str(port), "--database-url", url],
            SERVER_CORE,
            _environment(directory),
        )
        stack.callback(end, node)
        await_port(port)
        address = f"http://127.0.0.1:{port}"
        link = await make_link(database, person)
        async with httpx.AsyncClient(base_url=address) as browser:
            await browser.get(f"/sign-in/{link}")
            cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        if (os.cpu_count() or 1) > 1:
            os.sched_setaffinity(0, {1})

        async def newest() -> int:
            async with database.reading() as connection:
                return int((await connection.execute(text("SELECT max(seq) FROM change"))).scalar_one())

        async def one(send: Through | Straight, batch: int) -> Measured:
            return await measured(
                node.pid, address, cookie, await newest(), options.subscribers,
                lambda: driven(send, forces, rate=options.rate, batch=batch, seconds=options.seconds),
            )  # fmt: skip

        async with AsyncExitStack() as closing:
            through, straight = Through(address, token, options.batch), Straight(database, rooms)
            closing.push_async_callback(through.close)
            closing.push_async_callback(database.close)
            try:
                webhook = await one(through, options.batch)
            except NotComparable as error:
                raise NotComparable(f"{error}; answers {through.results}") from error
            print(f"webhook:  {webhook}; answers {through.results}", flush=True)
            bare = await one(straight, round(options.rate * FLUSH))
            print(f"bare hub: {bare}", flush=True)

            async def commits() -> Commits:
                return (await one(through, options.batch)).commits

            views = [] if options.view == ["none"] else options.view or VIEWS
            seen = [await on_screen(address, cookie, view, commits, forces, through.toggle) for view in views]
    ratio = late(webhook.from_commit) / late(bare.from_commit)
    gates = [
        Gate("p95 commit to frame / 1 s", [late(webhook.from_commit) / 1e3], 1.0, 0.25),
        Gate("p95 report to frame / 1 s", [late(webhook.from_report) / 1e3], 1.0, 0.6),
        Gate("p95 commit to frame, webhook / bare hub", [ratio], 4.0, 2.0),
        Gate("CPU of the node / 30 % of a core", [webhook.node * options.rate / 1e6 / 0.3], 1.0, 0.35),
    ]
    for view, waited in zip(views, seen, strict=True):
        gates.append(Gate(f"p95 commit to drawn {view} / 1 s", [late(waited.map) / 1e3], 1.0, 0.6))
        gates.append(Gate(f"p95 commit to drawn board beside {view} / 1 s", [late(waited.board) / 1e3], 1.0, 0.6))
    print(
        f"node CPU an update, webhook / bare hub {webhook.node / bare.node:.2f}; "
        f"at {options.rate:g}/s the node needs {webhook.node * options.rate / 1e4:.0f} % of one core"
    )
    return verdict(gates)


def _environment(directory: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LAGEBILD_")}
    off = {f"LAGEBILD_FEEDS__{feed.upper()}__ENABLED": "false" for feed in catalogue().feeds}
    return {**clean, **off, "LAGEBILD_DATA_DIR": directory, "LAGEBILD_LOG__LEVEL": "ERROR"}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench positions", description=__doc__)
    parser.add_argument("--resources", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=300.0, help="positions a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--batch", type=int, default=30, help="reports of one call of the webhook")
    parser.add_argument("--view", action="append", help="what the map shows, again for another; none: no browser")
    parser.add_argument("--subscribers", type=int, default=20)
    try:
        return asyncio.run(bench(parser.parse_args(argv)))
    except NotComparable as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
