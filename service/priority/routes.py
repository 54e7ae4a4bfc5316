"""Proposals over HTTP: asked for, cancelled, locked, decided on. They come with the picture, as facts `allocation`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import StringConstraints

from geodata.model.allocation import MOST_NEEDS
from geodata.model.clock import Clock
from geodata.model.incident import Id as Named
from geodata.model.incident import Text
from geodata.model.underway import SPEED
from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.errors import Invalid
from service.priority.deciding import Deciding
from service.priority.needs import NeedGiven
from service.priority.planning import Asked, Planner
from service.priority.roads import Roads

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "Your function does not allow this, or the second person is the first one"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "It is decided already, or not computed"},
    422: {"description": "A field is not valid"},
}
_PLACE = r"^-?[0-9]{1,3}(\.[0-9]{1,12})?,-?[0-9]{1,2}(\.[0-9]{1,12})?$"
Word = Annotated[str, msgspec.Meta(max_length=20)]


class NewAllocation(msgspec.Struct, forbid_unknown_fields=True):
    """Without `needs`: open requests for a capability and sites with lives at risk. `previous` is the proposal to
    change as little as possible, whose locks and decisions hold. `seconds` is how long it may take."""

    needs: Annotated[list[NeedGiven], msgspec.Meta(max_length=MOST_NEEDS)] | None = None
    previous: Named | None = None
    seconds: Annotated[float, msgspec.Meta(ge=1, le=60)] = 20.0


class LineDecision(msgspec.Struct, forbid_unknown_fields=True):
    """ACCEPT, OVERRIDE (`resource` null: nobody goes), CONFIRM or REFUSE (second person), WITHDRAW."""

    action: Word
    resource: Named | None = None
    reason: Text | None = None


class LineLock(msgspec.Struct, forbid_unknown_fields=True):
    """FIX, FORBID or FREE. Without `need` it is forbidden everywhere."""

    word: Word
    resource: Named
    need: Named | None = None


BODIES = (NewAllocation, LineDecision, LineLock)
"""For the description."""


def routes(planner: Planner, roads: Roads, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["priority"], responses=PROBLEMS)
    deciding = Deciding(planner)

    @router.post(
        "/incidents/{id}/allocations",
        status_code=202,
        summary="Propose who goes where (Ressourcenpriorisierung); computed beside, nobody is sent",
        openapi_extra=body_of(NewAllocation),
    )
    async def post_allocation(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, NewAllocation)
        asked = Asked(given.needs, given.previous, given.seconds)
        return answered(await planner.ask(visitor, id, asked, await Once.of(request, visitor, idempotency_key)))

    @router.get(
        "/travel", summary="Minutes from one place to others: over the roads that are loaded, else a straight line"
    )
    async def get_travel(
        request: Request,
        start: Annotated[str, Query(alias="from", pattern=_PLACE, description="lon,lat in degrees EPSG:4326")],
        to: Annotated[list[Annotated[str, StringConstraints(pattern=_PLACE)]], Query(min_length=1, max_length=500)],
        speed: Annotated[float, Query(ge=5, le=400, description="km/h of the vehicle")] = SPEED,
    ) -> Response:
        visitor = await sessions.signed_in(request)
        goals = [_place("to", one) for one in to]
        return answer(await roads.travel(visitor.rooms, _place("from", start), goals, speed))

    @router.post("/allocations/{id}/cancel", summary="Stop computing it")
    async def post_allocation_cancel(request: Request, id: Id) -> Response:
        return answer(await planner.cancel(await sessions.signed_in(request), id))

    @router.get("/allocations/{id}/stale", summary="What it looked at and has changed since, as far as you see it")
    async def get_allocation_stale(request: Request, id: Id) -> Response:
        return answer(await planner.stale(await sessions.signed_in(request), id))

    @router.post(
        "/allocations/{id}/lines/{number}",
        summary="Decide on a line: accept, override with reason, confirm as second person, withdraw",
        openapi_extra=body_of(LineDecision),
    )
    async def post_allocation_line(
        request: Request, id: Id, number: Annotated[int, Path(ge=1, le=100_000)]
    ) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, LineDecision)
        done = await deciding.decide(
            visitor, id, number, given.action, resource=given.resource, reason=given.reason, now=clock.now()
        )
        return answer(done)

    @router.post(
        "/allocations/{id}/locks",
        summary="Fix or forbid a resource from the next plan on",
        openapi_extra=body_of(LineLock),
    )
    async def post_allocation_lock(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, LineLock)
        return answer(await deciding.lock(visitor, id, given.resource, given.need, given.word, clock.now()))

    return router


def _place(field: str, text: str) -> tuple[float, float]:
    lon, lat = map(float, text.split(","))
    if abs(lon) > 180 or abs(lat) > 90:
        raise Invalid(field, "a place is lon,lat in degrees: -180 to 180, -90 to 90")
    return lon, lat
