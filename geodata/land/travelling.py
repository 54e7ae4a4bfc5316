"""How long the way takes: over the roads that are loaded, else along the straight line with a detour.

The straight line is the geodesic (WGS 84) times `DETOUR`, at the type's speed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod

from geodata.model.underway import DETOUR, SPEED

if TYPE_CHECKING:
    from geodata.land.network import Network

Point = tuple[float, float]
LINE, GRAPH, MIXED, NONE = "LINE", "GRAPH", "MIXED", "NONE"
LONGEST = 20_160
"""Minutes; beyond it nobody gets there."""
_GLOBE = Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Leg:
    """From `place` (EPSG:4326) at `speed` km/h after `wait` minutes; `air`: as the crow flies."""

    place: Point
    speed: float = SPEED
    wait: float = 0.0
    air: bool = False


@dataclass
class Travels:
    """With a network, ways between places near its roads go over them; where it knows no way (all are blocked) there is
    none. `ways` counts how the ways were found."""

    network: Network | None = None
    blocked: NDArray[np.int64] | None = None
    ways: dict[str, int] = field(default_factory=dict)

    def table(self, goals: Mapping[str, Point], legs: Mapping[str, Leg]) -> dict[str, dict[str, int]]:
        """Whole minutes by goal and leg; what cannot get there is missing."""
        if not goals or not legs:
            return {goal: {} for goal in goals}
        names, ends = list(legs), list(goals.values())
        starts = [leg.place for leg in legs.values()]
        straight = lines(starts, ends)
        roads = self.network.minutes(starts, ends, self.blocked) if self.network is not None else None
        found: dict[str, dict[str, int]] = {}
        for column, goal in enumerate(goals):
            row: dict[str, int] = {}
            for at, name in enumerate(names):
                minutes, how = _way(legs[name], straight[at, column], None if roads is None else roads[at, column])
                self.ways[how] = self.ways.get(how, 0) + 1
                if minutes is not None and minutes <= LONGEST:
                    row[name] = round(minutes)
            found[goal] = row
        return found

    @property
    def method(self) -> str:
        used = {how for how in (LINE, GRAPH) if self.ways.get(how)}
        return MIXED if len(used) == 2 else used.pop() if used else GRAPH if self.network is not None else LINE


def lines(starts: list[Point], ends: list[Point]) -> NDArray[np.float64]:
    """Kilometres of each start (row) to each end (column) along the geodesic."""
    a, b = np.array(starts, dtype=float), np.array(ends, dtype=float)
    shape = (len(a), len(b))
    x1, x2 = np.broadcast_to(a[:, :1], shape), np.broadcast_to(b[:, 0], shape)
    y1, y2 = np.broadcast_to(a[:, 1:], shape), np.broadcast_to(b[:, 1], shape)
    metres = _GLOBE.inv(x1.ravel(), y1.ravel(), x2.ravel(), y2.ravel())[2]
    return np.asarray(metres, dtype=float).reshape(shape) / 1000


def _way(leg: Leg, kilometres: float, road: float | None) -> tuple[float | None, str]:
    """Minutes and how they were found. `road` is NaN where an end lies too far from a road, infinite without a way."""
    if leg.air:
        return leg.wait + kilometres / leg.speed * 60, LINE
    if road is None or np.isnan(road):
        return leg.wait + kilometres * DETOUR / leg.speed * 60, LINE
    if np.isinf(road):
        return None, NONE
    return leg.wait + road * max(1.0, SPEED / leg.speed), GRAPH
