"""One socket as the hub sees it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from service.live import wire
from service.live.protocol import short
from service.live.subscription import Subscription

_CLOSE_WITHIN = 2.0


class Connection:
    """`rooms` is what its session may see. While it is in a group it has everything up to the hub's cursor; else
    `cursor` says how far it is."""

    __slots__ = (
        "_ending",
        "cursor",
        "paging",
        "rooms",
        "session_id",
        "stuck_since",
        "subscription",
        "synced",
        "transport",
        "websocket",
    )

    def __init__(self, websocket: WebSocket, session_id: str | None, rooms: frozenset[str]) -> None:
        self.websocket = websocket
        self.transport = wire.find(websocket)
        self.session_id = session_id
        self.rooms = rooms
        self.subscription: Subscription | None = None
        self.synced = False
        self.cursor = 0
        self.stuck_since: float | None = None
        """Since when (loop time) its buffer has been full."""
        self.paging: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None

    @property
    def open(self) -> bool:
        return self._ending is None and not self.transport.is_closing()

    def send(self, frames: bytes) -> bool:
        """Write complete frames unless the client is slow or gone; whether it was done."""
        if not self.open:
            return False
        return not wire.write_all(frames, (self,))

    def end(self, code: int, reason: str) -> None:
        """Close with a reason; whoever does not take it within two seconds is cut off."""
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end(code, reason))

    async def _end(self, code: int, reason: str) -> None:
        try:
            with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
                async with asyncio.timeout(_CLOSE_WITHIN):
                    await self.websocket.close(code, short(reason))
                    while not self.transport.is_closing():  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
        finally:
            self.transport.abort()

    async def ended(self) -> None:
        """Once a close that was begun has come to its end."""
        if self._ending is not None:
            await self._ending

    def release(self) -> None:
        """The endpoint is done with it."""
        if self.paging is not None:
            self.paging.cancel()
        wire.release(self.transport)
