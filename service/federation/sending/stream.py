"""What a partner is told next: one envelope after the place that it has acknowledged.

The partner is the truth about where it is. Asked twice with the same acknowledgement, the stream goes on from the same
place twice; what was lost on the way is said again, as it is by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from geodata.model.clock import Clock
from geodata.store.database import Database
from service.federation.identity.keys import NodeKeys
from service.federation.peers.peer import Peer
from service.federation.sending import store, token
from service.federation.sending.pack import Pack
from service.federation.sending.passing import Passing
from service.federation.sending.recent import Recent
from service.federation.sending.telling import Telling
from service.federation.sending.token import BadToken, Place
from service.federation.sharing.store import effective
from service.federation.wire.envelope import MOST_BYTES, Ack, Envelope

log = structlog.get_logger(__name__)

FAR = 1_000
"""Changes that do not concern a partner are passed over each time anew, until there are so many of them."""


@dataclass(frozen=True, slots=True)
class Made:
    """`more`: the next envelope has something to say too. `left_out` are things that could not be told, with the
    reason."""

    envelope: Envelope
    more: bool = False
    digested: bool = False
    left_out: tuple[str, ...] = ()


class Streams:
    """`origin` and `mode` are ours; `compare` is how often both sides compare digests. `clock` is that of the wall.
    Without `keys` nothing is passed on."""

    def __init__(
        self, database: Database, clock: Clock, *, origin: str, mode: str, compare: timedelta,
        keys: NodeKeys | None = None,
    ) -> None:  # fmt: skip
        self.database, self.clock, self.keys = database, clock, keys
        self.origin, self.mode, self.compare = origin, mode, compare.total_seconds()
        self.recent = Recent()
        self._last: dict[str, str] = {}
        """By partner the place to which its last envelope led: where it most likely is."""

    async def next_envelope(
        self, peer: Peer, ack: Ack | None = None, *, most_bytes: int = MOST_BYTES, greeting: bool = True
    ) -> Envelope | None:
        """The envelope that follows this acknowledgement, or else what the partner last acknowledged. If there is
        nothing new, a greeting, or None without `greeting`; None also for a partner to whom we do not speak.

        Raises StoreUnavailable."""
        made = await self.make(peer, ack, most_bytes=most_bytes, greeting=greeting)
        return made.envelope if made else None

    async def make(
        self, peer: Peer, ack: Ack | None = None, *, most_bytes: int = MOST_BYTES, greeting: bool = True,
        ahead: bool = False,
    ) -> Made | None:  # fmt: skip
        """`ahead`: the acknowledgement is still under way, so that no new stream begins."""
        now = self.clock.now()
        guess = ack.token if ack else self._last.get(peer.id, "")
        async with self.database.moment() as connection:
            standing = await store.standing(connection, peer.id, _read(guess))
            if standing is None or not standing.active or standing.mode != self.mode:
                return None
            had = ack or standing.out
            shares = await effective(connection, peer.id, origin=self.origin)
            place, bounds = _read(had.token), standing.bounds
            if had.token != guess:
                bounds = await store.bounds(connection, place or Place())
            if place is not None and not bounds.known(place):
                place = None
            fresh = place is None
            if fresh and ahead:
                return None
            epoch = had.epoch
            if place is None:
                epoch = _new_epoch(standing.out, had, int(now.timestamp() * 1_000_000))
                place = Place(bounds.newest)
            number = 1 if fresh else had.number + 1
            pack = Pack(most_bytes)
            key = self.keys.current if self.keys else None
            telling = Telling(
                connection, shares, place, bounds.newest, pack, name=f"{epoch} {number}", compare=self.compare, now=now,
                passing=Passing(connection, key, peer.origin, epoch), recent=self.recent,
            )  # fmt: skip
            await telling.fill(() if fresh else had.repair)
        for reason in telling.left_out:
            log.warning("not told to a partner", partner=peer.origin, reason=reason)
        after = "" if fresh else had.token
        far = telling.log.seq - place.log.seq > FAR
        if pack.items or (not fresh and (telling.looks <= 0 or (greeting and far))):
            if fresh and standing.out != Ack(epoch):
                async with self.database.reading() as connection:
                    await store.begin(connection, peer.id, epoch)
            upto = self._last[peer.id] = token.write(telling.place)
        elif greeting:
            epoch, number, after, upto = had.epoch, had.number, had.token, had.token
        else:
            return None
        envelope = Envelope(
            1, self.origin, peer.origin, self.mode, epoch, number, after, upto, now, pack.items,  # type: ignore[arg-type]
            behind=max(0, bounds.newest.seq - telling.log.seq), ack=standing.heard,
        )  # fmt: skip
        return Made(envelope, telling.more, telling.digested, tuple(telling.left_out))


def _new_epoch(out: Ack, had: Ack, microseconds: int) -> int:
    """That of a stream begun before of which nothing has arrived yet, if there is one, so that asking again is no new
    beginning."""
    if not out.number and out.epoch and (out.epoch > had.epoch or had == out):
        return out.epoch
    return max(microseconds, had.epoch + 1, out.epoch + 1)


def _read(said: str) -> Place | None:
    """None if that is no place of ours."""
    try:
        return token.read(said)
    except BadToken:
        return None
