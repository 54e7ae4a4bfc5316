"""Every error that can reach a route, its status, and RFC 9457 problem details as the answer."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerting.store.alarms import NotNow
from geodata.imagery import failures as imagery
from geodata.model.cover import CoverBroken
from geodata.model.editing import BadEdit
from geodata.model.geometry import BadGeometry
from geodata.model.ref import BadRef
from geodata.model.states import BadMove
from geodata.store.database import StoreFull, StoreRefused, StoreUnavailable, ValueRefused
from geodata.store.history import BeforeHistory
from geodata.store.idempotency import KeyReused
from geodata.store.things import NoSuchThing
from service.access.limits import TooOften
from service.access.visitor import NotAllowed, NotSignedIn
from service.sources import NotRunning

log = structlog.get_logger()


class NotFound(Exception):
    """There is no such thing here, or you may not see it."""


class Invalid(Exception):
    """The request is not valid. `field` names the place."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class NoAnswer(Exception):
    """Another node does not answer. Nothing was changed; try again."""


STATUS: dict[type[Exception], tuple[int, str]] = {
    NotFound: (404, "not-found"),
    Invalid: (422, "invalid"),
    BadGeometry: (422, "bad-geometry"),
    BadRef: (422, "bad-reference"),
    BadEdit: (422, "invalid"),
    BadMove: (409, "bad-move"),
    NotNow: (409, "bad-move"),
    CoverBroken: (409, "cover-broken"),
    ValueRefused: (422, "invalid"),
    NoSuchThing: (404, "not-found"),
    NotSignedIn: (401, "not-signed-in"),
    NotAllowed: (403, "not-allowed"),
    StoreRefused: (403, "not-allowed"),
    TooOften: (429, "too-often"),
    KeyReused: (409, "key-reused"),
    BeforeHistory: (410, "before-history"),
    StoreUnavailable: (503, "store-unavailable"),
    NotRunning: (503, "not-running"),
    StoreFull: (507, "store-full"),
    imagery.BadOrder: (422, "invalid"),
    imagery.NoSuchImage: (404, "not-found"),
    imagery.NoSuchScene: (404, "no-such-scene"),
    imagery.NotConfigured: (409, "not-configured"),
    imagery.OutOfUnits: (409, "out-of-units"),
    imagery.TooMany: (429, "too-often"),
    imagery.QuotaUsedUp: (409, "quota-used-up"),
    imagery.Throttled: (503, "throttled"),
    imagery.TooSlow: (504, "too-slow"),
    imagery.Unreachable: (502, "unreachable"),
    NoAnswer: (502, "unreachable"),
    imagery.BadCredentials: (502, "bad-credentials"),
    imagery.ImageryError: (502, "imagery"),
}


def problem(status: int, kind: str, detail: str, field: str | None = None, **more: Any) -> Response:
    title = kind.replace("-", " ")
    body = {"type": f"about:{kind}", "title": title, "status": status, "detail": detail, "field": field, **more}
    headers = {"Retry-After": "2"} if status == 503 else {}
    return Response(
        orjson.dumps(body),
        status,
        headers,
        media_type="application/problem+json",
    )


def known(error: Exception) -> Response:
    """The answer to an error of a kind that `STATUS` names."""
    status, kind = next(STATUS[t] for t in type(error).__mro__ if t in STATUS)
    more = getattr(error, "extension", {})
    return problem(status, kind, " ".join(str(error).split()), getattr(error, "field", None), **more)


async def _known(request: Request, error: Exception) -> Response:
    return known(error)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    return problem(422, "invalid", f"{field}: {first['msg']}", field)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, "http", str(error.detail))


async def _unexpected(request: Request, error: Exception) -> Response:
    path = getattr(request.scope.get("route"), "path", request.url.path)  # as declared: secrets stand in addresses
    log.error("request failed", path=path, error=repr(error), exc_info=error)
    return problem(500, "internal", "Something went wrong here; it has been logged. Nothing was changed.")


def install(app: FastAPI) -> None:
    for kind in STATUS:
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)
