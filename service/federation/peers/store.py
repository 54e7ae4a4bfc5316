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

MOST_ADDRESSES = 8

_COLUMNS = """id, origin, name, ars, level, mode, url, state, keys, seal_key, relay, exchange_room, policy, addresses"""
_ALL = text(f"SELECT {_COLUMNS} FROM peer ORDER BY lower(name), id")
_BY_ORIGIN = text(f"SELECT {_COLUMNS} FROM peer WHERE origin = :origin")
_BY_KID = text(f"""
    SELECT {_COLUMNS} FROM peer WHERE keys @> :keys ORDER BY state = 'ACTIVE' DESC, created_at LIMIT 1
""").bindparams(bindparam("keys", type_=JSONB))
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
_NONCE = text("INSERT INTO peer_nonce (peer, nonce, until) VALUES (:peer, :nonce, :until) ON CONFLICT DO NOTHING")
_NONCES_OVER = text("""
    DELETE FROM peer_nonce WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM peer_nonce WHERE until < :now LIMIT 100 FOR UPDATE SKIP LOCKED))
""")
_STATE = text("""
    UPDATE peer SET state = :state, state_reason = :reason, state_at = clock_timestamp(), state_by = :by WHERE id = :id
""")
_KEYS = text("""
    UPDATE peer SET keys = :keys, seal_key = :seal_key, document = :document WHERE id = :id
""").bindparams(bindparam("keys", type_=JSONB), bindparam("document", type_=JSONB))
_END_KEYS = text("UPDATE peer SET keys = :keys WHERE id = :id").bindparams(bindparam("keys", type_=JSONB))
_INTRODUCED = text("""
    UPDATE peer SET name = :name, ars = :ars, level = :level, url = :url, compared_at = NULL, compared_by = NULL
    WHERE id = :id
""")
_COMPARED = text("UPDATE peer SET compared_at = clock_timestamp(), compared_by = :by WHERE id = :id")
_EDIT = text("""
    UPDATE peer SET name = :name, ars = :ars, level = :level, url = :url, relay = :relay, policy = :policy,
           addresses = :addresses
    WHERE id = :id
""").bindparams(bindparam("policy", type_=JSONB), bindparam("addresses", type_=JSONB))
_REACHED_AT = text("UPDATE peer SET addresses = :addresses WHERE id = :id").bindparams(
    bindparam("addresses", type_=JSONB)
)
_TAKE = text(f"SELECT {_COLUMNS} FROM peer WHERE id = :id FOR UPDATE")
_TAKE_ORIGIN = text(f"SELECT {_COLUMNS} FROM peer WHERE origin = :origin FOR UPDATE")
_INVITE = text("""
    INSERT INTO peer_invitation (id, digest, name, created_by, expires_at)
    VALUES (:id, :digest, :name, :by, :expires)
""")
_INVITED = text("""
    SELECT id, name, created_by, created_at, expires_at, used_at, peer FROM peer_invitation
    WHERE used_at IS NULL AND expires_at > :now ORDER BY created_at DESC LIMIT 200
""")
_BY_DIGEST = text("SELECT id, name, expires_at, used_at, peer FROM peer_invitation WHERE digest = :digest FOR UPDATE")
_USED = text("UPDATE peer_invitation SET used_at = :now, peer = :peer WHERE id = :id")
_UNINVITE = text("DELETE FROM peer_invitation WHERE id = :id AND used_at IS NULL RETURNING 1")
_AT_ONCE = text("UPDATE peer_outgoing SET failures = 0, next_try = NULL WHERE peer = :id")


async def everyone(connection: AsyncConnection) -> list[Peer]:
    return [_peer(row) for row in await connection.execute(_ALL)]


async def by_origin(connection: AsyncConnection, origin: str) -> Peer | None:
    row = (await connection.execute(_BY_ORIGIN, {"origin": origin})).one_or_none()
    return _peer(row) if row else None


async def by_kid(connection: AsyncConnection, kid: str) -> Peer | None:
    """Who has this key pinned, whether or not it still counts."""
    row = (await connection.execute(_BY_KID, {"keys": [{"kid": kid}]})).one_or_none()
    return _peer(row) if row else None


async def nonce_seen(tx: Transaction, peer: str, nonce: str, now: datetime, until: datetime) -> bool:
    """Keeps it until then, and says whether it had been there before; those whose time is over go."""
    await tx.connection.execute(_NONCES_OVER, {"now": now})
    kept = await tx.connection.execute(_NONCE, {"peer": peer, "nonce": nonce, "until": until})
    return kept.rowcount == 0


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


