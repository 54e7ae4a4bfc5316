"""Orders (Aufträge) and how they are worked off (DOMAIN 10.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.incident import Id, Moment, Number, Text, Words
from geodata.model.staff import Function
from geodata.model.states import States


class TaskState(StrEnum):
    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    IN_PROGRESS = "IN_PROGRESS"
    REPORTED_DONE = "REPORTED_DONE"
    CONTROLLED = "CONTROLLED"
    REFUSED = "REFUSED"
    CANCELLED = "CANCELLED"


_S = TaskState

TASK = States(
    TaskState,
    start=_S.DRAFT,
    moves={
        _S.DRAFT: (_S.ISSUED, _S.CANCELLED),
        _S.ISSUED: (_S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.REPORTED_DONE, _S.REFUSED, _S.CANCELLED),
        _S.ACKNOWLEDGED: (_S.IN_PROGRESS, _S.REPORTED_DONE, _S.REFUSED, _S.CANCELLED),
        _S.IN_PROGRESS: (_S.REPORTED_DONE, _S.REFUSED, _S.CANCELLED),
        _S.REPORTED_DONE: (_S.CONTROLLED, _S.IN_PROGRESS),
        _S.REFUSED: (_S.ISSUED, _S.CANCELLED),
        _S.CONTROLLED: (),
        _S.CANCELLED: (),
    },
)
"""Whoever works on it or reports it done without a word before has acknowledged it by that."""

ANSWERS = frozenset({_S.ACKNOWLEDGED, _S.IN_PROGRESS, _S.REPORTED_DONE, _S.REFUSED})
"""Where the receiver moves it; everywhere else, and back from REPORTED_DONE, only the issuing staff does."""

WAITED_FOR = frozenset({_S.ISSUED, _S.ACKNOWLEDGED, _S.IN_PROGRESS})
"""Where a due time runs."""

MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Issuer:
    function: Function
    person: Id


@dataclass(frozen=True, slots=True)
class Receiver:
    """A staff of the same incident; in it a function, or one person. `unit` is whom the staff sends, in its words."""

    staff: Id
    function: Function | None = None
    person: Id | None = None
    unit: Words | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """`by` is an actor as the log names it."""

    state: TaskState
    at: Moment
    by: Id
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """`staff` issues it. `site`, `sector` and `entry` are ids in the same incident, `proof` is how it was seen to be
    done."""

    incident: Id
    staff: Id
    number: Number
    title: Words
    state: TaskState
    issuer: Issuer
    receiver: Receiver
    text: Text | None = None
    due_at: Moment | None = None
    site: Id | None = None
    sector: Id | None = None
    entry: Id | None = None
    proof: Text | None = None
    history: Annotated[tuple[Step, ...], Meta(max_length=MOST_STEPS)] = ()

    def overdue(self, now: datetime) -> bool:
        """Its time has passed and nobody has reported it done. The browser does the same in tasks/state.ts; both are
        held together by tests/contracts/overdue.json."""
        return self.due_at is not None and self.due_at < now and self.state in WAITED_FOR
