"""Measured values: what enters history, what moves the latest, what the picture shows, and what is refused."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from geodata.model.body import to_body
from geodata.model.change import Change, Op
from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.geometry import point
from geodata.model.level import Level
from geodata.model.observation import Observation
from geodata.model.picture import Picture, apply
from geodata.model.ref import Ref
from geodata.model.station import Series, Station, Threshold
from geodata.store import changes, observations, picture
from geodata.store.database import Database
from geodata.store.observations import Recorded

NOW = datetime(2021, 7, 14, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
MARKS = (
    Threshold("MW", 250, "cm"),
    Threshold("M_I", 500, "cm", level=Level.LOW),
    Threshold("M_II", 700, "cm", level=Level.HIGH),
)


def station(key: str, *, longitude: float | None = 6.8, marks: tuple[Threshold, ...] = MARKS) -> Station:
    series = (Series("W", "cm", 15, marks), Series("Q", "m³/s", 15))
    return Station(key, key, longitude=longitude, latitude=None if longitude is None else 50.8, series=series)


def fact_of(s: Station) -> Fact:
    shape = point(s.longitude, s.latitude) if s.longitude is not None and s.latitude is not None else None
    return Fact(Ref("local", "station", s.key), PUBLIC, Provenance("gauges", NOW, NOW), to_body(s), geometry=shape)


async def stand(database: Database, *stations: Station) -> None:
    async with database.transaction("stations") as tx:
        for s in stations:
            tx.put(fact_of(s), timeless=True)


async def record(database: Database, *given: Observation, now: datetime = NOW, **more: Any) -> Recorded:
    async with database.transaction("feed:gauges") as tx:
        return await observations.record(tx, "local", given, source="gauges", received_at=now, **more)


def w(key: str, at: datetime, value: float, **more: Any) -> Observation:
    return Observation(key, "W", at, value, "cm", **more)


async def whole_picture(database: Database) -> Picture:
    cursor, facts = await picture.snapshot(database, [PUBLIC])
    loaded = [orjson.loads(f) for f in facts]
    return Picture(cursor, {f.pop("ref"): f for f in loaded})


async def reading(database: Database, name: str) -> dict[str, Any] | None:
    return (await whole_picture(database)).facts.get(f"local/reading/{name}")


async def history(database: Database, key: str) -> list[tuple[datetime, float]]:
    span = await observations.span(database, key, "W", NOW - timedelta(days=900), NOW + HOUR, 5000)
    return [(at, mean) for at, mean, _, _ in span.points]


async def test_a_value_enters_history_moves_the_latest_and_shows_as_a_reading(database: Database) -> None:
    await stand(database, station("g.1"))
    recorded = await record(database, w("g.1", NOW - HOUR, 480), w("g.1", NOW, 512.5, state="high"))
    assert recorded == Recorded(new=2, readings=1)
    shown = await reading(database, "g.1.W")
    assert shown is not None
    assert shown["body"] == {
        "station": "g.1", "quantity": "W", "unit": "cm", "value": 512.5, "level": 1, "trend": 32.5, "state": "high",
    }  # fmt: skip
    assert shown["provenance"]["as_of"] == "2021-07-14T20:00:00Z"
    line = (await changes.since(database, 0))[-1]
    assert line.extent == (6.8, 50.8, 6.8, 50.8)
    assert await history(database, "g.1") == [(NOW - HOUR, 480), (NOW, 512.5)]
    latest = await observations.latest_of(database, ["g.1"])
    assert (latest["g.1", "W"].at, latest["g.1", "W"].value, latest["g.1", "W"].unit) == (NOW, 512.5, "cm")
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT ST_AsEWKT(geom) FROM latest"))).scalar() == (
            "SRID=4326;POINT(6.8 50.8)"
        )


async def test_the_changes_of_every_write_lead_to_the_fresh_picture(database: Database) -> None:
    await stand(database, *(station(f"g.{i}") for i in range(8)))
    rng = random.Random(7)
    before = await whole_picture(database)
    for step in range(12):
        given = [
            w(f"g.{rng.randrange(10)}", NOW + timedelta(minutes=15 * (step - rng.randrange(4))), rng.randrange(900))
            for _ in range(12)
        ]
        await record(database, *given, now=NOW + timedelta(hours=4))
    cursor = before.cursor
    picture_then = before
    for line in await changes.since(database, cursor):
        wire = orjson.loads(line.wire)
        picture_then = apply(
            picture_then,
            Change(
                wire["seq"], Ref.parse(wire["ref"]), Op(wire["op"]), wire["room"], wire["actor"],
                datetime.fromisoformat(wire["at"]), wire["provenance"], wire["body"],
            ),
        )  # fmt: skip
    after = await whole_picture(database)
    assert after.cursor > cursor
    assert picture_then == after


async def test_the_same_batch_again_changes_nothing_and_logs_nothing(database: Database) -> None:
    await stand(database, station("g.1"), station("g.2"))
    batch = [w(f"g.{1 + i % 2}", NOW - timedelta(minutes=15 * i), 300 + i) for i in range(50)]
    first = await record(database, *batch)
    assert (first.new, first.readings) == (50, 2)
    before = await whole_picture(database)
    for shuffled in (batch, batch[::-1], batch[10:30]):
        assert await record(database, *shuffled) == Recorded(repeated=len(shuffled))
    assert await whole_picture(database) == before
    assert len(await history(database, "g.1")) == 25


async def test_a_value_the_source_revised_replaces_the_old_one_and_is_counted(database: Database) -> None:
    await stand(database, station("g.1"))
    await record(database, w("g.1", NOW - HOUR, 400), w("g.1", NOW, 450))
    revised = await record(database, w("g.1", NOW - HOUR, 410), w("g.1", NOW, 460))
    assert revised == Recorded(corrected=2, readings=1)
    shown = await reading(database, "g.1.W")
    assert shown is not None
    assert (shown["body"]["value"], shown["body"]["trend"]) == (460, 50)
    span = await observations.span(database, "g.1", "W", NOW - HOUR, NOW, 10)
    assert [p[1] for p in span.points] == [410, 460]
    assert span.corrected == 2
    older_only = await record(database, w("g.1", NOW - HOUR, 411))
    assert older_only == Recorded(corrected=1)


async def test_old_values_enter_history_without_moving_the_latest(database: Database) -> None:
    await stand(database, station("g.1"))
    await record(database, w("g.1", NOW, 450))
    lines = (await changes.bounds(database)).newest
    filled = [w("g.1", NOW - timedelta(days=i), 300 + i) for i in range(1, 400)]
    assert await record(database, *filled) == Recorded(new=399)
    assert (await changes.bounds(database)).newest == lines
    assert (await observations.latest_of(database, ["g.1"]))["g.1", "W"].value == 450
    assert len(await history(database, "g.1")) == 400


async def test_of_two_values_for_one_moment_in_a_batch_the_later_counts(database: Database) -> None:
    await stand(database, station("g.1"))
    same_moment = NOW.astimezone(timezone(timedelta(hours=2)))
    assert await record(database, w("g.1", NOW, 1), w("g.1", same_moment, 2)) == Recorded(1, repeated=1, readings=1)
    assert await history(database, "g.1") == [(NOW, 2)]


async def test_each_refusal_names_its_observation_and_its_reason_and_the_rest_goes_on(database: Database) -> None:
    await stand(database, station("g.1"))
    await record(database, w("g.1", NOW - HOUR, 300))
    bad = [
        (w("g.9", NOW, 300), "deliver the station first"),
        (w("g.1", NOW, float("nan")), "not finite"),
        (w("g.1", NOW + HOUR, 300), "future"),
        (w("g.1", NOW.replace(tzinfo=None), 300), "without a zone"),
        (w("g.1", NOW, 99_999), "outside"),
        (replace(w("g.1", NOW, 3), unit="m"), "kept in 'cm'"),
        (replace(w("g.1", NOW, 3), quantity="W/../x"), "letters"),
    ]
    recorded = await record(database, *(o for o, _ in bad), w("g.1", NOW, 310))
    assert (recorded.new, recorded.readings, len(recorded.refused)) == (1, 1, len(bad))
    reasons = {id(o): reason for o, reason in recorded.refused}
    for o, expected in bad:
        assert expected in reasons[id(o)]
    assert await history(database, "g.1") == [(NOW - HOUR, 300), (NOW, 310)]


async def test_history_only_takes_values_of_stations_unknown_here_and_leaves_the_picture_alone(
    database: Database,
) -> None:
    assert await record(database, w("g.1", NOW, 300), history_only=True) == Recorded(new=1)
    assert (await changes.bounds(database)).newest == 0
    assert await observations.latest_of(database, ["g.1"]) == {}
    await stand(database, station("g.1"))
    assert await record(database, w("g.1", NOW, 300)) == Recorded(repeated=1, readings=1)


async def test_a_station_of_the_same_transaction_is_known(database: Database) -> None:
    async with database.transaction("feed:gauges") as tx:
        tx.put(fact_of(station("g.1")))
        tx.put(fact_of(station("g.2")))
        tx.drop(Ref("local", "station", "g.2"))
        recorded = await observations.record(
            tx, "local", [w("g.1", NOW, 600), w("g.2", NOW, 600)], source="gauges", received_at=NOW
        )
    assert (recorded.new, recorded.readings, len(recorded.refused)) == (1, 1, 1)


async def test_new_thresholds_judge_the_next_value(database: Database) -> None:
    await stand(database, station("g.1", marks=()))
    await record(database, w("g.1", NOW - HOUR, 750))
    shown = await reading(database, "g.1.W")
    assert shown is not None and "level" not in shown["body"]
    await stand(database, station("g.1", longitude=7.5))
    await record(database, w("g.1", NOW, 750))
    shown = await reading(database, "g.1.W")
    assert shown is not None and shown["body"]["level"] == Level.HIGH
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT ST_X(geom) FROM latest"))).scalar() == 7.5


async def test_a_station_without_a_position_has_readings_without_an_extent(database: Database) -> None:
    await stand(database, station("g.1", longitude=None))
    assert (await record(database, w("g.1", NOW, 300))).readings == 1
    assert (await changes.since(database, 0))[-1].extent is None


@pytest.mark.parametrize(
    ("minutes_ago", "trend"), [((75, 60, 45), 20), ((90, 30), 40 / 1.5), ((30, 15), 80), ((5,), None), ((400,), None)]
)
async def test_the_trend_is_told_from_about_an_hour_before(
    database: Database, minutes_ago: tuple[int, ...], trend: float | None
) -> None:
    await stand(database, station("g.1"))
    earlier = [w("g.1", NOW - timedelta(minutes=m), 280 if m != 75 and m != 45 and m != 15 else 0) for m in minutes_ago]
    before = 20 if trend == 20 else 40
    await record(database, *earlier, w("g.1", NOW, 280 + before))
    shown = await reading(database, "g.1.W")
    assert shown is not None
    assert shown["body"].get("trend") == (None if trend is None else round(trend, 2))


async def test_a_batch_that_failed_leaves_nothing_and_can_come_again(database: Database) -> None:
    await stand(database, station("g.1"))
    before = await whole_picture(database)

    async def cut_short() -> None:
        async with database.transaction("feed:gauges") as tx:
            await observations.record(tx, "local", [w("g.1", NOW, 300)], source="gauges", received_at=NOW)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        await cut_short()
    assert await whole_picture(database) == before
    assert await history(database, "g.1") == []
    assert (await record(database, w("g.1", NOW, 300))).new == 1
    assert await history(database, "g.1") == [(NOW, 300)]


async def test_two_records_in_one_transaction_do_not_mix(database: Database) -> None:
    await stand(database, station("g.1"), station("g.2"))
    async with database.transaction("feed:gauges") as tx:
        one = await observations.record(tx, "local", [w("g.1", NOW - HOUR, 1)], source="gauges", received_at=NOW)
        two = await observations.record(
            tx, "local", [w("g.1", NOW, 2), w("g.2", NOW, 3)], source="gauges", received_at=NOW
        )
    assert (one.new, two.new, two.corrected, two.repeated) == (1, 2, 0, 0)
    shown = await reading(database, "g.1.W")
    assert shown is not None and shown["body"]["value"] == 2


async def test_eight_writers_of_the_same_series_agree_with_each_other(database: Database) -> None:
    keys = [f"g.{i}" for i in range(20)]
    await stand(database, *(station(k) for k in keys))
    times = [NOW - timedelta(minutes=15 * i) for i in range(40)]
    everything = [w(k, at, 100 + i) for k in keys for i, at in enumerate(times)]

    async def write(writer: int) -> list[Recorded]:
        rng = random.Random(writer)
        mine = everything[:]
        rng.shuffle(mine)
        done = []
        for start in range(0, len(mine), 100):
            done.append(await record(database, *mine[start : start + 100]))
            await asyncio.sleep(rng.random() * 0.005)
        return done

    async with asyncio.timeout(60):
        written = [r for done in await asyncio.gather(*(write(i) for i in range(8))) for r in done]
    assert sum(r.new for r in written) == len(everything)
    assert sum(r.repeated for r in written) == 7 * len(everything)
    assert sum(r.corrected for r in written) == 0
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM series"))).scalar() == len(keys)
        assert (await connection.execute(text("SELECT count(*) FROM observation"))).scalar() == len(everything)
    latest = await observations.latest_of(database, keys)
    shown = (await whole_picture(database)).facts
    lines = await changes.since(database, 0, limit=100_000)
    for key in keys:
        assert (latest[key, "W"].at, latest[key, "W"].value) == (NOW, 100)
        assert shown[f"local/reading/{key}.W"]["body"]["value"] == 100
        told = [orjson.loads(x.wire)["provenance"]["as_of"] for x in lines if x.ref == f"local/reading/{key}.W"]
        assert told == sorted(set(told))


async def test_origins_keep_their_own_series(database: Database) -> None:
    other = fact_of(station("g.1"))
    async with database.transaction("stations") as tx:
        tx.put(other)
        tx.put(replace(other, ref=Ref("neighbour", "station", "g.1")))
        for origin, value in (("local", 1), ("neighbour", 2)):
            recorded = await observations.record(tx, origin, [w("g.1", NOW, value)], source="s", received_at=NOW)
            assert recorded.readings == 1
    for origin, value in (("local", 1), ("neighbour", 2)):
        span = await observations.span(database, "g.1", "W", NOW - HOUR, NOW, 10, origin=origin)
        assert [p[1] for p in span.points] == [value]


async def test_a_year_of_a_gauge_is_thinned_quickly_and_keeps_its_peaks(database: Database) -> None:
    await stand(database, station("g.1"))
    count, step = 35_040, timedelta(minutes=15)
    values = [200 + (i * 37 % 101) for i in range(count)]
    values[12_345] = 1_090
    given = [w("g.1", NOW - step * (count - 1 - i), v) for i, v in enumerate(values)]
    for start in range(0, count, 5_000):
        await record(database, *given[start : start + 5_000])
    durations = []
    for _ in range(5):
        began = time.perf_counter()
        span = await observations.span(database, "g.1", "W", NOW - timedelta(days=365), NOW, 500)
        durations.append(time.perf_counter() - began)
    assert min(durations) < 0.1
    assert 250 <= len(span.points) <= 500
    assert span.resolution_seconds == 86_400
    assert max(p[3] for p in span.points) == 1_090
    assert min(p[2] for p in span.points) == 200
    assert all(low <= mean <= high for _, mean, low, high in span.points)
    assert all(at.utcoffset() == timedelta(0) and (at.hour, at.minute) == (0, 0) for at, *_ in span.points)


async def test_a_stretch_that_fits_is_given_as_measured(database: Database) -> None:
    await stand(database, station("g.1"))
    await record(database, *(w("g.1", NOW - timedelta(minutes=15 * i), 300 + i) for i in range(20)))
    span = await observations.span(database, "g.1", "W", NOW - HOUR, NOW, 5)
    assert span.resolution_seconds is None
    assert [p[0] for p in span.points] == [NOW - timedelta(minutes=15 * i) for i in (4, 3, 2, 1, 0)]
    thinned = await observations.span(database, "g.1", "W", NOW - HOUR, NOW, 4)
    assert thinned.resolution_seconds == 1_800 and len(thinned.points) <= 4


async def test_a_series_never_measured_is_empty_and_a_bad_stretch_is_refused(database: Database) -> None:
    span = await observations.span(database, "nobody", "W", NOW - HOUR, NOW, 10)
    assert (span.points, span.unit) == ([], None)
    with pytest.raises(ValueError, match="time zone"):
        await observations.span(database, "g.1", "W", datetime(2021, 7, 1), NOW, 10)  # noqa: DTZ001
    with pytest.raises(ValueError, match="points"):
        await observations.span(database, "g.1", "W", NOW - HOUR, NOW, 1)
