"""Agreements in the database, and the things of the rooms they are about."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.body import from_body, to_body
from geodata.model.geometry import Bbox
from geodata.store.database import Transaction
from geodata.store.things import NoSuchThing
from service.federation.sharing.outlines import tidied
from service.federation.sharing.policy import SharePolicy, ShareState
from service.federation.sharing.release import EXCHANGE, ActiveShare

# One statement for all that is asked of each envelope: the exchange, the shares, and what a release asks beside things.
_EFFECTIVE = text("""
    WITH active AS (
        SELECT s.id, s.version, s.room, s.policy, s.name, s.until, r.incident, f.body ->> 'name' AS incident_name
        FROM share s JOIN room r ON r.id = s.room
        LEFT JOIN fact f ON f.ref = :origin || '/incident/' || r.incident
        WHERE s.peer = :peer AND s.state = 'ACTIVE' AND s.holds
          AND NOT EXISTS (
              SELECT FROM peer p WHERE p.id = s.peer AND p.leaving_at > clock_timestamp() - interval '2 minutes')
    )
    SELECT 0 AS part, NULL AS id, 1 AS version, p.exchange_room AS room, jsonb_build_object(
        'exact', ARRAY(SELECT f.id FROM fact f
                       WHERE f.room = p.exchange_room AND f.kind = 'resource' AND f.origin = :origin
                         AND f.body -> 'loan' -> 'shows' @> '["place"]')
    ) AS policy, r.name, cast(NULL AS timestamptz) AS until, NULL AS incident, NULL AS incident_name
    FROM peer p JOIN room r ON r.id = p.exchange_room
    WHERE p.id = :peer AND (p.leaving_at IS NULL OR p.leaving_at <= clock_timestamp() - interval '2 minutes')
    UNION ALL
    SELECT 1, NULL, 0, NULL, jsonb_build_object(
        'names', (SELECT jsonb_object_agg(id, name) FROM organisation),
        'modes', (SELECT jsonb_object_agg(id, body ->> 'mode') FROM fact WHERE kind = 'incident' AND origin = :origin)
    ), NULL, NULL, NULL, NULL WHERE EXISTS (SELECT 1 FROM active)
    UNION ALL
    SELECT 2, * FROM active ORDER BY part, id
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
    names: dict[str, str] = {}
    modes: dict[str, str] = {}
    for row in await connection.execute(_EFFECTIVE, {"peer": peer, "origin": origin}):
        if row.part == 0:
            exact = frozenset(row.policy["exact"])
            shares.append(ActiveShare(EXCHANGE, 1, row.room, SharePolicy(), row.name, origin, exact=exact))
        elif row.part == 1:
            names, modes = row.policy["names"] or {}, row.policy["modes"] or {}
        else:
            shares.append(replace(_active(row, origin), organisations=names, modes=modes))
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


_policies: dict[bytes, SharePolicy] = {}
"""By what is written in them, so that equal ones are one object and an area is prepared once."""
MOST_POLICIES = 500


