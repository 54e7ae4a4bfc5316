"""Raw answers: each content once, each stretch one line, and no more than was allowed."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime, timedelta

from geodata.store import evidence
from geodata.store.database import Database
from geodata.store.evidence import Payload

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def payload(content: bytes, minute: int = 0, *, url: str = "https://q.example/a", feed: str = "nina") -> Payload:
    digest = hashlib.sha256(content).hexdigest()
    at = NOW + minute * MINUTE
    return Payload(feed, url, at, 200, "application/json", digest, len(content), gzip.compress(content, mtime=0))


async def lines(database: Database, feed: str = "nina") -> list[tuple[int, int, int]]:
    """Minutes of first and last sight, and how often, the oldest first."""
    rows = reversed(await evidence.listed(database, feed))
    return [(int((r["at"] - NOW) / MINUTE), int((r["until"] - NOW) / MINUTE), r["times"]) for r in rows]


async def test_what_stays_the_same_is_one_line_and_what_comes_back_another(database: Database) -> None:
    given = [b"a", b"a", b"b", b"a", b"a"]
    for minute, content in enumerate(given):
        await evidence.keep(database, [payload(content, minute)])
    assert await lines(database) == [(0, 1, 2), (2, 2, 1), (3, 4, 2)]
    assert (await evidence.kept(database))[0] == 2


async def test_addresses_and_sources_share_contents_but_no_lines(database: Database) -> None:
    await evidence.keep(database, [payload(b"a"), payload(b"a", url="https://q.example/b"), payload(b"a", feed="dwd")])
    assert (len(await lines(database)), len(await lines(database, "dwd"))) == (2, 1)
    assert (await evidence.kept(database))[0] == 1


async def test_a_content_comes_out_as_it_came(database: Database) -> None:
    content = bytes(range(256)) * 40
    await evidence.keep(database, [payload(content)])
    (line,) = await evidence.listed(database, "nina")
    found = await evidence.one(database, "nina", line["id"])
    assert found is not None and found[1] == content and found[0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert await evidence.one(database, "dwd", line["id"]) is None


async def test_what_is_old_goes_and_its_content_with_the_last_line_that_had_it(database: Database) -> None:
    await evidence.keep(database, [payload(b"a", 0), payload(b"b", 1), payload(b"a", 2)])
    assert await evidence.sweep(database, before=NOW + 2 * MINUTE, most=10**9) == 2
    assert await lines(database) == [(2, 2, 1)] and (await evidence.kept(database))[0] == 1
    assert await evidence.sweep(database, before=NOW + 3 * MINUTE, most=10**9) == 1
    assert await evidence.kept(database) == (0, 0)


async def test_beyond_the_bytes_allowed_the_oldest_go_first(database: Database) -> None:
    contents = [hashlib.sha256(bytes([i])).digest() * 1 for i in range(5)]
    await evidence.keep(database, [payload(content, minute) for minute, content in enumerate(contents)])
    size = (await evidence.kept(database))[1] // 5
    await evidence.sweep(database, before=NOW - MINUTE, most=2 * size + size // 2)
    assert await lines(database) == [(3, 3, 1), (4, 4, 1)]
    assert (await evidence.kept(database))[1] <= 2.5 * size
