"""All copies of a partner that was left go: its own things wherever they lie, and what it has passed on to us.

What lay in the rooms of its shares is gone with them for everybody; what our own people wrote stays.
"""

from __future__ import annotations

from geodata.model.ref import Ref
from geodata.store.database import Transaction
from service.federation.peers.peer import Peer
from service.federation.receiving import rooms, store
from service.federation.receiving.store import EXCHANGE


async def drop(tx: Transaction, peer: Peer) -> int:
    """How many things went. Should it ever become a partner again, it begins anew: its stream has no place here."""
    await store.place(tx.connection, peer.id)
    gone: set[str] = set()
    for share in (await store.shares(tx.connection, peer.id)).values():
        refs = await store.forget_all(tx.connection, peer.id, share.share)
        gone.update(await store.in_room(tx.connection, refs, share.room))
        await store.share_state(tx.connection, peer.id, share.share, "WITHDRAWN")
        if share.share != EXCHANGE:
            await rooms.close(tx.connection, share.room)
    passed = [ref for ref in gone if not ref.startswith(f"{peer.origin}/")]
    for other, id in await store.held_by(tx.connection, passed):
        await store.want(tx.connection, other, id)  # whoever else tells us of it is asked to tell it anew
    gone.update(await store.of_origin(tx.connection, peer.origin))
    for ref in sorted(gone):
        tx.drop(Ref.parse(ref))
    await store.begin_anew(tx.connection, peer.id)
    return len(gone)
