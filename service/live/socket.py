"""The endpoint `/api/live`: who may come in, and what a client may say."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from geodata.store.database import StoreError
from service.access.visitor import Visitor, sight
from service.live.connection import Connection
from service.live.hub import Hub
from service.live.protocol import MESSAGE_BYTES, NOT_TEXT, POLICY, TOO_BIG, BadMessage, Follow, read
from service.live.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Limits:
    """`per_address` is generous, since a whole town hall may sit behind one. `first_message` in seconds; a client may
    send `burst` messages at once and `rate` each second."""

    total: int = 5_000
    per_address: int = 1_000
    first_message: float = 10.0
    burst: int = 30
    rate: float = 5.0


LookUp = Callable[[WebSocket], Awaitable[Visitor]]


def live_routes(hub: Hub, look_up: LookUp, *, origins: Collection[str] = (), limits: Limits | None = None) -> APIRouter:
    """The router with `/api/live`. `origins` are further pages that may connect, such as `https://lage.example.org`;
    the host itself always may."""
    endpoint = _Endpoint(hub, look_up, frozenset(origins), limits or Limits())
    router = APIRouter()
    router.add_websocket_route("/api/live", endpoint.serve)
    return router


class _Endpoint:
    def __init__(self, hub: Hub, look_up: LookUp, origins: frozenset[str], limits: Limits) -> None:
        self._hub, self._look_up, self._origins, self._limits = hub, look_up, origins, limits
        self._addresses: Counter[str] = Counter()

    async def serve(self, websocket: WebSocket) -> None:
        if not self._same_origin(websocket):
            await _refuse(websocket, 403, "this page may not connect here (Origin)")
            return
        address = websocket.client.host if websocket.client else ""
        if self._addresses.total() >= self._limits.total:
            await _refuse(websocket, 503, "too many connections")
            return
        if self._addresses[address] >= self._limits.per_address:
            await _refuse(websocket, 429, "too many connections from your address")
            return
        self._addresses[address] += 1
        try:
            await self._admit(websocket)
        finally:
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    async def _admit(self, websocket: WebSocket) -> None:
        try:
            visitor = await self._look_up(websocket)
        except StoreError as error:
            await _refuse(websocket, 503, str(error))
            return
        if not visitor.rooms:
            await _refuse(websocket, 401, "sign in to see this picture")
            return
        try:
            await websocket.accept()
        except (WebSocketDisconnect, RuntimeError):
            return
        connection = Connection(websocket, visitor.session_id, visitor.rooms)
        self._hub.connect(connection)
        try:
            await self._listen(websocket, connection)
            await connection.ended()
        finally:
            self._hub.leave(connection)

    async def _listen(self, websocket: WebSocket, connection: Connection) -> None:
        allowance, counted_at = float(self._limits.burst), time.monotonic()
        try:
            async with asyncio.timeout(self._limits.first_message) as patience:
                while True:
                    event = await websocket.receive()
                    if event["type"] == "websocket.disconnect" or not connection.open:
                        return
                    now = time.monotonic()
                    allowance = min(allowance + (now - counted_at) * self._limits.rate, self._limits.burst) - 1
                    counted_at = now
                    if allowance < 0:
                        connection.end(POLICY, "too many messages")
                    else:
                        self._heed(event.get("text"), connection)
                    if connection.subscription is not None and patience.when() is not None:
                        patience.reschedule(None)
        except TimeoutError:
            connection.end(POLICY, f"no follow within {self._limits.first_message:g} s")

    def _heed(self, text: str | None, connection: Connection) -> None:
        if text is None:
            connection.end(NOT_TEXT, "messages are text frames of JSON")
            return
        if len(text) > MESSAGE_BYTES:
            connection.end(TOO_BIG, f"message longer than {MESSAGE_BYTES} bytes")
            return
        try:
            message = read(text)
        except BadMessage as error:
            connection.end(POLICY, str(error))
            return
        if isinstance(message, Follow):
            if message.sight not in (None, sight(connection.rooms)):
                self._hub.restart(connection, "the rooms you may see have changed")
                return
            kinds = None if message.kinds is None else frozenset(message.kinds)
            self._hub.follow(connection, Subscription(connection.rooms, kinds, message.area), message.since)
        else:
            self._hub.answer(connection)

    def _same_origin(self, websocket: WebSocket) -> bool:
        """A browser always names the page it comes from; what names none is not a browser and rides on no cookie."""
        origin = websocket.headers.get("origin")
        if origin is None or origin in self._origins:
            return True
        try:
            return urlsplit(origin).netloc.lower() == websocket.headers.get("host", "").lower() != ""
        except ValueError:
            return False


async def _refuse(websocket: WebSocket, status: int, reason: str) -> None:
    await websocket.send_denial_response(PlainTextResponse(reason, status))
