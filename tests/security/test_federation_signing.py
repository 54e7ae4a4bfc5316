"""Requests of partners that are not what they say: replayed, altered, sent elsewhere, half signed, oddly signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from geodata.store.cluster import Cluster
from service.federation.identity.keys import SigningKey, raw_of
from service.federation.wire import signing
from service.federation.wire.signing import Refused
from tests.security.federated import ECHO, Doorstep, doorstep

BODY = b'{"greeting": "Guten Abend"}'
BAD = (401, "bad-signature")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(cluster: Cluster) -> AsyncIterator[Doorstep]:
    async with doorstep(cluster) as there:
        yield there


def signed_over(door: Doorstep, *components: str, method: str = "POST", **options: object) -> httpx.Request:
    """Rightly signed by the pinned key, over just these."""
    key = door.partner.keys.current
    request = httpx.Request(method, door.echo, headers={"Content-Type": "application/json"}, content=BODY)
    resolver = MappingKeyResolver(public_keys={}, private_keys={key.kid: key.private})
    given = {"label": "lagebild", "tag": "lagebild", "nonce": "n" * 8 + str(datetime.now(UTC).timestamp()), **options}
    given = {name: value for name, value in given.items() if value is not None}
    HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=resolver).sign(
        request, key_id=key.kid, created=datetime.now(UTC), covered_component_ids=components, **given
    )  # type: ignore[arg-type]
    return request


WHOLE = ("@method", "@target-uri", "@authority", "content-type")


async def test_a_right_request_is_let_in_and_the_answer_is_signed_for_it(door: Doorstep) -> None:
    request = door.partner.request(door.echo, BODY)
    answer = await door.send(request)
    assert (answer.status_code, answer.headers["lagebild-peer"], answer.content) == (200, "bergheim", BODY)
    own = door.keys.current
    kid, skew = signing.verify_answer(
        request, 200, answer.headers, answer.content, {own.kid: own.private.public_key()}.get, datetime.now(UTC)
    )
    assert kid == own.kid
    assert abs(skew) < 3


async def test_the_answer_to_another_request_is_not_believed(door: Doorstep) -> None:
    first, second = door.partner.request(door.echo, BODY), door.partner.request(door.echo, BODY)
    answer = await door.send(first)
    await door.send(second)
    own = door.keys.current
    keys = {own.kid: own.private.public_key()}.get
    with pytest.raises(Refused):
        signing.verify_answer(second, 200, answer.headers, answer.content, keys, datetime.now(UTC))
    with pytest.raises(Refused):
        signing.verify_answer(first, 409, answer.headers, answer.content, keys, datetime.now(UTC))
    with pytest.raises(Refused):
        signing.verify_answer(first, 200, answer.headers, answer.content + b" ", keys, datetime.now(UTC))


async def test_replayed(door: Doorstep) -> None:
    request = door.partner.request(door.echo, BODY)
    assert (await door.send(request)).status_code == 200
    assert await door.said(request) == (401, "replayed")


async def test_a_replay_is_still_known_when_its_signature_has_aged(door: Doorstep) -> None:
    """Nonces are kept longer than a signature counts on both sides of our clock."""
    assert signing.KEEP_NONCES >= 2 * signing.MAX_AGE


async def test_unsigned(door: Doorstep) -> None:
    assert await door.said(door.partner.request(door.echo, BODY, signed=False)) == BAD


@pytest.mark.parametrize("header", ["signature", "signature-input", "content-digest", "content-type"])
async def test_a_needed_header_is_gone(door: Doorstep, header: str) -> None:
    request = door.partner.request(door.echo, BODY)
    del request.headers[header]
    assert await door.said(request) == BAD


async def test_tampered_body(door: Doorstep) -> None:
    request = door.partner.request(door.echo, BODY, packed=False)
    altered = BODY.replace(b"Abend", b"Morge")
    assert await door.said(httpx.Request("POST", door.echo, headers=request.headers, content=altered)) == BAD


async def test_tampered_body_with_its_own_digest(door: Doorstep) -> None:
    request = door.partner.request(door.echo, BODY, packed=False)
    altered = BODY.replace(b"Abend", b"Morge")
    digest = base64.b64encode(hashlib.sha256(altered).digest()).decode()
    request.headers["content-digest"] = f"sha-256=:{digest}:"
    assert await door.said(httpx.Request("POST", door.echo, headers=request.headers, content=altered)) == BAD


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("content-type", "text/plain"),
        ("content-encoding", "identity"),
        ("host", "lage.altdorf.example"),
        ("host", "127.0.0.1"),
    ],
)
async def test_altered_header(door: Doorstep, what: str, value: str) -> None:
    request = door.partner.request(door.echo, BODY)
    request.headers[what] = value
    assert await door.said(request) == BAD


async def test_an_encoding_that_nobody_signed(door: Doorstep) -> None:
    request = door.partner.request(door.echo, BODY, packed=False)
    request.headers["content-encoding"] = "gzip"
    assert await door.said(request) == BAD


@pytest.mark.parametrize(
    "target",
    [
        "https://lage.cedern.example/federation/v1/echo",
        "http://lage.altdorf.example/federation/v1/echo",
        "https://lage.altdorf.example/federation/v1/inbox",
        "https://lage.altdorf.example/federation/v1/echo?more=1",
        "https://lage.altdorf.example.evil.example/federation/v1/echo",
    ],
)
async def test_meant_for_somebody_else(door: Doorstep, target: str) -> None:
    """What was signed for another node, or another place of ours, brought here by whoever got it."""
    meant = door.partner.request(target, BODY)
    for host in (meant.headers["host"], httpx.URL(door.url).netloc.decode()):
        brought = httpx.Request("POST", door.echo, headers={**meant.headers, "host": host}, content=meant.content)
        assert await door.said(brought) == BAD


async def test_meant_for_our_public_address_and_brought_by_a_proxy(door: Doorstep) -> None:
    """Whatever name the proxy in front of us calls us by."""
    for host in ("lage.altdorf.example", httpx.URL(door.url).netloc.decode(), "upstream"):
        meant = door.partner.request("https://lage.altdorf.example" + ECHO, BODY)
        brought = httpx.Request("POST", door.echo, headers={**meant.headers, "host": host}, content=meant.content)
        assert (await door.send(brought)).status_code == 200


async def test_another_method(door: Doorstep) -> None:
    assert await door.said(signed_over(door, *WHOLE, body=BODY)) == (200, "")
    request = door.partner.request(door.echo, BODY)
    answer = await door.send(httpx.Request("PUT", door.echo, headers=request.headers, content=request.content))
    assert answer.status_code == 405


@pytest.mark.parametrize("missing", [*WHOLE, "content-digest"])
async def test_missing_component(door: Doorstep, missing: str) -> None:
    body = None if missing == "content-digest" else BODY
    request = signed_over(door, *(one for one in WHOLE if one != missing), body=body)
    assert await door.said(request) == BAD


async def test_only_the_method_is_signed(door: Doorstep) -> None:
    assert await door.said(signed_over(door, "@method")) == BAD


@pytest.mark.parametrize("likewise", ['"content-type";bs', '"content-digest";key="sha-256"'])
async def test_a_component_that_only_looks_like_the_needed_one(door: Doorstep, likewise: str) -> None:
    rest = [one for one in WHOLE if f'"{one}"' not in likewise]
    assert await door.said(signed_over(door, *rest, likewise, body=BODY)) == BAD


@pytest.mark.parametrize("options", [{"tag": None}, {"tag": "other"}, {"label": "sig1"}])
async def test_made_for_another_purpose(door: Doorstep, options: dict[str, object]) -> None:
    assert await door.said(signed_over(door, *WHOLE, body=BODY, **options)) == BAD


@pytest.mark.parametrize("nonce", [None, "", "short", "x" * 101])
async def test_no_nonce_or_a_bad_one(door: Doorstep, nonce: str | None) -> None:
    assert await door.said(signed_over(door, *WHOLE, body=BODY, nonce=nonce)) == BAD


@pytest.mark.parametrize("minutes", [-61, -6, 6, 61, 3 * 1440])
async def test_wrong_clock(door: Doorstep, minutes: int) -> None:
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    request = door.partner.request(door.echo, BODY, now=now)
    answer = await door.send(request)
    assert (answer.status_code, answer.json()["type"]) == (401, "about:wrong-clock")
    span = "3 d" if minutes > 1000 else f"{abs(minutes)} min"
    assert f"Uhr geht {span} {'vor' if minutes > 0 else 'nach'}" in answer.json()["detail"]
    assert answer.json()["skew"] == pytest.approx(minutes * 60, abs=5)
    own = door.keys.current
    keys = {own.kid: own.private.public_key()}.get
    _, skew = signing.verify_answer(request, 401, answer.headers, answer.content, keys, now)
    assert skew == pytest.approx(-minutes * 60, abs=5), "the answer tells a right time, signed"


@pytest.mark.parametrize("minutes", [-4, 4])
async def test_a_clock_that_is_nearly_right(door: Doorstep, minutes: int) -> None:
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    assert (await door.send(door.partner.request(door.echo, BODY, now=now))).status_code == 200


async def test_a_stranger_with_a_wrong_clock_learns_nothing(door: Doorstep) -> None:
    other = SigningKey.of(Ed25519PrivateKey.generate())
    now = datetime.now(UTC) - timedelta(hours=3)
    assert await door.said(door.partner.request(door.echo, BODY, key=other, now=now)) == BAD


@pytest.mark.parametrize("created", ["", ';created="1700000000"', ";created=99999999999999", ";created=-1", ";created"])
async def test_a_time_that_is_none(door: Doorstep, created: str) -> None:
    request = door.partner.request(door.echo, BODY)
    said = re.sub(r";created=\d+", created, request.headers["signature-input"])
    request.headers["signature-input"] = said
    assert await door.said(request) == BAD


def _by_hand(door: Doorstep, alg: str, sign: Callable[[bytes], bytes], kid: str | None = None) -> httpx.Request:
    """The right signature base, signed in another way."""
    request = signed_over(door, *WHOLE, body=BODY)
    key = door.partner.keys.current
    said = request.headers["signature-input"].replace('alg="ed25519"', f'alg="{alg}"' if alg else "")
    said = said.replace(";;", ";").replace(key.kid, kid or key.kid)
    params = said.partition("=")[2]
    lines = [
        '"@method": POST', f'"@target-uri": {door.echo}', f'"@authority": {httpx.URL(door.url).netloc.decode()}',
        '"content-type": application/json', f'"content-digest": {request.headers["content-digest"]}',
        f'"@signature-params": {params}',
    ]  # fmt: skip
    request.headers["signature-input"] = said
    request.headers["signature"] = f"lagebild=:{base64.b64encode(sign(chr(10).join(lines).encode())).decode()}:"
    return request


async def test_the_base_written_by_hand_is_right(door: Doorstep) -> None:
    """Else the tests below would prove nothing."""
    key = door.partner.keys.current
    assert (await door.send(_by_hand(door, "ed25519", key.private.sign))).status_code == 200


@pytest.mark.parametrize("alg", ["hmac-sha256", "ed25519", ""])
async def test_the_public_key_taken_as_a_shared_secret(door: Doorstep, alg: str) -> None:
    key = door.partner.keys.current
    for secret in (raw_of(key.x), key.x.encode()):
        request = _by_hand(door, alg, lambda base, secret=secret: hmac.digest(secret, base, "sha256"))
        assert await door.said(request) == BAD
        request = _by_hand(door, alg, lambda base, secret=secret: hmac.digest(secret, base, "sha512"))
        assert await door.said(request) == BAD


@pytest.mark.parametrize("alg", ["rsa-pss-sha512", "rsa-v1_5-sha256", "ed25519", ""])
async def test_another_kind_of_key(door: Doorstep, alg: str) -> None:
    own = rsa.generate_private_key(65537, 2048)
    request = _by_hand(door, alg, lambda base: own.sign(base, padding.PKCS1v15(), hashes.SHA256()))
    assert await door.said(request) == BAD


@pytest.mark.parametrize("alg", ["none", "None", "ED25519", "ecdsa-p256-sha256"])
async def test_an_algorithm_that_is_not_ours(door: Doorstep, alg: str) -> None:
    key = door.partner.keys.current
    assert await door.said(_by_hand(door, alg, key.private.sign)) == BAD


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\xff" * 64, b"\0" * 63, b"\0" * 65])
async def test_a_signature_of_nothing(door: Doorstep, signature: bytes) -> None:
    assert await door.said(_by_hand(door, "ed25519", lambda base: signature)) == BAD


KIDS = ["../../../keys/node.keys", "' OR 1=1 --", "*", "%", "[{}]", '{"kid": 1}', "A" * 4_000, "", " ", "null"]


@pytest.mark.parametrize("kid", KIDS, ids=range(len(KIDS)))
async def test_names_of_keys_that_are_tricks(door: Doorstep, kid: str) -> None:
    own = Ed25519PrivateKey.generate()
    written = kid.replace("\\", "\\\\").replace('"', '\\"')
    assert await door.said(_by_hand(door, "ed25519", own.sign, kid=written)) == BAD


async def test_a_name_of_a_key_that_is_no_text(door: Doorstep) -> None:
    for kid in ("7", "?1", ":AAAA:", '"ü"'):
        request = door.partner.request(door.echo, BODY)
        said = request.headers["signature-input"].replace(f'"{door.partner.keys.current.kid}"', kid)
        headers = {**request.headers, "signature-input": said.encode()}
        assert await door.said(httpx.Request("POST", door.echo, headers=headers, content=request.content)) == BAD


async def test_the_key_sent_along_is_not_taken(door: Doorstep) -> None:
    other = SigningKey.of(Ed25519PrivateKey.generate())
    request = door.partner.request(door.echo, BODY, key=other, headers={"lagebild-key": other.x, "x-jwk": other.x})
    assert await door.said(request) == BAD


async def test_a_known_name_over_a_foreign_key(door: Doorstep) -> None:
    private = Ed25519PrivateKey.generate()
    forged = SigningKey(private, SigningKey.of(private).x, door.partner.keys.current.kid)
    assert await door.said(door.partner.request(door.echo, BODY, key=forged)) == BAD


@pytest.mark.parametrize(
    "header", ["content-type", "content-digest", "signature", "signature-input", "content-encoding"]
)
async def test_said_twice(door: Doorstep, header: str) -> None:
    request = door.partner.request(door.echo, BODY)
    twice = [*request.headers.raw, (header.encode(), request.headers[header].encode())]
    answer = await door.send(httpx.Request("POST", door.echo, headers=httpx.Headers(twice), content=request.content))
    assert answer.status_code == 401


async def test_two_signatures_of_which_one_is_forged(door: Doorstep) -> None:
    """Only ours is looked at, and it must hold by itself."""
    request = door.partner.request(door.echo, BODY)
    for name in ("signature-input", "signature"):
        own = request.headers[name]
        forged = own.replace("lagebild=", "other=", 1)
        request.headers[name] = f"{forged}, {own}"
    assert await door.said(request) == (200, "")
    request = door.partner.request(door.echo, BODY)
    right = request.headers["signature"]
    request.headers["signature"] = f"{right}, {right}"
    assert await door.said(request) == BAD


async def test_a_forest_of_signatures(door: Doorstep) -> None:
    request = door.partner.request(door.echo, BODY)
    request.headers["signature-input"] = ", ".join(f's{n}=("@method");created=1' for n in range(1_500))
    assert (await door.send(request)).status_code in (400, 401, 431)


async def test_whoever_holds_no_key_gets_one_answer(door: Doorstep) -> None:
    """Known name or unknown, right body or wrong: word for word the same."""
    private = Ed25519PrivateKey.generate()
    known = SigningKey(private, SigningKey.of(private).x, door.partner.keys.current.kid)
    said = set()
    for key in (known, SigningKey.of(private)):
        for headers in ({}, {"content-type": "text/html"}):
            answer = await door.send(door.partner.request(door.echo, BODY, key=key, headers=headers))
            said.add((answer.status_code, answer.content, tuple(sorted(set(answer.headers) - {"date"}))))
    assert len(said) == 1
