"""A stream written down as a file and read from one, where no line connects two nodes.

What is written goes on from what the partner has acknowledged: writing twice writes the same twice, and reading twice
changes nothing. The files themselves carry the acknowledgement of the other direction: two nodes that exchange nothing
but files stay complete.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from geodata.model.clock import WallClock
from geodata.store.database import Database
from service.errors import Invalid
from service.federation.identity.keys import NodeKeys
from service.federation.islands import store
from service.federation.islands.parcel import (
    ROTATION,
    BadParcel,
    Unsealed,
    envelope_in,
    rotation_in,
    seal,
    seal_rotation,
    unseal,
)
from service.federation.peers import rotation
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.federation.peers.rotation import Announcer, BadRotation, Rotation
from service.federation.wire.envelope import Ack, Envelope

MOST_PARCELS = 2_000
USUAL_BYTES = 400_000
"""Of an envelope in a file: sealed, a line of it still fits into one request."""
LEAST_BYTES = 4_000
"""A radio takes small pieces; smaller than this the wrapping outweighs what is in it."""

Next = Callable[[Peer, Ack | None, int], Awaitable[Envelope | None]]
"""The envelope that follows an acknowledgement (none: what the partner last acknowledged), of at most so many bytes."""
Take = Callable[[Peer, Envelope], Awaitable[bool]]
"""Whether the envelope was applied; one that is known already or comes too early is not. Raises BadParcel."""


@dataclass(frozen=True, slots=True)
class Read:
    """What became of the lines of a file. `early` are those whose forerunner is missing: read them again after it."""

    applied: int = 0
    known: int = 0
    early: int = 0
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """One parcel: `after` is what its recipient must have before it, `upto` what it has then. A greeting leads nowhere:
    both are the same."""

    line: str
    after: Ack
    upto: Ack


class Bundles:
    def __init__(
        self, database: Database, keys: NodeKeys, announcer: Announcer, origin: str, next_envelope: Next, take: Take
    ) -> None:
        self.database, self.keys, self.announcer, self.origin = database, keys, announcer, origin
        self.next_envelope, self.take = next_envelope, take

    async def write(self, peer: Peer, *, after: Ack | None = None, most_bytes: int = USUAL_BYTES) -> list[str]:
        """Parcels for this partner, at least one: what has happened since `after` (none: since what it acknowledged),
        and what we have of its own stream. Raises Invalid for a partner that is not active."""
        pieces = await self.stretch(peer, after=after, most_bytes=most_bytes)
        return [*self.announced(peer), *(piece.line for piece in pieces)]

    def announced(self, peer: Peer) -> list[str]:
        """One line if the partner may not have heard of our keys yet."""
        said = self.announcer.for_parcel(peer)
        return [seal_rotation(peer.seal_key, said)] if said else []

    async def stretch(
        self,
        peer: Peer,
        *,
        after: Ack | None = None,
        most_bytes: int = USUAL_BYTES,
        most_in_all: int | None = None,
    ) -> list[Piece]:
        """`write`, with the places to which each parcel leads. `most_in_all`: no further parcel once the lines have so
        many bytes."""
        async with self.database.reading() as connection:
            line = (await store.lines(connection)).get(peer.id)
        if line is None:
            raise Invalid("id", f"{peer.name} is {peer.state.lower()}: nothing leaves to it")
        written: list[Piece] = []
        size = 0
        while len(written) < MOST_PARCELS and (most_in_all is None or size < most_in_all):
            envelope = await self.next_envelope(peer, after, max(LEAST_BYTES, most_bytes))
            if envelope is None or (written and _greets(envelope)):
                break
            sealed = seal(self.keys, peer.seal_key, msgspec.structs.replace(envelope, ack=line.received))
            upto = Ack(envelope.epoch, envelope.number, envelope.upto)
            if _greets(envelope):
                return [Piece(sealed, upto, upto)]
            written.append(Piece(sealed, Ack(envelope.epoch, envelope.number - 1, envelope.after), upto))
            size += len(sealed)
            after = upto
        return written

    async def read(self, lines: Iterable[str]) -> Read:
        """Apply what fits, in the order of the numbers. Reading never fails as a whole: each line has its own fate."""
        return (await self.take_in(lines))[0]

    async def take_in(self, lines: Iterable[str]) -> tuple[Read, set[str]]:
        """`read`, and the ids of partners who do not know what we have: what they said is here already, or early."""
        opened: list[tuple[Peer, Envelope]] = []
        refused: list[str] = []
        now = WallClock().now()
        found: list[Unsealed] = []
        for line in lines:
            try:
                found.append(unseal(self.keys, line))
            except BadParcel as error:
                refused.append(str(error))
        told, again = await self._rotated([one for one in found if one.kind == ROTATION], now, refused)
        async with self.database.reading() as connection:
            known = [peer for peer in await peers.everyone(connection) if peer.state is PeerState.ACTIVE]
        by_kid = {key.kid: (peer, key.x) for peer in known for key in peer.keys if key.counts(now)}
        for unsealed in found:
            if unsealed.kind == ROTATION:
                continue
            try:
                kid, envelope = envelope_in(unsealed, lambda kid: by_kid[kid][1] if kid in by_kid else None)
                peer = by_kid[kid][0]
                if (envelope.sender, envelope.recipient) != (peer.origin, self.origin):
                    raise BadParcel(f"it is from {envelope.sender} to {envelope.recipient}, signed by {peer.origin}")
                self.announcer.learnt(peer.id, knows=unsealed.current)
                opened.append((peer, envelope))
            except BadParcel as error:
                refused.append(str(error))
        applied = 0
        astray: set[str] = set()
        left = sorted(opened, key=lambda one: (one[0].id, one[1].epoch, one[1].number))
        for peer, envelope in list(left):
            try:
                taken = await self.take(peer, envelope)
                applied += taken
                if not taken and not _greets(envelope):
                    astray.add(peer.id)
            except BadParcel as error:
                refused.append(str(error))
                left.remove((peer, envelope))
        async with self.database.reading() as connection:
            have = await store.lines(connection)
        early = sum(_after(envelope, have[peer.id].received) for peer, envelope in left if peer.id in have)
        return Read(applied + told, len(left) - applied - early + again, early, tuple(refused)), astray

    async def _rotated(self, found: Iterable[Unsealed], now: datetime, refused: list[str]) -> tuple[int, int]:
        """How many announcements of partners' new keys were believed, and how many known before."""
        told = again = 0
        for unsealed in found:
            try:
                given = msgspec.json.decode(rotation_in(unsealed), type=Rotation)
                async with self.database.reading() as connection:
                    peer = await peers.by_origin(connection, given.origin)
                if peer is None or not peer.keys or peer.state is not PeerState.ACTIVE:
                    raise BadParcel("it announces new keys of no partner of ours")
                if rotation.known_already(peer, given):
                    again += 1
                    continue
                await rotation.take(self.database, peer, given, now)
                told += 1
            except (BadParcel, BadRotation, msgspec.DecodeError) as error:
                refused.append(f"new keys: {error}")
        return told, again


def _greets(envelope: Envelope) -> bool:
    """Whether it says nothing and leads nowhere. One without items that leads on passes over what concerns others."""
    return not envelope.items and envelope.upto == envelope.after


def _after(envelope: Envelope, ours: Ack) -> bool:
    return bool(envelope.items) and (envelope.epoch, envelope.number) > (ours.epoch, ours.number)
