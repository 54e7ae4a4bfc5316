"""The live socket as everybody of the matrix opens it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.security.world import SECRET


@asynccontextmanager
async def opened(client: httpx.AsyncClient) -> AsyncIterator[ClientConnection]:
    """With the cookie or token of this client."""
    headers = {name: client.headers[name] for name in ("authorization", "x-lagebild-node") if name in client.headers}
    if client.cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    address = str(client.base_url).replace("http", "ws", 1).rstrip("/") + "/api/live"
    async with connect(address, additional_headers=headers, compression=None, max_size=2**26) as socket:
        yield socket


async def frames(socket: ClientConnection, message: dict[str, Any], *, until: str, within: float = 10) -> list[bytes]:
    """What comes after this message, up to the first frame of this type."""
    await socket.send(orjson.dumps(message).decode())
    got: list[bytes] = []
    async with asyncio.timeout(within):
        while True:
            frame = await socket.recv()
            got.append(frame.encode() if isinstance(frame, str) else frame)
            if orjson.loads(frame)["type"] == until:
                return got


async def everything(client: httpx.AsyncClient) -> list[bytes]:
    """All frames of somebody who follows the log from its beginning and stays until the next beat."""
    async with opened(client) as socket:
        got = await frames(socket, {"type": "follow", "since": 0}, until="welcome")
        await asyncio.sleep(0.3)  # what was missed comes in pieces
        return got + await frames(socket, {"type": "ping"}, until="beat")


async def outcome(client: httpx.AsyncClient, message: str) -> str:
    """For the matrix: ok, empty (nothing of incident a came) or the status of the refusal."""
    if message == "connect":
        async with opened(client):
            return "ok"
    if message == "ping":
        async with opened(client) as socket:
            await frames(socket, {"type": "follow", "since": 0}, until="welcome")
            await frames(socket, {"type": "ping"}, until="beat")
            return "ok"
    got = await everything(client)
    return "ok" if any(SECRET["a"].encode() in frame for frame in got) else "empty"
