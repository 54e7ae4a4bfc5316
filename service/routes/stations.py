"""Stations, their readings and their time series."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from geodata.model.clock import Clock
from geodata.model.forecast import band
from geodata.model.geometry import parse_bbox
from geodata.store import stations
from geodata.store.database import Database
from geodata.store.heard import heard
from geodata.store.spans import Span, span
from service.access.sessions import Sessions
from service.access.visitor import Visitor
from service.errors import Invalid, NotFound
from service.routes.picture import json_list
from service.routes.shapes import ObservationsOut, Problem, StationOut, StationsOut

LONGEST = timedelta(days=400)
Id = Annotated[str, Path(max_length=200, examples=["pegelonline.a6ee8177-107b-47dd-bcfd-30960ccc6e9c"])]
Of = Annotated[str | None, Query(max_length=63, description="origin of a partner's station; none is our own")]


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str) -> APIRouter:
    problems = {404: {"model": Problem}, 422: {"model": Problem}, 503: {"model": Problem}}
    router = APIRouter(prefix="/api/stations", tags=["stations"], responses=problems)  # type: ignore[arg-type]

    async def one(visitor: Visitor, id: str, whose: str) -> dict[str, Any]:
        found = await stations.listed(database, visitor.rooms, id=id, origin=whose, limit=1)
        if not found:
            raise NotFound(f"no station {id}")
        station: dict[str, Any] = orjson.loads(found[0])
        return station

    @router.get("", response_model=StationsOut, summary="Stations with their current readings")
    async def get_stations(
        request: Request,
        bbox: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None,
        q: Annotated[str | None, Query(max_length=100, description="part of the name or the water")] = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    ) -> Response:
        visitor = await sessions.visitor(request)
        area = parse_bbox(bbox) if bbox else None
        found = await stations.listed(database, visitor.rooms, query=q, area=area, limit=limit)
        return json_list(request, {}, "stations", found)

    @router.get("/{id}", response_model=StationOut, summary="One station")
    async def get_station(request: Request, id: Id, of: Of = None) -> Response:
        found = await one(await sessions.visitor(request), id, of or origin)
        return Response(orjson.dumps(found), media_type="application/json")

    @router.get("/{id}/observations", response_model=ObservationsOut, summary="A time series, thinned to fit")
    async def get_observations(
        request: Request,
        id: Id,
        quantity: Annotated[str, Query(max_length=20)] = "W",
        start: datetime | None = None,
        end: datetime | None = None,
        points: Annotated[int, Query(ge=10, le=5000)] = 500,
        of: Of = None,
    ) -> Response:
        visitor = await sessions.visitor(request)
        whose = of or origin
        station = await one(visitor, id, whose)
        now = clock.now()
        end = _aware(end, "end") or now
        start = _aware(start, "start") or end - timedelta(hours=48)
        if not timedelta(0) < end - start <= LONGEST:
            raise Invalid("start", f"start must lie before end, at most {LONGEST.days} days")

        async def stretch(start: datetime, end: datetime, points: int) -> Span:
            if whose == origin:
                return await span(database, id, quantity, start, end, points, rooms=visitor.rooms)
            return await heard(database, whose, id, quantity, start, end, points, rooms=visitor.rooms)

        measured = await stretch(start, end, points)
        series: dict[str, Any] = next((s for s in station["body"].get("series", ()) if s["quantity"] == quantity), {})
        forecast = await stations.forecast_of(database, visitor.rooms, id, quantity, origin=whose)
        expected = []
        if forecast is not None:
            history = await stretch(now - timedelta(days=7), now, 2000)
            expected = band(forecast.points, [(p[0], p[1]) for p in history.points])
        answer = {
            "station": id,
            "quantity": quantity,
            "unit": measured.unit or series.get("unit"),
            "start": start,
            "end": end,
            "resolution_seconds": measured.resolution_seconds,
            "points": measured.points,
            "thresholds": series.get("thresholds", []),
            "forecast": forecast,
            "band": expected,
            "marks": measured.marks,
        }
        return Response(orjson.dumps(answer), headers={"Cache-Control": "no-store"}, media_type="application/json")

    return router


def _aware(moment: datetime | None, field: str) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise Invalid(field, f"{field} needs a time zone, for example 2026-11-21T12:00:00Z")
    return moment
