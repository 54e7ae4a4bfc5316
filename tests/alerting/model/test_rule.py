"""Rules: a table of single looks, and what holds for every course of a gauge."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.model.looking import alive, of_points, rehearse
from alerting.model.risk import Evidence, Outcome
from alerting.model.rule import Activity, AlarmRule, RuleKind, Seen, Standing, judge, rises, run_of
from geodata.model.editing import BadEdit

T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONDITIONS = orjson.loads((Path(__file__).parents[2] / "contracts" / "conditions.json").read_bytes())
ABOUT = Evidence("local/reading/x.W")
RULE = AlarmRule("fw", "Pegel", RuleKind.THRESHOLD, station="x", value=100, reset=90, cool_down=0, unknown=None)
OK, ALARM, UNKNOWN = Outcome.OK, Outcome.ALARM, Outcome.UNKNOWN


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("rule", "before", "seen", "minute", "outcome", "raises"),
    [
        (RULE, Standing(), Seen(False), 0, OK, None),
        (RULE, Standing(), Seen(True, T0), 0, ALARM, ALARM),
        (RULE, Standing(), Seen(None), 0, UNKNOWN, None),
        (replace(RULE, minutes=10), Standing(), Seen(True, T0), 9, OK, None),
        (replace(RULE, minutes=10), Standing(), Seen(True, T0), 10, ALARM, ALARM),
        (RULE, Standing(ALARM, T0, True, True, True, T0, episode=1), Seen(True, T0), 5, ALARM, None),
        (RULE, Standing(ALARM, T0, True, True, True, T0, episode=1), Seen(None), 5, UNKNOWN, None),
        (RULE, Standing(UNKNOWN, T0, True, True, True, T0, episode=1), Seen(True, T0), 5, ALARM, None),
        (replace(RULE, cool_down=60), Standing(OK, T0, False, raised_at=T0, episode=1), Seen(True, at(5)), 5, ALARM,
         None),
        (replace(RULE, cool_down=60), Standing(OK, T0, False, raised_at=T0, episode=1), Seen(True, at(5)), 60, ALARM,
         ALARM),
        (replace(RULE, state=Activity.QUIET), Standing(), Seen(True, T0), 0, ALARM, None),
        (replace(RULE, quiet_until=at(30)), Standing(), Seen(True, T0), 29, ALARM, None),
        (replace(RULE, quiet_until=at(30)), Standing(), Seen(True, T0), 30, ALARM, ALARM),
        (replace(RULE, unknown=30), Standing(UNKNOWN, T0), Seen(None), 29, UNKNOWN, None),
        (replace(RULE, unknown=30), Standing(UNKNOWN, T0), Seen(None), 30, UNKNOWN, UNKNOWN),
        (replace(RULE, unknown=30), Standing(UNKNOWN, T0, told_unknown=True, unknown_at=at(30)), Seen(None), 90,
         UNKNOWN, None),
    ],
)  # fmt: skip
def test_one_look(
    rule: AlarmRule, before: Standing, seen: Seen, minute: float, outcome: Outcome, raises: Outcome | None
) -> None:
    judged = judge(rule, before, seen, at(minute))
    assert (judged.standing.outcome, judged.raises) == (outcome, raises)
    assert judge(rule, judged.standing, seen, at(minute)).raises is None, "asked twice it raises once"
    assert judged.look_at is None or judged.look_at > at(minute)


COURSE = st.lists(st.tuples(st.integers(1, 40), st.floats(60, 130, allow_nan=False)), min_size=1, max_size=40)
"""Minutes to the next measurement, and its value."""


def course(steps: list[tuple[int, float]]) -> list[tuple[datetime, float]]:
    points, minute = [], 0
    for gap, value in steps:
        minute += gap
        points.append((at(minute), value))
    return points


def rules() -> st.SearchStrategy[AlarmRule]:
    return st.builds(
        lambda minutes, cool, stale, unknown: replace(
            RULE, minutes=minutes, cool_down=cool, stale=stale, unknown=unknown
        ),
        st.sampled_from([0, 5, 30]), st.sampled_from([0, 45]), st.sampled_from([15, 60]),
        st.sampled_from([None, 0, 20]),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(COURSE, rules())
def test_every_alarm_is_over_the_mark_once_in_an_episode_and_cooled_down(
    steps: list[tuple[int, float]], rule: AlarmRule
) -> None:
    points = course(steps)
    fired = [one for one in rehearse(rule, points, T0, points[-1][0] + timedelta(hours=3)) if one.outcome is ALARM]
    for one in fired:
        known = [value for when, value in points if when <= one.at]
        assert run_of([p for p in points if p[0] <= one.at], mark=100, reset=90).high, known
    for first, second in pairwise(fired):
        assert second.at - first.at >= timedelta(minutes=rule.cool_down)
        between = [value for when, value in points if first.at < when <= second.at]
        assert min(between) < 90, "a new episode only after it fell below the band"


@settings(max_examples=60, deadline=None)
@given(COURSE, rules(), st.integers(0, 2**32))
def test_in_whatever_order_facts_come_the_end_is_the_same(
    steps: list[tuple[int, float]], rule: AlarmRule, seed: int
) -> None:
    points = course(steps)
    end = points[-1][0]
    ends = set()
    for order in (points, random.Random(seed).sample(points, len(points))):
        standing, held = Standing(), []
        for point in order:
            held.append(point)
            standing = judge(rule, standing, of_points(rule, held, end, ABOUT, standing.high), end).standing
        ends.add((standing.outcome, standing.open))
    assert len(ends) == 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(90, 99.99, allow_nan=False), min_size=2, max_size=30), st.booleans())
def test_inside_the_band_nothing_flaps(values: list[float], high: bool) -> None:
    first = [(at(0), 120.0 if high else 50.0)]
    standing, outcomes, raised = Standing(), set(), 0
    points = first
    for number, value in enumerate(values, 1):
        points = [*points, (at(number), value)]
        judged = judge(RULE, standing, of_points(RULE, points, at(number), ABOUT), at(number))
        standing, raised = judged.standing, raised + (judged.raises is not None)
        outcomes.add(standing.outcome)
    assert outcomes == {ALARM if high else OK}
    assert raised == int(high)


@settings(max_examples=50, deadline=None)
@given(COURSE, rules(), st.integers(0, 2000))
def test_without_young_data_it_is_unknown_and_never_all_right(
    steps: list[tuple[int, float]], rule: AlarmRule, later: int
) -> None:
    points = course(steps)
    now = points[-1][0] + timedelta(minutes=later)
    outcome = judge(rule, Standing(), of_points(rule, points, now, ABOUT), now).standing.outcome
    assert (outcome is UNKNOWN) == (timedelta(minutes=later) > timedelta(minutes=rule.stale))
    assert judge(rule, Standing(), of_points(rule, [], now, ABOUT), now).standing.outcome is UNKNOWN


def test_a_rise_is_told_per_hour_against_the_value_an_hour_before() -> None:
    points = [(at(0), 100.0), (at(15), 100.0), (at(60), 160.0), (at(90), 200.0)]
    found = rises(points, timedelta(hours=1))
    assert found == [(at(60), 60.0), (at(90), 80.0)]


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("station", {"kind": RuleKind.THRESHOLD, "value": 1}),
        ("value", {"kind": RuleKind.RISE, "station": "x"}),
        ("reset", {"kind": RuleKind.THRESHOLD, "station": "x", "value": 1, "reset": 2}),
        ("stations", {"kind": RuleKind.SILENT, "minutes": 5}),
        ("incident", {"kind": RuleKind.OVERDUE}),
    ],
)
def test_a_rule_that_cannot_be_names_its_field(field: str, fields: dict[str, object]) -> None:
    with pytest.raises(BadEdit) as refused:
        AlarmRule("fw", "x", **fields)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize("case", CONDITIONS, ids=[case["name"] for case in CONDITIONS])
def test_a_source_lives_as_the_rest_of_the_house_says(case: dict[str, Any]) -> None:
    lives = alive(case["feed"], datetime.fromisoformat(case["now"]))
    told = case["condition"]
    assert lives is {"FRESH": True, "STALE": False, "NEVER": None, "PAUSED": None}.get(told, lives)
    if told in ("LATE", "DOWN"):
        never = "last_success" not in case["feed"]
        assert lives is (told == "LATE") or (told == "DOWN" and not never and lives is False)
