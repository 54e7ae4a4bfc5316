"""Through a third node that both trust: it keeps parcels for a while and can neither read nor alter them.

Whoever cannot reach a partner that has a relay leaves parcels there, and everybody asks the relays of its partners for
parcels of its own. The stream and its numbers are the same as on a straight line; what arrives both ways counts once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import structlog

from geodata.model.clock import Clock
from geodata.store.database import Database
from geodata.store.things import NoSuchThing
from service.errors import Invalid, NotFound
from service.federation.islands import store
from service.federation.islands.bundle import Bundles
from service.federation.islands.parcel import LONGEST
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.federation.wire.envelope import Ack

log = structlog.get_logger(__name__)

DOWN_AFTER = 2
"""Failures in a row after which a partner counts as not reached."""
AGAIN_AFTER = 600.0
"""Seconds without an acknowledgement after which what was left at a relay is left there once more."""
MOST_FETCHED = 900_000


class Leave(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parcels for `recipient`, an origin."""

    recipient: str
    parcels: list[str]


class Fetch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parcels named in `taken` have arrived and are not given again."""

    taken: list[str] = []


class Lying(msgspec.Struct, frozen=True):
    id: str
    sender: str
    line: str


class Fetched(msgspec.Struct, frozen=True):
    parcels: list[Lying]


class Relay:
    """Our own service for others."""

    def __init__(self, database: Database, clock: Clock, *, willing: bool) -> None:
        self.database, self.clock, self.willing = database, clock, willing

    async def leave(self, sender: Peer, given: Leave) -> None:
        """Raises Invalid, NotFound, RelayFull."""
        if not self.willing:
            raise NotFound("This node carries nothing for others.")
        if not given.parcels or any(not line.isascii() or not 0 < len(line) <= LONGEST for line in given.parcels):
            raise Invalid("parcels", f"one or more lines of ASCII, each of at most {LONGEST} signs")
        async with self.database.transaction(f"peer:{sender.origin}") as tx:
            recipient = await peers.by_origin(tx.connection, given.recipient)
            if recipient is None or recipient.state is not PeerState.ACTIVE or recipient.id == sender.id:
                raise Invalid("recipient", "no partner of this node")
            await store.add(tx, sender.origin, recipient.origin, given.parcels, self.clock.now())

    async def fetch(self, recipient: Peer, given: Fetch) -> Fetched:
        now = self.clock.now()
        if given.taken:
            async with self.database.transaction(f"peer:{recipient.origin}") as tx:
                await store.taken(tx, recipient.origin, given.taken, now)
        async with self.database.reading() as connection:
            lying = await store.waiting(connection, recipient.origin, now, most=MOST_FETCHED)
        return Fetched([Lying(one.id, one.sender, one.line) for one in lying])

    async def sweep(self) -> None:
        async with self.database.transaction("relay") as tx:
            await store.sweep(tx, self.clock.now())


Say = Callable[[Peer, str, bytes], Awaitable[bytes | None]]
"""Says something to a partner at a path; its answer, or None if it was not reached or refused."""


@dataclass
class _Left:
    upto: Ack | None
    received: Ack
    at: float


@dataclass
class Relaying:
    """Our own use of relays: `look` leaves what cannot go straight and fetches what lies there for us."""

    database: Database
    bundles: Bundles
    say: Say
    monotonic: Callable[[], float]
    _left: dict[str, _Left] = field(default_factory=dict)

    async def look(self) -> None:
        async with self.database.reading() as connection:
            known = [peer for peer in await peers.everyone(connection) if peer.state is PeerState.ACTIVE]
            lines = await store.lines(connection)
        by_id = {peer.id: peer for peer in known}
        through = {by_id[peer.relay].id: by_id[peer.relay] for peer in known if peer.relay and peer.relay in by_id}
        for relay in through.values():
            await self._fetch(relay)
        for peer in known:
            relay_of = by_id.get(peer.relay or "")
            line = lines.get(peer.id)
            if relay_of is None or line is None or (peer.url and line.failures < DOWN_AFTER):
                self._left.pop(peer.id, None)
                continue
            with suppress(NoSuchThing):
                await self._leave(peer, relay_of, line)

    async def _leave(self, peer: Peer, relay: Peer, line: store.Line) -> None:
        before = self._left.get(peer.id)
        if before is not None and self.monotonic() - before.at > AGAIN_AFTER:
            before = None
        written, upto = await self.bundles.stretch(peer, after=before.upto if before else None)
        if before is not None and upto == before.upto and line.received == before.received:
            return
        for part in _pages(written):
            if await self.say(relay, "/federation/v1/relay", msgspec.json.encode(Leave(peer.origin, part))) is None:
                return
        log.info("left at a relay", partner=peer.origin, relay=relay.origin, parcels=len(written))
        self._left[peer.id] = _Left(upto, line.received, self.monotonic())

    async def _fetch(self, relay: Peer) -> None:
        taken: list[str] = []
        while True:
            answer = await self.say(relay, "/federation/v1/relay/fetch", msgspec.json.encode(Fetch(taken)))
            if answer is None:
                return
            try:
                found = msgspec.json.decode(answer, type=Fetched).parcels
            except msgspec.DecodeError as error:
                log.warning("a relay answered what is no answer", relay=relay.origin, error=str(error))
                return
            if not found:
                return
            read = await self.bundles.read([one.line for one in found])
            if read.refused:
                log.warning("parcels refused", relay=relay.origin, count=len(read.refused), first=read.refused[0])
            taken = [one.id for one in found]


def _pages(lines: Sequence[str]) -> list[list[str]]:
    pages: list[list[str]] = []
    size = MOST_FETCHED
    for line in lines:
        if size + len(line) > MOST_FETCHED - 1_000:
            pages.append([])
            size = 0
        pages[-1].append(line)
        size += len(line)
    return pages
