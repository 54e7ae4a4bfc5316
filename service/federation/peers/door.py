"""Who of our partners asks: from a request to the partner and what it sends, or a refusal that tells strangers nothing.

In order: size, signature by a pinned key that counts now, clock, whether the partner is active, whether this request
has been here before, how often it asks, and only then is anything unpacked. Whoever holds no pinned key gets the same
answer whether or not we know the origin that it claims to be.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine
from typing import Any

import httpx
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import Request
from fastapi.routing import APIRoute
from limits import RateLimitItemPerMinute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from geodata.model.clock import Clock
from geodata.store.database import Database
from service.access.limits import Limits
from service.errors import STATUS, known, problem
from service.federation.identity.keys import NodeKeys, public_key
from service.federation.peers import store
from service.federation.peers.peer import Peer, PeerState
from service.federation.wire import signing
from service.federation.wire.inflating import MOST_INFLATED, MOST_SENT, WORTH_IT, BadBody, deflate, inflate
from service.federation.wire.signing import KEEP_NONCES, KeyOf, Refused

log = structlog.get_logger()

OFTEN = RateLimitItemPerMinute(6_000, namespace="partner")
"""Of one partner, and only rightly signed ones: nobody else can use it up."""
_NOT_NOW = {
    PeerState.PENDING: ("pending", "Der Schlüssel ist noch nicht verglichen. Your key has not been compared here yet."),
    PeerState.SUSPENDED: ("suspended", "Der Austausch ruht zurzeit. The exchange is suspended here for now."),
    PeerState.REVOKED: ("revoked", "Dieser Schlüssel gilt hier nicht mehr. Your key was revoked here."),
}


class Door:
    """`clock` is the wall's, also in exercises; `url` and `others` are the addresses under which we are reached."""

    def __init__(
        self, database: Database, keys: NodeKeys, clock: Clock, url: str, others: Collection[str] = (),
        limits: Limits | None = None,
    ) -> None:  # fmt: skip
        self.database, self.keys, self.clock = database, keys, clock
        self.addresses = tuple(dict.fromkeys(_plain(one) for one in (url, *others)))
        self.limits = limits or Limits(None)

    async def __call__(self, request: Request) -> tuple[Peer, bytes]:
        """The active partner that signed this, and its body unpacked. Raises Refused, BadBody, TooOften,
        StoreUnavailable."""
        raw = await read(request)
        peer = await self._claimed(request)
        now = self.clock.now()

        def key_of(kid: str) -> Ed25519PublicKey | None:
            pinned = store.known_key(peer, kid, now) if peer else None
            return public_key(pinned.x) if pinned else None

        async def seen(kid: str, nonce: str) -> bool:
            assert peer is not None
            if peer.state is not PeerState.ACTIVE:
                raise Refused(403, *_NOT_NOW[peer.state])
            async with self.database.transaction(peer.origin) as tx:
                return await store.nonce_seen(tx, peer.id, nonce, now, now + KEEP_NONCES)

        await self.check(request, raw, key_of, seen)
        assert peer is not None
        await self.limits.check(OFTEN, peer.id)
        return peer, inflate(raw, encoding(request))

    async def check(
        self, request: Request, raw: bytes, key_of: KeyOf, seen: Callable[[str, str], Coroutine[Any, Any, bool]]
    ) -> str:
        """The key that signed this request, to whichever of our addresses it was sent. `raw` is what `read` gave.
        Raises Refused."""
        first: Refused | None = None
        for address in self._addressed(request):
            url = address + _target(request)
            try:
                return await signing.verify_request(
                    request.method, url, request.headers, raw, key_of, self.clock.now(), seen
                )
            except Refused as refused:
                if refused.code != "bad-signature":
                    raise
                first = first or refused
        assert first is not None
        raise first

    def _addressed(self, request: Request) -> list[str]:
        """Our own addresses, and where the call really came in, if it asks for just that: a node in a LAN is reached by
        its number. What else the Host header says is not believed."""
        server = request.scope.get("server")
        here: list[str] = []
        if server and server[1]:
            host = f"[{server[0]}]" if ":" in server[0] else server[0]
            local = _plain(f"{request.scope['scheme']}://{host}:{server[1]}")
            if request.headers.get("host", "").lower() in (f"{host}:{server[1]}", local.partition("://")[2]):
                here.append(local)
        return list(dict.fromkeys((*here, *self.addresses)))

    async def _claimed(self, request: Request) -> Peer | None:
        kid = signing.claimed_kid(request.headers)
        async with self.database.reading() as connection:
            return await store.by_kid(connection, kid or "")

    def routes(self) -> type[APIRoute]:
        """Routes whose answers are signed, refusals too: for `APIRouter(route_class=door.routes())`."""
        door = self

        class SignedRoute(APIRoute):
            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                inner = super().get_route_handler()

                async def handle(request: Request) -> Response:
                    try:
                        answer = await inner(request)
                    except Refused as refused:
                        more: dict[str, Any] = {} if refused.skew is None else {"skew": round(refused.skew, 1)}
                        log.info("federation refused", code=refused.code, path=request.url.path)
                        answer = problem(refused.status, refused.code, refused.detail, **more)
                    except BadBody as bad:
                        answer = problem(bad.status, bad.code, bad.detail)
                    except HTTPException as error:
                        answer = problem(error.status_code, "http", str(error.detail))
                    except tuple(STATUS) as error:
                        answer = known(error)
                    return door.signed(request, answer)

                return handle

        return SignedRoute

    def signed(self, request: Request, answer: Response) -> Response:
        """The answer, compressed if the partner takes it, with our signature."""
        body = bytes(answer.body)
        if len(body) >= WORTH_IT and "gzip" in request.headers.get("accept-encoding", ""):
            body = answer.body = deflate(body)
            answer.headers["content-encoding"] = "gzip"
        if "content-length" in answer.headers:
            answer.headers["content-length"] = str(len(body))
        answer.headers["cache-control"] = "no-store"
        url = self.addresses[0] + _target(request)
        signing.sign_answer(
            self.keys, request.method, url, request.headers, answer.status_code, answer.headers, body, self.clock.now()
        )
        return answer


async def read(request: Request) -> bytes:
    """The body as it came, never more than may be sent. Raises BadBody."""
    raw = bytearray()
    too_large = BadBody(413, "too-large", f"body: at most {MOST_SENT} bytes, and {MOST_INFLATED} once unpacked")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_SENT:
        raise too_large
    try:
        async for part in request.stream():
            raw += part
            if len(raw) > MOST_SENT:
                raise too_large
    except ClientDisconnect as error:
        raise BadBody(400, "cut-off", "body: it ended too early") from error
    return bytes(raw)


def encoding(request: Request) -> str | None:
    """Content-Encoding; said twice it is none that we know."""
    said = request.headers.getlist("content-encoding")
    return ", ".join(said) if said else None


def _target(request: Request) -> str:
    path = request.scope.get("raw_path") or request.url.path.encode()
    query = request.scope.get("query_string", b"")
    return str(path.decode("latin-1") + (f"?{query.decode('latin-1')}" if query else ""))


def _plain(url: str) -> str:
    """Scheme, host and port as a client writes them, with the path before ours if a proxy takes one off."""
    return str(httpx.URL(url)).rstrip("/")
