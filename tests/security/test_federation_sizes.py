"""Bodies that are too much: long, endless, packed a thousandfold, not what their headers say."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import httpx
import psutil
import pytest
import pytest_asyncio

from geodata.store.cluster import Cluster
from service.federation.wire.inflating import MOST_INFLATED, MOST_SENT, BadBody, deflate, inflate
from tests.security.federated import Doorstep, doorstep


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(cluster: Cluster) -> AsyncIterator[Doorstep]:
    async with doorstep(cluster) as there:
        yield there


def packed(door: Doorstep, sent: bytes, encoding: str = "gzip") -> httpx.Request:
    """Rightly signed, whatever it is."""
    return door.partner.request(door.echo, sent, packed=False, headers={"Content-Encoding": encoding})


async def test_the_largest_that_may_come(door: Doorstep) -> None:
    body = b'"' + b"x" * (MOST_SENT - 2) + b'"'
    assert (await door.send(door.partner.request(door.echo, body, packed=False))).status_code == 200
    assert (await door.send(door.partner.request(door.echo, b"a" * MOST_INFLATED))).status_code == 200


async def test_one_byte_more(door: Doorstep) -> None:
    body = b'"' + b"x" * (MOST_SENT - 1) + b'"'
    assert await door.said(door.partner.request(door.echo, body, packed=False)) == (413, "too-large")
    assert await door.said(door.partner.request(door.echo, b"a" * (MOST_INFLATED + 1))) == (413, "too-large")


async def test_a_stranger_cannot_make_us_read_more(door: Doorstep) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(4_000):
            yield b"x" * 65_536

    try:
        answer = await door.client.post(door.echo, content=endless())
        assert answer.status_code == 413
    except httpx.WriteError:
        pass  # it hung up on us before we were done


@pytest.mark.parametrize("length", ["-1", "1e9", "99999999999999999999", "٣"])
async def test_a_length_that_is_none(door: Doorstep, length: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(door.url).port)
    head = f"POST /federation/v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    writer.write(head.encode())
    status = (await asyncio.wait_for(reader.read(64), 5)).split(b" ")
    writer.close()
    assert not status[1:2] or status[1] in (b"400", b"401", b"413")


async def test_a_bomb_of_gigabytes_is_never_unpacked(door: Doorstep) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1_000_000)) for _ in range(900)) + packer.flush()
    assert len(bomb) < MOST_SENT
    before = psutil.Process().memory_info().rss
    assert await door.said(packed(door, bomb)) == (413, "too-large")
    assert psutil.Process().memory_info().rss - before < 60_000_000


async def test_a_bomb_by_a_stranger_is_not_even_begun(door: Doorstep) -> None:
    request = packed(door, gzip.compress(bytes(50_000_000)))
    request.headers["signature"] = "lagebild=:AAAA:"
    assert await door.said(request) == (401, "bad-signature")


async def test_packed_twice(door: Doorstep) -> None:
    once = gzip.compress(bytes(5_000_000))
    twice = gzip.compress(once)
    assert await door.said(packed(door, twice, "gzip, gzip")) == (415, "encoding")
    assert (await door.send(packed(door, twice))).content == once


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "compress", "x-gzip", "gzip;q=1", "chunked", "*"])
async def test_packed_in_another_way(door: Doorstep, encoding: str) -> None:
    assert await door.said(packed(door, gzip.compress(b"{}"), encoding)) == (415, "encoding")


@pytest.mark.parametrize(
    "sent",
    [
        b"{}",
        gzip.compress(b"{}")[:-1],
        gzip.compress(b"{}")[:12],
        gzip.compress(b"{}") + b"more",
        gzip.compress(b"{}") + gzip.compress(b"{}"),
        b"\x1f\x8b",
        gzip.compress(b"{}")[:-8] + bytes(8),
        zlib.compress(b"{}"),
    ],
    ids=range(8),
)
async def test_not_packed_as_it_says(door: Doorstep, sent: bytes) -> None:
    assert await door.said(packed(door, sent)) == (422, "encoding")


async def test_no_body(door: Doorstep) -> None:
    assert (await door.send(door.partner.request(door.echo, b"", packed=False))).status_code == 200


async def test_packing_is_the_same_every_time() -> None:
    assert deflate(b"Hochwasser" * 100) == deflate(b"Hochwasser" * 100)
    assert inflate(deflate(b"Hochwasser" * 100), "gzip") == b"Hochwasser" * 100
    with pytest.raises(BadBody):
        inflate(deflate(bytes(1_001)), "gzip", most=1_000)
    assert inflate(deflate(bytes(1_000)), "gzip", most=1_000) == bytes(1_000)
