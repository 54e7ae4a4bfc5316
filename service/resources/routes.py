"""Fleets, resources and stock over HTTP. What there is comes with the picture, as facts of these kinds."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Request, Response

from geodata.model.clock import Clock
from geodata.model.incident import Text, Words
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.bodies import Base, Fields, Id, Key, Once, answer, answered, body_of, decoded
from service.resources.fleets import Fleets
from service.resources.keeping import Keeping
from service.resources.rules import FLEET, RESOURCE, STOCK, Kind

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not write in the room in which this stock lies"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "It cannot go from its state to that one, or basic cover (`shortfalls`) would break"},
    422: {"description": "A field is not valid"},
}
Number = Annotated[int, Path(ge=0, le=1000)]


class NewFleet(msgspec.Struct, forbid_unknown_fields=True):
    organisation: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    fields: Fields = {}


class NewOwned(msgspec.Struct, forbid_unknown_fields=True):
    fields: Fields


class OwnedEdit(msgspec.Struct, forbid_unknown_fields=True):
    """`base` is the version that was edited; null as a value takes a field out."""

    base: Base
    fields: Fields


class OwnedChoice(msgspec.Struct, forbid_unknown_fields=True):
    take: bool
    field: str | None = None


class StatusReport(msgspec.Struct, forbid_unknown_fields=True):
    """One FMS digit."""

    code: Annotated[str, msgspec.Meta(max_length=10)]


class Override(msgspec.Struct, forbid_unknown_fields=True):
    """Why basic cover is broken all the same."""

    reason: Words


class DeploymentMove(msgspec.Struct, forbid_unknown_fields=True):
    """`fields`: incident, sector, site, task, facility, target, eta. `override` where basic cover breaks."""

    state: Annotated[str, msgspec.Meta(max_length=40)]
    fields: Fields = {}
    reason: Text | None = None
    override: Override | None = None


BODIES = (NewFleet, NewOwned, OwnedEdit, OwnedChoice, StatusReport, DeploymentMove)
"""For the description."""


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str, rights_changed: Any) -> APIRouter:
    """`rights_changed` is called after a fleet got its room."""
    router = APIRouter(prefix="/api", tags=["resources"], responses=PROBLEMS)
    fleets, keeping = Fleets(database, origin), Keeping(database, origin)

    @router.post("/fleets", status_code=201, summary="Begin an organisation's fleet", openapi_extra=body_of(NewFleet))
    async def post_fleet(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewFleet)
        once = await Once.of(request, visitor, idempotency_key)
        found = await fleets.found(visitor, given.organisation, given.fields, once, clock.now())
        await rights_changed()
        return answered(found)

    @router.post("/resources/{id}/status", summary="Type an FMS status or signal", openapi_extra=body_of(StatusReport))
    async def post_resource_status(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, StatusReport)
        return answer(await keeping.report(visitor, id, given.code, clock.now()))

    @router.post("/resources/{id}/signal", summary="Take note of a signal")
    async def post_resource_signal(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await keeping.note_signal(visitor, id, clock.now()))

    @router.post("/resources/{id}/deployment", summary="Send a resource on", openapi_extra=body_of(DeploymentMove))
    async def post_resource_deployment(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, DeploymentMove)
        override = given.override.reason if given.override else None
        return answer(
            await keeping.deploy(visitor, id, given.state, given.fields, given.reason, clock.now(), override=override)
        )

    for kind in (RESOURCE, STOCK):
        _kept(kind, router, keeping, sessions, clock)
    for kind in (RESOURCE, STOCK, FLEET):
        _edited(kind, router, keeping, sessions, clock)
    return router


def _kept(kind: Kind, router: APIRouter, keeping: Keeping, sessions: Sessions, clock: Clock) -> None:
    name, path = kind.name, f"/{kind.path}/{{id}}"

    @router.post(
        f"/fleets/{{id}}/{kind.path}",
        status_code=201,
        summary=f"A new {name}",
        name=f"post_{name}",
        openapi_extra=body_of(NewOwned),
    )
    async def post_owned(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewOwned)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await keeping.create(visitor, id, kind, given.fields, once, clock.now()))

    @router.delete(path, summary=f"Take a {name} away", name=f"delete_{name}")
    async def delete_owned(request: Request, id: Id) -> Response:
        await keeping.delete(await sessions.signed_in(request), kind, id, clock.now())
        return answer({"deleted": id})

    @router.post(f"{path}/restore", summary=f"Bring a {name} back", name=f"post_{name}_restore")
    async def post_restore(request: Request, id: Id) -> Response:
        return answer(await keeping.restore(await sessions.signed_in(request), kind, id, clock.now()))


def _edited(kind: Kind, router: APIRouter, keeping: Keeping, sessions: Sessions, clock: Clock) -> None:
    name, path = kind.name, f"/{kind.path}/{{id}}"

    @router.patch(path, summary=f"Edit a {name}", name=f"patch_{name}", openapi_extra=body_of(OwnedEdit))
    async def patch_owned(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, OwnedEdit)
        return answer(await keeping.edit(visitor, kind, id, given.fields, given.base, clock.now()))

    @router.post(
        f"{path}/conflicts/{{number}}",
        summary=f"Settle a conflict of a {name}",
        name=f"post_{name}_conflict",
        openapi_extra=body_of(OwnedChoice),
    )
    async def post_conflict(request: Request, id: Id, number: Number) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, OwnedChoice)
        return answer(await keeping.settle(visitor, kind, id, number, clock.now(), take=given.take, field=given.field))
