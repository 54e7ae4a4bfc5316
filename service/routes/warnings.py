"""Official warnings in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from geodata.model.geometry import parse_bbox
from geodata.store import warnings
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.routes.picture import json_list
from service.routes.shapes import Problem, WarningsOut


def routes(database: Database, sessions: Sessions) -> APIRouter:
    router = APIRouter(tags=["warnings"], responses={422: {"model": Problem}, 503: {"model": Problem}})

    @router.get("/api/warnings", response_model=WarningsOut, summary="Official warnings in force, gravest first")
    async def get_warnings(
        request: Request,
        ars: Annotated[
            str | None, Query(pattern=r"^\d{2,12}$", description="prefix of municipality keys", examples=["05315"])
        ] = None,
        bbox: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None,
    ) -> Response:
        visitor = await sessions.visitor(request)
        area = parse_bbox(bbox) if bbox else None
        found = await warnings.listed(database, visitor.rooms, ars=ars, area=area)
        return json_list(request, {}, "warnings", found)

    return router
