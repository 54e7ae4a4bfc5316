"""A line that was cut costs one deadline, however many connections were open on it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from service.federation.identity.keys import NodeKeys
from service.federation.wire.client import PeerClient
from service.federation.wire.reach import Unreachable


async def test_connections_kept_open_on_a_cut_line_are_given_up_together(tmp_path: Path) -> None:
    cut = asyncio.Event()
    opened = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        before_the_cut = not cut.is_set()
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                if before_the_cut and cut.is_set():
                    await asyncio.sleep(30)
                await asyncio.sleep(0.1)
                writer.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = PeerClient(NodeKeys(tmp_path), ["127.0.0.0/8"], deadline=1)

    async def ask() -> int:
        return (await client.ask("GET", url, "/", b"", None)).status

    assert tuple(await asyncio.gather(ask(), ask())) == (204, 204)
    assert opened == 2
    cut.set()
    began = time.monotonic()
    with pytest.raises(Unreachable):
        await ask()
    assert await ask() == 204, "the second kept connection is not tried first"
    assert time.monotonic() - began < 1.9 and opened == 3
    await client.close()
    server.close()
