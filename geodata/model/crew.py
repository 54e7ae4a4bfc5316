"""Whether a resource is crewed: enough people, and those its type asks for among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from geodata.model.catalogue import QUALIFICATIONS
from geodata.model.resource_type import ResourceType
from geodata.model.shift import Aboard, Shift, aboard

LEADING = frozenset({"TF", "GF", "ZF", "VF", "LDS", "KBM"})
"""Count only for whoever leads aboard."""
BESIDE = frozenset({"TH"})
"""Trainings, like driving licences, that somebody has beside his seat; all others take a person each."""


class CrewState(StrEnum):
    """SHORT: `missing` says what is not there. EMPTY: nobody is."""

    CREWED = "CREWED"
    SHORT = "SHORT"
    EMPTY = "EMPTY"


@dataclass(frozen=True, slots=True)
class Crew:
    """`strength` as it is written; `missing` how many of which qualification, `seats` how many people are too few.
    `expired` are qualifications aboard that no longer count."""

    state: CrewState
    strength: str
    people: int
    minimum: int
    seats: int
    missing: Mapping[str, int]
    expired: Mapping[str, int]


def seats_of(kind: ResourceType) -> list[str]:
    """The qualifications that take a person each, once per person."""
    return [code for code, count in _needed(kind) if not beside(code) for _ in range(count)]


def extras_of(kind: ResourceType) -> dict[str, int]:
    """What must be aboard as well, whoever has it."""
    return {code: count for code, count in _needed(kind) if beside(code)}


def beside(code: str) -> bool:
    return code in BESIDE or (code in QUALIFICATIONS and QUALIFICATIONS[code].group == "FAHREN")


def takes(code: str, shift_function: Aboard, holds: frozenset[str]) -> bool:
    """Whether somebody with this function and these qualifications can take a seat that asks for `code`."""
    return code in holds and (code not in LEADING or shift_function is not Aboard.CREW)


def crew(shifts: Sequence[Shift], kind: ResourceType | None, at: datetime) -> Crew:
    """Of those aboard now, for a resource of this type. Without a type one person is enough."""
    wanted = seats_of(kind) if kind else []
    minimum = max(kind.minimum_crew, len(wanted), 1) if kind else 1
    holds = [shift.holds(at) for shift in shifts]
    missing: dict[str, int] = {}
    for place in unfilled(wanted, [(shift.function, held) for shift, held in zip(shifts, holds, strict=True)]):
        missing[wanted[place]] = missing.get(wanted[place], 0) + 1
    for code, count in (extras_of(kind) if kind else {}).items():
        lacking = count - sum(code in held for held in holds)
        if lacking > 0:
            missing[code] = lacking
    expired: dict[str, int] = {}
    for shift in shifts:
        for one in shift.qualifications:
            if not one.counts(at):
                expired[one.code] = expired.get(one.code, 0) + 1
    leaders, subleaders, others = aboard(shifts)
    seats = max(0, minimum - len(shifts))
    state = CrewState.EMPTY if not shifts else CrewState.SHORT if missing or seats else CrewState.CREWED
    strength = f"{leaders}/{subleaders}/{others}//{len(shifts)}"
    return Crew(state, strength, len(shifts), minimum, seats, missing, expired)


def unfilled(wanted: Sequence[str], people: Sequence[tuple[Aboard, frozenset[str]]]) -> list[int]:
    """The seats for which nobody is left when as many as possible are taken."""
    if not wanted:
        return []
    if not people:
        return list(range(len(wanted)))
    able = np.array([[takes(code, function, held) for function, held in people] for code in wanted], dtype=np.int8)
    taken = maximum_bipartite_matching(csr_matrix(able), perm_type="column")
    return [place for place, person in enumerate(taken) if person < 0]


def _needed(kind: ResourceType) -> Iterator[tuple[str, int]]:
    yield from kind.qualifications.items()
