"""Revoking a partner: a last word to it, its keys, and what becomes of its things here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum

from geodata.model.clock import Clock
from geodata.model.states import BadMove
from geodata.store.database import Database, Transaction
from service.access.audit.store import note
from service.access.visitor import Visitor
from service.federation.peers import store as peers
from service.federation.peers.keeping import Keeping
from service.federation.peers.peer import Peer, PeerState, Things
from service.federation.peers.standing import store as standing
from service.federation.procedures.leaving import store
from service.federation.receiving.dropping import drop
from service.federation.sending import token
from service.federation.sending.token import BadToken

PATIENCE = 6.0
"""Seconds in which a partner may acknowledge that nothing is shared any more."""
LOOK = 0.1
TRIES = 2


class Farewell(StrEnum):
    """ACKNOWLEDGED: it has said that nothing of ours is shared any more. UNREACHED: it has not, what it holds it may go
    on holding. NOTHING: it was never told of anything."""

    ACKNOWLEDGED = "ACKNOWLEDGED"
    UNREACHED = "UNREACHED"
    NOTHING = "NOTHING"


class Leaving:
    """`woken` is told the id of a partner that shall be spoken to at once. `clock` is the wall's."""

    def __init__(
        self,
        database: Database,
        keeping: Keeping,
        clock: Clock,
        *,
        origin: str,
        woken: Callable[[str], None],
        rights_changed: Callable[[], Awaitable[None]],
        patience: float = PATIENCE,
    ) -> None:
        self.database, self.keeping, self.clock = database, keeping, clock
        self.origin, self.woken, self.rights_changed, self.patience = origin, woken, rights_changed, patience

    async def revoke(self, visitor: Visitor, id: str, reason: str, things: Things | None) -> Peer:
        """For good. It first hears, if it can be reached, that nothing is shared any more. Without a word about its
        `things` here they are kept while a request or loan between both goes on, and dropped otherwise. Who comes
        second changes nothing. Raises NoSuchThing."""
        async with self.database.reading() as connection:
            peer = await peers.one(connection, id)
            running = (await standing.one(connection, id, self.origin))["requests"]
        if peer.state is PeerState.REVOKED:
            return peer
        things = things or (Things.KEEP if running else Things.DROP)
        farewell = await self._farewell(peer)
        await self.keeping.revoke(visitor, id, reason, self.clock.now())
        async with self.database.transaction(visitor.actor) as tx:
            ended = await store.left(tx, id, farewell.value)
            detail = {"farewell": farewell.value, "things": things.value, "ended": ended[:100]}
            await note(tx.connection, visitor, "partner.left", f"partner:{id}", detail)
            if things is Things.DROP:
                await self._drop(tx, visitor, peer)
        await self.rights_changed()
        return peer

    async def drop(self, visitor: Visitor, id: str) -> None:
        """What was kept of a revoked partner goes; who comes second changes nothing. Raises NoSuchThing, BadMove."""
        async with self.database.transaction(visitor.actor) as tx:
            peer = await peers.take(tx, id)
            if peer.state is not PeerState.REVOKED:
                raise BadMove(f"{peer.name} is {peer.state}: only the things of a revoked partner are dropped.")
            await self._drop(tx, visitor, peer)
        await self.rights_changed()

    async def _drop(self, tx: Transaction, visitor: Visitor, peer: Peer) -> None:
        gone = await drop(tx, peer)
        await store.dropped(tx, peer.id, self.clock.now())
        await note(tx.connection, visitor, "partner.drop", f"partner:{peer.id}", {"things": gone})

    async def _farewell(self, peer: Peer) -> Farewell:
        """Tell it that nothing is shared any more, and wait for its acknowledgement for a while."""
        async with self.database.reading() as connection:
            before = await store.told(connection, peer.id)
            if _nothing(before.token):
                return Farewell.NOTHING
            if not before.reached:
                return Farewell.UNREACHED
            await store.begin(connection, peer.id)
        try:
            self.woken(peer.id)
            until = time.monotonic() + self.patience
            while time.monotonic() < until:
                await asyncio.sleep(LOOK)
                async with self.database.reading() as connection:
                    now = await store.told(connection, peer.id)
                if _nothing(now.token):
                    return Farewell.ACKNOWLEDGED
                if now.failures >= before.failures + TRIES:
                    break
        except BaseException:
            async with self.database.reading() as connection:
                await store.stop(connection, peer.id)
            raise
        return Farewell.UNREACHED


def _nothing(said: str) -> bool:
    """Whether at this place in our stream the partner holds nothing of ours."""
    try:
        place = token.read(said)
    except BadToken:
        return True
    return not place.told and place.walk is None
