"""Links as both sides wrote them, what a partner lets us see of its incident, and the entries of both logs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.body import from_body
from geodata.model.incident_link import LINK, IncidentLink
from geodata.model.ref import BadRef, Ref

log = structlog.get_logger()

# Whoever wrote a link is told by the room in which it lies: ours and the partner's stand there, nobody else's count.
_LINKS = text(f"""
    SELECT p.id AS peer, f.origin, f.id, f.body FROM fact f
    JOIN peer p ON p.exchange_room = f.room AND f.origin IN (p.origin, :origin)
    WHERE f.kind = '{LINK}' AND f.room = ANY(cast(:rooms AS text[]))
      AND CASE WHEN f.origin = :origin THEN f.body ->> 'incident' = :incident
               ELSE f.body ->> 'theirs' = :incident END
    ORDER BY f.ref
""")
_SHARED = text("""
    SELECT f.ref, f.body, f.provenance FROM fact f
    WHERE f.kind = 'incident' AND f.ref = ANY(cast(:refs AS text[])) AND f.room = ANY(cast(:rooms AS text[]))
""")
_ALL_SHARED = text("""
    SELECT f.ref, f.body, f.provenance FROM fact f
    WHERE f.kind = 'incident' AND f.origin = :origin AND f.room = ANY(cast(:rooms AS text[]))
    ORDER BY f.body ->> 'state' IN ('CLOSED', 'ARCHIVED'), f.as_of DESC LIMIT 200
""")
# In the exchange room each message, request for people and link of a partner may name an incident of its own.
_NAMED = text("""
    SELECT DISTINCT ON (body ->> 'incident') body ->> 'incident' AS ref,
           coalesce(body ->> 'label', body ->> 'incident_name') AS name
    FROM fact WHERE room = :room AND origin = :origin AND starts_with(body ->> 'incident', :begins)
    ORDER BY body ->> 'incident', as_of DESC LIMIT 200
""")
# When it was taken back, if it was here before: only of what a partner's share let in.
_GONE = text("""
    SELECT DISTINCT ON (c.ref) c.ref, c.op, c.at FROM change c
    JOIN received_share v ON v.room = c.room
    WHERE c.ref = ANY(cast(:refs AS text[])) ORDER BY c.ref, c.seq DESC
""")
_LOGS = text("""
    SELECT v.peer, bool_or(v.announced -> 'terms' -> 'kinds' ? 'entry') AS named
    FROM received_share v WHERE v.state <> 'WITHDRAWN' AND v.share <> 'exchange' GROUP BY v.peer
""")
_HEARD = text("SELECT peer, heard_at FROM peer_incoming")
_OF_LINKED = "cast(:origins AS text[]), cast(:theirs AS text[])"
_HELD = text(f"""
    SELECT h.*, (SELECT s.body ->> 'name' FROM fact s WHERE s.ref = h.origin || '/staff/' || h.staff
                                                        AND s.room = ANY(cast(:rooms AS text[]))) AS name
    FROM (
        SELECT f.origin, f.body ->> 'incident' AS incident, f.body ->> 'staff' AS staff, count(*) AS held,
               max(cast(f.body ->> 'number' AS numeric)) AS newest
        FROM fact f JOIN unnest({_OF_LINKED}) AS l (origin, incident)
            ON f.origin = l.origin AND f.body ->> 'incident' = l.incident
        WHERE f.kind = 'entry' AND f.room = ANY(cast(:rooms AS text[]))
        GROUP BY 1, 2, 3
    ) h ORDER BY 1, 2, 3 LIMIT 200
""")
_ENTRIES = text(f"""
    SELECT * FROM (
        SELECT :origin AS origin, :origin || '/entry/' || e.staff || '.' || e.number AS ref, e.staff,
               cast(e.number AS numeric) AS number, e.event_time, e.recorded_at, e.kind, e.text, e.function, e.author,
               cast(e.corrects AS numeric) AS corrects,
               (SELECT s.body ->> 'name' FROM fact s WHERE s.ref = :origin || '/staff/' || e.staff
                                                       AND s.room = ANY(cast(:rooms AS text[]))) AS staff_name
        FROM journal_entry e
        WHERE e.incident = :incident AND e.room = ANY(cast(:rooms AS text[])) AND :with_ours
        UNION ALL
        SELECT f.origin, f.ref, f.body ->> 'staff', cast(f.body ->> 'number' AS numeric),
               cast(f.body ->> 'event_time' AS timestamptz), cast(f.body ->> 'recorded_at' AS timestamptz),
               f.body ->> 'kind', f.body ->> 'text', f.body ->> 'function', NULL,
               cast(f.body ->> 'corrects' AS numeric),
               (SELECT s.body ->> 'name' FROM fact s WHERE s.ref = f.origin || '/staff/' || (f.body ->> 'staff')
                                                       AND s.room = ANY(cast(:rooms AS text[])))
        FROM fact f JOIN unnest({_OF_LINKED}) AS l (origin, incident)
            ON f.origin = l.origin AND f.body ->> 'incident' = l.incident
        WHERE f.kind = 'entry' AND f.room = ANY(cast(:rooms AS text[]))
    ) both_logs
    WHERE cast(:at AS timestamptz) IS NULL OR (event_time, ref) < (cast(:at AS timestamptz), cast(:ref AS text))
    ORDER BY event_time DESC, ref DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Pair:
    """What both sides say about one of our incidents and one of a partner's (`theirs` is its ref). `id` names our own
    link, none if we say nothing."""

    peer: str
    theirs: str
    id: str | None = None
    ours: IncidentLink | None = None
    told: IncidentLink | None = None


