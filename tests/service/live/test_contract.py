"""What a browser may rely on: welcome, changes, beats, and which facts reach whom."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed

from geodata.model.clock import ExerciseClock
from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.geometry import Bbox
from geodata.model.ref import Ref
from geodata.store import changes
from geodata.store.database import Database
from service.live.protocol import frame, payloads

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
COLOGNE = (6.9, 50.9, 7.0, 51.0)


def fact(key: str, value: object, *, kind: str = "reading", room: str = PUBLIC, extent: Bbox | None = None) -> Fact:
    return Fact(Ref("test", kind, key), room, Provenance("test", NOW, NOW), {"value": value}, extent=extent)


async def put(database: Database, *facts: Fact) -> int:
    async with database.transaction("test") as tx:
        for one in facts:
            tx.put(one)
    return (await changes.bounds(database)).newest


async def drop(database: Database, key: str, kind: str = "reading") -> int:
    async with database.transaction("test") as tx:
        tx.drop(Ref("test", kind, key))
    return (await changes.bounds(database)).newest


async def test_a_change_arrives_as_the_contract_says(live: Any, database: Database, follower: Any) -> None:
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(0)
        welcome = await me.read()
        assert welcome.keys() == {"type", "cursor", "now", "speed", "mode", "version"}
        assert (welcome["type"], welcome["cursor"], welcome["speed"], welcome["mode"]) == ("welcome", 0, 1.0, "ACTUAL")
        cursor = await put(database, fact("a.W", 7))
        async with asyncio.timeout(5):
            frame = await me.read()
        assert frame["cursor"] == cursor
        [change] = frame["changes"]
        assert change.keys() == {"seq", "op", "ref", "room", "actor", "at", "provenance", "body"}
        assert (change["op"], change["ref"], change["room"], change["actor"]) == (
            "put",
            "test/reading/a.W",
            "public",
            "test",
        )
        assert change["body"] == {"value": 7}
        assert change["provenance"]["as_of"].startswith("2026-11-21T12:00:00")


async def test_what_was_missed_comes_first_and_once(live: Any, database: Database, follower: Any) -> None:
    cursor = await put(database, fact("a", 1), fact("b", 1))
    await put(database, fact("b", 2), fact("c", 1))
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(cursor)
        last = await put(database, fact("a", 3))
        await me.reach(last)
        assert {ref: f["body"]["value"] for ref, f in me.facts.items()} == {
            "test/reading/b": 2, "test/reading/c": 1, "test/reading/a": 3,
        }  # fmt: skip
        assert me.seqs == list(range(cursor + 1, last + 1))


async def test_rooms_that_are_not_mine_stay_silent(live: Any, database: Database, follower: Any) -> None:
    async with live.connect() as outside, live.connect("rooms=public,staff") as inside:
        citizen, staff = follower(outside), follower(inside)
        await citizen.follow(0)
        await staff.follow(0)
        await put(database, fact("secret", 1, room="staff"))
        last = await put(database, fact("open", 1))
        await citizen.reach(last)
        await staff.reach(last)
        assert set(citizen.facts) == {"test/reading/open"}
        assert set(staff.facts) == {"test/reading/open", "test/reading/secret"}


async def test_kinds_and_area_are_filtered_and_may_change(live: Any, database: Database, follower: Any) -> None:
    inside, outside = (6.95, 50.95, 6.95, 50.95), (8.5, 51.9, 8.5, 51.9)
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(0, area=COLOGNE, kinds=["reading"])
        await put(database, fact("near", 1, extent=inside), fact("far", 1, extent=outside))
        await put(database, fact("near", 1, kind="station", extent=inside))
        last = await put(database, fact("nowhere", 1))
        await me.until(lambda me: me.cursor >= last)
        assert set(me.facts) == {"test/reading/near", "test/reading/nowhere"}
        await me.follow(last, kinds=["station"])
        await me.until(lambda me: len(me.welcomes) == 2)
        await put(database, fact("near", 2, extent=inside))
        last = await put(database, fact("far", 1, kind="station", extent=outside))
        await me.until(lambda me: me.cursor >= last)
        assert me.facts["test/reading/near"]["body"]["value"] == 1, "readings are no longer asked for"
        assert "test/station/far" in me.facts


async def test_what_moves_out_of_the_area_is_dropped_live_and_in_the_backlog(
    live: Any, database: Database, follower: Any
) -> None:
    inside, outside = (6.95, 50.95, 6.95, 50.95), (8.5, 51.9, 8.5, 51.9)
    async with live.connect() as first, live.connect() as second:
        me, late = follower(first), follower(second)
        await me.follow(0, area=COLOGNE)
        start = await put(database, fact("boat", 1, extent=inside))
        await me.until(lambda me: "test/reading/boat" in me.facts)
        late.facts = dict(me.facts)
        last = await put(database, fact("boat", 2, extent=outside))
        await me.until(lambda me: me.cursor >= last)
        assert me.facts == {}
        await late.follow(start, area=COLOGNE)
        await late.until(lambda me: me.cursor >= last)
        assert late.facts == {}


async def test_a_thing_that_goes_from_my_room_is_gone_for_me(live: Any, database: Database, follower: Any) -> None:
    async with live.connect() as first, live.connect("rooms=public,staff") as second, live.connect() as third:
        me, staff, late = follower(first), follower(second), follower(third)
        await me.follow(0)
        await staff.follow(0)
        start = await put(database, fact("plan", 1))
        await me.until(lambda me: "test/reading/plan" in me.facts)
        last = await put(database, fact("plan", 2, room="staff"))
        await me.until(lambda me: me.facts == {})
        await staff.until(lambda me: me.cursor >= last)
        assert staff.facts["test/reading/plan"]["room"] == "staff"
        late.facts = {"test/reading/plan": {}}
        await late.follow(start)
        await late.until(lambda me: me.facts == {})


async def test_a_drop_arrives(live: Any, database: Database, follower: Any) -> None:
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(0)
        await put(database, fact("a", 1))
        await me.until(lambda me: len(me.facts) == 1)
        await drop(database, "a")
        await me.until(lambda me: me.facts == {})


@pytest.mark.parametrize("beyond", [1, 10_000])
async def test_a_cursor_from_another_log_starts_over(live: Any, database: Database, follower: Any, beyond: int) -> None:
    last = await put(database, fact("a", 1))
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(last + beyond)
        await me.until(lambda me: bool(me.restarts))
        await me.follow(last)
        last = await put(database, fact("a", 2))
        await me.until(lambda me: me.cursor >= last)


async def test_a_cursor_older_than_what_is_kept_starts_over(
    serve: Callable[..., Any], database: Database, follower: Any
) -> None:
    await put(database, *(fact(f"k{i}", 1) for i in range(50)))
    async with database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM change WHERE seq <= 20"))
    live = serve()
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(5)
        await me.until(lambda me: bool(me.restarts))
        await me.follow(20)
        await me.until(lambda me: me.cursor >= 50)
        assert len(me.facts) == 30


async def test_further_back_than_the_ring_comes_from_the_database(
    serve: Callable[..., Any], database: Database, follower: Any
) -> None:
    live = serve(ring_lines=40)
    last = 0
    for n in range(6):
        last = await put(database, *(fact(f"k{i}", n) for i in range(50)))
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(10)
        await me.until(lambda me: me.cursor >= last)
        assert len(me.facts) == 50
        assert {f["body"]["value"] for f in me.facts.values()} == {5}


async def test_a_backlog_of_others_rooms_brings_up_to_date_without_a_word(
    serve: Callable[..., Any], database: Database, follower: Any
) -> None:
    live = serve(ring_lines=40)
    last = await put(database, fact("mine", 1))
    for n in range(6):
        last = await put(database, *(fact(f"theirs{i}", n, room="staff") for i in range(50)))
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(0)
        await live.comes(lambda counters: counters["groups"] == 1 and counters["behind"] == 0)
        end = await put(database, fact("mine", 2))
        await me.until(lambda me: me.cursor >= end > last)
        assert [f["body"]["value"] for f in me.facts.values()] == [2]
        assert "theirs" not in str(me.facts)


async def test_beats_tell_clock_and_that_the_log_is_read(
    serve: Callable[..., Any], database: Database, follower: Any
) -> None:
    clock = ExerciseClock.starting_at(datetime(2021, 7, 14, 20, tzinfo=UTC), speed=60)
    live = serve(clock=clock, mode="EXERCISE", beat_every=0.2, every=0.2)
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(0)
        await me.until(lambda me: len(me.beats) >= 2)
        beat = me.beats[-1]
        assert beat.keys() == {"type", "cursor", "now", "speed", "mode", "followed_at", "following"}
        assert (beat["mode"], beat["speed"], beat["following"]) == ("EXERCISE", 60, True)
        now, followed = (datetime.fromisoformat(beat[key]) for key in ("now", "followed_at"))
        assert now.year == 2021
        assert timedelta(0) <= now - followed < timedelta(seconds=3)


async def test_a_change_of_the_exercise_clock_is_told_at_once(serve: Callable[..., Any], follower: Any) -> None:
    clock = ExerciseClock.starting_at(datetime(2021, 7, 14, 20, tzinfo=UTC))
    live = serve(clock=clock, beat_every=3600)
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(0)
        await me.until(lambda me: bool(me.welcomes))
        clock.pause()
        await asyncio.sleep(0.2)
        live.call(live.hub.clock_changed)
        await me.until(lambda me: bool(me.beats), within=2)
        assert me.beats[0]["speed"] == 0


async def test_a_ping_is_answered_by_a_beat(serve: Callable[..., Any], follower: Any) -> None:
    live = serve(beat_every=3600)
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(0)
        await socket.send('{"type":"ping"}')
        await me.until(lambda me: bool(me.beats), within=2)


async def test_a_revoked_session_is_closed_within_five_seconds_and_others_stay(
    live: Any, database: Database, follower: Any
) -> None:
    async with live.connect("session=a") as one, live.connect("session=a") as two, live.connect("session=b") as other:
        followers = [follower(s) for s in (one, two, other)]
        for me in followers:
            await me.follow(0)
            await me.until(lambda me: bool(me.welcomes))
        assert live.call(lambda: live.hub.revoke("a")) == 2
        for me in followers[:2]:
            with pytest.raises(ConnectionClosed) as closed:
                await me.until(lambda me: False, within=5)
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "the session has ended")
        await put(database, fact("a", 1))
        await followers[2].until(lambda me: len(me.facts) == 1)
    async with asyncio.timeout(5):
        while (await live.counters())["connections"]:
            await asyncio.sleep(0.02)


async def test_a_revoked_socket_that_ignores_the_close_is_cut(live: Any) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
    writer.write(
        b"GET /api/live?session=a HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    async with asyncio.timeout(5):
        while not await asyncio.to_thread(live.call, lambda: live.hub.revoke("a")):
            await asyncio.sleep(0.01)
        while await reader.read(4096):
            pass
    writer.close()


async def test_a_frame_carries_the_last_value_of_what_changed_often(
    live: Any, database: Database, follower: Any
) -> None:
    async with live.connect() as socket:
        me = follower(socket)
        await me.follow(0)
        await me.until(lambda me: bool(me.welcomes))
        written = threading.Event()
        live.loop.call_soon_threadsafe(written.wait, 30)  # the server does nothing until all is written
        for n in range(20):
            last = await put(database, fact("busy", n), fact(f"k{n}", n))
        written.set()
        await me.until(lambda me: me.cursor >= last)
        assert me.facts["test/reading/busy"]["body"]["value"] == 19
        assert len(me.facts) == 21
        assert me.frames <= 2


def test_orjson_and_the_wire_agree_on_text() -> None:
    bodies = [orjson.dumps({"n": "ä" * size}) for size in (1, 60, 200, 40_000)]
    assert list(payloads(b"".join(map(frame, bodies)))) == bodies
