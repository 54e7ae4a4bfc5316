"""How two nodes become partners: one invites, the other comes with the secret, two humans compare the words.

    inviting node                      invited node
    invite  -> text with address, fingerprint of our keys, secret (by any way, it counts once)
                                       accept: fetches our document, compares it with the fingerprint
    hello   <- its document and the secret, signed with its key
    PENDING -> our document, signed    PENDING
    compare: the same eight words on both screens; on each side a human says so, then it is ACTIVE there

Nothing but a `hello` is taken from a partner that is PENDING. The secret proves that it is whom we sent it to, the
words that nobody stands in between.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
import structlog
from msgspec import Meta, Struct

from geodata.model.clock import Clock
from geodata.store.database import Database, Transaction
from service.access.audit.store import note
from service.access.visitor import Visitor
from service.errors import Invalid, NoAnswer
from service.federation.identity import document as documents
from service.federation.identity.document import BadDocument, Document, Myself
from service.federation.identity.keys import public_key
from service.federation.identity.words import common_words, fingerprint
from service.federation.peers import store
from service.federation.peers.invitation import Invitation, digest, new_secret
from service.federation.peers.peer import Peer, PeerState, PinnedKey
from service.federation.wire.client import PeerClient, Reply
from service.federation.wire.reach import Unreachable
from service.federation.wire.signing import KEEP_NONCES, KeyOf, Refused

log = structlog.get_logger()

HELLO = "/federation/v1/hello"


class Hello(Struct, frozen=True, forbid_unknown_fields=True):
    """`document` is that of `/.well-known/lagebild`, as the caller would tell it."""

    version: Literal[1]
    secret: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$")]
    document: dict[str, Any]


class Handshake:
    """`changed` is told the id of a partner with whom more may travel than before."""

    def __init__(
        self, database: Database, myself: Myself, client: PeerClient, clock: Clock, changed: Callable[[str], None]
    ) -> None:
        self.database, self.myself, self.client, self.clock = database, myself, client, clock
        self.changed = changed

    async def invite(self, visitor: Visitor, name: str, lasts: timedelta) -> tuple[str, Invitation, datetime]:
        """Its id, the invitation, which is not kept and told this once, and until when it counts. `name`: for whom."""
        keys = self.myself.keys
        made = Invitation(
            self.myself.url.rstrip("/"), self.myself.origin, fingerprint(keys.current.x, keys.seal_x), new_secret()
        )
        expires = self.clock.now() + lasts
        async with self.database.transaction(visitor.actor) as tx:
            id = await store.invite(tx, digest=digest(made.secret), name=name, expires=expires)
            await note(tx.connection, visitor, "partner.invite", f"invitation:{id}")
        return id, made, expires

    async def accept(self, visitor: Visitor, text: str) -> str:
        """The id of the partner whose invitation this is, now PENDING on both sides.

        Raises BadInvitation; Invalid if keys or mode do not fit or it refuses us; NoAnswer."""
        invitation = Invitation.read(text)
        found, said = await self._document_of(invitation)
        key = public_key(found.signing.x)

        def key_of(kid: str) -> Any:
            return key if kid == found.signing.kid else None

        async with self.database.reading() as connection:
            self._demand_new(await store.by_origin(connection, found.origin))
        hello = {"version": 1, "secret": invitation.secret, "document": self.myself.document()}
        reply = await self._asked("POST", invitation.url, HELLO, msgspec.json.encode(hello), key_of)
        if reply.status != 200:
            raise Invalid("invitation", f"{found.name} does not take it: {_detail(reply)}")
        async with self.database.transaction(visitor.actor) as tx:
            known = await store.take_origin(tx, found.origin)
            self._demand_new(known)
            id = await self._keep(tx, known, found, said)
            await note(tx.connection, visitor, "partner.accept", f"partner:{id}", {"kid": found.signing.kid})
        return id

    async def hello(self, given: Hello, found: Document, nonce: str) -> str:
        """Somebody comes with our secret; the signature was checked with the key of `found`. Its id. Raises Refused."""
        now, who = self.clock.now(), Visitor(person=f"partner:{found.origin}")
        async with self.database.transaction(f"partner:{found.origin}") as tx:
            invited = await store.invitation(tx, digest(given.secret))
            if invited is None or invited.expires_at <= now:
                raise Refused(403, "no-invitation", "secret: there is no such invitation, or its time is over.")
            self._demand_fitting(found)
            known = await store.take_origin(tx, found.origin)
            if invited.used_at is not None:
                if known is None or known.id != invited.peer or not _waits_with(known, found):
                    raise Refused(403, "used-invitation", "secret: this invitation was used; ask for another one.")
                id = known.id  # our answer was lost on its way, and it asks again
            elif known is not None and known.state is not PeerState.REVOKED:
                raise Refused(409, "known", "origin: we have a partner of this name; it must be revoked here first.")
            else:
                id = await self._keep(tx, known, found, given.document)
                await store.use(tx, invited.id, id, now)
                await note(tx.connection, who, "partner.hello", f"partner:{id}", {"kid": found.signing.kid})
            if await store.nonce_seen(tx, id, nonce, now, now + KEEP_NONCES):
                raise Refused(401, "replayed", "nonce: this very request has been here before.")
        log.info("a partner came with an invitation", origin=found.origin)
        return id

    async def compare(self, visitor: Visitor, id: str, seen: list[str]) -> Peer:
        """A human has compared `seen` with what the other side reads out. Raises NoSuchThing, Invalid, BadMove."""
        async with self.database.transaction(visitor.actor) as tx:
            peer = await store.take(tx, id)
            if seen != words_with(self.myself, peer):
                raise Invalid("words", "keys have changed since these words were shown: compare again")
            await store.compared(tx, id)
            if peer.state in (PeerState.PENDING, PeerState.REVOKED):
                await store.move(tx, peer, PeerState.ACTIVE, None)
            await note(tx.connection, visitor, "partner.compare", f"partner:{id}", {"kid": peer.keys[0].kid})
            tx.on_commit(lambda: self.changed(id))
            return await store.one(tx.connection, id)

    async def _document_of(self, invitation: Invitation) -> tuple[Document, dict[str, Any]]:
        if invitation.origin == self.myself.origin:
            raise Invalid("invitation", "this invitation is our own; send it to the other side")
        reply = await self._asked("GET", invitation.url, documents.PATH, b"", None)
        if reply.status != 200:
            raise NoAnswer(f"{invitation.url} does not say who it is ({reply.status})")
        try:
            found, said = documents.read(reply.body)
        except BadDocument as error:
            raise Invalid("invitation", f"what {invitation.url} says of itself is not valid: {error}") from error
        if (
            found.origin != invitation.origin
            or fingerprint(found.signing.x, found.sealing.x) != invitation.fingerprint
            or (found.url or "").rstrip("/") != invitation.url.rstrip("/")
        ):
            raise Invalid(
                "invitation",
                f"the keys at {invitation.url} are not those of the invitation: somebody may stand in between, or they"
                " were changed since. Nothing was accepted; ask by telephone",
            )
        try:
            self._demand_fitting(found)
        except Refused as error:
            raise Invalid("invitation", error.detail) from error
        return found, said

    async def _asked(self, method: str, url: str, path: str, body: bytes, key_of: KeyOf | None) -> Reply:
        try:
            return await self.client.ask(method, url, path, body, key_of, accept="application/json")
        except Unreachable as error:
            raise NoAnswer(f"{url} is not reached: {error}") from error

    def _demand_fitting(self, found: Document) -> None:
        """Raises Refused."""
        if found.origin == self.myself.origin:
            raise Refused(409, "own-origin", f"origin: we are called {found.origin} ourselves; one of us must change.")
        if found.mode != self.myself.mode:
            detail = f"mode: one of us is {found.mode}, the other {self.myself.mode}; an exercise stays among itself."
            raise Refused(409, "mode", detail)

    @staticmethod
    def _demand_new(known: Peer | None) -> None:
        if known is not None and known.state is not PeerState.REVOKED:
            raise Invalid("invitation", f"{known.name} is here already ({known.state}); revoke it before a new one")

    async def _keep(self, tx: Transaction, known: Peer | None, found: Document, said: dict[str, Any]) -> str:
        key = PinnedKey(found.signing.kid, found.signing.x, self.clock.now())
        if known is None:
            id = await store.add(
                tx, origin=found.origin, name=found.name, level=found.level, mode=found.mode, keys=[key],
                seal_key=found.sealing.x, url=found.url, ars=found.ars or None, document=said,
            )  # fmt: skip
            await store.reached_at(tx, await store.take(tx, id), found.addresses)
            return id
        await store.move(tx, known, PeerState.PENDING, None)
        await store.pin(tx, known.id, [key], found.sealing.x, said)
        await store.introduce(tx, known.id, name=found.name, ars=found.ars or None, level=found.level, url=found.url)
        await store.reached_at(tx, await store.take(tx, known.id), found.addresses)
        return known.id


def words_with(myself: Myself, peer: Peer) -> list[str]:
    """What both screens show while nobody stands in between; none for a partner without a key."""
    keys = myself.keys
    if not peer.keys:
        return []
    return common_words((keys.current.x, keys.seal_x), (peer.keys[0].x, peer.seal_key))


def _waits_with(known: Peer, found: Document) -> bool:
    return known.state is PeerState.PENDING and [key.x for key in known.keys[:1]] == [found.signing.x]


def _detail(reply: Reply) -> str:
    try:
        said = msgspec.json.decode(reply.body).get("detail")
    except (msgspec.DecodeError, AttributeError):
        said = None
    return str(said)[:300] if said else f"answer {reply.status}"
