"""Features of any source enter the picture, leave it when their time or their source says so, and never flood it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feeds.contract import Batch
from feeds.example import Example
from geodata.model.feature import Feature
from geodata.model.geometry import point
from geodata.model.level import Level
from geodata.store import changes, feeds, picture
from geodata.store import features as feature_store
from geodata.store.database import Database
from service.intake import Intake
from tests.geodata.store.test_log import replayed, whole_picture
from tests.service.test_intake import NOW, Standing

FEED = Example("http://127.0.0.1:1")


@pytest.fixture
def clock() -> Standing:
    return Standing()


@pytest.fixture
def intake(database: Database, clock: Standing) -> Intake:
    return Intake(database, "test", clock)


def feature(key: str, **other: object) -> Feature:
    given: dict[str, object] = {"title": f"Sperrung {key}", "at": NOW, "geometry": point(6.9, 50.9)} | other
    return Feature(f"example.{key}", "closures", **given)  # type: ignore[arg-type]


async def shown(database: Database) -> set[str]:
    return {r.rsplit(".", 1)[1] for r in (await whole_picture(database)).facts if "/feature/" in r}


async def test_every_path_of_features_converges(database: Database, intake: Intake) -> None:
    batches = [
        Batch(features=[feature("a"), feature("b", geometry=None, at=None)], all_features=True),
        Batch(features=[feature("a", level=Level.HIGH, severity="Rot")]),
        Batch(features=[feature("c")], all_features=True),
        Batch(all_features=True),
    ]
    for batch in batches:
        before = await whole_picture(database)
        await intake.deliver(FEED, batch)
        logged = await changes.since(database, before.cursor)
        assert logged
        assert replayed(before, logged) == await whole_picture(database)
    assert await shown(database) == set()


async def test_the_same_features_again_are_no_news_even_without_a_time(database: Database, intake: Intake) -> None:
    again = Batch(features=[feature("a"), feature("b", at=None)], all_features=True)
    await intake.deliver(FEED, again)
    before, _ = await picture.snapshot(database, ["public"])
    await intake.deliver(FEED, again)
    assert (await picture.snapshot(database, ["public"]))[0] == before


async def test_only_a_whole_statement_takes_away_what_it_leaves_out(database: Database, intake: Intake) -> None:
    await intake.deliver(FEED, Batch(features=[feature("a"), feature("b")], all_features=True))
    await intake.deliver(FEED, Batch(unchanged=True))
    await intake.deliver(FEED, Batch(features=[feature("c")]))
    assert await shown(database) == {"a", "b", "c"}
    await intake.deliver(FEED, Batch(features=[feature("b")], all_features=True))
    assert await shown(database) == {"b"}
    await intake.deliver(FEED, Batch(all_features=True, still_in_force={"example.b"}))
    assert await shown(database) == {"b"}


async def test_what_has_expired_leaves_and_does_not_come_back(
    database: Database, intake: Intake, clock: Standing
) -> None:
    soon = feature("a", expires=NOW + timedelta(minutes=5))
    await intake.deliver(FEED, Batch(features=[soon, feature("b")]))
    assert await shown(database) == {"a", "b"}
    clock.time = NOW + timedelta(minutes=5)
    await intake.deliver(FEED, Batch(unchanged=True))
    assert await shown(database) == {"b"}
    await intake.deliver(FEED, Batch(features=[soon]))
    assert await shown(database) == {"b"}
    assert {k["reason"] for k in await feeds.kept_aside(database, "example")} == {"has expired"}


async def test_beyond_the_most_the_gravest_and_newest_are_shown_and_the_rest_is_kept_aside(
    database: Database, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_store, "MOST", 3)
    given = [feature(f"n{i}", at=NOW - timedelta(hours=i), level=Level.LOW) for i in range(4)]
    await intake.deliver(FEED, Batch(features=given, all_features=True))
    assert await shown(database) == {"n0", "n1", "n2"}
    await intake.deliver(FEED, Batch(features=[*given, feature("x", level=Level.EXTREME)], all_features=True))
    assert await shown(database) == {"n0", "n1", "x"}
    kept = await feeds.kept_aside(database, "example")
    assert kept and all("the gravest and newest are shown" in k["reason"] for k in kept)
    await intake.deliver(FEED, Batch(features=[feature("y")]))
    assert len(await shown(database)) == 3


async def test_features_of_one_source_are_nothing_to_another(database: Database, intake: Intake) -> None:
    class Other(Example):
        name = "other"

    await intake.deliver(FEED, Batch(features=[feature("a")], all_features=True))
    await intake.deliver(Other("http://127.0.0.1:1"), Batch(all_features=True))
    assert await shown(database) == {"a"}