def _active(row: Any, origin: str) -> ActiveShare:
    key = orjson.dumps(row.policy)
    if key not in _policies:
        if len(_policies) >= MOST_POLICIES:
            _policies.clear()
        _policies[key] = from_body(row.policy, SharePolicy)
    until = row.until.isoformat() if row.until else None
    return ActiveShare(
        row.id, row.version, row.room, _policies[key], row.name, origin, row.incident, row.incident_name, until
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """A share as it is kept, whatever its state."""

    id: str
    peer: str
    room: str
    name: str
    state: ShareState
    version: int
    holds: bool
    policy: SharePolicy
    until: datetime | None
    incident: str | None


_COLUMNS = "s.id, s.peer, s.room, s.name, s.state, s.version, s.holds, s.policy, s.until, r.incident"
_ONE = text(f"SELECT {_COLUMNS} FROM share s JOIN room r ON r.id = s.room WHERE s.id = :id FOR UPDATE OF s")
_CONDITIONED = text(f"SELECT {_COLUMNS} FROM share s JOIN room r ON r.id = s.room WHERE s.state = 'ACTIVE'")
_ADD = text("""
    INSERT INTO share (id, peer, room, name, state, policy, until, created_by)
    VALUES (:id, :peer, :room, :name, 'DRAFT', :policy, :until, :by)
""").bindparams(bindparam("policy", type_=JSONB))
_CHANGE = text("""
    UPDATE share SET name = :name, policy = :policy, until = :until, version = version + 1 WHERE id = :id
""").bindparams(bindparam("policy", type_=JSONB))
_ACTIVATE = text("UPDATE share SET state = 'ACTIVE', holds = :holds, version = version + 1 WHERE id = :id")
_END = text("UPDATE share SET state = 'ENDED', ended_at = clock_timestamp(), ended_by = :by WHERE id = :id")
_HOLDS = text("UPDATE share SET holds = :holds, version = version + 1 WHERE id = :id AND holds <> :holds")
_LEVELS = text("SELECT id, body FROM fact WHERE kind = 'incident' AND origin = :origin")
_LISTED = text("""
    SELECT s.id, s.peer, p.name AS peer_name, p.origin AS peer_origin, s.room, r.name AS room_name, s.name, s.state,
           s.version, s.holds, s.policy, s.until, s.created_by, s.created_at, s.ended_at, s.ended_by, r.incident,
           o.token, o.digested_at, s.id = ANY(o.repair) AS repairing,
           NULL AS incident_name
    FROM share s JOIN peer p ON p.id = s.peer JOIN room r ON r.id = s.room LEFT JOIN peer_outgoing o ON o.peer = s.peer
    WHERE s.room = ANY(cast(:rooms AS text[]))
    ORDER BY s.state = 'ENDED', lower(p.name), s.created_at DESC, s.id LIMIT 1000
""")
_RECEIVED = text("""
    SELECT v.peer, p.name AS peer_name, p.origin AS peer_origin, v.share, v.version, v.room, v.state, v.announced,
           v.announced_at, v.compared_at, v.agrees, i.heard_at,
           (SELECT count(*) FROM peer_copy c WHERE c.peer = v.peer AND c.share = v.share) AS things
    FROM received_share v JOIN peer p ON p.id = v.peer LEFT JOIN peer_incoming i ON i.peer = v.peer
    ORDER BY v.state = 'WITHDRAWN', lower(p.name), v.announced_at DESC, v.share LIMIT 1000
""")
_FOREIGN_ROOM = text("""
    SELECT 1 FROM peer WHERE exchange_room = :room UNION ALL SELECT 1 FROM received_share WHERE room = :room
""")
_OUTLINE = text("""
    WITH asked AS (
        SELECT ST_SimplifyPreserveTopology(ST_Union(a.geom), 0.0005) AS geom FROM area a
        WHERE a.level = 'municipality'
          AND EXISTS (SELECT 1 FROM unnest(cast(:ars AS text[])) k WHERE starts_with(a.ars, k))
    )
    SELECT ST_AsBinary(
        CASE WHEN cast(:km AS float8) = 0 THEN geom
             ELSE ST_Buffer((CASE WHEN :border THEN ST_Boundary(geom) ELSE geom END)::geography,
                            cast(:km AS float8) * 1000)::geometry END)
    FROM asked
""")


async def add(tx: Transaction, *, peer: str, room: str, name: str, policy: SharePolicy, until: datetime | None) -> str:
    id = f"f-{uuid.uuid4().hex[:12]}"
    given = {"id": id, "peer": peer, "room": room, "name": name, "policy": to_body(policy), "until": until}
    await tx.connection.execute(_ADD, {**given, "by": tx.actor})
    return id


async def one(tx: Transaction, id: str) -> Agreement:
    """Locked until the transaction ends. Raises NoSuchThing."""
    row = (await tx.connection.execute(_ONE, {"id": id})).one_or_none()
    if row is None:
        raise NoSuchThing(NoSuchThing.__doc__)
    return _agreement(row)


async def change(tx: Transaction, id: str, *, name: str, policy: SharePolicy, until: datetime | None) -> None:
    """It is told anew there."""
    await tx.connection.execute(_CHANGE, {"id": id, "name": name, "policy": to_body(policy), "until": until})


async def activate(tx: Transaction, id: str, *, holds: bool) -> None:
    await tx.connection.execute(_ACTIVATE, {"id": id, "holds": holds})


async def end(tx: Transaction, id: str) -> None:
    await tx.connection.execute(_END, {"id": id, "by": tx.actor})


async def set_holds(tx: Transaction, id: str, holds: bool) -> bool:
    """Whether that was news."""
    return (await tx.connection.execute(_HOLDS, {"id": id, "holds": holds})).rowcount > 0


async def active(connection: AsyncConnection) -> list[Agreement]:
    return [_agreement(row) for row in await connection.execute(_CONDITIONED)]


async def incidents(connection: AsyncConnection, origin: str) -> dict[str, dict[str, Any]]:
    """Their bodies by id."""
    return {row.id: row.body for row in await connection.execute(_LEVELS, {"origin": origin})}


async def listed(
    connection: AsyncConnection, rooms: Collection[str], *, origin: str
) -> list[tuple[dict[str, Any], ActiveShare]]:
    """Agreements about these rooms, each also as it would let things out."""
    rows = (await connection.execute(_LISTED, {"rooms": sorted(rooms)})).all()
    return [(dict(row._mapping), _active(row, origin)) for row in rows]


async def received(connection: AsyncConnection) -> list[dict[str, Any]]:
    return [dict(row) for row in (await connection.execute(_RECEIVED)).mappings()]


async def is_foreign(connection: AsyncConnection, room: str) -> bool:
    """Whether a partner has put something there, or may."""
    return (await connection.execute(_FOREIGN_ROOM, {"room": room})).first() is not None


async def outline(connection: AsyncConnection, ars: Collection[str], km: float, border: bool) -> dict[str, Any] | None:
    """The municipalities that these keys mean, as one shape in EPSG:4326, widened or as a strip along their outline;
    None if they mean none."""
    given = {"ars": list(ars), "km": km, "border": border}
    found = (await connection.execute(_OUTLINE, given)).scalar()
    return tidied(bytes(found)) if found else None


def _agreement(row: Any) -> Agreement:
    return Agreement(
        row.id, row.peer, row.room, row.name, ShareState(row.state), row.version, row.holds,
        from_body(row.policy, SharePolicy), row.until, row.incident,
    )  # fmt: skip
