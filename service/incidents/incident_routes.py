"""Opening incidents and leading them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from geodata.model.body import to_body
from geodata.model.clock import Clock
from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.incidents.opening import Incidents
from service.incidents.sent import Choice, Declaration, Edit, Move, NewIncident

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "Your function does not allow this"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "It cannot go from its state to that one"},
    422: {"description": "A field is not valid"},
}
Number = Annotated[int, Path(ge=0, le=1000)]


def incident_routes(
    incidents: Incidents, sessions: Sessions, clock: Clock, rights_changed: Callable[[], Awaitable[None]]
) -> APIRouter:
    router = APIRouter(tags=["incidents"], responses=PROBLEMS)

    @router.get("/api/legal-levels", summary="The levels that the law knows, and whether they are in force now")
    async def get_legal_levels() -> Response:
        today = clock.now().date()
        levels = [{**to_body(one), "valid": one.valid(today)} for one in incidents.levels]
        return answer({"levels": levels})

    @router.post("/api/incidents", status_code=201, summary="Open an incident", openapi_extra=body_of(NewIncident))
    async def post_incident(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewIncident)
        once = await Once.of(request, visitor, idempotency_key)
        opened = await incidents.open(visitor, given, once, clock.now())
        await rights_changed()
        return answered(opened)

    @router.patch("/api/incidents/{id}", summary="Name it, describe it", openapi_extra=body_of(Edit))
    async def patch_incident(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await incidents.edit(visitor, id, await decoded(request, Edit), clock.now()))

    @router.post("/api/incidents/{id}/state", summary="Move it on, or back with a reason", openapi_extra=body_of(Move))
    async def post_state(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        moved = await incidents.move(visitor, id, await decoded(request, Move), clock.now())
        await rights_changed()
        return answer(moved)

    @router.post("/api/incidents/{id}/legal", summary="Declare its legal level", openapi_extra=body_of(Declaration))
    async def post_legal(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await incidents.declare(visitor, id, await decoded(request, Declaration), clock.now()))

    @router.post(
        "/api/incidents/{id}/conflicts/{number}",
        summary="Settle one of its conflicts",
        openapi_extra=body_of(Choice),
    )
    async def post_conflict(request: Request, id: Id, number: Number) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await incidents.settle(visitor, id, number, await decoded(request, Choice), clock.now()))

    return router
