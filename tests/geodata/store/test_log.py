"""The log loses nothing, doubles nothing, keeps the order; and the picture it builds is the picture there is."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime

import orjson

from geodata.model.change import Change, Op
from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.picture import Picture, apply
from geodata.model.ref import Ref
from geodata.store import changes, picture
from geodata.store.database import Database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def fact(key: str, value: object, *, kind: str = "reading", room: str = PUBLIC) -> Fact:
    return Fact(Ref("test", kind, key), room, Provenance("test", NOW, NOW), {"value": value})


async def whole_picture(database: Database) -> Picture:
    cursor, facts = await picture.snapshot(database, [PUBLIC])
    loaded = [orjson.loads(f) for f in facts]
    return Picture(cursor, {f.pop("ref"): f for f in loaded})


def replayed(before: Picture, logged: list[changes.Logged]) -> Picture:
    for line in logged:
        wire = orjson.loads(line.wire)
        change = Change(
            wire["seq"], Ref.parse(wire["ref"]), Op(wire["op"]), wire["room"], wire["actor"],
            datetime.fromisoformat(wire["at"]), wire["provenance"], wire["body"],
        )  # fmt: skip
        before = apply(before, change)
    return before


async def test_no_follower_misses_doubles_or_reorders_with_eight_writers(database: Database) -> None:
    writers, transactions, per_transaction = 8, 125, 20
    total = writers * transactions * per_transaction
    seen: list[list[int]] = [[], []]

    async def write(writer: int) -> None:
        rng = random.Random(writer)
        for n in range(transactions):
            async with database.transaction(f"writer {writer}") as tx:
                for i in range(per_transaction):
                    tx.put(fact(f"{writer}.{n}.{i}", n))
                await asyncio.sleep(rng.random() * 0.002)

    async def follow(into: list[int]) -> None:
        async for page in changes.follow(database, 0):
            into.extend(line.seq for line in page)
            if len(into) >= total:
                return

    async with asyncio.timeout(120):
        await asyncio.gather(*(write(w) for w in range(writers)), *(follow(s) for s in seen))
    for followed in seen:
        assert len(followed) == total == 20_000
        assert followed == sorted(set(followed))


async def test_what_the_log_says_is_what_the_picture_shows_under_conflicting_writers(database: Database) -> None:
    keys = [f"k{i}" for i in range(12)]

    async def quarrel(writer: int) -> None:
        rng = random.Random(writer)
        for n in range(60):
            async with database.transaction(f"w{writer}") as tx:
                for key in rng.sample(keys, 5):
                    if rng.random() < 0.35:
                        tx.drop(Ref("test", "reading", key))
                    else:
                        tx.put(fact(key, [writer, n]))

    before = await whole_picture(database)
    await asyncio.gather(*(quarrel(w) for w in range(8)))
    after = replayed(before, await changes.since(database, before.cursor, limit=100_000))
    assert after == await whole_picture(database)


async def test_a_write_that_says_nothing_new_leaves_no_line(database: Database) -> None:
    for _ in range(2):
        async with database.transaction("a") as tx:
            tx.put(fact("x", 1))
    async with database.transaction("a") as tx:
        tx.drop(Ref("test", "reading", "never-was"))
    assert (await changes.bounds(database)).newest == 1


async def test_a_failed_transaction_leaves_neither_fact_nor_line(database: Database) -> None:
    try:
        async with database.transaction("a") as tx:
            tx.put(fact("x", 1))
            await tx.write()
            raise RuntimeError("power cut")
    except RuntimeError:
        pass
    assert await whole_picture(database) == Picture(0, {})


async def test_rooms_are_kept_apart(database: Database) -> None:
    async with database.transaction("a") as tx:
        tx.put(fact("open", 1))
        tx.put(fact("closed", 1, room="staff"))
    _, facts = await picture.snapshot(database, [PUBLIC])
    assert len(facts) == 1
    assert [c.ref for c in await changes.since(database, 0, rooms=["staff"])] == ["test/reading/closed"]
