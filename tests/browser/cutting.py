"""A line that breaks at the worst moment: the server has done what it was asked, and its answer never arrives."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Line:
    """`cut` answers to requests of `asks` are swallowed, the `first`-th one first; `heard` counts them all."""

    upstream: int
    asks: bytes
    first: int = 2
    cut: int = 0
    heard: int = 0
    swallowed: int = 0
    url: str = ""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.upstream)
        cutting = asyncio.Event()

        async def out() -> None:
            while data := await reader.read(65_536):
                if self.asks in data:
                    self.heard += 1
                    if self.heard >= self.first and self.swallowed < self.cut:
                        self.swallowed += 1
                        cutting.set()
                back.write(data)
                await back.drain()
            back.close()

        async def home() -> None:
            while data := await there.read(65_536):
                if cutting.is_set():  # it has answered: whatever it did is done
                    writer.transport.abort()
                    back.transport.abort()
                    return
                writer.write(data)
                await writer.drain()
            writer.close()

        with suppress(ConnectionError):
            await asyncio.gather(out(), home())


@asynccontextmanager
async def line(url: str, asks: bytes) -> AsyncIterator[Line]:
    """A way to the node at `url` by another port."""
    made = Line(urlsplit(url).port or 80, asks)
    server = await asyncio.start_server(made.carry, sock=socket.create_server(("127.0.0.1", 0)))
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield made
        server.close()
