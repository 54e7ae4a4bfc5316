"""The solver against brute force, against the greedy plan, and against what must never happen."""

from __future__ import annotations

import os
from dataclasses import replace
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings

from geodata.model.allocation import RANKS, CoverGroup, Lock, Problem, Rank
from service.priority import solving
from service.priority.fitting import Board
from service.priority.greedy import greedy, uninvert
from service.priority.solving import solve
from tests.service.priority.cases import best, candidate, need, possible, problem, small, town

PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
quick = settings(max_examples=1500 if PROVE else 60, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(small())
def test_no_plan_of_all_that_are_possible_is_better(case: Problem) -> None:
    plan, board = solve(case), Board(case)
    assert plan.gaps == {}
    assert dict(plan.serves) in list(possible(case, board))
    assert board.score(plan.serves) == best(case)


@quick
@given(small(most_needs=6, most_resources=9))
def test_no_lower_rank_keeps_what_a_higher_one_could_have(case: Problem) -> None:
    assert inverted(case, dict(solve(case).serves)) == []


def inverted(case: Problem, serves: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs of a need with an empty place and a resource that could fill it but is idle or serves a lower rank."""
    board = Board(case)
    leaving = board.leaving(serves)
    found = []
    for n in case.needs:
        if list(serves.values()).count(n.id) >= n.quantity:
            continue
        for r in board.by_need.get(n.id, ()):
            busy = serves.get(r)
            idle = busy is None and board.covered(r, leaving)
            lower = busy is not None and RANKS.index(board.needs[busy].rank) > RANKS.index(n.rank)
            if idle or lower:
                found.append((n.id, r))
    return found


@pytest.mark.parametrize("seed", range(40 if PROVE else 4))
def test_the_greedy_plan_is_never_better(seed: int) -> None:
    case = town(seed, 12, 40)
    board = Board(case)
    plan = solve(case)
    assert board.score(plan.serves) >= board.score(greedy(board))
    assert inverted(case, dict(plan.serves)) == []


def test_the_same_problem_gives_the_same_plan() -> None:
    case = town(7, 20, 60)
    assert solve(case).serves == solve(case).serves


def test_a_plan_stopped_at_once_is_sound_and_says_that_it_was_stopped() -> None:
    case = town(3, 30, 90)
    plan, board = solve(case, limit=0.0), Board(case)
    assert plan.timed_out and plan.gaps["LIFE_SAVING"] == 1.0
    assert inverted(case, dict(plan.serves)) == []
    assert board.score(plan.serves) >= board.score(greedy(board))


@quick
@given(small(most_needs=6, most_resources=9))
def test_a_plan_of_chance_is_put_right(case: Problem) -> None:
    board = Board(case)
    serves = dict(board.fixed)
    leaving = board.leaving(serves)
    for n in reversed(case.needs):
        for r in board.by_need.get(n.id, ()):
            if r not in serves and board.covered(r, leaving) and list(serves.values()).count(n.id) < n.quantity:
                serves[r] = n.id
                leaving = board.leaving(serves)
    uninvert(board, serves)
    assert inverted(case, serves) == []


def test_life_comes_first_though_it_costs_every_other_need() -> None:
    needs = [need("life", rank=Rank.LIFE_SAVING, quantity=2), need("rich", rank=Rank.P1, people=500, critical=True)]
    case = problem(needs, [candidate("a"), candidate("b")], [[150, 150], [3, 3]])
    assert set(solve(case).serves.values()) == {"life"}


def test_people_at_risk_decide_within_a_rank() -> None:
    case = problem([need("few", people=2), need("many", people=60)], [candidate("a")], [[5], [25]])
    assert solve(case).serves == {"a": "many"}


def test_two_places_get_one_each_before_one_gets_two() -> None:
    needs = [need("a", quantity=2, people=30), need("b", quantity=2, people=20)]
    case = problem(needs, [candidate("x"), candidate("y")], [[10, 10], [10, 10]])
    assert sorted(solve(case).serves.values()) == ["a", "b"]


def test_who_is_helped_already_waits_for_who_is_not() -> None:
    needs = [need("helped", people=30, helped=2), need("alone", people=20)]
    assert solve(problem(needs, [candidate("x")], [[10], [10]])).serves == {"x": "alone"}


def test_basic_cover_stays_unless_it_is_waived() -> None:
    cover = CoverGroup("05382056", "PUMPEN", 1, frozenset({"x"}))
    case = problem([need(rank=Rank.LIFE_SAVING)], [candidate("x")], [[5]], cover=(cover,))
    assert solve(case).serves == {}
    assert solve(replace(case, cover=(replace(cover, waived=True),))).serves == {"x": "n0"}


def test_whoever_can_do_more_is_kept_free() -> None:
    needs = [need("pump", "PUMPEN"), need("boat", "BOOT", quantity=1, latest=1)]
    there = [candidate("both", "PUMPEN", "BOOT"), candidate("one", "PUMPEN")]
    assert solve(problem(needs, there, [[10, 11], [50, 50]])).serves == {"one": "pump"}


def test_a_lock_holds_whatever_it_costs() -> None:
    needs = [need("life", rank=Rank.LIFE_SAVING), need("later", rank=Rank.P4)]
    case = problem(needs, [candidate("a")], [[5], [5]])
    assert solve(case).serves == {"a": "life"}
    assert solve(replace(case, locks=(Lock("a", "later", True),))).serves == {"a": "later"}
    assert solve(replace(case, locks=(Lock("a", "life", False),))).serves == {"a": "later"}
    assert solve(replace(case, locks=(Lock("a", None, False),))).serves == {}


def test_a_new_plan_changes_no_more_than_it_gains() -> None:
    needs, there = [need("a"), need("b")], [candidate("x"), candidate("y")]
    before = problem(needs, there, [[10, 12], [12, 10]])
    plan = solve(before)
    assert plan.serves == {"x": "a", "y": "b"}
    nearer = problem(needs, there, [[14, 10], [10, 14]])
    assert solve(nearer).serves == {"x": "b", "y": "a"}
    assert solve(replace(nearer, previous=plan.serves)).serves == plan.serves
    far = problem(needs, there, [[53, 2], [2, 53]], previous=plan.serves)
    assert solve(far).serves == {"x": "b", "y": "a"}


@pytest.mark.parametrize("seed", range(30 if PROVE else 3))
def test_with_the_plan_before_in_view_fewer_lines_change(seed: int) -> None:
    """A need more and a third of the ways slower or faster by some minutes, as after ten minutes of an operation."""
    before = town(seed, 15, 50)
    plan = solve(before)
    shaken = {
        n: {r: max(1, m + (crc32(f"{n} {r}".encode()) % 9 - 4 if int(r[1:]) % 3 == 0 else 0)) for r, m in row.items()}
        for n, row in before.travel.items()
    }
    now = replace(before, travel=shaken)
    calm, fresh = solve(replace(now, previous=plan.serves)), solve(now)
    assert changes(plan.serves, calm.serves) <= changes(plan.serves, fresh.serves)


def changes(before: object, after: object) -> int:
    assert isinstance(before, dict) and isinstance(after, dict)
    return sum(before.get(r) != after.get(r) for r in before.keys() | after.keys())


def test_an_empty_problem_has_an_empty_plan() -> None:
    assert solve(Problem((), (), {})).serves == {}
    assert solve(problem([need()], [candidate("a", "BOOT")], [[5]])).serves == {}


def test_progress_is_told_stage_by_stage() -> None:
    told: list[tuple[int, int]] = []
    solve(town(1, 6, 12), progress=lambda at, of: told.append((at, of)))
    assert [at for at, _ in told] == list(range(told[0][1]))
    assert solving.LIMIT > 1
