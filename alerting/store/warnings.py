"""Official warnings into custody: what is in force now against what is in somebody's hands."""

from __future__ import annotations

from datetime import datetime

import msgspec
import structlog
from sqlalchemy import text

from alerting.model.custody import Terms, Watched
from alerting.model.warned import Keeper, responsible, watched
from alerting.store import custody
from geodata.model.incident import IncidentMode
from geodata.store.database import Database

log = structlog.get_logger()

_IN_FORCE = text("""
    SELECT ref, body - 'geometry' AS body, geom IS NOT NULL AS shaped FROM fact
    WHERE kind = 'warning' AND origin = :origin AND room = 'public'
    ORDER BY as_of, ref
""")
_HELD = text("""
    SELECT c.id, c.room, c.open, c.chain[array_upper(c.chain, 1)] AS about, f.body -> 'keys' AS keys,
           f.body ->> 'level' AS level, f.body ->> 'sent' AS sent, f.body ->> 'expires' AS expires,
           f.body ->> 'title' AS title
    FROM custody c JOIN fact f ON f.ref = :origin || '/custody/' || c.id
    WHERE c.chain[array_upper(c.chain, 1)] LIKE :pattern
""")
_LAND = text("SELECT EXISTS (SELECT 1 FROM area)")


async def reconcile(
    database: Database, origin: str, area: str, terms: Terms, mode: IncidentMode, now: datetime
) -> None:
    """Each warning in force has its custody, in its newest version; what nobody states any more is over.

    Each in a transaction of its own: what cannot be read holds up nothing else. Raises StoreError."""
    async with database.reading() as connection:
        rows = (await connection.execute(_IN_FORCE, {"origin": origin})).all()
        held = (await connection.execute(_HELD, {"origin": origin, "pattern": f"{origin}/warning/%"})).all()
        rosters, incidents = await custody.keepers(connection, origin)
        land = bool((await connection.execute(_LAND)).scalar())
    held_on: set[tuple[str, str]] = set()
    there = {(row.room, row.about): row for row in held}
    for row in rows:
        try:
            seen = watched(row.ref, row.body, now, mode)
        except (ValueError, msgspec.MsgspecError) as error:
            log.error("a warning cannot be read for custody", ref=row.ref, error=str(error))
            held_on |= {(one.room, row.ref) for one in held}
            continue
        for keeper, part in responsible(rosters, incidents, seen, area, shaped=row.shaped and land):
            held_on |= {(keeper.room, ref) for ref in (row.ref, *part.replaces)}
            known = there.get((keeper.room, row.ref))
            if known is not None and _same(known, part):
                continue
            if known is None and part.over and not part.replaces:
                continue
            await _receive(database, origin, keeper, rosters, part, terms, now)
    for row in held:
        if row.open and (row.room, row.about) not in held_on:
            async with database.transaction("watch") as tx:
                await custody.end(tx, origin, row.id, now, "it is no longer stated for this area")


def _same(known: object, seen: Watched) -> bool:
    """Whether this custody holds that version of the warning, so that nothing is to be written."""
    if seen.over:
        return not known.open  # type: ignore[attr-defined]  # a row
    sent = seen.sent.isoformat().replace("+00:00", "Z") if seen.sent else None
    expires = seen.expires.isoformat().replace("+00:00", "Z") if seen.expires else None
    told = (known.level, known.sent, known.expires, known.title, tuple(known.keys or ()))  # type: ignore[attr-defined]
    level = None if seen.level is None else str(int(seen.level))
    return bool(known.open and told == (level, sent, expires, seen.title[:500], seen.keys[:500]))  # type: ignore[attr-defined]


async def _receive(
    database: Database, origin: str, keeper: Keeper, rosters: list[Keeper], seen: Watched, terms: Terms, now: datetime
) -> None:
    async with database.transaction("watch") as tx:
        await custody.receive(tx, origin, keeper, rosters, seen, terms, now)
