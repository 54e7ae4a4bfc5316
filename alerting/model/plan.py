"""Alarm plans (Alarmierungsketten): who is called, in which order, until enough of them answer (DOMAIN 3.2).

A plan is a fact of kind `alarm_plan`; a running alarm keeps a copy of the plan as it stood when it began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.editing import BadEdit
from geodata.model.geometry import Geometry
from geodata.model.incident import Id, Text, Words
from geodata.model.resource import Code

Minutes = Annotated[int, Meta(ge=0, le=10_080)]
Seconds = Annotated[int, Meta(ge=0, le=604_800)]
Place = Annotated[tuple[float, float], Meta(description="longitude, latitude (EPSG:4326)")]


class ChannelKind(StrEnum):
    """What can reach a person or a thing. MANUAL is a call by hand, written down by whoever made it."""

    PUSH = "PUSH"
    SMS = "SMS"
    VOICE = "VOICE"
    EMAIL = "EMAIL"
    MQTT = "MQTT"
    WEBHOOK = "WEBHOOK"
    APPRISE = "APPRISE"
    CONSOLE = "CONSOLE"
    MANUAL = "MANUAL"


class Purpose(StrEnum):
    """ALARM: people are called to come. INFO: told and asked nothing; quiet hours hold. DRILL: are they reached."""

    ALARM = "ALARM"
    INFO = "INFO"
    DRILL = "DRILL"


class Criterion(StrEnum):
    """What has to happen on one channel so that the next one is not tried."""

    DELIVERED = "DELIVERED"
    READ = "READ"
    ANSWERED = "ANSWERED"


class Escalate(StrEnum):
    """When the step after this one begins. NO_QUOTA: its quota is not reached when its wait is over. NO_ACK: fewer
    than `ack` answered (whatever they said). ALWAYS: when the wait is over. MANUAL: when somebody says so."""

    NO_QUOTA = "NO_QUOTA"
    NO_ACK = "NO_ACK"
    ALWAYS = "ALWAYS"
    MANUAL = "MANUAL"


class TargetKind(StrEnum):
    """PERSONS: named. UNIT: members of these units (ids of resources, or names). ORGANISATION: all of it. FUNCTION:
    who has this function (a qualification is none). DUTY: who is on duty by the shifts. SKILL: nearest who can and are
    free. PARTNER: a request to another organisation; a human there decides. STATION: signs and sirens by their
    channel, who answer nothing."""

    PERSONS = "PERSONS"
    UNIT = "UNIT"
    ORGANISATION = "ORGANISATION"
    FUNCTION = "FUNCTION"
    DUTY = "DUTY"
    SKILL = "SKILL"
    PARTNER = "PARTNER"
    STATION = "STATION"


class Verification(StrEnum):
    """How we know of a skill, weakest first."""

    SELF_DECLARED = "SELF_DECLARED"
    DOCUMENT_SEEN = "DOCUMENT_SEEN"
    ORGANISATION_VOUCHES = "ORGANISATION_VOUCHES"

    @property
    def rank(self) -> int:
        return list(Verification).index(self)


@dataclass(frozen=True, slots=True)
class Target:
    """`place` and `radius_km` are for SKILL; without a place it is the alarm's own. `limit` calls the nearest first."""

    kind: TargetKind
    ids: Annotated[tuple[Id, ...], Meta(max_length=2000)] = ()
    organisation: Id | None = None
    function: Code | None = None
    skill: Code | None = None
    level: Annotated[str, Meta(max_length=40)] | None = None
    verification: Verification = Verification.SELF_DECLARED
    place: Place | None = None
    radius_km: Annotated[float, Meta(gt=0, le=500)] | None = None
    free: bool = True
    limit: Annotated[int, Meta(ge=1, le=100_000)] | None = None

    def __post_init__(self) -> None:
        needed = {
            TargetKind.PERSONS: "ids", TargetKind.UNIT: "ids", TargetKind.ORGANISATION: "organisation",
            TargetKind.FUNCTION: "function", TargetKind.SKILL: "skill", TargetKind.PARTNER: "organisation",
            TargetKind.STATION: "ids",
        }  # fmt: skip
        field = needed.get(self.kind)
        if field and not getattr(self, field):
            raise BadEdit(field, f"a target of kind {self.kind} names its {field}")


@dataclass(frozen=True, slots=True)
class Quota:
    """How many have to come; `skills` of them at least so many who hold each. One person counts for each skill he
    holds, and once in the total."""

    total: Annotated[int, Meta(ge=0, le=100_000)] = 1
    skills: Annotated[dict[Code, int], Meta(max_length=20)] | None = None

    def missing(self, coming: int, by_skill: Mapping[str, int]) -> dict[str, int]:
        """What lacks, by skill; the empty key is the total."""
        lacks = {"": self.total - coming}
        lacks |= {code: count - by_skill.get(code, 0) for code, count in (self.skills or {}).items()}
        return {code: count for code, count in lacks.items() if count > 0}


NONE_WANTED = Quota(0)


@dataclass(frozen=True, slots=True)
class Step:
    """`channels` is empty for each person's own order. After `fall_back` seconds without `criterion` the person's next
    channel is tried. `wait` seconds after it began, the step is over: repeated `repeat` times, then `escalate` decides.
    `ack`: so many answers end a step that waits for answers only; none is all. A step without targets only waits."""

    targets: Annotated[tuple[Target, ...], Meta(max_length=50)] = ()
    name: Words | None = None
    channels: Annotated[tuple[ChannelKind, ...], Meta(max_length=9)] = ()
    at_once: bool = False
    """Call on all channels at the same time."""
    fall_back: Seconds = 120
    criterion: Criterion = Criterion.ANSWERED
    wait: Seconds = 300
    quota: Quota | None = None
    """None is the plan's."""
    ack: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    escalate: Escalate = Escalate.NO_QUOTA
    repeat: Annotated[int, Meta(ge=0, le=20)] = 0


class PlanState(StrEnum):
    """Only an ACTIVE plan can be triggered by a rule. A large one gets ACTIVE by two people."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True)
class Plan:
    """`organisation` owns it. `supervisor` is called when all steps are over and the quota is not reached.
    `stop_when_reached`: no further calls once the quota is reached; otherwise every step that began runs out.
    `four_eyes`: it is started, and made ACTIVE, by two people. `approved_by` names both, for this version."""

    organisation: Id
    name: Words
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=30)]
    purpose: Purpose = Purpose.ALARM
    state: PlanState = PlanState.DRAFT
    quota: Quota = NONE_WANTED
    title: Words | None = None
    text: Text | None = None
    bring: Text | None = None
    meeting: Words | None = None
    geometry: Geometry | None = None
    report_to: Words | None = None
    supervisor: Annotated[tuple[Id, ...], Meta(max_length=20)] = ()
    stop_when_reached: bool = True
    four_eyes: bool = False
    approved_by: Annotated[tuple[Id, ...], Meta(max_length=2)] = ()
    note: Text | None = None
