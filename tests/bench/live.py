"""The live line against what others write, all in one run (PERFORMANCE section 10, gates 1 to 7).

python -m tests.bench.live [--rounds N] [--clients N] [--seconds S] [--only fanout|coalescing|slow]

Ours is the whole service: `lagebild serve` on PostGIS, its log written through the store, clients with and without area
and kinds. The others get their frames from inside their own process, which is cheaper; only `notify` reads them from
PostgreSQL too. Loopback only; ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from feeds.catalogue import catalogue
from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from geodata.store.database import Database
from geodata.store.migrate import upgrade
from tests.bench.fanout.payloads import COLOGNE, NOW, body, frame_text, key
from tests.bench.fanout.run import (
    SERVER_CORE,
    Load,
    Machine,
    NotComparable,
    Run,
    await_port,
    end,
    free_port,
    python,
    started,
)
from tests.bench.rounds import Gate, verdict

FEEDS = tuple(catalogue().feeds)
RATE = 10.0
SINGLE_RATE = 40.0
"""Updates per second of the design that sends one frame each; 200 would be more than one core can send."""

BUSY_RATE = 200.0
"""Updates per second in 50 transactions; every one is followed to every client."""

LATEST = 150.0
"""Milliseconds: the absolute guard of gate 5."""


@dataclass(slots=True)
class Ground:
    """A private PostGIS and, for the time of a run, our server on it. `written` counts what was ever put."""

    machine: Machine
    cluster: Cluster
    url: str
    directory: Path
    written: int = field(default=0)

    def ours(
        self, clients: int, events: int, rate: float, *, each: int = 1, timed: int = 1, stalled: int = 0, slow: int = 0
    ) -> Run:
        """Our service; the events come in transactions of `each` readings, of which `timed` are events."""
        with ExitStack() as stack:
            port = free_port()
            process = started(
                [sys.executable, "-m", "service", "serve", "--port", str(port), "--database-url", self.url],
                SERVER_CORE,
                self._environment(),
            )
            stack.callback(end, process)
            await_port(port)
            cursor = self._newest()
            box = "[5.8,50.3,9.5,52.6]"
            load = Load(
                clients,
                tuple(
                    f'{{"type":"follow","since":{cursor},"area":{area},"kinds":{kinds}}}'
                    for area in ("null", box)
                    for kinds in ("null", '["reading","warning"]')
                ),
                stalled,
                slow,
                welcomes=True,
            )

            async def publish() -> None:
                database = Database(self.url)
                async with database.transaction("bench"):
                    pass
                await paced(events // timed, rate / timed, lambda: self._put(database, each, timed))
                await database.close()

            return self.machine.measure(lambda *_: [], load, events, publish, port=port, server=process.pid)

    def notify(self, clients: int, events: int, rate: float) -> Run:
        """A hub that does nothing but hear NOTIFY and write; the publisher writes as much as ours does: one row of
        state, one of an outbox, in one transaction."""

        async def publish() -> None:
            async with await psycopg.AsyncConnection.connect(self.url) as connection:

                async def put() -> None:
                    self.written += 1
                    text = frame_text(range(self.written, self.written + 1))
                    await connection.execute(
                        "INSERT INTO bench_state VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET body = excluded.body",
                        (key(self.written), text),
                    )
                    await connection.execute("INSERT INTO bench_outbox (body) VALUES (%s)", (text,))
                    await connection.execute("SELECT pg_notify('bench', %s)", (text,))
                    await connection.commit()

                await paced(events, rate, put)

        return self.machine.measure(python("notify", clients, events, rate, self.url), Load(clients), events, publish)

    def other(self, design: str, clients: int, events: int, rate: float) -> Run:
        return self.machine.measure(python(design, clients, events, rate), Load(clients), events)

    def floor(self, clients: int, events: int, rate: float) -> Run:
        template = self.machine.directory / "template"
        template.write_text(frame_text(range(1, 2), 10**15))
        program = str(self.machine.directory / "floor")
        return self.machine.measure(
            lambda port, flags: [program, str(port), str(clients), str(events), str(rate), str(flags), str(template)],
            Load(clients),
            events,
        )

    async def _put(self, database: Database, each: int, timed: int) -> None:
        sent = time.monotonic_ns()
        facts = []
        for extra in range(each):
            self.written += 1
            text = body(self.written, sent + extra)
            if extra >= timed:
                del text["sent"]
            facts.append(
                Fact(
                    Ref("bench", "reading", key(self.written)),
                    PUBLIC,
                    Provenance("pegelonline", NOW, NOW),
                    text,
                    extent=COLOGNE,
                )
            )
        async with database.transaction("feed pegelonline") as transaction:
            for fact in facts:
                transaction.put(fact)

    def _newest(self) -> int:
        with psycopg.connect(self.url) as connection:
            row = connection.execute("SELECT coalesce(max(seq), 0) FROM change").fetchone()
        assert row is not None
        return int(row[0])

    def _environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LAGEBILD_")}
        off = {f"LAGEBILD_FEEDS__{feed.upper()}__ENABLED": "false" for feed in FEEDS}
        return {**clean, **off, "LAGEBILD_DATA_DIR": str(self.directory), "LAGEBILD_LOG__LEVEL": "ERROR"}


async def paced(events: int, rate: float, put: Callable[[], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(events):
        await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
        await put()


def ground(stack: ExitStack) -> Ground:
    machine = Machine(stack)
    cluster = Cluster(machine.directory / "cluster")
    cluster.ensure()
    postgres = cluster.start()

    def stop() -> None:
        postgres.send_signal(signal.SIGINT)
        try:
            postgres.wait(20)
        except subprocess.TimeoutExpired:
            postgres.kill()

    stack.callback(stop)
    cluster.create_database("bench")
    url = cluster.url("bench")
    upgrade(url)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE bench_state (key text PRIMARY KEY, body jsonb)")
        connection.execute(
            "CREATE TABLE bench_outbox (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), body jsonb)"
        )
    return Ground(machine, cluster, url, machine.directory)


Designs = dict[str, Callable[[], Run]]


def one_round(designs: Designs, number: int) -> dict[str, Run]:
    """Every design once, in turned order in every second round."""
    found = {}
    for name, measure in list(designs.items())[:: 1 if number % 2 else -1]:
        run = found[name] = measure()
        print(
            f"  round {number} {name:<10} {run.cpu:6.2f} us/frame, last client p50 {run.last_p50:6.1f} "
            f"p99 {run.last_p99:6.1f} ms, {run.frames:,} frames, {run.memory / 1024:.0f} MB, "
            f"{run.memory_each:.0f} kB/client, sending added {run.growth / 1024:.1f} MB",
            flush=True,
        )
    return found


def designs(on: Ground, only: str | None, n: int, seconds: float) -> Designs:
    events = int(seconds * RATE)
    fanout: Designs = {
        "ours": lambda: on.ours(n, events, RATE),
        "broadcast": lambda: on.other("broadcast", n, events, RATE),
        "send_text": lambda: on.other("send_text", n, events, RATE),
        "send_json": lambda: on.other("send_json", n, events, RATE),
        "c": lambda: on.floor(n, events, RATE),
        "notify": lambda: on.notify(n, events, RATE),
    }
    coalescing: Designs = {
        "busy": lambda: on.ours(n, int(seconds * BUSY_RATE), BUSY_RATE, each=4, timed=4),
        "each": lambda: on.other("each", n, int(seconds * SINGLE_RATE), SINGLE_RATE),
    }
    slow: Designs = {
        "healthy": lambda: on.ours(n, events, RATE, each=20),
        "with slow": lambda: on.ours(n, events, RATE, each=20, stalled=1, slow=n // 20),
    }
    groups = {"fanout": fanout, "coalescing": coalescing, "slow": slow}
    chosen = groups.values() if only is None else [groups[only]]
    return {name: measure for group in chosen for name, measure in group.items()}


def gates(rounds: list[dict[str, Run]], n: int) -> list[Gate]:
    def cpu(above: str, below: str) -> list[float]:
        return [r[above].cpu / r[below].cpu for r in rounds]

    def late(above: str, below: str) -> list[float]:
        return [r[above].last_p99 / r[below].last_p99 for r in rounds]

    found: list[Gate] = []
    if "ours" in rounds[0]:
        found += [
            Gate("1  CPU per frame, ours / websockets.broadcast", cpu("ours", "broadcast"), 1.0, 0.65),
            Gate("2  CPU per frame, ours / C loop", cpu("ours", "c"), 2.0, 1.25),
            Gate("3a CPU per frame, ours / FastAPI send_text", cpu("ours", "send_text"), 0.75, 0.5),
            Gate("3b CPU per frame, ours / FastAPI send_json", cpu("ours", "send_json"), 0.35, 0.2),
            Gate("5a write to last client p99, ours / NOTIFY and write", late("ours", "notify"), 2.5, 1.3),
            Gate("5b write to last client p99, ours / 150 ms", [r["ours"].last_p99 / LATEST for r in rounds], 1, 1 / 3),
            Gate("7  memory per client, whole server / 150 kB", [r["ours"].memory / n / 150 for r in rounds], 1.0, 0.4),
        ]  # fmt: skip
    if "busy" in rounds[0]:
        each = [(r["busy"].cpu_total / r["busy"].samples) / (r["each"].cpu_total / r["each"].samples) for r in rounds]
        found.append(Gate("4  CPU per update and client, bundled / one frame each", each, 0.12, 0.07))
    if "healthy" in rounds[0]:
        grown = [max(r["with slow"].growth, 0) / (1 + n // 20) / 1024 for r in rounds]
        found.append(
            Gate("6a last healthy client p99, with slow ones / without", late("with slow", "healthy"), 1.5, 1.1)
        )
        found.append(Gate("6b memory the sending adds per slow client / 1 MB", grown, 1.0, 0.25))
    return found


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=8.0, help="of sending in each run")
    parser.add_argument("--only", choices=("fanout", "coalescing", "slow"))
    parser.add_argument("--json", type=Path, help="write every round's ratios there")
    chosen = parser.parse_args(argv)
    rounds = []
    try:
        with ExitStack() as stack:
            on = ground(stack)
            table = designs(on, chosen.only, chosen.clients, chosen.seconds)
            for number in range(1, chosen.rounds + 1):
                rounds.append(one_round(table, number))
    except NotComparable as error:
        print(f"refused: {error}", file=sys.stderr)
        return 1
    judged = gates(rounds, chosen.clients)
    if chosen.json:
        chosen.json.write_text(json.dumps({gate.name: gate.figures for gate in judged}, indent=1))
    for name in rounds[0]:
        cost = statistics.median(r[name].cpu for r in rounds)
        late = statistics.median(r[name].last_p99 for r in rounds)
        print(f"{name:<10} {cost:6.2f} us/frame, last client p99 {late:6.1f} ms (medians)")
    return verdict(judged)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
