"""The picture of any past moment, and what changed between two.

What nobody has touched since is as it is now; of the rest the last line of the log up to the moment counts, and where
retention has swept that line, the checkpoint from before the log's oldest. The rooms asked for are those of now.

As a thing that changes its room leaves a drop in the old one, the lines of the visible rooms alone tell the truth about
them. A visible thing is therefore never taken from a room that may not be seen.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from sqlalchemy import text

from geodata.model.geometry import Bbox
from geodata.store.database import Database, StoreError
from geodata.store.swift import swift_of

MOST = 2_000

_MINE: LiteralString = """
    room = ANY(%(rooms)s::text[])
    AND (%(kinds)s::text[] IS NULL OR split_part(ref, '/', 2) = ANY(%(kinds)s::text[]))
"""

# The state of each thing `t.ref` at a cursor: its last line up to it, else the checkpoint.
_STATE: LiteralString = """
    LEFT JOIN LATERAL (
        SELECT op, room, provenance, body, extent FROM change c
        WHERE c.ref = t.ref AND c.seq <= %(seq)s AND c.room = ANY(%(rooms)s::text[]) ORDER BY c.seq DESC LIMIT 1
    ) l ON true
    LEFT JOIN checkpoint_fact k ON k.ref = t.ref AND k.room = ANY(%(rooms)s::text[]) AND l.op IS NULL
"""

_WIRE: LiteralString = """
    convert_to('{"ref":"' || ref || '","room":' || to_json(room) || ',"provenance":' || provenance::text
               || ',"body":' || body::text || '}', 'UTF8')
"""

_WITHIN: LiteralString = """
    (%(west)s::float8 IS NULL
     OR box(point(extent[1], extent[2]), point(extent[3], extent[4]))
            && box(point(%(west)s, %(south)s), point(%(east)s, %(north)s))
     OR extent IS NULL)
"""

_PICTURE: LiteralString = f"""
    WITH touched AS MATERIALIZED (SELECT DISTINCT ref FROM change WHERE seq > %(seq)s AND {_MINE})
    SELECT NULL, coalesce((SELECT seq FROM checkpoint), 0)
    UNION ALL
    SELECT {_WIRE}, 0 FROM fact
    WHERE room = ANY(%(rooms)s::text[]) AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[]))
      AND {_WITHIN} AND NOT EXISTS (SELECT FROM touched t WHERE t.ref = fact.ref)
    UNION ALL
    SELECT {_WIRE}, 0 FROM (
        SELECT t.ref, coalesce(l.room, k.room) AS room, coalesce(l.provenance, k.provenance) AS provenance,
               coalesce(l.body, k.body) AS body, coalesce(l.extent, k.extent) AS extent
        FROM touched t {_STATE} WHERE l.op = 'put' OR k.ref IS NOT NULL
    ) AS past WHERE {_WITHIN}
"""

_CHANGED: LiteralString = f"""
    WITH touched AS MATERIALIZED (
        SELECT ref, max(seq) AS newest, count(*) AS lines FROM change
        WHERE seq > %(seq)s AND seq <= %(until)s AND {_MINE} GROUP BY ref
    ), page AS MATERIALIZED (
        SELECT * FROM touched WHERE newest < %(below)s ORDER BY newest DESC LIMIT %(limit)s
    )
    SELECT NULL, coalesce((SELECT seq FROM checkpoint), 0), (SELECT count(*) FROM touched WHERE newest < %(below)s),
           NULL, NULL, NULL, NULL, NULL, NULL
    UNION ALL
    SELECT t.ref, t.newest, t.lines, n.at, n.actor, n.room,
           CASE WHEN l.op = 'put' THEN l.body::text ELSE k.body::text END, n.body::text,
           CASE WHEN n.op = 'drop' AND k.ref IS NULL AND l.op IS DISTINCT FROM 'put' THEN (
               SELECT body::text FROM change c WHERE c.ref = t.ref AND c.seq > %(seq)s AND c.seq <= %(until)s
               AND op = 'put' AND c.room = ANY(%(rooms)s::text[]) ORDER BY c.seq DESC LIMIT 1) END
    FROM page t JOIN change n ON n.seq = t.newest {_STATE}
