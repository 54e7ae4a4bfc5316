"""What could be there soonest: by capability, radius and travel time, of what the asker sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from geodata.model.catalogue import TYPES, capabilities_of
from geodata.model.cover import is_free
from geodata.model.underway import DETOUR, SPEED
from geodata.store import counting
from geodata.store.counting import Near, Row
from geodata.store.database import Database
from service.access.visitor import Visitor

FRESH = timedelta(hours=1)
"""An older position says nothing of where it is now; then it is reckoned from home."""
FARTHEST = 300.0
"""Kilometres."""
MOST = 300
FLIES = "LUFTRETTUNG"

Point = tuple[float, float]
Travel = Callable[[Collection[str], Point, list[Point], float], Awaitable[dict[str, Any]]]
"""Rooms, from where, to where, km/h: `to` with `minutes` for each place (None where there is no way), and `method`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`km` as the crow flies, `minutes` of travel; `free`: only what counts as free."""

    place: Point
    capability: str | None = None
    km: float | None = None
    minutes: float | None = None
    free: bool = False


class Nearest:
    """With `travel` ways go over the roads; else along the straight line times `DETOUR` at the type's speed."""

    def __init__(self, database: Database, origin: str, travel: Travel | None = None) -> None:
        self.database, self.origin, self.travel = database, origin, travel

    async def find(self, visitor: Visitor, wanted: Wanted, now: datetime) -> dict[str, Any]:
        rooms = self.database.asked(visitor.rooms)
        km = min(wanted.km or FARTHEST, FARTHEST)
        async with self.database.reading(visitor.rooms) as connection:
            found = await counting.near(connection, wanted.place, km, rooms, origin=self.origin, since=now - FRESH)
        able = [one for one in found if _able(one.row, wanted)]
        ranked = sorted(((_minutes(one), one) for one in able), key=lambda pair: (pair[0], pair[1].id))
        method = "LINE"
        if self.travel is not None and ranked:
            ranked, method = await self._by_road(rooms, wanted.place, ranked)
        if wanted.minutes is not None:
            ranked = [pair for pair in ranked if pair[0] <= wanted.minutes]
        return {
            "method": method,
            "lines": [_line(one, minutes) for minutes, one in ranked[:MOST]],
            "more": max(0, len(ranked) - MOST),
        }

    async def _by_road(
        self, rooms: Collection[str], place: Point, ranked: list[tuple[float, Near]]
    ) -> tuple[list[tuple[float, Near]], str]:
        """The nearest along the line, again by road; what flies stays as it is, what has no way falls out."""
        assert self.travel is not None
        first = ranked[: 2 * MOST]
        told = await self.travel(rooms, place, [one.place for _, one in first], SPEED)
        if told["method"] == "LINE":  # no roads are loaded; the line at each type's own speed is nearer to the truth
            return ranked, "LINE"
        again = []
        for (minutes, one), way in zip(first, told["to"], strict=True):
            if _flies(one.row):
                again.append((minutes, one))
            elif way["minutes"] is not None:
                again.append((way["minutes"] * max(1.0, SPEED / _speed(one.row)), one))
        return sorted(again, key=lambda pair: (pair[0], pair[1].id)), str(told["method"])


def _able(row: Row, wanted: Wanted) -> bool:
    if wanted.free and not is_free(row):
        return False
    return wanted.capability is None or wanted.capability in capabilities_of(row.type, row.capabilities)


def _speed(row: Row) -> float:
    return TYPES[row.type].speed_kmh if row.type in TYPES else SPEED


def _flies(row: Row) -> bool:
    return FLIES in capabilities_of(row.type, row.capabilities)


def _minutes(one: Near) -> float:
    return one.km * (1.0 if _flies(one.row) else DETOUR) / _speed(one.row) * 60


def _line(one: Near, minutes: float) -> dict[str, Any]:
    row = one.row
    return {
        "id": one.id, "callsign": row.callsign, "type": row.type, "organisation": row.organisation, "ars": row.ars,
        "availability": row.availability, "deployment": row.deployment, "free": is_free(row),
        "place": [round(part, 6) for part in one.place],
        "seen": one.seen.isoformat().replace("+00:00", "Z") if one.seen else None,
        "km": round(one.km, 1), "minutes": round(minutes),
    }  # fmt: skip
