"""Passing on: what a partner has told us with its own proof, told to another one as it came.

An agreement with `hops` signs each of our own things, so that others believe what its partner passes on; an agreement
over a partner's room passes on what its origin has let be passed on, and never to whoever it came from or by.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from geodata.store.database import Connection
from service.federation.identity.keys import SigningKey
from service.federation.sending import store
from service.federation.sharing.release import ActiveShare, release
from service.federation.sharing.store import Kept
from service.federation.wire import proof
from service.federation.wire.envelope import Put


class Passing:
    """`key` signs our own things; None signs and passes on nothing. `recipient` is the origin that is told."""

    def __init__(self, connection: Connection, key: SigningKey | None, recipient: str, epoch: int) -> None:
        self.connection, self.key, self.recipient, self.epoch = connection, key, recipient, epoch
        self._came: dict[str, Put] = {}

    async def look_up(self, share: ActiveShare, refs: Collection[str]) -> None:
        """As these things came, where they are not our own."""
        foreign = [ref for ref in refs if not _own(share, ref) and ref not in self._came]
        if self.key is not None and _passes(share) and foreign:
            self._came |= await store.as_came(self.connection, foreign)

    def signed(self, share: ActiveShare, put: Put) -> Put:
        """Our own thing, with our proof if others may be told of it."""
        if self.key is None or not _passes(share):
            return put
        bare = msgspec.structs.replace(put, epoch=self.epoch, hops=share.policy.hops)
        return msgspec.structs.replace(bare, proof=proof.prove(self.key, bare))

    def passed(self, share: ActiveShare, kept: Kept, walk: str | None) -> Put | None:
        """A partner's thing that was looked up, if the agreement means it and it may go one step further."""
        came = self._came.get(kept.ref)
        if came is None or not self.may_know(kept.ref) or self.recipient in came.path:
            return None
        path = (*came.path, share.origin)
        meant = release(share, kept.ref, kept.room, kept.provenance, kept.body, kept.extent)
        if meant is None or len(path) > came.hops:
            return None
        return msgspec.structs.replace(came, share=share.id, walk=walk, path=path)

    def concerns(self, share: ActiveShare, ref: str) -> bool:
        """Whether this share could ever tell of it."""
        return _own(share, ref) or (self.key is not None and _passes(share) and self.may_know(ref))

    def may_know(self, ref: str) -> bool:
        """Nobody is told of what is his own."""
        return not ref.startswith(f"{self.recipient}/")


def _own(share: ActiveShare, ref: str) -> bool:
    return ref.startswith(f"{share.origin}/")


def _passes(share: ActiveShare) -> bool:
    return share.policy.hops > 0 and not share.exchange
