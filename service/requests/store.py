"""Who can be asked, the rooms in which two organisations deal, and what is due. Read and written as the owner, by those
who were let in before."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.ars import significant
from geodata.model.geometry import Bbox
from geodata.model.ref import BadRef, Ref
from geodata.model.resource import FleetLevel
from geodata.store.database import Transaction
from geodata.store.things import Held, NoSuchThing, lock

_ONE = text("SELECT room, body, extent FROM fact WHERE ref = :ref")
_FLEETS = text("""
    SELECT f.id, f.body ->> 'name' AS name, f.body ->> 'level' AS level, f.body ->> 'kind' AS kind,
           f.body ->> 'ars' AS ars, f.body ->> 'room' AS room, f.body ->> 'superior' AS superior,
           f.body -> 'neighbours' AS neighbours
    FROM fact f JOIN organisation o ON o.id = f.id AND o.closed_at IS NULL
    WHERE f.kind = 'fleet' AND f.origin = :origin ORDER BY name, f.id
""")
_FORCES = text("""
    SELECT f.id, f.body ->> 'name' AS name, r.type, r.kind, r.capabilities, r.article
    FROM fact f JOIN organisation o ON o.id = f.id AND o.closed_at IS NULL
    LEFT JOIN LATERAL (
        SELECT body ->> 'type' AS type, kind, body -> 'capabilities' AS capabilities, body ->> 'article' AS article
        FROM fact WHERE kind IN ('resource', 'stock') AND origin = :origin AND room = f.body ->> 'room'
    ) AS r ON true
    WHERE f.kind = 'fleet' AND f.origin = :origin ORDER BY name, f.id
""")
_PARTNERS = text("""
    SELECT p.origin, p.name, p.level, p.ars, p.exchange_room AS room, i.skew, i.heard_at,
           extract(epoch FROM clock_timestamp() - i.heard_at) AS silent
    FROM peer p LEFT JOIN peer_incoming i ON i.peer = p.id
    WHERE p.state = 'ACTIVE' AND p.exchange_room IS NOT NULL ORDER BY lower(p.name), p.id
""")
_LABELS = text("SELECT ars, ST_X(label) AS x, ST_Y(label) AS y FROM area WHERE ars = ANY(cast(:ars AS text[]))")
_INQUIRIES = text("""
    SELECT id, room, body FROM fact
    WHERE kind = 'inquiry' AND origin = :origin AND body ->> 'request' = :request ORDER BY id
""")
_OF_ORGANISATION = text("""
    SELECT id, room, body FROM fact
    WHERE kind = 'inquiry' AND origin = :origin
      AND room = ANY(cast(:rooms AS text[]))
      AND :organisation IN (body -> 'requester' ->> 'organisation', body -> 'addressee' ->> 'organisation')
    ORDER BY id
""")
_GOES_ALONG = text("""
    WITH RECURSIVE taken (id, leader) AS (
        SELECT id, NULL::text FROM unnest(cast(:ids AS text[])) AS given (id)
        UNION
        SELECT f.id, t.id FROM taken t JOIN fact f ON f.kind = 'resource' AND f.origin = :origin
            AND (f.body ->> 'parent' = t.id OR f.body ->> 'carried_by' = t.id)
    )
    SELECT id, max(leader) AS leader FROM taken GROUP BY id
""")
_ROOM = text("""
    SELECT room FROM exchange_room WHERE requester = :requester AND addressee = :addressee AND staff = :staff
""")
_NEW_ROOM = text("INSERT INTO room (id, name, note) VALUES (:room, :name, 'Austausch / exchange')")
_EXCHANGE = text("INSERT INTO exchange_room VALUES (:requester, :addressee, :staff, :room)")
# Whoever keeps the addressee's stock answers for it, member of the organisation or not.
_ADMIT = text("""
    INSERT INTO room_member (room, kind, member, can_write, can_share, until)
    SELECT :room, kind, member, bool_or(can_write), bool_or(can_share), NULL FROM (
        VALUES ('organisation', :requester, true, true), ('organisation', :addressee, true, true),
               ('staff', :staff, true, false)
        UNION ALL
        SELECT kind, member, can_write, can_share FROM room_member
        WHERE room = :stock AND can_write AND kind <> 'everyone' AND (until IS NULL OR until > now())
    ) AS let_in (kind, member, can_write, can_share) GROUP BY kind, member
    ON CONFLICT (room, kind, member) DO UPDATE SET
        can_write = room_member.can_write OR excluded.can_write, can_share = room_member.can_share OR excluded.can_share
