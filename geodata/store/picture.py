"""The picture and the cursor it belongs to, from one moment."""

from __future__ import annotations

from collections.abc import Collection

from geodata.model.geometry import Bbox
from geodata.store.database import Database
from geodata.store.swift import swift_of

# One statement sees one snapshot, and the visible log is a prefix: the facts are exactly those of the cursor.
# log_end() looks past row-level security: the end of the log is the same for all, whatever they may see of it.
# Put together as text, because building and printing one more jsonb per fact costs as much as all the rest.
_WHOLE = """
    SELECT NULL, log_end()
    UNION ALL
    SELECT convert_to('{"ref":"' || ref || '","room":' || to_json(room) || ',"provenance":' || provenance::text
                      || ',"body":' || body::text || '}', 'UTF8'), 0
    FROM fact
    WHERE room = ANY(%(rooms)s::text[]) AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s::text[]))
"""

# What has no place is part of every area. Both conditions are in the words of the index ix_fact_box.
_AREA = (
    _WHOLE
    + """
      AND (box(point(extent[1], extent[2]), point(extent[3], extent[4]))
               && box(point(%(west)s, %(south)s), point(%(east)s, %(north)s))
           OR box(point(extent[1], extent[2]), point(extent[3], extent[4])) IS NULL)
"""
)


async def snapshot(
    database: Database, rooms: Collection[str], *, kinds: Collection[str] | None = None, area: Bbox | None = None
) -> tuple[int, list[bytes]]:
    """The cursor and every fact of these rooms as JSON, optionally of some kinds and touching a box in EPSG:4326.

    Raises StoreUnavailable."""
    given: dict[str, object] = {"rooms": database.asked(rooms), "kinds": list(kinds) if kinds else None}
    if area:
        given |= dict(zip(("west", "south", "east", "north"), map(float, area), strict=True))
    rows = await swift_of(database).rows(_AREA if area else _WHOLE, given, see=rooms)
    cursor = next(int(seq) for fact, seq in rows if fact is None)
    return cursor, [fact for fact, _ in rows if fact is not None]
