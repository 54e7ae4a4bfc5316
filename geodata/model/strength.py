"""Strength of a unit (Stärke, DOMAIN 1.4): leaders / sub-leaders / crew // total, counted by function, not by rank."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from geodata.model.editing import BadEdit

MOST = 99_999
"""Persons; more than this is a slip of the hand."""
FIELD = "strength"

_TEXT = re.compile(r"([0-9]{1,5}(?:\s*/\s*[0-9]{1,5}){1,3})(?:\s*(?://|=)\s*([0-9]{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Strength:
    """Leaders (Zugführer and above), sub-leaders (Gruppen- and Truppführer) and all others. Raises BadEdit."""

    leaders: int = 0
    subleaders: int = 0
    crew: int = 0

    def __post_init__(self) -> None:
        if min(self.leaders, self.subleaders, self.crew) < 0:
            _bad("a strength has no negative numbers")
        if self.leaders > 9999 or self.subleaders > 9999 or self.total > MOST:
            _bad(f"at most 9999 leaders, 9999 sub-leaders and {MOST} in all")

    @property
    def total(self) -> int:
        return self.leaders + self.subleaders + self.crew

    def __add__(self, other: Strength) -> Strength:
        return Strength(self.leaders + other.leaders, self.subleaders + other.subleaders, self.crew + other.crew)

    def __str__(self) -> str:
        return f"{self.leaders}/{self.subleaders}/{self.crew}//{self.total}"


NOBODY = Strength()


def parse(text: str) -> Strength:
    """`1/3/18/22`, `1/3/18//22`, `0/2/7=9`, `1/3/18`, and short `1/8` or `1/8//9`: sub-leaders and crew.

    The sum is checked where there is one. Three numbers that could be either (`1/8/9`) are refused. Raises BadEdit."""
    found = _TEXT.fullmatch(text.strip()) if len(text) <= 60 else None
    if found is None:
        _bad(f"{text[:40]!r} is no strength; write leaders/sub-leaders/crew//total, such as 1/3/18//22")
    numbers = [int(number) for number in found[1].split("/")]
    total = int(found[2]) if found[2] else None
    if len(numbers) == 4:
        if total is not None:
            _bad(f"{text[:40]!r} has a sum twice; write leaders/sub-leaders/crew//total")
        total = numbers.pop()
    elif len(numbers) == 3 and total is None and numbers[2] and numbers[0] + numbers[1] == numbers[2]:
        first, second, third = numbers
        _bad(
            f"{text[:40]!r} can be read in two ways; write {first}/{second}/{third}//{first + second + third} "
            f"or {first}/{second}//{third}"
        )
    strength = Strength(*([0] * (3 - len(numbers))), *numbers)
    if total is not None and total != strength.total:
        _bad(f"the sum does not fit: {text[:40]!r} says {total}, but the numbers make {strength.total}")
    return strength


def sum_of(strengths: Iterable[Strength]) -> Strength:
    """Raises BadEdit where the sum is beyond what a strength can say."""
    return sum(strengths, NOBODY)


def _bad(message: str) -> NoReturn:
    raise BadEdit(FIELD, message)