"""

# Not on behalf of anybody: which number the log had when is the same for all and tells nothing of what it says.
_SEQ = text("SELECT seq FROM change WHERE at <= :at ORDER BY at DESC, seq DESC LIMIT 1")
_OLDEST = text("SELECT coalesce((SELECT at FROM checkpoint), (SELECT at FROM change ORDER BY seq LIMIT 1))")


class BeforeHistory(StoreError):
    """The picture is not kept that far back. Ask /api/history/bounds for its oldest moment."""

    field = "at"


@dataclass(frozen=True, slots=True)
class Between:
    """What became of one thing between two cursors: bodies as JSON, None where it was not there. `passing` is the last
    body of what came and went in between; `lines` says how often it was written, `at` is the wall's time."""

    ref: str
    newest: int
    lines: int
    at: datetime
    actor: str
    room: str
    before: str | None
    after: str | None
    passing: str | None


async def oldest(database: Database) -> datetime | None:
    """Wall time of the oldest moment whose picture can be had; None while nothing was ever written."""
    async with database.reading() as connection:
        found: datetime | None = (await connection.execute(_OLDEST)).scalar()
        return found


async def cursor_at(database: Database, at: datetime) -> int:
    """The cursor of the picture at this wall time; 0, the empty picture, before the first line ever written.

    Raises BeforeHistory."""
    async with database.reading() as connection:
        swept = (await connection.execute(text("SELECT seq, at FROM checkpoint"))).one_or_none()
        if swept and at < swept.at:
            raise BeforeHistory(BeforeHistory.__doc__)
        seq = (await connection.execute(_SEQ, {"at": at})).scalar()
    return max(int(seq or 0), swept.seq if swept else 0)


async def picture_at(
    database: Database,
    cursor: int,
    rooms: Collection[str],
    *,
    kinds: Collection[str] | None = None,
    area: Bbox | None = None,
) -> list[bytes]:
    """Every fact of these rooms as it was at the cursor, as JSON, as `picture.snapshot` gives those of now.

    Raises BeforeHistory, StoreUnavailable."""
    corners = map(float, area) if area else (None,) * 4
    given = _given(database, rooms, kinds, cursor) | dict(zip(("west", "south", "east", "north"), corners, strict=True))
    rows = await swift_of(database).rows(_PICTURE, given, see=rooms)
    _reaches(next(int(seq) for fact, seq in rows if fact is None), cursor)
    return [fact for fact, _ in rows if fact is not None]


async def changed(
    database: Database,
    start: int,
    end: int,
    rooms: Collection[str],
    *,
    kinds: Collection[str] | None = None,
    below: int | None = None,
    limit: int = 500,
) -> tuple[list[Between], int]:
    """The things written after one cursor and up to another, the latest first, and how many more there are.

    `below` goes on after a page that ended with this `newest`. Raises BeforeHistory, StoreUnavailable."""
    given = _given(database, rooms, kinds, start) | {"until": end, "below": below or end + 1, "limit": min(limit, MOST)}
    rows = await swift_of(database).rows(_CHANGED, given, see=rooms)
    head = next(row for row in rows if row[0] is None)
    _reaches(int(head[1]), start)
    found = sorted((Between(*row) for row in rows if row[0] is not None), key=lambda b: b.newest, reverse=True)
    return found, int(head[2]) - len(found)


def _given(database: Database, rooms: Collection[str], kinds: Collection[str] | None, cursor: int) -> dict[str, Any]:
    return {"rooms": database.asked(rooms), "kinds": list(kinds) if kinds else None, "seq": cursor}


def _reaches(checkpoint: int, cursor: int) -> None:
    """Asked in the same statement as the rows: a sweep may have come between."""
    if cursor < checkpoint:
        raise BeforeHistory(BeforeHistory.__doc__)
