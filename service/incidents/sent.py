"""What is sent to us about incidents, and what goes back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec
import orjson
from fastapi import Header, Path, Request, Response
from msgspec import Meta

from geodata.model.incident import IncidentMode, IncidentState, Moment, Text, Words
from geodata.model.staff import Function, Shift, StaffModel
from geodata.store.database import Transaction
from geodata.store.idempotency import Answered, earlier_answer, remember
from service.access.visitor import Visitor
from service.errors import Invalid

T = TypeVar("T", bound=msgspec.Struct)

MOST_STAFFS = 20

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=100)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:+~-]{0,199}$")]
Base = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Fields = Annotated[dict[str, Any], Meta(max_length=50)]


class NewStaff(msgspec.Struct, forbid_unknown_fields=True):
    model: StaffModel
    name: Words
    organisation: Annotated[str, Meta(max_length=200)] | None = None


class NewIncident(msgspec.Struct, forbid_unknown_fields=True):
    """`function` is the seat that whoever opens it takes in the first staff."""

    name: Words
    hazard: Words | None = None
    note: Text | None = None
    mode: IncidentMode | None = None
    state: IncidentState = IncidentState.OBSERVED
    geometry: dict[str, Any] | None = None
    staffs: Annotated[list[NewStaff], Meta(max_length=MOST_STAFFS)] = []
    function: Function | None = None


class NewAssignment(msgspec.Struct, forbid_unknown_fields=True):
    """Without `state` whoever starts now or before is on duty, whoever starts later is planned."""

    function: Function
    person: Annotated[str, Meta(min_length=1, max_length=200)]
    deputy: bool = False
    starts: Moment | None = None
    ends: Moment | None = None
    state: Shift | None = None


class ShiftMove(msgspec.Struct, forbid_unknown_fields=True):
    """`note`: what whoever comes next must know; asked for when somebody leaves."""

    state: Shift
    note: Text | None = None


class New(msgspec.Struct, forbid_unknown_fields=True):
    fields: Fields


class Edit(msgspec.Struct, forbid_unknown_fields=True):
    """`base` is the version that was edited; null as a value takes a field out."""

    base: Base
    fields: Fields


class Move(msgspec.Struct, forbid_unknown_fields=True):
    state: Annotated[str, Meta(max_length=40)]
    base: Base | None = None
    reason: Text | None = None


class Declaration(msgspec.Struct, forbid_unknown_fields=True):
    level: Words
    text: Text
    since: Moment | None = None


class Merge(msgspec.Struct, forbid_unknown_fields=True):
    """`into` is the id of the site that this one turned out to be."""

    into: Annotated[str, Meta(min_length=1, max_length=200)]


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    """`take` puts the value that lost in place of what stands. `field`, if given, must be the conflict's own."""

    take: bool
    field: str | None = None


BODIES = (NewStaff, NewIncident, NewAssignment, ShiftMove, New, Edit, Move, Declaration, Merge, Choice)
"""For the description."""


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
