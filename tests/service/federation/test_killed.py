"""Two nodes as processes exchange in both directions and one lends the other a boat, while now one and now the other
is killed by SIGKILL in the middle of it: in the end nothing is lost or doubled, and both say the same of the loan.

4 kills here, 20 with LAGEBILD_PROVE.
"""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from geodata.store.cluster import Cluster
from geodata.store.database import Database
from service.federation.peers import store as peers
from tests.service.conftest import Node
from tests.service.federation.ground import Author, agree, in_order, introduce, until
from tests.service.federation.netns import Place
from tests.service.federation.procedures.lent import Lender, Neighbours
from tests.service.federation.towns import Town
from tests.service.requests.lending import flood
from tests.service.resources.fleet import town

KILLS = 20 if os.environ.get("LAGEBILD_PROVE") else 4
AT_ONCE = 3
HEALED = 60.0
STARTED = 120.0
_HEARD = text("SELECT sum(number) FROM peer_incoming")
_DOUBLED = text("""
    SELECT ref, body -> 'properties' ->> 'version' AS version, count(*) AS n FROM change
    WHERE op = 'put' AND ref LIKE :origin || '/feature/%' GROUP BY 1, 2 HAVING count(*) > 1
""")
_WRONG = text("SELECT (SELECT count(*) FROM peer_aside) + (SELECT count(*) FROM received_share WHERE NOT agrees)")
_COMPARED = text("SELECT count(*) FROM received_share WHERE state = 'CURRENT' AND agrees")
_LENT = text("""
    SELECT count(DISTINCT ref) AS boats, count(DISTINCT body -> 'loan' ->> 'inquiry') AS loans FROM fact
    WHERE kind = 'resource' AND origin = 'bergheim' AND body -> 'loan' IS NOT NULL
""")
_INQUIRIES = text("SELECT count(*) FROM fact WHERE kind = 'inquiry' AND origin = :origin")


@dataclass
class Process(Place):
    """A node as a process of its own on loopback."""

    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "LAGEBILD_HOST": "127.0.0.1", "LAGEBILD_PORT": str(self.port),
            "LAGEBILD_FEDERATION__NETWORKS": "127.0.0.0/8",
        }  # fmt: skip

    def command(self) -> list[str]:
        return self.serve()

    async def ready(self) -> None:
        async with asyncio.timeout(STARTED), httpx.AsyncClient(base_url=self.url) as client:
            while True:
                try:
                    if (await client.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    assert self.process is None or self.process.poll() is None, self.log()
                await asyncio.sleep(0.1)


@asynccontextmanager
async def processes(cluster: Cluster, *origins: str) -> AsyncIterator[list[Process]]:
    """Partners that share a room each way, and run."""
    async with AsyncExitStack() as stack:
        made = []
        for origin in origins:
            name = f"killed_{secrets.token_hex(2)}_{origin}"
            cluster.create_database(name, template="template_lagebild")
            stack.callback(cluster.drop_database, name)
            directory = Path(stack.enter_context(TemporaryDirectory(prefix="lagebild-killed-")))
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            made.append(Process(origin, "", "127.0.0.1", cluster, directory, name, port=port))
            stack.callback(made[-1].kill)
        await introduce(made)
        for place in made:
            place.start()
        await asyncio.gather(*(place.ready() for place in made))
        yield made


async def asker_and_lender(stack: AsyncExitStack, here: Process, there: Process) -> Neighbours:
    made = []
    for place, other in ((here, there), (there, here)):
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=place.url, timeout=20))
        database = Database(place.database_url, pool_size=4)
        stack.push_async_callback(database.close)
        async with database.reading() as connection:
            peer = await peers.by_origin(connection, other.origin)
        assert peer is not None
        node = Node(place.url, client, database, place.data_dir)
        made.append(Town(place.origin, node, place.keys, {other.origin: peer}))
    near = Neighbours(made[0], await flood(made[0].node, lenders=1), streamed=True)
    lender = Lender(made[1], await town(made[1].node, "Feuerwehr Bergheim"))
    for number in (1, 2):
        await lender.fleet.add(f"Boot Bergheim {number}", type="MZB")
    near.lenders["bergheim"] = lender
    return near


