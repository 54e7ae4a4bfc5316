"""The process that computes: a question comes on its input, progress and the answer go out as lines of JSON.

`python -m service.priority.worker`. A process of its own: solving holds no other request up, and it can be stopped.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import orjson

from geodata.land.network import load
from geodata.land.travelling import Travels
from geodata.model.allocation import Lock, Need, Problem
from geodata.model.body import from_body, to_body
from geodata.model.proposal import Changes
from geodata.model.resource import Fleet
from service.priority.explaining import explain
from service.priority.fitting import Board
from service.priority.greedy import greedy
from service.priority.inputs import Seen, Wishes, digest, problem_of, rows_of
from service.priority.solving import LIMIT, solve


class Question(msgspec.Struct):
    """Texts are JSON as the database gave it. `network` is the file of the roads, `blocked` the ids of closed ones."""

    incident: str
    now: datetime
    resources: str
    mine: str
    positions: str
    fleets: list[dict[str, Any]]
    organisations: list[str]
    needs: list[Need]
    locks: list[Lock]
    confirmed: list[str]
    previous: dict[str, str]
    network: str | None = None
    blocked: list[int] = []
    limit: float = LIMIT


def answer(question: Question) -> dict[str, Any]:
    """The fields of the proposal that this finds out."""
    rows = rows_of(question.resources)
    fleets = [from_body({k: v for k, v in body.items() if k != "version"}, Fleet) for body in question.fleets]
    seen = Seen(
        question.incident, question.now, rows, frozenset(orjson.loads(question.mine)),
        orjson.loads(question.positions), fleets, frozenset(question.organisations),
    )  # fmt: skip
    wishes = Wishes(tuple(question.needs), tuple(question.locks), frozenset(question.confirmed), question.previous)
    network = load(Path(question.network)) if question.network else None
    travels = Travels(network, np.array(sorted(question.blocked), dtype=np.int64))
    problem, refused = problem_of(seen, wishes, travels)
    plan = solve(problem, limit=question.limit, progress=_progress)
    board = Board(problem)
    lines = explain(board, plan.serves)
    return {
        "seconds": round(plan.seconds, 3),
        "needs": to_body(problem.needs),
        "lines": to_body(lines),
        "locks": to_body(problem.locks),
        "refused": to_body(refused),
        "gaps": dict(plan.gaps) or None,
        "repaired": plan.repaired,
        "score": list(board.score(plan.serves)),
        "greedy": list(board.score(greedy(board))),
        "changes": to_body(changes(problem, dict(plan.serves))) if question.previous else None,
        "method": travels.method,
        "resources": {c.id: digest(rows[c.id].body) for c in problem.candidates},
    }


def changes(problem: Problem, serves: dict[str, str]) -> Changes:
    before = problem.previous
    return Changes(
        kept=sum(serves.get(r) == need for r, need in before.items()),
        moved=sum(r in serves and serves[r] != need for r, need in before.items()),
        dropped=sum(r not in serves for r in before),
        added=sum(r not in before for r in serves),
    )


def _progress(stage: int, stages: int) -> None:
    _say({"stage": stage, "stages": stages})


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def main() -> None:
    _say({"done": answer(msgspec.json.decode(sys.stdin.buffer.read(), type=Question))})


if __name__ == "__main__":
    main()
