"""What must hold on the worst night. Short here; `LAGEBILD_PROVE=1` runs the long form."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import Bbox
from geodata.model.ref import Ref
from geodata.store import changes, picture
from geodata.store.cluster import Cluster
from geodata.store.database import Database, StoreError
from geodata.store.migrate import upgrade
from service.live import catch_up

PROVE = os.environ.get("LAGEBILD_PROVE") == "1"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROOMS = ("public", "staff", "police")
KINDS = ("reading", "station", "warning")


def fact(key: str, value: object, kind: str = "reading", room: str = "public", extent: Bbox | None = None) -> Fact:
    return Fact(Ref("t", kind, key), room, Provenance("t", NOW, NOW), {"value": value}, extent=extent)


async def put(database: Database, *facts: Fact) -> int:
    async with database.transaction("t") as tx:
        for one in facts:
            tx.put(one)
    return (await changes.bounds(database)).newest


def reached(cursor: int) -> Callable[[Any], bool]:
    return lambda me: bool(me.cursor >= cursor)


async def fresh(database: Database, rooms: list[str], **filters: Any) -> tuple[int, dict[str, Any]]:
    cursor, facts = await picture.snapshot(database, rooms, **filters)
    loaded = [orjson.loads(one) for one in facts]
    return cursor, {one.pop("ref"): one for one in loaded}


async def test_every_screen_converges_with_eight_writers_moving_everything(
    serve: Callable[..., Any], database: Database, follower: Any
) -> None:
    """Things change value, place and room; clients come late, leave, return and change what they look at."""
    transactions, clients = (400, 24) if PROVE else (60, 10)
    live = serve(
        ring_lines=300, beat_every=0.5
    )  # smaller than what happens, so that some come back through the database
    written = asyncio.Event()

    async def write(number: int) -> None:
        rng = random.Random(number)
        for n in range(transactions):
            async with database.transaction(f"w{number}") as tx:
                for key in rng.sample(range(15), 4):
                    kind = KINDS[key % 3]
                    if rng.random() < 0.25:
                        tx.drop(Ref("t", kind, f"k{key}"))
                    else:
                        x, y = rng.uniform(6, 9), rng.uniform(50.5, 52)
                        extent = None if rng.random() < 0.1 else (x, y, x, y)
                        tx.put(fact(f"k{key}", [number, n], kind, rng.choice(ROOMS), extent))
            await asyncio.sleep(rng.random() * 0.01)

    async def look(number: int) -> None:
        rng = random.Random(1000 + number)
        rooms = rng.sample(ROOMS, rng.randint(1, 3))
        while True:
            kinds = rng.choice([None, ["reading", "warning"], ["station"]])
            west, south = rng.uniform(6, 8), rng.uniform(50.5, 51.5)
            area = rng.choice([None, (west, south, west + 1, south + 0.5)])
            cursor, facts = await fresh(database, rooms, kinds=kinds, area=area)
            for _ in range(rng.randint(1, 3)):
                async with live.connect(f"rooms={','.join(rooms)}") as connection:
                    me = follower(connection, facts)
                    await me.follow(cursor, kinds=kinds, area=area)
                    with suppress(TimeoutError):
                        await me.until(lambda me: written.is_set(), within=rng.uniform(0.05, 0.6))
                    if written.is_set():
                        await me.reach((await changes.bounds(database)).newest)
                        assert me.facts == (await fresh(database, rooms, kinds=kinds, area=area))[1]
                        return
                    cursor, facts = me.cursor, me.facts
                await asyncio.sleep(rng.random() * 0.3)

    async def all_writers() -> None:
        await asyncio.gather(*(write(n) for n in range(8)))
        written.set()

    async with asyncio.timeout(240):
        await asyncio.gather(all_writers(), *(look(n) for n in range(clients)))
    assert live.errors == []


async def never_reading(port: int, cursor: int) -> socket.socket:
    """A client that asks for everything and then never reads again."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await asyncio.to_thread(sock.connect, ("127.0.0.1", port))
    sock.sendall(
        b"GET /api/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert b" 101 " in await asyncio.to_thread(sock.recv, 1024)
    text = b'{"type":"follow","since":%d}' % cursor
    sock.sendall(bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text)
    return sock


async def keeping_up(
    live: Any, database: Database, follower: Any, *, healthy: int, stalled: int, seconds: float
) -> float:
    """The median healthy client's rate as a part of the rate at which 40 transactions/s of 60 kB are written."""
    start = (await changes.bounds(database)).newest
    stuck = [await never_reading(live.port, start) for _ in range(stalled)]
    sockets = [await live.connect() for _ in range(healthy)]
    followers = [follower(s) for s in sockets]
    for me in followers:
        await me.follow(start)
        await me.until(lambda me: bool(me.welcomes))
    begun = time.monotonic()

    async def write() -> tuple[int, float]:
        n = 0
        while time.monotonic() - begun < seconds or n * 60_000 < 6_000_000:
            await put(database, *(fact(f"{start}.{n}.{i}", "x" * 20_000) for i in range(3)))
            n += 1
            await asyncio.sleep(max(0, begun + n / 40 - time.monotonic()))
        return start + 3 * n, time.monotonic() - begun

    writing = asyncio.create_task(write())

    async def listen(me: Any) -> float:
        await me.until(lambda me: writing.done() and me.cursor >= writing.result()[0], within=60)
        return time.monotonic() - begun

    took = await asyncio.gather(*(listen(me) for me in followers))
    last, wrote = writing.result()
    assert all(me.seqs == list(range(start + 1, last + 1)) for me in followers)
    for one in sockets:
        await one.close()
    for sock in stuck:
        sock.close()
    return wrote / statistics.median(took)


@pytest.mark.alone
async def test_five_of_25_sockets_that_never_read_cost_the_others_nothing(
    serve: Callable[..., Any], database: Database, follower: Any
) -> None:
    seconds, rounds = (12.0, 3) if PROVE else (4.0, 1)
    live = serve(beat_every=0.5)
    ratios = []
    for _ in range(rounds):
        alone = await keeping_up(live, database, follower, healthy=20, stalled=0, seconds=seconds)
        before = (await live.counters())["lagged"]
        beside = await keeping_up(live, database, follower, healthy=20, stalled=5, seconds=seconds)
        assert (await live.counters())["lagged"] - before >= 5, "the stalled went unnoticed, so nothing is shown"
        ratios.append(beside / alone)
    assert statistics.median(ratios) >= 0.95, ratios


async def test_a_slow_client_is_resumed_by_its_cursor_and_a_stuck_one_is_cut(
    live: Any, database: Database, follower: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catch_up, "PATIENCE", 8.0)
    async with live.connect(max_queue=1) as connection:
        me = follower(connection)
        await me.follow(0)
        await me.until(lambda me: bool(me.welcomes))
        stuck = await never_reading(live.port, 0)
        last = 0
        begun = time.monotonic()
        while (await live.counters())["lagged"] < 2:
            assert time.monotonic() - begun < 30
            last = await put(database, *(fact(f"{last}.{i}", "x" * 50_000) for i in range(20)))
        unsent = await asyncio.to_thread(
            live.call, lambda: max(c.transport.get_write_buffer_size() for c in live.hub._connections)
        )
        assert unsent < 4_000_000, "what a slow client may cost is bounded"
        await me.until(reached(last))
        assert me.facts == (await fresh(database, ["public"]))[1]
        await live.comes(lambda counters: counters["cut_off"] == 1)
        stuck.close()
        last = await put(database, fact("after", 1))
        await me.until(reached(last))


async def test_two_hundred_sockets_cut_at_once_return_complete_and_none_stays_deaf(
    live: Any, database: Database, follower: Any
) -> None:
    count, rounds = (200, 5) if PROVE else (200, 1)
    start = await put(database, *(fact(f"k{i}", 0) for i in range(50)))

    async def arrive(cursor: int, facts: dict[str, Any]) -> Any:
        me = follower(await live.connect(open_timeout=20), facts)
        await me.follow(cursor)
        return me

    followers = await asyncio.gather(*(arrive(0, {}) for _ in range(count)))
    await asyncio.gather(*(me.reach(start) for me in followers))
    for n in range(1, rounds + 1):
        for me in followers:
            me.socket.transport.abort()
        last = await put(database, *(fact(f"k{i}", n) for i in range(50)))
        begun = time.monotonic()
        followers = await asyncio.gather(*(arrive(me.cursor, me.facts) for me in followers))
        await asyncio.gather(*(me.until(reached(last)) for me in followers))
        assert time.monotonic() - begun <= 5
        expected = (await fresh(database, ["public"]))[1]
        assert all(me.facts == expected for me in followers)
        further = await put(database, fact("further", n))
        await asyncio.gather(*(me.until(reached(further), within=5) for me in followers))
    await asyncio.gather(*(me.socket.close() for me in followers))
    assert live.errors == []


@pytest.fixture
def mortal() -> Iterator[Cluster]:
    """A cluster of its own, not running."""
    directory = Path(tempfile.mkdtemp(prefix="lagebild-live-"))
    directory.chmod(0o755)
    cluster = Cluster(directory)
    cluster.ensure()
    yield cluster
    shutil.rmtree(directory, ignore_errors=True)


async def test_the_database_stops_and_returns_under_an_open_socket(
    serve: Callable[..., Any], follower: Any, mortal: Cluster
) -> None:
    cluster = mortal
    process = cluster.start()
    try:
        cluster.create_database("stopped")
        upgrade(cluster.url("stopped"))
        live = serve(url=cluster.url("stopped"), beat_every=1.0, every=0.5)
        database = Database(cluster.url("stopped"))
        async with live.connect() as connection:
            me = follower(connection)
            await me.follow(0)
            written = await put(database, fact("before", 1))
            await me.until(reached(written))
            for kill in [signal.SIGINT, signal.SIGKILL] * (5 if PROVE else 1):
                process.send_signal(kill)
                process.wait(30)
                me.beats.clear()
                await me.until(lambda me: bool(me.beats) and not me.beats[-1]["following"], within=5)
                await asyncio.sleep(2)
                me.beats.clear()
                await me.until(lambda me: len(me.beats) > 1, within=5)
                now, followed = (datetime.fromisoformat(me.beats[-1][key]) for key in ("now", "followed_at"))
                assert (now - followed).total_seconds() > 1.5
                assert me.beats[-1]["cursor"] == written
                process = await asyncio.to_thread(cluster.start)
                for n in range(5):
                    written = await persistent_put(database, fact(f"during.{written}.{n}", n))
                await me.until(reached(written), within=15)
                me.beats.clear()
                await me.until(lambda me: bool(me.beats) and me.beats[-1]["following"], within=5)
            assert me.seqs == [line.seq for line in await changes.since(database, 0)]
            assert me.facts == (await fresh(database, ["public"]))[1]
            assert me.restarts == []
        await database.close()
        assert live.errors == []
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


async def persistent_put(database: Database, one: Fact) -> int:
    """The first uses of a pool after the server's death fail; writers try again, as the feeds' runner does."""
    for _ in range(100):
        try:
            return await put(database, one)
        except StoreError:
            await asyncio.sleep(0.1)
    raise AssertionError("the database did not come back")


def mutated(rng: random.Random) -> str | bytes:
    text = rng.choice([
        '{"type":"follow","since":0,"area":[6.0,50.0,9.0,52.0],"kinds":["reading"]}',
        '{"type":"follow","since":3}', '{"type":"ping"}',
    ])  # fmt: skip
    for _ in range(rng.randint(1, 6)):
        at, to = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        part = rng.choice([
            "", "[" * rng.choice([1, 500, 3000]), "NaN", "-1", "1e999", "9" * 30, '"', "\\ud800", "\x00", "null", "{}",
            "ß€😀", text[at:to] * 2, "true", '{"type":"follow",', "0x10", ",", "]" * 9,
        ])  # fmt: skip
        text = text[:at] + part + text[to if rng.random() < 0.5 else at :]
    return text.encode() if rng.random() < 0.1 else text[: rng.choice([90, 4000, 70_000])]


async def test_hostile_messages_break_nothing_and_end_cleanly(
    serve: Callable[..., Any], database: Database, follower: Any, caplog: pytest.LogCaptureFixture
) -> None:
    messages = 10_000 if PROVE else 600
    live = serve()
    outcomes: dict[Any, int] = {}

    async def attack(number: int) -> None:
        message = mutated(random.Random(number))
        async with live.connect() as connection:
            await connection.send(message)
            try:
                async with asyncio.timeout(5):
                    await connection.recv()
                code = 0
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else -1
            except TimeoutError:
                code = -2
            outcomes[code] = outcomes.get(code, 0) + 1

    for start in range(0, messages, 50):
        await asyncio.gather(*(attack(n) for n in range(start, min(start + 50, messages))))
    assert set(outcomes) <= {0, 1003, 1007, 1008, 1009}, outcomes
    assert outcomes[1008] > messages / 2
    assert live.errors == []
    assert [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")] == []
    async with live.connect() as connection:
        me = follower(connection)
        await me.follow(0)
        await put(database, fact("still", 1))
        await me.until(lambda me: len(me.facts) == 1)


async def test_garbage_below_the_messages_is_cut_off(live: Any, caplog: pytest.LogCaptureFixture) -> None:
    rng = random.Random(5)
    for _ in range(300 if PROVE else 60):
        reader, writer = await asyncio.open_connection("127.0.0.1", live.port)
        writer.write(
            b"GET /api/live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        writer.write(rng.randbytes(rng.choice([1, 2, 7, 64, 2000])))
        if rng.random() < 0.5:
            writer.write_eof()
        else:
            writer.transport.abort()  # type: ignore[attr-defined]
        try:
            async with asyncio.timeout(15):
                await reader.read()
        except ConnectionError:
            pass
        writer.close()
    await live.comes(lambda counters: counters["connections"] == 0)
    assert live.errors == []
    assert [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")] == []
