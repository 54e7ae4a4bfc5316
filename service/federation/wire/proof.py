"""The origin's own signature on a single item, by which somebody believes what a third node has passed on.

A compact JWS (Ed25519) whose payload is the SHA-256 of everything that the origin says: the item without the share and
the path, which differ from hop to hop. Whoever passes an item on adds itself to the path and changes nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any

from service.federation.identity import jws
from service.federation.identity.jws import BadSignature
from service.federation.identity.keys import SigningKey
from service.federation.wire.envelope import Drop, Put, write

TYPE = "lagebild-item"


class BadProof(ValueError):
    """The item is not what its origin has signed, or may not be passed on as often."""


def prove(key: SigningKey, item: Put | Drop) -> str:
    return jws.sign(key, _core(item), TYPE)


def check(item: Put | Drop, x: str) -> None:
    """Raises BadProof."""
    if item.proof is None:
        raise BadProof("it was passed on without its origin's signature")
    try:
        signed = jws.opened(x, item.proof, TYPE)
    except BadSignature as error:
        raise BadProof(str(error)) from error
    if signed != _core(item):
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
