"""Prioritising what is scarce (Ressourcenpriorisierung): what is asked, what there is, and what is proposed.

Times are minutes from the moment of the proposal, places EPSG:4326. Nothing here describes a person: needs count
people, and of resources only what they can, where they are and how long they last is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from geodata.model.incident import Id, Words
from geodata.model.resource import Ars, Code, Latitude, Longitude

Minutes = Annotated[int, Meta(ge=0, le=20_160)]
"""At most a fortnight."""
Place = tuple[Longitude, Latitude]

MOST_NEEDS = 200
MOST_CANDIDATES = 2_000


class Rank(StrEnum):
    """Highest first. LIFE_SAVING: lives are at risk now. P1 to P4 as a damage site has them."""

    LIFE_SAVING = "LIFE_SAVING"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"


RANKS = tuple(Rank)


class Block(StrEnum):
    """Why a capable resource cannot serve a need. NOT_FREE: bound, resting or out of service. HELD: kept for somebody
    else. CREW: fewer aboard than its type needs. NO_PLACE: nobody knows where it is. COVER: basic cover of its
    municipality would break. WINDOW: arrives too late. ENDURANCE: too little left to drive there and work. FORBIDDEN: a
    human said no. BETTER: serves a need that weighs more, or as much. NOT_YOURS: the asker may not dispose of it."""

    NOT_FREE = "NOT_FREE"
    HELD = "HELD"
    CREW = "CREW"
    NO_PLACE = "NO_PLACE"
    COVER = "COVER"
    WINDOW = "WINDOW"
    ENDURANCE = "ENDURANCE"
    FORBIDDEN = "FORBIDDEN"
    BETTER = "BETTER"
    NOT_YOURS = "NOT_YOURS"


@dataclass(frozen=True, slots=True)
class Need:
    """`quantity` resources with this capability, there by `latest`, each able to work `work` minutes. `people` are at
    risk, `critical` infrastructure depends on it, `harm` minutes are left until the damage is done, `helped` resources
    work there already. `id` is that of the site or request it comes from, with its capability."""

    id: Id
    title: Words
    place: Place
    capability: Code
    rank: Rank
    quantity: Annotated[int, Meta(ge=1, le=100)] = 1
    people: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    critical: bool = False
    earliest: Minutes = 0
    latest: Minutes | None = None
    harm: Minutes | None = None
    work: Minutes = 60
    helped: Annotated[int, Meta(ge=0, le=1000)] = 0
    site: Id | None = None
    request: Id | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resource that could go. `endurance` minutes are left of crew and fuel, None if nobody said. `blocked` is why it
    cannot go anywhere."""

    id: Id
    name: Words
    organisation: Id
    capabilities: frozenset[str]
    ars: Ars | None = None
    endurance: Minutes | None = None
    blocked: Block | None = None


@dataclass(frozen=True, slots=True)
class CoverGroup:
    """Of these free resources `minimum` stay in the municipality. `waived`: two people let it go below that."""

    ars: Ars
    capability: Code
    minimum: int
    members: frozenset[str]
    waived: bool = False

    @property
    def spare(self) -> int:
        return max(0, len(self.members) - self.minimum)


@dataclass(frozen=True, slots=True)
class Lock:
    """A human's word: this resource goes there, or not there. `need` None with `fixed` False: it goes nowhere."""

    resource: Id
    need: Id | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """`travel` holds minutes by need and resource; what is missing cannot get there. `previous` are the pairs of the
    plan before, as need by resource."""

    needs: tuple[Need, ...]
    candidates: tuple[Candidate, ...]
    travel: Mapping[str, Mapping[str, int]]
    cover: tuple[CoverGroup, ...] = ()
    locks: tuple[Lock, ...] = ()
    previous: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which need each resource serves. `gaps` holds per rank (and COST) how far the best bound lies from what was
    found, as a share of it; empty when every stage was solved to the end."""

    serves: Mapping[str, str]
    seconds: float
    gaps: Mapping[str, float] = field(default_factory=dict)
    timed_out: bool = False
    repaired: int = 0
