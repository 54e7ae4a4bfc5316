"""Orders over HTTP. Overdue ones are known by their due time and state; nobody has to ask for them."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, TypeVar

import msgspec
import orjson
from fastapi import APIRouter, Header, Path, Request, Response

from geodata.model.clock import Clock
from geodata.model.incident import Text
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.errors import Invalid
from service.tasks.orders import Orders

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:+~-]{0,199}$")]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=100)]
Fields = Annotated[dict[str, Any], msgspec.Meta(max_length=50)]
T = TypeVar("T")


class NewTask(msgspec.Struct, forbid_unknown_fields=True):
    fields: Fields


class TaskEdit(msgspec.Struct, forbid_unknown_fields=True):
    base: Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
    fields: Fields


class TaskMove(msgspec.Struct, forbid_unknown_fields=True):
    state: Annotated[str, msgspec.Meta(max_length=40)]
    text: Text | None = None


class TaskChoice(msgspec.Struct, forbid_unknown_fields=True):
    take: bool
    field: str | None = None


_EXAMPLE = {"fields": {"title": "Sandsäcke zum Deich", "receiver": {"staff": "…"}, "due_at": "2026-11-22T02:00:00Z"}}


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str) -> APIRouter:
    problems: dict[int | str, dict[str, Any]] = {
        401: {"description": "Not signed in"},
        403: {"description": "Your function does not allow this, or it is not your order"},
        404: {"description": "There is no such thing, or you may not see it"},
        409: {"description": "It cannot go from its state to that one"},
        422: {"description": "A field is not valid"},
    }
    router = APIRouter(prefix="/api", tags=["tasks"], responses=problems)
    orders = Orders(database, origin)

    @router.post(
        "/staffs/{id}/tasks",
        status_code=201,
        summary="Issue an order, or draft one (state DRAFT)",
        openapi_extra=_described(NewTask, _EXAMPLE),
    )
    async def post_task(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await _decoded(request, NewTask)
        digest = hashlib.sha256(f"POST {request.url.path} ".encode() + await request.body()).digest()
        issued = await orders.issue(visitor, id, given.fields, clock.now(), key=idempotency_key, digest=digest)
        return _answer(issued.body, issued.status)

    @router.patch(
        "/tasks/{id}",
        summary="Change an order; null takes a field out",
        openapi_extra=_described(TaskEdit, {"base": 1, "fields": {"due_at": None}}),
    )
    async def patch_task(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await _decoded(request, TaskEdit)
        return _answer(await orders.edit(visitor, id, given.fields, given.base, clock.now()))

    @router.post(
        "/tasks/{id}/state",
        summary="Issue, acknowledge, report, control, refuse, cancel it",
        openapi_extra=_described(TaskMove, {"state": "REPORTED_DONE", "text": "2 000 Säcke verbaut, Foto bei S2"}),
    )
    async def post_task_state(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await _decoded(request, TaskMove)
        return _answer(await orders.move(visitor, id, given.state, given.text, clock.now()))

    @router.post(
        "/tasks/{id}/conflicts/{number}",
        summary="Settle one of its conflicts",
        openapi_extra=_described(TaskChoice, {"take": True}),
    )
    async def post_task_conflict(request: Request, id: Id, number: Annotated[int, Path(ge=0, le=1000)]) -> Response:
        visitor = await sessions.signed_in(request)
        given = await _decoded(request, TaskChoice)
        return _answer(await orders.settle(visitor, id, number, clock.now(), take=given.take, field=given.field))

    return router


async def _decoded(request: Request, kind: type[T]) -> T:
    """Raises Invalid naming the field."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except msgspec.ValidationError as error:
        message = str(error)
        raise Invalid(message.rpartition("$.")[2].rstrip("`") if "$." in message else "body", message) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("body", f"the body is not JSON: {error}") from error


def _answer(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def _described(kind: type[Any], example: dict[str, Any]) -> dict[str, Any]:
    schema = msgspec.json.schema_components([kind])[1][kind.__name__]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}
