"""One envelope sealed: signed by its sender and readable by its recipient only, whoever carries it.

A parcel is one line of ASCII: a compact JWE (ECDH-ES with the recipient's X25519 key, AES-256-GCM) around a compact JWS
(the sender's Ed25519 key) around the envelope as JSON, compressed. A file of them is carried by hand, by radio or by a
relay; each line can be read by itself, in any order that the numbers in it allow.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from service.federation.identity import jws
from service.federation.identity.jws import BadSignature
from service.federation.identity.keys import NodeKeys, SealKey, text_of
from service.federation.wire import envelope as wire
from service.federation.wire.envelope import MOST_BYTES, Envelope

TYPE = "lagebild-envelope"
ROTATION = "lagebild-rotation"
ALGORITHMS = ["ECDH-ES+A256KW", "A256GCM"]
LONGEST = 2 * MOST_BYTES
"""Of a parcel in bytes; encoding twice adds 78 % to what compresses badly."""


class BadParcel(ValueError):
    """This is no parcel for us, or not from a partner, or it was damaged on its way."""


def seal(keys: NodeKeys, seal_key: str, envelope: Envelope) -> str:
    """For the holder of `seal_key` (X25519, base64url)."""
    return seal_words(keys, seal_key, wire.write.encode(envelope), TYPE)


def seal_words(keys: NodeKeys, seal_key: str, words: bytes, kind: str) -> str:
    """Words of ours, signed as this kind, for the holder of `seal_key`."""
    return _closed(seal_key, jws.sign(keys.current, gzip.compress(words, 9, mtime=0), kind).encode(), kind)


def seal_rotation(seal_key: str, said: bytes) -> str:
    """Our announcement of new keys (`peers.rotation`) beside the stream. It is signed in itself, by the keys that were
    replaced, as the recipient cannot know the new one yet."""
    return _closed(seal_key, gzip.compress(said, 9, mtime=0), ROTATION)


def _closed(seal_key: str, inside: bytes, kind: str) -> str:
    there = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": seal_key})
    header = {"alg": ALGORITHMS[0], "enc": ALGORITHMS[1], "cty": kind}
    return jwe.encrypt_compact(header, inside, there, algorithms=ALGORITHMS)


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What was in a parcel, nothing of it believed yet. `current`: it was sealed for the key that we name now."""

    kind: str
    inside: bytes
    current: bool


def unseal(keys: NodeKeys, line: str) -> Unsealed:
    """With the key that we name now or one that was replaced not long ago. Raises BadParcel."""
    if len(line) > LONGEST:
        raise BadParcel(f"a parcel has at most {LONGEST} bytes")
    why: Exception | None = None
    for number, key in enumerate(keys.opening()):
        try:
            found = jwe.decrypt_compact(line, _own(key), algorithms=ALGORITHMS)
            return Unsealed(str(found.headers().get("cty")), bytes(found.plaintext or b""), number == 0)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            why = error
    raise BadParcel("it was not sealed for this node, or it is damaged") from why


def open_parcel(keys: NodeKeys, line: str, key_of: Callable[[str], str | None]) -> tuple[str, Envelope]:
    """The name of the key that signed it, and the envelope. `key_of` gives the public key of that name, if a partner of
    ours has one. Raises BadParcel."""
    return envelope_in(unseal(keys, line), key_of)


def envelope_in(unsealed: Unsealed, key_of: Callable[[str], str | None]) -> tuple[str, Envelope]:
    """The name of the key that signed it, and the envelope. Raises BadParcel."""
    kid, words = words_in(unsealed, key_of, TYPE)
    try:
        return kid, wire.read.decode(words)
    except msgspec.DecodeError as error:
        raise BadParcel(f"what is in it is no envelope: {error}") from error


def rotation_in(unsealed: Unsealed) -> bytes:
    """The announcement of new keys as it was said. Raises BadParcel."""
    return _unpacked(unsealed.inside)


def words_in(unsealed: Unsealed, key_of: Callable[[str], str | None], kind: str) -> tuple[str, bytes]:
    """The name of the key that signed it as this kind, and the words. Raises BadParcel."""
    signed = unsealed.inside.decode("ascii", "replace")
    try:
        kid = jws.kid_in(signed)
        x = key_of(kid)
        if x is None:
            raise BadParcel("it was signed with a key of no partner of ours")
        packed = jws.opened(x, signed, kind)
    except BadSignature as error:
        raise BadParcel(str(error)) from error
    return kid, _unpacked(packed)


def _own(key: SealKey) -> OKPKey:
    d = text_of(key.private.private_bytes_raw())
    return OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": key.x, "d": d})


def _unpacked(packed: bytes) -> bytes:
    """Raises BadParcel for what is not gzip or would be larger than an envelope may be."""
    inflating = zlib.decompressobj(wbits=31)
    try:
        whole = inflating.decompress(packed, MOST_BYTES + 1)
    except zlib.error as error:
        raise BadParcel("what is in it cannot be unpacked") from error
    if len(whole) > MOST_BYTES:
        raise BadParcel(f"an envelope has at most {MOST_BYTES} bytes")
    return whole
