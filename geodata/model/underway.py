"""Who should have arrived by now (the «black hole» of 2021: forces under way that nobody saw again)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt

from geodata.model.arrival import ArrivalState
from geodata.model.resource import Deployment, Position, Resource

UNDER_WAY = frozenset({Deployment.ALERTED, Deployment.EN_ROUTE})
DETOUR = 1.4
"""Roads against the straight line; between German towns it is 1.2 to 1.5."""
SPEED = 50.0
"""km/h of a column on country roads with its halts, where nothing is said of the type."""
TURN_OUT = timedelta(minutes=10)
"""From the alarm to the road, for volunteers."""
_EARTH = 6371.0

Point = tuple[float, float]


class Basis(StrEnum):
    """ETA: somebody said so. TRAVEL: from the last place, at the usual speed. NONE: nothing to reckon with."""

    ETA = "ETA"
    TRAVEL = "TRAVEL"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Expected:
    at: datetime | None
    basis: Basis


def expected(
    resource: Resource,
    position: Position | None,
    goals: Collection[Point],
    *,
    left: tuple[Point, datetime] | None = None,
    speed: float = SPEED,
) -> Expected:
    """When it should arrive at its target, else at the nearest of `goals` (where forces check in); `speed` in km/h.

    It starts where it was last seen since it was sent, else at home when it was sent. `left`: from where and when it
    was sent on; then only its own target counts."""
    since = left[1] if left else resource.deployed_since
    if resource.eta is not None and not (left and resource.eta < left[1]):
        return Expected(resource.eta, Basis.ETA)
    if position is not None and (since is None or position.at > since):
        start, at = (position.longitude, position.latitude), position.at
    elif left is not None:
        start, at = left
    elif since is not None and resource.home is not None:
        start, at = resource.home, since + (TURN_OUT if resource.deployment is Deployment.ALERTED else timedelta())
    else:
        return Expected(None, Basis.NONE)
    ways = [straight(start, goal) for goal in ([resource.target] if resource.target else () if left else goals)]
    if not ways:
        return Expected(None, Basis.NONE)
    return Expected(at + timedelta(hours=min(ways) * DETOUR / speed), Basis.TRAVEL)


def straight(a: Point, b: Point) -> float:
    """Kilometres along the great circle (haversine) between two places in degrees EPSG:4326."""
    (x1, y1), (x2, y2) = ((radians(one[0]), radians(one[1])) for one in (a, b))
    half = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return 2 * _EARTH * asin(sqrt(min(1.0, half)))


def minutes(since: datetime, now: datetime) -> int:
    return int((now - since).total_seconds() // 60)


def gone(resource: Resource, entries: Collection[Mapping[str, str]]) -> bool:
    """Whether the book says that it is at a facility, or has gone home, though its own state could not be written."""
    since = resource.deployed_since
    if any(one["state"] == ArrivalState.CHECKED_IN for one in entries):
        return True
    ended = [datetime.fromisoformat(one["left_at"]) for one in entries if one["state"] == ArrivalState.CHECKED_OUT]
    return since is not None and any(at >= since for at in ended)
