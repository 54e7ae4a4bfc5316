"""Rosters over HTTP. What there is comes with the picture, as facts of kind `roster`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response

from geodata.model.clock import Clock
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.bodies import Base, Fields, Id, Key, Once, answer, answered, body_of, decoded
from service.roster.rosters import Rosters

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not write in the room of this roster"},
    404: {"description": "There is no such thing, or you may not see it"},
    422: {"description": "A field is not valid"},
}


class NewRoster(msgspec.Struct, forbid_unknown_fields=True):
    organisation: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    fields: Fields = {}


class RosterEdit(msgspec.Struct, forbid_unknown_fields=True):
    """`base` is the version that was edited; null as a value takes a field out."""

    base: Base
    fields: Fields


BODIES = (NewRoster, RosterEdit)
"""For the description."""


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str, rights_changed: Any) -> APIRouter:
    """`rights_changed` is called after a roster got its room."""
    router = APIRouter(prefix="/api", tags=["people"], responses=PROBLEMS)
    rosters = Rosters(database, origin)

    @router.post("/rosters", status_code=201, summary="Begin a roster", openapi_extra=body_of(NewRoster))
    async def post_roster(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewRoster)
        once = await Once.of(request, visitor, idempotency_key)
        found = await rosters.found(visitor, given.organisation, given.fields, once, clock.now())
        await rights_changed()
        return answered(found)

    @router.patch("/rosters/{id}", summary="Edit the rules of a roster", openapi_extra=body_of(RosterEdit))
    async def patch_roster(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, RosterEdit)
        return answer(await rosters.edit(visitor, id, given.fields, given.base, clock.now()))

    return router
