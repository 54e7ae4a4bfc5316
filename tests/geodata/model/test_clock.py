"""The clock of an exercise runs fast, stands still and jumps, and never falls back by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from geodata.model.clock import ExerciseClock, WallClock

WALL = datetime(2026, 11, 21, 12, tzinfo=UTC)
FLOOD = datetime(2021, 7, 14, 6, tzinfo=UTC)


@pytest.fixture
def wall() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(WALL, tick=False) as coordinates:
        yield coordinates


def test_the_wall_clock_shows_the_wall_in_utc(wall: time_machine.Coordinates) -> None:
    assert WallClock().now() == WALL
    assert WallClock().now().utcoffset() == timedelta(0)


def test_an_exercise_runs_from_its_start_at_its_speed(wall: time_machine.Coordinates) -> None:
    clock = ExerciseClock.starting_at(FLOOD, 60)
    assert clock.now() == FLOOD
    wall.shift(60)
    assert clock.now() == FLOOD + timedelta(hours=1)


def test_a_pause_stands_still_and_going_on_loses_nothing(wall: time_machine.Coordinates) -> None:
    clock = ExerciseClock.starting_at(FLOOD, 10)
    wall.shift(6)
    clock.pause()
    wall.shift(3_600)
    assert (clock.now(), clock.speed) == (FLOOD + timedelta(minutes=1), 0)
    clock.resume()
    wall.shift(6)
    assert (clock.now(), clock.speed) == (FLOOD + timedelta(minutes=2), 10)


def test_another_speed_goes_on_from_the_same_moment(wall: time_machine.Coordinates) -> None:
    clock = ExerciseClock.starting_at(FLOOD, 1)
    wall.shift(60)
    clock.run_at(600)
    assert clock.now() == FLOOD + timedelta(minutes=1)
    wall.shift(1)
    assert clock.now() == FLOOD + timedelta(minutes=11)


def test_a_new_speed_while_paused_waits_for_the_end_of_the_pause(wall: time_machine.Coordinates) -> None:
    clock = ExerciseClock.starting_at(FLOOD, 1)
    clock.pause()
    clock.run_at(100)
    wall.shift(10)
    assert clock.now() == FLOOD
    clock.resume()
    wall.shift(1)
    assert clock.now() == FLOOD + timedelta(seconds=100)


def test_it_jumps_forwards_and_back(wall: time_machine.Coordinates) -> None:
    clock = ExerciseClock.starting_at(FLOOD, 1)
    for goal in (FLOOD + timedelta(days=1), FLOOD - timedelta(days=1)):
        clock.jump(goal)
        assert clock.now() == goal


@pytest.mark.parametrize("speed", [0, -1, 100_001, float("nan"), float("inf")])
def test_an_impossible_speed_is_refused_and_changes_nothing(speed: float) -> None:
    clock = ExerciseClock.starting_at(FLOOD, 5)
    with pytest.raises(ValueError, match="speed"):
        clock.run_at(speed)
    assert clock.speed == 5


def test_a_jump_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        ExerciseClock.starting_at(FLOOD).jump(datetime(2021, 7, 15))  # noqa: DTZ001
