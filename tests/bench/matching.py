"""The nearest 200 free people with a skill, of 500,000: against the bare walk through the index and the naive query.

python -m tests.bench.matching [--people N] [--radius-km R] [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.matching import nearest
from geodata.store.database import Database
from tests.bench import private
from tests.bench.rounds import Gate, verdict

PEOPLE = 500_000
ROUNDS = 5
PLACES = 40
WANTED = 200
RADIUS_KM = 500.0
"""All of them lie in it: each skill answers with as many rows."""
ROOM = "public"
SKILLS = {"rare": ("BF-B", 0.002), "medium": ("AGT", 0.05), "common": ("BETREUUNG", 0.4)}
"""A code and how many of the people hold it."""
OTHERS = dict.fromkeys(("SPRF", "SH", "STAPLER", "B"), 0.45)
"""What people hold besides: about two each."""
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

_PEOPLE = text("""
    INSERT INTO helper (id, room, kind, name, legal_basis, available, home, made_at, changed_at)
    SELECT 'h' || n, :room, 'INSTITUTIONAL', 'Person ' || n, 'BHKG_46', random() < 0.4,
           ST_SetSRID(ST_MakePoint(round((5.9 + random() * 3.5)::numeric, 2), round((50.4 + random() * 2)::numeric, 2)),
                      4326)::geography, :now, :now
    FROM generate_series(1, :people) n
""")
_SKILL = text("""
    INSERT INTO helper_skill (helper, code, room, verification, valid_until, available, home)
    SELECT id, :code, room, 'DOCUMENT_SEEN', CASE WHEN random() < 0.1 THEN date '2026-01-01' END, available, home
    FROM helper WHERE random() < :share
""")
_BARE = text("""
    SELECT s.helper, s.home <-> cast(:place AS geography) AS distance_m FROM helper_skill s
    WHERE s.available AND hashtext(s.code) = hashtext(:code) AND s.code = :code
      AND ST_DWithin(s.home, cast(:place AS geography), :radius_m)
    ORDER BY s.home <-> cast(:place AS geography) LIMIT :limit
""")
_NAIVE = text("""
    SELECT h.id, ST_Distance(h.home, cast(:place AS geography)) AS distance_m
    FROM helper h JOIN helper_skill s ON s.helper = h.id
    WHERE s.code = :code AND h.available AND h.state = 'ACTIVE' AND h.room = ANY(cast(:rooms AS text[]))
      AND (s.valid_until IS NULL OR s.valid_until >= cast(:today AS date))
      AND ST_Distance(h.home, cast(:place AS geography)) <= :radius_m
    ORDER BY ST_Distance(h.home, cast(:place AS geography)), h.id LIMIT :limit
