"""FMS status of vehicles (DOMAIN 2.1): what a digit means for availability; 0, 5 and 9 are signals, never states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from geodata.model.catalogue import TYPES
from geodata.model.editing import BadEdit
from geodata.model.resource import Availability, Deployment, Fleet, Reporter, Resource, Signal, Status

SIGNALS = frozenset("059")
AHEAD = timedelta(minutes=5)
"""How far the clock of a sender may be ahead."""
_A = Availability

FIRE: Mapping[str, Availability] = {
    "1": _A.AVAILABLE_MOBILE,
    "2": _A.AVAILABLE_STATION,
    "3": _A.COMMITTED_EN_ROUTE,
    "4": _A.COMMITTED_ON_SCENE,
    "6": _A.OUT_OF_SERVICE,
    "7": _A.COMMITTED_BOUND,
    "8": _A.LIMITED,
}
"""The texts of 2017 as fire services use them."""

RESCUE: Mapping[str, Availability] = {**FIRE, "7": _A.COMMITTED_TRANSPORT, "8": _A.COMMITTED_AT_DESTINATION}
"""Rescue service: 7 patient aboard, 8 at the hospital."""

_BEATS = {Reporter.PERSON: 0, Reporter.CREW: 1, Reporter.CONTROL_ROOM: 2}
_FOLLOWS = {
    "1": {Deployment.RELEASED: Deployment.RETURNING},
    "2": {Deployment.RELEASED: Deployment.AT_HOME, Deployment.RETURNING: Deployment.AT_HOME},
    "3": {Deployment.ALERTED: Deployment.EN_ROUTE},
}
_STANDS: Mapping[Deployment, Availability] = {
    Deployment.STAGED: _A.STAGED,
    Deployment.RESTING: _A.RESTING,
    Deployment.OUT_OF_SERVICE: _A.OUT_OF_SERVICE,
}
_COUNTS_WHILE_BOUND = frozenset(
    {
        _A.COMMITTED_EN_ROUTE, _A.COMMITTED_ON_SCENE, _A.COMMITTED_TRANSPORT, _A.COMMITTED_AT_DESTINATION,
        _A.COMMITTED_BOUND, _A.STAGED, _A.RESTING, _A.OUT_OF_SERVICE,
    }
)  # fmt: skip
_WITHOUT_STATUS: Mapping[Deployment, Availability] = {
    Deployment.AT_HOME: _A.UNKNOWN,
    Deployment.ALERTED: _A.COMMITTED_EN_ROUTE,
    Deployment.EN_ROUTE: _A.COMMITTED_EN_ROUTE,
    Deployment.AT_MELDEKOPF: _A.STAGED,
    Deployment.DEPLOYED: _A.COMMITTED_ON_SCENE,
    Deployment.RELEASED: _A.AVAILABLE_MOBILE,
    Deployment.RETURNING: _A.AVAILABLE_MOBILE,
}


def mapping_of(
    kind: str | None, own: Mapping[str, Availability] | None, *, ambulance: bool = False
) -> Mapping[str, Availability]:
    """What the digits mean to an organisation of this kind (DOMAIN 2.3), with its own exceptions. An `ambulance` goes
    by the texts of the rescue service whoever owns it: at the hospital (8) it is not half free."""
    return {**(RESCUE if kind == "RD" or ambulance else FIRE), **(own or {})}


def meaning(type: str, fleet: Fleet | None) -> Mapping[str, Availability]:
    """What the digits of a resource of this type mean in this fleet."""
    found = TYPES.get(type)
    kind, own = (fleet.kind, fleet.fms) if fleet else (None, None)
    return mapping_of(kind, own, ambulance=found is not None and found.ambulance)


def availability(
    status: Status | None, deployment: Deployment, mapping: Mapping[str, Availability], now: datetime
) -> Availability:
    """Staged, resting and out of service are said by whoever leads and beat the status; a status that a person typed
    counts until it expires. Bound by its deployment, nothing counts as free or half free, whatever an old status says;
    that it broke down meanwhile does count."""
    if deployment in _STANDS:
        return _STANDS[deployment]
    said = mapping.get(status.code) if status and (status.until is None or status.until > now) else None
    if deployment in (Deployment.ALERTED, Deployment.EN_ROUTE, Deployment.AT_MELDEKOPF, Deployment.DEPLOYED):
        return said if said in _COUNTS_WHILE_BOUND else _WITHOUT_STATUS[deployment]
    return said or _WITHOUT_STATUS[deployment]


def heard(
    resource: Resource,
    code: str,
    *,
    at: datetime,
    by: Reporter,
    mapping: Mapping[str, Availability],
    now: datetime,
    manual: timedelta,
) -> dict[str, object]:
    """The fields that change when this digit is heard; none if something newer or better is known.

    A signal leaves state and availability as they are. What a person types never replaces what the control room or the
    crew said within `manual`, and expires after `manual`. In whatever order reports come in, the same one stands in the
    end. Raises BadEdit, also for a time that lies ahead."""
    if len(code) != 1 or code not in "0123456789":
        raise BadEdit("code", f"{code[:10]!r} is no FMS status; it is one digit, 0 to 9")
    if at.tzinfo is None:
        raise BadEdit("at", "the time of a report needs its time zone")
    if at > now + AHEAD:
        raise BadEdit("at", f"the report is of {at.isoformat()}, which lies ahead; check the sender's clock")
    if code in SIGNALS:
        return {"signal": Signal(code, at)} if _calls(resource.signal, code, at) else {}
    last = resource.status
    if last is not None and _weight(at, by, manual) <= _weight(last.at, last.by, manual):
        return {}
    status = Status(code, at, by, at + manual if by is Reporter.PERSON else None)
    deployment = _FOLLOWS.get(code, {}).get(resource.deployment, resource.deployment)
    return {
        "status": status,
        "deployment": deployment,
        "availability": availability(status, deployment, mapping, now),
    }


def _weight(at: datetime, by: Reporter, manual: timedelta) -> tuple[datetime, int]:
    """The report with the greatest one stands: what a person typed counts as if it were older by `manual`."""
    return (at - manual if by is Reporter.PERSON else at, _BEATS[by])


def _calls(before: Signal | None, code: str, at: datetime) -> bool:
    """The newest signal is shown; but one that nobody has seen is not covered by a lesser one (0 before 5 before 9)."""
    if before is None:
        return True
    return at > before.at and (before.seen is not None or code <= before.code)
