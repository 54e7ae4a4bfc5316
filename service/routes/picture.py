"""The picture with its cursor, and the log for those who cannot keep a socket open."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from isal import igzip
from pydantic import AwareDatetime

from geodata.model.clock import Clock
from geodata.model.geometry import parse_bbox
from geodata.store import changes, exercises, history, picture
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.access.visitor import sight
from service.routes.shapes import ChangesOut, PictureOut, Problem

COMPRESS_FROM = 2_000


def routes(database: Database, sessions: Sessions, clock: Clock, *, mode: str, origin: str) -> APIRouter:
    router = APIRouter(tags=["picture"], responses={422: {"model": Problem}, 503: {"model": Problem}})

    @router.get("/api/picture", response_model=PictureOut, summary="Every fact you may see, and the log's cursor")
    async def get_picture(
        request: Request,
        bbox: Annotated[
            str | None, Query(description="west,south,east,north in degrees", examples=["6,50,8,52"])
        ] = None,
        kinds: Annotated[
            str | None, Query(description="comma list", pattern=r"^[a-z_,]*$", examples=["station,reading,warning"])
        ] = None,
        at: Annotated[AwareDatetime | None, Query(description="a past moment of the picture's clock")] = None,
    ) -> Response:
        visitor = await sessions.visitor(request)
        area = parse_bbox(bbox) if bbox else None
        wanted = kinds.split(",") if kinds else None
        if at is None:
            cursor, facts = await picture.snapshot(database, visitor.rooms, kinds=wanted, area=area)
        else:
            at = min(at, clock.now())
            cursor = await history.cursor_at(database, (await exercises.timeline(database)).wall(at))
            facts = await history.picture_at(database, cursor, visitor.rooms, kinds=wanted, area=area)
        head = {"cursor": cursor, "now": clock.now(), "speed": clock.speed, "mode": mode, "origin": origin}
        head["sight"] = sight(visitor.rooms)
        if at is not None:
            head["at"] = at
        return json_list(request, head, "facts", facts)

    @router.get("/api/changes", response_model=ChangesOut, summary="The log after a cursor, for polling")
    async def get_changes(
        request: Request,
        since: Annotated[int, Query(ge=0, le=2**62)],
        limit: Annotated[int, Query(ge=1, le=5000)] = 1000,
        seen: Annotated[str | None, Query(alias="sight", max_length=64, description="as the picture said")] = None,
    ) -> Response:
        visitor = await sessions.visitor(request)
        held = seen in (None, sight(visitor.rooms)) and (await changes.bounds(database)).holds(since)
        page = await changes.since(database, since, limit=limit, rooms=visitor.rooms) if held else []
        cursor = page[-1].seq if page else since
        head = {"cursor": cursor, "now": clock.now(), "speed": clock.speed, "restart": not held}
        return json_list(request, head, "changes", [change.wire for change in page])

    return router


def json_list(request: Request, head: dict[str, object], name: str, items: list[bytes]) -> Response:
    """A JSON object whose last member is a list of ready-made items; they are never parsed on the way."""
    opening = orjson.dumps(head)[:-1] + (b"," if head else b"") + orjson.dumps(name) + b":["
    body = b"".join((opening, b",".join(items), b"]}"))
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding, Cookie"}
    if len(body) >= COMPRESS_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        body = igzip.compress(body, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type="application/json")
