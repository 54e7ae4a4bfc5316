"""The states of an order, and when it is overdue: by the same cases as in the browser."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from geodata.model.body import from_body
from geodata.model.states import BadMove
from geodata.model.task import ANSWERS, TASK, WAITED_FOR, Task, TaskState

CONTRACT = json.loads((Path(__file__).parents[2] / "contracts" / "overdue.json").read_text())
BODY = {
    "incident": "i", "staff": "s", "number": 1, "title": "t", "state": "ISSUED",
    "issuer": {"function": "S3", "person": "p"}, "receiver": {"staff": "s"},
}  # fmt: skip


@pytest.mark.parametrize("case", CONTRACT["cases"], ids=lambda c: f"{c['state']}-{c.get('due_at')}")
def test_an_order_is_overdue_by_the_rule_that_the_browser_has_too(case: dict[str, Any]) -> None:
    given = {name: case[name] for name in ("state", "due_at") if name in case}
    task = from_body({**BODY, **given}, Task)
    assert task.overdue(datetime.fromisoformat(CONTRACT["now"])) is case["overdue"]


def test_the_cases_name_every_state() -> None:
    assert {case["state"] for case in CONTRACT["cases"]} == set(TaskState)


def test_an_order_ends_controlled_or_cancelled() -> None:
    assert TASK.ends() == [TaskState.CONTROLLED, TaskState.CANCELLED]
    with pytest.raises(BadMove, match="from DRAFT to CONTROLLED; from there it goes to ISSUED, CANCELLED"):
        TASK.move(TaskState.DRAFT, TaskState.CONTROLLED)


def test_where_a_due_time_runs_the_receiver_has_something_to_answer() -> None:
    for state in WAITED_FOR:
        assert set(TASK.moves[state]) & ANSWERS
