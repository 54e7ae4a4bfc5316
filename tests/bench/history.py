"""Loading a past picture against loading the present one, over HTTP, with 100,000 changes in the log.

python -m tests.bench.history [--things N] [--changes N] [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import orjson
from sqlalchemy import text

from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.database import Database
from tests.bench import private
from tests.bench.rounds import Gate, described, interleaved, ratios, verdict

THINGS = 10_000
CHANGES = 100_000
ROUNDS = 9
BATCH = 200
SHARES = {"late": 0.9, "middle": 0.5, "early": 0.1}
"""How much of the log lies before the moment."""


def reading(number: int, value: float) -> Fact:
    """As a gauge's reading: half of the things change, the other half stand still like stations do."""
    now = datetime.now(UTC)
    name = f"bench.gauge-{number}.W"
    body = {"station": f"bench.gauge-{number}", "quantity": "W", "unit": "cm", "value": value, "state": "normal"}
    place = (6 + number % 400 / 100, 50.3 + number % 230 / 100)
    return Fact(Ref("bench", "reading", name), PUBLIC, Provenance("bench", now, now), body, extent=place * 2)


async def fill(url: str, things: int, changes: int) -> dict[str, str]:
    """The moments to ask for, as ISO 8601."""
    database = Database(url)
    dice = random.Random(1)
    async with database.transaction("bench") as tx:
        for number in range(things):
            tx.put(reading(number, 0))
    moments: dict[str, str] = {}
    written = 0
    while written < changes:
        for name, share in SHARES.items():
            if name not in moments and written >= share * changes:
                async with database.reading() as connection:
                    moments[name] = (
                        (await connection.execute(text("SELECT max(at) FROM change"))).scalar_one().isoformat()
                    )
        async with database.transaction("bench") as tx:
            for number in dice.sample(range(things // 2), BATCH):
                tx.put(reading(number, dice.random()))
        written += tx.logged
    async with database.reading() as connection:
        for table in ("fact", "change"):
            await connection.execute(text(f"VACUUM ANALYZE {table}"))
    await database.close()
    return moments


def asks(client: httpx.Client, query: dict[str, str], things: int) -> Callable[[None], float]:
    def ask(_: None) -> float:
        start = time.perf_counter()
        answer = client.get("/api/picture", params=query, headers={"Accept-Encoding": "identity"})
        took = (time.perf_counter() - start) * 1e3
        facts = orjson.loads(answer.content)["facts"]
        if answer.status_code != 200 or len(facts) != things:
            raise SystemExit(f"not comparable: {answer.status_code}, {len(facts)} facts of {things}")
        return took

    return ask


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser(prog="bench history", description=__doc__)
    options.add_argument("--things", type=int, default=THINGS)
    options.add_argument("--changes", type=int, default=CHANGES)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args(argv)
    with private.database() as (url, _, _):
        moments = asyncio.run(fill(url, given.things, given.changes))
        with private.server(url) as address, httpx.Client(base_url=address, timeout=60) as client:
            variants = {"present": asks(client, {}, given.things)}
            variants |= {name: asks(client, {"at": at}, given.things) for name, at in moments.items()}
            found = interleaved([None] * 3, variants, rounds=given.rounds)
    print(f"{given.things:,} facts, {given.changes:,} changes: {described(found)}", flush=True)
    return verdict(
        [
            Gate(f"picture at {share:.0%} of the log / present", ratios(found, name, "present"), 6.0, 3.0)
            for name, share in SHARES.items()
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
