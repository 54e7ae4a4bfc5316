"""Partitions appear for whatever months arrive, once, whoever asks, and without locking anybody out."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone

from sqlalchemy import text

from geodata.store import partitions
from geodata.store.database import Database

CENTRAL_EUROPE = timezone(timedelta(hours=2))


async def names(database: Database, parent: str) -> set[str]:
    async with database.reading() as connection:
        return await partitions.attached(connection, parent)


def test_a_month_is_a_month_of_utc_whatever_zone_a_time_is_given_in() -> None:
    assert partitions.month_of(datetime(2021, 8, 1, 1, 30, tzinfo=CENTRAL_EUROPE)) == date(2021, 7, 1)
    assert partitions.month_of(datetime(2021, 7, 31, 23, 30, tzinfo=UTC)) == date(2021, 7, 1)
    assert partitions.following(date(2031, 12, 1)) == date(2032, 1, 1)


async def test_months_of_2021_and_2031_are_made_once_by_eight_at_a_time(database: Database) -> None:
    others = [Database(database.url) for _ in range(7)]
    months = [date(2021, 7, 1), date(2031, 2, 1)]
    try:
        await asyncio.gather(*(partitions.ensure_months(d.engine, months) for d in (database, *others)))
    finally:
        for other in others:
            await other.close()
    assert await names(database, "observation") == {"observation_2021_07", "observation_2031_02"}


async def test_a_month_ends_where_the_next_begins_also_when_the_clocks_change(database: Database) -> None:
    months = [date(2026, 3, 1), date(2026, 4, 1), date(2026, 10, 1), date(2026, 11, 1)]
    await partitions.ensure_months(database.engine, months)
    edges = [datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)]
    async with database.transaction("test") as tx:
        for edge in edges:
            for at in (edge - timedelta(microseconds=1), edge):
                await tx.connection.execute(
                    text("INSERT INTO observation (series, at, value) VALUES (1, :at, 0)"), {"at": at}
                )
    async with database.reading() as connection:
        rows = await connection.execute(text("SELECT tableoid::regclass::text AS name FROM observation ORDER BY at"))
        assert [r.name for r in rows] == [partitions.observation_partition(m) for m in months]


async def test_a_month_that_a_crash_left_detached_is_taken_back_with_its_values(database: Database) -> None:
    july = date(2021, 7, 1)
    await partitions.ensure_months(database.engine, [july])
    async with database.transaction("test") as tx:
        await tx.connection.execute(text("INSERT INTO observation (series, at, value) VALUES (1, '2021-07-14Z', 7)"))
        await tx.connection.execute(text("ALTER TABLE observation DETACH PARTITION observation_2021_07"))
    partitions.forget(database.engine)
    await partitions.ensure_months(database.engine, [july])
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT value FROM observation"))).scalar() == 7


async def test_the_log_always_has_two_spare_partitions_in_front(database: Database) -> None:
    async with database.transaction("test") as tx:
        await tx.connection.execute(text("SELECT setval('change_seq_seq', 19999999)"))
    end = await partitions.ensure_changes(database.engine)
    assert end == 40_000_000
    assert await names(database, "change") == {"change_0", "change_1", "change_2", "change_3"}


async def test_making_a_partition_waits_for_no_reader_and_no_writer(database: Database) -> None:
    await partitions.ensure_months(database.engine, [date(2021, 7, 1)])
    async with database.transaction("busy") as tx:
        await tx.connection.execute(text("INSERT INTO observation (series, at, value) VALUES (1, '2021-07-14Z', 7)"))
        async with asyncio.timeout(3):
            await partitions.ensure_months(database.engine, [date(2021, 8, 1)])
            await partitions.ensure_changes(database.engine, 25_000_000)
