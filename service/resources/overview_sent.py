"""What the overview answers, for the description of the interface."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Ars = str
"""Regional key."""


class OverviewBoardLine(msgspec.Struct):
    """Of one organisation, by availability."""

    organisation: str
    total: int
    counts: dict[str, int]


class OverviewStrength(msgspec.Struct):
    """Of one organisation or type. `said` resources have a strength, `unsaid` have none."""

    key: str
    leaders: int
    subleaders: int
    crew: int
    total: int
    said: int
    unsaid: int


class OverviewStrengths(msgspec.Struct):
    total: list[OverviewStrength]
    by_organisation: list[OverviewStrength]
    by_type: list[OverviewStrength]


class OverviewCover(msgspec.Struct):
    """Basic cover that is asked for; `short` is how many are missing now."""

    ars: Ars
    capability: str
    minimum: int
    short: int


class OverviewShortfall(msgspec.Struct):
    ars: Ars
    capability: str
    minimum: int
    free: int
    after: int


class OverviewNamed(msgspec.Struct):
    id: str
    callsign: str
    type: str
    organisation: str


class OverviewEnd(OverviewNamed):
    """`what`: ENDURANCE, RELIEF_DUE or what the rules of duty say."""

    what: str
    at: str
    late: bool


class OverviewOld(OverviewNamed):
    at: str


class OverviewDefect(OverviewNamed):
    """`fuel` in percent."""

    defects: list[str]
    fuel: int | None


class OverviewStock(msgspec.Struct):
    """`hours` until it runs out."""

    id: str
    article: str
    unit: str
    organisation: str
    free: float
    minimum: float | None
    short: bool
    hours: float | None


class OverviewEnds(msgspec.Struct):
    """`more` are left out."""

    lines: list[OverviewEnd]
    more: int


class OverviewOlds(msgspec.Struct):
    lines: list[OverviewOld]
    more: int


class OverviewDefects(msgspec.Struct):
    lines: list[OverviewDefect]
    more: int


class OverviewStocks(msgspec.Struct):
    lines: list[OverviewStock]
    more: int


class ResourcesOverview(msgspec.Struct):
    """What somebody sees of all resources. `areas` names each key in `cover`, `reserve` and `shortfalls` as the land
    does, unless the land does not know it; `reserve` says by key and capability how many are free and there."""

    now: str
    resources: int
    organisations: dict[str, str]
    areas: dict[Ars, str]
    board: list[OverviewBoardLine]
    strength: OverviewStrengths
    cover: list[OverviewCover]
    reserve: dict[Ars, dict[str, Annotated[list[int], Meta(min_length=2, max_length=2)]]]
    shortfalls: list[OverviewShortfall]
    relief: OverviewEnds
    stale: OverviewOlds
    defects: OverviewDefects
    low_stock: OverviewStocks


BODIES = (ResourcesOverview,)
"""For the description."""
