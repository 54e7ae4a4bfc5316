"""For those who run the server: is it alive, is it ready, what does it count."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from geodata.store import heartbeats
from geodata.store.database import Database, StoreError
from service.routes.shapes import HealthOut


def routes(database: Database, registry: CollectorRegistry, ready: Callable[[], dict[str, bool]]) -> APIRouter:
    router = APIRouter(tags=["operations"])

    @router.get(
        "/healthz",
        summary="503 when an engine has missed three beats or the database does not answer",
        response_model=HealthOut,
        responses={503: {"model": HealthOut}},
    )
    async def healthz() -> Response:
        try:
            engines = await heartbeats.all_of(database)
        except StoreError as error:
            return _json(503, {"ok": False, "database": str(error), "engines": {}})
        stalled = [h.engine for h in engines if h.stalled]
        told = {h.engine: {"age": round(h.age, 1), "every": h.every, "stalled": h.stalled} for h in engines}
        return _json(503 if stalled else 200, {"ok": not stalled, "database": "ok", "engines": told})

    @router.get(
        "/readyz",
        summary="200 once the server can answer, 503 before",
        response_model=dict[str, bool],
        responses={503: {"model": dict[str, bool]}},
    )
    async def readyz() -> Response:
        parts = ready()
        return _json(200 if all(parts.values()) else 503, parts)

    @router.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


def _json(status: int, body: object) -> Response:
    return Response(orjson.dumps(body), status, {"Cache-Control": "no-store"}, media_type="application/json")
