"""Raw answers of sources as they came: each different content once, each stretch of seeing it unchanged as one line."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from geodata.store.database import Database

_ADD_CONTENT = text("""
    INSERT INTO raw_content (sha256, size, packed, packed_size) VALUES (:sha256, :size, :packed, :packed_size)
    ON CONFLICT (sha256) DO NOTHING
""")

_SEEN_AGAIN = text("""
    UPDATE raw_payload SET until = greatest(until, :at), times = times + 1
    WHERE id = (SELECT id FROM raw_payload WHERE feed = :feed AND url = :url ORDER BY id DESC LIMIT 1)
      AND sha256 = :sha256 AND status = :status
""")

_ADD = text("""
    INSERT INTO raw_payload (feed, url, at, until, status, content_type, sha256)
    VALUES (:feed, :url, :at, :at, :status, :content_type, :sha256)
""")

_LIST = text("""
    SELECT p.id, p.feed, p.url, p.at, p.until, p.times, p.status, p.content_type, p.sha256, c.size
    FROM raw_payload p JOIN raw_content c USING (sha256)
    WHERE p.feed = :feed AND (cast(:before AS bigint) IS NULL OR p.id < :before)
    ORDER BY p.id DESC LIMIT :limit
""")

_ONE = text("""
    SELECT p.id, p.feed, p.url, p.at, p.until, p.times, p.status, p.content_type, p.sha256, c.size, c.packed
    FROM raw_payload p JOIN raw_content c USING (sha256) WHERE p.feed = :feed AND p.id = :id
""")

_KEPT = text("SELECT count(*) AS contents, coalesce(sum(packed_size), 0) AS bytes FROM raw_content")

_TOO_OLD = text("DELETE FROM raw_payload WHERE until < :before")

# The newest ones that fit stay; what several lines share is counted with its newest line.
_TOO_MUCH = text("""
    WITH newest AS (
        SELECT c.sha256, c.packed_size, max(p.until) AS until
        FROM raw_content c JOIN raw_payload p USING (sha256) GROUP BY c.sha256
    ), summed AS (
        SELECT sha256, sum(packed_size) OVER (ORDER BY until DESC, sha256) AS together FROM newest
    )
    DELETE FROM raw_payload p USING summed s WHERE p.sha256 = s.sha256 AND s.together > :most
""")

_ORPHANS = text("""
    DELETE FROM raw_content c WHERE NOT EXISTS (SELECT 1 FROM raw_payload p WHERE p.sha256 = c.sha256)
""")


@dataclass(frozen=True, slots=True)
class Payload:
    """One answer. `packed` is gzip of what came, `size` its length before; `url` holds no access key."""

    feed: str
    url: str
    at: datetime
    status: int
    content_type: str
    sha256: str
    size: int
    packed: bytes


async def keep(database: Database, payloads: Sequence[Payload]) -> None:
    """Raises StoreError; then none of them is kept."""
    async with database.transaction("evidence") as tx:
        for p in payloads:
            content = {"sha256": p.sha256, "size": p.size, "packed": p.packed, "packed_size": len(p.packed)}
            await tx.connection.execute(_ADD_CONTENT, content)
            line = {
                "feed": p.feed, "url": p.url, "at": p.at, "status": p.status, "content_type": p.content_type,
                "sha256": p.sha256,
            }  # fmt: skip
            if (await tx.connection.execute(_SEEN_AGAIN, line)).rowcount == 0:
                await tx.connection.execute(_ADD, line)


async def listed(database: Database, feed: str, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The newest lines first, without their contents."""
    async with database.reading() as connection:
        rows = await connection.execute(_LIST, {"feed": feed, "before": before, "limit": limit})
        return [dict(row) for row in rows.mappings()]


async def one(database: Database, feed: str, id: int) -> tuple[dict[str, Any], bytes] | None:
    """A line and its content as it came."""
    async with database.reading() as connection:
        row = (await connection.execute(_ONE, {"feed": feed, "id": id})).mappings().one_or_none()
    if row is None:
        return None
    line = dict(row)
    return line, gzip.decompress(bytes(line.pop("packed")))


async def kept(database: Database) -> tuple[int, int]:
    """How many different contents, and how many bytes they take."""
    async with database.reading() as connection:
        row = (await connection.execute(_KEPT)).one()
        return int(row.contents), int(row.bytes)


async def sweep(database: Database, *, before: datetime, most: int) -> int:
    """Let go of what was last seen before the moment and, from the oldest on, of what exceeds `most` bytes.

    Returns how many lines went."""
    async with database.transaction("evidence") as tx:
        gone = (await tx.connection.execute(_TOO_OLD, {"before": before})).rowcount
        gone += (await tx.connection.execute(_TOO_MUCH, {"most": most})).rowcount
        if gone:
            await tx.connection.execute(_ORPHANS)
    return gone
