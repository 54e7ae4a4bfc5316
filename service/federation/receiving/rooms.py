"""The rooms in which a partner's things lie here: read by all who are signed in, written by the inbox alone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from geodata.store.database import Connection
from service.access.audit.store import note
from service.access.visitor import Visitor
from service.federation.peers.peer import Peer
from service.federation.receiving import store

LONGEST = 120


def title_of(peer: Peer, title: str) -> str:
    """`<partner>: <title>`, in one line of visible signs."""
    kept = "".join(sign if sign.isprintable() else " " for sign in f"{peer.name}: {title}")
    return " ".join(kept.split())[:LONGEST]


async def open_for(connection: Connection, peer: Peer, title: str) -> str:
    """A new room for a share of this partner; its id."""
    id = f"s-{uuid.uuid4().hex[:12]}"
    await store.make_room(connection, id, title_of(peer, title))
    return id


async def reopen(connection: Connection, room: str, peer: Peer, title: str) -> bool:
    """The room of a share that is told again, under the name that it has now; whether anybody's rights changed."""
    return await store.reopen_room(connection, room, title_of(peer, title))


async def close(connection: Connection, room: str) -> None:
    """Nobody sees it any more, not even what lay in it before."""
    await store.close_room(connection, room)


async def say(
    connection: Connection, peer: Peer, action: str, share: str, detail: Mapping[str, Any] | None = None
) -> None:
    """A line in the audit trail, by the partner."""
    await note(connection, Visitor(person=f"partner:{peer.origin}"), action, f"partner:{peer.id}",
               {"share": share, **(detail or {})})  # fmt: skip
