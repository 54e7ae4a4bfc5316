"""What comes in the body of a request and goes out in an answer: decoded strictly, answered once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec
import orjson
from fastapi import Header, Path, Request, Response
from msgspec import Meta

from geodata.store.database import Transaction
from geodata.store.idempotency import Answered, earlier_answer, remember
from service.access.visitor import Visitor
from service.errors import Invalid

T = TypeVar("T", bound=msgspec.Struct)

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=100)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:+~-]{0,199}$")]
Base = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Fields = Annotated[dict[str, Any], Meta(max_length=50)]


def body_of(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """For `openapi_extra`."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
    return {"requestBody": {"required": True, "content": content}}


async def decoded(request: Request, kind: type[T]) -> T:
    """Raises Invalid naming the field."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except msgspec.ValidationError as error:
        message = str(error)
        found = message.rpartition("$.")[2].rstrip("`") if "$." in message else message.rpartition("`")[0]
        raise Invalid(found.rpartition("`")[2] or "body", message) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid("body", f"the body is not JSON: {error}") from error


@dataclass(frozen=True, slots=True)
class Once:
    """A request that may come twice; the second time it answers as the first did."""

    principal: str
    key: str | None
    digest: bytes

    @classmethod
    async def of(cls, request: Request, visitor: Visitor, key: str | None) -> Once:
        asked = f"{request.method} {request.url.path} ".encode()
        return cls(visitor.session_id or "", key, hashlib.sha256(asked + await request.body()).digest())

    async def earlier(self, tx: Transaction) -> Answered | None:
        return None if self.key is None else await earlier_answer(tx, self.principal, self.key, self.digest)

    async def keep(self, tx: Transaction, status: int, body: Any) -> Answered:
        if self.key is not None:
            await remember(tx, self.principal, self.key, status, body)
        return Answered(status, body)


def answer(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def answered(found: Answered) -> Response:
    return answer(found.body, found.status)
