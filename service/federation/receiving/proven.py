"""What a third node passes on is believed if its origin has signed it with a key that we have pinned ourselves."""

from __future__ import annotations

from datetime import datetime

from service.federation.identity import jws
from service.federation.identity.jws import BadSignature
from service.federation.peers.peer import Peer, PeerState
from service.federation.peers.store import known_key
from service.federation.receiving.items import BadItem
from service.federation.wire import proof
from service.federation.wire.envelope import Drop, Put


def check(item: Put | Drop, origin: Peer | None, now: datetime) -> None:
    """Raises BadItem."""
    if origin is None or origin.state is not PeerState.ACTIVE:
        raise BadItem("path", "its origin is no partner of ours", item.ref)
    if item.proof is None:
        raise BadItem("proof", "it was passed on without its origin's signature", item.ref)
    try:
        key = known_key(origin, jws.kid_in(item.proof), now)
        if key is None:
            raise BadItem("proof", f"it was not signed with a key of {origin.origin} that we know", item.ref)
        proof.check(item, key.x)
    except (proof.BadProof, BadSignature) as error:
        raise BadItem("proof", str(error)[:300], item.ref) from error
