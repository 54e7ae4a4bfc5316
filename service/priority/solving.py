"""The plan: HiGHS solves one stage per rank, then one for the cost; what a stage reached no later one may lose.

docs/adr/0006 says why these stages instead of one sum of weights, and why HiGHS.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from geodata.model.allocation import RANKS, Plan, Problem, Rank
from service.priority import objective
from service.priority.fitting import Board, Pair
from service.priority.greedy import greedy, uninvert

Vector = NDArray[np.float64]
LIMIT = 20.0
"""Seconds."""


@dataclass(frozen=True)
class Model:
    """Columns: one per possible pair, then one per unit of each need. `rows` are `low <= A x <= high`."""

    pairs: list[Pair]
    units: list[tuple[str, int]]
    rows: csr_array
    low: Vector
    high: Vector
    gains: dict[Rank, Vector]
    costs: Vector


def solve(problem: Problem, *, limit: float = LIMIT, progress: Callable[[int, int], None] | None = None) -> Plan:
    """The best plan, or the best found within `limit` seconds with its gaps. The same problem gives the same plan."""
    began = time.monotonic()
    board = Board(problem)
    model = _model(board)
    start = greedy(board)
    if not model.pairs:
        return Plan(start, time.monotonic() - began)
    stages: list[tuple[str, Vector]] = [(rank.value, -gain) for rank, gain in model.gains.items()]
    stages.append(("COST", model.costs))
    found = _columns(model, start, board)
    floors: list[tuple[Vector, float]] = []
    gaps: dict[str, float] = {}
    for number, (name, weights) in enumerate(stages):
        if progress:
            progress(number, len(stages))
        left = limit - (time.monotonic() - began)
        better, gap = _stage(model, weights, floors, max(left, 0.01)) if left > 0 else (None, 1.0)
        if better is not None and (gap == 0 or _improves(weights, better, found, floors)):
            found = better
        if gap > 0:
            gaps[name] = round(gap, 6)
        floors.append((weights, float(weights @ found)))
    serves = dict(board.fixed) | {
        model.pairs[i][1]: model.pairs[i][0] for i in np.flatnonzero(found[: len(model.pairs)])
    }
    repaired = uninvert(board, serves) if gaps else 0
    if gaps and board.score(serves) < board.score(start):
        serves = start
    return Plan(dict(sorted(serves.items())), time.monotonic() - began, gaps, bool(gaps), repaired)


def _stage(
    model: Model, weights: Vector, floors: list[tuple[Vector, float]], limit: float
) -> tuple[Vector | None, float]:
    """The columns that make `weights @ x` least while earlier stages keep what they reached, and the gap."""
    constraints = [LinearConstraint(model.rows, model.low, model.high)]
    if floors:
        reached = csr_array(np.array([floor for floor, _ in floors]))
        constraints.append(LinearConstraint(reached, -np.inf, np.array([value for _, value in floors]) + 0.5))
    result = milp(
        weights,
        integrality=np.ones(len(weights)),
        bounds=Bounds(0, 1),
        constraints=constraints,
        options={"time_limit": limit, "mip_rel_gap": 0.0},
    )
    if result.x is None:
        return None, 1.0
    return np.round(result.x), 0.0 if result.status == 0 else float(result.mip_gap or 0.0) or 1e-6


def _improves(weights: Vector, better: Vector, found: Vector, floors: list[tuple[Vector, float]]) -> bool:
    keeps = all(float(floor @ better) <= value + 0.5 for floor, value in floors)
    return keeps and float(weights @ better) <= float(weights @ found)


def _model(board: Board) -> Model:
    pairs = board.pairs
    column = {pair: i for i, pair in enumerate(pairs)}
    fixed = {need: list(board.fixed.values()).count(need) for need in board.needs}
    units = [(need.id, unit) for need in board.problem.needs for unit in range(fixed[need.id], need.quantity)]
    size = len(pairs) + len(units)
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    low: list[float] = []
    high: list[float] = []

    def row(entries: list[tuple[int, float]], least: float, most: float) -> None:
        for at, value in entries:
            rows.append(len(low))
            columns.append(at)
            values.append(value)
        low.append(least)
        high.append(most)

    for resource, needs in board.by_resource.items():
        row([(column[need, resource], 1.0) for need in needs], 0, 1)
    for need, resources in board.by_need.items():
        asked = [(len(pairs) + i, -1.0) for i, (of, _) in enumerate(units) if of == need]
        row([(column[need, resource], 1.0) for resource in resources] + asked, 0, 0)
    for at, (need, _) in enumerate(units):
        if need not in board.by_need:
            row([(len(pairs) + at, 1.0)], 0, 0)
    for group in board.problem.cover:
        members = [] if group.waived else sorted(member for member in group.members if member in board.by_resource)
        if members:
            entries = [(column[need, member], 1.0) for member in members for need in board.by_resource[member]]
            row(entries, 0, board.spare(group))
    gains = {rank: np.zeros(size) for rank in RANKS if any(need.rank is rank for need in board.problem.needs)}
    costs = np.zeros(size)
    for i, (need, resource) in enumerate(pairs):
        gains[board.needs[need].rank][i] = -board.delay(need, resource)
        costs[i] = board.cost(need, resource)
    for i, (need, unit) in enumerate(units):
        gains[board.needs[need].rank][len(pairs) + i] = objective.units(board.needs[need])[unit]
    matrix = csr_array((values, (rows, columns)), shape=(len(low), size))
    return Model(pairs, units, matrix, np.array(low), np.array(high), gains, costs)


def _columns(model: Model, serves: dict[str, str], board: Board) -> Vector:
    """A plan as columns."""
    found = np.zeros(len(model.pairs) + len(model.units))
    counts = {need: 0 for need in board.needs}
    for i, (need, resource) in enumerate(model.pairs):
        if serves.get(resource) == need:
            found[i] = 1
            counts[need] += 1
    for i, (need, _) in enumerate(model.units):
        if counts[need] > 0:
            found[len(model.pairs) + i] = 1
            counts[need] -= 1
    return found
