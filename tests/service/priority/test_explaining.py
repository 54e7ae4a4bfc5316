"""Every line says why, and what it says is true when it is tried."""

from __future__ import annotations

import os
from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from geodata.model.allocation import RANKS, Block, CoverGroup, Problem, Rank
from geodata.model.proposal import Exchange, Line
from service.priority.exchanges import Exchanges
from service.priority.explaining import explain
from service.priority.fitting import Board
from service.priority.objective import NOTHING, plus
from service.priority.solving import solve
from tests.service.priority.cases import candidate, need, problem, small, town

PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
quick = settings(max_examples=1000 if PROVE else 40, deadline=None, suppress_health_check=list(HealthCheck))


def lines_of(case: Problem) -> tuple[Line, ...]:
    return explain(Board(case), solve(case).serves)


def complete(case: Problem, lines: tuple[Line, ...]) -> None:
    """Raises AssertionError if a line lacks its reason."""
    board, serves = Board(case), {line.resource: line.need for line in lines if line.resource}
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    for n in case.needs:
        assert sum(line.need == n.id for line in lines) >= n.quantity
    for line in lines:
        if line.resource is None:
            capable = [c for c in case.candidates if board.needs[line.need].capability in c.capabilities]
            others = [c for c in capable if serves.get(c.id) != line.need]
            assert sum(h.count for h in line.hindrances) == len(others)
            assert line.hindrances
        elif not line.fixed:
            assert line.rival is not None or line.hindrances
            others = [board.needs[n] for n in board.by_resource[line.resource] if n != line.need]
            crews = {n.id: [r for r, served in serves.items() if served == n.id] for n in others}
            possible = [n for n in others if len(crews[n.id]) < n.quantity or set(crews[n.id]) - set(board.fixed)]
            assert (line.elsewhere is not None) == bool(possible)
            for beaten in (line.rival, line.elsewhere):
                assert beaten is None or (beaten.by > 0) == (beaten.decides != "TIE")


@quick
@given(small(most_needs=4, most_resources=7))
def test_every_line_has_its_reason(case: Problem) -> None:
    complete(case, lines_of(case))


def test_every_line_of_a_large_plan_has_its_reason() -> None:
    case = town(5, 30, 100)
    complete(case, lines_of(case))


@quick
@given(small(most_needs=4, most_resources=7))
def test_each_difference_is_what_a_new_count_of_the_whole_plan_gives(case: Problem) -> None:
    board, serves = Board(case), dict(solve(case).serves)
    exchanges, before = Exchanges(board, serves), board.score(serves)
    for resource, here in serves.items():
        if resource in board.fixed:
            continue
        for move in exchanges.rivals(here, resource):
            after = {r: n for r, n in serves.items() if r != resource} | {move.resource: here}
            if move.how is Exchange.SWAP:
                after[resource] = move.need
            if move.other:
                after[move.other] = move.need
            assert board.score(after) == plus(before, move.change)
            assert move.change <= NOTHING
        for move in exchanges.uses(here, resource):
            after = {**serves, resource: move.need}
            if move.how is Exchange.SWAP:
                after[move.resource] = here
            if move.how is Exchange.REFILLED:
                after[move.other] = here
            if move.how is not Exchange.ROBBED:
                assert board.score(after) == plus(before, move.change)
            assert move.change <= NOTHING


@quick
@given(small(most_needs=3, most_resources=5, locks=False))
def test_what_is_said_to_change_a_line_does_change_the_plan(case: Problem) -> None:
    for line in lines_of(case):
        for flip in line.flips:
            assert line.resource is not None
            if flip.what == "TRAVEL":
                row = {
                    **case.travel[line.need],
                    line.resource: case.travel[line.need][line.resource] + (flip.value or 0),
                }
                changed = replace(case, travel={**case.travel, line.need: row})
            else:
                other = {"people": flip.value} if flip.what == "PEOPLE" else {"rank": Rank(flip.rank or "")}
                needs = tuple(replace(n, **other) if n.id == flip.need else n for n in case.needs)  # type: ignore[arg-type]
                changed = replace(case, needs=needs)
            board, plan = Board(changed), solve(changed)
            still = dict(solve(case).serves)
            possible = board.fits(
                board.needs[line.need], board.candidates[line.resource], board.minutes(line.need, line.resource)
            )
            assert not possible or board.score(plan.serves) > board.score(still)


def test_a_minute_less_than_what_is_said_changes_nothing() -> None:
    case = problem([need()], [candidate("a"), candidate("b")], [[10, 16]])
    line = lines_of(case)[0]
    assert (line.resource, line.rival and line.rival.resource, line.flips[0].value) == ("a", "b", 7)
    for more, serves in ((6, "a"), (7, "b")):
        row = {"n0": {"a": 10 + more, "b": 16}}
        assert solve(replace(case, travel=row)).serves == {serves: "n0"}


def test_the_line_says_with_what_it_beats_the_next_best() -> None:
    case = problem([need(rank=Rank.P1)], [candidate("a"), candidate("b")], [[10, 45]])
    rival = lines_of(case)[0].rival
    assert rival is not None
    assert (rival.how, rival.resource, rival.decides, rival.minutes) == (Exchange.IDLE, "b", "P1", 45)
    assert rival.by == 100


def test_the_line_says_which_need_goes_without() -> None:
    case = problem([need("life", rank=Rank.LIFE_SAVING), need("barn", rank=Rank.P3)], [candidate("a")], [[20], [5]])
    served, empty = lines_of(case)
    assert served.elsewhere is not None
    assert (served.elsewhere.need, served.elsewhere.how, served.elsewhere.decides) == ("barn", "OPEN", "LIFE_SAVING")
    assert [(f.need, f.rank) for f in served.flips if f.what == "RANK"] == [("barn", "LIFE_SAVING")]
    assert (empty.need, empty.hindrances[0].code, empty.hindrances[0].need) == ("barn", Block.BETTER, "life")


def test_an_empty_place_says_why_for_each_capable_resource() -> None:
    asked = need(latest=60, work=120)
    there = [
        candidate("late"), candidate("tired", endurance=100), candidate("bound", blocked=Block.NOT_FREE),
        candidate("home", ars="A"), candidate("unable", "BOOT"), candidate("theirs", blocked=Block.NOT_YOURS),
    ]  # fmt: skip
    cover = (CoverGroup("A", "PUMPEN", 1, frozenset({"home"})),)
    (line,) = lines_of(problem([asked], there, [[90, 10, 5, 5, 5, 5]], cover=cover))
    said = {str(h.code): (h.resource, h.needed, h.there, h.ars) for h in line.hindrances}
    assert said == {
        "WINDOW": ("late", 90, 60, None),
        "ENDURANCE": ("tired", 130, 100, None),
        "NOT_FREE": ("bound", None, None, None),
        "COVER": ("home", None, None, "A"),
        "NOT_YOURS": (None, None, None, None),
    }
    (nobody,) = lines_of(problem([need()], [candidate("x", "BOOT")], [[5]]))
    assert [h.code for h in nobody.hindrances] == ["NONE_CAPABLE"]


def test_ranks_are_named_as_the_lines_name_them() -> None:
    assert [rank.value for rank in RANKS] == ["LIFE_SAVING", "P1", "P2", "P3", "P4"]
