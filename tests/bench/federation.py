"""Fifty partners on loopback: how soon a shared change stands there, what it costs, and how fast 20,000 are caught up.

The partners live in one other process: they check each signature, keep what the protocol asks of a receiver, sign their
answers and count. The same bytes then go to the same process twice more, one after the other: by a bare HTTP POST,
without signature, compression, database or log; and by a POST whose receiver keeps each item as a row and its place in
one transaction per envelope before it answers. The first is what the wire can do at all, and no more than a measure: a
stream reads each thing from the log, lets out what an agreement allows, signs, waits for the signed answer and keeps
where the partner is. The second does as much with the database as a stream has to do at one end, and is the gate.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
import psycopg
import uvicorn
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from geodata.model.clock import WallClock
from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import Geometry
from geodata.model.ref import Ref
from geodata.model.resource import FleetLevel
from geodata.store.database import Database
from service.federation.identity.keys import NodeKeys, public_key
from service.federation.peers import store as peers
from service.federation.peers.peer import PeerState, PinnedKey
from service.federation.peers.reaching import Reaching
from service.federation.sending.sender import Sender
from service.federation.sending.stream import Streams
from service.federation.wire import envelope as wire
from service.federation.wire import signing
from service.federation.wire.client import PeerClient
from service.federation.wire.envelope import Ack
from tests.bench import private
from tests.bench.rounds import Gate, verdict

WITHIN = 2.0
"""Seconds from the commit to the last partner."""
MOST, GOAL = 6.0, 2.0
"""Of the catch-up, by the POST whose receiver keeps what came."""
MOST_BARE, GOAL_BARE = 60.0, 10.0
ROUNDS = 3
KEEP = """
    INSERT INTO kept (ref, item)
    SELECT DISTINCT ON (g ->> 'ref') g ->> 'ref', g FROM jsonb_array_elements(cast(%s AS jsonb) -> 'items') g
    WHERE g ? 'ref' ON CONFLICT (ref) DO UPDATE SET item = excluded.item
