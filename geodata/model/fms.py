"""FMS status of vehicles (DOMAIN 2.1): what a digit means for availability; 0, 5 and 9 are signals, never states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from geodata.model.editing import BadEdit
from geodata.model.resource import Availability, Deployment, Reporter, Resource, Signal, Status

SIGNALS = frozenset("059")
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
_WITHOUT_STATUS: Mapping[Deployment, Availability] = {
    Deployment.AT_HOME: _A.UNKNOWN,
    Deployment.ALERTED: _A.COMMITTED_EN_ROUTE,
    Deployment.EN_ROUTE: _A.COMMITTED_EN_ROUTE,
    Deployment.AT_MELDEKOPF: _A.STAGED,
    Deployment.DEPLOYED: _A.COMMITTED_ON_SCENE,
    Deployment.RELEASED: _A.AVAILABLE_MOBILE,
    Deployment.RETURNING: _A.AVAILABLE_MOBILE,
}


def mapping_of(kind: str | None, own: Mapping[str, Availability] | None) -> Mapping[str, Availability]:
    """What the digits mean to an organisation of this kind (DOMAIN 2.3), with its own exceptions."""
    return {**(RESCUE if kind == "RD" else FIRE), **(own or {})}


def availability(
    status: Status | None, deployment: Deployment, mapping: Mapping[str, Availability], now: datetime
) -> Availability:
    """Staged, resting and out of service are said by whoever leads and beat the status; a status that a person typed
    counts until it expires. Bound by its deployment, nothing counts as free, whatever an old status says."""
    if deployment in _STANDS:
        return _STANDS[deployment]
    said = mapping.get(status.code) if status and (status.until is None or status.until > now) else None
    if deployment in (Deployment.ALERTED, Deployment.EN_ROUTE, Deployment.AT_MELDEKOPF, Deployment.DEPLOYED):
        return said if said and said.name.startswith("COMMITTED") else _WITHOUT_STATUS[deployment]
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

    A signal leaves state and availability as they are. What a person types never replaces what the control room said
    within `manual`, and expires after `manual`. Raises BadEdit."""
    if len(code) != 1 or code not in "0123456789":
        raise BadEdit("code", f"{code[:10]!r} is no FMS status; it is one digit, 0 to 9")
    if code in SIGNALS:
        before = resource.signal
        return {} if before and before.at >= at else {"signal": Signal(code, at)}
    last = resource.status
    if last is not None:
        if at <= last.at and _BEATS[by] <= _BEATS[last.by]:
            return {}
        if _BEATS[by] < _BEATS[last.by] and at - last.at < manual:
            return {}
    status = Status(code, at, by, at + manual if by is Reporter.PERSON else None)
    deployment = _FOLLOWS.get(code, {}).get(resource.deployment, resource.deployment)
    return {
        "status": status,
        "deployment": deployment,
        "availability": availability(status, deployment, mapping, now),
    }
