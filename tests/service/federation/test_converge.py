"""Two whole nodes that share a room each way, several hundred changes on both sides while the line is cut and the loops
die: in the end each holds exactly what the other has."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from sqlalchemy import text

from geodata.model.body import to_body
from geodata.model.fact import Fact, Provenance
from geodata.model.feature import Feature
from geodata.model.geometry import Geometry
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from service.federation.identity.keys import NodeKeys
from tests.service.conftest import running
from tests.service.federation.towns import FAST, Town, pin

CHANGES = 5_000 if os.environ.get("LAGEBILD_PROVE") else 400
_ROOM = text("INSERT INTO room (id, name) VALUES ('lage', 'Lage')")
_SHARE = text("""
    INSERT INTO share (id, peer, room, name, state, policy, created_by)
    VALUES ('f-1', :peer, 'lage', 'Hochwasser', 'ACTIVE', '{}', 'test')
""")
_FACTS = text(
    "SELECT ref, body, provenance, extent FROM fact WHERE origin = :origin AND room = ANY(:rooms) ORDER BY ref"
)
_ROOMS = text("SELECT id FROM room WHERE id LIKE 's-%'")
_LINES = text("""
    SELECT split_part(ref, '/', 3) AS id, op, body ->> 'title' AS title FROM change
    WHERE split_part(ref, '/', 1) = :origin AND split_part(ref, '/', 2) = 'feature' ORDER BY seq
""")
_SEQS = text("SELECT ref, epoch, seq FROM peer_copy ORDER BY ref")


def thing(origin: str, id: str, title: str) -> Fact:
    now = datetime.now(UTC)
    place = Geometry("Point", [7.0 + len(id) / 100, 51.0])
    body = to_body(Feature(id, "probe", title, geometry=place))
    return Fact(Ref(origin, "feature", id), "lage", Provenance("test", now, now), body, place)


async def share(here: Town, there: Town) -> None:
    async with here.database.transaction("test") as tx:
        await tx.connection.execute(_ROOM)
        await tx.connection.execute(_SHARE, {"peer": here.peers[there.origin].id})


async def facts(at: Town, origin: str) -> dict[str, Any]:
    """What this node holds of this origin, without the exchange."""
    async with at.database.reading() as connection:
        rooms = ["lage", *(await connection.execute(_ROOMS)).scalars()]
        rows = await connection.execute(_FACTS, {"origin": origin, "rooms": rooms})
        return {row.ref: (row.body, row.extent) for row in rows}


class Line:
    """The way to a node: a proxy that can be cut, in the middle of what it carries. The node behind it may move."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.port = 0
        self.cut = False
        self.server: asyncio.Server | None = None
        self.carried: set[asyncio.StreamWriter] = set()

    async def lead_to(self, url: str) -> None:
        self.port = httpx.URL(url).port or 0
        self.server = self.server or await asyncio.start_server(self._carry, sock=self.socket)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.cut:
                raise OSError
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, there_writer}
        self.carried |= both

        async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while part := await source.read(2_000):
                sink.write(part)
                await sink.drain()

        pipes = [asyncio.create_task(pipe(reader, there_writer)), asyncio.create_task(pipe(there_reader, writer))]
        await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        for task in pipes:
            task.cancel()
        await asyncio.gather(*pipes, return_exceptions=True)
        for each in both:
            each.close()
        self.carried -= both

    def sever(self) -> None:
        self.cut = True
        for writer in self.carried:
            writer.transport.abort()

    def mend(self) -> None:
        self.cut = False

    def close(self) -> None:
        self.sever()
        if self.server is not None:
            self.server.close()


class Two:
    """Two nodes that reach each other by lines, and can be stopped and started again on what they had."""

    def __init__(self, cluster: Cluster, stack: AsyncExitStack) -> None:
        self.cluster, self.stack = cluster, stack
        self.lines = {origin: Line() for origin in ("altdorf", "bergheim")}
        self.towns: dict[str, Town] = {}
        self.given: dict[str, tuple[str, Path]] = {}
        self.running: dict[str, Any] = {}

    async def build(self) -> tuple[Town, Town]:
        for origin, line in self.lines.items():
            name = f"converge_{os.getpid()}_{origin}"
            self.cluster.create_database(name, template="template_lagebild")
            self.stack.callback(self.cluster.drop_database, name)
            self.stack.callback(line.close)
            directory = Path(self.stack.enter_context(TemporaryDirectory(prefix="lagebild-town-")))
            self.given[origin] = self.cluster.url(name), directory
            await self.start(origin)
            self.stack.push_async_callback(self.stop, origin)
        here, there = self.towns.values()
        for one, other in ((here, there), (there, here)):
            await pin(one, other, url=self.lines[other.origin].url)
        return here, there

    async def start(self, origin: str) -> None:
        url, directory = self.given[origin]
        addresses = [line.url for line in self.lines.values()]
        settings = {"origin": origin, "title": origin.title(), "federation": FAST, "trusted_origins": addresses}
        self.running[origin] = running(url, data_dir=directory, **settings)
        node = await self.running[origin].__aenter__()
        before = self.towns.get(origin)
        self.towns[origin] = Town(origin, node, NodeKeys(directory), before.peers if before else {})
        await self.lines[origin].lead_to(node.url)

    async def stop(self, origin: str) -> None:
        if origin in self.running:
            await self.running.pop(origin).__aexit__(None, None, None)

    async def restart(self, origin: str) -> None:
        await self.stop(origin)
        await self.start(origin)


