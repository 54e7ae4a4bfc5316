"""Own sensors and their bridges send readings: validated, idempotent, acknowledged only when stored."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any

import msgspec
import orjson
from fastapi import APIRouter, Header, Path, Request, Response

from geodata.model.clock import Clock
from geodata.model.geometry import point
from geodata.model.observation import Observation, implausible
from geodata.model.station import Station
from geodata.store import observations, stations
from geodata.store.database import Database
from geodata.store.idempotency import earlier_answer, remember
from service.access.rights import Right
from service.access.sessions import Sessions
from service.errors import Invalid
from service.routes.shapes import Problem

OWN = "own."
MOST = 5_000


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    station: Annotated[str, msgspec.Meta(max_length=200)]
    quantity: Annotated[str, msgspec.Meta(pattern=r"^[A-Z][A-Za-z0-9_]{0,19}$")]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    value: float
    unit: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class SentBatch(msgspec.Struct, forbid_unknown_fields=True):
    observations: Annotated[list[Sent], msgspec.Meta(min_length=1, max_length=MOST)]


BODIES = (Station, SentBatch)
"""What may be sent, for the description."""

_EXAMPLE = {
    "observations": [
        {"station": "own.bachstrasse", "quantity": "W", "at": "2026-11-21T18:00:00Z", "value": 84.0, "unit": "cm"}
    ]
}
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=100)]


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str) -> APIRouter:
    problems = {s: {"model": Problem} for s in (401, 409, 422, 503, 507)}
    router = APIRouter(tags=["sending"], responses=problems)  # type: ignore[arg-type]

    @router.put("/api/stations/{id}", summary="Announce an own station", openapi_extra=_body(Station, None))
    async def put_station(request: Request, id: Annotated[str, Path(pattern=r"^own\.[a-z0-9.-]{1,80}$")]) -> Response:
        visitor = await sessions.visitor(request)
        visitor.needs(Right.STEER)
        station = _decode(await request.body(), Station)
        if station.key != id:
            raise Invalid("key", f"key must be {id}, as in the address")
        if station.longitude is not None and station.latitude is not None:
            point(station.longitude, station.latitude)
        async with database.transaction(visitor.actor) as tx:
            await stations.record(tx, origin, [station], source="own", received_at=clock.now())
        return _answer(200, {"stored": id})

    @router.post("/api/observations", summary="Send readings of own stations", openapi_extra=_body(SentBatch, _EXAMPLE))
    async def post_observations(request: Request, idempotency_key: Key) -> Response:
        visitor = await sessions.visitor(request)
        visitor.needs(Right.STEER)
        raw = await request.body()
        digest = hashlib.sha256(b"POST /api/observations " + raw).digest()
        batch = _decode(raw, SentBatch)
        now = clock.now()
        good, refused = [], []
        for index, sent in enumerate(batch.observations):
            observation = Observation(sent.station, sent.quantity, sent.at, sent.value, sent.unit)
            reason = implausible(observation, now)
            if reason is None and not sent.station.startswith(OWN):
                reason = f"station must start with {OWN}: the stations of sources are read-only"
            if reason:
                refused.append({"index": index, "reason": reason})
            else:
                good.append((index, observation))
        principal = visitor.session_id or ""
        async with database.transaction(visitor.actor) as tx:
            earlier = await earlier_answer(tx, principal, idempotency_key, digest)
            if earlier is not None:
                return _answer(earlier.status, earlier.body, repeated=True)
            recorded = await observations.record(tx, origin, [o for _, o in good], source="own", received_at=now)
            by_id = {id(o): index for index, o in good}
            refused += [{"index": by_id.get(id(o), -1), "reason": reason} for o, reason in recorded.refused]
            answer = {
                "new": recorded.new,
                "corrected": recorded.corrected,
                "repeated": recorded.repeated,
                "refused": refused,
            }
            await remember(tx, principal, idempotency_key, 200, answer)
        return _answer(200, answer)

    return router


def _decode(raw: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        text = str(error)
        raise Invalid(text.rpartition("`")[0].rpartition("`")[2] or "body", text) from error
    except msgspec.DecodeError as error:
        raise Invalid("body", f"the body is not JSON: {error}") from error


def _answer(status: int, body: Any, *, repeated: bool = False) -> Response:
    headers = {"Idempotent-Replayed": "true"} if repeated else {}
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def _body(kind: type[Any], example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}
    if example:
        content["example"] = example
    return {"requestBody": {"required": True, "content": {"application/json": content}}}
