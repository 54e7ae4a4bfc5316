"""New keys: told to every partner, signed with the key that it knows; the old one signs for a day more.

The announcement is our new document, signed by each of our former keys as a compact JWS of its own, so that a partner
who was away for several rotations finds the key that it has pinned. Only the key that is a partner's current one can
name the next; one that was replaced cannot, so that neither a replay nor an old stolen key turns anything back.
The same announcement goes by parcel to whom no line leads (`islands`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct

from geodata.model.clock import Clock
from geodata.store.database import Database, StoreUnavailable
from service.access.audit.store import note
from service.access.visitor import Visitor
from service.federation.identity import document as documents
from service.federation.identity import jws
from service.federation.identity.document import BadDocument, Document, Myself
from service.federation.identity.jws import BadSignature
from service.federation.identity.keys import NodeKeys, SigningKey, public_key
from service.federation.peers import store
from service.federation.peers.peer import Peer, PeerState, PinnedKey
from service.federation.peers.reaching import Reaching
from service.federation.wire.reach import Unreachable

log = structlog.get_logger()

ROTATE = "/federation/v1/rotate"
OVERLAP = timedelta(hours=24)
EVERY = 2.0
LONGEST_PAUSE = timedelta(seconds=60)
MOST_FORMER = 8
_TYPE = "lagebild-rotation"


class Rotation(Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    origin: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
    signed: Annotated[tuple[Annotated[str, Meta(max_length=60_000)], ...], Meta(min_length=1, max_length=MOST_FORMER)]


class BadRotation(ValueError):
    """This new key is not believed; the message says why."""


def announcement(myself: Myself) -> bytes:
    """For partners who know one of our former keys. Raises ValueError if there is none."""
    former = myself.keys.signing[1 : 1 + MOST_FORMER]
    if not former:
        raise ValueError("there was no other key before this one")
    said = msgspec.json.encode(myself.document())
    signed = tuple(jws.sign(key, said, _TYPE) for key in former)
    return msgspec.json.encode(Rotation(1, myself.origin, signed))


def believed(peer: Peer, given: Rotation) -> tuple[Document, dict[str, Any]]:
    """The new document of this partner. Raises BadRotation."""
    current = peer.keys[0]
    for signed in given.signed:
        try:
            if jws.kid_in(signed) != current.kid:
                continue
            found, said = documents.read(jws.opened(current.x, signed, _TYPE))
        except (BadSignature, BadDocument) as error:
            raise BadRotation(str(error)) from error
        if (found.origin, found.mode) != (peer.origin, peer.mode):
            raise BadRotation("it names another origin or mode")
        if any(found.signing.kid == key.kid for key in peer.keys):
            raise BadRotation("this key was replaced before")
        return found, said
    raise BadRotation("it is not signed by the key that counts here")


def known_already(peer: Peer, given: Rotation) -> bool:
    """Whether this announcement leads to the key that counts here: it was heard before."""
    for signed in given.signed:
        with suppress(BadSignature, BadDocument):
            kid = jws.kid_in(signed)
            x = next((key.x for key in peer.keys if key.kid == kid), None)
            if x and documents.read(jws.opened(x, signed, _TYPE))[0].signing.kid == peer.keys[0].kid:
                return True
    return False


def rotated(peer: Peer, new: PinnedKey) -> list[PinnedKey]:
    """Newest first; what counts no longer is kept by name, so that it never comes back."""
    before = [replace(key, until=new.since + OVERLAP) if key.until is None else key for key in peer.keys]
    return [new, *before][: 2 * MOST_FORMER]


async def take(database: Database, peer: Peer, given: Rotation, now: datetime) -> None:
    """Pins the new key of a partner. Raises BadRotation."""
    async with database.transaction(f"partner:{peer.origin}") as tx:
        held = await store.take(tx, peer.id)
        found, said = believed(held, given)
        new = PinnedKey(found.signing.kid, found.signing.x, now)
        await store.pin(tx, held.id, rotated(held, new), found.sealing.x, said)
        await store.reached_at(tx, held, found.addresses)
        detail = {"kid": new.kid, "before": held.keys[0].kid}
        await note(
            tx.connection, Visitor(person=f"partner:{peer.origin}"), "partner.rotated", f"partner:{peer.id}", detail
        )
    log.info("a partner has a new key", origin=peer.origin, kid=new.kid)


async def rotate(database: Database, keys: NodeKeys, visitor: Visitor) -> SigningKey:
    """New keys of ours, to sign with and to seal for us with; `Announcer` tells them, in whatever process it runs."""
    before = keys.current.kid
    async with database.transaction(visitor.actor if visitor.signed_in else str(visitor.person)) as tx:
        new = keys.rotate()
        await note(tx.connection, visitor, "node.rotate", f"key:{new.kid}", {"before": before})
    log.info("our own keys are new ones", kid=new.kid, before=before)
    return new


class Announcer:
    """Tells partners of our new key until each has said that it knows it. `told` is called with the id of one that
    knows: what it refused in between can go now."""

    def __init__(
        self, database: Database, myself: Myself, reaching: Reaching, clock: Clock, told: Callable[[str], None]
    ) -> None:
        self.database, self.myself, self.reaching, self.clock, self.told = database, myself, reaching, clock, told
        self._knows: dict[str, str] = {}
        self._pause: dict[str, tuple[datetime, timedelta]] = {}

    async def look(self) -> None:
        keys = self.myself.keys.signing
        if len(keys) < 2:
            return
        try:
            async with self.database.reading() as connection:
                peers = await store.everyone(connection)
        except StoreUnavailable:
            return
        for peer in peers:
            if peer.state in (PeerState.ACTIVE, PeerState.PENDING) and peer.ways and self._due(peer.id, keys[0].kid):
                await self._tell(peer, keys[0].kid)

    def knows(self, peer: str) -> bool:
        """Whether this partner has said that it knows our current key; one who came after it does."""
        return self._knows.get(peer) == self.myself.keys.current.kid

    def learnt(self, peer: str, *, knows: bool) -> None:
        """What it has sealed for us shows whether it knows our current key."""
        if knows:
            self._knows[peer] = self.myself.keys.current.kid
        else:
            self._knows.pop(peer, None)

    def for_parcel(self, peer: Peer) -> bytes | None:
        """The announcement, unless this partner knows our current key."""
        if len(self.myself.keys.signing) < 2 or self.knows(peer.id):
            return None
        return announcement(self.myself)

    def _due(self, peer: str, kid: str) -> bool:
        waits = self._pause.get(peer)
        return self._knows.get(peer) != kid and (waits is None or waits[0] <= self.clock.now())

    async def _tell(self, peer: Peer, kid: str) -> None:
        theirs: dict[str, Ed25519PublicKey] = {key.kid: public_key(key.x) for key in peer.keys if key.until is None}
        try:
            reply = await self.reaching.post(peer, ROTATE, announcement(self.myself), theirs.get)
            wrong = None if reply.status == 200 else f"answer {reply.status}"
        except Unreachable as error:
            wrong = str(error)
        if wrong is None:
            self._knows[peer.id] = kid
            self._pause.pop(peer.id, None)
            log.info("a partner knows our new key", origin=peer.origin, kid=kid)
            self.told(peer.id)
            return
        before = self._pause.get(peer.id, (None, timedelta(seconds=1)))[1]
        pause = min(2 * before, LONGEST_PAUSE)
        self._pause[peer.id] = (self.clock.now() + pause, pause)
        log.warning("a partner does not know our new key yet", origin=peer.origin, error=wrong)
