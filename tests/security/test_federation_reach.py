"""Addresses of partners that lead to where nobody may be sent: our own machine, our network, clouds' metadata."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from geodata.store.cluster import Cluster
from service.federation.wire import client as clients
from service.federation.wire.client import BadAnswer, PeerClient
from service.federation.wire.inflating import MOST_SENT
from service.federation.wire.reach import Unreachable, networks, place_of, public
from tests.security.federated import ECHO, Doorstep, doorstep, serving

LOOPBACK = ("127.0.0.0/8", "::1/128")

NOWHERE = [
    "https://127.0.0.1",
    "https://127.1",
    "https://127.0.1",
    "https://2130706433",
    "https://0x7f.1",
    "https://0x7f000001",
    "https://0177.0.0.1",
    "https://0",
    "https://0.0.0.0",
    "https://localhost",
    "https://localhost.",
    "https://LOCALHOST",
    "https://100.64.0.1",
    "https://10.0.0.1",
    "https://172.16.0.1",
    "https://192.168.1.1",
    "https://169.254.169.254",
    "https://169.254.170.2",
    "https://[fd00:ec2::254]",
    "https://100.100.100.200",
    "https://192.0.0.192",
    "https://198.18.0.1",
    "https://192.0.2.1",
    "https://203.0.113.9",
    "https://224.0.0.1",
    "https://239.255.255.250",
    "https://240.0.0.1",
    "https://255.255.255.255",
    "https://[::]",
    "https://[::1]",
    "https://[::127.0.0.1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[::ffff:8.8.8.8]",
    "https://[64:ff9b::7f00:1]",
    "https://[64:ff9b::808:808]",
    "https://[64:ff9b:1::7f00:1]",
    "https://[2002:7f00:1::]",
    "https://[2002:a9fe:a9fe::1]",
    "https://[2001:0:7f00:1::]",
    "https://[fe80::1]",
    "https://[fe80::1%25lo]",
    "https://[fc00::1]",
    "https://[ff02::1]",
    "https://[2001:db8::1]",
    "https://①②⑦.⓪.⓪.①",
    "http://8.8.8.8",
    "ftp://8.8.8.8",
    "file:///etc/passwd",
    "gopher://8.8.8.8:70",
    "//8.8.8.8",
    "8.8.8.8",
    "",
    "https://",
    "https://user:password@8.8.8.8",
    "https://8.8.8.8#@127.0.0.1",
    "https://8.8.8.8\\@127.0.0.1",
    "https://8.8.8.8\r\nHost: x",
    "https://\x00",
    "https://nowhere.invalid",
]


@pytest.mark.parametrize("url", NOWHERE, ids=range(len(NOWHERE)))
async def test_nobody_is_sent_there(url: str) -> None:
    with pytest.raises(Unreachable):
        await place_of(url, ())


@pytest.mark.parametrize("url", ["https://8.8.8.8", "https://[2a00:1450:4001::1]:8443/lage"])
async def test_the_internet_is_reached(url: str) -> None:
    place = await place_of(url, ())
    assert place.addresses == (place.url.host,)
    assert not place.private


@pytest.mark.parametrize("named", [("10.20.0.0/16",), ("0.0.0.0/0",)])
async def test_a_named_network_and_no_other(named: tuple[str, ...]) -> None:
    assert (await place_of("http://10.20.3.4:8000", networks(named))).private
    for url in ("http://[::ffff:10.20.3.4]", "http://[fd00::1]"):
        with pytest.raises(Unreachable):
            await place_of(url, networks(named))
    if named == ("10.20.0.0/16",):
        with pytest.raises(Unreachable):
            await place_of("http://10.21.3.4:8000", networks(named))


def answering(*answers: list[str]) -> Callable[[str, int], Awaitable[list[str]]]:
    """A resolver that changes its mind."""
    left = list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


@pytest.mark.parametrize(
    "answers",
    [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"], [], ["8.8.8.8"] * 17, ["not an address"]],
    ids=range(6),
)
async def test_one_bad_answer_spoils_all(answers: list[str]) -> None:
    with pytest.raises(Unreachable):
        await place_of("https://nachbar.example", (), answering(answers))


async def test_nothing_but_the_checks_decides() -> None:
    """What Python alone would let through."""
    assert ip_address("64:ff9b::7f00:1").is_global
    assert not public(ip_address("64:ff9b::7f00:1"))
    assert not ip_address("100.64.0.1").is_private
    assert not public(ip_address("100.64.0.1"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(cluster: Cluster) -> AsyncIterator[Doorstep]:
    async with doorstep(cluster) as there:
        yield there


def caller(door: Doorstep, named: Iterable[str] = LOOPBACK, **options: object) -> PeerClient:
    return PeerClient(door.partner.keys, named, **options)  # type: ignore[arg-type]


async def test_a_partner_in_a_named_network_is_called(door: Doorstep) -> None:
    own = door.keys.current
    client = caller(door)
    for body in (b"{}", b'"' + b"Deich " * 200_000 + b'"'):
        reply = await client.post(door.url, ECHO, body, {own.kid: own.private.public_key()}.get)
        assert (reply.status, reply.body, reply.kid) == (200, body, own.kid)
    await client.close()


async def test_the_same_address_without_the_name_of_its_network(door: Doorstep) -> None:
    with pytest.raises(Unreachable, match=r"federation\.networks"):
        await caller(door, ()).post(door.url, ECHO, b"{}", None)


async def test_rebinding(door: Doorstep) -> None:
    """The name leads to a fine address while it is checked, and to our own machine when it is called: the call goes
    to the address that was checked, and nobody answers there."""
    asked: list[str] = []

    async def flipping(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.66.66.66"] if len(asked) == 1 else ["127.0.0.1"]

    port = httpx.URL(door.url).port
    client = caller(door, ["127.66.66.66/32"], resolve=flipping, deadline=5)
    with pytest.raises(Unreachable, match="does not take our call"):
        await client.post(f"http://nachbar.example:{port}", ECHO, b"{}", None)
    assert asked == ["nachbar.example"]
    with pytest.raises(Unreachable, match=r"federation\.networks"):
        await client.post(f"http://nachbar.example:{port}", ECHO, b"{}", None)


async def test_a_connection_once_made_is_not_used_for_another_name(door: Doorstep) -> None:
    """Kept connections go by name and checked address."""
    client = caller(door, resolve=answering(["127.0.0.1"]))
    port = httpx.URL(door.url).port
    for name in ("a.example", "b.example"):
        await client.post(f"http://{name}:{port}", ECHO, b"{}", None)
    assert len(client._transports) == 2
    await client.close()


async def test_the_second_address_is_tried_if_the_first_is_silent(door: Doorstep) -> None:
    client = caller(door, resolve=answering(["127.66.66.66", "127.0.0.1"]))
    port = httpx.URL(door.url).port
    assert (await client.post(f"http://nachbar.example:{port}", ECHO, b"{}", None)).status == 401  # not its name
    await client.close()


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    """A server that is not our partner, and does what it can."""
    request = Request(scope, receive)
    path = request.url.path
    if path.startswith("/redirect"):
        target = {"/redirect/own": "/landed", "/redirect/metadata": "http://169.254.169.254/latest/meta-data"}[path]
        await RedirectResponse(target, 307)(scope, receive, send)
    elif path == "/endless":

        async def parts() -> AsyncIterator[bytes]:
            for _ in range(1_000):
                yield b"x" * 65_536
                await asyncio.sleep(0.001)

        await StreamingResponse(parts())(scope, receive, send)
    elif path == "/slow":
        await asyncio.sleep(4)
    elif path == "/bomb":
        bomb = clients.deflate(bytes(20_000_000))
        await Response(bomb, headers={"content-encoding": "gzip"})(scope, receive, send)
    else:
        await Response(b"{}", headers={"set-cookie": "a=b"}, media_type="application/json")(scope, receive, send)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def impostor() -> AsyncIterator[str]:
    async with serving(answers) as url:
        yield url


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/redirect/own", "redirects are not followed"),
        ("/redirect/metadata", "redirects are not followed"),
        ("/endless", "more than"),
        ("/slow", "No answer within"),
        ("/bomb", "unpacked|not this partner"),
        ("/plain", "not this partner"),
    ],
)
@pytest.mark.parametrize("checked", [True, False])
async def test_what_answers_is_not_trusted(
    door: Doorstep, impostor: str, path: str, reason: str, checked: bool
) -> None:
    own = door.keys.current
    client = caller(door, deadline=1.5)
    key_of = {own.kid: own.private.public_key()}.get if checked else None
    if path == "/plain" and not checked:
        reply = await client.post(impostor, path, b"{}", None)
        assert (reply.kid, reply.skew) == (None, None)
        with pytest.raises(Exception, match="signature"):
            reply.signed_by({own.kid: own.private.public_key()}.get)
    else:
        with pytest.raises(Unreachable, match=reason) as raised:
            await client.post(impostor, path, b"{}", key_of)
        assert isinstance(raised.value, BadAnswer) == (path != "/slow")
    await client.close()


async def test_an_answer_signed_by_somebody_else(door: Doorstep) -> None:
    other = door.partner.keys.current
    client = caller(door)
    with pytest.raises(BadAnswer, match="not this partner"):
        await client.post(door.url, ECHO, b"{}", {other.kid: other.private.public_key()}.get)
    await client.close()


async def test_more_than_may_be_sent_stays_here(door: Doorstep) -> None:
    import secrets

    with pytest.raises(ValueError, match="at most"):
        await caller(door).post(door.url, ECHO, secrets.token_bytes(MOST_SENT + 1), None)


async def test_proxies_of_the_environment_are_not_asked(door: Doorstep, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client = caller(door)
    assert (await client.post(door.url, ECHO, b"{}", None)).status == 200
    await client.close()


def _certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    )  # fmt: skip
    where = folder / f"{name}.crt", folder / f"{name}.key"
    where[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    where[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return where


@pytest.mark.parametrize(("name", "fits"), [("nachbar.example", True), ("anderer.example", False)])
async def test_the_certificate_must_be_of_the_name_and_not_of_the_number(
    door: Doorstep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, fits: bool
) -> None:
    """We call a number; the handshake still asks for the name, and for nothing else."""
    certificate, key = _certificate(tmp_path, name)
    context = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(clients, "trusted", lambda: context)
    seen: list[str | None] = []
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(certificate, key)
    inside.set_servername_callback(lambda socket, asked, context: seen.append(asked))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=inside)
    url = f"https://nachbar.example:{server.sockets[0].getsockname()[1]}"
    client = caller(door, resolve=answering(["127.0.0.1"]), deadline=5)
    if fits:
        assert (await client.post(url, "/x", b"{}", None)).status == 204
    else:
        with pytest.raises(Unreachable, match="does not take our call"):
            await client.post(url, "/x", b"{}", None)
    assert seen == ["nachbar.example"]
    await client.close()
    server.close()
