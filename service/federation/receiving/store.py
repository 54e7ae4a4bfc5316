"""Where a partner's stream stands, what it has told us, and what was set aside. Read and written by the node itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.inquiry import InquiryState
from service.federation.peers.peer import Peer

DONE = [
    state.value for state in InquiryState if state.name in ("RETURNED", "DECLINED", "WITHDRAWN", "DUPLICATE", "EXPIRED")
]
EXCHANGE = "exchange"
"""The share that carries what both staffs do together."""
MOST_ASIDE = 5_000
"""Of one partner, not yet settled; what comes beyond is counted and not kept."""

_PLACE = text("""
    SELECT i.epoch, i.number, i.token, i.repair, p.state
    FROM peer_incoming i JOIN peer p ON p.id = i.peer WHERE i.peer = :peer FOR UPDATE OF i
""")
_ADVANCE = text("""
    UPDATE peer_incoming SET epoch = :epoch, number = :number, token = :token, repair = :repair, behind = :behind,
           items = items + :items, applied_at = :now, heard_at = :now, skew = coalesce(:skew, skew), last_error = :error
    WHERE peer = :peer
""")
_HEARD = text("""
    UPDATE peer_incoming SET heard_at = :now, behind = :behind, skew = coalesce(:skew, skew), repair = :repair
    WHERE peer = :peer
""")
_SHARES = text("""
    SELECT share, version, room, state, walk, epoch, announced, announced_at, compared_at, agrees
    FROM received_share WHERE peer = :peer
""")
_KEEP_SHARE = text("""
    INSERT INTO received_share AS r (peer, share, version, room, state, walk, epoch, announced, announced_at)
    VALUES (:peer, :share, :version, :room, :state, :walk, :epoch, :announced, :now)
    ON CONFLICT (peer, share) DO UPDATE SET version = excluded.version, state = excluded.state, walk = excluded.walk,
        epoch = excluded.epoch, announced = excluded.announced, announced_at = excluded.announced_at
""").bindparams(bindparam("announced", type_=JSONB))
_SHARE_STATE = text("UPDATE received_share SET state = :state, walk = NULL WHERE peer = :peer AND share = :share")
_COMPARED = text("""
    UPDATE received_share SET compared_at = :now, agrees = :agrees WHERE peer = :peer AND share = :share
""")
_COPIES = text("""
    SELECT peer, share, ref, epoch, seq, hops FROM peer_copy WHERE ref = ANY(cast(:refs AS text[]))
""")
_KEEP_COPIES = text("""
    INSERT INTO peer_copy AS c (peer, share, ref, epoch, seq, walk, digest, hops, raw, received_at)
    SELECT :peer, g.share, g.ref, g.epoch, g.seq, g.walk, decode(g.digest, 'hex'), g.hops, g.raw, :now
    FROM jsonb_to_recordset(cast(:given AS jsonb))
      AS g (share text, ref text, epoch bigint, seq bigint, walk text, digest text, hops smallint, raw jsonb)
    ON CONFLICT (peer, share, ref) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, walk = excluded.walk,
        digest = excluded.digest, hops = excluded.hops, raw = excluded.raw, received_at = excluded.received_at
""")
_FORGET = text("""
    DELETE FROM peer_copy WHERE peer = :peer AND share = :share AND ref = ANY(cast(:refs AS text[]))
""")
_UNTOLD = text("""
    DELETE FROM peer_copy WHERE peer = :peer AND share = :share AND walk IS DISTINCT FROM :walk RETURNING ref
""")
_ALL_OF = text("DELETE FROM peer_copy WHERE peer = :peer AND share = :share RETURNING ref")
_IN_ROOM = text("SELECT ref FROM fact WHERE ref = ANY(cast(:refs AS text[])) AND room = :room")
_HELD_BY = text("SELECT DISTINCT peer, share FROM peer_copy WHERE ref = ANY(cast(:refs AS text[]))")
_WANT = text("""
    UPDATE peer_incoming SET repair = array_append(array_remove(repair, :share), :share) WHERE peer = :peer
