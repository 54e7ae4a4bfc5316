"""Agreements in the database, and the things of the rooms they are about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.body import from_body
from geodata.model.geometry import Bbox
from service.federation.sharing.policy import SharePolicy
from service.federation.sharing.release import EXCHANGE, ActiveShare

_EFFECTIVE = text("""
    SELECT s.id, s.version, s.room, s.policy, s.name, s.until, r.incident, f.body ->> 'name' AS incident_name
    FROM share s JOIN room r ON r.id = s.room
    LEFT JOIN fact f ON f.ref = :origin || '/incident/' || r.incident
    WHERE s.peer = :peer AND s.state = 'ACTIVE' AND s.holds ORDER BY s.id
""")
_EXCHANGE = text("""
    SELECT p.exchange_room AS room, r.name FROM peer p JOIN room r ON r.id = p.exchange_room WHERE p.id = :peer
""")
_ORGANISATIONS = text("SELECT id, name FROM organisation")
_MODES = text("SELECT id, body ->> 'mode' AS mode FROM fact WHERE kind = 'incident' AND origin = :origin")
# One statement sees one snapshot: the facts are those of this end of the log.
_FACTS = text("""
    SELECT NULL AS ref, NULL AS provenance, NULL AS body, NULL AS extent, log_end() AS log_end
    UNION ALL
    SELECT * FROM (
        SELECT ref, provenance, body, extent, 0 FROM fact
        WHERE room = :room AND ref > :after AND (:every OR origin = :origin)
          AND (cast(:kinds AS text[]) IS NULL OR kind = ANY(cast(:kinds AS text[])))
        ORDER BY ref LIMIT :limit
    ) page
""")


@dataclass(frozen=True, slots=True)
class Kept:
    """A thing as it lies in the room, not yet released."""

    ref: str
    room: str
    provenance: dict[str, Any]
    body: dict[str, Any]
    extent: Bbox | None


@dataclass(frozen=True, slots=True)
class Page:
    """Things in the order of their refs, as the log left them at `end`. `last` is the ref to go on after, None if this
    was the last page."""

    things: list[Kept]
    end: int
    last: str | None


async def effective(connection: AsyncConnection, peer: str, *, origin: str) -> list[ActiveShare]:
    """What lets things out to this partner now, the exchange room of both first. `origin` is ours."""
    shares: list[ActiveShare] = []
    exchange = (await connection.execute(_EXCHANGE, {"peer": peer})).one_or_none()
    if exchange is not None:
        shares.append(ActiveShare(EXCHANGE, 1, exchange.room, SharePolicy(), exchange.name, origin))
    rows = (await connection.execute(_EFFECTIVE, {"peer": peer, "origin": origin})).all()
    if rows:
        names, modes = await names_and_modes(connection, origin)
        shares += [replace(_active(row, origin), organisations=names, modes=modes) for row in rows]
    return shares


async def names_and_modes(connection: AsyncConnection, origin: str) -> tuple[dict[str, str], dict[str, str]]:
    """Organisations' names and incidents' modes, by id: what a release asks beside the thing itself."""
    names = {row.id: row.name for row in await connection.execute(_ORGANISATIONS)}
    modes = {row.id: row.mode for row in await connection.execute(_MODES, {"origin": origin})}
    return names, modes


async def facts(connection: AsyncConnection, share: ActiveShare, after: str, limit: int) -> Page:
    """The next things of the share's room after this ref ("" from the beginning), to be released one by one."""
    kinds: Collection[str] = share.policy.kinds
    given: Mapping[str, Any] = {
        "room": share.room, "after": after, "every": bool(share.policy.hops) and not share.exchange,
        "origin": share.origin, "kinds": list(kinds) or None, "limit": limit,
    }  # fmt: skip
    rows = (await connection.execute(_FACTS, given)).all()
    end = next(int(row.log_end or 0) for row in rows if row.ref is None)
    things = [
        Kept(row.ref, share.room, row.provenance, row.body, tuple(row.extent) if row.extent else None)
        for row in rows
        if row.ref is not None
    ]
    return Page(things, end, things[-1].ref if len(things) == limit else None)


_policies: dict[tuple[str, int], SharePolicy] = {}
MOST_POLICIES = 500


def _active(row: Any, origin: str) -> ActiveShare:
    key = (row.id, row.version)
    if key not in _policies:
        if len(_policies) >= MOST_POLICIES:
            _policies.clear()
        _policies[key] = from_body(row.policy, SharePolicy)
    until = row.until.isoformat() if row.until else None
    return ActiveShare(
        row.id, row.version, row.room, _policies[key], row.name, origin, row.incident, row.incident_name, until
    )
