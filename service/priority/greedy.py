"""Need by need, the worthiest first, each takes the nearest: what a person with a list would do.

The baseline that the solver is measured against, what is used if it finds nothing in time, and how a plan that was
stopped half-way is put right.
"""

from __future__ import annotations

from geodata.model.allocation import RANKS, Need
from service.priority import objective
from service.priority.fitting import Board, crews_of


def greedy(board: Board) -> dict[str, str]:
    """Need by resource; humans' locks are kept, basic cover too."""
    serves = dict(board.fixed)
    fill(board, serves, sorted(board.problem.needs, key=_order))
    return serves


def fill(board: Board, serves: dict[str, str], needs: list[Need]) -> None:
    """Give each need in turn the nearest idle resources until it has enough."""
    leaving = board.leaving(serves)
    for need in needs:
        missing = need.quantity - sum(1 for served in serves.values() if served == need.id)
        nearest = sorted(board.by_need.get(need.id, ()), key=lambda r: (board.cost(need.id, r), r))
        for resource in nearest:
            if missing <= 0:
                break
            if resource not in serves and board.covered(resource, leaving):
                serves[resource] = need.id
                leaving = board.leaving(serves)
                missing -= 1


def uninvert(board: Board, serves: dict[str, str]) -> int:
    """Lift resources to unmet needs of a higher rank until no lower one keeps what a higher one could have.

    How many were lifted. An optimal plan needs none; one that was stopped half-way may."""
    lifted = 0
    while move := _inverted(board, serves):
        serves[move[1]] = move[0]
        lifted += 1
    fill(board, serves, sorted(board.problem.needs, key=_order))
    return lifted


def _inverted(board: Board, serves: dict[str, str]) -> tuple[str, str] | None:
    crews = crews_of(serves)
    for need in sorted(board.problem.needs, key=_order):
        if len(crews.get(need.id, ())) >= need.quantity:
            continue
        lower = [
            (-RANKS.index(board.needs[serves[r]].rank), board.cost(need.id, r), r)
            for r in board.by_need.get(need.id, ())
            if r in serves and RANKS.index(board.needs[serves[r]].rank) > RANKS.index(need.rank)
        ]
        if lower:
            return need.id, min(lower)[2]
    return None


def _order(need: Need) -> tuple[int, int, str]:
    return RANKS.index(need.rank), -objective.harm(need), need.id
