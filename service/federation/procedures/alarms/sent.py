"""What is sent about alarms that partners ask for."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from geodata.model.incident import Id, IncidentMode


class AlarmRequestAccepted(msgspec.Struct, forbid_unknown_fields=True):
    """`plan`: one of ours, which then runs as any other alarm; `incident` ours in which it is shown."""

    plan: Id
    incident: Id | None = None


class AlarmRequestDeclined(msgspec.Struct, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=1_000, pattern=r"\S")]


class AlarmPolicy(msgspec.Struct, forbid_unknown_fields=True):
    """By mode the plan that a request of this partner starts without asking anybody here; none: always a human."""

    plans: dict[IncidentMode, Id] = {}


BODIES = (AlarmRequestAccepted, AlarmRequestDeclined, AlarmPolicy)
"""For the description."""
