"""A real uvicorn on a free port with a hub on real PostGIS, in a thread with its own uvloop."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import orjson
import pytest
import uvicorn
import uvloop
from fastapi import FastAPI
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect

from geodata.model.clock import Clock, WallClock
from geodata.store.database import Database
from service.access.visitor import Visitor
from service.live.hub import Hub
from service.live.socket import Limits, live_routes

T = TypeVar("T")


async def by_query(websocket: WebSocket) -> Visitor:
    """`?rooms=public,staff&session=x` says who comes; stands where the session cookie stands in the service."""
    rooms = websocket.query_params.get("rooms", "public").split(",")
    return Visitor(websocket.query_params.get("session"), rooms=frozenset(rooms) - {"none"})


class LiveServer:
    def __init__(self, url: str, clock: Clock | None = None, limits: Limits | None = None, **settings: Any) -> None:
        self._url, self._clock, self._settings = url, clock or WallClock(), settings
        self._limits = limits or Limits()
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: uvloop.run(self._run()), daemon=True)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listening.getsockname()[1]
        self.hub: Hub
        self.errors: list[str] = []

    def start(self) -> LiveServer:
        self._thread.start()
        assert self._up.wait(20), "the server did not start"
        return self

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()

    def call(self, work: Callable[[], T]) -> T:
        """Run something in the server's loop."""

        async def there() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(there(), self.loop).result(20)

    def connect(self, query: str = "", **options: Any) -> connect:
        options.setdefault("compression", None)
        options.setdefault("max_size", 2**26)
        return connect(f"ws://127.0.0.1:{self.port}/api/live?{query}", **options)

    async def counters(self) -> dict[str, float]:
        return await asyncio.to_thread(self.call, self.hub.counters)

    async def comes(self, true: Callable[[dict[str, float]], bool], within: float = 15) -> None:
        """Wait until the counters say so."""
        async with asyncio.timeout(within):
            while not true(await self.counters()):
                await asyncio.sleep(0.05)

    async def _run(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(lambda _, context: self.errors.append(repr(context)))
        database = Database(self._url)
        self.hub = Hub(database, self._clock, **self._settings)

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            running = asyncio.create_task(self.hub.run())
            await self.hub.ready.wait()
            self._up.set()
            yield
            running.cancel()
            await database.close()

        app = FastAPI(lifespan=lifespan)
        app.include_router(live_routes(self.hub, by_query, limits=self._limits))
        self.server = uvicorn.Server(
            uvicorn.Config(
                app, ws="websockets-sansio", ws_per_message_deflate=False, log_level="error", access_log=False,
                timeout_graceful_shutdown=1, ws_max_size=65_536, ws_ping_interval=None,
            )
        )  # fmt: skip
        await self.server.serve([self._listening])


@pytest.fixture
def serve(database_url: str) -> Iterator[Callable[..., LiveServer]]:
    started: list[LiveServer] = []

    def start(**settings: Any) -> LiveServer:
        server = LiveServer(settings.pop("url", database_url), **settings).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def live(serve: Callable[..., LiveServer]) -> LiveServer:
    return serve()


class Follower:
    """A client that keeps the picture as the browser does: the last value per ref, drops taken out."""

    def __init__(self, socket: ClientConnection, facts: dict[str, Any] | None = None) -> None:
        self.socket = socket
        self.facts = dict(facts or {})
        self.cursor = 0
        self.seqs: list[int] = []
        self.beats: list[dict[str, Any]] = []
        self.welcomes: list[dict[str, Any]] = []
        self.restarts: list[str] = []
        self.frames = 0

    async def follow(self, since: int, **more: Any) -> None:
        self.cursor = since
        await self.socket.send(orjson.dumps({"type": "follow", "since": since, **more}).decode())

    async def read(self) -> dict[str, Any]:
        message: dict[str, Any] = orjson.loads(await self.socket.recv())
        match message["type"]:
            case "welcome":
                self.welcomes.append(message)
            case "beat":
                assert message["cursor"] >= self.cursor
                self.beats.append(message)
            case "restart":
                self.restarts.append(message["reason"])
            case "changes":
                self.take(message)
        return message

    def take(self, message: dict[str, Any]) -> None:
        self.frames += 1
        refs = [change["ref"] for change in message["changes"]]
        assert len(set(refs)) == len(refs), "one value per ref within a frame"
        for change in message["changes"]:
            assert self.cursor < change["seq"] <= message["cursor"]
            self.seqs.append(change["seq"])
            if change["op"] == "drop":
                self.facts.pop(change["ref"], None)
            else:
                self.facts[change["ref"]] = {key: change[key] for key in ("room", "provenance", "body")}
        assert self.seqs == sorted(set(self.seqs)), "in order, none twice"
        self.cursor = message["cursor"]

    async def until(self, done: Callable[[Follower], bool], within: float = 10) -> None:
        async with asyncio.timeout(within):
            while not done(self):
                await self.read()

    async def reach(self, cursor: int, within: float = 20) -> None:
        await self.until(lambda me: me.cursor >= cursor or bool(me.beats and me.beats[-1]["cursor"] >= cursor), within)


Wait = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


@pytest.fixture
def follower() -> type[Follower]:
    return Follower
