"""The picture of a past moment is the one that was seen then."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from geodata.model.clock import ExerciseClock
from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store import changes, exercises, history, picture, retention
from geodata.store.database import Database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOMS = ("public", "i-flood", "s-staff", "s-other")
SIGHTS: tuple[tuple[str, ...], ...] = (("public",), ("public", "i-flood"), ("s-staff", "s-other"), ROOMS)
KINDS = ("site", "task", "reading")
CHANGES = 100_000 if os.environ.get("LAGEBILD_PROVE") else 30_000
THINGS = 3_000
WRITERS = 6


def thing(number: int, value: object, room: str = PUBLIC) -> Fact:
    ref = Ref("t", KINDS[number % len(KINDS)], f"n{number}")
    place = (7 + number / THINGS, 51.0, 7 + number / THINGS, 51.0)
    return Fact(ref, room, Provenance("t", NOW, NOW), {"value": value}, extent=place)


async def put(database: Database, *facts: Fact) -> int:
    async with database.transaction("person:1") as tx:
        for fact in facts:
            tx.put(fact)
    return (await changes.bounds(database)).newest


async def drop(database: Database, number: int) -> int:
    async with database.transaction("person:2") as tx:
        tx.drop(thing(number, 0).ref)
    return (await changes.bounds(database)).newest


def as_text(facts: Collection[bytes]) -> dict[str, bytes]:
    return {orjson.loads(fact)["ref"]: fact for fact in facts}


async def values(database: Database, cursor: int, *rooms: str, **more: Any) -> dict[str, Any]:
    found = await history.picture_at(database, cursor, rooms or ROOMS, **more)
    return {fact["ref"].rpartition("/")[2]: fact["body"]["value"] for fact in map(orjson.loads, found)}


async def moment(database: Database, seq: int) -> datetime:
    async with database.reading() as connection:
        at = (await connection.execute(text("SELECT at FROM change WHERE seq = :seq"), {"seq": seq})).scalar_one()
        assert isinstance(at, datetime)
        return at


async def test_new_changed_and_gone_things_are_as_they_were(database: Database) -> None:
    first = await put(database, thing(1, "a"), thing(2, "b"))
    second = await put(database, thing(1, "A"), thing(3, "c"))
    third = await drop(database, 2)
    assert await values(database, first) == {"n1": "a", "n2": "b"}
    assert await values(database, second) == {"n1": "A", "n2": "b", "n3": "c"}
    assert await values(database, third) == {"n1": "A", "n3": "c"}


async def test_a_thing_that_changed_rooms_is_seen_only_where_it_may_be_seen_now(database: Database) -> None:
    secret = await put(database, thing(1, "in private", "s-staff"))
    shared = await put(database, thing(1, "for all", PUBLIC))
    taken_back = await put(database, thing(1, "in private again", "s-staff"))
    assert await values(database, secret, PUBLIC) == {}
    assert await values(database, shared, PUBLIC) == {"n1": "for all"}
    assert await values(database, taken_back, PUBLIC) == {}
    assert await values(database, shared, "s-staff") == {}
    assert await values(database, taken_back, "s-staff", PUBLIC) == {"n1": "in private again"}


async def test_no_moment_lies_between_the_two_lines_of_a_move(database: Database) -> None:
    await put(database, thing(1, "a", "s-staff"))
    newest = await put(database, thing(1, "a", PUBLIC))
    assert await moment(database, newest) == await moment(database, newest - 1)
    assert await history.cursor_at(database, await moment(database, newest)) == newest


async def test_the_database_alone_keeps_rooms_apart_too(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = await put(database, thing(1, "secret", "s-staff"), thing(2, "open"))
    await put(database, thing(1, "later", "s-staff"))
    retained = await put(database, thing(2, "newer"))
    monkeypatch.setattr(Database, "asked", lambda self, rooms: sorted(ROOMS))
    assert await values(database, cursor, PUBLIC) == {"n2": "open"}
    found, _ = await history.changed(database, 0, retained, (PUBLIC,))
    assert [line.ref for line in found] == ["t/reading/n2"]


async def test_kinds_and_a_box_narrow_the_past_as_they_narrow_the_present(database: Database) -> None:
    cursor = await put(database, *(thing(n, n) for n in range(9)))
    await put(database, *(thing(n, "later") for n in range(0, 9, 2)))
    box = (7 + 2.5 / THINGS, 50.0, 7 + 5.5 / THINGS, 52.0)
    assert await values(database, cursor, kinds=["site"]) == {"n0": 0, "n3": 3, "n6": 6}
    assert await values(database, cursor, area=box) == {"n3": 3, "n4": 4, "n5": 5}


async def test_what_was_swept_is_still_in_the_picture_and_before_it_there_is_none(database: Database) -> None:
    await put(database, thing(1, "old"), thing(2, "old"), thing(3, "old"), thing(4, "old", "s-staff"))
    horizon = await drop(database, 3)
    later = await put(database, thing(1, "new"))
    await put(database, thing(2, "new"), thing(4, "new", "s-staff"))
    await retention.drop_changes(database, await moment(database, later))
    assert (await changes.bounds(database)).oldest == later
    assert await values(database, horizon) == {"n1": "old", "n2": "old", "n4": "old"}
    assert await values(database, later) == {"n1": "new", "n2": "old", "n4": "old"}
    assert await values(database, later, PUBLIC) == {"n1": "new", "n2": "old"}
    with pytest.raises(history.BeforeHistory):
        await values(database, horizon - 1)
    begin = await history.oldest(database)
    assert begin is not None
    assert await history.cursor_at(database, begin) == horizon
    with pytest.raises(history.BeforeHistory):
        await history.cursor_at(database, begin - timedelta(microseconds=1))


async def test_a_thing_dropped_before_the_horizon_leaves_the_checkpoint(database: Database) -> None:
    first = await put(database, thing(1, "old"), thing(2, "stays"))
    middle = await put(database, thing(2, "again"))
    await retention.drop_changes(database, await moment(database, middle))
    gone = await drop(database, 1)
    last = await put(database, thing(3, "x"))
    assert await values(database, middle) == {"n1": "old", "n2": "again"}
    await retention.drop_changes(database, await moment(database, last))
    assert await values(database, gone) == {"n2": "again"}
    assert first < middle


async def test_what_changed_names_the_first_and_the_last_state(database: Database) -> None:
    start = await put(database, thing(1, "a"), thing(2, "b"))
    await put(database, thing(1, "A"), thing(4, "came"))
    await put(database, thing(1, "AA"), thing(3, "c"))
    await drop(database, 4)
    end = await drop(database, 2)
    found, more = await history.changed(database, start, end, ROOMS)
    told = {
        b.ref.rpartition("/")[2]: [orjson.loads(x)["value"] if x else None for x in (b.before, b.after, b.passing)]
        for b in found
    }
    assert told == {
        "n1": ["a", "AA", None],
        "n2": ["b", None, None],
        "n3": [None, "c", None],
        "n4": [None, None, "came"],
    }
    assert more == 0
    assert (found[0].ref, found[0].actor) == ("t/reading/n2", "person:2")
    assert next(b.lines for b in found if b.ref.endswith("n1")) == 2


async def test_pages_of_changes_go_on_where_the_last_one_ended(database: Database) -> None:
    end = await put(database, *(thing(n, n) for n in range(25)))
    seen: list[str] = []
    below = None
    while True:
        page, more = await history.changed(database, 0, end, ROOMS, below=below, limit=10)
        seen += [b.ref for b in page]
        assert more == 25 - len(seen)
        if not more:
            break
        below = page[-1].newest
    assert len(set(seen)) == 25


async def test_every_setting_of_the_exercise_clock_is_kept(database: Database) -> None:
    start = datetime(2021, 7, 14, 20, tzinfo=UTC)
    clock = ExerciseClock.starting_at(start, 60)
    await exercises.save(database, "flood", clock)
    begun = clock.since
    clock.jump(start + timedelta(hours=6))
    await exercises.save(database, "flood", clock)
    await exercises.save(database, "flood", clock)
    timeline = await exercises.timeline(database)
    assert timeline.wall(start) == begun
    assert timeline.wall(start + timedelta(hours=6, minutes=1)) == clock.since + timedelta(seconds=1)
    await exercises.clear(database)
    assert (await exercises.timeline(database)).wall(start) == start


async def test_before_the_first_line_ever_written_the_picture_was_empty(database: Database) -> None:
    assert await history.oldest(database) is None
    newest = await put(database, thing(1, "a"))
    begin = await history.oldest(database)
    assert begin is not None
    assert await history.cursor_at(database, begin) == newest
    before = await history.cursor_at(database, begin - timedelta(seconds=1))
    assert await values(database, before) == {}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the ordinary picture showed to a sight."""

    cursor: int
    rooms: tuple[str, ...]
    facts: dict[str, bytes]


