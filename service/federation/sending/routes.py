"""Where partners ask for what we have for them, if they cannot be called or have not heard of us."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from service.bodies import body_of
from service.errors import Invalid
from service.federation.peers.door import Door
from service.federation.sending.stream import Streams
from service.federation.wire import envelope as wire
from service.federation.wire.envelope import Ack

BODIES = (Ack,)


def routes(streams: Streams, door: Door) -> APIRouter:
    router = APIRouter(tags=["federation"], route_class=door.routes())

    @router.post("/federation/v1/outbox", summary="Ask for the next envelope", openapi_extra=body_of(Ack))
    async def post_outbox(request: Request) -> Response:
        """Answered with the envelope that follows what you have (Ack), or with a greeting if there is nothing new; 204
        if there is nothing for you at all."""
        peer, body = await door(request)
        try:
            ack = wire.read_ack.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise Invalid("body", str(error)[:300]) from error
        envelope = await streams.next_envelope(peer, ack)
        if envelope is None:
            return Response(status_code=204)
        return Response(wire.write.encode(envelope), media_type="application/json")

    return router
