"""Dotted paths into an item, and which paths an item has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

CONSTANT = "="
"""A path that begins so is no path but the text behind it."""
OR = "|"

_MAX_DEPTH = 12


def find(item: Any, path: str) -> Any:
    """What stands at the path, None for nothing. A name may itself have dots; numbers count in lists from 0; of
    several paths with | between them the first that leads to something counts."""
    if path.startswith(CONSTANT):
        return path[len(CONSTANT) :]
    for one in path.split(OR):
        found = _find(item, one, _MAX_DEPTH)
        if found is not None and found != "":
            return found
    return None


def _find(item: Any, path: str, depth: int) -> Any:
    if depth == 0:
        return None
    if isinstance(item, Mapping):
        if path in item:
            return item[path]
        cut = path.find(".")
        while cut > 0:
            if path[:cut] in item:
                found = _find(item[path[:cut]], path[cut + 1 :], depth - 1)
                if found is not None:
                    return found
            cut = path.find(".", cut + 1)
        return None
    if isinstance(item, Sequence) and not isinstance(item, str | bytes):
        first, _, rest = path.partition(".")
        if not (first.isascii() and first.isdigit()) or len(first) > 6 or int(first) >= len(item):
            return None
        return _find(item[int(first)], rest, depth - 1) if rest else item[int(first)]
    return None


def present(item: Any, *, most: int = 80) -> list[tuple[str, str]]:
    """The item's paths with an excerpt of what stands there, for somebody who writes a mapping."""
    found: list[tuple[str, str]] = []
    for path, value in _walk(item, "", _MAX_DEPTH):
        if len(found) == most:
            break
        found.append((path, " ".join(str(value).split())[:80]))
    return found


def _walk(item: Any, above: str, depth: int) -> Iterator[tuple[str, Any]]:
    if above.rsplit(".", 1)[-1] in ("geometry", "coordinates") and depth < _MAX_DEPTH:
        kind = item.get("type", "") if isinstance(item, Mapping) else type(item).__name__
        yield above, f"({kind})"
    elif depth == 0 or not isinstance(item, Mapping | list | tuple):
        yield above, item
    else:
        parts = item.items() if isinstance(item, Mapping) else enumerate(item[:3])
        for name, value in parts:
            yield from _walk(value, f"{above}.{name}" if above else str(name), depth - 1)