async def write(database: Database, seed: int, share: int) -> None:
    """Puts, drops and moves between rooms, until the share of the log is written; in batches of any size."""
    dice = random.Random(seed)
    written = 0
    while written < share:
        async with database.transaction(f"person:{seed}") as tx:
            for number in dice.sample(range(THINGS), dice.choice((1, 5, 40, 400))):
                if dice.random() < 0.15:
                    tx.drop(thing(number, 0).ref)
                else:
                    room = ROOMS[dice.randrange(4)] if dice.random() < 0.2 else ROOMS[number % 4]
                    tx.put(thing(number, dice.randrange(10**9), room))
        written += tx.logged


async def record(database: Database, seen: list[Seen]) -> None:
    """Looks at the picture at random moments, each time with other rooms, while others write."""
    dice = random.Random(7)
    while True:
        rooms = SIGHTS[len(seen) % len(SIGHTS)]
        cursor, facts = await picture.snapshot(database, rooms)
        seen.append(Seen(cursor, rooms, as_text(facts)))
        await asyncio.sleep(dice.random() / 2)


async def recalled(database: Database, seen: list[Seen]) -> None:
    for then in seen:
        assert as_text(await history.picture_at(database, then.cursor, then.rooms)) == then.facts, then.cursor


@pytest.mark.proof
async def test_pictures_recorded_while_changes_were_written_are_recalled_also_after_a_sweep(
    database: Database,
) -> None:
    seen: list[Seen] = []
    async with asyncio.timeout(300):
        recorder = asyncio.create_task(record(database, seen))
        await asyncio.gather(*(write(database, seed, CHANGES // WRITERS + 1) for seed in range(WRITERS)))
        recorder.cancel()
    assert (await changes.bounds(database)).newest >= CHANGES
    seen = [then for then in seen if then.cursor]
    assert len(seen) >= (12 if CHANGES == 100_000 else 4)
    assert {then.rooms for then in seen} == set(SIGHTS)
    assert len({len(then.facts) for then in seen}) > len(seen) // 2
    await recalled(database, seen)

    async with database.reading() as connection:
        back = await connection.execute(
            text("SELECT count(*) FROM (SELECT at < lag(at) OVER (ORDER BY seq) AS back FROM change) lines WHERE back")
        )
        assert back.scalar_one() == 0, "the time of the lines grows with their number"
    for then in seen:
        assert await history.cursor_at(database, await moment(database, then.cursor)) == then.cursor

    horizon = sorted(then.cursor for then in seen)[len(seen) // 2]
    _, lines = await retention.drop_changes(database, await moment(database, horizon))
    assert lines > CHANGES // 5
    await recalled(database, [then for then in seen if then.cursor >= horizon])
    with pytest.raises(history.BeforeHistory):
        await recalled(database, [min(seen, key=lambda then: then.cursor)])
