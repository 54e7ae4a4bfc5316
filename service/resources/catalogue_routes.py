"""The catalogue over HTTP, with the types that organisations added."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response

from geodata.model import catalogue
from geodata.model.clock import Clock
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.resources import own_types
from service.resources.own_types import OwnTypes
from service.resources.routes import PROBLEMS, NewOwned, OwnedEdit
from service.resources.units import Composing, NewUnit

BODIES = (NewUnit,)


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["resources"], responses=PROBLEMS)
    own, composing = OwnTypes(database, origin), Composing(database, origin)
    shipped = _shipped()

    @router.get("/catalogue", summary="Types, capabilities, qualifications and units composed of others")
    async def get_catalogue(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        rooms = database.asked(visitor.rooms)
        async with database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            listed = await own_types.listed(tx, origin, rooms)
        mine = [{**asdict(each), "organisation": organisation} for organisation, each in listed]
        return answer({**shipped, "types": [*shipped["types"], *mine]})

    @router.post(
        "/fleets/{id}/types", status_code=201, summary="Add a type of your own", openapi_extra=body_of(NewOwned)
    )
    async def post_type(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewOwned)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await own.create(visitor, id, given.fields, once, clock.now()))

    @router.patch("/fleets/{id}/types/{type}", summary="Edit a type of your own", openapi_extra=body_of(OwnedEdit))
    async def patch_type(request: Request, id: Id, type: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, OwnedEdit)
        return answer(await own.edit(visitor, id, type, given.fields, given.base, clock.now()))

    @router.delete("/fleets/{id}/types/{type}", summary="Take a type of your own away")
    async def delete_type(request: Request, id: Id, type: Id) -> Response:
        await own.delete(await sessions.signed_in(request), id, type)
        return answer({"deleted": type})

    @router.post(
        "/fleets/{id}/units", status_code=201, summary="Compose a unit of resources", openapi_extra=body_of(NewUnit)
    )
    async def post_unit(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewUnit)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await composing.compose(visitor, id, given, once, clock.now()))

    return router


def _shipped() -> dict[str, Any]:
    return {
        "types": [asdict(each) for each in catalogue.TYPES.values()],
        "groups": [{"code": code, "name": de, "name_en": en} for code, (de, en) in catalogue.GROUPS.items()],
        "capabilities": [asdict(each) for each in catalogue.CAPABILITIES.values()],
        "capacities": [asdict(each) for each in catalogue.CAPACITIES.values()],
        "qualifications": [asdict(each) for each in catalogue.QUALIFICATIONS.values()],
        "qualification_groups": [
            {"code": code, "name": de, "name_en": en} for code, (de, en) in catalogue.QUALIFICATION_GROUPS.items()
        ],
        "concepts": [asdict(each) for each in catalogue.CONCEPTS.values()],
    }
