"""What is sent about alarms that partners ask for."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from geodata.model.incident import Id, IncidentMode
from geodata.model.resource import Code

TimeOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class AlarmRequestAccepted(msgspec.Struct, forbid_unknown_fields=True):
    """`plan`: one of ours, which then runs as any other alarm; `incident` ours in which it is shown."""

    plan: Id
    incident: Id | None = None


class AlarmRequestDeclined(msgspec.Struct, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=1_000, pattern=r"\S")]


class AlarmLimits(msgspec.Struct, forbid_unknown_fields=True):
    """Within which a plan starts by itself. `most` people asked for; a request that does not say how many lies outside.
    `skills`: only these are asked for, and at least one. `begins` to `ends`: local times of day, past midnight if the
    second comes before the first. What is left out limits nothing."""

    most: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    skills: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=20)] | None = None
    begins: TimeOfDay | None = None
    ends: TimeOfDay | None = None


class AlarmPolicy(msgspec.Struct, forbid_unknown_fields=True):
    """By mode the plan that a request of this partner starts without asking anybody here, and within which limits; a
    mode without a plan: always a human."""

    plans: dict[IncidentMode, Id] = {}
    limits: dict[IncidentMode, AlarmLimits] = {}


BODIES = (AlarmRequestAccepted, AlarmRequestDeclined, AlarmLimits, AlarmPolicy)
"""For the description."""
