"""A partner as the tests play it: it holds a key that a node has pinned, and can sign whatever it likes."""

from __future__ import annotations

import asyncio
import gzip
import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import uvicorn
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from geodata.model.clock import WallClock
from geodata.model.resource import FleetLevel
from geodata.store.cluster import Cluster
from geodata.store.database import Database
from service import errors
from service.federation.identity.keys import NodeKeys, SigningKey
from service.federation.peers import store as peers
from service.federation.peers.door import Door
from service.federation.peers.peer import Peer, PeerState, PinnedKey
from service.federation.wire import signing

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
INBOX = "/federation/v1/inbox"
ECHO = "/federation/v1/echo"
_numbers = count(1)


@dataclass
class Partner:
    """`peer` is what the node under test knows of it."""

    origin: str
    keys: NodeKeys
    peer: Peer

    def request(
        self,
        url: str,
        body: bytes,
        *,
        key: SigningKey | None = None,
        now: datetime | None = None,
        packed: bool = True,
        signed: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Request:
        """A right request, unless told otherwise."""
        given = {"Content-Type": "application/json", **({"Content-Encoding": "gzip"} if packed else {})}
        sent = gzip.compress(body, mtime=0) if packed else body
        request = httpx.Request("POST", url, headers={**given, **(headers or {})}, content=sent)
        if signed:
            signing.sign_request(key or self.keys.current, request, now)
        return request


async def acquainted(
    database: Database, origin: str, data_dir: Path, *, state: PeerState = PeerState.ACTIVE, mode: str = "ACTUAL"
) -> Partner:
    """What a finished handshake leaves behind."""
    keys = NodeKeys(data_dir)
    async with database.transaction("test") as tx:
        id = await peers.add(
            tx, origin=origin, name=origin.title(), level=FleetLevel.MUNICIPALITY, mode=mode,
            keys=[PinnedKey(keys.current.kid, keys.current.x, LONG_AGO)], seal_key=keys.seal_x, url=None, ars=None,
            document={}, state=state,
        )  # fmt: skip
    async with database.reading() as connection:
        return Partner(origin, keys, await peers.one(connection, id))


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """A real server on loopback; its address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve([listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@dataclass
class Doorstep:
    """A server with nothing but a door, and one partner that it knows."""

    url: str
    door: Door
    database: Database
    keys: NodeKeys
    partner: Partner
    client: httpx.AsyncClient
    folder: Path

    @property
    def echo(self) -> str:
        return self.url + ECHO

    async def send(self, request: httpx.Request) -> httpx.Response:
        return await self.client.send(request)

    async def said(self, request: httpx.Request) -> tuple[int, str]:
        """Status and what was the matter."""
        answer = await self.send(request)
        return answer.status_code, answer.json().get("type", "").removeprefix("about:")

    async def stranger(self, origin: str, state: PeerState = PeerState.ACTIVE) -> Partner:
        return await acquainted(self.database, origin, self.folder / origin, state=state)


@asynccontextmanager
async def doorstep(cluster: Cluster, others: tuple[str, ...] = ()) -> AsyncIterator[Doorstep]:
    name = f"doorstep_{os.getpid()}_{next(_numbers)}"
    cluster.create_database(name, template="template_lagebild")
    database = Database(cluster.url(name))
    with TemporaryDirectory(prefix="lagebild-door-") as folder:
        keys = NodeKeys(Path(folder) / "own")
        door = Door(database, keys, WallClock(), "https://lage.altdorf.example", others)
        router = APIRouter(route_class=door.routes())

        @router.post(ECHO)
        async def post_echo(request: Request) -> Response:
            peer, body = await door(request)
            return Response(body, headers={"lagebild-peer": peer.origin}, media_type="application/json")

        app = FastAPI()
        errors.install(app)
        app.include_router(router)
        partner = await acquainted(database, "bergheim", Path(folder) / "bergheim")
        async with serving(app) as url, httpx.AsyncClient() as client:
            yield Doorstep(url, door, database, keys, partner, client, Path(folder))
    await database.close()
    cluster.drop_database(name)
