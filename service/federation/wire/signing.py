"""RFC 9421 signatures on requests and answers, by http-message-signatures with the options that make them safe.

Ed25519 only, label and tag `lagebild`. A request covers method, target, authority, the digest of its body as sent and
what the body is; an answer covers status, digest and the signature of the request that it answers, so that no answer
fits another question. The signature is checked first and the clock after it: who does not hold a key learns nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import http_sf
import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    MappingKeyResolver,
)
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from starlette.datastructures import MutableHeaders

from service.federation.identity.keys import NodeKeys, SigningKey

LABEL = "lagebild"
MAX_AGE = timedelta(minutes=5)
"""Of a signature, and how far two clocks may be apart."""
KEEP_NONCES = timedelta(minutes=15)
NONCE_SIGNS = range(16, 101)
_TARGET = ("@method", "@target-uri", "@authority")
_BODY = ("content-digest", "content-type")
_ENCODING = "content-encoding"
_QUESTION = '"signature";req'
KeyOf = Callable[[str], Ed25519PublicKey | None]
WRONG = "The signature does not hold, or it is by a key that does not count here."


class Refused(Exception):
    """A request or an answer that is not believed. `status` is that of the problem which says so, `skew` how many
    seconds the sender's clock is ahead of ours, if that is the reason."""

    def __init__(self, status: int, code: str, detail: str, skew: float | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.skew = status, code, detail, skew


@dataclass(slots=True)
class _Message:
    method: str
    url: str
    headers: Any


@dataclass(slots=True)
class _Answer:
    status_code: int
    headers: Any
    request: _Message


class _Verifier(HTTPMessageVerifier):
    """Times are checked by us, after the signature and by the clock that we are given."""

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        self._parse_integer_timestamp(sig_input.params.get("created"), "created")  # type: ignore[no-untyped-call]


class _Keys(HTTPSignatureKeyResolver):
    def __init__(self, key_of: KeyOf) -> None:
        self._key_of = key_of

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        return self._key_of(key_id)


def _signer(key: SigningKey) -> HTTPMessageSigner:
    keys = MappingKeyResolver(public_keys={}, private_keys={key.kid: key.private})
    return HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys)


def _present(headers: Mapping[str, str] | MutableHeaders, *names: str) -> tuple[str, ...]:
    return tuple(name for name in names if name in headers)


def sign_request(keys: NodeKeys | SigningKey, request: httpx.Request, now: datetime | None = None) -> None:
    """Signs what is about to be sent, body included, with the key that counts now."""
    key = keys if isinstance(keys, SigningKey) else keys.current
    more = _present(request.headers, "content-type", _ENCODING)
    _signer(key).sign(
        _Message(request.method, str(request.url), request.headers),
        key_id=key.kid,
        created=now or datetime.now(UTC),
        nonce=secrets.token_urlsafe(18),
        label=LABEL,
        tag=LABEL,
        covered_component_ids=(*_TARGET, *more),
        body=request.content,
        use_existing_digest="content-digest" in request.headers,
    )


async def verify_request(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    key_of: KeyOf,
    now: datetime,
    seen: Callable[[str, str], Awaitable[bool]],
) -> str:
    """Who signed this: the name of the key. `body` is as it came, compressed or not; `url` is what we are called.
    `seen` remembers a nonce and says whether it had been there before. Raises Refused."""
    needed = (*_TARGET, *(_BODY if body else _BODY[:1]), *_present(headers, _ENCODING))
    params = _verified(_Message(method, url, headers), body, key_of, needed)
    kid, nonce = str(params["keyid"]), str(params.get("nonce") or "")
    _check_clock(params, now)
    if len(nonce) not in NONCE_SIGNS:
        raise Refused(401, "bad-signature", f"nonce: {NONCE_SIGNS.start} to {NONCE_SIGNS.stop - 1} signs are needed")
    if await seen(kid, nonce):
        raise Refused(401, "replayed", "nonce: this very request has been here before.")
    return kid


def sign_answer(
    keys: NodeKeys,
    method: str,
    url: str,
    asked: Mapping[str, str],
    status: int,
    headers: MutableMapping[str, str] | MutableHeaders,
    body: bytes,
    now: datetime | None = None,
) -> bool:
    """Adds the signature to the headers of an answer; `asked` are those of the request. False: it cannot be signed,
    since the request carried no signature that could be named."""
    answer = _Answer(status, headers, _Message(method, url, asked))
    try:
        _signer(keys.current).sign(
            answer,
            key_id=keys.current.kid,
            created=now or datetime.now(UTC),
            label=LABEL,
            tag=LABEL,
            covered_component_ids=("@status", *_present(headers, "content-type", _ENCODING), _QUESTION),
            body=body,
            use_existing_digest=False,
        )
    except HTTPMessageSignaturesException:
        return False
    return True


def verify_answer(
    request: httpx.Request, status: int, headers: Mapping[str, str], body: bytes, key_of: KeyOf, now: datetime
) -> tuple[str, float]:
    """Who signed the answer to our signed request, and how many seconds its clock is ahead of ours. Its age is not
    asked: it names our request, and that is fresh. Raises Refused."""
    more = _present(headers, _ENCODING) + (_BODY[1:] if body else ())
    asked = _Message(request.method, str(request.url), request.headers)
    answer = _Answer(status, headers, asked)
    params = _verified(answer, body, key_of, ("@status", "content-digest", _QUESTION, *more))
    return str(params["keyid"]), int(params["created"]) - now.timestamp()


def claimed_kid(headers: Mapping[str, str]) -> str | None:
    """The key that a request says it is signed by. Nothing is proven yet."""
    try:
        parsed: Any = http_sf.parse(headers["signature-input"].encode("ascii"), tltype="dictionary")
        kid = parsed[LABEL][1]["keyid"]
    except (KeyError, ValueError, TypeError, IndexError):
        return None
    return kid if isinstance(kid, str) and len(kid) <= 64 else None


def _verified(message: _Message | _Answer, body: bytes, key_of: KeyOf, needed: tuple[str, ...]) -> dict[str, Any]:
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=_Keys(key_of))
    try:
        (result,) = verifier.verify(
            message, max_age=MAX_AGE, expect_tag=LABEL, expect_label=LABEL, require_components=needed, body=body
        )
    except InvalidSignature as error:
        raise Refused(401, "bad-signature", WRONG) from error
    except (HTTPMessageSignaturesException, ValueError, TypeError) as error:
        raise Refused(401, "bad-signature", WRONG) from error
    return dict(result.parameters)


def _check_clock(params: Mapping[str, Any], now: datetime) -> None:
    skew = int(params["created"]) - now.timestamp()
    if abs(skew) > MAX_AGE.total_seconds():
        raise Refused(401, "wrong-clock", clock_in_words(skew), skew)
    if "expires" in params and int(params["expires"]) < now.timestamp() - MAX_AGE.total_seconds():
        raise Refused(401, "expired", "expires: this signature has run out.")


def clock_in_words(skew: float) -> str:
    """`skew`: seconds that the clock of whom we tell it is ahead of ours."""
    minutes = max(1, round(abs(skew) / 60))
    span = f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h" if minutes < 2880 else _days(minutes)
    ahead = skew > 0
    return f"Ihre Uhr geht {span} {'vor' if ahead else 'nach'}. Your clock is {span} {'fast' if ahead else 'slow'}."


def _days(minutes: int) -> str:
    return f"{round(minutes / 1440)} d"
