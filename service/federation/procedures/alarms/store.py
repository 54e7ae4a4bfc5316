"""Requests to alarm in both directions, what is counted of them, and our policy for a partner."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import structlog
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.alarm_request import COUNT, REQUEST, AlarmCount, AlarmRequest
from geodata.model.body import from_body
from geodata.model.ref import Ref, id_of
from geodata.store.database import Transaction

log = structlog.get_logger()

# What a partner says counts only in its own room, under its own origin, about a request that was put to it there.
_COUNTS = text(f"""
    SELECT r.id, c.body FROM fact r
    JOIN peer p ON p.exchange_room = r.room
    JOIN fact c ON c.kind = '{COUNT}' AND c.room = r.room AND c.origin = p.origin AND c.body ->> 'request' = r.ref
    WHERE r.kind = '{REQUEST}' AND r.origin = :origin AND r.id = ANY(cast(:ids AS text[]))
    ORDER BY c.as_of, c.ref
""")
_OWN = text(f"""
    SELECT id, body FROM fact WHERE kind = '{REQUEST}' AND origin = :origin AND id = ANY(cast(:ids AS text[]))
""")
_ROOMS = text("""
    SELECT origin, exchange_room FROM peer WHERE origin = ANY(cast(:origins AS text[])) AND exchange_room IS NOT NULL
""")
_ASKED = f"""
    SELECT f.ref, f.id, f.room, f.body, p.origin, p.name, p.policy, p.state, c.body AS count, c.as_of
    FROM fact f JOIN peer p ON p.exchange_room = f.room AND p.origin = f.origin
    LEFT JOIN fact c ON c.kind = '{COUNT}' AND c.origin = :origin AND c.room = f.room AND c.body ->> 'request' = f.ref
    WHERE f.kind = '{REQUEST}'
"""
_OPEN = text(f"""
    {_ASKED} AND (c.body IS NULL OR c.body ->> 'state' IN ('PROPOSED', 'ACCEPTED', 'LAPSED'))
    ORDER BY f.as_of, f.ref LIMIT 500
""")
_ONE = text(f"{_ASKED} AND f.room = :room AND f.id = :id")
_ALARM = text("SELECT body, as_of FROM fact WHERE ref = :ref")
_PLAN = text("SELECT room, body FROM fact WHERE ref = :ref")
_POLICY = text("UPDATE peer SET policy = coalesce(policy, '{}') || :given WHERE id = :id").bindparams(
    bindparam("given", type_=JSONB)
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of a partner that can be read, and what we have said about it."""

    ref: str
    id: str
    room: str
    origin: str
    name: str
    policy: Mapping[str, Any]
    active: bool
    request: AlarmRequest
    count: AlarmCount | None
    told_at: datetime | None

    def answer(self, own: str) -> Ref:
        return Ref(own, COUNT, id_of(self.origin, self.id))


async def counts(connection: AsyncConnection, origin: str, ids: Collection[str]) -> dict[str, AlarmCount]:
    """What partners count for these requests of ours, by id."""
    found: dict[str, AlarmCount] = {}
    for row in await connection.execute(_COUNTS, {"origin": origin, "ids": list(ids)}):
        try:
            found[row.id] = from_body(row.body, AlarmCount)
        except msgspec.ValidationError as error:
            log.warning("a partner's counts cannot be read", request=row.id, error=str(error))
    return found


async def own(connection: AsyncConnection, origin: str, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Bodies of these requests of ours, by id."""
    return {row.id: row.body for row in await connection.execute(_OWN, {"origin": origin, "ids": list(ids)})}


async def rooms(connection: AsyncConnection, origins: Collection[str]) -> dict[str, str]:
    found = await connection.execute(_ROOMS, {"origins": list(origins)})
    return {row.origin: row.exchange_room for row in found}


async def open_ones(connection: AsyncConnection, origin: str) -> list[Asked]:
    """Requests of partners that are not over, oldest first."""
    rows = await connection.execute(_OPEN, {"origin": origin})
    return [asked for row in rows if (asked := _asked(row)) is not None]


async def one(connection: AsyncConnection, origin: str, room: str, id: str) -> Asked | None:
    row = (await connection.execute(_ONE, {"origin": origin, "room": room, "id": id})).one_or_none()
    return _asked(row) if row else None


async def fact_of(connection: AsyncConnection, ref: str) -> tuple[dict[str, Any], datetime] | None:
    row = (await connection.execute(_ALARM, {"ref": ref})).one_or_none()
    return (row.body, row.as_of) if row else None


async def plan_of(connection: AsyncConnection, ref: str) -> tuple[str, dict[str, Any]] | None:
    """Room and body."""
    row = (await connection.execute(_PLAN, {"ref": ref})).one_or_none()
    return (row.room, row.body) if row else None


async def write_policy(tx: Transaction, peer: str, given: Mapping[str, Any]) -> None:
    """These parts of the policy replace the ones of the same name."""
    await tx.connection.execute(_POLICY, {"id": peer, "given": dict(given)})


def _asked(row: Any) -> Asked | None:
    try:
        request = from_body(row.body, AlarmRequest)
        count = from_body(row.count, AlarmCount) if row.count else None
    except msgspec.ValidationError as error:
        log.warning("a partner's request to alarm cannot be read", ref=row.ref, error=str(error))
        return None
    return Asked(
        row.ref, row.id, row.room, row.origin, row.name, row.policy or {}, row.state == "ACTIVE", request, count,
        row.as_of,
    )  # fmt: skip
