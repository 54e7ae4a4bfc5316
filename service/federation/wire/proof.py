"""The origin's own signature on a single item, by which somebody believes what a third node has passed on.

A compact JWS (Ed25519) whose payload is the SHA-256 of everything that the origin says: the item without the share and
the path, which differ from hop to hop. Whoever passes an item on adds itself to the path and changes nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from service.federation.identity.keys import SigningKey, text_of
from service.federation.wire.envelope import Drop, Put, write

ALGORITHM = "Ed25519"
TYPE = "lagebild-item"


class BadProof(ValueError):
    """The item is not what its origin has signed, or may not be passed on as often."""


def signed_with(key: SigningKey, payload: bytes, kind: str) -> str:
    """A compact JWS of ours."""
    private = text_of(key.private.private_bytes_raw())
    own = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": key.x, "d": private})
    return jws.serialize_compact({"alg": ALGORITHM, "kid": key.kid, "typ": kind}, payload, own, algorithms=[ALGORITHM])


def opened_with(x: str, signed: str, kind: str) -> bytes:
    """The payload, if the key `x` has signed it as this kind. Raises BadProof."""
    try:
        opened = jws.deserialize_compact(
            signed, OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x}), algorithms=[ALGORITHM]
        )
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadProof("the signature does not fit") from error
    if opened.headers().get("typ") != kind:
        raise BadProof(f"it was signed as something else than {kind}")
    return bytes(opened.payload)


def kid_in(signed: str) -> str:
    """The name of the key that is said to have signed it, unchecked. Raises BadProof."""
    try:
        kid = jws.extract_compact(signed.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError) as error:
        raise BadProof("it is not signed") from error
    if not isinstance(kid, str) or not 0 < len(kid) <= 64:
        raise BadProof("it does not name the key that signed it")
    return kid


def prove(key: SigningKey, item: Put | Drop) -> str:
    return signed_with(key, _core(item), TYPE)


def check(item: Put | Drop, x: str) -> None:
    """Raises BadProof."""
    if item.proof is None:
        raise BadProof("it was passed on without its origin's signature")
    if opened_with(x, item.proof, TYPE) != _core(item):
        raise BadProof("it was changed on its way")
    if len(item.path) > item.hops:
        raise BadProof(f"it was passed on {len(item.path)} times and may be {item.hops} times")
    if len(set(item.path)) < len(item.path):
        raise BadProof("it came in a circle")


def _core(item: Put | Drop) -> bytes:
    said: dict[str, Any] = {"ref": item.ref, "seq": item.seq, "epoch": item.epoch, "hops": item.hops}
    if isinstance(item, Put):
        said |= {"body": item.body, "provenance": item.provenance, "extent": item.extent}
    return hashlib.sha256(write.encode(said)).digest()
