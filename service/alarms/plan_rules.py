"""What a plan has to be before it is kept, and what an edit of it undoes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from alerting.model.plan import Plan, PlanState, Quota, Step, Target
from alerting.model.roster import Roster
from geodata.model.editing import BadEdit
from geodata.store import things

KEPT = ("organisation", "state", "approved_by")
"""Fields that have routes of their own."""


def check_given(fields: Mapping[str, Any]) -> None:
    """Raises BadEdit for what the server keeps."""
    for name in KEPT:
        if name in fields:
            raise BadEdit(name, f"{name} of a plan cannot be set here; leave it out")


def checked(fields: Mapping[str, Any]) -> Plan:
    """The plan of these fields. Raises BadEdit naming the place: steps[0].targets[1].skill."""
    try:
        plan = things.checked(fields, Plan)
    except BadEdit as error:
        raise _placed(error) from error
    _check_names(fields)
    for number, step in enumerate(plan.steps):
        if step.at_once and len(step.channels) == 1:
            raise BadEdit(f"steps[{number}].at_once", "with one channel there is nothing to call at once")
        if step.ack is not None and step.escalate.value == "NO_QUOTA" and not (step.quota or plan.quota).total:
            raise BadEdit(f"steps[{number}].escalate", "without a quota it can wait for answers: NO_ACK")
    return plan


def _placed(error: BadEdit) -> BadEdit:
    """A target says which of its fields is missing; the message around it says which target it is."""
    cause = error.__cause__
    if not isinstance(cause, msgspec.ValidationError) or "$." not in str(cause):
        return error
    place = str(cause).rpartition("$.")[2].rstrip("`")
    field = error.field if error.field != "body" else ""
    return BadEdit(place if place.endswith(field) else f"{place}.{field}", str(error))


def _check_names(fields: Mapping[str, Any]) -> None:
    """What is misspelt deep inside must not be dropped silently. Raises BadEdit."""
    _check_keys("quota", fields.get("quota"), Quota)
    for number, step in enumerate(fields.get("steps", ())):
        place = f"steps[{number}]"
        _check_keys(place, step, Step)
        _check_keys(f"{place}.quota", step.get("quota"), Quota)
        for which, target in enumerate(step.get("targets") or ()):
            _check_keys(f"{place}.targets[{which}]", target, Target)


def _check_keys(place: str, given: Any, kind: type[Any]) -> None:
    unknown = set(given or ()) - set(kind.__dataclass_fields__)
    if unknown:
        raise BadEdit(f"{place}.{min(unknown)[:80]}", f"there is no field {min(unknown)[:80]!r}")


def is_large(plan: Plan, roster: Roster, reach: int) -> bool:
    """`reach` is how many people it would call. A large plan is made active, and started, by two."""
    return plan.four_eyes or reach >= roster.large_from


def undone(plan: Plan, *, large: bool, person: str) -> dict[str, Any]:
    """What an edit takes back: a large plan is a draft again, a small one in force stands for whoever edited it."""
    if plan.state is PlanState.RETIRED:
        return {}
    if large:
        return {"state": PlanState.DRAFT.value, "approved_by": None}
    return {"approved_by": [person]} if plan.state is PlanState.ACTIVE else {"approved_by": None}
