from __future__ import annotations

import gzip
import socket
import time
import zlib
from typing import Any

import pytest

from feeds.contract import Garbled, Refused, Unreachable
from feeds.fetching import Client


async def test_an_accepted_answer_is_asked_for_conditionally_and_a_304_says_unchanged(
    server: Any, client: Client, reply: Any
) -> None:
    stamp = "Tue, 14 Jul 2026 10:00:00 GMT"
    server.says("/a", reply(body=b"one", headers={"ETag": '"1"', "Last-Modified": stamp}))
    visit = client.visit()
    assert (await visit.get(f"{server.url}/a")).body == b"one"
    visit.accept()

    again = await client.visit().get(f"{server.url}/a")

    assert again.unchanged
    assert again.body == b""
    sent = server.asked[-1][1]
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"1"', stamp)
    assert again.date is not None
    assert again.date.isoformat() == "2026-07-14T10:00:00+00:00"


async def test_an_answer_that_was_not_accepted_leaves_no_trace(server: Any, client: Client, reply: Any) -> None:
    server.says("/a", reply(body=b"<html>sorry", headers={"ETag": '"bad"'}))
    await client.visit().get(f"{server.url}/a")

    assert not (await client.visit().get(f"{server.url}/a")).unchanged
    assert "If-None-Match" not in server.asked[-1][1]


async def test_a_refused_answer_does_not_displace_the_validators_of_the_last_accepted_one(
    server: Any, client: Client, reply: Any
) -> None:
    good, bad = reply(body=b"good", headers={"ETag": '"1"'}), reply(body=b"bad", headers={"ETag": '"2"'})
    server.says("/a", good, bad, good)
    visit = client.visit()
    await visit.get(f"{server.url}/a")
    visit.accept()
    assert (await client.visit().get(f"{server.url}/a")).body == b"bad"

    assert (await client.visit().get(f"{server.url}/a")).unchanged


async def test_an_unconditional_question_sends_no_validators(server: Any, client: Client, reply: Any) -> None:
    server.says("/a", reply(body=b"one", headers={"ETag": '"1"'}))
    visit = client.visit()
    await visit.get(f"{server.url}/a")
    visit.accept()

    assert (await client.visit().get(f"{server.url}/a", conditional=False)).body == b"one"


async def test_a_304_nobody_asked_for_is_garbled(server: Any, client: Client, reply: Any) -> None:
    server.says("/a", reply(status=304))
    with pytest.raises(Garbled, match="without validators"):
        await client.visit().get(f"{server.url}/a")


async def test_too_large_an_answer_is_refused_while_it_comes(server: Any, client: Client) -> None:
    server.says("/a", b"x" * 50_000)
    with pytest.raises(Garbled, match="more than 1000 bytes"):
        await client.visit().get(f"{server.url}/a", max_bytes=1000)


async def test_a_compressed_bomb_is_refused_before_it_unfolds(server: Any, client: Client, reply: Any) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < 100_000
    server.says("/a", reply(body=bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Garbled, match="more than 1000000 bytes"):
        await client.visit().get(f"{server.url}/a", max_bytes=1_000_000)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
async def test_compressed_answers_are_unpacked(server: Any, client: Client, reply: Any, pack: Any) -> None:
    text = bytes(range(256)) * 20_000
    name = "gzip" if pack is gzip.compress else "deflate"
    server.says("/a", reply(body=pack(text), headers={"Content-Encoding": name}))
    assert (await client.visit().get(f"{server.url}/a")).body == text


async def test_a_compressed_answer_that_stops_early_is_garbled(server: Any, client: Client, reply: Any) -> None:
    whole = gzip.compress(bytes(range(256)) * 200)
    server.says("/a", reply(body=whole[:-20], headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Garbled, match="broke off"):
        await client.visit().get(f"{server.url}/a")


async def test_an_encoding_that_was_not_asked_for_is_garbled(server: Any, client: Client, reply: Any) -> None:
    server.says("/a", reply(body=b"??", headers={"Content-Encoding": "br"}))
    with pytest.raises(Garbled, match="br"):
        await client.visit().get(f"{server.url}/a")


async def test_a_connection_cut_in_the_middle_is_no_answer(server: Any, client: Client, reply: Any) -> None:
    server.says("/a", reply(body=b"[" + b" " * 5000 + b"]", cut=100))
    with pytest.raises((Garbled, Unreachable)):
        await client.visit().get(f"{server.url}/a")


async def test_redirects_are_followed_only_on_the_same_host(server: Any, client: Client, reply: Any) -> None:
    server.says("/a", reply(status=302, headers={"Location": "/b"}))
    server.says("/b", b"there")
    answer = await client.visit().get(f"{server.url}/a")
    assert answer.body == b"there"
    assert answer.url.endswith("/b")

    server.says("/a", reply(status=302, headers={"Location": "http://169.254.169.254/latest"}))
    with pytest.raises(Garbled, match="another place"):
        await client.visit().get(f"{server.url}/a")

    server.says("/a", reply(status=302, headers={"Location": "file:///etc/passwd"}))
    with pytest.raises(Garbled, match="another place"):
        await client.visit().get(f"{server.url}/a")

    server.says("/a", reply(status=302, headers={"Location": "/a"}))
    with pytest.raises(Garbled, match="redirects"):
        await client.visit().get(f"{server.url}/a")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://localhost/x", "gopher://localhost", "nonsense", "http://"]
)
async def test_only_http_and_https_are_asked(client: Client, url: str) -> None:
    with pytest.raises(Unreachable):
        await client.visit().get(url)


@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120.0), ("Tue, 14 Jul 2026 12:05:00 GMT", 300.0), ("soon", None), ("", None)]
)
async def test_a_refusal_carries_how_long_to_wait(
    server: Any, client: Client, reply: Any, header: str, seconds: float | None
) -> None:
    headers = {"Retry-After": header, "Date": "Tue, 14 Jul 2026 12:00:00 GMT"}
    server.says("/a", reply(status=429, headers=headers))
    with pytest.raises(Refused) as refused:
        await client.visit().get(f"{server.url}/a")
    assert refused.value.status == 429
    assert refused.value.retry_after == seconds


async def test_a_closed_port_is_unreachable(client: Client) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    with pytest.raises(Unreachable):
        await client.visit().get(f"http://127.0.0.1:{port}/")


async def test_a_source_that_never_finishes_is_unreachable_after_the_deadline(server: Any, reply: Any) -> None:
    server.says("/a", reply(stall=30))
    client = Client(deadline=0.3)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        await client.visit().get(f"{server.url}/a")
    assert time.monotonic() - started < 2
    await client.aclose()


async def test_how_long_a_cache_held_the_answer_is_told(server: Any, client: Client, reply: Any) -> None:
    server.says("/a", reply(body=b"x", headers={"Age": "7200"}))
    assert (await client.visit().get(f"{server.url}/a")).age == 7200
