"""What an arrival says about a resource that is known here, as far as nothing newer is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geodata.model.arrival import Act, ActKind, Arrival
from geodata.model.facility import FacilityType
from geodata.model.fms import availability
from geodata.model.resource import BOUND, DEPLOYMENT, Availability, Deployment, Resource

_BY_WAY_OF = (Deployment.EN_ROUTE, Deployment.ALERTED)
"""Whoever stands at the gate has come, even if nobody had written that he was alerted."""
_ASSIGNMENT = ("incident", "sector", "site", "task", "facility", "target", "eta")


@dataclass(frozen=True, slots=True)
class Place:
    """Where forces check in, or are sent to; `point` in degrees EPSG:4326."""

    id: str
    type: FacilityType
    point: tuple[float, float]


def told(
    resource: Resource,
    act: Act,
    entry: Arrival,
    place: Place,
    changed: Mapping[str, datetime],
    mapping: Mapping[str, Availability],
    target: tuple[float, float] | None,
) -> dict[str, Any]:
    """The fields of the resource that follow from the act; none that changed after it. `target` is where it is sent."""
    fields: dict[str, Any] = {}
    arrives = act.kind in (ActKind.CHECK_IN, ActKind.TAKE_BACK)
    corrected = act.fields if act.kind is ActKind.CORRECT else ()
    for name in ("strength", "endurance_until"):
        value = getattr(entry, name)
        if value is not None and (act.kind is ActKind.CHECK_IN or name in corrected) and _free(changed, name, act.at):
            fields[name] = _iso(value) if isinstance(value, datetime) else value
    if not (_free(changed, "deployment", act.at) and _free(changed, "status", act.at)):
        return fields
    if arrives or "resource" in corrected or "facility" in corrected:
        staged = place.type is FacilityType.BEREITSTELLUNGSRAUM
        wanted = Deployment.STAGED if staged else Deployment.AT_MELDEKOPF
        there: dict[str, Any] = {"incident": entry.incident, "facility": place.id, "target": None, "eta": None}
        if resource.incident not in (None, entry.incident):
            there |= dict.fromkeys(("sector", "site", "task"))
        return fields | _moved(resource, wanted, there, act.at, mapping)
    if act.kind is ActKind.SEND_ON:
        order = entry.instruction
        to: dict[str, Any] = dict.fromkeys(_ASSIGNMENT) | {"incident": entry.incident, "target": target}
        if order is not None:
            to |= {"sector": order.sector, "site": order.site, "facility": order.facility}
        return fields | _moved(resource, Deployment.EN_ROUTE, to, act.at, mapping)
    if act.kind is ActKind.CHECK_OUT:
        return fields | _moved(resource, Deployment.RELEASED, dict.fromkeys(_ASSIGNMENT), act.at, mapping)
    return fields


def _moved(
    resource: Resource, wanted: Deployment, given: dict[str, Any], at: datetime, mapping: Mapping[str, Availability]
) -> dict[str, Any]:
    if not reachable(resource.deployment, wanted):
        return {}
    bound = wanted in BOUND
    began = resource.deployed_since if bound and resource.deployment in BOUND else None
    return given | {
        "deployment": wanted.value,
        "deployed_since": _iso(began or at) if bound else None,
        "state_reason": None,
        "availability": availability(resource.status, wanted, mapping, at).value,
    }


def reachable(before: Deployment, after: Deployment) -> bool:
    """In one move, or by way of being alerted or under way."""
    direct = DEPLOYMENT.moves
    return (
        before == after
        or after in direct[before]
        or any(via in direct[before] and after in direct[via] for via in _BY_WAY_OF)
    )


def _free(changed: Mapping[str, datetime], name: str, at: datetime) -> bool:
    return name not in changed or changed[name] <= at


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
