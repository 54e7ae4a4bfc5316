"""What is old goes; the newest change, whoever is reading and whoever is writing stay."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from sqlalchemy import text

from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store import changes, partitions, retention
from geodata.store.database import Database

FAR = timedelta(days=36_500)


async def write(database: Database, count: int, *, first: int = 0) -> None:
    now = datetime.now(UTC)
    for i in range(first, first + count):
        async with database.transaction("test") as tx:
            tx.put(Fact(Ref("test", "note", f"n{i}"), PUBLIC, Provenance("test", now, now), {"v": i}))


async def run(database: Database, statement: str, **given: object) -> None:
    async with database.transaction("test") as tx:
        await tx.connection.execute(text(statement), given)


async def age(database: Database, up_to: int, by: timedelta) -> None:
    await run(database, "UPDATE change SET at = at - cast(:by AS interval) WHERE seq <= :up_to", by=by, up_to=up_to)


async def sweep(database: Database, **more: timedelta) -> retention.Removed:
    now = datetime.now(UTC)
    ages = {"changes": FAR, "observations": FAR, **more}
    return await retention.sweep(database, now=now, shown=now, **ages)


async def test_old_lines_go_and_a_follower_that_fell_out_is_told_to_start_over(database: Database) -> None:
    await write(database, 10)
    await age(database, 6, timedelta(days=8))
    removed = await sweep(database, changes=timedelta(days=7))
    assert (removed.changes, removed.partitions) == (6, [])
    bounds = await changes.bounds(database)
    assert (bounds.oldest, bounds.newest) == (7, 10)
    assert [bounds.holds(cursor) for cursor in (0, 5, 6, 7, 10, 11)] == [False, False, True, True, True, False]
    assert [line.seq for line in await changes.since(database, 6)] == [7, 8, 9, 10]


async def test_the_newest_change_stays_however_old_it_is(database: Database) -> None:
    await write(database, 5)
    await age(database, 5, timedelta(days=100))
    assert (await sweep(database, changes=timedelta(days=7))).changes == 4
    bounds = await changes.bounds(database)
    assert (bounds.oldest, bounds.newest) == (5, 5)
    assert bounds.holds(5) and bounds.holds(4) and not bounds.holds(3)
    assert (await sweep(database, changes=timedelta(days=7))).changes == 0


async def test_an_empty_log_has_nothing_to_let_go(database: Database) -> None:
    removed = await sweep(database, changes=timedelta(0))
    assert (removed.partitions, removed.changes, removed.keys) == ([], 0, 0)
    assert (await changes.bounds(database)).holds(0)


async def test_a_partition_that_is_old_as_a_whole_is_dropped_and_the_log_goes_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(database, 3)
    await run(database, "SELECT setval('change_seq_seq', 10000004)")
    await write(database, 3, first=3)
    await age(database, 10_000_005, timedelta(days=8))
    monkeypatch.setattr(retention, "LINES_AT_ONCE", 2)
    removed = await sweep(database, changes=timedelta(days=7))
    assert (removed.partitions, removed.changes) == (["change_0"], 1)
    assert (await changes.bounds(database)).oldest == 10_000_006
    await write(database, 1, first=6)
    assert (await changes.bounds(database)).newest == 10_000_008


async def test_months_go_by_the_pictures_clock_and_only_when_they_are_over(database: Database) -> None:
    await partitions.ensure_months(database.engine, [date(2021, month, 1) for month in (4, 5, 6, 7)])
    shown = datetime(2021, 7, 14, 12, tzinfo=UTC)
    removed = await retention.sweep(
        database, now=datetime.now(UTC), shown=shown, changes=FAR, observations=timedelta(days=50)
    )
    assert removed.partitions == ["observation_2021_04"]
    async with database.reading() as connection:
        left = await partitions.attached(connection, "observation")
    assert left == {f"observation_2021_{month:02}" for month in (5, 6, 7, 8)}


async def test_a_dropped_month_comes_back_when_values_for_it_arrive(database: Database) -> None:
    march = date(2020, 3, 1)
    for _ in range(2):
        await partitions.ensure_months(database.engine, [march])
        await run(database, "INSERT INTO observation (series, at, value) VALUES (1, '2020-03-05Z', 1)")
        assert (await sweep(database, observations=timedelta(days=1))).partitions == ["observation_2020_03"]


@pytest.mark.parametrize("left_behind", ["detached", "pending"])
async def test_what_a_crash_left_half_done_is_finished_by_the_next_sweep(database: Database, left_behind: str) -> None:
    await partitions.ensure_months(database.engine, [date(2020, 3, 1)])
    if left_behind == "detached":
        await run(database, "ALTER TABLE observation DETACH PARTITION observation_2020_03")
    else:
        async with database.transaction("reader") as tx:
            await tx.connection.execute(text("SELECT count(*) FROM observation"))
            async with database.reading() as connection:
                await connection.execute(text("SET lock_timeout = '200ms'"))
                with pytest.raises(Exception, match="lock timeout"):
                    await connection.execute(
                        text("ALTER TABLE observation DETACH PARTITION observation_2020_03 CONCURRENTLY")
                    )
                await connection.execute(text("RESET lock_timeout"))
    assert (await sweep(database, observations=timedelta(days=1))).partitions == ["observation_2020_03"]
    async with database.reading() as connection:
        there = (await connection.execute(text("SELECT to_regclass('observation_2020_03')"))).scalar()
    assert there is None


async def test_writers_and_a_follower_notice_nothing_of_a_sweep(database: Database) -> None:
    await write(database, 200)
    await age(database, 150, timedelta(days=8))
    await partitions.ensure_months(database.engine, [date(2020, 3, 1)])
    newest = (await changes.bounds(database)).newest
    seen: list[int] = []

    async def follow() -> None:
        async for page in changes.follow(database, newest):
            seen.extend(line.seq for line in page)
            if len(seen) >= 100:
                return

    async with asyncio.timeout(30):
        results = await asyncio.gather(
            follow(),
            *(write(database, 25, first=1000 + 25 * i) for i in range(4)),
            sweep(database, changes=timedelta(days=7), observations=timedelta(days=30)),
            sweep(database, changes=timedelta(days=7), observations=timedelta(days=30)),
        )
    assert seen == list(range(newest + 1, newest + 101))
    swept = [r for r in results if isinstance(r, retention.Removed)]
    assert sum(r.changes for r in swept) == 150
    assert [name for r in swept for name in r.partitions] == ["observation_2020_03"]


async def test_idempotency_keys_are_forgotten_after_two_days(database: Database) -> None:
    for key, hours in (("old", 49), ("young", 47)):
        await run(
            database,
            "INSERT INTO idempotency (principal, key, request, status, answer, at) "
            "VALUES ('p', :key, '', 200, '{}', clock_timestamp() - make_interval(hours => :hours))",
            key=key,
            hours=hours,
        )
    assert (await sweep(database)).keys == 1
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT key FROM idempotency"))).scalars().all() == ["young"]


async def test_where_a_vehicle_was_is_forgotten_and_where_it_is_stays(database: Database) -> None:
    now = datetime.now(UTC)
    moving = Ref("test", "position", "hlf")
    for step in range(6):
        async with database.transaction("test") as tx:
            tx.put(Fact(moving, PUBLIC, Provenance("tetra", now, now), {"longitude": 7.0 + step, "latitude": 51.0}))
            tx.put(Fact(Ref("test", "note", "beside"), PUBLIC, Provenance("test", now, now), {"v": step}))
    parked = Ref("test", "position", "parked")
    async with database.transaction("test") as tx:
        tx.put(Fact(parked, PUBLIC, Provenance("tetra", now, now), {"longitude": 8.0, "latitude": 51.0}))
    await age(database, 1_000, timedelta(hours=30))
    async with database.transaction("test") as tx:
        tx.put(Fact(moving, PUBLIC, Provenance("tetra", now, now), {"longitude": 17.0, "latitude": 51.0}))
    removed = await sweep(database, tracks=timedelta(hours=24))
    assert (removed.tracks, removed.changes) == (6, 0)
    lines = [orjson.loads(line.wire) for line in await changes.since(database, 1)]
    at = {line["ref"]: line["body"]["longitude"] for line in lines if "/position/" in line["ref"]}
    assert at == {"test/position/hlf": 17.0, "test/position/parked": 8.0}
    assert [line["body"]["v"] for line in lines if "/note/" in line["ref"]] == list(range(6))
