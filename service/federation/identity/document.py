"""What a node says of itself at `/.well-known/lagebild`: JSON, signed by the key that it names first.

`signature` is a detached JWS (RFC 7515, appendix F) over the document without it, written as RFC 8785 says: members
sorted, no blanks, UTF-8. Numbers are whole. Members that we do not know are signed with the others and then let be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from geodata.model.resource import FleetLevel
from service.federation.identity import jws
from service.federation.identity.keys import NodeKeys, SigningKey, kid_of, raw_of

PATH = "/.well-known/lagebild"
VERSION = 1
MOST_BYTES = 32_768
_TYPE = "lagebild-document"
_ENDPOINTS = ("hello", "rotate", "inbox", "outbox")

Words = Annotated[str, Meta(min_length=1, max_length=80)]
Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$")]
Kid = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{16}$")]
Url = Annotated[str, Meta(pattern=r"^https?://[!-~]{1,400}$")]
EndpointPath = Annotated[str, Meta(pattern=r"^/[!-~]{1,200}$")]


class BadDocument(ValueError):
    """What a node says of itself cannot be believed or read; the message says why. `field` names the place."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class DocumentKey(Struct, frozen=True):
    """A public key as JWK (RFC 8037). `use`: `sig` (Ed25519) or `enc` (X25519)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519", "X25519"]
    use: Literal["sig", "enc"]
    kid: Kid
    x: Key


class Document(Struct, frozen=True):
    """`keys` holds the one key that signs now and the one to seal for us with. `url` is what the paths of `endpoints`
    are added to; a node without one is reached by file or relay. `addresses` are further ones, for when that does not
    answer: in a LAN, without names. `schema` says per kind of thing which versions of its body are understood."""

    version: Literal[1]
    origin: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
    name: Words
    level: FleetLevel
    mode: Literal["ACTUAL", "EXERCISE", "TEST"]
    keys: Annotated[list[DocumentKey], Meta(min_length=2, max_length=8)]
    ars: Annotated[str, Meta(pattern=r"^\d{0,12}$")] = ""
    url: Url | None = None
    addresses: Annotated[list[Url], Meta(max_length=8)] = []
    endpoints: Annotated[dict[Annotated[str, Meta(max_length=40)], EndpointPath], Meta(max_length=40)] = {}
    schema: Annotated[dict[Annotated[str, Meta(max_length=60)], int], Meta(max_length=200)] = {}
    software: Annotated[str, Meta(max_length=80)] = ""

    @property
    def signing(self) -> DocumentKey:
        return next(key for key in self.keys if key.use == "sig")

    @property
    def sealing(self) -> DocumentKey:
        return next(key for key in self.keys if key.use == "enc")


@dataclass(frozen=True, slots=True)
class Myself:
    """Who this node is to its partners. `url` is where they reach it, `addresses` where else."""

    keys: NodeKeys
    origin: str
    name: str
    level: FleetLevel
    mode: str
    url: str
    ars: str = ""
    software: str = "Lagebild"
    addresses: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Signed with the key that counts now."""
        keys = self.keys
        key = keys.current
        said = {
            "version": VERSION, "origin": self.origin, "name": self.name, "ars": self.ars, "level": self.level.value,
            "mode": self.mode, "url": self.url, "endpoints": {end: f"/federation/v1/{end}" for end in _ENDPOINTS},
            "keys": [
                {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": key.kid, "x": key.x},
                {"kty": "OKP", "crv": "X25519", "use": "enc", "kid": kid_of(keys.seal_x), "x": keys.seal_x},
            ],
            "schema": {"envelope": 1}, "software": self.software,
        }  # fmt: skip
        if self.addresses:
            said["addresses"] = list(self.addresses)
        return signed(key, said)


def signed(key: SigningKey, said: dict[str, Any], kind: str = _TYPE) -> dict[str, Any]:
    """This document with its signature. Raises ValueError if a number in it is not whole."""
    return {**said, "signature": jws.detached(jws.sign(key, _canonical(said), kind))}


def demand_signed(x: str, said: dict[str, Any], kind: str = _TYPE) -> None:
    """Raises BadDocument if the key `x` has not signed just this."""
    signature = said.get("signature")
    if not isinstance(signature, str) or len(signature) > 1_000:
        raise BadDocument("signature", "the document is not signed")
    try:
        payload = _canonical({name: value for name, value in said.items() if name != "signature"})
        jws.opened(x, jws.attached(signature, payload), kind)
    except (ValueError, RecursionError) as error:
        raise BadDocument("signature", "the document is not signed by the key that it names") from error


def read(raw: bytes) -> tuple[Document, dict[str, Any]]:
    """The document and as it was written, its signature checked. Raises BadDocument."""
    if len(raw) > MOST_BYTES:
        raise BadDocument("document", f"it is longer than {MOST_BYTES} bytes")
    try:
        said = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadDocument("document", "it is not a JSON object") from error
    return checked(said), said


def checked(said: dict[str, Any]) -> Document:
    """Raises BadDocument."""
    try:
        found = msgspec.convert(said, Document)
    except (msgspec.ValidationError, RecursionError) as error:
        where = str(error).rpartition("$.")[2].rstrip("`") if "$." in str(error) else "document"
        raise BadDocument(where, str(error)) from error
    if [key.use for key in found.keys] != ["sig", "enc"] or [k.crv for k in found.keys] != ["Ed25519", "X25519"]:
        raise BadDocument("keys", "one Ed25519 key to sign with and then one X25519 key to seal with are expected")
    if found.signing.kid != kid_of(found.signing.x):
        raise BadDocument("keys", "kid is not the beginning of the thumbprint of the key (RFC 7638)")
    signature = said.get("signature")
    if not isinstance(signature, str) or len(signature) > 1_000:
        raise BadDocument("signature", "the document is not signed")
    try:
        raw_of(found.sealing.x)
        payload = _canonical({name: value for name, value in said.items() if name != "signature"})
        if len(payload) > MOST_BYTES:
            raise BadDocument("document", f"it is longer than {MOST_BYTES} bytes")
        jws.opened(found.signing.x, jws.attached(signature, payload), _TYPE)
    except BadDocument:
        raise
    except (ValueError, RecursionError) as error:
        raise BadDocument("signature", "the document is not signed by the key that it names") from error
    return found


def _canonical(said: dict[str, Any]) -> bytes:
    """RFC 8785, of what has no fractions. Raises ValueError."""
    _demand_whole(said)
    return msgspec.json.encode(said, order="deterministic")


def _demand_whole(value: Any) -> None:
    if isinstance(value, float):
        raise ValueError("numbers are whole")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _demand_whole(inner)
