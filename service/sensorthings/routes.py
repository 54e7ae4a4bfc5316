"""OGC SensorThings API 1.1, for reading, with the rights of whoever asks. Errors are told as its servers do."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from geodata.model.fact import PUBLIC
from geodata.store.database import Database, StoreUnavailable
from service.access.sessions import Sessions
from service.access.visitor import NotSignedIn
from service.answers import Problem
from service.sensorthings.answering import Answers, NoSuchEntity
from service.sensorthings.conditions import BadOption
from service.sensorthings.schema import SETS
from service.sensorthings.store import Entities

PREFIX = "/api/sta/v1.1"
CONFORMS_TO = [
    "http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/resource-path/resource-path-to-entities",
    "http://www.opengis.net/spec/iot_sensing/1.1/req/request-data",
]
HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}


def routes(database: Database, sessions: Sessions, *, origin: str) -> APIRouter:
    router = APIRouter(
        prefix=PREFIX, tags=["sensorthings"], responses={401: {"model": Problem}, 503: {"model": Problem}}
    )

    @router.get("", summary="What there is: the landing page of OGC SensorThings 1.1", response_model=dict[str, Any])
    async def get_service(request: Request) -> Response:
        visitor = await sessions.visitor(request)
        if PUBLIC not in visitor.rooms:
            raise NotSignedIn("this node shows nothing to strangers; sign in")
        if request.url.query:
            return _wrong(400, f"{request.url.query[:60]}: options belong to a list or an entity")
        root = _root(request)
        sets = [{"name": name, "url": f"{root}/{name}"} for name in SETS]
        return _json({"value": sets, "serverSettings": {"conformance": CONFORMS_TO}})

    @router.get(
        "/{path:path}",
        summary="Entities by set, id and navigation, with $filter, $expand, $select, $orderby, $top, $skip, $count",
        response_model=dict[str, Any],
    )
    async def get_entities(request: Request, path: str) -> Response:
        visitor = await sessions.visitor(request)
        if PUBLIC not in visitor.rooms:
            raise NotSignedIn("this node shows nothing to strangers; sign in")
        if "\x00" in path or "\x00" in "".join(request.query_params.values()):
            return _wrong(400, "NUL stands in the address")
        entities = Entities(database, visitor.rooms, origin)
        try:
            found = await Answers(entities, _root(request)).at(path, request.query_params.multi_items())
        except BadOption as error:
            return _wrong(400, str(error))
        except NoSuchEntity as error:
            return _wrong(404, " ".join(str(error).split()))
        except StoreUnavailable as error:
            return _wrong(503, str(error))
        return Response(found, headers=HEADERS, media_type="text/plain") if isinstance(found, str) else _json(found)

    return router


def _root(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}{PREFIX}"


def _json(found: Any) -> Response:
    return Response(orjson.dumps(found), headers=HEADERS, media_type="application/json")


def _wrong(code: int, message: str) -> Response:
    headers = {"Retry-After": "2"} if code == 503 else {}
    body = {"code": code, "type": "error", "message": message}
    return Response(orjson.dumps(body), code, headers, media_type="application/json")
