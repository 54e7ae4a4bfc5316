"""What partners say of themselves now and then: their own further addresses, as long as they can be asked for them."""

from __future__ import annotations

import structlog

from geodata.store.database import Database, StoreUnavailable
from service.federation.identity import document as documents
from service.federation.identity.document import BadDocument
from service.federation.peers import store
from service.federation.peers.peer import Peer, PeerState
from service.federation.wire.client import PeerClient
from service.federation.wire.reach import Unreachable

log = structlog.get_logger(__name__)

EVERY = 600.0


class Learning:
    """Only a document that the key signs that counts here says where else to call."""

    def __init__(self, database: Database, client: PeerClient) -> None:
        self.database, self.client = database, client

    async def look(self) -> None:
        try:
            async with self.database.reading() as connection:
                partners = await store.everyone(connection)
            for peer in partners:
                if peer.state is PeerState.ACTIVE and peer.url and peer.keys:
                    await self._ask(peer, peer.url)
        except StoreUnavailable as error:
            log.warning("partners' addresses not asked for", error=str(error))

    async def _ask(self, peer: Peer, url: str) -> None:
        try:
            reply = await self.client.ask("GET", url, documents.PATH, b"", None, accept="application/json")
            found, _ = documents.read(reply.body)
        except (Unreachable, BadDocument):
            return
        if (found.origin, found.signing.x) == (peer.origin, peer.keys[0].x) and set(found.addresses) - set(peer.ways):
            async with self.database.transaction(f"partner:{peer.origin}") as tx:
                await store.reached_at(tx, await store.take(tx, peer.id), found.addresses)
            log.info("a partner has further addresses", origin=peer.origin, addresses=len(found.addresses))
