"""What the catalogue says of types, as requests ask it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from types import MappingProxyType

from geodata.model.catalogue import CONCEPTS, TYPES, capabilities_of


def can(type: str, extra: Collection[str]) -> frozenset[str]:
    """The capabilities of a type with those beyond it."""
    return capabilities_of(type, extra)


@cache
def speed(type: str) -> float | None:
    """km/h on the way; None for a type that only its organisation knows."""
    found = TYPES.get(type)
    return found.speed_kmh if found else None


def _parts(code: str, within: tuple[str, ...] = ()) -> Iterator[str]:
    for part in CONCEPTS[code].parts:
        for item in (part.item, *part.instead):
            yield item
            if item in CONCEPTS and item not in within:
                yield from _parts(item, (*within, code))


parts = MappingProxyType({code: frozenset(_parts(code)) for code in CONCEPTS})
"""The types that a concept is made of, and those that may stand in their place."""
