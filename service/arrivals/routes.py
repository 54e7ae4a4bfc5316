"""The Meldekopf over HTTP. The book itself comes with the picture, as facts of kind `arrival`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from geodata.model.clock import Clock
from geodata.model.ref import BadRef, Ref
from geodata.store import resources, things
from geodata.store.database import Database
from geodata.store.things import NoSuchThing
from service.access.sessions import Sessions
from service.access.visitor import Visitor
from service.arrivals.acts import MOST_ACTS
from service.arrivals.book import Book
from service.arrivals.labels import Label, qr, sheet
from service.arrivals.underway import under_way
from service.bodies import Id, answer, body_of, decoded

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "Your function does not allow this"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "The incident is archived"},
    422: {"description": "A field is not valid"},
}
Patience = Annotated[int, Query(ge=0, le=10_000)]
MOST_LABELS = 600
_SHEETS = asyncio.Semaphore(2)
"""Laying out hundreds of labels takes a processor for seconds."""


class ArrivalBatch(msgspec.Struct, forbid_unknown_fields=True):
    """Acts in the order in which they were done. Each has `id` (a UUID made by the tablet), `kind` (CHECK_IN,
    INSTRUCT, SEND_ON, CHECK_OUT, CORRECT, TAKE_BACK, CANCEL), `at`, `arrival` (the id of the entry; for CHECK_IN that
    of the act), `fields`, and perhaps `clerk` and `reason`."""

    acts: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1, max_length=MOST_ACTS)]


BODIES = (ArrivalBatch,)
"""For the description."""


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["arrivals"], responses=PROBLEMS)
    book = Book(database, origin)

    @router.post(
        "/incidents/{id}/arrivals", summary="Write into the book of a Meldekopf", openapi_extra=body_of(ArrivalBatch)
    )
    async def post_arrivals(request: Request, id: Id) -> Response:
        """Sent again, an act is KNOWN and changes nothing. One that is REFUSED keeps no other from the book."""
        visitor = await sessions.signed_in(request)
        given = await decoded(request, ArrivalBatch)
        return answer(await book.record(visitor, id, given.acts, clock.now()))

    @router.get("/incidents/{id}/under-way", summary="Who should have arrived, and who waits for an order")
    async def get_under_way(request: Request, id: Id, patience: Patience = 30) -> Response:
        """`patience`: minutes without an order after which a force that has checked in is named."""
        visitor = await sessions.signed_in(request)
        wait = timedelta(minutes=patience)
        return answer(await under_way(database, origin, visitor, id, clock.now(), patience=wait))

    @router.get("/resources/{id}/qr.svg", summary="The code that a Meldekopf scans")
    async def get_resource_qr(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        async with database.transaction(visitor.actor, see=visitor.rooms) as tx:
            held = await things.read(tx, _ref(origin, "resource", id), database.asked(visitor.rooms))
        label = Label(held.ref, held.body["callsign"], held.body["type"])
        return Response(qr(label), media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})

    @router.get("/fleets/{id}/labels.pdf", summary="A sheet of labels for a fleet's vehicles")
    async def get_fleet_labels(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        labels = await _labels(database, visitor, origin, id)
        async with _SHEETS:
            written = await asyncio.to_thread(sheet, labels)
        return Response(written, media_type="application/pdf", headers={"Cache-Control": "private, no-store"})

    return router


async def _labels(database: Database, visitor: Visitor, origin: str, fleet: str) -> list[Label]:
    """Of all resources of the fleet that the visitor sees, by call sign. Raises NoSuchThing."""
    async with database.transaction(visitor.actor, see=visitor.rooms) as tx:
        rooms = database.asked(visitor.rooms)
        await things.read(tx, _ref(origin, resources.FLEET, fleet), rooms)
        found = await resources.of_kind(tx, resources.RESOURCE, rooms, origin=origin, organisation=fleet)
    labels = [Label(one.ref, one.body["callsign"], one.body["type"]) for one in found.values()]
    return sorted(labels, key=lambda label: label.callsign)[:MOST_LABELS]


def _ref(origin: str, kind: str, id: str) -> Ref:
    try:
        return Ref(origin, kind, id)
    except BadRef as error:
        raise NoSuchThing(NoSuchThing.__doc__) from error
