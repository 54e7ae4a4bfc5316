"""Staffs and who sits in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response

from geodata.model.clock import Clock
from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.incidents.incident_routes import PROBLEMS
from service.incidents.seats import Seats
from service.incidents.sent import NewAssignment, NewStaff, ShiftMove


def staff_routes(
    seats: Seats, sessions: Sessions, clock: Clock, rights_changed: Callable[[], Awaitable[None]]
) -> APIRouter:
    router = APIRouter(tags=["staffs"], responses=PROBLEMS)

    @router.post(
        "/api/incidents/{id}/staffs", status_code=201, summary="Set up a staff", openapi_extra=body_of(NewStaff)
    )
    async def post_staff(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewStaff)
        once = await Once.of(request, visitor, idempotency_key)
        founded = await seats.add_staff(visitor, id, given, once, clock.now())
        await rights_changed()
        return answered(founded)

    @router.get("/api/staffs/{id}/assignments", summary="Who sat where, and what was handed over")
    async def get_assignments(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer({"assignments": await seats.listed(visitor, id)})

    @router.post(
        "/api/staffs/{id}/assignments",
        status_code=201,
        summary="Seat somebody now, or plan it",
        openapi_extra=body_of(NewAssignment),
    )
    async def post_assignment(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewAssignment)
        once = await Once.of(request, visitor, idempotency_key)
        assigned = await seats.assign(visitor, id, given, once, clock.now())
        await rights_changed()
        return answered(assigned)

    @router.post(
        "/api/assignments/{id}/state", summary="Begin, hand over or end a duty", openapi_extra=body_of(ShiftMove)
    )
    async def post_shift(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        moved = await seats.move(visitor, id, await decoded(request, ShiftMove), clock.now())
        await rights_changed()
        return answer(moved)

    return router