""")
_THEIRS = "FROM fact f WHERE f.room = :room AND f.origin = :origin"
_COUNTS = {
    "copies": text("SELECT count(*) FROM peer_copy WHERE peer = :peer AND share = :share"),
    "things": text(f"SELECT count(*) {_THEIRS}"),
    "bytes": text(f"SELECT coalesce(sum(pg_column_size(f.body)), 0) {_THEIRS}"),
    "inquiry": text(f"""
        SELECT count(*) {_THEIRS} AND f.kind = 'inquiry' AND NOT EXISTS (
            SELECT FROM fact o WHERE o.kind = 'inquiry' AND o.room = :room AND o.origin <> :origin
              AND o.body -> 'across' ->> 'ref' = f.ref AND o.body ->> 'state' = ANY(cast(:done AS text[])))
    """),
    "partner_message": text(f"""
        SELECT count(*) {_THEIRS} AND f.kind = 'partner_message' AND NOT EXISTS (
            SELECT FROM fact o WHERE o.kind = 'partner_receipt' AND o.room = :room AND o.origin <> :origin
              AND o.body ->> 'message' = f.ref AND o.body ->> 'read_at' IS NOT NULL)
    """),
    "alarm_request": text(f"""
        SELECT count(*) {_THEIRS} AND f.kind = 'alarm_request' AND NOT EXISTS (
            SELECT FROM fact o WHERE o.kind = 'alarm_count' AND o.room = :room AND o.origin <> :origin
              AND o.body ->> 'request' = f.ref AND o.body ->> 'state' IN ('DECLINED', 'LAPSED', 'ENDED'))
    """),
    "situation_report": text(f"SELECT count(*) {_THEIRS} AND f.kind = 'situation_report'"),
}
"""What of a partner counts against its limits; what waits for us is what we have not dealt with, whatever it says."""
_TOO_MUCH = text(r"""
    SELECT DISTINCT ref FROM peer_aside WHERE peer = :peer AND field LIKE 'limit.%' AND settled_at IS NULL
""")
_CLEARED = text(r"""
    UPDATE peer_aside SET settled_at = clock_timestamp()
    WHERE peer = :peer AND ref = :share AND field LIKE 'limit.%' AND settled_at IS NULL
""")
_OF_ORIGIN = text("SELECT ref FROM fact WHERE origin = :origin")
_ANEW = text("""
    UPDATE peer_incoming SET token = '', repair = '{}', behind = NULL, last_error = NULL WHERE peer = :peer
""")
_DIGEST = text("""
    SELECT count(*) AS n, bit_xor(('x' || encode(digest, 'hex'))::bit(256))::text AS bits
    FROM peer_copy WHERE peer = :peer AND share = :share
""")
_ASIDE = text("""
    INSERT INTO peer_aside AS a (peer, ref, field, reason, raw, first_seen, last_seen)
    SELECT :peer, g.ref, g.field, g.reason, g.raw, :now, :now
    FROM jsonb_to_recordset(cast(:given AS jsonb)) AS g (ref text, field text, reason text, raw text)
    ON CONFLICT (peer, ref, reason) DO UPDATE SET times = a.times + 1, last_seen = excluded.last_seen,
        field = excluded.field, raw = excluded.raw, settled_at = NULL
""")
_ASIDES = text("SELECT count(*) FROM peer_aside WHERE peer = :peer AND settled_at IS NULL")
_LIST_ASIDE = text("""
    SELECT id, nullif(ref, '') AS ref, field, reason, raw, first_seen, last_seen, times, settled_at FROM peer_aside
    WHERE peer = :peer AND (settled_at IS NULL OR :settled) AND id < coalesce(:before, 9223372036854775807)
    ORDER BY id DESC LIMIT :limit
""")
_SETTLE = text("""
    UPDATE peer_aside SET settled_at = coalesce(settled_at, clock_timestamp()) WHERE peer = :peer AND id = :id
    RETURNING field, ref
""")
_MAKE_ROOM = text("INSERT INTO room (id, name, note) VALUES (:room, :name, 'Partner / partner')")
_READERS = text("""
    INSERT INTO room_member (room, kind, member, can_write, can_share) VALUES (:room, 'everyone', '*', false, false)
    ON CONFLICT (room, kind, member) DO NOTHING RETURNING room
