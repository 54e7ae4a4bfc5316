"""A small real HTTP server that answers as told, and a sink that remembers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from feeds.contract import Batch, Polled
from feeds.fetching import Client
from feeds.health import FeedHealth
from feeds.nina import Nina
from tests.feeds.bbk import NOON as NINA_NOON
from tests.feeds.bbk import Bbk
from tests.feeds.mosquitto import Mosquitto

NOON = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)


@dataclass
class Reply:
    """`stall` seconds of silence before the answer; `cut` breaks the connection after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    stall: float = 0.0
    cut: int | None = None


class Server:
    """`replies` by path, the last of a list repeats. An ETag is honoured, so that an honest 304 comes by itself."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Reply]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.counts: dict[str, int] = defaultdict(int)
        self.url = ""

    def says(self, path: str, *replies: Reply | bytes) -> None:
        self.replies[path] = [r if isinstance(r, Reply) else Reply(body=r) for r in replies]
        self.counts[path] = 0

    def times(self, path: str) -> int:
        return sum(asked.split("?")[0] == path for asked, _ in self.asked)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path_qs, dict(request.headers)))
        replies = self.replies.get(request.path)
        if replies is None:
            return web.Response(status=404, text="not told")
        reply = replies[min(self.counts[request.path], len(replies) - 1)]
        self.counts[request.path] += 1
        if reply.stall:
            await asyncio.sleep(reply.stall)
        if "ETag" in reply.headers and request.headers.get("If-None-Match") == reply.headers["ETag"]:
            return web.Response(status=304, headers=reply.headers)
        if reply.cut is not None:
            response = web.StreamResponse(status=reply.status, headers=reply.headers)
            response.content_length = len(reply.body)
            await response.prepare(request)
            await response.write(reply.body[: reply.cut])
            assert request.transport is not None
            request.transport.abort()
            return response
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client(deadline=2.0)
    yield client
    await client.aclose()


class Kept:
    """A sink that keeps what it is given; `fails` times it does not take a batch."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, Batch]] = []
        self.health: list[FeedHealth] = []
        self.fails = 0

    async def deliver(self, feed: Polled, batch: Batch) -> None:
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the database is away")
        self.batches.append((feed.name, batch))

    async def report(self, health: FeedHealth) -> None:
        self.health.append(health)


@pytest.fixture
def sink() -> Kept:
    return Kept()


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.shown = NOON
        self.speed = 1.0

    def now(self) -> datetime:
        return self.shown

    def move(self, **duration: Any) -> None:
        self.shown += timedelta(**duration)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def noon() -> datetime:
    return NOON


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def bbk(server: Any) -> Bbk:
    return Bbk(server)


@pytest.fixture
def nina(server: Any) -> Nina:
    return Nina(server.url)


@pytest.fixture
def look(nina: Nina, client: Client) -> Any:
    async def once(minutes: float = 0) -> Batch:
        return await nina.poll(client.visit(), NINA_NOON + timedelta(minutes=minutes))

    return once


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.stop()
