"""The only place that knows uvicorn's inside: finished frames are written straight to a connection's transport.

A frame built once and written to 2,000 transports costs half of what `websockets.broadcast` costs and a third of
`send_text` to each (PERFORMANCE section 1). uvicorn is pinned in pyproject.toml and a test fails when its transport
can no longer be found; then `send_text` still carries everything, only dearer.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress
from types import FunctionType
from typing import Any, Protocol, TypeVar, cast

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from service.live.protocol import payloads

LIMIT = 256 * 1024
"""Unsent bytes of one connection from which on it counts as slow."""

UNSENT = 128 * 1024
"""Bytes per connection that the kernel takes beyond what is under way."""

UNANSWERED = 60
"""Seconds after which a peer that acknowledges nothing is gone."""

_log = structlog.get_logger()


class Transport(Protocol):
    """What of asyncio's transport is used."""

    def write(self, data: bytes) -> None: ...
    def get_write_buffer_size(self) -> int: ...
    def is_closing(self) -> bool: ...
    def abort(self) -> None: ...
    def get_extra_info(self, name: str) -> Any: ...


class Carried(Protocol):
    transport: Transport


C = TypeVar("C", bound=Carried)


def write_all(frames: bytes, connections: Iterable[C]) -> list[C]:
    """Write complete frames to every open connection; those that have too much unsent get nothing and are named."""
    stuck = []
    for connection in connections:
        transport = connection.transport
        if transport.get_write_buffer_size() > LIMIT:
            stuck.append(connection)
        elif not transport.is_closing():
            transport.write(frames)
    return stuck


def find(websocket: WebSocket) -> Transport:
    """The transport below an accepted WebSocket, or something that does the same through `send_text`."""
    transport = _below(websocket._send, 12)
    if transport is None:
        _log.warning(
            "no transport below the socket, sending by send_text", fix="use ws=websockets-sansio and the pinned uvicorn"
        )
        return SendText(websocket)
    _set_limits(transport)
    return transport


def _set_limits(transport: Transport) -> None:
    """Linux would take up to 4 MB for each client that does not read, and only then would its buffer here grow; and it
    would wait a quarter of an hour for one that is gone without a word. Beats see to it that there is always something
    to acknowledge, so WebSocket pings, which cost a timer and a task for each client, are not needed."""
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        for option, value in (("TCP_NOTSENT_LOWAT", UNSENT), ("TCP_USER_TIMEOUT", UNANSWERED * 1000)):
            if hasattr(socket, option):
                with suppress(OSError):
                    sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _below(send: Any, depth: int) -> Transport | None:
    """Middleware wraps `send` in closures; at the bottom is a method of uvicorn's protocol object."""
    owner = getattr(send, "__self__", None)
    transport: Any = getattr(owner, "transport", None)
    if hasattr(transport, "get_write_buffer_size"):
        return cast(Transport, transport)
    if depth == 0:
        return None
    inside = [cell.cell_contents for cell in getattr(send, "__closure__", None) or () if _filled(cell)]
    for candidate in (getattr(owner, "send", None), getattr(owner, "_send", None), *inside):
        if isinstance(candidate, FunctionType) or hasattr(candidate, "__self__"):
            found_below = _below(candidate, depth - 1)
            if found_below is not None:
                return found_below
    return None


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


class SendText:
    """Stands in for the transport. One task sends; what waits is counted as the unsent bytes."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue()
        self._unsent = 0
        self._closed = False
        self._task = asyncio.create_task(self._run())

    def write(self, data: bytes) -> None:
        self._unsent += len(data)
        self._waiting.put_nowait(data)

    def get_write_buffer_size(self) -> int:
        return self._unsent

    def is_closing(self) -> bool:
        return self._closed

    def abort(self) -> None:
        self._closed = True
        self._task.cancel()

    def get_extra_info(self, name: str) -> Any:
        return None

    async def _run(self) -> None:
        try:
            while True:
                frames = await self._waiting.get()
                for payload in payloads(frames):
                    await self._websocket.send_text(payload.decode())
                self._unsent -= len(frames)
        except (WebSocketDisconnect, RuntimeError):
            self._closed = True


def release(transport: Transport) -> None:
    """The endpoint has ended; uvicorn closes its own transport itself."""
    if isinstance(transport, SendText):
        transport.abort()
