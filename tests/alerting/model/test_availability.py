from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.model.availability import (
    ZONE,
    Availability,
    Entry,
    Quiet,
    Ready,
    State,
    Window,
    next_change,
    quiet_until,
    state_at,
)
from geodata.model.body import from_body, to_body
from geodata.model.editing import BadEdit

FREE, AWAY = State(Ready.READY), State(Ready.NOT_AVAILABLE)
NIGHTS = Window((1, 2, 3, 4, 5), "22:00", "06:00", AWAY)


def here(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


states = st.sampled_from([FREE, AWAY, State(Ready.READY_WITHIN, 30), State(Ready.CONDITIONALLY), State()])
clocks = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
days = st.lists(st.integers(1, 7), min_size=1, max_size=7).map(tuple)
windows = st.builds(Window, days, clocks, clocks, states)
around_both_changes = st.one_of(
    st.integers(0, 6 * 1440).map(lambda m: datetime(2026, 3, 26, tzinfo=UTC) + timedelta(minutes=m)),
    st.integers(0, 6 * 1440).map(lambda m: datetime(2026, 10, 22, tzinfo=UTC) + timedelta(minutes=m)),
)
entries = st.builds(
    lambda begin, long, state: Entry(begin, state, begin + timedelta(minutes=long) if long else None),
    around_both_changes, st.integers(0, 4000), states,
)  # fmt: skip
availabilities = st.builds(
    Availability,
    states,
    st.lists(windows, max_size=3).map(tuple),
    st.lists(entries, max_size=3).map(tuple),
    st.none() | around_both_changes,
)


@given(availabilities, around_both_changes)
@settings(max_examples=150, deadline=None)
def test_nothing_changes_before_the_next_change_and_something_does_at_it(told: Availability, now: datetime) -> None:
    before, change = state_at(told, now), next_change(told, now)
    until = min(change, now + timedelta(days=3)) if change else now + timedelta(days=3)
    moment = now
    while moment < until:
        assert state_at(told, moment) == before, moment
        moment += timedelta(minutes=1)
    if change is not None:
        assert change > now
        assert state_at(told, change) != before
        assert state_at(told, change - timedelta(microseconds=1)) == before


@given(availabilities)
@settings(max_examples=100, deadline=None)
def test_it_is_kept_as_json_and_read_again_the_same(told: Availability) -> None:
    assert from_body(to_body(told), Availability) == told


@given(windows, around_both_changes)
@settings(max_examples=150, deadline=None)
def test_a_weekly_window_says_the_same_whenever_the_clock_on_the_wall_does(window: Window, now: datetime) -> None:
    told = Availability(weekly=(window,))
    shown = now.astimezone(ZONE).replace(tzinfo=None)
    other_week = (shown + timedelta(days=70)).replace(tzinfo=ZONE)
    assert state_at(told, now) == state_at(told, other_week)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-23T21:59", State()),
        ("2026-11-23T22:00", AWAY),
        ("2026-11-24T05:59", AWAY),
        ("2026-11-24T06:00", State()),
        ("2026-11-28T05:59", AWAY),
        ("2026-11-28T23:00", State()),
        ("2026-03-27T22:00", AWAY),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins(now: str, said: State) -> None:
    assert state_at(Availability(weekly=(NIGHTS,)), here(now)) == said


def test_what_is_said_more_precisely_counts() -> None:
    now = here("2026-11-23T23:00")
    entry = Entry(now - timedelta(hours=1), State(Ready.READY_WITHIN, 20), now + timedelta(hours=1))
    told = Availability(FREE, (NIGHTS,), (entry,))
    assert state_at(told, now) == State(Ready.READY_WITHIN, 20)
    assert state_at(told, now + timedelta(hours=1)) == AWAY
    later = Availability(FREE, (NIGHTS,), (entry,), not_before=now + timedelta(minutes=5))
    assert state_at(later, now) == AWAY
    assert next_change(later, now) == now + timedelta(minutes=5)


def test_a_night_window_is_an_hour_shorter_when_clocks_go_forward_and_longer_when_they_go_back() -> None:
    told = Availability(weekly=(Window((6,), "22:00", "06:00", AWAY),))
    for begin, hours in (("2026-03-28T22:00", 7), ("2026-10-24T22:00", 9), ("2026-11-21T22:00", 8)):
        assert next_change(told, here(begin)) == here(begin) + timedelta(hours=hours)


def test_a_window_that_the_change_of_clocks_swallows_opens_a_week_later() -> None:
    told = Availability(weekly=(Window((7,), "02:10", "02:50", AWAY),))
    assert next_change(told, here("2026-03-28T12:00")) == here("2026-04-05T02:10")


def test_quiet_hours_end_in_the_morning_and_equal_hours_are_none() -> None:
    assert quiet_until(Quiet(), here("2026-11-23T23:30")) == here("2026-11-24T07:00")
    assert quiet_until(Quiet(), here("2026-11-23T12:00")) is None
    assert quiet_until(Quiet("08:00", "08:00"), here("2026-11-23T12:00")) is None


def test_nothing_said_is_unknown_and_is_called_all_the_same() -> None:
    assert state_at(Availability(), datetime.now(UTC)) == State(Ready.UNKNOWN)
    assert State(Ready.UNKNOWN).callable
    assert not AWAY.callable
    assert next_change(Availability(), datetime.now(UTC)) is None


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: State(Ready.READY, 5), "minutes"),
        (lambda: State(Ready.READY_WITHIN), "minutes"),
        (lambda: Entry(datetime(2026, 1, 2, tzinfo=UTC), FREE, datetime(2026, 1, 1, tzinfo=UTC)), "until_at"),
        (lambda: Entry(datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None), FREE), "from_at"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(make: object, field: str) -> None:
    with pytest.raises(BadEdit) as refused:
        make()  # type: ignore[operator]
    assert refused.value.field == field