""")
_NAME_ROOM = text("UPDATE room SET name = :name, closed_at = NULL WHERE id = :room")
_CLOSE_ROOM = (
    text("DELETE FROM room_member WHERE room = :room"),
    text("UPDATE room SET closed_at = coalesce(closed_at, clock_timestamp()) WHERE id = :room"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stream stands, locked until the transaction ends. `state` is the partner's."""

    epoch: int
    number: int
    token: str
    repair: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Received:
    """A share that a partner has opened for us, and the room in which its things lie here."""

    share: str
    version: int
    room: str
    state: str
    walk: str | None
    epoch: int
    announced: dict[str, Any]
    announced_at: datetime
    compared_at: datetime | None = None
    agrees: bool | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """What we hold of a thing by one share of one partner; `hops` is how often it was passed on."""

    share: str
    ref: str
    epoch: int
    seq: int
    walk: str | None
    digest: bytes
    hops: int = 0
    raw: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    ref: str
    field: str
    reason: str
    raw: str


async def place(connection: AsyncConnection, peer: str) -> Place | None:
    """None if there is no such partner any more."""
    row = (await connection.execute(_PLACE, {"peer": peer})).one_or_none()
    return Place(row.epoch, row.number, row.token, tuple(row.repair), row.state) if row else None


async def advance(connection: AsyncConnection, peer: str, **given: Any) -> None:
    await connection.execute(_ADVANCE, {"peer": peer, **given})


async def heard(connection: AsyncConnection, peer: str, **given: Any) -> None:
    await connection.execute(_HEARD, {"peer": peer, **given})


async def shares(connection: AsyncConnection, peer: str) -> dict[str, Received]:
    rows = await connection.execute(_SHARES, {"peer": peer})
    return {row["share"]: Received(**row) for row in rows.mappings()}


async def keep_share(connection: AsyncConnection, peer: str, share: Received) -> None:
    given = {
        "peer": peer, "share": share.share, "version": share.version, "room": share.room, "state": share.state,
        "walk": share.walk, "epoch": share.epoch, "announced": share.announced, "now": share.announced_at,
    }  # fmt: skip
    await connection.execute(_KEEP_SHARE, given)


async def share_state(connection: AsyncConnection, peer: str, share: str, state: str) -> None:
    await connection.execute(_SHARE_STATE, {"peer": peer, "share": share, "state": state})


async def compared(connection: AsyncConnection, peer: str, share: str, *, agrees: bool, now: datetime) -> None:
    await connection.execute(_COMPARED, {"peer": peer, "share": share, "agrees": agrees, "now": now})


async def copies(
    connection: AsyncConnection, refs: Collection[str]
) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """Epoch, seq and hops of every copy of these things, by partner, share and ref."""
    rows = await connection.execute(_COPIES, {"refs": list(refs)}) if refs else ()
    return {(row.peer, row.share, row.ref): (row.epoch, row.seq, row.hops) for row in rows}


async def keep_copies(connection: AsyncConnection, peer: str, kept: Iterable[Copy], now: datetime) -> None:
    given = [
        {
            "share": c.share, "ref": c.ref, "epoch": c.epoch, "seq": c.seq, "walk": c.walk, "digest": c.digest.hex(),
            "hops": c.hops, "raw": c.raw,
        }
        for c in kept
    ]  # fmt: skip
    if given:
        told = orjson.dumps(given, default=str).decode()
        await connection.execute(_KEEP_COPIES, {"peer": peer, "given": told, "now": now})


async def forget(connection: AsyncConnection, peer: str, share: str, refs: Collection[str]) -> None:
    await connection.execute(_FORGET, {"peer": peer, "share": share, "refs": list(refs)})


async def forget_untold(connection: AsyncConnection, peer: str, share: str, walk: str) -> list[str]:
    """Take out the copies that were not in this walk; their refs."""
    given = {"peer": peer, "share": share, "walk": walk}
    return list((await connection.execute(_UNTOLD, given)).scalars())


async def forget_all(connection: AsyncConnection, peer: str, share: str) -> list[str]:
    return list((await connection.execute(_ALL_OF, {"peer": peer, "share": share})).scalars())


