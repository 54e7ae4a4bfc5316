"""Under which of its addresses a partner is reached: the usual one, and when that does not answer, the others in turn.

Who answers is checked by key wherever it is, so that a wrong address does no harm; where may be called at all is
decided by `wire.reach` for each. The address that answers is used for a while before the usual one is tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from service.federation.peers.peer import Peer
from service.federation.wire.client import PeerClient, Reply
from service.federation.wire.reach import Unreachable
from service.federation.wire.signing import KeyOf

log = structlog.get_logger(__name__)

USUAL_AGAIN = 300.0
"""Seconds after which the usual address is tried again, though another one answers."""
PATIENCE = 5.0
"""Seconds for looking up and connecting, if there is another address to try."""


class Reaching:
    def __init__(self, client: PeerClient, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.client, self.monotonic = client, monotonic
        self._found: dict[str, tuple[str, float]] = {}

    async def post(self, peer: Peer, path: str, body: bytes, key_of: KeyOf) -> Reply:
        """As `PeerClient.post`, at the first address where the partner answers. Raises Unreachable, also for a partner
        without an address."""
        ways = self._in_turn(peer)
        failed: list[str] = []
        for number, way in enumerate(ways):
            patience = PATIENCE if len(ways) > 1 else None
            try:
                reply = await self.client.post(way, path, body, key_of, patience=patience)
            except Unreachable as error:
                failed.append(str(error))
                if number + 1 == len(ways):
                    raise type(error)("; ".join(failed)[:500]) from error
                continue
            self._answered(peer, way)
            return reply
        raise Unreachable("It has no address: it is reached by file or relay only")

    def at(self, id: str) -> str | None:
        """The further address at which this partner has answered last; None if that was the usual one."""
        found = self._found.get(id)
        return found[0] if found else None

    def _in_turn(self, peer: Peer) -> list[str]:
        ways = list(peer.ways)
        found = self._found.get(peer.id)
        if found and found[0] in ways and self.monotonic() < found[1]:
            ways.remove(found[0])
            ways.insert(0, found[0])
        return ways

    def _answered(self, peer: Peer, way: str) -> None:
        before = self._found.get(peer.id)
        if way == peer.ways[0]:
            self._found.pop(peer.id, None)
        elif before is None or before[0] != way or self.monotonic() >= before[1]:
            self._found[peer.id] = (way, self.monotonic() + USUAL_AGAIN)
        if (before[0] if before else peer.ways[0]) != way:
            log.info("a partner is reached at another address", partner=peer.origin, address=way)
