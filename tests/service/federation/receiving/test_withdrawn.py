"""A room that its owner withdraws is gone from everything where the partner could see it, within 5 s of contact."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

import httpx
import orjson
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection, connect

from geodata.model.body import to_body
from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import point
from geodata.model.ref import Ref
from geodata.model.site import Priority, Site, SiteState
from geodata.model.station import Station
from geodata.store.cluster import Cluster
from tests.service.federation.towns import Town, towns

WORD = "Wiesengrund"
STATION, SITE = Ref("altdorf", "station", "own.wiese"), Ref("altdorf", "site", "s-1")
PLACES = {
    "picture": "/api/picture",
    "one kind of it": "/api/picture?kinds=site",
    "changes": "/api/changes?since=0&limit=5000",
    "search": f"/api/search?q={WORD}",
    "tiles": "/tiles/stations/10/532/341.mvt",
    "stations": "/api/stations",
    "export": "/api/open/sites.geojson",
    "history": "/api/history/changes?from=2020-01-01T00:00:00Z",
}


def _facts() -> list[Fact]:
    now = datetime.now(UTC)
    place = point(7.1, 51.2)
    station = to_body(Station("own.wiese", WORD, longitude=7.1, latitude=51.2))
    site = to_body(Site("i-1", 1, WORD, Priority.P2, SiteState.VERIFIED, place))
    by = Provenance("test", now, now)
    return [Fact(STATION, "lage", by, station, place), Fact(SITE, "lage", by, site, place)]


async def _share(here: Town, there: Town) -> None:
    async with here.database.transaction("test") as tx:
        await tx.connection.execute(text("INSERT INTO room (id, name) VALUES ('lage', 'Lage')"))
        await tx.connection.execute(
            text("""INSERT INTO share (id, peer, room, name, state, policy, created_by) VALUES ('f-1', :peer, 'lage',
                    'Wiese', 'ACTIVE', '{"kinds": ["station", "site"], "fields": {"site": ["*"], "station": ["*"]}}',
                    'test')"""),
            {"peer": here.peers[there.origin].id},
        )
        for fact in _facts():
            tx.put(fact)


@asynccontextmanager
async def _live(client: httpx.AsyncClient) -> AsyncIterator[ClientConnection]:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    address = str(client.base_url).replace("http", "ws", 1).rstrip("/") + "/api/live"
    async with connect(address, additional_headers={"Cookie": cookies}, compression=None, max_size=2**26) as socket:
        yield socket


async def _shown(client: httpx.AsyncClient) -> set[str]:
    """Where one of the two things can be seen."""
    seen = set()
    for name, path in PLACES.items():
        answer = await client.get(path)
        assert answer.status_code == 200, (name, answer.text)
        if any(word.encode() in answer.content for word in (WORD, str(STATION), str(SITE))):
            seen.add(name)
    return seen


async def _told(socket: ClientConnection, since: int) -> float:
    """When the socket has said that both are gone, or that the picture is to be fetched anew."""
    await socket.send(orjson.dumps({"type": "follow", "since": since}).decode())
    gone: set[str] = set()
    while True:
        message = orjson.loads(await socket.recv())
        if message["type"] == "restart":
            return time.monotonic()
        for change in message.get("changes", ()):
            if change["op"] == "drop":
                gone.add(change["ref"])
        if {str(STATION), str(SITE)} <= gone:
            return time.monotonic()


async def test_a_withdrawn_room_is_gone_everywhere_within_five_seconds(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        await _share(altdorf, bergheim)
        async with AsyncExitStack() as stack:
            reader = await bergheim.node.sign_in("Leserin", admin=False)
            stack.push_async_callback(reader.aclose)
            async with asyncio.timeout(15):
                while await _shown(reader) != set(PLACES):
                    await asyncio.sleep(0.1)
            assert await _shown(bergheim.node.client) == set(), "strangers see nothing of what partners share"
            cursor = (await reader.get("/api/picture")).json()["cursor"]
            async with _live(reader) as socket:
                told = asyncio.create_task(_told(socket, cursor))
                await asyncio.sleep(0.3)
                async with altdorf.database.transaction("test") as tx:
                    await tx.connection.execute(text("UPDATE share SET state = 'ENDED', ended_at = now()"))
                began = time.monotonic()
                async with asyncio.timeout(5):
                    while await _shown(reader):
                        await asyncio.sleep(0.05)
                    assert await told - began < 5
        async with bergheim.database.reading() as connection:
            actions = (
                await connection.execute(text("SELECT action FROM audit WHERE action LIKE 'partner%'"))
            ).scalars()
            assert "partner.share.withdrawn" in list(actions)