async def take(tx: Transaction, id: str) -> Peer:
    """Held until the transaction ends. Raises NoSuchThing."""
    row = (await tx.connection.execute(_TAKE, {"id": id})).one_or_none()
    if row is None:
        raise NoSuchThing(NoSuchThing.__doc__)
    return _peer(row)


async def take_origin(tx: Transaction, origin: str) -> Peer | None:
    row = (await tx.connection.execute(_TAKE_ORIGIN, {"origin": origin})).one_or_none()
    return _peer(row) if row else None


async def pin(tx: Transaction, id: str, keys: Sequence[PinnedKey], seal_key: str, document: dict[str, Any]) -> None:
    """`keys` newest first."""
    given = {"id": id, "keys": [to_body(key) for key in keys], "seal_key": seal_key, "document": document}
    await tx.connection.execute(_KEYS, given)


async def end_keys(tx: Transaction, id: str, keys: Sequence[PinnedKey]) -> None:
    await tx.connection.execute(_END_KEYS, {"id": id, "keys": [to_body(key) for key in keys]})


async def introduce(
    tx: Transaction, id: str, *, name: str, ars: str | None, level: FleetLevel, url: str | None
) -> None:
    """Known from before and invited anew: what it says of itself now; it has to be compared again."""
    await tx.connection.execute(_INTRODUCED, {"id": id, "name": name, "ars": ars, "level": level.value, "url": url})


async def compared(tx: Transaction, id: str) -> None:
    await tx.connection.execute(_COMPARED, {"id": id, "by": tx.actor})


async def edit(tx: Transaction, peer: Peer) -> None:
    """What people here may say of a partner."""
    given = {
        "id": peer.id, "name": peer.name, "ars": peer.ars, "level": peer.level.value, "url": peer.url,
        "relay": peer.relay, "policy": peer.policy or {},
        "addresses": [one for one in dict.fromkeys(peer.addresses) if one != peer.url],
    }  # fmt: skip
    await tx.connection.execute(_EDIT, given)


async def reached_at(tx: Transaction, peer: Peer, addresses: Sequence[str]) -> None:
    """These further addresses and those that are known, the new ones first, at most `MOST_ADDRESSES`."""
    both = dict.fromkeys((*addresses, *peer.addresses))
    kept = [address for address in both if address != peer.url][:MOST_ADDRESSES]
    if kept != list(peer.addresses):
        await tx.connection.execute(_REACHED_AT, {"id": peer.id, "addresses": kept})


async def try_at_once(tx: Transaction, id: str) -> None:
    await tx.connection.execute(_AT_ONCE, {"id": id})


async def invite(tx: Transaction, *, digest: bytes, name: str, expires: datetime) -> str:
    id = f"i-{uuid.uuid4().hex[:12]}"
    given = {"id": id, "digest": digest, "name": name, "by": tx.actor, "expires": expires}
    await tx.connection.execute(_INVITE, given)
    return id


async def invitations(connection: AsyncConnection, now: datetime) -> list[dict[str, Any]]:
    """Those that still count, newest first."""
    return [dict(row) for row in (await connection.execute(_INVITED, {"now": now})).mappings()]


async def invitation(tx: Transaction, digest: bytes) -> Any:
    """`id, name, expires_at, used_at, peer`, held until the transaction ends; None if there is none."""
    return (await tx.connection.execute(_BY_DIGEST, {"digest": digest})).one_or_none()


async def use(tx: Transaction, invitation: str, peer: str, now: datetime) -> None:
    await tx.connection.execute(_USED, {"id": invitation, "peer": peer, "now": now})


async def take_back(tx: Transaction, invitation: str) -> None:
    """Raises NoSuchThing."""
    if (await tx.connection.execute(_UNINVITE, {"id": invitation})).scalar() is None:
        raise NoSuchThing(NoSuchThing.__doc__)


def _peer(row: Any) -> Peer:
    return Peer(
        id=row.id, origin=row.origin, name=row.name, level=FleetLevel(row.level), mode=row.mode,
        state=PeerState(row.state), keys=msgspec.convert(row.keys, tuple[PinnedKey, ...]), seal_key=row.seal_key,
        url=row.url, ars=row.ars, relay=row.relay, exchange_room=row.exchange_room, policy=row.policy,
        addresses=tuple(row.addresses),
    )  # fmt: skip


def known_key(peer: Peer, kid: str, now: datetime) -> PinnedKey | None:
    """The pinned key of this name that counts now."""
    return next((key for key in peer.keys if key.kid == kid and key.counts(now)), None)
