"""The shapes of an extent: what an image from above shows, as GeoJSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from geodata.model.geometry import parse_bbox
from geodata.store import extents
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.errors import NotFound
from service.routes.picture import json_list
from service.routes.shapes import PartsOut, Problem


def routes(database: Database, sessions: Sessions) -> APIRouter:
    problems = {404: {"model": Problem}, 422: {"model": Problem}, 503: {"model": Problem}}
    router = APIRouter(prefix="/api/extents", tags=["extents"], responses=problems)  # type: ignore[arg-type]

    @router.get("/{id}/parts", response_model=PartsOut, summary="The shapes of an extent as GeoJSON, largest first")
    async def get_parts(
        request: Request,
        id: Annotated[str, Path(max_length=200, examples=["copernicus_ems.EMSR517.aoi15.GRA"])],
        bbox: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None,
        zoom: Annotated[int | None, Query(ge=0, le=18, description="simplify to half a pixel at this zoom")] = None,
        limit: Annotated[int, Query(ge=1, le=extents.MAX_PARTS)] = 10_000,
    ) -> Response:
        visitor = await sessions.visitor(request)
        area = parse_bbox(bbox) if bbox else None
        found = await extents.parts(database, visitor.rooms, id, area=area, zoom=zoom, limit=limit)
        if found is None:
            raise NotFound(f"no extent {id}")
        features, truncated = found
        head: dict[str, object] = {"type": "FeatureCollection", "truncated": truncated}
        return json_list(request, head, "features", features)

    return router
