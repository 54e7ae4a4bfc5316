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
from service.federation.islands.bundle import Bundles, Piece
from service.federation.islands.parcel import LONGEST
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.federation.wire.envelope import Ack

log = structlog.get_logger(__name__)

DOWN_AFTER = 2
"""Failures in a row after which a partner counts as not reached."""
FIRST_PAUSE, LONGEST_PAUSE = 4.0, 600.0
"""Looks (the first), seconds (the longest) without an acknowledgement after which what was left is left once more."""
MOST_LYING = 10_000_000
"""Bytes for one partner at a relay; more is left when these have arrived."""
MOST_FETCHED = 900_000


class Leave(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parcels for `recipient`, an origin, in the order in which they are to be read. `anew`: instead of what the caller
    has lying there for it."""

    recipient: str
    parcels: list[str]
    anew: bool = False


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
            await store.add(tx, sender.origin, recipient.origin, given.parcels, self.clock.now(), anew=given.anew)

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


class _Left:
    """What lies at a relay for one partner: a chain of places from its last acknowledgement to where the last parcel
    leads. The partner may be anywhere on it; anywhere else it cannot read what lies there."""

    def __init__(self, start: Ack, received: Ack, kid: str, now: float, pause: float) -> None:
        self.tip = self.reached = Ack(start.epoch, start.number, start.token)
        self.places = {(start.epoch, start.number): (start.token, 0)}
        self.size = 0
        self.repaired = -1
        self.received, self.kid, self.at, self.pause = received, kid, now, pause

    def leads_from(self, ack: Ack) -> bool:
        return self.places.get((ack.epoch, ack.number), (None,))[0] == ack.token

    def add(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            if piece.upto != piece.after:
                self.size += len(piece.line)
                for place in (piece.after, piece.upto):
                    self.places[place.epoch, place.number] = (place.token, self.size)
                self.tip = piece.upto

    def moved(self, ack: Ack) -> bool:
        """Whether the partner has more of it than it was known to have; what it has is forgotten."""
        if ack == self.reached:
            return False
        self.reached = ack
        self.places = {place: kept for place, kept in self.places.items() if place >= (ack.epoch, ack.number)}
        return True

    @property
    def lying(self) -> int:
        """Bytes that the partner has not acknowledged."""
        return self.size - self.places[self.reached.epoch, self.reached.number][1]


@dataclass
class Relaying:
    """Our own use of relays: `look`, once in `every` seconds, leaves what cannot go straight and fetches what lies
    there for us."""

    database: Database
    bundles: Bundles
    say: Say
    monotonic: Callable[[], float]
    every: float
    _left: dict[str, _Left] = field(default_factory=dict)
    _pauses: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Of partners whose relay refused: not before, and how long the pause was."""
    _owed: set[str] = field(default_factory=set)
    """Partners who do not know what we have of theirs: they hear of it even if we have nothing new ourselves."""

    async def look(self) -> None:
        async with self.database.reading() as connection:
            known = [peer for peer in await peers.everyone(connection) if peer.state is PeerState.ACTIVE]
        by_id = {peer.id: peer for peer in known}
        through = {by_id[peer.relay].id: by_id[peer.relay] for peer in known if peer.relay and peer.relay in by_id}
        reached = {relay.id for relay in through.values() if await self._fetch(relay)}
        async with self.database.reading() as connection:
            lines = await store.lines(connection)
        for peer in known:
            relay_of = by_id.get(peer.relay or "")
            line = lines.get(peer.id)
            if relay_of is None or line is None or (peer.ways and line.failures < DOWN_AFTER):
                self._left.pop(peer.id, None)
            elif relay_of.id in reached:
                with suppress(NoSuchThing):
                    await self._leave(peer, relay_of, line)

    async def _leave(self, peer: Peer, relay: Peer, line: store.Line) -> None:
        """Go on from where the parcels lead that lie there, or anew from what the partner has, if it cannot read those
        or has not read any of them for the pause; each pause is twice the one before."""
        now = self.monotonic()
        if now < self._pauses.get(peer.id, (now, 0.0))[0]:
            return
        have = Ack(line.acknowledged.epoch, line.acknowledged.number, line.acknowledged.token)
        left, pause = self._left.get(peer.id), FIRST_PAUSE * self.every
        kid = self.bundles.keys.current.kid
        if left is not None and left.kid == kid and left.leads_from(have):
            if left.moved(have) or have == left.tip:
                left.at, left.pause = now, pause
            elif now - left.at > left.pause:
                pause = min(2 * left.pause, LONGEST_PAUSE)
                left = None
        else:
            left = None
        after = None
        if left is not None:
            again = line.acknowledged.repair if have.number > left.repaired else ()
            after = Ack(left.tip.epoch, left.tip.number, left.tip.token, again)
            if left.lying >= MOST_LYING:
                return
        pieces = await self.bundles.stretch(peer, after=after, most_in_all=MOST_LYING)
        if not pieces:
            return
        anew = left is None
        left = left or _Left(pieces[0].after, line.received, kid, now, pause)
        if not anew and pieces[-1].upto == left.tip and line.received == left.received and peer.id not in self._owed:
            return
        lines = [*(self.bundles.announced(peer) if anew else ()), *(piece.line for piece in pieces)]
        if not await self._bring(peer, relay, lines, anew=anew):
            self._left.pop(peer.id, None)
            waited = self._pauses.get(peer.id, (0.0, FIRST_PAUSE * self.every / 2))[1]
            pause = min(2 * waited, LONGEST_PAUSE)
            self._pauses[peer.id] = (now + pause, pause)
            return
        self._pauses.pop(peer.id, None)
        self._owed.discard(peer.id)
        left.add(pieces)
        if after is not None and after.repair:
            left.repaired = left.tip.number
        left.received = line.received
        self._left[peer.id] = left
        log.info("left at a relay", partner=peer.origin, relay=relay.origin, parcels=len(pieces), anew=anew)

    async def _bring(self, peer: Peer, relay: Peer, lines: Sequence[str], *, anew: bool) -> bool:
        for number, part in enumerate(_pages(lines)):
            body = msgspec.json.encode(Leave(peer.origin, part, anew and number == 0))
            if await self.say(relay, "/federation/v1/relay", body) is None:
                return False
        return True

    async def _fetch(self, relay: Peer) -> bool:
        """Whether the relay was reached."""
        taken: list[str] = []
        while True:
            answer = await self.say(relay, "/federation/v1/relay/fetch", msgspec.json.encode(Fetch(taken)))
            if answer is None:
                return False
            try:
                found = msgspec.json.decode(answer, type=Fetched).parcels
            except msgspec.DecodeError as error:
                log.warning("a relay answered what is no answer", relay=relay.origin, error=str(error))
                return False
            if not found:
                return True
            read, astray = await self.bundles.take_in([one.line for one in found])
            self._owed |= astray
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
