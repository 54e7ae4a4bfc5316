"""Bundles as files, for those who steer; and the relay, for partners."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Query, Request, Response

from geodata.store.database import Database
from service.access.rights import Right
from service.access.sessions import Sessions
from service.answers import Shape
from service.bodies import Id, answer, body_of
from service.errors import Invalid
from service.federation.islands.bundle import LEAST_BYTES, USUAL_BYTES, Bundles
from service.federation.islands.relaying import Fetch, Leave, Relay
from service.federation.islands.store import RelayFull
from service.federation.peers import store as peers
from service.federation.peers.door import Door

T = TypeVar("T", bound=msgspec.Struct)

BODIES = (Leave, Fetch)
TEXT = "text/plain; charset=us-ascii"
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in, or not a partner"},
    403: {"description": "Your function does not allow this"},
    404: {"description": "There is no such partner"},
    422: {"description": "A field is not valid"},
}


class ReadOut(Shape):
    """`early` lines are to be read again after those that are missing; `refused` says why, line by line."""

    applied: int
    known: int
    early: int
    refused: list[str]


def bundle_routes(database: Database, sessions: Sessions, bundles: Bundles) -> APIRouter:
    router = APIRouter(tags=["federation"], responses=PROBLEMS)

    @router.get(
        "/api/partners/{id}/bundle",
        summary="What this partner has not acknowledged yet, as a file that only it can read",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    async def get_bundle(
        request: Request, id: Id, most_bytes: Annotated[int, Query(ge=LEAST_BYTES, le=USUAL_BYTES)] = USUAL_BYTES
    ) -> Response:
        visitor = await sessions.signed_in(request)
        visitor.needs(Right.STEER)
        async with database.reading() as connection:
            peer = await peers.one(connection, id)
        lines = await bundles.write(peer, most_bytes=most_bytes)
        name = f"lagebild-{bundles.origin}-{peer.origin}.txt"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response("\n".join(lines) + "\n", media_type=TEXT, headers=headers)

    @router.post(
        "/api/partners/bundles",
        summary="Read such a file of a partner, or some lines of it",
        response_model=ReadOut,
        openapi_extra={"requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def post_bundle(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        visitor.needs(Right.STEER)
        try:
            lines = [line for line in (await request.body()).decode("ascii").split() if line]
        except UnicodeDecodeError as error:
            raise Invalid("body", "this is no bundle: it has signs that are not ASCII") from error
        if not lines:
            raise Invalid("body", "this is no bundle: there is no line in it")
        return answer(await bundles.read(lines))

    return router


def relay_routes(relay: Relay, door: Door) -> APIRouter:
    router = APIRouter(tags=["federation"], route_class=door.routes())

    @router.post(
        "/federation/v1/relay",
        summary="Leave parcels for a third node",
        openapi_extra=body_of(Leave),
        status_code=202,
    )
    async def post_relay(request: Request) -> Response:
        peer, body = await door(request)
        try:
            await relay.leave(peer, _decoded(body, Leave))
        except RelayFull as error:
            raise Invalid("parcels", str(error)) from error
        return answer({"kept": True}, 202)

    @router.post("/federation/v1/relay/fetch", summary="Fetch parcels for us", openapi_extra=body_of(Fetch))
    async def post_relay_fetch(request: Request) -> Response:
        peer, body = await door(request)
        return answer(msgspec.to_builtins(await relay.fetch(peer, _decoded(body, Fetch))))

    return router


def _decoded(body: bytes, kind: type[T]) -> T:
    """Raises Invalid."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise Invalid("body", str(error)) from error