""")
_LAPSED = text("""
    SELECT id FROM fact
    WHERE kind = 'inquiry' AND origin = :origin AND body ->> 'state' IN ('OFFERED', 'REQUISITIONED')
      AND (body ->> 'hold_until')::timestamptz <= :now
      AND (cast(:addressee AS text) IS NULL OR body -> 'addressee' ->> 'organisation' = :addressee)
      AND body -> 'across' ->> 'side' IS DISTINCT FROM 'BORROWER' -- what a partner holds ends by his clock
    ORDER BY id LIMIT 200
""")
_SILENT = text("""
    SELECT id FROM fact
    WHERE kind = 'inquiry' AND origin = :origin AND body ->> 'state' = 'ROUTED' AND NOT body @> '{"overdue": true}'
      AND (body ->> 'answer_due')::timestamptz <= :now
      AND body -> 'across' ->> 'side' IS DISTINCT FROM 'LENDER' -- a partner knows himself that nobody answers
    ORDER BY id LIMIT 200
""")
_DUE = text("""
    SELECT id FROM fact
    WHERE kind = 'request' AND origin = :origin
      AND body ->> 'state' IN ('SUBMITTED', 'ROUTED', 'DECLINED', 'EXPIRED')
      AND (body ->> 'answer_due')::timestamptz <= :now
    ORDER BY body ->> 'answer_due' LIMIT 200
""")
_MOVED_ON = text("""
    SELECT DISTINCT i.id FROM fact i
    CROSS JOIN LATERAL jsonb_array_elements(i.body -> 'offered') AS line
    JOIN fact r ON r.ref = i.origin || '/resource/' || (line ->> 'resource')
    WHERE i.kind = 'inquiry' AND i.origin = :origin
      AND i.body ->> 'state' IN ('COMMITTED', 'EN_ROUTE', 'ARRIVED', 'IN_USE')
      AND (line ->> 'state' = 'COMMITTED' AND r.body ->> 'deployment' = 'EN_ROUTE'
           OR line ->> 'state' IN ('COMMITTED', 'EN_ROUTE')
              AND r.body ->> 'deployment' IN ('AT_MELDEKOPF', 'STAGED', 'DEPLOYED'))
    ORDER BY i.id LIMIT 200
""")

PARTNER = "partner."
"""Before a partner's origin: as which organisation its node is asked."""


@dataclass(frozen=True, slots=True)
class FleetRow:
    """An organisation that can be asked. `room` is that of its stock, `place` the middle of its area in degrees.
    `partner` is the origin of a partner's node, which is asked as a whole: then `room` is what both sides do together,
    and it was last heard at `heard_at`, `silent` seconds ago."""

    organisation: str
    name: str
    level: FleetLevel
    room: str
    kind: str | None = None
    ars: str | None = None
    neighbours: tuple[str, ...] = ()
    superior: str | None = None
    place: tuple[float, float] | None = None
    partner: str | None = None
    heard_at: datetime | None = None
    silent: float | None = None


async def taken(tx: Transaction, ref: Ref) -> Held:
    """Locked, whatever room it lies in. Raises NoSuchThing."""
    await lock(tx, str(ref))
    return await found(tx, ref)


async def found(tx: Transaction, ref: Ref) -> Held:
    """As it stands, whatever room it lies in. Raises NoSuchThing."""
    row = (await tx.connection.execute(_ONE, {"ref": str(ref)})).one_or_none()
    if row is None:
        raise NoSuchThing(NoSuchThing.__doc__)
    extent: Bbox | None = tuple(row.extent) if row.extent else None
    return Held(ref, row.room, row.body, extent)


async def fleets(connection: AsyncConnection, origin: str) -> dict[str, FleetRow]:
    """Every organisation that can be asked, by id, and every partner's node: what a telephone directory says, nothing
    of its stock."""
    rows = (await connection.execute(_FLEETS, {"origin": origin})).all()
    partners = (await connection.execute(_PARTNERS)).all()
    keys = {row.id: significant(row.ars) for row in rows if row.ars}
    keys |= {PARTNER + row.origin: significant(row.ars) for row in partners if row.ars}
    labels = {row.ars: (row.x, row.y) for row in await connection.execute(_LABELS, {"ars": sorted(set(keys.values()))})}
    found = {
        row.id: FleetRow(
            row.id, row.name, FleetLevel(row.level), row.room, row.kind, row.ars, tuple(row.neighbours or ()),
            row.superior, labels.get(keys.get(row.id, "")),
        )
        for row in rows
    }  # fmt: skip
    return found | {
        (id := PARTNER + row.origin): FleetRow(
            id, row.name, FleetLevel(row.level), row.room, ars=row.ars, place=labels.get(keys.get(id, "")),
            partner=row.origin, heard_at=row.heard_at, silent=None if row.silent is None else float(row.silent),
        )
        for row in partners
    }  # fmt: skip