async def in_room(connection: AsyncConnection, refs: Collection[str], room: str) -> list[str]:
    """Those of these things that lie in this room now."""
    return list((await connection.execute(_IN_ROOM, {"refs": list(refs), "room": room})).scalars()) if refs else []


async def held_by(connection: AsyncConnection, refs: Collection[str]) -> list[tuple[str, str]]:
    """The partners and shares by which we still hold copies of these things."""
    rows = await connection.execute(_HELD_BY, {"refs": list(refs)}) if refs else ()
    return [(row.peer, row.share) for row in rows]


async def of_origin(connection: AsyncConnection, origin: str) -> list[str]:
    """All things of this origin, by whichever way they came."""
    return list((await connection.execute(_OF_ORIGIN, {"origin": origin})).scalars())


async def begin_anew(connection: AsyncConnection, peer: str) -> None:
    """Its stream has lost its place here: it has to tell everything in a new epoch; nothing old is taken."""
    await connection.execute(_ANEW, {"peer": peer})


async def want(connection: AsyncConnection, peer: str, share: str) -> None:
    """This partner is asked to tell this share anew."""
    await connection.execute(_WANT, {"peer": peer, "share": share})


async def digest(connection: AsyncConnection, peer: str, share: str) -> tuple[int, str]:
    """How many copies we hold by this share, and the XOR of their digests in hex."""
    row = (await connection.execute(_DIGEST, {"peer": peer, "share": share})).one()
    return int(row.n), f"{int(row.bits or '0', 2):064x}"


async def set_aside(connection: AsyncConnection, peer: str, bad: Mapping[tuple[str, str], Aside], now: datetime) -> int:
    """Keep what was wrong, by ref and reason; how many were not kept because there are too many already."""
    room = MOST_ASIDE - (await connection.execute(_ASIDES, {"peer": peer})).scalar_one()
    kept = list(bad.values())[: max(room, 0)]
    if kept:
        given = [{"ref": a.ref, "field": a.field, "reason": a.reason, "raw": a.raw} for a in kept]
        await connection.execute(_ASIDE, {"peer": peer, "given": orjson.dumps(given).decode(), "now": now})
    return len(bad) - len(kept)


async def asides(
    connection: AsyncConnection, peer: str, *, settled: bool, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """The newest first."""
    given = {"peer": peer, "settled": settled, "before": before, "limit": limit}
    return [dict(row) for row in (await connection.execute(_LIST_ASIDE, given)).mappings()]


async def settle(connection: AsyncConnection, peer: str, id: int) -> bool:
    """Whether there is such a line. What was too much is asked for once more: there may be room for it by now."""
    row = (await connection.execute(_SETTLE, {"peer": peer, "id": id})).one_or_none()
    if row is not None and row.field.startswith("limit."):
        await want(connection, peer, row.ref)
    return row is not None


async def count(connection: AsyncConnection, peer: Peer, what: str, share: str) -> float:
    """How much of this partner lies here already. Raises KeyError."""
    given = {
        "peer": peer.id, "share": share, "room": peer.exchange_room, "origin": peer.origin, "done": DONE,
    }  # fmt: skip
    return float((await connection.execute(_COUNTS[what], given)).scalar_one())


async def too_much(connection: AsyncConnection, peer: str) -> set[str]:
    """The shares of which something was set aside for being too much."""
    return set((await connection.execute(_TOO_MUCH, {"peer": peer})).scalars())


async def cleared(connection: AsyncConnection, peer: str, share: str) -> None:
    await connection.execute(_CLEARED, {"peer": peer, "share": share})


async def make_room(connection: AsyncConnection, room: str, name: str) -> None:
    await connection.execute(_MAKE_ROOM, {"room": room, "name": name})
    await connection.execute(_READERS, {"room": room})


async def reopen_room(connection: AsyncConnection, room: str, name: str) -> bool:
    """Whether it was closed."""
    await connection.execute(_NAME_ROOM, {"room": room, "name": name})
    return (await connection.execute(_READERS, {"room": room})).scalar() is not None


async def close_room(connection: AsyncConnection, room: str) -> None:
    for statement in _CLOSE_ROOM:
        await connection.execute(statement, {"room": room})
