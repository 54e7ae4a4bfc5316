"""The picture and the cursor it belongs to, from one moment."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text

from geodata.model.geometry import Bbox
from geodata.store.database import Database

# One statement sees one snapshot, and the visible log is a prefix: the facts are exactly those of the cursor.
_SNAPSHOT = text("""
    SELECT '' AS ref, coalesce(max(seq), 0)::text AS wire FROM change
    UNION ALL
    SELECT ref, jsonb_build_object('ref', ref, 'room', room, 'provenance', provenance, 'body', body)::text
    FROM fact
    WHERE room = ANY(cast(:rooms AS text[]))
      AND (cast(:kinds AS text[]) IS NULL OR kind = ANY(cast(:kinds AS text[])))
      AND (cast(:west AS float8) IS NULL OR extent IS NULL
           OR (extent[1] <= :east AND extent[3] >= :west AND extent[2] <= :north AND extent[4] >= :south))
""")


async def snapshot(
    database: Database, rooms: Collection[str], *, kinds: Collection[str] | None = None, area: Bbox | None = None
) -> tuple[int, list[bytes]]:
    """The cursor and every fact of these rooms as JSON, optionally of some kinds and touching a box in EPSG:4326."""
    west, south, east, north = area or (None, None, None, None)
    box = {"west": west, "south": south, "east": east, "north": north}
    given = {"rooms": list(rooms), "kinds": list(kinds) if kinds else None, **box}
    async with database.reading() as connection:
        rows = (await connection.execute(_SNAPSHOT, given)).all()
    cursor = next(int(row.wire) for row in rows if not row.ref)
    return cursor, [row.wire.encode() for row in rows if row.ref]
