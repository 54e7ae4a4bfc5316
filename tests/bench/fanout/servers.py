"""What others write, to compare with: one process, all clients get each frame.

python -m tests.bench.fanout.servers DESIGN PORT CLIENTS EVENTS RATE FLAGS [DATABASE_URL]
DESIGN  broadcast   `websockets.broadcast`, the library's own
        send_text   FastAPI on uvicorn, `send_text` to each
        send_json   the same as tutorials show it, `send_json` to each
        each        a frame built once and written to every transport, one for each update
        notify      LISTEN on PostgreSQL, write what comes to every transport (picows); publishes nothing itself
"""

from __future__ import annotations

import asyncio
import mmap
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import uvicorn
import uvloop
from fastapi import FastAPI, WebSocket
from websockets.asyncio.server import ServerConnection, serve
from websockets.asyncio.server import broadcast as to_all

from service.live import wire
from service.live.protocol import frame
from tests.bench.fanout.payloads import frame_text


class Flags:
    """Sixteen bytes shared with the client: all are connected, all is done."""

    def __init__(self, path: str) -> None:
        with Path(path).open("r+b") as file:
            self._bytes = mmap.mmap(file.fileno(), 16)

    @property
    def ready(self) -> bool:
        return self._bytes[0] != 0

    @property
    def done(self) -> bool:
        return self._bytes[8] != 0


async def publish(flags: Flags, events: int, rate: float, send: Callable[[str], Awaitable[None]]) -> None:
    loop = asyncio.get_running_loop()
    while not flags.ready:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    start = loop.time()
    for number in range(events):
        await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
        await send(frame_text(range(number, number + 1)))


async def broadcast(port: int, events: int, rate: float, flags: Flags) -> None:
    clients: set[ServerConnection] = set()

    async def stay(client: ServerConnection) -> None:
        clients.add(client)
        await client.wait_closed()
        clients.discard(client)

    async def send(text: str) -> None:
        to_all(clients, text)

    async with serve(stay, "127.0.0.1", port, compression=None, ping_interval=None):
        await publish(flags, events, rate, send)
        await asyncio.Event().wait()


async def notify(port: int, url: str) -> None:
    import asyncpg
    import picows

    transports: set[Any] = set()

    class Listener(picows.WSListener):  # type: ignore[misc]
        def on_ws_connected(self, transport: Any) -> None:
            transports.add(transport)

        def on_ws_disconnected(self, transport: Any) -> None:
            transports.discard(transport)

    def heard(*notification: Any) -> None:
        text = notification[3].encode()
        for transport in transports:
            transport.send(picows.WSMsgType.TEXT, text)

    server = await picows.ws_create_server(lambda request: Listener(), "127.0.0.1", port, backlog=4096)
    connection = await asyncpg.connect(url)
    await connection.add_listener("bench", heard)
    await server.serve_forever()


def fastapi(design: str, port: int, events: int, rate: float, flags: Flags) -> None:
    clients: dict[WebSocket, Any] = {}

    async def send(text: str) -> None:
        if design == "each":
            frames = frame(text.encode())
            for transport in clients.values():
                transport.write(frames)
        elif design == "send_text":
            for client in list(clients):
                await client.send_text(text)
        else:
            value = orjson.loads(text)
            for client in list(clients):
                await client.send_json(value)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> Any:
        task = asyncio.create_task(publish(flags, events, rate, send))
        yield
        task.cancel()

    app = FastAPI(lifespan=lifespan)

    @app.websocket("/api/live")
    async def stay(socket: WebSocket) -> None:
        await socket.accept()
        clients[socket] = wire.find(socket)
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
        del clients[socket]

    uvicorn.run(
        app, host="127.0.0.1", port=port, ws="websockets-sansio", ws_per_message_deflate=False, loop="uvloop",
        log_level="error", ws_ping_interval=None, backlog=4096,
    )  # fmt: skip


def main() -> None:
    design, port, _, events, rate, flags = sys.argv[1:7]
    if design == "broadcast":
        uvloop.run(broadcast(int(port), int(events), float(rate), Flags(flags)))
    elif design == "notify":
        uvloop.run(notify(int(port), sys.argv[7]))
    else:
        fastapi(design, int(port), int(events), float(rate), Flags(flags))


if __name__ == "__main__":
    main()