""")


class Spot(NamedTuple):
    lon: float
    lat: float
    radius_km: float


class Took(NamedTuple):
    """Milliseconds."""

    p50: float
    p95: float


Ask = Callable[[AsyncConnection, str, Spot], Awaitable[list[Any]]]


def _given(code: str, place: Spot) -> dict[str, Any]:
    return {
        "code": code, "place": f"SRID=4326;POINT({place.lon} {place.lat})", "radius_m": place.radius_km * 1000,
        "limit": WANTED, "rooms": [ROOM], "today": NOW.date(),
    }  # fmt: skip


async def _bare(connection: AsyncConnection, code: str, place: Spot) -> list[Any]:
    return list((await connection.execute(_BARE, _given(code, place))).all())


async def _naive(connection: AsyncConnection, code: str, place: Spot) -> list[Any]:
    return list((await connection.execute(_NAIVE, _given(code, place))).all())


async def _ours(connection: AsyncConnection, code: str, place: Spot) -> list[Any]:
    at = (place.lon, place.lat)
    return list(await nearest(connection, code, at, radius_km=place.radius_km, limit=WANTED, rooms=[ROOM], now=NOW))


VARIANTS: dict[str, Ask] = {"bare": _bare, "ours": _ours, "naive": _naive}


async def fill(database: Database, people: int) -> None:
    async with database.transaction("bench") as tx:
        await tx.connection.execute(_PEOPLE, {"people": people, "room": ROOM, "now": NOW})
        for code, share in (*SKILLS.values(), *OTHERS.items()):
            await tx.connection.execute(_SKILL, {"code": code, "share": share})
    async with database.reading() as connection:
        for table in ("helper", "helper_skill"):
            await connection.execute(text(f"VACUUM ANALYZE {table}"))
        # As PERFORMANCE.md measured: parallel workers would take the cores that others need.
        await connection.execute(text("ALTER DATABASE bench SET max_parallel_workers_per_gather = 0"))


async def check(connection: AsyncConnection, places: list[Spot]) -> None:
    """Ours finds as many as the naive query, and nobody who is farther than its farthest."""
    for code, _ in SKILLS.values():
        ours, naive = await _ours(connection, code, places[0]), await _naive(connection, code, places[0])
        far = [max((row.distance_m for row in rows), default=0.0) for rows in (ours, naive)]
        if len(ours) != len(naive) or abs(far[0] - far[1]) > 0.01 * max(far):
            raise SystemExit(f"not comparable: {code}: {len(ours)} and {len(naive)} people, farthest {far}")


async def timed(connection: AsyncConnection, ask: Ask, code: str, places: list[Spot]) -> Took:
    took = []
    for place in places:
        start = time.perf_counter()
        await ask(connection, code, place)
        took.append((time.perf_counter() - start) * 1e3)
    return Took(statistics.median(took), statistics.quantiles(took, n=20)[-1])


async def measure(url: str, people: int, radius_km: float, rounds: int) -> list[dict[tuple[str, str], Took]]:
    """For each round, the times by variant and skill. The first round warms up."""
    database, dice = Database(url), random.Random(2)
    await fill(database, people)
    await database.close()
    database = Database(url)
    found = []
    async with database.reading() as connection:
        for number in range(rounds + 1):
            places = [Spot(dice.uniform(6.2, 9.1), dice.uniform(50.6, 52.2), radius_km) for _ in range(PLACES)]
            await check(connection, places)
            taken: dict[tuple[str, str], Took] = {}
            for skill, (code, _) in SKILLS.items():
                for name, ask in list(VARIANTS.items())[:: 1 if number % 2 else -1]:
                    some = places[:3] if name == "naive" else places * 2
                    taken[name, skill] = await timed(connection, ask, code, some)
            if number:
                found.append(taken)
    await database.close()
    return found


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser(prog="bench matching", description=__doc__)
    options.add_argument("--people", type=int, default=PEOPLE)
    options.add_argument("--radius-km", type=float, default=RADIUS_KM)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args(argv)
    with private.database() as (url, _, _):
        found = asyncio.run(measure(url, given.people, given.radius_km, given.rounds))
    print(
        f"{given.people:,} people, the nearest {WANTED} within {given.radius_km:g} km, warm; "
        f"p50 / p95, medians of {len(found)} rounds:"
    )
    for skill, (code, share) in SKILLS.items():
        times = "  ".join(
            f"{name} {statistics.median(r[name, skill].p50 for r in found):.2f} / "
            f"{statistics.median(r[name, skill].p95 for r in found):.2f} ms"
            for name in VARIANTS
        )
        print(f"  {skill:<7} {code:<9} {share:6.1%}  {times}")
    gates = []
    for skill in SKILLS:
        over = [each["ours", skill].p95 / each["bare", skill].p95 for each in found]
        faster = [each["naive", skill].p95 / each["ours", skill].p95 for each in found]
        gates.append(Gate(f"{skill}: ours / bare walk through the index", over, 3.0, 1.5))
        gates.append(Gate(f"{skill}: naive / ours", faster, 30.0, 60.0, least=True))
    gates.append(Gate("slowest / quickest skill, p50, over the same of the bare walk", flatness(found), 1.5, 1.2))
    return verdict(gates)


def flatness(found: list[dict[tuple[str, str], Took]]) -> list[float]:
    """How much more ours differs between skills than the bare walk does. In a narrow radius a rare skill answers with
    three people and a common one with 200, and reading 200 rows takes longer for whoever reads them: the bare walk
    alone spreads 3.6x within 15 km. Where each skill answers with as many rows, it is flat and this is ours alone."""
    spread = {
        name: [max(e[name, s].p50 for s in SKILLS) / min(e[name, s].p50 for s in SKILLS) for e in found]
        for name in ("ours", "bare")
    }  # fmt: skip
    print("slowest / quickest skill: " + ", ".join(f"{n} {statistics.median(e):.2f}x" for n, e in spread.items()))
    return [ours / bare for ours, bare in zip(spread["ours"], spread["bare"], strict=True)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
