"""Partners with both their streams in numbers. Names and numbers only; the things themselves lie in rooms."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.inquiry import InquiryState
from geodata.store.things import NoSuchThing

_DONE = [
    state.value
    for state in (
        InquiryState.RETURNED,
        InquiryState.DECLINED,
        InquiryState.WITHDRAWN,
        InquiryState.DUPLICATE,
        InquiryState.EXPIRED,
    )
]
_STANDING = """
    SELECT p.id, p.origin, p.name, p.ars, p.level, p.mode, p.url, p.state, p.state_reason, p.state_at, p.state_by,
           p.compared_at, p.compared_by, p.exchange_room AS room, p.relay, p.policy ->> 'note' AS note, p.created_at,
           p.addresses,
           p.farewell, p.dropped_at, EXISTS (SELECT FROM peer_copy c WHERE c.peer = p.id) AS held,
           coalesce(p.document ->> 'software', '') AS software,
           i.heard_at, i.applied_at, i.behind, i.skew, i.items AS received, i.last_error AS incoming_error,
           o.acknowledged_at, o.tried_at, o.next_try, o.failures, o.last_error, o.waiting, o.items AS sent, o.bytes,
           (SELECT count(*) FROM share s WHERE s.peer = p.id AND s.state = 'ACTIVE') AS shares_out,
           coalesce(r.shares, 0) AS shares_in, r.agrees, r.compared_at AS digests_at,
           (SELECT count(*) FROM peer_aside a WHERE a.peer = p.id AND a.settled_at IS NULL) AS aside,
           (SELECT count(*) FROM fact f WHERE f.room = p.exchange_room AND f.kind = 'inquiry' AND f.origin = :origin
             AND NOT f.body ->> 'state' = ANY(cast(:done AS text[]))) AS requests
    FROM peer p JOIN peer_outgoing o ON o.peer = p.id JOIN peer_incoming i ON i.peer = p.id
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE v.share <> 'exchange') AS shares, bool_and(v.agrees) AS agrees,
               max(v.compared_at) AS compared_at
        FROM received_share v WHERE v.peer = p.id AND v.state <> 'WITHDRAWN'
    ) r ON true
"""
_ALL = text(f"{_STANDING} ORDER BY p.state = 'REVOKED', lower(p.name), p.id LIMIT 1000")
_ONE = text(f"{_STANDING} WHERE p.id = :id")


async def everyone(connection: AsyncConnection, origin: str) -> list[dict[str, Any]]:
    """`origin` is ours."""
    rows = await connection.execute(_ALL, {"origin": origin, "done": _DONE})
    return [dict(row) for row in rows.mappings()]


async def one(connection: AsyncConnection, id: str, origin: str) -> dict[str, Any]:
    """Raises NoSuchThing."""
    row = (await connection.execute(_ONE, {"id": id, "origin": origin, "done": _DONE})).mappings().one_or_none()
    if row is None:
        raise NoSuchThing(NoSuchThing.__doc__)
    return dict(row)
