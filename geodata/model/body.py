"""Model objects as the plain JSON that log, browser and neighbour carry, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def _lean(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, dict):
        return {k: _lean(v) for k, v in value.items() if v is not None and v != [] and v != {} and v != ()}
    if isinstance(value, list | tuple):
        return [_lean(v) for v in value]
    return value


def to_body(value: Any) -> dict[str, Any]:
    """A frozen dataclass as JSON types; times in UTC, None and empty left out so that the wire stays small."""
    body: dict[str, Any] = msgspec.to_builtins(_lean(msgspec.to_builtins(value, builtin_types=(datetime,))))
    return body


def from_body(body: dict[str, Any], kind: type[T]) -> T:
    """The model object of a body. Raises msgspec.ValidationError naming the field."""
    return msgspec.convert(body, kind)
