"""Shown time and wall time of an exercise, there and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geodata.model.timeline import Setting, Timeline

WALL = datetime(2026, 11, 22, 10, tzinfo=UTC)
NIGHT = datetime(2021, 7, 14, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float, *, of: datetime = WALL) -> datetime:
    return of + minutes * MINUTE


# Ten minutes sixty times as fast, five minutes of standing still, back to the start at plain speed.
EXERCISE = Timeline(
    [Setting(WALL, NIGHT, 60), Setting(at(10), at(600, of=NIGHT), 0), Setting(at(15), at(60, of=NIGHT), 1)]
)


def test_without_an_exercise_the_shown_time_is_the_walls() -> None:
    assert Timeline().wall(NIGHT) == NIGHT == Timeline().shown(NIGHT)


def test_a_clock_that_runs_fast_is_slowed_down_to_the_wall() -> None:
    assert EXERCISE.wall(at(30, of=NIGHT)) == at(0.5)
    assert EXERCISE.shown(at(0.5)) == at(30, of=NIGHT)


def test_a_clock_that_stands_still_shows_one_time() -> None:
    assert EXERCISE.shown(at(10)) == EXERCISE.shown(at(14.9)) == at(600, of=NIGHT)


def test_a_time_shown_twice_means_the_later_pass() -> None:
    assert EXERCISE.wall(at(70, of=NIGHT)) == at(25)
    assert EXERCISE.shown(at(25)) == at(70, of=NIGHT)


def test_a_time_that_a_jump_left_out_means_the_moment_before_the_jump() -> None:
    ahead = Timeline([Setting(WALL, NIGHT, 1), Setting(at(5), at(300, of=NIGHT), 1)])
    wall = ahead.wall(at(100, of=NIGHT))
    assert at(5) - timedelta(seconds=1) < wall < at(5)


def test_the_earliest_shown_time_is_found_behind_a_jump_back() -> None:
    assert EXERCISE.earliest(at(9)) == at(60, of=NIGHT)
    assert EXERCISE.earliest(WALL) == NIGHT


def test_a_time_beyond_all_measure_is_the_newest_or_the_oldest_there_is() -> None:
    assert EXERCISE.wall(datetime.max.replace(tzinfo=UTC)).year > 9000
    assert EXERCISE.wall(datetime.min.replace(tzinfo=UTC)) < WALL


@given(st.lists(st.tuples(st.integers(1, 600), st.integers(0, 1000), st.sampled_from([0, 1, 60])), max_size=6))
def test_what_is_shown_since_the_newest_setting_leads_back_to_its_wall_time(steps: list[tuple[int, int, int]]) -> None:
    since, settings = WALL, [Setting(WALL, NIGHT, 1)]
    for after, shown, speed in steps:
        since += timedelta(seconds=after)
        settings.append(Setting(since, at(shown, of=NIGHT), speed))
    timeline = Timeline(settings)
    moment = since + timedelta(seconds=30)
    if settings[-1].speed:
        assert abs(timeline.wall(timeline.shown(moment)) - moment) < timedelta(milliseconds=1)
    else:
        assert timeline.shown(timeline.wall(timeline.shown(moment))) == timeline.shown(moment)
