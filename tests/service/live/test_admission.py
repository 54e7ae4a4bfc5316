"""Who may connect, how often, and how long the server waits for a first word."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from service.live.socket import Limits


async def to_the_end(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


async def say_for_ever(socket: ClientConnection, text: str) -> None:
    while True:
        await socket.send(text)
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1.evil.example", "http://[", "http://"],
)
async def test_a_foreign_page_may_not_connect(live: Any, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with live.connect(origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_who_may_see_no_room_is_asked_to_sign_in(live: Any) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await live.connect("rooms=none")
    assert refused.value.response.status_code == 401


async def test_our_own_page_and_programs_may_connect(live: Any) -> None:
    for origin in (f"http://127.0.0.1:{live.port}", None):
        async with live.connect(origin=origin) as socket:
            await socket.send('{"type":"follow","since":0}')
            assert "welcome" in str(await socket.recv())


@pytest.mark.parametrize(("limits", "status"), [(Limits(per_address=3), 429), (Limits(total=3), 503)])
async def test_connections_are_capped_and_freed(serve: Callable[..., Any], limits: Limits, status: int) -> None:
    live = serve(limits=limits)
    sockets = [await live.connect() for _ in range(3)]
    with pytest.raises(InvalidStatus) as refused:
        await live.connect()
    assert refused.value.response.status_code == status
    await sockets[0].close()
    async with asyncio.timeout(5):
        while True:
            try:
                sockets[0] = await live.connect()
                break
            except InvalidStatus:
                await asyncio.sleep(0.05)
    for socket in sockets:
        await socket.close()


async def test_who_says_nothing_or_only_pings_is_closed(serve: Callable[..., Any]) -> None:
    live = serve(limits=Limits(first_message=0.5))
    for words in ([], ['{"type":"ping"}']):
        async with live.connect() as socket:
            for word in words:
                await socket.send(word)
            begun = time.monotonic()
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(to_the_end(socket), 5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
            assert "follow" in closed.value.rcvd.reason
            assert time.monotonic() - begun < 2


async def test_a_flood_of_messages_is_closed(serve: Callable[..., Any]) -> None:
    live = serve(limits=Limits(burst=5, rate=1.0))
    async with live.connect() as socket:
        flood = asyncio.create_task(say_for_ever(socket, '{"type":"follow","since":0}'))
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(to_the_end(socket), 5)
        await asyncio.gather(flood, return_exceptions=True)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "too many messages")


@pytest.mark.parametrize(("message", "code", "reason"), [
    (b"\x00\x01", 1003, "text"),
    ("x" * 5000, 1009, "4096"),
    ('{"type":"follow","since":"new"}', 1008, "since"),
    ('{"type":"follow","since":0,"area":[9,0,1,1]}', 1008, "area"),
])  # fmt: skip
async def test_a_refusal_says_why(live: Any, message: str | bytes, code: int, reason: str) -> None:
    async with live.connect() as socket:
        await socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
        assert reason in closed.value.rcvd.reason
