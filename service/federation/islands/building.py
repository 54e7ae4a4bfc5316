"""What works without a straight line, built for `service/federating.py`."""

from __future__ import annotations

import asyncio
import time

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import APIRouter

from geodata.model.clock import WallClock
from geodata.store.database import Database, StoreError
from service.access.sessions import Sessions
from service.federation.identity.keys import NodeKeys, public_key
from service.federation.islands import routes
from service.federation.islands.bundle import Bundles, Next
from service.federation.islands.parcel import BadParcel
from service.federation.islands.relaying import Relay, Relaying
from service.federation.peers import store as peers
from service.federation.peers.door import Door
from service.federation.peers.peer import Peer
from service.federation.peers.reaching import Reaching
from service.federation.peers.rotation import Announcer
from service.federation.receiving.inbox import Inbox, Misdirected
from service.federation.wire.envelope import Envelope
from service.federation.wire.reach import Unreachable

log = structlog.get_logger(__name__)

SWEEP_EVERY = 600.0


class Islands:
    """`relays` false carries nothing for others; what others carry for us is fetched all the same.
    `greet`: seconds between two looks at relays."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        keys: NodeKeys,
        announcer: Announcer,
        reaching: Reaching,
        door: Door,
        inbox: Inbox,
        next_envelope: Next,
        *,
        origin: str,
        relays: bool,
        greet: float,
    ) -> None:
        self.keys, self.reaching, self.inbox, self.clock = keys, reaching, inbox, WallClock()
        self.bundles = Bundles(database, keys, announcer, origin, next_envelope, self._take)
        self.relay = Relay(database, self.clock, willing=relays)
        self.relaying = Relaying(database, self.bundles, self._say, time.monotonic, greet)
        self.routers: list[APIRouter] = [
            routes.bundle_routes(database, sessions, self.bundles),
            routes.relay_routes(self.relay, door),
        ]

    async def sweep(self) -> None:
        """What nobody has fetched goes, and what opens nothing any more."""
        await self.relay.sweep()
        if over := await asyncio.to_thread(self.keys.forget):
            log.info("keys that were replaced long ago are deleted", count=over)

    async def look(self) -> None:
        try:
            await self.relaying.look()
        except StoreError as error:
            log.warning("relays not asked; trying again", error=str(error))

    async def _take(self, peer: Peer, envelope: Envelope) -> bool:
        try:
            return (await self.inbox.receive(peer, envelope, self.clock.now(), direct=False)).applied
        except Misdirected as error:
            raise BadParcel(f"{error.field}: {error}") from error

    async def _say(self, peer: Peer, path: str, body: bytes) -> bytes | None:
        if not peer.ways:
            return None
        now = self.clock.now()

        def key_of(kid: str) -> Ed25519PublicKey | None:
            pinned = peers.known_key(peer, kid, now)
            return public_key(pinned.x) if pinned else None

        try:
            reply = await self.reaching.post(peer, path, body, key_of)
        except Unreachable as error:
            log.info("relay not reached", relay=peer.origin, error=str(error))
            return None
        if reply.status >= 300:
            log.warning("a relay refuses", relay=peer.origin, status=reply.status)
            return None
        return reply.body
