"""How we speak with a partner's node: one signed request, one signed answer, within fixed limits."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

import certifi
import httpx

from service.federation.identity.keys import NodeKeys
from service.federation.wire import signing
from service.federation.wire.inflating import MOST_INFLATED, MOST_SENT, BadBody, deflate, inflate
from service.federation.wire.reach import Place, Resolve, Unreachable, look_up, networks, place_of
from service.federation.wire.signing import KeyOf, Refused

DEADLINE = 20.0
"""Seconds for all of it: looking up, connecting, sending and reading."""
MOST_HOSTS = 200
JSON = "application/json"


class BadAnswer(Unreachable):
    """Something answered that is not the partner: unsigned, wrongly signed, too large or a redirect."""

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True)
class Reply:
    """`skew`: how many seconds the partner's clock is ahead of ours. `kid`: the key that signed it; None if nobody has
    asked yet (`key_of=None`): then `signed_by` must be called before anything in it is believed."""

    status: int
    body: bytes
    skew: float | None
    kid: str | None
    signed_by: Callable[[KeyOf], tuple[str, float]]
    """The key and the skew. Raises Refused."""


class PeerClient:
    """Calls only what `federation.networks` names and the public internet, by https unless in one of those networks.
    Proxies of the environment are not used, redirects not followed, cookies not kept."""

    def __init__(
        self,
        keys: NodeKeys,
        named: Iterable[str] = (),
        *,
        deadline: float = DEADLINE,
        resolve: Resolve = look_up,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.keys, self.deadline, self.resolve, self.now = keys, deadline, resolve, now
        self.networks = networks(named)
        self._transports: dict[tuple[str, str, int | None, str], httpx.AsyncHTTPTransport] = {}
        self._ending: set[asyncio.Future[None]] = set()
        self._ahead: dict[str, timedelta] = {}
        """How far the clocks of partners are ahead of ours, as they have said under their signature."""

    async def post(
        self, peer_url: str, path: str, body: bytes, key_of: KeyOf | None, *, content_type: str = JSON,
        patience: float | None = None,
    ) -> Reply:  # fmt: skip
        """Signed POST of `body` (gzip). Raises Unreachable (BadAnswer if something wrong answered); ValueError if the
        body is larger than may be sent. A problem that the partner has signed is a Reply like any other. `patience`:
        seconds for looking up and connecting, if the whole time is too long to know that there is nobody."""
        return await self.ask("POST", peer_url, path, body, key_of, content_type=content_type, patience=patience)

    async def ask(
        self,
        method: str,
        peer_url: str,
        path: str,
        body: bytes,
        key_of: KeyOf | None,
        *,
        content_type: str = JSON,
        accept: str = "*/*",
        patience: float | None = None,
    ) -> Reply:
        """As `post`, with any method; without a body nothing is said of its type."""
        headers = {"Accept": accept, "Accept-Encoding": "gzip", "User-Agent": "Lagebild"}
        sent = b""
        if body:
            sent = deflate(body)
            headers |= {"Content-Type": content_type, "Content-Encoding": "gzip"}
        if len(sent) > MOST_SENT or len(body) > MOST_INFLATED:
            raise ValueError(f"at most {MOST_SENT} bytes may be sent to a partner at once")
        try:
            async with asyncio.timeout(self.deadline):
                try:
                    async with asyncio.timeout(patience):
                        place = await place_of(peer_url.rstrip("/") + path, self.networks, self.resolve)
                except TimeoutError as error:
                    raise Unreachable(f"url: it cannot be looked up within {patience or self.deadline:g} s") from error
                reply = await self._once(method, place, headers, sent, key_of, patience)
                if key_of is None or not _clock_refused(reply):
                    return reply
                # Its clock or ours is wrong; a request that is signed by its clock is as fresh there as any other.
                self._ahead[place.url.host] = timedelta(seconds=reply.skew or 0.0)
                return await self._once(method, place, headers, sent, key_of, patience)
        except TimeoutError as error:
            raise Unreachable(f"No answer within {self.deadline:g} s") from error

    async def _once(
        self, method: str, place: Place, headers: dict[str, str], sent: bytes, key_of: KeyOf | None,
        patience: float | None,
    ) -> Reply:  # fmt: skip
        request = httpx.Request(method, place.url, headers=headers, content=sent)
        signing.sign_request(self.keys, request, self.now() + self._ahead.get(place.url.host, timedelta()))
        status, answered, raw = await self._send(place, request, patience)
        return self._reply(request, status, answered, raw, key_of)

    def _reply(
        self, request: httpx.Request, status: int, headers: httpx.Headers, raw: bytes, key_of: KeyOf | None
    ) -> Reply:
        def signed_by(key_of: KeyOf) -> tuple[str, float]:
            return signing.verify_answer(request, status, headers, raw, key_of, self.now())

        kid, skew = None, None
        if key_of is not None:
            try:
                kid, skew = signed_by(key_of)
            except Refused as error:
                raise BadAnswer(f"Whoever answered ({status}) is not this partner: {error.detail}", status) from error
        try:
            return Reply(status, inflate(raw, headers.get("content-encoding")), skew, kid, signed_by)
        except BadBody as error:
            raise BadAnswer(f"Answer {status}: {error.detail}", status) from error

    async def _send(
        self, place: Place, request: httpx.Request, patience: float | None
    ) -> tuple[int, httpx.Headers, bytes]:
        """To the first checked address that takes the call."""
        refused: httpx.HTTPError | None = None
        for address in place.addresses:
            try:
                return await self._call(place, address, request, patience)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refused = error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Unreachable(f"{type(error).__name__}: {place.url.host} {error}") from error
        raise Unreachable(f"{place.url.host} does not take our call: {refused}") from refused

    async def _call(
        self, place: Place, address: str, signed: httpx.Request, patience: float | None
    ) -> tuple[int, httpx.Headers, bytes]:
        """The name stays in the header, the TLS handshake and the signature; the call goes to the checked address."""
        request = httpx.Request(
            signed.method, place.url.copy_with(host=address), headers=signed.headers, content=signed.content,
            extensions={"sni_hostname": place.url.raw_host.decode("ascii"),
                        "timeout": httpx.Timeout(self.deadline, connect=patience or self.deadline).as_dict()},
        )  # fmt: skip
        transport = self._transport(place, address)
        try:
            return await self._answered(transport, place, request)
        except (httpx.TransportError, asyncio.CancelledError):
            self._forget(transport)
            raise

    @staticmethod
    async def _answered(
        transport: httpx.AsyncHTTPTransport, place: Place, request: httpx.Request
    ) -> tuple[int, httpx.Headers, bytes]:
        answer = await transport.handle_async_request(request)
        answer.request = request
        try:
            if answer.is_redirect:
                raise BadAnswer(f"{place.url.host} sends us elsewhere; redirects are not followed", answer.status_code)
            raw = bytearray()
            async for part in answer.aiter_raw():
                raw += part
                if len(raw) > MOST_INFLATED:
                    raise BadAnswer(f"{place.url.host} answers more than {MOST_INFLATED} bytes", answer.status_code)
            return answer.status_code, answer.headers, bytes(raw)
        finally:
            await answer.aclose()

    def _transport(self, place: Place, address: str) -> httpx.AsyncHTTPTransport:
        """One per name and address: a connection made for one name never serves another."""
        at = (place.url.scheme, place.url.host, place.url.port, address)
        if at not in self._transports:
            while len(self._transports) >= MOST_HOSTS:
                self._transports.pop(next(iter(self._transports)))
            limits = httpx.Limits(max_connections=4, max_keepalive_connections=2, keepalive_expiry=45)
            self._transports[at] = httpx.AsyncHTTPTransport(
                verify=trusted() if place.url.scheme == "https" else False, trust_env=False, limits=limits, retries=0
            )
        return self._transports[at]

    def _forget(self, transport: httpx.AsyncHTTPTransport) -> None:
        """Close all its connections: on a line that was cut, each would wait for its own deadline in vain."""
        self._transports = {at: each for at, each in self._transports.items() if each is not transport}
        ending = asyncio.ensure_future(transport.aclose())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()
        self._transports.clear()
        await asyncio.gather(*self._ending, return_exceptions=True)


def _clock_refused(reply: Reply) -> bool:
    return reply.status == 401 and b"wrong-clock" in reply.body


@cache
def trusted() -> ssl.SSLContext:
    """The authorities that the system trusts, and those that every browser does."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
