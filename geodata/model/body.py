"""Model objects as the plain JSON that log, browser and neighbour carry, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
import msgspec.inspect

T = TypeVar("T")


def _lean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")  # PostgreSQL stores no NUL, and nobody means one
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {_lean(k): _lean(v) for k, v in value.items() if v is not None and v != [] and v != {} and v != ()}
    if isinstance(value, list | tuple):
        return [_lean(v) for v in value]
    return value


def to_body(value: Any) -> dict[str, Any]:
    """A frozen dataclass as JSON types; times in UTC, None and empty left out so that the wire stays small."""
    body: dict[str, Any] = msgspec.to_builtins(_lean(msgspec.to_builtins(value, builtin_types=(datetime,))))
    return body


def from_body(body: dict[str, Any], kind: type[T]) -> T:
    """The model object of a body. Raises msgspec.ValidationError naming the field."""
    return msgspec.convert({**_left_out(kind), **body}, kind)  # type: ignore[arg-type]  # mypy: a type is hashable


@cache
def _left_out(kind: type) -> dict[str, Any]:
    """What `to_body` leaves out of fields that have no default: None and empty."""
    described = msgspec.inspect.type_info(kind)
    assert isinstance(described, msgspec.inspect.DataclassType)
    absent: dict[str, Any] = {}
    for field in described.fields:
        of = field.type
        if field.required and isinstance(of, msgspec.inspect.UnionType) and of.includes_none:
            absent[field.encode_name] = None
        elif field.required and isinstance(of, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
            absent[field.encode_name] = []
    return absent