async def scalar(place: Process, statement: Any) -> int:
    database = place.database
    try:
        async with database.reading() as connection:
            return int((await connection.execute(statement, {"origin": "bergheim"})).scalar() or 0)
    finally:
        await database.close()


async def kills(places: list[Process], dice: random.Random) -> dict[str, int]:
    """Each while envelopes are coming in; how often each was killed."""
    killed = dict.fromkeys((place.origin for place in places), 0)
    for number in range(KILLS):
        place = places[number % 2] if KILLS < 10 else dice.choice(places)
        for each in places:
            await each.ready()
        before = await scalar(place, _HEARD)
        async with asyncio.timeout(STARTED):
            while await scalar(place, _HEARD) == before:
                await asyncio.sleep(0.01)
        await asyncio.sleep(dice.uniform(0, 0.1))
        place.kill()
        killed[place.origin] += 1
        await asyncio.sleep(dice.uniform(0, 0.5))
        place.start()
    return killed


async def written(author: Author, over: asyncio.Event) -> int:
    """Small transactions, until it is over."""
    changes = 0
    while not over.is_set():
        await author.write(AT_ONCE, at_once=AT_ONCE)
        changes += AT_ONCE
        await asyncio.sleep(0.05)
    return changes


async def stubborn(near: Neighbours, id: str) -> None:
    """Offer, requisition and commitment, each tried by its people until it is so: a node that is just killed does not
    answer, and what it had already done is not done twice."""
    lender, answer = near.lender, near.answer(id)
    boat = lender.fleet.resources["Boot Bergheim 1"]
    steps: list[tuple[Callable[[], Awaitable[Any]], set[str]]] = [
        (lambda: lender.does(answer, "offer", resources=[boat], hold_minutes=60), {"OFFERED"}),
        (lambda: near.does(id, "requisition", resources=[boat]), {"REQUISITIONED"}),
        (lambda: lender.does(answer, "commit"), {"COMMITTED"}),
    ]
    for does, states in steps:
        while True:
            try:
                theirs = (await lender.inquiries()).get(answer)
                if theirs is not None and theirs["state"] in states:
                    break
                await does()
            except (httpx.TransportError, AssertionError, KeyError, ValueError):
                await asyncio.sleep(0.2)


@pytest.mark.proof
@pytest.mark.alone
async def test_whoever_is_killed_in_the_middle_loses_and_doubles_nothing(cluster: Cluster) -> None:
    async with processes(cluster, "altdorf", "bergheim") as places, AsyncExitStack() as stack:
        altdorf, bergheim = places
        near = await asker_and_lender(stack, altdorf, bergheim)
        over = asyncio.Event()
        writing = [asyncio.create_task(written(Author(place, seed), over)) for seed, place in enumerate(places, 1)]
        _, (id,) = await near.ask(quantity=1)
        lending = asyncio.create_task(stubborn(near, id))
        try:
            killed = await kills(places, random.Random(7))
        finally:
            over.set()
        changes = await asyncio.gather(*writing)
        for place in places:
            await place.ready()
        took = await until(lambda: agree(places), HEALED, "each holds what the other has")
        print(f"killed {killed}, {changes} changes, one picture after {took:.1f} s")
        async with asyncio.timeout(HEALED):
            await lending
        ours, theirs = await near.agree(id)
        assert (ours["state"], theirs["state"]) == ("COMMITTED", "COMMITTED")
        await until(lambda: compared(places), HEALED, "digests of both rooms and of the exchange are equal")
        for place, other in ((altdorf, bergheim), (bergheim, altdorf)):
            await in_order(place, other.origin)
            database = place.database
            async with database.reading() as connection:
                assert (await connection.execute(_DOUBLED, {"origin": other.origin})).all() == []
                assert (await connection.execute(_WRONG)).scalar_one() == 0
                assert (await connection.execute(_INQUIRIES, {"origin": place.origin})).scalar_one() == 1
            await database.close()
        async with near.lender.node.database.reading() as connection:
            assert tuple((await connection.execute(_LENT)).one()) == (1, 1)


async def compared(places: list[Process]) -> bool:
    return all([await scalar(place, _COMPARED) >= 2 and await scalar(place, _WRONG) == 0 for place in places])
