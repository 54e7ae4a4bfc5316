"""Made-up needs and resources, small ones for brute force and large ones for benches."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from hypothesis import strategies as st

from geodata.model.allocation import Block, Candidate, CoverGroup, Lock, Need, Problem, Rank
from service.priority.fitting import Board
from service.priority.objective import Score

CAPABILITIES = ("BRAND", "TECHNISCHE_HILFE", "PUMPEN", "BOOT", "RETTUNGSDIENST", "SANDSACK", "STROM", "RAEUMEN")


def need(id: str = "n0", capability: str = "PUMPEN", rank: Rank = Rank.P2, **given: object) -> Need:
    return Need(id, f"Need {id}", (7.0, 51.0), capability, rank, **given)  # type: ignore[arg-type]


def candidate(id: str = "r0", *capabilities: str, **given: object) -> Candidate:
    return Candidate(id, f"Resource {id}", "town", frozenset(capabilities or ("PUMPEN",)), **given)  # type: ignore[arg-type]


def problem(needs: list[Need], candidates: list[Candidate], travel: list[list[int]], **given: object) -> Problem:
    """`travel` has a row per need."""
    table = {
        n.id: {c.id: m for c, m in zip(candidates, row, strict=True)} for n, row in zip(needs, travel, strict=True)
    }
    return Problem(tuple(needs), tuple(candidates), table, **given)  # type: ignore[arg-type]


def town(seed: int, needs: int, resources: int, *, dense: bool = False) -> Problem:
    """A bad day in a district. `dense`: everybody can do nearly everything, which is hardest to solve."""
    rnd = random.Random(seed)
    asked = [
        need(
            f"n{i:03}", rnd.choice(CAPABILITIES), rnd.choice(list(Rank)), quantity=rnd.randint(1, 4),
            people=rnd.choice((0, 0, 3, 20, 100)), critical=rnd.random() < 0.2,
            latest=rnd.choice((None, 60, 120, 240)), harm=rnd.choice((None, 45, 120)),
        )
        for i in range(needs)
    ]  # fmt: skip
    able = (6, 8) if dense else (1, 3)
    there = [
        candidate(
            f"r{j:03}", *rnd.sample(CAPABILITIES, rnd.randint(*able)), ars=str(1000 + j % 20),
            endurance=None if dense else rnd.choice((None, 120, 240, 480)),
            blocked=rnd.choice((None,) * 6 + (Block.NOT_FREE,)),
        )
        for j in range(resources)
    ]  # fmt: skip
    travel = [[rnd.randint(3, 150) for _ in there] for _ in asked]
    return problem(asked, there, travel, cover=tuple(_cover(there)))


def _cover(there: list[Candidate]) -> Iterator[CoverGroup]:
    for ars in sorted({c.ars or "" for c in there}):
        for capability in CAPABILITIES[:3]:
            members = [c.id for c in there if c.ars == ars and capability in c.capabilities and c.blocked is None]
            if members:
                yield CoverGroup(ars, capability, 1, frozenset(members))


@st.composite
def small(draw: st.DrawFn, *, most_needs: int = 3, most_resources: int = 5, locks: bool = True) -> Problem:
    """A problem that can be tried out in full."""
    abilities = st.sets(st.sampled_from(CAPABILITIES[:2]), min_size=1).map(sorted)
    needs = [
        need(
            f"n{i}", draw(st.sampled_from(CAPABILITIES[:2])), draw(st.sampled_from(list(Rank))),
            quantity=draw(st.integers(1, 2)), people=draw(st.sampled_from((0, 2, 40))), critical=draw(st.booleans()),
            latest=draw(st.sampled_from((None, 60, 200))), harm=draw(st.sampled_from((None, 30, 120))),
            helped=draw(st.integers(0, 1)), earliest=draw(st.sampled_from((0, 0, 90))),
        )
        for i in range(draw(st.integers(1, most_needs)))
    ]  # fmt: skip
    there = [
        candidate(
            f"r{j}", *draw(abilities), ars=draw(st.sampled_from(("A", "B"))),
            endurance=draw(st.sampled_from((None, None, 100, 300))),
            blocked=draw(st.sampled_from((None, None, None, Block.NOT_FREE))),
        )
        for j in range(draw(st.integers(1, most_resources)))
    ]  # fmt: skip
    travel = [[draw(st.integers(1, 100)) for _ in there] for _ in needs]
    cover = tuple(
        CoverGroup(ars, CAPABILITIES[0], draw(st.integers(1, 2)), frozenset(members), waived=draw(st.booleans()))
        for ars in ("A", "B")
        if (members := [c.id for c in there if c.ars == ars and CAPABILITIES[0] in c.capabilities and not c.blocked])
    )
    previous = {c.id: draw(st.sampled_from(needs)).id for c in there if draw(st.booleans())}
    locked: tuple[Lock, ...] = ()
    if locks and draw(st.booleans()):
        locked = (Lock(draw(st.sampled_from(there)).id, draw(st.sampled_from(needs)).id, draw(st.booleans())),)
    return problem(needs, there, travel, cover=cover, locks=locked, previous=previous)


def possible(given: Problem, board: Board) -> Iterator[dict[str, str]]:
    """Every plan that breaks no constraint, checked by the words of docs/priority.md and not by the code under test."""
    needs = {n.id: n for n in given.needs}
    fixed = {lock.resource: lock.need for lock in given.locks if lock.fixed}
    no = {(lock.need, lock.resource) for lock in given.locks if not lock.fixed}
    choices = [
        [fixed[c.id]] if c.id in fixed else [None, *(n.id for n in given.needs if _may(given, n, c, no))]
        for c in given.candidates
    ]
    for chosen in itertools.product(*choices):
        serves = {c.id: n for c, n in zip(given.candidates, chosen, strict=True) if n is not None}
        free = [r for r in serves if r not in fixed]
        enough = all(
            sum(serves[r] == id for r in free) <= max(0, n.quantity - list(fixed.values()).count(id))
            for id, n in needs.items()
        )
        kept = all(
            g.waived or len(set(free) & g.members) <= max(0, len(g.members - set(fixed)) - g.minimum)
            for g in given.cover
        )
        if enough and kept:
            yield serves


def _may(given: Problem, n: Need, c: Candidate, no: set[tuple[str | None, str]]) -> bool:
    minutes = given.travel[n.id][c.id]
    return (
        n.capability in c.capabilities
        and c.blocked is None
        and (n.id, c.id) not in no
        and (n.latest is None or minutes <= n.latest)
        and (c.endurance is None or c.endurance >= max(minutes, n.earliest) + n.work)
    )


def best(given: Problem) -> Score:
    """Of all plans that are possible."""
    board = Board(given)
    return max(board.score(serves) for serves in possible(given, board))
