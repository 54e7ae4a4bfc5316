"""Which resources and which stock answer a need, and how far they are."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from geodata.model.cover import Can
from geodata.model.folding import fold
from geodata.model.request import Need

DETOUR = 1.3
"""Road against straight line, where no road graph is asked; the usual value for German roads outside of cities."""
SPEED = 60.0
"""km/h on the way, where the catalogue says nothing of the type."""
_EARTH = 6_371_008.8


def metres(a: Collection[float], b: Collection[float]) -> float:
    """Great circle between two places in degrees, on the mean sphere (haversine)."""
    (x1, y1), (x2, y2) = (map(math.radians, place) for place in (a, b))
    h = math.sin((y2 - y1) / 2) ** 2 + math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(h)))


def minutes(distance: float, speed: float | None) -> int:
    """On the road, rounded up."""
    return math.ceil(distance * DETOUR / 1000 / (speed or SPEED) * 60)


def fits(need: Need, type: str, extra: Collection[str], can: Can, parts: Mapping[str, Collection[str]]) -> bool:
    """Whether a resource answers the need; `parts` are the types that a concept is made of."""
    what, value = need.what
    if what == "type":
        return type == value
    if what == "concept":
        return type == value or type in parts.get(value, ())
    return what == "capability" and value in can(type, extra)


def is_the_article(need: Need, article: str) -> bool:
    """Whatever its spelling; `Sandsack` answers `Sandsäcke` as little as a person would file it there."""
    what, value = need.what
    if what != "article":
        return False
    wanted, there = fold(value), fold(article)
    return wanted == there or wanted in there or there in wanted


def place_of(body: Mapping[str, Any], position: Mapping[str, Any] | None) -> Collection[float] | None:
    """Where a resource is: its last position, else its home."""
    if position is not None:
        return (position["longitude"], position["latitude"])
    home: Collection[float] | None = body.get("home") or body.get("place")
    return home
