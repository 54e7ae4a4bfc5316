"""The land's own description, and the search over land and picture."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import orjson
from fastapi import APIRouter, Query, Request, Response

from geodata.store import land, search
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.answers import LEFT_OUT
from service.errors import NotFound
from service.routes.shapes import Problem, Shape


class LandOut(Shape):
    """`state` is the date the administrative areas are true for; `revision` grows with each import."""

    attribution: str
    state: str
    revision: int
    bbox: tuple[float, float, float, float]


class FoundOut(Shape):
    """`ref` for facts, `ars` for areas and a place's municipality; `point` is [longitude, latitude]."""

    model_config = LEFT_OUT

    type: Literal[
        "municipality", "district", "place", "station", "warning", "incident", "site", "facility", "sector", "zone"
    ]
    name: str
    detail: str
    ref: str | None = None
    ars: str | None = None
    bbox: tuple[float, float, float, float] | None = None
    point: tuple[float, float] | None = None


class SearchOut(Shape):
    results: list[FoundOut]


def routes(database: Database, sessions: Sessions) -> APIRouter:
    router = APIRouter(tags=["land"], responses={422: {"model": Problem}, 503: {"model": Problem}})

    @router.get(
        "/api/land", response_model=LandOut, summary="Which land is loaded", responses={404: {"model": Problem}}
    )
    async def get_land(request: Request) -> Response:
        await sessions.visitor(request)
        known = await land.state(database)
        if known is None:
            raise NotFound("No land is loaded: run `lagebild land import`.")
        return Response(
            msgspec.json.encode(known), headers={"Cache-Control": "no-cache"}, media_type="application/json"
        )

    @router.get(
        "/api/search", response_model=SearchOut, summary="Municipalities, districts, places, stations, warnings"
    )
    async def get_search(
        request: Request,
        q: Annotated[
            str, Query(min_length=1, max_length=search.MAX_QUERY, description="what was typed", examples=["Koeln"])
        ],
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
    ) -> Response:
        visitor = await sessions.visitor(request)
        found = await search.search(database, q, visitor.rooms, limit=limit)
        results = [_without_nothing(msgspec.to_builtins(one)) for one in found]
        return Response(
            orjson.dumps({"results": results}), headers={"Cache-Control": "no-store"}, media_type="application/json"
        )

    return router


def _without_nothing(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value is not None}
