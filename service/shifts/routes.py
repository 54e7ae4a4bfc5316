"""Shifts over HTTP. What there is comes with the picture, as facts of kind `shift` in the stock's room."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Meta

from geodata.model.clock import Clock
from geodata.model.duty import Duty
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.bodies import Base, Fields, Id, Key, Once, answer, answered, body_of, decoded
from service.shifts.keeping import Shifts
from service.shifts.reading import Reading

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not write in the room of this stock"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "It cannot go from its state to that one"},
    422: {"description": "A field is not valid"},
}


class NewShifts(msgspec.Struct, forbid_unknown_fields=True):
    """All of them or none."""

    shifts: Annotated[list[Fields], Meta(min_length=1, max_length=200)]


class ShiftEdit(msgspec.Struct, forbid_unknown_fields=True):
    """`base` is the version that was edited; null as a value takes a field out; `state` begins and ends a shift."""

    base: Base
    fields: Fields


class ReliefAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Reliefs due within these hours; `length_hours` of the new shifts, the longest duty if it is left out."""

    within_hours: Annotated[float, Meta(gt=0, le=72)] = 12
    length_hours: Annotated[float, Meta(gt=0, le=72)] | None = None


BODIES = (NewShifts, ShiftEdit, ReliefAsked)
"""For the description."""


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str, duty: Duty) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["shifts"], responses=PROBLEMS)
    shifts = Shifts(database, origin)
    reading = Reading(shifts, duty)

    @router.post(
        "/fleets/{id}/shifts", status_code=201, summary="New shifts, all or none", openapi_extra=body_of(NewShifts)
    )
    async def post_shifts(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewShifts)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await shifts.add(visitor, id, given.shifts, once, clock.now()))

    @router.get("/fleets/{id}/duty", summary="Who is where, what breaks the rules of rest, and which crews stand")
    async def get_duty(request: Request, id: Id) -> Response:
        return answer(await reading.duty_of(await sessions.signed_in(request), id, clock.now()))

    @router.post(
        "/fleets/{id}/relief-plan",
        summary="Who could relieve whom; changes nothing",
        openapi_extra=body_of(ReliefAsked),
    )
    async def post_relief_plan(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, ReliefAsked)
        length = None if given.length_hours is None else timedelta(hours=given.length_hours)
        within = timedelta(hours=given.within_hours)
        return answer(await reading.relief_plan(visitor, id, clock.now(), within=within, length=length))

    @router.patch("/shifts/{id}", summary="Edit, begin or end a shift", openapi_extra=body_of(ShiftEdit))
    async def patch_shift(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, ShiftEdit)
        return answer(await shifts.edit(visitor, id, given.fields, given.base, clock.now()))

    @router.delete("/shifts/{id}", summary="Take a shift away, with the name in it")
    async def delete_shift(request: Request, id: Id) -> Response:
        await shifts.delete(await sessions.signed_in(request), id)
        return answer({"deleted": id})

    return router
