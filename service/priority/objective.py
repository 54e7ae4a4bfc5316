"""What a plan is worth. docs/priority.md gives the reason of each weight.

A plan's score is one whole number per rank, highest rank first, then the negated cost; scores compare like tuples, so
nothing of a lower rank ever outweighs anything of a higher one. Whole numbers keep equal plans equal.
"""

from __future__ import annotations

from functools import lru_cache

from geodata.model.allocation import RANKS, Candidate, Need, Rank

BASE = 100
PER_PERSON = 4
MOST_PEOPLE = 500
CRITICAL = 200
"""Infrastructure on which others depend counts like 50 people."""
HARM_SOON, HARM_SOON_WITHIN = 200, 60
HARM_LATER, HARM_LATER_WITHIN = 100, 180
FINE = 10
"""Weights are multiplied by this so that the share for a delay is a whole number."""

BAND = 30
"""Minutes of travel that count as the same while a rank is served; the last stage looks at single minutes."""
MOST_BANDS = 5
PER_BAND = 10
"""Each band takes off a tenth of what the need's least unit is worth: late help stays better than none."""

FACTOR = {Rank.LIFE_SAVING: 16, Rank.P1: 8, Rank.P2: 4, Rank.P3: 2, Rank.P4: 1}
"""What a minute costs in the last stage."""
SHORT = 30
"""Minutes that it costs when a resource could stay for nothing of the time wanted; in proportion otherwise."""
VERSATILE = 2
"""Minutes per further capability that somebody else asks for: who can do more is kept free."""
CHANGE = 20
"""So many minutes nearer counts whoever the plan before sent there already: a change must be worth it."""

Score = tuple[int, ...]
SIZE = len(RANKS) + 1


def harm(need: Need) -> int:
    """What is at stake at this place, whatever its rank."""
    stake = BASE + PER_PERSON * min(need.people, MOST_PEOPLE) + (CRITICAL if need.critical else 0)
    if need.harm is not None:
        stake += HARM_SOON if need.harm <= HARM_SOON_WITHIN else HARM_LATER if need.harm <= HARM_LATER_WITHIN else 0
    return stake


@lru_cache(maxsize=4096)
def units(need: Need) -> tuple[int, ...]:
    """What the first, second … resource is worth. Who is helped already counts first: the n-th is worth 1/n."""
    stake = FINE * harm(need)
    return tuple(max(FINE, stake // (1 + need.helped + unit)) for unit in range(need.quantity))


def delay(need: Need, minutes: int, *, kept: bool) -> int:
    """What a travel time takes off the need's worth; never as much as a resource adds."""
    counted = max(0, minutes - CHANGE) if kept else minutes
    return min(MOST_BANDS, counted // BAND) * (units(need)[-1] // PER_BAND)


def effect(need: Need, candidate: Candidate, minutes: int) -> float:
    """Share of the wanted time that the resource can work there, 0 to 1."""
    if candidate.endurance is None or need.latest is None:
        return 1.0
    wanted = max(need.latest - minutes, need.work, 1)
    return max(0.0, min(1.0, (candidate.endurance - minutes) / wanted))


def cost(need: Need, candidate: Candidate, minutes: int, asked: frozenset[str], *, kept: bool) -> int:
    """Of this pair in the last stage: travel, what it falls short of, versatility, less what keeping it saves."""
    shortfall = round(SHORT * (1 - effect(need, candidate, minutes)))
    versatile = VERSATILE * len((candidate.capabilities & asked) - {need.capability})
    return FACTOR[need.rank] * (minutes + shortfall + versatile - (CHANGE if kept else 0))


def worth(need: Need, count: int, delays: int) -> int:
    """Of so many resources at this need whose delays add up to that."""
    return sum(units(need)[:count]) - delays


def scored(rank: Rank, gain: int, spent: int) -> Score:
    """A score with this gain at this rank and that cost."""
    parts = [0] * SIZE
    parts[RANKS.index(rank)] = gain
    parts[-1] = -spent
    return tuple(parts)


def plus(first: Score, *others: Score) -> Score:
    total = list(first)
    for score in others:
        for at, value in enumerate(score):
            total[at] += value
    return tuple(total)


NOTHING: Score = (0,) * SIZE
