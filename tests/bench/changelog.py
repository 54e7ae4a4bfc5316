"""What the commit-ordered log costs and that it keeps its promise: eight writers through `Transaction` against eight
writers that insert the same lines bare, while a follower reads along and must miss nothing, see nothing twice and
keep the order.

Bare means: the same rows into a table like `change` with the same indexes and partitions, without facts, lock and
notification. That is fast and wrong: a follower of it loses changes. The gate is a floor against slipping back;
on a busy machine single changes suffer most, as commits in order wait for each other's turn on the processor.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import orjson
import psycopg

from geodata.model.body import to_body
from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store import changes
from geodata.store.database import Database
from tests.bench import private
from tests.bench.rounds import Gate, verdict

WRITERS = 8
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_BARE = """
    CREATE TABLE bare (LIKE change INCLUDING DEFAULTS INCLUDING INDEXES);
    ALTER TABLE bare ALTER seq ADD GENERATED ALWAYS AS IDENTITY;
"""
_INSERT = """
    INSERT INTO bare (ref, op, room, actor, provenance, body, extent)
    SELECT r ->> 'ref', 'put', 'public', 'bench', r -> 'provenance', r -> 'body', '{7.1,51.1,7.1,51.1}'
    FROM jsonb_array_elements(cast(%s AS jsonb)) r
"""


def fact(writer: int, number: int, value: float) -> Fact:
    body = {"station": f"s.{writer}.{number}", "quantity": "W", "unit": "cm", "value": value, "level": 1, "trend": 1.5}
    ref = Ref("bench", "reading", f"s.{writer}.{number}.W")
    return Fact(ref, PUBLIC, Provenance("bench", NOW, NOW), body, extent=(7.1, 51.1, 7.1, 51.1))


async def through_transactions(database: Database, commits: int, size: int, stamp: int) -> None:
    async def write(writer: int) -> None:
        for n in range(commits):
            async with database.transaction("bench") as tx:
                for i in range(size):
                    tx.put(fact(writer, n * size + i, stamp))
            assert tx.logged == size, "delivered less than sent"

    await asyncio.gather(*(write(w) for w in range(WRITERS)))


async def bare(url: str, commits: int, size: int) -> None:
    async def write(writer: int) -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            for n in range(commits):
                facts = [fact(writer, n * size + i, 1) for i in range(size)]
                rows = [{"ref": str(f.ref), "provenance": to_body(f.provenance), "body": f.body} for f in facts]
                await connection.execute(_INSERT, [orjson.dumps(rows).decode()])
                await connection.commit()

    await asyncio.gather(*(write(w) for w in range(WRITERS)))


async def follow(database: Database, since: int, total: int) -> list[int]:
    seen: list[int] = []
    async for page in changes.follow(database, since):
        seen.extend(line.seq for line in page)
        if len(seen) >= total:
            break
    return seen


async def timed(run: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await run()
    return time.perf_counter() - began


async def measure(options: argparse.Namespace) -> tuple[dict[int, list[tuple[float, float]]], int]:
    """For each size of a transaction the seconds (ours, bare) of each round; and how many changes the follower saw
    wrongly."""
    found: dict[int, list[tuple[float, float]]] = {}
    wrong = 0
    with private.database() as (url, _, _):
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(_BARE)
        database = Database(url, pool_size=WRITERS + 2)
        for size in options.sizes:
            commits = min(100, max(5, options.changes // (WRITERS * size)))
            total = WRITERS * commits * size
            for number in range(options.rounds + 1):
                start = (await changes.bounds(database)).newest
                ours = 0.0

                async def log(size: int = size, commits: int = commits, number: int = number) -> None:
                    await through_transactions(database, commits, size, number)

                async def plain(size: int = size, commits: int = commits) -> None:
                    await bare(url, commits, size)

                theirs = await timed(plain) if number % 2 else 0.0
                follower = asyncio.create_task(follow(database, start, total))
                ours = await timed(log)
                async with asyncio.timeout(30):
                    seen = await follower
                theirs = theirs or await timed(plain)
                wrong += seen != list(range(start + 1, start + total + 1))
                if number:
                    found.setdefault(size, []).append((ours, theirs))
                    changed = commits * WRITERS
                    print(f"  {size:4} per transaction: {changed / ours:7,.0f} commits/s {total / ours:9,.0f} changes/s"
                          f"   bare {changed / theirs:7,.0f} commits/s {total / theirs:9,.0f} lines/s")  # fmt: skip
        await database.close()
    return found, wrong


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench changelog", description=__doc__)
    parser.add_argument("--changes", type=int, default=16_000, help="changes per round")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 20, 500])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(argv)
    found, wrong = asyncio.run(measure(options))
    gates = [
        Gate(
            f"changes/s vs bare insert, {size} per transaction",
            [b / o for o, b in rounds],
            0.08,
            0.4,
            least=True,
        )
        for size, rounds in found.items()
    ]
    middle = {size: statistics.median(o for o, _ in rounds) for size, rounds in found.items()}
    print(f"seconds per round (median): {', '.join(f'{s} per transaction {t:.2f}' for s, t in middle.items())}")
    gates.append(Gate("rounds in which the follower missed, doubled or reordered", [float(wrong)], 0, 0))
    return verdict(gates)


if __name__ == "__main__":
    raise SystemExit(main())