async def links(connection: AsyncConnection, origin: str, incident: str, rooms: Collection[str]) -> list[Pair]:
    """All about this incident of ours (its ref), in the rooms that are seen; a link that names what is not its writer's
    own counts as none."""
    given = {"origin": origin, "incident": incident, "rooms": list(rooms)}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in await connection.execute(_LINKS, given):
        try:
            link = from_body(row.body, IncidentLink)
            mine = row.origin == origin
            ref = Ref.parse(link.theirs if mine else link.incident)
        except (msgspec.ValidationError, BadRef) as error:
            log.warning("a link between incidents cannot be read", origin=row.origin, error=str(error))
            continue
        if ref.kind != "incident" or ref.origin == origin or (not mine and ref.origin != row.origin):
            continue
        said = found.setdefault((row.peer, str(ref)), {})
        said |= {"id": row.id, "ours": link} if mine else {"told": link}
    return [Pair(peer, theirs, **said) for (peer, theirs), said in found.items()]


async def shared(connection: AsyncConnection, refs: Collection[str], rooms: Collection[str]) -> dict[str, Any]:
    """Body and provenance of those incidents that are seen, by ref."""
    rows = await connection.execute(_SHARED, {"refs": list(refs), "rooms": list(rooms)}) if refs else ()
    return {row.ref: row for row in rows}


async def all_shared(connection: AsyncConnection, origin: str, rooms: Collection[str]) -> list[Any]:
    """Incidents of a partner that are seen: `ref, body, provenance`."""
    return list(await connection.execute(_ALL_SHARED, {"origin": origin, "rooms": list(rooms)}))


async def named(connection: AsyncConnection, origin: str, room: str) -> dict[str, str | None]:
    """Incidents that this partner named in what we exchange, with the name that it gave, by ref."""
    given = {"room": room, "origin": origin, "begins": f"{origin}/incident/"}
    return {row.ref: row.name for row in await connection.execute(_NAMED, given)}


async def gone(connection: AsyncConnection, refs: Collection[str]) -> dict[str, datetime]:
    """When those of these things were taken back that a share had let in before."""
    rows = await connection.execute(_GONE, {"refs": list(refs)}) if refs else ()
    return {row.ref: row.at for row in rows if row.op == "drop"}


async def sharing_logs(connection: AsyncConnection) -> set[str]:
    """Partners (ids) of whom an agreement lets entries of a log in."""
    return {row.peer for row in await connection.execute(_LOGS) if row.named}


async def heard(connection: AsyncConnection) -> dict[str, datetime | None]:
    return {row.peer: row.heard_at for row in await connection.execute(_HEARD)}


async def held(connection: AsyncConnection, theirs: Sequence[Ref], rooms: Collection[str]) -> list[Any]:
    """Of each log of a partner in these incidents what is here: `origin, incident, staff, held, newest, name`."""
    return list(await connection.execute(_HELD, {**_linked(theirs), "rooms": list(rooms)})) if theirs else []


async def entries(
    connection: AsyncConnection,
    origin: str,
    incident: str,
    theirs: Sequence[Ref],
    rooms: Collection[str],
    *,
    ours: bool,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[Any]:
    """Newest event first: ours of this incident (if `ours`) and those of these incidents of partners."""
    given = {
        "origin": origin, "incident": incident, **_linked(theirs), "rooms": list(rooms), "with_ours": ours,
        "at": before and before[0], "ref": before and before[1], "limit": limit,
    }  # fmt: skip
    return list(await connection.execute(_ENTRIES, given))


def _linked(theirs: Sequence[Ref]) -> dict[str, list[str]]:
    return {"origins": [ref.origin for ref in theirs], "theirs": [ref.id for ref in theirs]}
