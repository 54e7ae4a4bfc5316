"""What a human has to know about an alarm, as it is kept and as it was kept before."""

from __future__ import annotations

import pytest

from alerting.model.alarm import Alarm
from alerting.model.problem import Problem, ProblemCode, tells_of
from geodata.model.body import from_body, to_body

BODY = {"title": "Deich", "mode": "ACTUAL", "organisation": "fw", "code": "K7PQ"}
GONE, HELD = "Niemand ist mehr zu rufen. Es fehlen: 2.", "Stufe Erste ist vorbei; die nächste beginnt von Hand."


def test_text_of_before_and_codes_stand_beside_each_other() -> None:
    alarm = from_body({**BODY, "problems": [HELD, {"code": "NOBODY_LEFT", "missing": {"": 2, "ZF": 1}}]}, Alarm)
    assert alarm.problems == (HELD, Problem(ProblemCode.NOBODY_LEFT, missing={"": 2, "ZF": 1}))
    assert to_body(alarm)["problems"] == [HELD, {"code": "NOBODY_LEFT", "missing": {"": 2, "ZF": 1}}]


def test_a_code_of_a_newer_node_is_kept() -> None:
    assert from_body({**BODY, "problems": [{"code": "FLOOD_OF_FROGS"}]}, Alarm).problems == (Problem("FLOOD_OF_FROGS"),)


@pytest.mark.parametrize(
    ("problem", "what", "of", "same"),
    [
        (Problem(ProblemCode.STEP_OVER, step="Erste"), ProblemCode.STEP_OVER, "Erste", True),
        (Problem(ProblemCode.STEP_OVER, step="Erste"), ProblemCode.STEP_OVER, "Zweite", False),
        (Problem(ProblemCode.STEP_UNREACHED, step="Erste"), ProblemCode.STEP_OVER, "Erste", False),
        (Problem(ProblemCode.NOBODY_LEFT, missing={"": 1}), ProblemCode.NOBODY_LEFT, None, True),
        (Problem(ProblemCode.PARTNER_DECLINES, whom="THW"), ProblemCode.PARTNER_DECLINES, "THW", True),
        (Problem(ProblemCode.PARTNER_DECLINES, whom="THW"), ProblemCode.PARTNER_DECLINES, "DRK", False),
        ("{T}HW alarmiert nicht: keine Leute", "{T}HW alarmiert nicht", None, True),
        (GONE, ProblemCode.NOBODY_LEFT, None, True),
        (HELD, ProblemCode.STEP_OVER, "Erste", True),
        (HELD, ProblemCode.STEP_OVER, "Zweite", False),
        (HELD, ProblemCode.NOBODY_LEFT, None, False),
        ("THW ist von einem Menschen anzufragen.", ProblemCode.ASK_PARTNER, None, False),
    ],
)
def test_what_is_solved_is_found_in_both(problem: Problem | str, what: str, of: str | None, same: bool) -> None:
    assert tells_of(problem, what, of) is same
