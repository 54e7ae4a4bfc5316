"""The unit of work: what it remembers, what it makes sure of, and how it fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import orjson
import pytest
from sqlalchemy import text

from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.geometry import check, point
from geodata.model.ref import Ref
from geodata.store import changes, observations, partitions, picture
from geodata.store.database import Database, StoreError, StoreUnavailable, Transaction

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 13, tzinfo=UTC)


def fact(key: str, body: dict[str, object], *, at: datetime = NOW, **more: object) -> Fact:
    return Fact(Ref("test", "note", key), PUBLIC, Provenance("test", at, at), body, **more)  # type: ignore[arg-type]


async def test_the_last_word_on_a_ref_counts(database: Database) -> None:
    async with database.transaction("a") as tx:
        tx.put(fact("x", {"v": 1}))
        tx.put(fact("x", {"v": 2}))
        tx.drop(Ref("test", "note", "y"))
        tx.put(fact("y", {"v": 3}))
        tx.put(fact("z", {"v": 4}))
        tx.drop(Ref("test", "note", "z"))
    assert tx.logged == 2
    logged = [orjson.loads(line.wire) for line in await changes.since(database, 0)]
    assert {line["ref"]: line["body"] for line in logged} == {"test/note/x": {"v": 2}, "test/note/y": {"v": 3}}
    assert tx.newest == max(line["seq"] for line in logged) == (await changes.bounds(database)).newest


async def test_a_newer_time_alone_is_news_unless_the_thing_is_timeless(database: Database) -> None:
    for timeless, lines in ((False, 1), (True, 0)):
        async with database.transaction("a") as tx:
            tx.put(fact(f"{timeless}", {"v": 1}), timeless=timeless)
        async with database.transaction("a") as tx:
            tx.put(fact(f"{timeless}", {"v": 1}, at=LATER), timeless=timeless)
        assert tx.logged == lines


async def test_what_was_put_comes_back_as_it_was(database: Database) -> None:
    body = {"text": "Ü\"'\\\n{}, NULL 💧", "n": [1, -2.5e-7, True, None], "deep": {"a": {"b": []}}, "big": 2**53}
    area = check({"type": "Polygon", "coordinates": [[[7, 51], [7.1, 51], [7.1, 51.1], [7, 51]]]})
    async with database.transaction('o"hara, {x}') as tx:
        tx.put(fact("x", body, geometry=area))
        tx.put(fact("p", {}, extent=(7.0, 51.0, 7.5, 51.5)))
    lines = {line.ref: line for line in await changes.since(database, 0)}
    wire = orjson.loads(lines["test/note/x"].wire)
    assert (wire["body"], wire["actor"]) == (body, 'o"hara, {x}')
    assert lines["test/note/x"].extent == (7, 51, 7.1, 51.1)
    assert lines["test/note/p"].extent == (7, 51, 7.5, 51.5)
    async with database.reading() as connection:
        stored = (await connection.execute(text("SELECT ST_AsEWKT(geom) FROM fact WHERE geom IS NOT NULL"))).scalar()
    assert stored == "SRID=4326;POLYGON((7 51,7.1 51,7.1 51.1,7 51))"


async def test_a_transaction_larger_than_one_page_is_still_one_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geodata.store.database.PAGE_BYTES", 2_000)
    async with database.transaction("a") as tx:
        tx.put(fact("old", {}))
    async with database.transaction("a") as tx:
        tx.drop(Ref("test", "note", "old"))
        for i in range(100):
            tx.put(fact(f"{i}", {"v": i}, geometry=point(7, 51)))
    assert tx.logged == 101
    _, facts = await picture.snapshot(database, [PUBLIC])
    assert sorted(orjson.loads(f)["body"]["v"] for f in facts) == list(range(100))


async def test_what_is_remembered_in_the_process_is_remembered_only_after_the_commit(database: Database) -> None:
    told: list[str] = []

    async def cut_short() -> None:
        async with database.transaction("a") as tx:
            tx.on_commit(lambda: told.append("failed"))
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        await cut_short()
    async with database.transaction("a") as tx:
        tx.on_commit(lambda: told.append("done"))
        assert told == []
    assert told == ["done"]


async def test_writing_on_keeps_spare_room_in_the_log_without_being_asked(database: Database) -> None:
    async with database.transaction("a") as tx:
        await tx.connection.execute(text("SELECT setval('change_seq_seq', 9999999)"))
        for i in range(3):
            tx.put(fact(f"{i}", {"v": i}))
    async with database.reading() as connection:
        assert "change_3" in await partitions.attached(connection, "change")


async def killed(database: Database, tx: Transaction) -> None:
    """The server ends this transaction's connection."""
    pid = (await tx.connection.execute(text("SELECT pg_backend_pid()"))).scalar()
    async with database.reading() as other:
        await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await asyncio.sleep(0.1)


@pytest.mark.parametrize("way", ["put", "copy"])
async def test_a_lost_connection_is_said_in_the_stores_own_words_and_the_next_transaction_works(
    database: Database, way: str
) -> None:
    at = NOW.replace(tzinfo=UTC)

    async def lose() -> None:
        async with database.transaction("a") as tx:
            if way == "put":
                tx.put(fact("x", {"v": 1}))
                await killed(database, tx)
            else:
                await partitions.ensure_months(database.engine, [partitions.month_of(at)])
                await killed(database, tx)
                await observations.write(tx, [observations.Row(1, at, 1.0, False, None, None)])

    with pytest.raises(StoreUnavailable):
        await lose()
    async with database.transaction("a") as tx:
        tx.put(fact("x", {"v": 2}))
    assert tx.logged == 1


async def test_a_value_that_the_database_refuses_stops_the_whole_transaction_and_no_other(database: Database) -> None:
    async def write() -> None:
        async with database.transaction("a") as tx:
            tx.put(fact("good", {"v": 1}))
            tx.put(fact("bad", {"v": "nul \x00 byte"}))

    with pytest.raises(StoreError, match="cannot hold a value"):
        await write()
    assert await changes.since(database, 0) == []
    async with database.transaction("a") as tx:
        tx.put(fact("good", {"v": 1}))
    assert [line.ref for line in await changes.since(database, 0)] == ["test/note/good"]
