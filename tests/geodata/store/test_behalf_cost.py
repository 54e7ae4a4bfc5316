"""What row-level security costs, and that the indexes still serve whoever is only a visitor."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import point
from geodata.model.observation import Observation
from geodata.model.ref import Ref
from geodata.store import behalf, observations, picture, tiles
from geodata.store.database import Database
from geodata.store.spans import span
from geodata.store.swift import Swift
from geodata.store.tiles import LAYERS, TileKey

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MANY = 40_000
ROOMS = ("public", "i-a", "s-a", "i-b", "s-b")


def thing(room: str, number: int = 0, **body: Any) -> Fact:
    place = (7 + number / 100_000, 51 + number % 300 / 1000)
    return Fact(Ref("t", "site", f"{room}.{number}"), room, Provenance("t", NOW, NOW), body or {"in": room},
                geometry=point(*place))  # fmt: skip


@pytest.fixture
async def many(database: Database) -> Database:
    """Stations all over the land, every tenth in a closed room."""
    rng = random.Random(3)
    async with database.transaction("t") as tx:
        for number in range(MANY):
            where = point(rng.uniform(5.9, 9.4), rng.uniform(50.3, 52.5))
            body = {"key": f"own.{number}", "name": str(number), "kind": "gauge"}
            ref = Ref("t", "station", f"own.{number}")
            tx.put(Fact(ref, "public" if number % 10 else "i-a", Provenance("own", NOW, NOW), body, geometry=where))
    async with database.reading() as connection:
        await connection.execute(text("ANALYZE fact"))
    return database


async def plan_of(database: Database, statement: str, given: dict[str, Any]) -> str:
    async with await psycopg.AsyncConnection.connect(
        database.url, autocommit=True, options=f"-c role={behalf.ROLE}"
    ) as connection:
        await connection.execute(behalf.naming(["public"], local=False))
        rows = await (await connection.execute("EXPLAIN " + statement, given)).fetchall()  # type: ignore[call-overload]
    return "\n".join(row[0] for row in rows)


async def took(work: Callable[[], Awaitable[Any]], times: int = 25) -> float:
    """Median seconds."""
    await work()
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        spans.append(time.perf_counter() - began)
    return statistics.median(spans)


async def test_the_spatial_index_serves_visitors_too(many: Database) -> None:
    """What the conditions call is marked LEAKPROOF; else each row would be checked before the index is asked."""
    area = (6.9, 50.9, 7.0, 51.0)
    box = dict(zip(("west", "south", "east", "north"), area, strict=True))
    key = TileKey(11, 1063, 682)
    west, south, east, north = tiles._degrees(key)
    tile = {"z": key.z, "x": key.x, "y": key.y, "west": west, "south": south, "east": east, "north": north,
            "rooms": ["public"], "limit": 20_000, "grid": 64, **tiles._scale(key)}  # fmt: skip
    rooms = {"rooms": ["public"], "kinds": None}
    assert "ix_fact_box" in await plan_of(many, picture._AREA, {**rooms, **box})
    assert "ix_fact_geom" in await plan_of(many, LAYERS["stations"].sql, tile)

    swift = Swift(many)
    for name, statement, given in (
        ("picture of an area", picture._AREA, {**rooms, **box}),
        ("whole picture", picture._WHOLE, rooms),
        ("tile of stations", LAYERS["stations"].sql, tile),
    ):
        plain = await took(lambda s=statement, g=given: swift.rows(s, g))  # type: ignore[misc]
        secured = await took(lambda s=statement, g=given: swift.rows(s, g, see=["public"]))  # type: ignore[misc]
        print(f"{name}: {plain * 1000:.1f} ms as owner, {secured * 1000:.1f} ms on behalf, x{secured / plain:.2f}")
    await many.close()


async def test_values_of_one_station_are_not_paid_for_by_all_the_others(many: Database) -> None:
    """40,000 series: whoever looks at one does not have all of them checked."""
    async with many.reading() as connection:
        await connection.execute(text(
            "INSERT INTO series (origin, station, quantity, unit) "
            "SELECT 't', id, 'W', 'cm' FROM fact WHERE kind = 'station'"
        ))  # fmt: skip
        await connection.execute(text("ANALYZE series"))
    async with many.transaction("t") as tx:
        sent = [Observation("own.7", "W", NOW - timedelta(minutes=n), 100.0, "cm") for n in range(1500)]
        await observations.record(tx, "t", sent, source="own", received_at=NOW)
    start, end = NOW - timedelta(days=2), NOW

    async def values(rooms: list[str] | None) -> int:
        return len((await span(many, "own.7", "W", start, end, 2000, rooms=rooms)).points)

    assert (await values(None), await values(["public"]), await values(["i-a"])) == (1500, 1500, 0)
    plain, secured = await took(lambda: values(None), 11), await took(lambda: values(["public"]), 11)
    print(f"1,500 values of one of {MANY} series: {plain * 1e3:.1f} ms as owner, {secured * 1e3:.1f} ms on behalf")
    assert secured < plain * 15, "with all series checked it is fifty times as much"
