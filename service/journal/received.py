"""What clients send: decoded, and answered again as the first time if it comes twice."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import msgspec
import orjson
from fastapi import Header, Request, Response

from geodata.store.database import Database, Transaction
from geodata.store.idempotency import earlier_answer, remember
from service.access.visitor import Visitor
from service.errors import Invalid

T = TypeVar("T")
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=100)]


async def decoded(request: Request, kind: type[T]) -> T:
    """The body of the request. Raises Invalid naming the field."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except msgspec.ValidationError as error:
        message = str(error)
        raise Invalid(message.rpartition("$.")[2].rstrip("`") if "$." in message else "body", message) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid("body", f"the body is not JSON: {error}") from error


async def written(
    database: Database,
    visitor: Visitor,
    request: Request,
    key: str | None,
    write: Callable[[Transaction], Awaitable[Any]],
) -> Response:
    """What `write` returned, as 201. The key belongs to the person, so that what waited through a new sign-in is
    still known."""
    digest = hashlib.sha256(f"{request.method} {request.url.path} ".encode() + await request.body()).digest()
    async with database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
        if key is not None:
            earlier = await earlier_answer(tx, visitor.actor, key, digest)
            if earlier is not None:
                return _answer(earlier.status, earlier.body, repeated=True)
        answer = await write(tx)
        if key is not None:
            await remember(tx, visitor.actor, key, 201, answer)
    return _answer(201, answer)


def _answer(status: int, body: Any, *, repeated: bool = False) -> Response:
    headers = {"Idempotent-Replayed": "true"} if repeated else {}
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def described(kind: type[Any], example: dict[str, Any]) -> dict[str, Any]:
    """The body for the description of the interface."""
    _, shapes = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
    schema = shapes[kind.__name__]
    for name, shape in shapes.items():
        if name != kind.__name__:
            schema = _inlined(schema, f"#/components/schemas/{name}", shape)
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


def _inlined(schema: Any, ref: str, shape: Any) -> Any:
    if isinstance(schema, dict):
        if schema.get("$ref") == ref:
            return shape
        return {key: _inlined(value, ref, shape) for key, value in schema.items()}
    return [_inlined(value, ref, shape) for value in schema] if isinstance(schema, list) else schema
