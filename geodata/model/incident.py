"""An incident (Lage): what everything else belongs to, its state and its dated legal level (DOMAIN 0.1, 10.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.editing import BadEdit
from geodata.model.geometry import Geometry
from geodata.model.legal import LegalLevel
from geodata.model.states import States

Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
"""One line that somebody writes: a name, a title, an address."""
Text = Annotated[str, Meta(max_length=10_000)]
Id = Annotated[str, Meta(min_length=1, max_length=200)]
Number = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Amount = Annotated[int, Meta(ge=0, le=100_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]


class IncidentMode(StrEnum):
    """ACTUAL is real, EXERCISE is Übung, TEST is neither: somebody tries something out."""

    ACTUAL = "ACTUAL"
    EXERCISE = "EXERCISE"
    TEST = "TEST"


MODES: dict[IncidentMode, tuple[IncidentMode, ...]] = {
    IncidentMode.ACTUAL: (IncidentMode.ACTUAL, IncidentMode.TEST),
    IncidentMode.EXERCISE: (IncidentMode.EXERCISE,),
    IncidentMode.TEST: (IncidentMode.TEST,),
}
"""Which incidents a node of each mode may hold; an exercise is never mixed with what is real."""


class IncidentState(StrEnum):
    OBSERVED = "OBSERVED"
    ACTIVE = "ACTIVE"
    STABILISING = "STABILISING"
    CLOSED = "CLOSED"
    ARCHIVED = "ARCHIVED"


INCIDENT = States(
    IncidentState,
    start=IncidentState.OBSERVED,
    moves={
        IncidentState.OBSERVED: (IncidentState.ACTIVE, IncidentState.CLOSED),
        IncidentState.ACTIVE: (IncidentState.STABILISING, IncidentState.CLOSED),
        IncidentState.STABILISING: (IncidentState.CLOSED, IncidentState.ACTIVE),
        IncidentState.CLOSED: (IncidentState.ARCHIVED, IncidentState.ACTIVE),
        IncidentState.ARCHIVED: (),
    },
)

INCIDENT_REASON = frozenset(
    {(IncidentState.STABILISING, IncidentState.ACTIVE), (IncidentState.CLOSED, IncidentState.ACTIVE)}
)
"""Steps back, which need a reason."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One step of an incident's legal history: the level from `since` on, who declared it and in which words."""

    level: Words
    since: Moment
    by: Id
    text: Text


@dataclass(frozen=True, slots=True)
class Incident:
    number: Number
    name: Words
    mode: IncidentMode
    state: IncidentState
    room: Words
    hazard: Words | None = None
    state_reason: Text | None = None
    legal: tuple[Declared, ...] = ()
    note: Text | None = None
    geometry: Geometry | None = None


def declare(
    legal: Sequence[Declared], levels: Sequence[LegalLevel], level: str, *, since: datetime, by: str, text: str,
    now: datetime,
) -> tuple[Declared, ...]:  # fmt: skip
    """The history with one more level. Raises BadEdit: only a level in force then, in the order of time, with words."""
    found = next((one for one in levels if one.code == level), None)
    if found is None:
        raise BadEdit("level", f"there is no level {level[:80]!r}; known are {', '.join(one.code for one in levels)}")
    if not found.valid(since.date()):
        raise BadEdit("level", f"{level} is not in force on {since.date()}: {found.basis}")
    if not text.strip():
        raise BadEdit("text", "write the words of the declaration")
    if since > now:
        raise BadEdit("since", "a level is declared from now or from a moment that has passed")
    if legal and since <= legal[-1].since:
        raise BadEdit(
            "since", f"{legal[-1].level} was declared for {legal[-1].since:%Y-%m-%dT%H:%M:%SZ}; take a later time"
        )
    return (*legal, Declared(level, since, by, text.strip()))


def shaped(geometry: Geometry | None, *types: str) -> None:
    """Raises BadEdit if the geometry is of another type."""
    if geometry is not None and geometry.type not in types:
        raise BadEdit("geometry", f"this needs a {' or '.join(types)}, not a {geometry.type}")
