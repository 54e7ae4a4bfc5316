"""Sites, sectors, facilities and zones: the same routes for each."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from geodata.model.clock import Clock
from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.incidents.incident_routes import PROBLEMS, Number
from service.incidents.merging import Merging
from service.incidents.rules import KINDS, STATES, Kind
from service.incidents.sent import Choice, Edit, Merge, Move, New
from service.incidents.situation import Situation


def map_routes(situation: Situation, merging: Merging, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(tags=["situation"], responses=PROBLEMS)
    for kind in KINDS:
        _routes_of(kind, router, situation, sessions, clock)

    @router.post("/api/sites/{id}/merge", summary="It is a duplicate of another site", openapi_extra=body_of(Merge))
    async def post_merge(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, Merge)
        return answer(await merging.merge(visitor, id, given.into, clock.now()))

    @router.post("/api/sites/{id}/unmerge", summary="It is no duplicate after all")
    async def post_unmerge(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await merging.unmerge(visitor, id, clock.now()))

    return router


def _routes_of(kind: Kind, router: APIRouter, situation: Situation, sessions: Sessions, clock: Clock) -> None:
    name, path = kind.name, f"/api/{kind.path}"

    @router.post(
        f"/api/incidents/{{id}}/{kind.path}",
        status_code=201,
        summary=f"A new {name}",
        name=f"post_{name}",
        openapi_extra=body_of(New),
    )
    async def post_thing(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, New)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await situation.create(visitor, id, kind, given.fields, once, clock.now()))

    @router.patch(f"{path}/{{id}}", summary=f"Edit a {name}", name=f"patch_{name}", openapi_extra=body_of(Edit))
    async def patch_thing(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await situation.edit(visitor, kind, id, await decoded(request, Edit), clock.now()))

    @router.post(
        f"{path}/{{id}}/conflicts/{{number}}",
        summary=f"Settle a conflict of a {name}",
        name=f"post_{name}_conflict",
        openapi_extra=body_of(Choice),
    )
    async def post_conflict(request: Request, id: Id, number: Number) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, Choice)
        return answer(await situation.settle(visitor, kind, id, number, given, clock.now()))

    @router.delete(f"{path}/{{id}}", summary=f"Take a {name} away", name=f"delete_{name}")
    async def delete_thing(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        await situation.delete(visitor, kind, id)
        return answer({"deleted": id})

    @router.post(f"{path}/{{id}}/restore", summary=f"Bring a {name} back", name=f"post_{name}_restore")
    async def post_restore(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await situation.restore(visitor, kind, id, clock.now()))

    if name not in STATES:
        return

    @router.post(
        f"{path}/{{id}}/state", summary=f"Move a {name} on", name=f"post_{name}_state", openapi_extra=body_of(Move)
    )
    async def post_state(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await situation.move(visitor, kind, id, await decoded(request, Move), clock.now()))
