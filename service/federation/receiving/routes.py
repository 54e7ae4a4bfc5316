"""Where partners bring their envelopes, and what of them was set aside, for those who steer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

from geodata.model.clock import Clock
from geodata.store.database import Database
from service.access.rights import Right
from service.access.sessions import Sessions
from service.answers import Done, Shape
from service.bodies import Id, answer, body_of
from service.errors import Invalid, NotFound
from service.federation.peers import store as peers
from service.federation.peers.door import Door
from service.federation.receiving import store
from service.federation.receiving.inbox import Inbox, Misdirected
from service.federation.wire import envelope as wire
from service.federation.wire.envelope import Envelope

PROBLEMS = {
    401: {"description": "Not signed in, or not a partner"},
    403: {"description": "Your function does not allow this"},
    404: {"description": "There is no such partner or thing"},
    422: {"description": "A field is not valid"},
}
Number = Annotated[int, Path(ge=1, le=2**62)]
BODIES = (Envelope,)


class AsideOut(Shape):
    """An item that was wrong: `raw` is how it came, cut off if it is long; `times` is how often it came."""

    id: int
    ref: str | None
    field: str | None
    reason: str
    raw: str
    first_seen: datetime
    last_seen: datetime
    times: int
    settled_at: datetime | None


class AsidesOut(Shape):
    """The newest first; `next` goes on after them."""

    aside: list[AsideOut]
    next: int | None


def inbox_routes(inbox: Inbox, door: Door, clock: Clock) -> APIRouter:
    """`clock` is the wall's."""
    router = APIRouter(tags=["federation"], route_class=door.routes())

    @router.post("/federation/v1/inbox", summary="Bring the next envelope", openapi_extra=body_of(Envelope))
    async def post_inbox(request: Request) -> Response:
        """Answered with what we have (Ack): 200 if it is applied or known already, 409 if one before it is missing."""
        peer, body = await door(request)
        try:
            envelope = wire.read.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Invalid("body", str(error)[:300]) from error
        if len(body) > wire.MOST_BYTES:
            raise Invalid("body", f"an envelope has at most {wire.MOST_BYTES} bytes")
        try:
            receipt = await inbox.receive(peer, envelope, clock.now())
        except Misdirected as error:
            raise Invalid(error.field, str(error)) from error
        return Response(wire.write.encode(receipt.ack), 409 if receipt.gap else 200, media_type="application/json")

    return router


def aside_routes(database: Database, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/api/partners", tags=["federation"], responses=PROBLEMS)  # type: ignore[arg-type]

    @router.get("/{id}/aside", summary="What of a partner was wrong and set aside", response_model=AsidesOut)
    async def get_aside(
        request: Request,
        id: Id,
        settled: bool = False,
        before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        (await sessions.signed_in(request)).needs(Right.STEER)
        async with database.reading() as connection:
            peer = await peers.one(connection, id)
            rows = await store.asides(connection, peer.id, settled=settled, before=before, limit=limit)
        return answer({"aside": rows, "next": rows[-1]["id"] if len(rows) == limit else None})

    @router.post("/{id}/aside/{number}/settle", summary="Somebody has looked at it", response_model=Done)
    async def post_settle(request: Request, id: Id, number: Number) -> Response:
        visitor = await sessions.signed_in(request)
        visitor.needs(Right.STEER)
        async with database.transaction(visitor.actor) as tx:
            peer = await peers.one(tx.connection, id)
            if not await store.settle(tx.connection, peer.id, number):
                raise NotFound(NotFound.__doc__)
        return answer({"done": True})

    return router
