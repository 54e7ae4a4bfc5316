"""What strangers and partners may ask of us before any stream: who we are, `hello` with a secret, a new key."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import APIRouter, Request, Response
from limits import RateLimitItemPerMinute

from geodata.model.clock import Clock
from geodata.store.database import Database
from service.access.limits import Limits
from service.bodies import answer, body_of
from service.errors import Invalid
from service.federation.identity import document as documents
from service.federation.identity.document import MOST_BYTES, PATH, BadDocument, Myself
from service.federation.identity.keys import public_key
from service.federation.peers import rotation, store
from service.federation.peers.door import Door, encoding, read
from service.federation.peers.handshake import HELLO, Handshake, Hello
from service.federation.peers.peer import Peer, PeerState
from service.federation.peers.rotation import ROTATE, BadRotation, Rotation
from service.federation.wire.inflating import inflate
from service.federation.wire.signing import KEEP_NONCES, Refused

T = TypeVar("T", bound=msgspec.Struct)

KNOCKS = RateLimitItemPerMinute(60, namespace="federation-knock")
"""Of one address: secrets cannot be guessed, but each try costs us two signatures."""
_MOST = 20 * MOST_BYTES
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "The signature does not hold"},
    403: {"description": "No such invitation, or not a partner now"},
    409: {"description": "It does not fit to what we know"},
    422: {"description": "A field is not valid"},
}


def routes(
    database: Database, myself: Myself, handshake: Handshake, door: Door, clock: Clock, limits: Limits
) -> list[APIRouter]:
    """`clock` is the wall's."""
    open_to_all = APIRouter(tags=["federation"])
    signed = APIRouter(tags=["federation"], route_class=door.routes(), responses=_PROBLEMS)

    @open_to_all.get(PATH, summary="Who this node is, signed by itself")
    async def get_document() -> Response:
        return Response(
            msgspec.json.encode(myself.document()), media_type="application/json",
            headers={"Cache-Control": "no-cache"},
        )  # fmt: skip

    @signed.post(HELLO, summary="Come with an invitation", openapi_extra=body_of(Hello))
    async def post_hello(request: Request) -> Response:
        """Signed with the key of the document in it; answered with ours."""
        raw = await _knocked(request)
        given = _decoded(raw, request, Hello)
        try:
            found = documents.checked(given.document)
        except BadDocument as error:
            raise Invalid(f"document.{error.field}", str(error)) from error
        key, nonces = public_key(found.signing.x), []

        async def noted(kid: str, nonce: str) -> bool:
            nonces.append(nonce)
            return False

        await door.check(request, raw, {found.signing.kid: key}.get, noted)
        await handshake.hello(given, found, nonces[0])
        return answer({"version": 1, "document": myself.document()})

    @signed.post(ROTATE, summary="Our partner has a new key", openapi_extra=body_of(Rotation))
    async def post_rotate(request: Request) -> Response:
        """Signed with the new key; the old one vouches for it in the body. `kid` is the key that counts now."""
        raw = await _knocked(request)
        given = _decoded(raw, request, Rotation)
        async with database.reading() as connection:
            peer = await store.by_origin(connection, given.origin)
        if peer is None or not peer.keys or peer.state not in (PeerState.ACTIVE, PeerState.PENDING):
            raise Refused(403, "not-now", "origin: there is no such partner here, or nothing is taken from it now.")
        keys: dict[str, Ed25519PublicKey] = {peer.keys[0].kid: public_key(peer.keys[0].x)}
        with suppress(BadRotation):  # then only who holds the key that counts is answered, and told that it does
            found, _ = rotation.believed(peer, given)
            keys[found.signing.kid] = public_key(found.signing.x)

        async def seen(kid: str, nonce: str) -> bool:
            return await _seen(peer, nonce)

        kid = await door.check(request, raw, keys.get, seen)
        if kid != peer.keys[0].kid:
            try:
                await rotation.take(database, peer, given, clock.now())
            except BadRotation as error:
                raise Refused(409, "rotation", f"signed: {error}.") from error
        return answer({"version": 1, "kid": kid})

    async def _seen(peer: Peer, nonce: str) -> bool:
        now = clock.now()
        async with database.transaction(f"partner:{peer.origin}") as tx:
            return await store.nonce_seen(tx, peer.id, nonce, now, now + KEEP_NONCES)

    async def _knocked(request: Request) -> bytes:
        await limits.check(KNOCKS, request.client.host if request.client else "")
        return await read(request)

    return [open_to_all, signed]


def _decoded(raw: bytes, request: Request, kind: type[T]) -> T:
    """Raises BadBody, Invalid."""
    try:
        return msgspec.json.decode(inflate(raw, encoding(request), _MOST), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("body", str(error)[:300]) from error
