"""60 needs x 300 resources: seconds to the proven best plan, its worth against the greedy plan, and re-planning.

    python -m tests.bench.priority [--needs 60] [--resources 300] [--seeds 3]

Gates: each plan with its reasons in under 5 s, never worse than greedy, no rank inverted, no more changes when
the plan before is in view. The ratio is that of the first rank at which the two plans differ.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import replace

from geodata.model.allocation import Problem
from service.priority.explaining import explain
from service.priority.fitting import Board
from service.priority.greedy import greedy
from service.priority.solving import solve
from tests.service.priority.cases import town
from tests.service.priority.test_explaining import complete
from tests.service.priority.test_solving import changes, inverted

GATE = 5.0


def shaken(case: Problem, seed: int) -> Problem:
    """A fifth of the ways change by up to 10 minutes, one need more urgent: a later look at the same day."""
    rnd = random.Random(seed)
    travel = {
        n: {r: max(1, m + rnd.randint(-10, 10)) if rnd.random() < 0.2 else m for r, m in row.items()}
        for n, row in case.travel.items()
    }
    return replace(case, travel=travel)


def run(name: str, case: Problem, seed: int) -> bool:
    board = Board(case)
    base = greedy(board)
    plan = solve(case)
    began = time.monotonic()
    lines = explain(board, plan.serves)
    explained = time.monotonic() - began
    complete(case, lines)
    ours, theirs = board.score(plan.serves), board.score(base)
    name_of = ("LIFE_SAVING", "P1", "P2", "P3", "P4", "minutes")
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b), None)
    ratio = (
        "as good as greedy" if at is None else f"x{abs(ours[at] / (theirs[at] or 1)):.3f} of greedy at {name_of[at]}"
    )
    later = shaken(case, seed)
    fresh, calm = solve(later), solve(replace(later, previous=plan.serves))
    moved, least = changes(plan.serves, fresh.serves), changes(plan.serves, calm.serves)
    total = plan.seconds + explained
    good = (
        total < GATE and not plan.gaps and ours >= theirs and not inverted(case, dict(plan.serves)) and least <= moved
    )
    print(
        f"{name:>14}: {len(board.pairs):5} pairs, solved {plan.seconds:.2f} s + {len(lines)} lines explained "
        f"{explained:.2f} s (gate {GATE:.0f} s); {ratio}; "
        f"re-plan changes {least} resources instead of {moved} ({'ok' if good else 'MISSED'})",
        flush=True,
    )
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--needs", type=int, default=60)
    parser.add_argument("--resources", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    good = True
    for seed in range(given.seeds):
        good &= run(f"day {seed}", town(seed, given.needs, given.resources), seed)
        good &= run(f"scarce day {seed}", town(seed, given.needs, given.resources // 3), seed)
    good &= run("all can do all", town(99, given.needs, given.resources, dense=True), 99)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
