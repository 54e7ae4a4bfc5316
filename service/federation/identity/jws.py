"""Signatures over words of ours that stand for themselves, wherever they are read: compact JWS with Ed25519."""

from __future__ import annotations

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from service.federation.identity.keys import SigningKey, text_of

ALGORITHM = "Ed25519"


class BadSignature(ValueError):
    """It was not signed by the key that it should be signed by."""


def sign(key: SigningKey, payload: bytes, kind: str) -> str:
    """`kind` says what is signed, so that nobody shows it as something else."""
    private = text_of(key.private.private_bytes_raw())
    own = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": key.x, "d": private})
    return jws.serialize_compact({"alg": ALGORITHM, "kid": key.kid, "typ": kind}, payload, own, algorithms=[ALGORITHM])


def opened(x: str, signed: str, kind: str) -> bytes:
    """The payload, if the key `x` (base64url) has signed it as this kind. Raises BadSignature."""
    try:
        key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": x})
        found = jws.deserialize_compact(signed, key, algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadSignature("the signature does not fit") from error
    if found.headers().get("typ") != kind:
        raise BadSignature(f"it was signed as something else than {kind}")
    return bytes(found.payload)


def kid_in(signed: str) -> str:
    """The key that is said to have signed, unchecked. Raises BadSignature."""
    try:
        kid = jws.extract_compact(signed.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadSignature("it is not signed") from error
    if not isinstance(kid, str) or not 0 < len(kid) <= 64:
        raise BadSignature("it does not name the key that signed it")
    return kid


def detached(signed: str) -> str:
    """Without its payload (RFC 7515, appendix F)."""
    header, _, signature = signed.split(".")
    return f"{header}..{signature}"


def attached(signature: str, payload: bytes) -> str:
    """With its payload again. Raises BadSignature."""
    parts = signature.split(".")
    if len(parts) != 3 or parts[1]:
        raise BadSignature("this is no detached signature")
    return f"{parts[0]}.{text_of(payload)}.{parts[2]}"
