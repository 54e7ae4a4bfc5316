"""Marks of doubted values: beside the values, seen by whoever sees the station, gone with the month."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from geodata.model.doubt import Doubt
from geodata.model.observation import Observation
from geodata.model.station import Series, Station
from geodata.store import doubts, observations, retention, stations
from geodata.store.database import Database
from geodata.store.spans import span

NOW = datetime.now(UTC).replace(microsecond=0)


async def measured(database: Database, *values: tuple[datetime, float, str | None], anew: bool = False) -> None:
    found = [Observation("a", "W", at, value, "cm", state) for at, value, state in values]
    async with database.transaction("test") as tx:
        gauge = Station("a", "A", longitude=7.1, latitude=51.2, series=(Series("W", "cm"),))
        await stations.record(tx, "local", [gauge], source="sensors", received_at=NOW)
        await tx.write()
        await observations.record(tx, "local", found, source="sensors", received_at=NOW)
        await doubts.record(tx, "local", found, anew=anew)


async def marks(database: Database, rooms: list[str]) -> list[tuple[Doubt, float]]:
    found = await span(database, "a", "W", NOW - timedelta(days=400), NOW, 100, rooms=rooms)
    return [(doubt, value) for _, doubt, value in found.marks]


async def test_only_a_doubt_is_a_mark_and_a_value_believed_anew_has_none(database: Database) -> None:
    earlier = NOW - timedelta(minutes=10)
    await measured(database, (earlier, 400.0, "SPIKE"), (NOW, 100.0, "normal"))
    assert await marks(database, ["public"]) == [(Doubt.SPIKE, 400.0)]
    await measured(database, (earlier, 400.0, "DRIFT"), anew=True)
    assert await marks(database, ["public"]) == [(Doubt.DRIFT, 400.0)]
    await measured(database, (earlier, 400.0, None), (NOW, 100.0, "STUCK"), anew=True)
    assert await marks(database, ["public"]) == [(Doubt.STUCK, 100.0)]


async def test_marks_are_seen_by_whoever_sees_the_station(database: Database) -> None:
    await measured(database, (NOW, 400.0, "SPIKE"))
    assert await marks(database, ["public"]) == [(Doubt.SPIKE, 400.0)]
    assert await marks(database, ["elsewhere"]) == []


async def test_marks_go_with_their_values(database: Database) -> None:
    old = NOW - timedelta(days=100)
    await measured(database, (old, 1.0, "STUCK"), (NOW, 2.0, "SPIKE"))
    await retention.drop_observations(database, NOW - timedelta(days=40))
    async with database.reading() as connection:
        kept = (await connection.exec_driver_sql("SELECT doubt FROM observation_doubt")).scalars().all()
    assert kept == ["SPIKE"]
