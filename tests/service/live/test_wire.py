"""The adapter to uvicorn's inside. If the first test fails, uvicorn has changed: mend `service/live/wire.py`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from socket import IPPROTO_TCP, TCP_NOTSENT_LOWAT, TCP_USER_TIMEOUT
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from service.live import wire
from service.live.protocol import frame


class Wrapping:
    """Middleware as others write it: `send` becomes a closure."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def wrapped(message: Any) -> None:
            await send(message)

        await self.app(scope, receive, wrapped)


@asynccontextmanager
async def server(found: Callable[[WebSocket], wire.Transport], settings: dict[str, Any]) -> AsyncIterator[Any]:
    app = FastAPI()
    for middleware in (GZipMiddleware, Wrapping, Wrapping):
        app.add_middleware(middleware)
    transports: list[wire.Transport] = []

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket) -> None:
        await websocket.accept()
        transports.append(found(websocket))
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass

    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", **settings))
    task = asyncio.create_task(running.serve())
    while not running.started:
        await asyncio.sleep(0.01)
    port = running.servers[0].sockets[0].getsockname()[1]
    yield f"ws://127.0.0.1:{port}/ws", transports
    running.should_exit = True
    await task


async def test_the_transport_is_found_below_fastapi_and_middleware() -> None:
    async with server(wire.find, {"ws": "websockets-sansio"}) as (url, transports), connect(url) as socket:
        await asyncio.sleep(0.05)
        assert not isinstance(transports[0], wire.SendText), "uvicorn's transport can no longer be found"
        sock = transports[0].get_extra_info("socket")
        limits = [sock.getsockopt(IPPROTO_TCP, option) for option in (TCP_NOTSENT_LOWAT, TCP_USER_TIMEOUT)]
        assert limits == [wire.UNSENT, wire.UNANSWERED * 1000]
        transports[0].write(frame(b'{"a":1}') + frame(b"x" * 70_000))
        assert await socket.recv() == '{"a":1}'
        assert await socket.recv() == "x" * 70_000
        assert transports[0].get_write_buffer_size() == 0


@pytest.mark.parametrize("ws", ["websockets-sansio", "websockets"])
async def test_without_a_transport_the_same_frames_go_by_send_text(ws: str) -> None:
    async with server(wire.SendText, {"ws": ws}) as (url, transports), connect(url) as socket:
        await asyncio.sleep(0.05)
        frames = frame(b'{"a":1}') + frame(b"y" * 300)
        transports[0].write(frames)
        assert transports[0].get_write_buffer_size() == len(frames)
        assert [await socket.recv(), await socket.recv()] == ['{"a":1}', "y" * 300]
        await asyncio.sleep(0.05)
        assert transports[0].get_write_buffer_size() == 0
        await socket.close()
        transports[0].write(frame(b"late"))
        await asyncio.sleep(0.1)
        assert transports[0].is_closing()


class Standing:
    def __init__(self, unsent: int = 0, closing: bool = False) -> None:
        self.transport = self
        self.unsent, self.closing = unsent, closing
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.closing

    def get_extra_info(self, name: str) -> None:
        return None

    def abort(self) -> None:
        self.closing = True


def test_nothing_is_written_to_the_slow_or_the_closed() -> None:
    open_, slow, closed = Standing(), Standing(unsent=wire.LIMIT + 1), Standing(closing=True)
    assert wire.write_all(b"f", [open_, slow, closed]) == [slow]
    assert (open_.written, slow.written, closed.written) == ([b"f"], [], [])
