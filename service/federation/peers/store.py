"""Partners in the database. Read and written by the node itself; who may see them is asked before."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.body import to_body
from geodata.model.resource import FleetLevel
from geodata.store.database import Transaction
from geodata.store.things import NoSuchThing
from service.federation.peers.peer import PEER, Peer, PeerState, PinnedKey

_COLUMNS = """id, origin, name, ars, level, mode, url, state, keys, seal_key, relay, exchange_room, policy"""
_ALL = text(f"SELECT {_COLUMNS} FROM peer ORDER BY lower(name), id")
_BY_ORIGIN = text(f"SELECT {_COLUMNS} FROM peer WHERE origin = :origin")
_BY_ID = text(f"SELECT {_COLUMNS} FROM peer WHERE id = :id")
_ADD = text("""
    INSERT INTO peer (id, origin, name, ars, level, mode, url, state, state_by, keys, seal_key, document, exchange_room)
    VALUES (:id, :origin, :name, :ars, :level, :mode, :url, :state, :by, :keys, :seal_key, :document, :room)
""").bindparams(bindparam("keys", type_=JSONB), bindparam("document", type_=JSONB))
_STREAMS = (
    text("INSERT INTO peer_outgoing (peer) VALUES (:id) ON CONFLICT DO NOTHING"),
    text("INSERT INTO peer_incoming (peer) VALUES (:id) ON CONFLICT DO NOTHING"),
)
_ROOM = text("INSERT INTO room (id, name, note) VALUES (:room, :name, 'Partner / partner')")
_STAFF = text("""
    INSERT INTO room_member (room, kind, member, can_write, can_share) VALUES (:room, 'everyone', '*', true, false)
""")
_STATE = text("""
    UPDATE peer SET state = :state, state_reason = :reason, state_at = clock_timestamp(), state_by = :by WHERE id = :id
""")


async def everyone(connection: AsyncConnection) -> list[Peer]:
    return [_peer(row) for row in await connection.execute(_ALL)]


async def by_origin(connection: AsyncConnection, origin: str) -> Peer | None:
    row = (await connection.execute(_BY_ORIGIN, {"origin": origin})).one_or_none()
    return _peer(row) if row else None


async def one(connection: AsyncConnection, id: str) -> Peer:
    """Raises NoSuchThing."""
    row = (await connection.execute(_BY_ID, {"id": id})).one_or_none()
    if row is None:
        raise NoSuchThing(NoSuchThing.__doc__)
    return _peer(row)


async def add(
    tx: Transaction,
    *,
    origin: str,
    name: str,
    level: FleetLevel,
    mode: str,
    keys: Sequence[PinnedKey],
    seal_key: str,
    url: str | None,
    ars: str | None,
    document: dict[str, Any],
    state: PeerState = PeerState.PENDING,
) -> str:
    """A new partner, the streams in both directions at their beginning, and the room for what both do together, in
    which all who are signed in here may write; its id."""
    id = f"p-{uuid.uuid4().hex[:12]}"
    room = f"x-{uuid.uuid4().hex[:12]}"
    await tx.connection.execute(_ROOM, {"room": room, "name": name})
    await tx.connection.execute(_STAFF, {"room": room})
    given = {
        "id": id, "origin": origin, "name": name, "ars": ars, "level": level.value, "mode": mode, "url": url,
        "state": state.value, "by": tx.actor, "keys": [to_body(key) for key in keys], "seal_key": seal_key,
        "document": document, "room": room,
    }  # fmt: skip
    await tx.connection.execute(_ADD, given)
    for statement in _STREAMS:
        await tx.connection.execute(statement, {"id": id})
    return id


async def move(tx: Transaction, peer: Peer, state: PeerState, reason: str | None) -> None:
    """Raises BadMove."""
    PEER.move(peer.state, state)
    given = {"id": peer.id, "state": state.value, "reason": reason, "by": tx.actor}
    await tx.connection.execute(_STATE, given)


def _peer(row: Any) -> Peer:
    return Peer(
        id=row.id, origin=row.origin, name=row.name, level=FleetLevel(row.level), mode=row.mode,
        state=PeerState(row.state), keys=msgspec.convert(row.keys, tuple[PinnedKey, ...]), seal_key=row.seal_key,
        url=row.url, ars=row.ars, relay=row.relay, exchange_room=row.exchange_room, policy=row.policy,
    )  # fmt: skip


def known_key(peer: Peer, kid: str, now: datetime) -> PinnedKey | None:
    """The pinned key of this name that counts now."""
    return next((key for key in peer.keys if key.kid == kid and key.counts(now)), None)
