"""A risk alert: what a rule has raised, with its evidence. A fact of kind `risk_alert` in the rule's room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from alerting.model.problem import Problem
from geodata.model.geometry import Geometry
from geodata.model.incident import Id, IncidentMode, Moment, Text, Words
from geodata.model.level import Level
from geodata.model.states import States


class RiskState(StrEnum):
    """As its custody goes (DOMAIN 10.9). LINKED: an alarm runs because of it."""

    RAISED = "RAISED"
    NOTIFIED = "NOTIFIED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ASSESSED = "ASSESSED"
    LINKED = "LINKED"
    CLEARED = "CLEARED"


R = RiskState
_ALL = tuple(RiskState)
RISK = States(R, start=R.RAISED, moves={state: tuple(to for to in _ALL if to is not state) for state in _ALL})
"""It follows its custody wherever that goes."""


class Outcome(StrEnum):
    """UNKNOWN: there are no data young enough to say. It is never OK."""

    OK = "OK"
    ALARM = "ALARM"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that made the rule speak: its ref and what it said then. `mark` is what the value was held against."""

    ref: Id
    name: Annotated[str, Meta(max_length=300)] | None = None
    at: Moment | None = None
    value: float | None = None
    unit: Annotated[str, Meta(max_length=20)] | None = None
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class RiskAlert:
    """`subject` is what the rule spoke about (a gauge, a source, a task); `outcome` is ALARM, or UNKNOWN where the
    missing data themselves are the news. `station` and `quantity` are for the chart."""

    title: Words
    rule: Id
    rule_kind: Words
    organisation: Id
    subject: Id
    outcome: Outcome
    mode: IncidentMode
    raised_at: Moment
    episode: Annotated[int, Meta(ge=1)]
    state: RiskState = RiskState.RAISED
    level: Level | None = None
    evidence: Annotated[tuple[Evidence, ...], Meta(max_length=50)] = ()
    station: Id | None = None
    quantity: Words | None = None
    mark: float | None = None
    reset: float | None = None
    ars: Annotated[str, Meta(max_length=12)] | None = None
    text: Text | None = None
    custody: Id | None = None
    plan: Id | None = None
    alarm: Id | None = None
    problem: Problem | Text | None = None
    """Why the plan could not be started; plain text in alerts from before there were codes."""
    geometry: Geometry | None = None
    cleared_at: Moment | None = None
