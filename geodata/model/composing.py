"""What is missing to a unit that is composed of others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from geodata.model.catalogue import CONCEPTS, TYPES
from geodata.model.resource_type import Part


@dataclass(frozen=True, slots=True)
class Missing:
    """So many of this type, or of any in its place; `of` are the units inside the unit in which they are missing."""

    item: str
    name: str
    name_en: str
    count: int
    instead: tuple[str, ...]
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Composed:
    missing: tuple[Missing, ...]
    beyond: tuple[str, ...]
    """Members that the concept has no place for."""


def compare(concept: str, members: Collection[tuple[str, str]]) -> Composed:
    """Members are (id, type). Each fills a place of its own type first, then one that it may stand in for.

    Where a whole unit is missing, members fill the places inside it, of other types only if one of its own is there.

    KeyError for an unknown concept."""
    rest = dict(members)
    top = _places(CONCEPTS[concept].parts, ())
    every = list(_by_depth(top))
    for place in every:
        if not place.inside_filled():
            place.take(rest, (place.part.item,))
    for place in every:
        if place.filled or not (place.unit is None or place.unit.begun()) or place.inside_filled():
            continue
        place.take(rest, place.part.instead)
    lacking: Counter[tuple[str, tuple[str, ...], tuple[str, ...]]] = Counter()
    for place in top:
        lacking.update((each.part.item, each.part.instead, each.of) for each in place.lacking())
    return Composed(
        tuple(
            Missing(item, TYPES[item].name, TYPES[item].name_en, count, instead, of)
            for (item, instead, of), count in lacking.items()
        ),
        tuple(rest),
    )


class _Place:
    """One place of a unit; `inside` are those of the unit that belongs there."""

    def __init__(self, part: Part, unit: _Place | None, of: tuple[str, ...]) -> None:
        self.part, self.unit, self.of = part, unit, of
        self.filled = False
        inner = CONCEPTS.get(part.item)
        self.inside = _places(inner.parts, (*of, part.item), self) if inner else []

    def take(self, rest: dict[str, str], types: tuple[str, ...]) -> None:
        above = self.unit
        while above is not None:
            if above.filled:
                return
            above = above.unit
        found = next((id for id, type in rest.items() if type in types), None)
        if found is not None:
            del rest[found]
            self.filled = True

    def begun(self) -> bool:
        return any(place.filled for place in self.inside)

    def inside_filled(self) -> bool:
        return any(place.filled or place.inside_filled() for place in self.inside)

    def lacking(self) -> Iterator[_Place]:
        if self.filled:
            return
        if not self.inside_filled():
            yield self
            return
        for place in self.inside:
            yield from place.lacking()


def _places(parts: tuple[Part, ...], of: tuple[str, ...], unit: _Place | None = None) -> list[_Place]:
    return [_Place(part, unit, of) for part in parts for _ in range(part.count)]


def _by_depth(places: list[_Place]) -> Iterator[_Place]:
    while places:
        yield from places
        places = [inner for place in places for inner in place.inside]
