"""On behalf of somebody: the database's own check of who sees and who writes, beside the one in each query.

Reads and writes for a visitor run under a role that owns nothing; row-level security lets it touch the rooms that are
named for the statement or the transaction, and none if none are named. What the node does by itself (feeds, the hub's
follower, retention) runs as the owner.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import LiteralString

ROLE = "lagebild_visitor"

# An index serves a condition under row-level security only if what the condition calls can leak nothing. These raise
# no errors and have no side effects; without the mark PostgreSQL would check every row before it looks at the map.
LEAKPROOF = """
    ALTER FUNCTION geometry_overlaps(geometry, geometry) LEAKPROOF;
    ALTER FUNCTION box_overlap(box, box) LEAKPROOF;
    ALTER FUNCTION box(point, point) LEAKPROOF;
    ALTER FUNCTION point(float8, float8) LEAKPROOF;
    ALTER FUNCTION ts_match_vq(tsvector, tsquery) LEAKPROOF;
"""

# The rooms are named by SET, which cannot stand inside a query; set_config can, and would let a query that somebody
# smuggled in name more rooms or leave the role. The owner keeps it for pg_dump.
LOCKED = """
    REVOKE EXECUTE ON FUNCTION set_config(text, text, boolean) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION set_config(text, text, boolean) TO lagebild;
"""

_ROOM = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def room_id(text: str) -> str:
    """The text, if it can name a room: a-z 0-9 -, at most 63 signs. Raises ValueError."""
    if not _ROOM.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is no room: a-z 0-9 and -, at most 63 signs, not starting with -")
    return text


def listed(rooms: Collection[str]) -> str:
    """Rooms as the policies read them."""
    return ",".join(sorted(room_id(room) for room in rooms))


def naming(see: Collection[str], write: Collection[str] = (), *, local: bool) -> LiteralString:
    """The statements that name the rooms for the connection, or with `local` for its transaction. Raises ValueError."""
    scope = "LOCAL" if local else "SESSION"
    # Room ids have no quotes, see room_id.
    return f"SET {scope} lagebild.see = '{listed(see)}'; SET {scope} lagebild.write = '{listed(write)}'"
