"""What happens to a resource that is offered, lent and given back: when it cannot be, and which fields change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from geodata.model.fms import availability, meaning
from geodata.model.resource import BOUND, Availability, Deployment, Fleet, Resource

_ASIDE = frozenset({Deployment.OUT_OF_SERVICE, Deployment.RESTING})
_A = Availability
_BUSY = frozenset(
    {
        _A.COMMITTED_EN_ROUTE, _A.COMMITTED_ON_SCENE, _A.COMMITTED_TRANSPORT, _A.COMMITTED_AT_DESTINATION,
        _A.COMMITTED_BOUND, _A.STAGED,
    }
)  # fmt: skip

ASSIGNED = ("incident", "sector", "site", "task", "facility", "target", "eta")
"""What an assignment consists of; it ends with the release."""


def kept_from(resource: Resource, inquiry: str, now: datetime) -> str | None:
    """Why it cannot be offered to this inquiry: HELD (for another one), LENT, BOUND or OUT_OF_SERVICE; None if it can.

    A hold that has run out counts as none. Without any status it can be offered: whoever lends knows his own."""
    if resource.loan is not None:
        return "LENT"
    hold = resource.hold
    if hold is not None and hold.until > now and hold.inquiry != inquiry:
        return "HELD"
    if resource.deployment in BOUND or resource.incident is not None or resource.availability in _BUSY:
        return "BOUND"
    if resource.deployment in _ASIDE or resource.availability in (_A.OUT_OF_SERVICE, _A.RESTING):
        return "OUT_OF_SERVICE"
    return None


def lent(resource: Resource, fleet: Fleet | None, assigned: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The fields of one that is alerted for somebody else; `assigned` is what it is assigned to."""
    return {
        **dict.fromkeys(ASSIGNED),
        **assigned,
        "hold": None,
        "deployment": Deployment.ALERTED.value,
        "deployed_since": iso(now),
        "state_reason": None,
        "availability": _availability(resource, fleet, Deployment.ALERTED, now),
    }


def sent(resource: Resource, fleet: Fleet | None, state: Deployment, now: datetime) -> dict[str, Any]:
    """The fields of a lent one that drives, has arrived, is in use or is released; none where it is further already."""
    if _RANK.get(resource.deployment, 99) >= _RANK[state]:
        return {}
    fields: dict[str, Any] = {
        "deployment": state.value,
        "deployed_since": iso(resource.deployed_since or now) if state in BOUND else None,
        "availability": _availability(resource, fleet, state, now),
    }
    return {**dict.fromkeys(ASSIGNED), **fields} if state is Deployment.RELEASED else fields


def returned(resource: Resource, fleet: Fleet | None, now: datetime) -> dict[str, Any]:
    """The fields of one that is back with its owner. Out of order it stays out of order."""
    state = resource.deployment if resource.deployment is Deployment.OUT_OF_SERVICE else Deployment.AT_HOME
    return {
        **dict.fromkeys(ASSIGNED),
        "hold": None,
        "loan": None,
        "deployment": state.value,
        "deployed_since": None,
        "availability": _availability(resource, fleet, state, now),
    }


_D = Deployment
_RANK: Mapping[Deployment, int] = {
    _D.AT_HOME: 0, _D.ALERTED: 1, _D.EN_ROUTE: 2, _D.AT_MELDEKOPF: 3, _D.STAGED: 3, _D.DEPLOYED: 4,
    _D.RESTING: 4, _D.RELEASED: 5, _D.RETURNING: 6,
}  # fmt: skip
"""How far a loan is; out of service it stays where it is."""


def _availability(resource: Resource, fleet: Fleet | None, state: Deployment, now: datetime) -> str:
    mapping = meaning(resource.type, fleet)
    return availability(resource.status, state, mapping, now).value


def iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
