"""Our written policy for a partner: which plan starts without asking anybody here, and within which limits.

What lies outside the limits is not refused; it waits for a human as everything does that no policy names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from geodata.model.alarm_request import AlarmRequest
from geodata.model.editing import BadEdit
from geodata.model.incident import IncidentMode
from service.federation.procedures.alarms.sent import AlarmLimits, AlarmPolicy

LOCAL = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Terms:
    """For one mode: the id of our plan and its limits."""

    plan: str
    limits: AlarmLimits = field(default_factory=AlarmLimits)

    def outside(self, asked: AlarmRequest, now: datetime) -> str | None:
        """Which limit the request lies outside of at this moment: most, skills or hours; None if within all."""
        limits, wanted = self.limits, asked.skills or {}
        people = max(asked.total, sum(max(count, 0) for count in wanted.values()))
        if limits.most is not None and not 0 < people <= limits.most:
            return "most"
        if limits.skills is not None and not (wanted and wanted.keys() <= set(limits.skills)):
            return "skills"
        return None if _within(limits, now) else "hours"


def terms_of(policy: Mapping[str, Any] | None, mode: IncidentMode) -> Terms | None:
    """What our policy for this partner says of this mode. A policy that cannot be read starts nothing."""
    given = (policy or {}).get("alarms")
    found = given.get(mode.value) if isinstance(given, dict) else None
    if isinstance(found, str) and found:
        return Terms(found)
    try:
        return msgspec.convert(found, Terms) if found else None
    except msgspec.ValidationError:
        return None


def written(given: AlarmPolicy) -> dict[str, Any]:
    """As it is kept. Raises BadEdit: limits without a plan, half a span of hours, a span that is empty."""
    for mode, limits in given.limits.items():
        if mode not in given.plans:
            raise BadEdit("limits", f"{mode} has limits but no plan that could start")
        if (limits.begins is None) != (limits.ends is None) or (limits.begins and limits.begins == limits.ends):
            raise BadEdit("limits", "say from when to when, or neither: two different times of day")
    return {
        mode.value: {"plan": plan, "limits": _said(given.limits.get(mode, AlarmLimits()))}
        for mode, plan in given.plans.items()
    }


def told(policy: Mapping[str, Any] | None) -> dict[str, Any]:
    """The policy as people read it, with who set it and when."""
    found = {mode.value: one for mode in IncidentMode if (one := terms_of(policy, mode)) is not None}
    return {
        "plans": {mode: one.plan for mode, one in found.items()},
        "limits": {mode: _said(one.limits) for mode, one in found.items()},
        "by": (policy or {}).get("alarms_by"),
        "at": (policy or {}).get("alarms_at"),
    }


def _said(limits: AlarmLimits) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(limits)
    return {name: value for name, value in made.items() if value is not None}


def _within(limits: AlarmLimits, now: datetime) -> bool:
    """By the clock on the wall. A span that ends before it begins goes past midnight; its end is outside."""
    if limits.begins is None or limits.ends is None:
        return True
    begins, ends, at = time.fromisoformat(limits.begins), time.fromisoformat(limits.ends), now.astimezone(LOCAL).time()
    return begins <= at < ends if begins < ends else at >= begins or at < ends
