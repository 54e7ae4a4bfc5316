"""Measured values into history, latest and spatial index, one transaction per batch, against a bare COPY (gate 8), and
the same by HTTP against `record` called directly (gate 9).

The store path is the function that `record` itself calls. Bare COPY takes the same rows, in the same batches, by the
same driver, into a table without any index. As an extra: the whole of `record`, which also checks each value, judges
it, tells its trend and puts a reading into the picture and the change log.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import psycopg

from geodata.model.body import to_body
from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.geometry import point
from geodata.model.level import Level
from geodata.model.observation import Observation
from geodata.model.ref import Ref
from geodata.model.station import Series, Station, Threshold
from geodata.store import observations
from geodata.store.database import Database
from service.access.store import make_token
from tests.bench import private
from tests.bench.rounds import Gate, verdict

START = datetime(2026, 11, 3, tzinfo=UTC)
NOW = START + timedelta(days=20)
MARKS = (
    Threshold("MW", 300, "cm"),
    Threshold("M_I", 500, "cm", level=Level.LOW),
    Threshold("M_II", 700, "cm", level=Level.HIGH),
)
_BARE = """
    CREATE TABLE bare (series int4, at timestamptz, value float8, newest bool, longitude float8, latitude float8)
"""
_TYPES = ("int4", "timestamptz", "float8", "bool", "float8", "float8")
_COPY = "COPY bare (series, at, value, newest, longitude, latitude) FROM STDIN (FORMAT BINARY)"

ORIGIN = "local"

Cost = tuple[float, float]
"""Seconds on the wall, and seconds of CPU of client and server together."""


def sensors(count: int) -> list[Station]:
    rng = random.Random(8)
    return [
        Station(
            f"own.{i}", f"Sensor {i}", longitude=6 + rng.random() * 3, latitude=50.5 + rng.random() * 2,
            series=(Series("W", "cm", 15, MARKS),),
        )
        for i in range(count)
    ]  # fmt: skip


def arrivals(count: int, stations: Sequence[Station], first: int) -> list[Observation]:
    """Values in the order of time; neighbours in time are strangers in space."""
    rng = random.Random(first)
    step = timedelta(milliseconds=50)
    return [
        Observation(
            stations[(first + i) * 7919 % len(stations)].key, "W", START + (first + i) * step,
            250 + rng.random() * 500, "cm",
        )
        for i in range(count)
    ]  # fmt: skip


class Bench:
    def __init__(
        self,
        url: str,
        owner: str,
        cpu: Callable[[], float],
        address: str,
        rows: int,
        batch: int,
        stations: list[Station],
    ) -> None:
        self.database = Database(url)
        self.url, self.owner, self.cpu = url, owner, cpu
        self.rows, self.batch, self.stations = rows, batch, stations
        self.at = {s.key: (s.longitude, s.latitude) for s in stations}
        self.numbers: dict[str, int] = {}
        self.client = httpx.AsyncClient(base_url=address, timeout=120)
        self.first = 0

    async def prepare(self) -> None:
        """The sensors are known and have measured before, so that the latest is moved and not made."""
        async with self.database.transaction("bench") as tx:
            for s in self.stations:
                assert s.longitude is not None and s.latitude is not None
                fact = Fact(
                    Ref(ORIGIN, "station", s.key), PUBLIC, Provenance("bench", START, START), to_body(s),
                    geometry=point(s.longitude, s.latitude),
                )  # fmt: skip
                tx.put(fact, timeless=True)
        token = await make_token(self.database, "bench", timedelta(hours=1))
        self.client.headers["Authorization"] = f"Bearer {token}"
        for chunk in self.batches(self.fresh(len(self.stations))):
            await self.record(chunk)
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            await connection.execute(_BARE)
            found = await (await connection.execute("SELECT station, id FROM series")).fetchall()
        self.numbers = dict(found)

    def fresh(self, count: int) -> list[Observation]:
        """Values that nobody has seen yet."""
        made = arrivals(count, self.stations, self.first)
        self.first += count
        return made

    def batches(self, given: Sequence[Observation]) -> list[Sequence[Observation]]:
        return [given[i : i + self.batch] for i in range(0, len(given), self.batch)]

    def table_rows(self, given: Sequence[Observation]) -> list[observations.Row]:
        newest = {o.station: i for i, o in enumerate(given)}
        return [
            observations.Row(self.numbers[o.station], o.at, o.value, newest[o.station] == i, *self.at[o.station])
            for i, o in enumerate(given)
        ]

    def now(self) -> Cost:
        return time.perf_counter(), self.cpu()

    def since(self, began: Cost) -> Cost:
        return time.perf_counter() - began[0], self.cpu() - began[1]

    async def record(self, given: Sequence[Observation]) -> None:
        async with self.database.transaction("bench") as tx:
            done = await observations.record(tx, ORIGIN, given, source="bench", received_at=NOW)
        assert (done.new, done.refused) == (len(given), []), "delivered less than sent"

    async def whole(self) -> Cost:
        given = self.batches(self.fresh(self.rows))
        began = self.now()
        for chunk in given:
            await self.record(chunk)
        return self.since(began)

    async def store_path(self) -> Cost:
        given = [self.table_rows(chunk) for chunk in self.batches(self.fresh(self.rows))]
        began = self.now()
        for rows in given:
            async with self.database.transaction("bench") as tx:
                written = await observations.write(tx, sorted(rows))
            assert written.new == len(rows), "delivered less than sent"
        return self.since(began)

    async def by_http(self) -> Cost:
        """The same through the real server: parsed, validated, with an idempotency key, acknowledged when stored."""
        bodies = [
            orjson.dumps({"observations": [
                {"station": o.station, "quantity": o.quantity, "at": o.at, "value": o.value, "unit": o.unit}
                for o in chunk
            ]})
            for chunk in self.batches(self.fresh(self.rows))
        ]  # fmt: skip
        began = self.now()
        for body in bodies:
            key = {"Idempotency-Key": uuid.uuid4().hex}
            answer = await self.client.post("/api/observations", content=body, headers=key)
            assert answer.status_code == 200, answer.text
            assert (answer.json()["new"], answer.json()["refused"]) == (self.batch, []), "delivered less than sent"
        return self.since(began)

    async def bare(self) -> Cost:
        given = [self.table_rows(chunk) for chunk in self.batches(self.fresh(self.rows))]
        async with await psycopg.AsyncConnection.connect(self.url) as connection:
            await connection.execute("TRUNCATE bare")
            await connection.commit()
            began = self.now()
            for rows in given:
                async with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                    copy.set_types(_TYPES)
                    for row in rows:
                        await copy.write_row(row)
                await connection.commit()
            return self.since(began)

    async def quiet(self) -> None:
        """No variant pays for the pages that the one before it left to write."""
        async with await psycopg.AsyncConnection.connect(self.owner, autocommit=True) as connection:
            await connection.execute("CHECKPOINT")


async def measure(options: argparse.Namespace) -> dict[str, list[Cost]]:
    """What each variant took in each round, the warming one left out."""
    with private.database() as (url, owner, cpu), private.server(url) as address:
        bench = Bench(url, owner, cpu, address, options.rows, options.batch, sensors(options.sensors))
        await bench.prepare()
        variants = {"bare": bench.bare, "store": bench.store_path, "record": bench.whole, "http": bench.by_http}
        found: dict[str, list[Cost]] = {name: [] for name in variants}
        for number in range(options.rounds + 1):
            for name, run in list(variants.items())[:: 1 if number % 2 else -1]:
                await bench.quiet()
                cost = await run()
                if number:
                    found[name].append(cost)
        await bench.client.aclose()
        await bench.database.close()
    return found


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="script/bench ingest", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--sensors", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(argv)
    found = asyncio.run(measure(options))
    print(f"{options.rows} values of {options.sensors} sensors, one transaction per {options.batch}, rows/s:")
    titles = {
        "bare": "bare COPY, no index",
        "store": "store path: history + latest + GiST",
        "record": "record(): checks, levels, trends, readings, change log",
        "http": "POST /api/observations: the same by HTTP (CPU without the server's)",
    }
    for name, taken in found.items():
        rates = [options.rows / wall for wall, _ in taken]
        cpu = statistics.median(cpu / options.rows * 1e6 for _, cpu in taken)
        print(f"  {titles[name]:<56} {statistics.median(rates):9,.0f}  ({min(rates):,.0f}..{max(rates):,.0f})"
              f"   CPU {cpu:6.2f} us per value")  # fmt: skip

    def against_bare(name: str, what: int) -> list[float]:
        return [b[what] / s[what] for b, s in zip(found["bare"], found[name], strict=True)]

    for name in ("store", "record"):
        wall, cpu = (statistics.median(against_bare(name, what)) for what in (0, 1))
        print(f"  {name}: {wall:.3f}x of bare COPY on the wall, {cpu:.3f}x by CPU")
    by_http = [r[0] / h[0] for r, h in zip(found["record"], found["http"], strict=True)]
    return verdict(
        [
            Gate("8 history + latest + GiST vs bare COPY, rows/s", against_bare("store", 0), 0.10, 0.25, least=True),
            Gate("9 by HTTP, validated, vs record() called directly, rows/s", by_http, 0.4, 0.7, least=True),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
