"""What comes in the bodies of requests about plans and alarms."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from alerting.model.recipient import Answer
from geodata.model.incident import Id, IncidentMode, Text, Words
from service.bodies import Base, Fields


class NewAlarmPlan(msgspec.Struct, forbid_unknown_fields=True):
    """`fields`: name, steps, quota, purpose, title, text, bring, meeting, geometry … A new plan is a draft."""

    organisation: Id
    fields: Fields


class AlarmPlanEdit(msgspec.Struct, forbid_unknown_fields=True):
    """`base` is the version that was edited; null as a value takes a field out."""

    base: Base
    fields: Fields


class AlarmPlanChoice(msgspec.Struct, forbid_unknown_fields=True):
    take: bool
    field: Annotated[str, Meta(max_length=80)] | None = None


class AlarmPlanVersion(msgspec.Struct, forbid_unknown_fields=True):
    """The version that somebody has read."""

    version: Base


class AlarmPlanDryRun(msgspec.Struct, forbid_unknown_fields=True):
    """`mode` says through which gateways it would go; without it that of the node."""

    mode: IncidentMode | None = None


class NewAlarm(msgspec.Struct, forbid_unknown_fields=True):
    """By a `plan`, whose fields hold where `fields` says nothing, or freely for an `organisation`. `fields`: title,
    text, meeting, geometry, bring, report_to, quota, steps, purpose … `mode` is that of node and incident if left
    out."""

    plan: Id | None = None
    organisation: Id | None = None
    fields: Fields = {}
    incident: Id | None = None
    site: Id | None = None
    mode: IncidentMode | None = None


class AlarmAgain(msgspec.Struct, forbid_unknown_fields=True):
    """`step` counts from 0; without it the current one."""

    step: Annotated[int, Meta(ge=0, le=100)] | None = None


class AlarmMore(msgspec.Struct, forbid_unknown_fields=True):
    targets: Annotated[list[Fields], Meta(min_length=1, max_length=50)]


class AlarmCancel(msgspec.Struct, forbid_unknown_fields=True):
    text: Text | None = None


class AlarmSaid(msgspec.Struct, forbid_unknown_fields=True):
    """`meeting` and `geometry` only if the meeting point has changed."""

    text: Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"\S")]
    meeting: Words | None = None
    geometry: Fields | None = None


class AlarmAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """`minutes` until he is there."""

    answer: Answer
    minutes: Annotated[int, Meta(ge=0, le=1440)] | None = None


class AlarmArrival(msgspec.Struct, forbid_unknown_fields=True):
    left: bool = False


BODIES: tuple[type[msgspec.Struct], ...] = (
    NewAlarmPlan, AlarmPlanEdit, AlarmPlanChoice, AlarmPlanVersion, AlarmPlanDryRun, NewAlarm, AlarmAgain, AlarmMore,
    AlarmCancel, AlarmSaid, AlarmAnswer, AlarmArrival,
)  # fmt: skip
"""For the description."""
