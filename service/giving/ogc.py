"""OGC API Features by tipg on the views of schema `ogc`, behind our own rights: tipg has none."""

from __future__ import annotations

import math
from functools import wraps
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send
from tipg.collections import register_collection_catalog
from tipg.dependencies import bbox_query, filter_query
from tipg.errors import DEFAULT_STATUS_CODES, add_exception_handlers
from tipg.factory import OGCFeaturesFactory
from tipg.settings import DatabaseSettings

from geodata.store.database import StoreUnavailable
from service import errors
from service.access.sessions import Sessions
from service.giving.store import NOT_UNDERSTOOD, VisitorPool, seeing

PATH = "/api/ogc"
OPERATORS = frozenset({
    "and", "or", "not", "=", "<>", "<", "<=", ">", ">=", "like", "between", "in", "isnull", "+", "-", "*", "/", "%",
    "^", "div", "casei", "accenti", "s_intersects", "s_equals", "s_disjoint", "s_touches", "s_within", "s_overlaps",
    "s_crosses", "s_contains", "t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals",
    "t_finishedby", "t_finishes", "t_intersects", "t_meets", "t_metby", "t_overlappedby", "t_overlaps", "t_startedby",
    "t_starts",
})  # fmt: skip
"""Of CQL2 (OGC 21-065)."""


class OgcFeatures:
    """To be mounted at PATH. Until `open` was called it answers 503."""

    def __init__(self, database_url: str, sessions: Sessions) -> None:
        self._sessions = sessions
        self._pool = VisitorPool(database_url)
        self._app = FastAPI(title="Lagebild: OGC API Features", openapi_url="/api", docs_url=None, redoc_url=None)
        self._app.state.pool = self._pool
        add_exception_handlers(self._app, DEFAULT_STATUS_CODES)
        errors.install(self._app)
        kinds: tuple[type[Exception], ...] = (ValueError, *NOT_UNDERSTOOD)
        for kind in kinds:
            self._app.add_exception_handler(kind, _not_understood)
        self._app.dependency_overrides |= {filter_query: _filter, bbox_query: _bbox}
        # tipg names the page of this route; FastAPI's own loads scripts from elsewhere
        self._app.add_api_route("/api.html", _description, name="swagger_ui_html", include_in_schema=False)
        self._app.include_router(OGCFeaturesFactory(title="Lagebild").router)

    async def open(self) -> None:
        """Learns the collections. Raises OSError, or what the driver raises when the database refuses."""
        await self._pool.open()
        settings = DatabaseSettings(
            schemas=["ogc"], exclude_function_schemas=["ogc"], spatial_extent=False, datetime_extent=False
        )
        await register_collection_catalog(self._app, db_settings=settings)

    async def close(self) -> None:
        await self._pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method not in ("GET", "HEAD"):
            await errors.problem(405, "http", "only reading")(scope, receive, send)
            return
        if request.query_params.get("f") == "html":
            await errors.problem(406, "http", "f: json or geojson; there are no pages here")(scope, receive, send)
            return
        try:
            visitor = await self._sessions.visitor(request)
        except StoreUnavailable as error:
            await errors.problem(503, "store-unavailable", str(error))(scope, receive, send)
            return
        # tipg's pages do so as well: everybody gets JSON
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept"]
        seeing.set(visitor.rooms)
        inner = {**scope, "headers": [*headers, (b"accept", b"application/geo+json,application/json;q=0.9")]}
        inner.pop("router")  # links are made by tipg's own routes
        await self._app(inner, receive, send)


@wraps(filter_query)
def _filter(*given: Any, **named: Any) -> Any:
    """CQL2 may call any function of the database by its name; only what the standard names is let through."""
    try:
        found = filter_query(*given, **named)
    except Exception as error:  # the CQL2 parser raises nothing narrower
        raise errors.Invalid("filter", f"not CQL2: {' '.join(str(error).split())[:300]}") from error
    if found is not None and (strange := _operators(found.to_json()) - OPERATORS):
        raise errors.Invalid("filter", f"not known here: {', '.join(sorted(strange))[:200]}")
    return found


def _operators(node: Any) -> set[str]:
    if isinstance(node, dict):
        named = {str(node["op"]).lower()} if "op" in node else set()
        return named.union(*(_operators(value) for value in node.values()))
    return set().union(*(_operators(value) for value in node)) if isinstance(node, list) else set()


@wraps(bbox_query)
def _bbox(*given: Any, **named: Any) -> Any:
    found = bbox_query(*given, **named)
    if found is not None and not all(map(math.isfinite, found)):
        raise errors.Invalid("bbox", "bbox: four or six finite numbers")
    return found


async def _not_understood(request: Request, error: Exception) -> Response:
    return errors.problem(422, "invalid", " ".join(str(error).split())[:300])


async def _description(request: Request) -> RedirectResponse:
    return RedirectResponse(request.url_for("openapi"))
