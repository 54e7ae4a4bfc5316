"""JSON from outside, item by item: one bad item is named and kept aside, the rest goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from feeds.contract import Dropped, Garbled

T = TypeVar("T")

_EXCERPT = 400
_NUL = b"\\u0000"
"""No database column takes it, and no honest text holds it."""


def listed(payload: bytes, what: str) -> list[msgspec.Raw]:
    """The undecoded items of a JSON list. Raises Garbled."""
    return decoded(payload, list[msgspec.Raw], what)


def decoded(payload: bytes, kind: type[T], what: str) -> T:
    """The whole answer as `kind`. Raises Garbled, naming the field or telling what came instead."""
    text = payload.removeprefix(b"\xef\xbb\xbf")
    if not text.strip():
        raise Garbled(f"{what}: the answer is empty")
    if _NUL in text and kind is not list[msgspec.Raw]:
        raise Garbled(f"{what}: holds a NUL")
    if text.lstrip()[:1] == b"<":
        raise Garbled(f"{what}: HTML or XML instead of JSON")
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise Garbled(f"{what}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Garbled(f"{what}: no whole JSON: {error}") from error
    except RecursionError as error:
        raise Garbled(f"{what}: nested too deeply") from error


def each(items: Iterable[msgspec.Raw], kind: type[T], dropped: list[Dropped], what: str) -> Iterator[T]:
    """The items that are what they should be; the others go to `dropped` with the field that is wrong."""
    for number, raw in enumerate(items):
        if _NUL in bytes(raw):
            dropped.append(Dropped(f"{what}{_named(raw, number)}", "holds a NUL", excerpt(bytes(raw))))
            continue
        try:
            yield msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            dropped.append(Dropped(f"{what}{_named(raw, number)}", _reason(error), excerpt(bytes(raw))))


def excerpt(raw: bytes) -> str:
    return raw[:_EXCERPT].decode("utf-8", "replace").replace("\x00", "")


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


class _Named(msgspec.Struct):
    id: Any = None
    uuid: Any = None
    identifier: Any = None
    shortname: Any = None


def _named(raw: msgspec.Raw, number: int) -> str:
    try:
        named = msgspec.json.decode(raw, type=_Named)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f" {number}"
    name = next((n for n in (named.shortname, named.id, named.identifier, named.uuid) if isinstance(n, str)), number)
    return f" {str(name)[:80]}"
