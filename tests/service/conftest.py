"""A whole node on a free port: the real application on a real server, its sources switched off unless asked for."""

from __future__ import annotations

import asyncio
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from feeds.catalogue import catalogue
from geodata.store.database import Database
from service.access.store import make_link
from service.accounts.store import ensure
from service.settings import load

SOURCES = tuple(catalogue().feeds)


@dataclass
class Node:
    url: str
    client: httpx.AsyncClient
    database: Database
    data_dir: Path = field(default_factory=Path)

    async def sign_in(self, person: str = "Leitung", *, admin: bool = True) -> httpx.AsyncClient:
        """A second client, with a session of its own."""
        client = httpx.AsyncClient(base_url=self.url)
        link = await make_link(self.database, await ensure(self.database, person, admin=admin))
        answer = await client.get(f"/sign-in/{link}")
        assert answer.status_code == 303
        return client


@asynccontextmanager
async def running(database_url: str, **settings: Any) -> AsyncIterator[Node]:
    from service.app import create_app

    listener = socket.create_server(("127.0.0.1", settings.pop("listen", 0)), backlog=1024)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    feeds = settings.pop("feeds", {name: {"enabled": False} for name in SOURCES})
    settings.setdefault("port", listener.getsockname()[1])
    own = settings.pop("data_dir", None)
    data_dir = own or Path(tempfile.mkdtemp(prefix="lagebild-node-"))
    app = create_app(load(feeds=feeds, data_dir=data_dir, **settings), database_url)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            log_config=None,
            lifespan="on",
            timeout_keep_alive=60,  # longer than clients keep theirs, or one is used while it is closed
            # A neighbour's connection that arrives while this node closes is closed by nobody and never falls silent.
            timeout_graceful_shutdown=1,
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started:
        await asyncio.sleep(0.02)
        if serving.done():
            serving.result()
    database = Database(database_url)
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        async with asyncio.timeout(30):
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
        yield Node(url, client, database, data_dir)
    await database.close()
    server.should_exit = True
    await serving
    if own is None:
        shutil.rmtree(data_dir, ignore_errors=True)


Start = Callable[..., Awaitable[Node]]


@pytest.fixture
async def node(database_url: str) -> AsyncIterator[Node]:
    async with running(database_url) as node:
        yield node
