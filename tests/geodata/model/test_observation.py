"""Whether a value can be true, what it means against its marks, and where it is going."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.level import Level
from geodata.model.observation import FUTURE_TOLERANCE, OLDEST, Observation, implausible, trend
from geodata.model.station import Threshold, level_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SOUND = Observation("g.1", "W", NOW, 480.0, "cm")

marks = st.lists(
    st.builds(
        Threshold,
        name=st.just("M"),
        value=st.floats(-1e4, 1e4),
        unit=st.sampled_from(["cm", "m"]),
        level=st.none() | st.sampled_from(Level),
    ),
    max_size=6,
)


@given(st.floats(-2e4, 2e4), marks)
def test_the_level_is_unknown_exactly_without_a_mark_that_judges_in_the_same_unit(
    v: float, given: list[Threshold]
) -> None:
    judging = [t for t in given if t.level is not None and t.unit == "cm"]
    assert (level_of(v, given, "cm") is None) == (not judging)
    assert level_of(None, given, "cm") is None


@given(st.floats(-2e4, 2e4), st.floats(0, 2e4), marks)
def test_a_higher_value_never_has_a_lower_level(v: float, more: float, given: list[Threshold]) -> None:
    low, high = level_of(v, given, "cm"), level_of(v + more, given, "cm")
    assert (low is None) == (high is None)
    assert low is None or high is None or low <= high


@given(marks)
def test_reaching_a_mark_counts_as_its_level(given: list[Threshold]) -> None:
    for mark in given:
        if mark.level is not None and mark.unit == "cm":
            reached = level_of(mark.value, given, "cm")
            assert reached is not None and reached >= mark.level


def test_below_all_marks_is_no_warning_and_not_unknown() -> None:
    assert level_of(1, [Threshold("M_I", 5, "cm", level=Level.LOW)], "cm") is Level.NONE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"value": math.nan}, "not finite"),
        ({"value": math.inf}, "not finite"),
        ({"value": float("1e400")}, "not finite"),
        ({"value": 10**400}, "not finite"),
        ({"value": "480"}, "not a number"),
        ({"value": None}, "not a number"),
        ({"value": True}, "not a number"),
        ({"value": -777.0}, "outside"),
        ({"value": 9999.0}, "outside"),
        ({"at": NOW + FUTURE_TOLERANCE + timedelta(seconds=1)}, "future"),
        ({"at": NOW - OLDEST - timedelta(seconds=1)}, "older than 30 years"),
        ({"at": NOW.replace(tzinfo=None)}, "without a zone"),
        ({"at": datetime.min.replace(tzinfo=UTC)}, "older"),
        ({"at": datetime.max.replace(tzinfo=UTC)}, "future"),
    ],
)
def test_what_cannot_be_true_is_told_apart(change: dict[str, object], reason: str) -> None:
    assert reason in (implausible(replace(SOUND, **change), NOW) or "")  # type: ignore[arg-type]


@given(
    st.floats() | st.integers() | st.booleans() | st.text(max_size=3) | st.none(),
    st.datetimes() | st.datetimes(timezones=st.just(UTC)),
)
def test_every_value_is_plausible_or_has_a_reason(value: object, at: datetime) -> None:
    reason = implausible(replace(SOUND, value=value, at=at), NOW)  # type: ignore[arg-type]
    if reason is None:
        assert isinstance(value, int | float) and -500 <= value <= 3000
        assert NOW - OLDEST <= at <= NOW + FUTURE_TOLERANCE
    else:
        assert reason


@given(st.floats(-3e3, 3e3), st.floats(-3e3, 3e3), st.integers(-600, 600))
def test_the_trend_is_the_change_per_hour_or_unknown(before: float, after: float, minutes: int) -> None:
    told = trend(replace(SOUND, value=after), (NOW - timedelta(minutes=minutes), before))
    if 10 <= minutes <= 360:
        assert told == pytest.approx((after - before) / (minutes / 60), abs=0.006)
    else:
        assert told is None


def test_there_is_no_trend_without_an_earlier_value() -> None:
    assert trend(SOUND, None) is None
