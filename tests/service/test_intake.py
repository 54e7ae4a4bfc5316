"""What the feeds deliver enters the picture so that every follower converges, and nothing ends that was not ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feeds.contract import Batch, Dropped
from feeds.example import Example
from feeds.health import FeedHealth
from geodata.model.geometry import check
from geodata.model.level import Level
from geodata.model.observation import Forecast, Observation
from geodata.model.station import Series, Station, Threshold
from geodata.model.warning import OfficialWarning, WarningText
from geodata.store import changes, feeds
from geodata.store.database import Database
from service.intake import Intake
from tests.geodata.store.test_log import replayed, whole_picture

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SQUARE = check({"type": "Polygon", "coordinates": [[[6.9, 50.9], [7, 50.9], [7, 51], [6.9, 51], [6.9, 50.9]]]})


class Standing:
    speed = 0.0

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


def station(key: str = "t.koeln", name: str = "KÖLN") -> Station:
    marks = (Threshold("MHW", 700, "cm", level=Level.MEDIUM),)
    return Station(key, name, water="RHEIN", longitude=6.96, latitude=50.94, series=(Series("W", "cm", 15, marks),))


def warning(key: str, **other: object) -> OfficialWarning:
    text = WarningText("de", f"Warnung {key}")
    given = {"severity": "Severe", "level": Level.HIGH, "geometry": SQUARE} | other
    return OfficialWarning(key, "mowas", NOW, texts=(text,), **given)  # type: ignore[arg-type]


@pytest.fixture
def intake(database: Database) -> Intake:
    return Intake(database, "test", Standing())


FEED = Example("http://127.0.0.1:1")


async def test_every_path_converges(database: Database, intake: Intake) -> None:
    point = (NOW + timedelta(hours=6), 720.0, "forecast")
    batches = [
        Batch(stations=[station()], observations=[Observation("t.koeln", "W", NOW, 710.0, "cm")]),
        Batch(forecasts=[Forecast("t.koeln", "W", "cm", NOW, "WSV", (point,))]),
        Batch(warnings=[warning("t.a"), warning("t.b"), warning("t.c", geometry=None)], complete=True),
        Batch(stations=[station(name="KÖLN 2")]),
        Batch(warnings=[warning("t.b", severity="Extreme", level=Level.EXTREME)], complete=True),
    ]
    for batch in batches:
        before = await whole_picture(database)
        await intake.deliver(FEED, batch)
        logged = await changes.since(database, before.cursor)
        assert logged
        assert replayed(before, logged) == await whole_picture(database)


async def warnings_now(database: Database) -> set[str]:
    return {r.rsplit("/", 1)[1] for r in (await whole_picture(database)).facts if "/warning/" in r}


async def test_a_warning_ends_only_when_a_complete_statement_leaves_it_out(database: Database, intake: Intake) -> None:
    await intake.deliver(FEED, Batch(warnings=[warning("t.a"), warning("t.b")], complete=True))
    await intake.deliver(FEED, Batch(unchanged=True))
    await intake.deliver(FEED, Batch(warnings=[warning("t.b")]))
    await intake.deliver(FEED, Batch(complete=True, still_in_force={"t.a", "t.b"}))
    assert await warnings_now(database) == {"t.a", "t.b"}
    await intake.deliver(FEED, Batch(warnings=[warning("t.b")], complete=True))
    assert await warnings_now(database) == {"t.b"}
    await intake.deliver(FEED, Batch(complete=True))
    assert await warnings_now(database) == set()


async def test_an_update_takes_the_place_of_what_it_refers_to(database: Database, intake: Intake) -> None:
    await intake.deliver(FEED, Batch(warnings=[warning("t.a")]))
    await intake.deliver(FEED, Batch(warnings=[warning("t.a2", msg_type="Update", references=("t.a",))]))
    assert await warnings_now(database) == {"t.a2"}


async def test_the_same_batch_again_says_nothing(database: Database, intake: Intake) -> None:
    batch = Batch(
        stations=[station()],
        observations=[Observation("t.koeln", "W", NOW, 710.0, "cm")],
        warnings=[warning("t.a")],
        complete=True,
    )
    await intake.deliver(FEED, batch)
    newest = (await changes.bounds(database)).newest
    intake.clock.time += timedelta(minutes=5)
    await intake.deliver(FEED, batch)
    assert (await changes.bounds(database)).newest == newest


async def test_what_cannot_be_used_is_kept_aside_once_with_a_count(database: Database, intake: Intake) -> None:
    for _ in range(3):
        await intake.deliver(FEED, Batch(dropped=[Dropped("t.x", "no time", '{"id": "x"}')]))
    kept = await feeds.kept_aside(database, FEED.name)
    assert [(k["item"], k["reason"], k["times"]) for k in kept] == [("t.x", "no time", 3)]


async def test_health_survives_a_restart(database: Database, intake: Intake) -> None:
    health = FeedHealth(
        "example", "Example", "p", "l", "a", "h", every=60.0, stale_after=300.0, last_success=NOW, failures=2
    )
    await intake.report(health)
    assert (await Intake(database, "test", Standing()).known_health())["example"] == health
