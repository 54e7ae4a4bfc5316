"""Model objects as the plain JSON that log, browser and neighbour carry, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def _utc(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {k: _utc(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_utc(v) for v in value]
    return value


def to_body(value: Any) -> dict[str, Any]:
    """A frozen dataclass as JSON types; times in UTC, None and empty left out so that the wire stays small."""
    plain = msgspec.to_builtins(value, builtin_types=(datetime,))
    body = {k: v for k, v in plain.items() if v is not None and v != [] and v != {} and v != ()}
    result: dict[str, Any] = msgspec.to_builtins(_utc(body))
    return result


def from_body(body: dict[str, Any], kind: type[T]) -> T:
    """The model object of a body. Raises msgspec.ValidationError naming the field."""
    return msgspec.convert(body, kind)
