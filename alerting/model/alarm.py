"""A running alarm as the picture shows it: a fact of kind `alarm`, without any personal data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from alerting.model.plan import NONE_WANTED, Purpose, Quota
from alerting.model.problem import Problem
from geodata.model.alarm_request import AlarmCount
from geodata.model.geometry import Geometry
from geodata.model.incident import Amount, Id, IncidentMode, Moment, Text, Words
from geodata.model.states import States


class AlarmState(StrEnum):
    """PROPOSED waits for the second person. EXHAUSTED: every step is over and the quota is not reached: red banner.
    STOPPED: no further calls, answers still count. CANCELLED: all who were notified get the all-clear."""

    PROPOSED = "PROPOSED"
    RUNNING = "RUNNING"
    QUOTA_REACHED = "QUOTA_REACHED"
    EXHAUSTED = "EXHAUSTED"
    STOPPED = "STOPPED"
    CANCELLED = "CANCELLED"
    CLOSED = "CLOSED"


A = AlarmState
ALARM = States(
    A,
    start=A.PROPOSED,
    moves={
        A.PROPOSED: (A.RUNNING, A.CANCELLED),
        A.RUNNING: (A.QUOTA_REACHED, A.EXHAUSTED, A.STOPPED, A.CANCELLED),
        A.QUOTA_REACHED: (A.RUNNING, A.STOPPED, A.CANCELLED, A.CLOSED),
        A.EXHAUSTED: (A.RUNNING, A.QUOTA_REACHED, A.STOPPED, A.CANCELLED, A.CLOSED),
        A.STOPPED: (A.RUNNING, A.CANCELLED, A.CLOSED),
        A.CANCELLED: (A.CLOSED,),
        A.CLOSED: (),
    },
)
"""RUNNING again: called once more, people added, or too few left after one has changed his mind."""


@dataclass(frozen=True, slots=True)
class Counts:
    """People; `notified`, `delivered`, `read` and `arrived` overlap the others. `coming` and `later` fill the quota."""

    total: Amount = 0
    pending: Amount = 0
    """Chosen, not yet handed to any provider."""
    waiting: Amount = 0
    """Called, not answered, still being called."""
    coming: Amount = 0
    later: Amount = 0
    not_coming: Amount = 0
    silent: Amount = 0
    unreachable: Amount = 0
    spared: Amount = 0
    notified: Amount = 0
    delivered: Amount = 0
    read: Amount = 0
    arrived: Amount = 0


@dataclass(frozen=True, slots=True)
class SkillCount:
    wanted: Amount = 0
    coming: Amount = 0
    later: Amount = 0


@dataclass(frozen=True, slots=True)
class StepShown:
    """`began` none: not yet; `until` is when the engine decides about it."""

    name: Words | None = None
    round: Amount = 0
    began: Moment | None = None
    until: Moment | None = None
    over: Moment | None = None
    total: Amount = 0
    answered: Amount = 0


@dataclass(frozen=True, slots=True)
class PartnerShown:
    """What a step asks of a `partner` (its origin) and what it tells of its people; `count` none: it has not said that
    the request is there. `request` is the id of our alarm_request, `until` when the chain goes on without it."""

    partner: Words
    name: Words
    request: Id
    step: Amount
    total: Amount
    began: Moment
    skills: Annotated[dict[str, Amount], Meta(max_length=20)] | None = None
    until: Moment | None = None
    count: AlarmCount | None = None

    @property
    def coming(self) -> int:
        return self.count.coming + self.count.later if self.count else 0


@dataclass(frozen=True, slots=True)
class Act:
    """One line of its protocol: started, stopped, called again, step begun, quota reached … `by` is an actor."""

    at: Moment
    what: Annotated[str, Meta(max_length=40)]
    by: Words
    said: Text | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """`arrivals`: by minutes from now on how many will be there (strength curve). `counts` are of our own people;
    `skills`, `arrivals` and the quota also take in those of `partners`. `cause` is the ref of what triggered it.
    `problems`: what a human has to know now; plain text in alarms from before there were codes."""

    title: Words
    mode: IncidentMode
    organisation: Id
    code: Words
    state: AlarmState = AlarmState.RUNNING
    purpose: Purpose = Purpose.ALARM
    plan: Id | None = None
    incident: Id | None = None
    site: Id | None = None
    text: Text | None = None
    meeting: Words | None = None
    geometry: Geometry | None = None
    bring: Text | None = None
    report_to: Words | None = None
    quota: Quota = NONE_WANTED
    counts: Counts = Counts()
    skills: Annotated[dict[str, SkillCount], Meta(max_length=60)] | None = None
    arrivals: Annotated[tuple[tuple[int, int], ...], Meta(max_length=40)] = ()
    steps: Annotated[tuple[StepShown, ...], Meta(max_length=40)] = ()
    step: Amount = 0
    next_at: Moment | None = None
    started_at: Moment | None = None
    started_by: Words | None = None
    second: Words | None = None
    ended_at: Moment | None = None
    cause: Id | None = None
    problems: Annotated[tuple[Problem | Text, ...], Meta(max_length=50)] = ()
    protocol: Annotated[tuple[Act, ...], Meta(max_length=500)] = ()
    partners: Annotated[tuple[PartnerShown, ...], Meta(max_length=100)] = ()
