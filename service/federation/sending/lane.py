"""One partner's stream as it is brought there: strictly in order, one envelope under way at a time. Meanwhile the one
after it is made, and thrown away if the answer is not the expected one.

What it answers is the truth about where it is. Whoever does not answer is tried again after 1, 2, 4 … at most 60 s,
or at once when it is heard of; a change of our log alone does not hasten that.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from geodata.model.clock import Clock
from geodata.store.database import Database, StoreError
from geodata.store.things import NoSuchThing
from service.federation.identity.keys import public_key
from service.federation.peers import store as peers
from service.federation.peers.peer import Peer, PeerState
from service.federation.peers.reaching import Reaching
from service.federation.sending import store
from service.federation.sending.stream import Made, Streams
from service.federation.wire import envelope as wire
from service.federation.wire.client import Reply
from service.federation.wire.envelope import Ack, Envelope
from service.federation.wire.reach import Unreachable

log = structlog.get_logger(__name__)

INBOX, OUTBOX = "/federation/v1/inbox", "/federation/v1/outbox"
LONGEST = 60.0
ASTRAY = 3
"""So often in a row a partner may answer that it is somewhere else than where the envelope led."""
SILENT = 3
"""Greetings that a partner lets pass before it is asked for what it has."""

FRESH = 1.0
"""Seconds for which an envelope made ahead, and what is known of the partner, still count."""

Take = Callable[[Peer, Envelope], Awaitable[bool]]
"""Hands to the inbox what a partner answered; whether it was applied."""


class Trouble(Exception):
    """The partner was not reached, or does not take what we say."""


@dataclass
class Counted:
    """Of one partner since the start."""

    envelopes: int = 0
    items: int = 0
    bytes: int = 0
    failures: int = 0
    waiting: int = 0


class Lane:
    def __init__(
        self, id: str, database: Database, streams: Streams, reaching: Reaching, clock: Clock, take: Take | None,
        *, greet: timedelta, building: asyncio.Semaphore,
    ) -> None:  # fmt: skip
        self.id, self.database, self.streams, self.reaching, self.clock = id, database, streams, reaching, clock
        self.take, self.greet, self.building = take, greet.total_seconds(), building
        self.origin = id
        self.counted = Counted()
        self._failures = 0
        self._nudged = asyncio.Event()
        self._new = True
        self._not_before = 0.0
        self._greeted = self._heard = -float("inf")
        self._asking = False
        self._known: Peer | None = None
        self._known_at = self._hastened_at = -float("inf")

    def changed(self) -> None:
        """There may be something new to say."""
        self._new = True
        self._nudged.set()

    def hasten(self) -> None:
        """Try now, whatever has failed before."""
        self._not_before = 0.0
        self._known_at, self._hastened_at = -float("inf"), time.monotonic()
        self.changed()

    def heard(self) -> None:
        """The partner lives."""
        if not self._asking:
            self._heard = time.monotonic()
        if self._failures:
            self.hasten()

    async def run(self) -> None:
        self._failures = await self._failed_before()
        while True:
            try:
                await self._turn()
            except StoreError as error:
                # As the database cannot be asked, nothing can be kept either: later, from the same place.
                log.warning("a partner's stream waits for the database", partner=self.origin, error=str(error))
                self._not_before, self._new = time.monotonic() + 1, True
            await self._wait()

    async def _wait(self) -> None:
        """Until something is new or a greeting is due, and never before the next try is."""
        while True:
            now = time.monotonic()
            due = max(self._not_before, now if self._new else self._greeted + self.greet)
            if due <= now:
                self._new = False
                return
            self._nudged.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(due - now):
                    await self._nudged.wait()

    async def _failed_before(self) -> int:
        with suppress(StoreError):
            async with self.database.reading() as connection:
                standing = await store.standing(connection, self.id)
                return standing.failures if standing else 0
        return 0

    async def _turn(self) -> None:
        """Everything there is to say, then a look at what it has for us, if it was not heard of for long."""
        peer = await self._peer()
        if peer is None or not peer.ways:
            self._greeted = time.monotonic()
            return
        made: Made | None = None
        following: Made | None = None
        try:
            astray = 0
            while True:
                now = time.monotonic()
                due = self._failures > 0 or now - self._greeted >= self.greet * 0.9
                made = following or await self._make(peer, greeting=due)
                if made is None:
                    break
                self.counted.waiting = made.envelope.behind
                ack, following = await self._say_and_make(peer, made)
                self._greeted = time.monotonic()
                if not _led_to(made.envelope, ack):
                    astray += 1
                    if astray >= ASTRAY:
                        raise Trouble("It answers each time that it is somewhere else in our stream.")
                elif not made.more and not ack.repair:
                    break
            if time.monotonic() - self._heard > SILENT * self.greet:
                await self._ask(peer)
        except (Trouble, Unreachable) as error:
            await self._failed(str(error), made)

    async def _make(self, peer: Peer, ack: Ack | None = None, *, greeting: bool = False) -> Made | None:
        """With `ack` ahead of it."""
        async with self.building:
            return await self.streams.make(peer, ack, greeting=greeting, ahead=ack is not None)

    async def _say_and_make(self, peer: Peer, made: Made) -> tuple[Ack, Made | None]:
        """What the partner has now, and the envelope after that if it was made meanwhile and still counts."""
        if not made.more:
            return await self._say(peer, made), None
        expected, began = Ack(made.envelope.epoch, made.envelope.number, made.envelope.upto), time.monotonic()
        making = asyncio.create_task(self._make(peer, expected))
        try:
            ack = await self._say(peer, made)
        except asyncio.CancelledError:
            making.cancel()
            raise
        finally:
            (following,) = await asyncio.gather(making, return_exceptions=True)
        if ack != expected or self._hastened_at >= began or time.monotonic() - began > FRESH:
            return ack, None
        if isinstance(following, BaseException):
            raise following
        return ack, following

    async def _peer(self) -> Peer | None:
        if time.monotonic() - self._known_at < FRESH:
            return self._known
        began = time.monotonic()
        self._known = await self._looked_up()
        self._known_at = began if self._hastened_at < began else -float("inf")
        return self._known

    async def _looked_up(self) -> Peer | None:
        async with self.database.reading() as connection:
            try:
                peer = await peers.one(connection, self.id)
            except NoSuchThing:
                return None
        self.origin = peer.origin
        return peer if peer.state is PeerState.ACTIVE and peer.mode == self.streams.mode else None

    async def _say(self, peer: Peer, made: Made) -> Ack:
        """Bring this envelope, and keep what the partner has now. Raises Trouble, Unreachable, StoreError."""
        body = wire.write.encode(made.envelope)
        reply = await self._post(peer, INBOX, body)
        if reply.status not in (200, 409):
            raise Trouble(_words(reply))
        try:
            ack = wire.read_ack.decode(reply.body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Trouble(
                f"It answers {reply.status} and something that is no acknowledgement: {error}"[:300]
            ) from error
        led = _led_to(made.envelope, ack)
        if not led and (ack.epoch, ack.number, ack.token) == _before(made.envelope):
            raise Trouble(f"It does not take the envelope and answers {reply.status}.")
        items = len(made.envelope.items) if led else 0
        async with self.database.reading() as connection:
            await store.acknowledge(
                connection, peer.id, ack, now=self.clock.now(), items=items, bytes=len(body),
                waiting=made.envelope.behind, digested=led and made.digested,
                error="; ".join(made.left_out)[:500] or None,
            )  # fmt: skip
        self._failures, self._not_before = 0, 0.0
        self.counted.envelopes += 1
        self.counted.items += items
        self.counted.bytes += len(body)
        return ack

    async def _ask(self, peer: Peer) -> None:
        """What it has for us, as long as each envelope brings something."""
        if self.take is None:
            return
        self._asking = True
        try:
            while True:
                async with self.database.reading() as connection:
                    standing = await store.standing(connection, peer.id)
                if standing is None:
                    return
                reply = await self._post(peer, OUTBOX, wire.write.encode(standing.heard))
                if reply.status == 204:
                    return
                if reply.status != 200:
                    raise Trouble(_words(reply))
                try:
                    envelope = wire.read.decode(reply.body)
                except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
                    raise Trouble(f"What it has for us is no envelope: {error}"[:300]) from error
                if not await self.take(peer, envelope) or not envelope.items:
                    return
        finally:
            self._asking = False

    async def _post(self, peer: Peer, path: str, body: bytes) -> Reply:
        def key_of(kid: str) -> Ed25519PublicKey | None:
            pinned = peers.known_key(peer, kid, self.clock.now())
            return public_key(pinned.x) if pinned else None

        return await self.reaching.post(peer, path, body, key_of)

    async def _failed(self, error: str, made: Made | None) -> None:
        self._failures += 1
        self.counted.failures += 1
        self._known_at = -float("inf")
        pause = min(LONGEST, 2.0 ** min(self._failures - 1, 10))
        self._not_before = time.monotonic() + pause
        self._new = True
        now = self.clock.now()
        if self._failures in (1, 10):
            log.warning("a partner does not take our stream", partner=self.origin, failures=self._failures, error=error)
        async with self.database.reading() as connection:
            await store.failed(
                connection, self.id, now=now, next_try=now + timedelta(seconds=pause), error=error,
                waiting=made.envelope.behind if made else None,
            )  # fmt: skip


def _led_to(envelope: Envelope, ack: Ack) -> bool:
    return (ack.epoch, ack.number, ack.token) == (envelope.epoch, envelope.number, envelope.upto)


def _before(envelope: Envelope) -> tuple[int, int, str]:
    return envelope.epoch, envelope.number - 1, envelope.after


def _words(reply: Reply) -> str:
    """What the problem says, in one line."""
    try:
        said = msgspec.json.decode(reply.body, type=dict)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        said = {}
    detail = str(said.get("detail") or said.get("title") or "")[:300]
    return f"{reply.status}: {detail}" if detail else f"It answers {reply.status}."