async def edit(at: Callable[[], Town], count: int, random: random.Random, *, prefix: str = "n") -> None:
    """Puts, changes and drops in small transactions, as people and feeds make them."""
    known: list[str] = []
    for number in range(count):
        here = at()
        async with here.database.transaction("test") as tx:
            which = random.random()
            if known and which < 0.15:
                gone = known.pop(random.randrange(len(known)))
                tx.drop(Ref(here.origin, "feature", gone))
            elif known and which < 0.6:
                tx.put(thing(here.origin, random.choice(known), f"{prefix} {number}"))
            else:
                known.append(f"{prefix}{number}")
                tx.put(thing(here.origin, known[-1], f"{prefix} {number}"))
        if number % 7 == 0:
            await asyncio.sleep(0.005)


async def until_alike(two: Two, *, within: float = 60) -> float:
    """Until each holds what the other has, and the digests that both compare say so too; seconds."""
    began = time.monotonic()
    while True:
        wrong = []
        for here, there in (("altdorf", "bergheim"), ("bergheim", "altdorf")):
            own, copy = await facts(two.towns[here], here), await facts(two.towns[there], here)
            if own != copy:
                wrong.append(f"{there} lacks {len(own.keys() - copy.keys())} of {len(own)} of {here}, "
                             f"has {len(copy.keys() - own.keys())} too many")  # fmt: skip
        if not wrong:
            return time.monotonic() - began
        assert time.monotonic() - began < within, wrong
        await asyncio.sleep(0.1)


async def lines_of(at: Town, origin: str) -> dict[str, list[tuple[str, str | None]]]:
    """What the log says of each thing of this origin, in its order."""
    told: dict[str, list[tuple[str, str | None]]] = {}
    async with at.database.reading() as connection:
        for row in await connection.execute(_LINES, {"origin": origin}):
            told.setdefault(row.id, []).append((row.op, row.title))
    return told


async def test_two_nodes_converge_over_a_line_that_breaks_and_loops_that_die(cluster: Cluster) -> None:
    async with AsyncExitStack() as stack:
        two = Two(cluster, stack)
        altdorf, bergheim = await two.build()
        await share(altdorf, bergheim)
        await share(bergheim, altdorf)
        rolls = random.Random(7)
        editing = [
            asyncio.create_task(edit(partial(two.towns.__getitem__, o), CHANGES, random.Random(o))) for o in two.given
        ]
        while not all(task.done() for task in editing):
            line = two.lines[rolls.choice(list(two.lines))]
            await asyncio.sleep(rolls.uniform(0.1, 0.4))
            line.sever()
            await asyncio.sleep(rolls.uniform(0.05, 0.3))
            line.mend()
        await asyncio.gather(*editing)
        for origin in two.given:
            two.lines[origin].sever()
        await two.restart("altdorf")
        for origin in two.given:
            await edit(partial(two.towns.__getitem__, origin), 30, random.Random(3), prefix="later")
        for line in two.lines.values():
            line.mend()
        await two.restart("bergheim")
        took = await until_alike(two)
        assert took < 60
        for name, partner in (("altdorf", "bergheim"), ("bergheim", "altdorf")):
            told, copy = two.towns[name], two.towns[partner]
            said, heard = await lines_of(told, name), await lines_of(copy, name)
            assert sum(map(len, said.values())) > CHANGES / 2
            for id, lines in heard.items():
                # No change twice, none out of order: what was heard is some of what was said, in its order.
                assert follows(lines, said[id]), (id, lines, said[id])
            async with copy.database.reading() as connection:
                aside = (await connection.execute(text("SELECT count(*) FROM peer_aside"))).scalar_one()
                copies = (await connection.execute(text("SELECT count(*) FROM peer_copy"))).scalar_one()
                compared = text("SELECT agrees FROM received_share WHERE share = 'f-1'")
                agrees = (await connection.execute(compared)).scalar_one()
            assert (aside, copies) == (0, len(await facts(told, name))) and agrees is not False


def follows(heard: list[tuple[str, str | None]], said: list[tuple[str, str | None]]) -> bool:
    rest = iter(said)
    return all(line in rest for line in heard)