"""
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def partners(pipe: Connection, directory: str, sender_key: str, database_url: str) -> None:
    """The other process. Many partners at one port, told apart by their paths; all sign with one key."""
    keys = NodeKeys(Path(directory))
    has: dict[str, Ack] = {}
    arrived: dict[str, list[float]] = {}
    bodies: dict[str, list[int]] = {}
    away: list[bytes] = []
    store: list[psycopg.AsyncConnection[Any]] = []
    seen: set[str] = set()
    own = public_key(sender_key)

    async def fresh(kid: str, nonce: str) -> bool:
        known = nonce in seen
        seen.add(nonce)
        return known

    async def inbox(request: Request) -> Response:
        raw, url = await request.body(), str(request.url)
        await signing.verify_request("POST", url, request.headers, raw, lambda kid: own, datetime.now(UTC), fresh)
        body = gzip.decompress(raw)
        envelope = wire.read.decode(body)
        name = request.path_params["name"]
        at = has.get(name, Ack())
        new = envelope.epoch > at.epoch and envelope.number == 1
        if new or (envelope.number == at.number + 1 and envelope.after == at.token):
            has[name] = at = Ack(envelope.epoch, envelope.number, envelope.upto)
            now = time.time()
            for item in envelope.items:
                read = wire.read_item.decode(item)
                if isinstance(read, wire.Put):
                    arrived.setdefault(str(read.body["title"]), []).append(now)
            bodies.setdefault(name, []).append(len(body))
            if name == "away":
                away.append(body)
        answer = Response(wire.write.encode(at), media_type="application/json")
        signing.sign_answer(keys, "POST", url, request.headers, 200, answer.headers, bytes(answer.body))
        return answer

    async def outbox(request: Request) -> Response:
        answer = Response(status_code=204)
        signing.sign_answer(keys, "POST", str(request.url), request.headers, 204, answer.headers, b"")
        return answer

    async def bare(request: Request) -> Response:
        return Response(str(len(await request.body())))

    async def keeping(request: Request) -> Response:
        body = (await request.body()).decode()
        async with store[0].transaction():
            await store[0].execute(KEEP, (body,))
            await store[0].execute("UPDATE kept_upto SET number = number + 1")
        return Response(str(len(body)))

    async def said_to_away(request: Request) -> Response:
        number = int(request.path_params["number"])
        return Response(away[number] if number < len(away) else b"")

    async def counted(request: Request) -> Response:
        said = {"arrived": arrived, "bodies": bodies, "cpu": time.process_time()}
        answer = Response(json.dumps(said), media_type="application/json")
        arrived.clear()
        bodies.clear()
        return answer

    routes = [Route("/{name}/federation/v1/inbox", inbox, methods=["POST"]),
              Route("/{name}/federation/v1/outbox", outbox, methods=["POST"]),
              Route("/bare", bare, methods=["POST"]), Route("/keeping", keeping, methods=["POST"]),
              Route("/away/{number}", said_to_away), Route("/counted", counted)]  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_config=None, lifespan="off"))

    async def serve() -> None:
        store.append(await psycopg.AsyncConnection.connect(database_url))
        await store[0].set_autocommit(True)
        await store[0].execute("CREATE TABLE kept (ref text PRIMARY KEY, item jsonb NOT NULL)")
        await store[0].execute("CREATE TABLE kept_upto AS SELECT 0 AS number")
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        pipe.send((server.servers[0].sockets[0].getsockname()[1], keys.current.x, keys.current.kid))
        await serving

    asyncio.run(serve())


def change(number: int, title: str) -> Fact:
    now = datetime.now(UTC)
    place = Geometry("Point", [7.0 + number / 1e5, 51.0])
    body = {"key": f"{number}", "layer": "probe", "title": title, "geometry": place.as_geojson(),
            "properties": {"note": "Sandsackfüllstelle am Bauhof, Zufahrt frei", "depth": "0.4"}}  # fmt: skip
    return Fact(Ref("altdorf", "feature", f"{number}"), "lage", Provenance("bench", now, now), body, place)


async def acquainted(database: Database, url: str, x: str, kid: str, names: list[str]) -> None:
    async with database.transaction("bench") as tx:
        await tx.connection.execute(text("INSERT INTO room (id, name) VALUES ('lage', 'Lage') ON CONFLICT DO NOTHING"))
        for name in names:
            id = await peers.add(
                tx, origin=name, name=name, level=FleetLevel.MUNICIPALITY, mode="ACTUAL",
                keys=[PinnedKey(kid, x, LONG_AGO)], seal_key="", url=f"{url}/{name}", ars=None, document={},
                state=PeerState.ACTIVE,
            )  # fmt: skip
            await tx.connection.execute(
                text("""INSERT INTO share (id, peer, room, name, state, policy, created_by)
                        VALUES (:share, :peer, 'lage', 'Lage', 'ACTIVE', '{"kinds": ["feature"]}', 'bench')"""),
                {"share": f"f-{name}", "peer": id},
            )


async def counted(client: httpx.AsyncClient) -> Any:
    return (await client.get("/counted")).json()


async def until(client: httpx.AsyncClient, done: Callable[[Any], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done(await counted(client)):
            return
        await asyncio.sleep(0.2)
    raise TimeoutError("the partners do not get what they should")


async def propagation(
    database: Database, client: httpx.AsyncClient, names: list[str], changes: int, cpu: Callable[[], float]
) -> tuple[list[float], float, float]:
    """Seconds of each change to each partner; CPU seconds of ours (with the database) and of theirs per change, which
    on a busy machine are fewer, as several changes then share an envelope."""
    await asyncio.sleep(2)
    began, theirs = cpu(), (await counted(client))["cpu"]
    committed: dict[str, float] = {}
    for number in range(changes):
        title = f"change {number}"
        async with database.transaction("bench") as tx:
            tx.put(change(number, title))
        committed[title] = time.time()
        await asyncio.sleep(0.5)
    waits: list[float] = []
    deadline = time.monotonic() + 60
    while len(waits) < changes * len(names) and time.monotonic() < deadline:
        await asyncio.sleep(1)
        said = await counted(client)
        waits += [
            at - committed[title] for title, times in said["arrived"].items() if title in committed for at in times
        ]
    assert len(waits) == changes * len(names), f"{len(waits)} of {changes * len(names)} arrived"
    return waits, (cpu() - began) / changes, (said["cpu"] - theirs) / changes


async def catch_up(
    database: Database, client: httpx.AsyncClient, sender: Sender, changes: int, cpu: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """How much longer one partner, which was away for all of them, needs to have them than the POST of the same bytes
    to whoever keeps them, and than the bare one; by round."""
    (name,) = (lane.id for lane in sender.lanes.values() if lane.origin == "away")
    before, cpu_before = dict(sender.lanes[name].counted.__dict__), cpu()
    await counted(client)
    async with database.transaction("bench") as tx:
        await tx.connection.execute(text("UPDATE peer SET state = 'ACTIVE' WHERE id = :id"), {"id": name})
    began = time.perf_counter()
    sender.wake(name)
    lane = sender.lanes[name]
    while lane.counted.items - before["items"] < changes:
        await asyncio.sleep(0.02)
        assert time.perf_counter() - began < 300
    took, cpu_used = time.perf_counter() - began, cpu() - cpu_before
    said = await counted(client)
    sizes = said["bodies"]["away"]
    assert sum(len(times) for times in said["arrived"].values()) == changes
    print(f"{changes:,} changes caught up in {took:.1f} s: {changes / took:,.0f}/s in {len(sizes)} envelopes; "
          f"CPU {cpu_used * 1e3 / len(sizes):.1f} ms per envelope here")  # fmt: skip
    said_then = [(await client.get(f"/away/{number}")).content for number in range(before["envelopes"] + len(sizes))]
    same = [body for body in said_then[-len(sizes) :] if body]
    assert sum(map(len, same)) == sum(sizes)
    posts: dict[str, list[float]] = {"/keeping": [], "/bare": []}
    for _ in range(ROUNDS):
        for path, times in posts.items():
            began = time.perf_counter()
            for body in same:
                (await client.post(path, content=body)).raise_for_status()
            times.append(time.perf_counter() - began)
    print(
        f"POST of the same {sum(sizes):,} bytes: {min(posts['/keeping']):.2f} s kept, {min(posts['/bare']):.2f} s bare"
    )
    return [took / time for time in posts["/keeping"]], [took / time for time in posts["/bare"]]


async def measure(url: str, cpu: Callable[[], float], given: argparse.Namespace, directory: str) -> list[Gate]:
    database = Database(url, pool_size=20)
    keys = NodeKeys(Path(directory) / "own")
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=partners, args=(theirs, f"{directory}/theirs", keys.current.x, url), daemon=True
    )
    process.start()
    port, x, kid = await asyncio.to_thread(ours.recv)
    address = f"http://127.0.0.1:{port}"
    names = [f"stadt{number}" for number in range(given.partners)]
    calls = PeerClient(keys, ["127.0.0.0/8"])
    clock = WallClock()
    streams = Streams(database, clock, origin="altdorf", mode="ACTUAL", compare=timedelta(minutes=15))
    sender = Sender(database, streams, Reaching(calls), clock, greet=timedelta(seconds=20))
    try:
        await acquainted(database, address, x, kid, [*names, "away"])
        async with httpx.AsyncClient(base_url=address, timeout=60) as client:
            running = asyncio.create_task(sender.run())
            await until(client, lambda said: bool(said["bodies"]), 60)
            await asyncio.sleep(4)
            async with database.transaction("bench") as tx:
                await tx.connection.execute(text("UPDATE peer SET state = 'SUSPENDED' WHERE origin = 'away'"))
            sent = sum(lane.counted.envelopes for lane in sender.lanes.values())
            waits, own, other = await propagation(database, client, names, given.changes, cpu)
            sent = sum(lane.counted.envelopes for lane in sender.lanes.values()) - sent
            waits.sort()
            p95 = waits[int(0.95 * len(waits))]
            print(f"{len(names)} partners, {given.changes} changes: p50 {statistics.median(waits):.2f} s, "
                  f"p95 {p95:.2f} s; "
                  f"CPU per change {own * 1e3:.0f} ms here, {own * 1e3 * given.changes / sent:.1f} ms per envelope, "
                  f"{other * 1e3:.0f} ms in their process")  # fmt: skip
            async with database.transaction("bench") as tx:
                await tx.connection.execute(text("UPDATE peer SET state = 'SUSPENDED'"))
            for first in range(0, given.backlog, 2_000):
                async with database.transaction("bench") as tx:
                    for number in range(first, min(first + 2_000, given.backlog)):
                        tx.put(change(1_000 + number, f"late {number}"))
            await asyncio.sleep(2)
            by_kept, by_bare = await catch_up(database, client, sender, given.changes + given.backlog, cpu)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    finally:
        process.terminate()
        await calls.close()
        await database.close()
    return [
        Gate("commit to partner, p95 / 2 s", [p95 / WITHIN], 1.0, 0.5),
        Gate("catch-up / POST of the same bytes, kept there", by_kept, given.most, GOAL),
        Gate("catch-up / bare HTTP POST of the same bytes", by_bare, MOST_BARE, GOAL_BARE),
    ]


def main(argv: list[str]) -> int:
    options = argparse.ArgumentParser(prog="bench federation", description=__doc__)
    options.add_argument("--partners", type=int, default=50)
    options.add_argument("--changes", type=int, default=20)
    options.add_argument("--backlog", type=int, default=20_000)
    options.add_argument("--most", type=float, default=MOST, help="gate of the catch-up")
    given = options.parse_args(argv)
    with private.database() as (url, _, cpu), tempfile.TemporaryDirectory(prefix="lagebild-bench-") as directory:
        gates = asyncio.run(measure(url, cpu, given, directory))
    return verdict(gates)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
