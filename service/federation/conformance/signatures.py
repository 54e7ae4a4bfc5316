"""Who is believed: RFC 9421 signatures, and everything that may be wrong with them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from service.federation.conformance.partner import INBOX, OUTBOX, Failed
from service.federation.conformance.trial import Table, Trial
from service.federation.identity.keys import SigningKey
from service.federation.wire.inflating import deflate
from service.federation.wire.signing import LABEL

COVERED = ("@method", "@target-uri", "@authority", "content-digest", "content-type", "content-encoding")
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class _Message:
    method: str
    url: str
    headers: httpx.Headers


def _greeting(it: Trial) -> bytes:
    return json.dumps(it.stream.greeting()).encode()


def _resigned(
    key: SigningKey, request: httpx.Request, *, covered: Sequence[str] = COVERED, nonce: str | None = "",
    tag: str | None = LABEL, kid: str = "",
) -> httpx.Request:  # fmt: skip
    """Signed anew, with less in it or as something else. `request` was signed rightly: its digest stays."""
    name = kid or key.kid
    keys = MappingKeyResolver(public_keys={}, private_keys={name: key.private})
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=keys).sign(
        _Message(request.method, str(request.url), request.headers), key_id=name, created=datetime.now(UTC),
        nonce=secrets.token_urlsafe(18) if nonce == "" else nonce, label=LABEL, tag=tag, covered_component_ids=covered,
        use_existing_digest=True,
    )  # fmt: skip
    return request


async def _refused(it: Trial, request: httpx.Request, what: str = "") -> None:
    answer = await it.partner.send(request)
    if answer.status != 401:
        raise Failed(f"401{what and f' for {what}'}", answer)


async def right(it: Trial) -> None:
    """All that the kit signs is signed like this; the answer covers `"signature";req`."""
    (await it.partner.post(INBOX, _greeting(it))).ack()


async def other_order(it: Trial) -> None:
    """It is also how the kit signs what follows: each of that is wrong in one thing only."""
    request = it.partner.request(INBOX, _greeting(it))
    (await it.partner.send(_resigned(it.partner.keys.current, request))).ack()


async def unsigned(it: Trial) -> None:
    await _refused(it, it.partner.unsigned(INBOX, deflate(_greeting(it))))


async def tampered(it: Trial) -> None:
    request = it.partner.request(INBOX, _greeting(it))
    other = json.dumps(it.stream.greeting(behind=7)).encode()
    await _refused(it, it.partner.sent_as(request, content=deflate(other)))


async def other_path(it: Trial) -> None:
    request = it.partner.request(OUTBOX, _greeting(it))
    await _refused(it, it.partner.sent_as(request, url=it.partner.url + INBOX))


async def other_host(it: Trial) -> None:
    right = it.partner.request(INBOX, _greeting(it))
    elsewhere = it.partner.sent_as(right, url=f"https://elsewhere.invalid{INBOX}")
    _resigned(it.partner.keys.current, elsewhere)
    await _refused(it, it.partner.sent_as(elsewhere, url=it.partner.url + INBOX))


async def missing(it: Trial) -> None:
    for left_out in COVERED:
        request = it.partner.request(INBOX, _greeting(it))
        covered = [name for name in COVERED if name != left_out]
        await _refused(it, _resigned(it.partner.keys.current, request, covered=covered), f"{left_out} not covered")


async def no_nonce(it: Trial) -> None:
    for nonce in (None, "short"):
        request = it.partner.request(INBOX, _greeting(it))
        await _refused(it, _resigned(it.partner.keys.current, request, nonce=nonce), f"nonce {nonce}")


async def other_tag(it: Trial) -> None:
    for tag in (None, "other"):
        request = it.partner.request(INBOX, _greeting(it))
        await _refused(it, _resigned(it.partner.keys.current, request, tag=tag), f"tag {tag}")


async def foreign_key(it: Trial) -> None:
    await _refused(it, it.partner.request(INBOX, _greeting(it), key=it.partner.foreign.current))


async def foreign_in_our_name(it: Trial) -> None:
    request = it.partner.request(INBOX, _greeting(it))
    await _refused(it, _resigned(it.partner.foreign.current, request, kid=it.partner.keys.current.kid))


async def replayed(it: Trial) -> None:
    request = it.partner.request(INBOX, _greeting(it))
    (await it.partner.send(request)).ack()
    await _refused(it, it.partner.sent_as(request), "the very same request again")


async def slow(it: Trial) -> None:
    await _clock(it, -HOUR)


async def fast(it: Trial) -> None:
    await _clock(it, HOUR)


async def _clock(it: Trial, off: timedelta) -> None:
    answer = await it.partner.post(INBOX, _greeting(it), now=datetime.now(UTC) + off)
    answer.demand(401).signed()
    said = answer.problem()
    if "wrong-clock" not in str(said.get("type")):
        raise Failed("a problem of type wrong-clock", answer)
    skew = said.get("skew")
    if not isinstance(skew, int | float) or abs(skew - off.total_seconds()) > 120:
        raise Failed(f"skew: {off.total_seconds():g} seconds or about that", f"skew: {skew}")


CHECKS: Table = (
    ("signature: a right one is believed; the answer is signed and names the request", right),
    ("signature: with its components in another order it is as good", other_order),
    ("signature: none, 401", unsigned),
    ("signature: another body than was signed, 401", tampered),
    ("signature: made for another path, 401", other_path),
    ("signature: made for another host, 401", other_host),
    ("signature: each component must be covered, else 401", missing),
    ("signature: without a nonce of 16 signs, 401", no_nonce),
    ("signature: made for another purpose (tag), 401", other_tag),
    ("signature: by a key that was never compared, 401", foreign_key),
    ("signature: by another key in our key's name, 401", foreign_in_our_name),
    ("signature: the same request twice, 401", replayed),
    ("clock: an hour slow, 401 with the skew, signed", slow),
    ("clock: an hour fast, 401 with the skew, signed", fast),
)
