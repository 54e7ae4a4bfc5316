"""The overview over HTTP: board, strength, basic cover, relief; only what the visitor sees."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from geodata.model.clock import Clock
from geodata.model.duty import Duty
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.bodies import answer
from service.resources.near import FARTHEST, Nearest, Travel, Wanted
from service.resources.overview import Asked, Overview
from service.resources.overview_sent import ResourcesOverview

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    422: {"description": "A parameter is not valid"},
}
OVERVIEW: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{ResourcesOverview.__name__}"}}}}
}
CSV: dict[int | str, dict[str, Any]] = {200: {"description": "The table", "content": {"text/csv": {}}}}
IdAsked = Annotated[str | None, Query(min_length=1, max_length=200)]
ArsAsked = Annotated[str | None, Query(pattern=r"^[0-9]{2,12}$", description="regional key of any level")]


def routes(
    database: Database, sessions: Sessions, clock: Clock, *, origin: str, duty: Duty, travel: Travel | None = None
) -> APIRouter:
    """`travel` reckons ways over the roads; without it they go along the straight line."""
    router = APIRouter(prefix="/api", tags=["resources"], responses=PROBLEMS)
    overview, nearest = Overview(database, origin, duty), Nearest(database, origin, travel)

    @router.get("/resources/near", summary="What could be at a place soonest, by capability, radius and travel time")
    async def get_near(
        request: Request,
        longitude: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
        latitude: Annotated[float, Query(ge=-85, le=85, allow_inf_nan=False)],
        capability: Annotated[str | None, Query(min_length=1, max_length=60)] = None,
        km: Annotated[float | None, Query(gt=0, le=FARTHEST, allow_inf_nan=False)] = None,
        minutes: Annotated[float | None, Query(gt=0, le=1440, allow_inf_nan=False)] = None,
        free: bool = False,
    ) -> Response:
        visitor = await sessions.signed_in(request)
        wanted = Wanted((longitude, latitude), capability, km, minutes, free)
        return answer(await nearest.find(visitor, wanted, clock.now()))

    @router.get(
        "/resources/overview",
        summary="Board, strength, basic cover, relief, what is stale, broken or short",
        responses=OVERVIEW,
    )
    async def get_overview(
        request: Request, incident: IdAsked = None, organisation: IdAsked = None, ars: ArsAsked = None
    ) -> Response:
        visitor = await sessions.signed_in(request)
        found = await overview.read(visitor, Asked(incident, organisation, ars), clock.now())
        return Response(found, media_type="application/json")

    @router.get("/resources/strength.csv", summary="The strength table for a report", responses=CSV)
    async def get_strength(
        request: Request,
        incident: IdAsked = None,
        organisation: IdAsked = None,
        ars: ArsAsked = None,
        language: Literal["de", "en"] = "de",
    ) -> Response:
        visitor = await sessions.signed_in(request)
        table = await overview.strength_table(visitor, Asked(incident, organisation, ars), language)
        headers = {"Content-Disposition": 'attachment; filename="strength.csv"'}
        return Response(table, headers=headers, media_type="text/csv; charset=utf-8")

    return router