async def inquiries(tx: Transaction, origin: str, request: str) -> dict[str, Held]:
    """All that were put for this request, by id, without their locks."""
    rows = await tx.connection.execute(_INQUIRIES, {"origin": origin, "request": request})
    return {row.id: Held(Ref(origin, "inquiry", row.id), row.room, row.body, None) for row in rows}


async def dealings(
    connection: AsyncConnection, origin: str, organisation: str, rooms: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Bodies of all inquiries to or from this organisation in these rooms, by id."""
    given = {"origin": origin, "organisation": organisation, "rooms": list(rooms)}
    rows = await connection.execute(_OF_ORGANISATION, given)
    return {row.id: row.body for row in rows}


async def with_companions(tx: Transaction, origin: str, ids: Collection[str]) -> dict[str, str | None]:
    """These and what goes with them (members of a unit, what a carrier carries), each with its leader among them."""
    rows = await tx.connection.execute(_GOES_ALONG, {"origin": origin, "ids": sorted(set(ids))})
    return {row.id: row.leader for row in rows}


async def exchange_room(
    tx: Transaction, requester: str, addressee: FleetRow, staff: str, name: str
) -> tuple[str, bool]:  # fmt: skip
    """The room in which this staff deals for one organisation with another, and whether it is new. Whoever keeps the
    addressee's stock by now is let in."""
    await lock(tx, f"exchange/{requester}/{addressee.organisation}/{staff}")
    pair = {"requester": requester, "addressee": addressee.organisation, "staff": staff}
    room = (await tx.connection.execute(_ROOM, pair)).scalar()
    new = room is None
    if room is None:
        room = f"x-{uuid.uuid4().hex[:12]}"
        await tx.connection.execute(_NEW_ROOM, {"room": room, "name": name[:200]})
        await tx.connection.execute(_EXCHANGE, {**pair, "room": room})
    await tx.connection.execute(_ADMIT, {**pair, "room": room, "stock": addressee.room})
    return str(room), new


async def organisation_name(tx: Transaction, id: str) -> str | None:
    statement = text("SELECT name FROM organisation WHERE id = :id AND closed_at IS NULL")
    return (await tx.connection.execute(statement, {"id": id})).scalar()


async def staff(tx: Transaction, id: str) -> Any:
    """`incident, organisation` of a staff; None if there is none."""
    statement = text("SELECT incident, organisation FROM staff WHERE id = :id AND closed_at IS NULL")
    return (await tx.connection.execute(statement, {"id": id})).one_or_none()


async def lapsed(
    connection: AsyncConnection, origin: str, now: datetime, *, addressee: str | None = None
) -> list[str]:  # fmt: skip
    """Inquiries whose hold has run out, of one addressee or of all."""
    given = {"origin": origin, "now": now, "addressee": addressee}
    return list((await connection.execute(_LAPSED, given)).scalars())


async def silent(connection: AsyncConnection, origin: str, now: datetime) -> list[str]:
    """Inquiries that were not answered in time."""
    return list((await connection.execute(_SILENT, {"origin": origin, "now": now})).scalars())


async def due(connection: AsyncConnection, origin: str, now: datetime) -> list[str]:
    """Requests that nobody has answered in time, the longest waiting first."""
    return list((await connection.execute(_DUE, {"origin": origin, "now": now})).scalars())


async def moved_on(connection: AsyncConnection, origin: str) -> list[str]:
    """Inquiries of which something lent drives or has arrived, by its own status or a Meldekopf, unknown to them."""
    return list((await connection.execute(_MOVED_ON, {"origin": origin})).scalars())


async def lent_callsign(tx: Transaction, origin: str, id: str, organisation: str) -> str | None:
    """The call sign of an organisation's resource wherever it lies; None if it has no such one."""
    try:
        held = await found(tx, Ref(origin, "resource", id))
    except (NoSuchThing, BadRef):
        return None
    return str(held.body["callsign"]) if held.body.get("organisation") == organisation else None


async def forces(tx: Transaction, origin: str) -> list[Any]:
    """Each of our organisations with each of the things in its stock: `id, name, kind, type, capabilities, article`."""
    return list((await tx.connection.execute(_FORCES, {"origin": origin})).all())
