"""The address book: where each of our partners is reached, as a signed file for when there are no names, no internet.

Read from a file it adds addresses to partners whose keys are pinned here, and nothing else: a key is the identity, so
that a wrong address leads to nobody. It makes nobody a partner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any, Literal

import httpx
import msgspec
from msgspec import Meta, Struct

from geodata.model.clock import Clock
from geodata.model.resource import FleetLevel
from geodata.store.database import Database, Transaction
from service.access.audit.store import note
from service.access.visitor import Visitor
from service.errors import Invalid
from service.federation.identity.document import BadDocument, Key, Kid, Myself, Url, Words, demand_signed, signed
from service.federation.identity.keys import text_of
from service.federation.identity.words import fingerprint
from service.federation.peers import store
from service.federation.peers.peer import Peer, PeerState
from service.federation.wire.reach import Network, inside, public

TYPE = "lagebild-addresses"
MOST_BYTES = 400_000
MOST_ENTRIES = 500
Addresses = Annotated[list[Url], Meta(max_length=store.MOST_ADDRESSES + 1)]


class BookEntry(Struct, frozen=True):
    """One node. `fingerprint` is that of both its keys (SHA-256, base64url), `kid` the name of the one that signs."""

    origin: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
    name: Words
    level: FleetLevel
    kid: Kid
    fingerprint: Key
    addresses: Addresses
    ars: Annotated[str, Meta(pattern=r"^\d{0,12}$")] = ""


class AddressBook(Struct, frozen=True):
    """Written by `origin` and signed with its key `kid` (detached JWS over RFC 8785, as the document of a node)."""

    version: Literal[1]
    type: Literal["lagebild-addresses"]
    origin: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
    mode: Literal["ACTUAL", "EXERCISE", "TEST"]
    at: datetime
    kid: Kid
    entries: Annotated[list[BookEntry], Meta(max_length=MOST_ENTRIES)]
    signature: Annotated[str, Meta(max_length=1_000)]


class Outcome(StrEnum):
    """ADDS: addresses that we did not know. KNOWN: all of them are known. OURS: that is this node. NOT_ACTIVE: a
    partner that rests or was ended. OTHER_KEY: the name of a partner with another key than the pinned one."""

    ADDS = "ADDS"
    KNOWN = "KNOWN"
    OURS = "OURS"
    NOT_ACTIVE = "NOT_ACTIVE"
    OTHER_KEY = "OTHER_KEY"
    NO_PARTNER = "NO_PARTNER"


@dataclass(frozen=True, slots=True)
class Found:
    """What one entry comes to. `new` are added; `closed` are those that `federation.networks` does not let us call."""

    origin: str
    name: str
    level: str
    ars: str | None
    kid: str
    outcome: Outcome
    addresses: tuple[str, ...]
    new: tuple[str, ...]
    closed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """`written_by`: the origin that has signed the book, and `at` when."""

    written_by: str
    at: datetime
    entries: tuple[Found, ...]


class AddressBooks:
    """`networks`: the private ones that we call. `changed` is told the id of a partner with a new address."""

    def __init__(
        self, database: Database, myself: Myself, networks: Iterable[Network], clock: Clock,
        changed: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.database, self.myself, self.networks, self.clock = database, myself, tuple(networks), clock
        self.changed = changed

    async def write(self, visitor: Visitor) -> bytes:
        """All active partners and ourselves."""
        me, keys = self.myself, self.myself.keys
        async with self.database.transaction(visitor.actor) as tx:
            partners = [peer for peer in await store.everyone(tx.connection) if peer.state is PeerState.ACTIVE]
            await note(tx.connection, visitor, "partner.addresses-written", "partners")
        own = self._entry(me.origin, me.name, me.level, me.ars, keys.current.kid, keys.current.x, keys.seal_x,
                          (me.url, *me.addresses))  # fmt: skip
        entries = [own] + [
            self._entry(peer.origin, peer.name, peer.level, peer.ars, peer.keys[0].kid, peer.keys[0].x, peer.seal_key,
                        peer.ways)
            for peer in partners[: MOST_ENTRIES - 1] if peer.keys
        ]  # fmt: skip
        said = {
            "version": 1, "type": TYPE, "origin": me.origin, "mode": me.mode, "kid": keys.current.kid,
            "at": self.clock.now().isoformat(timespec="seconds"), "entries": entries,
        }  # fmt: skip
        return msgspec.json.format(msgspec.json.encode(signed(keys.current, said, TYPE)), indent=1) + b"\n"

    async def look(self, raw: bytes) -> Looked:
        """What reading it would do. Raises Invalid."""
        book, said = _decoded(raw)
        async with self.database.reading() as connection:
            return self._looked(book, said, await store.everyone(connection))

    async def read(self, visitor: Visitor, raw: bytes) -> Looked:
        """Add what is new; what `look` has said. Raises Invalid."""
        book, said = _decoded(raw)
        async with self.database.transaction(visitor.actor) as tx:
            partners = {peer.origin: peer for peer in await store.everyone(tx.connection)}
            found = self._looked(book, said, list(partners.values()))
            for entry in found.entries:
                if entry.new:
                    await self._add(tx, partners[entry.origin], entry)
            told = {"by": book.origin, "partners": [entry.origin for entry in found.entries if entry.new]}
            await note(tx.connection, visitor, "partner.addresses-read", "partners", told)
        return found

    async def _add(self, tx: Transaction, peer: Peer, entry: Found) -> None:
        held = await store.take(tx, peer.id)
        await store.reached_at(tx, held, entry.new)
        await store.try_at_once(tx, peer.id)
        tx.on_commit(lambda: self.changed(peer.id))

    def _looked(self, book: AddressBook, said: dict[str, Any], partners: Iterable[Peer]) -> Looked:
        known = {peer.origin: peer for peer in partners}
        self._demand_believed(book, said, known.get(book.origin))
        if book.mode != self.myself.mode:
            raise Invalid("mode", f"this book is for {book.mode}, and this node is {self.myself.mode}")
        once = {entry.origin: entry for entry in reversed(book.entries)}
        entries = tuple(self._found(entry, known.get(entry.origin)) for entry in reversed(once.values()))
        return Looked(book.origin, book.at, entries)

    def _demand_believed(self, book: AddressBook, said: dict[str, Any], author: Peer | None) -> None:
        """Raises Invalid."""
        now = self.clock.now()
        if book.origin == self.myself.origin:
            x = next((key.x for key in self.myself.keys.signing if key.kid == book.kid), None)
        else:
            active = author is not None and author.state is PeerState.ACTIVE
            key = store.known_key(author, book.kid, now) if author and active else None
            x = key.x if key else None
        if x is None:
            raise Invalid("kid", f"{book.origin} has not signed this as a partner of ours: take a book of a partner")
        try:
            demand_signed(x, said, TYPE)
        except BadDocument as error:
            raise Invalid(error.field, "it was changed after it was signed: nothing of it is taken") from error

    def _found(self, entry: BookEntry, peer: Peer | None) -> Found:
        outcome, new = self._outcome(entry, peer)
        closed = tuple(address for address in entry.addresses if not self._may_call(address))
        return Found(
            entry.origin, entry.name, entry.level.value, entry.ars or None, entry.kid, outcome, tuple(entry.addresses),
            new, closed,
        )  # fmt: skip

    def _outcome(self, entry: BookEntry, peer: Peer | None) -> tuple[Outcome, tuple[str, ...]]:
        if entry.origin == self.myself.origin:
            return Outcome.OURS, ()
        if peer is None:
            return Outcome.NO_PARTNER, ()
        if peer.state is not PeerState.ACTIVE:
            return Outcome.NOT_ACTIVE, ()
        pinned = store.known_key(peer, entry.kid, self.clock.now())
        if pinned is None or (
            pinned == peer.keys[0] and entry.fingerprint != text_of(fingerprint(pinned.x, peer.seal_key))
        ):
            return Outcome.OTHER_KEY, ()
        new = tuple(one for one in dict.fromkeys(entry.addresses) if one.rstrip("/") not in _plain(peer.ways))
        return (Outcome.ADDS if new else Outcome.KNOWN), new[: store.MOST_ADDRESSES]

    def _may_call(self, address: str) -> bool:
        """As far as it can be said without looking a name up; `wire.reach` decides when it is called."""
        try:
            url = httpx.URL(address)
            place = ip_address(url.host)
        except httpx.InvalidURL:
            return False
        except ValueError:
            return address.startswith("https://") or bool(self.networks)
        return inside(place, self.networks) or (public(place) and url.scheme == "https")

    @staticmethod
    def _entry(
        origin: str, name: str, level: FleetLevel, ars: str | None, kid: str, x: str, seal_x: str, ways: Iterable[str]
    ) -> dict[str, Any]:
        return {
            "origin": origin, "name": name, "level": level.value, "ars": ars or "", "kid": kid,
            "fingerprint": text_of(fingerprint(x, seal_x)), "addresses": list(dict.fromkeys(ways)),
        }  # fmt: skip


def _plain(addresses: Iterable[str]) -> set[str]:
    return {address.rstrip("/") for address in addresses}


def _decoded(raw: bytes) -> tuple[AddressBook, dict[str, Any]]:
    """Raises Invalid."""
    if len(raw) > MOST_BYTES:
        raise Invalid("body", f"an address book has at most {MOST_BYTES} bytes")
    try:
        said = msgspec.json.decode(raw, type=dict[str, Any])
        book = msgspec.convert(said, AddressBook)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("body", f"this is no address book: {str(error)[:300]}") from error
    if book.at.tzinfo is None:
        raise Invalid("at", "its time has no zone")
    return book, said
