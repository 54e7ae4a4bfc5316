"""The band around a forecast says what the river changed by lately, and says nothing where it cannot know."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from geodata.model.forecast import band

NOW = datetime(2021, 7, 14, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def history(days: float, rise_per_hour: float = 0.0, *, wave: float = 0.0) -> list[tuple[datetime, float]]:
    count = int(days * 96)
    return [
        (NOW - QUARTER * (count - i), 500 + rise_per_hour * i / 4 + (wave if (i // 8) % 2 else 0))
        for i in range(count + 1)
    ]


def test_a_river_that_rose_steadily_is_uncertain_by_what_it_rose_over_the_lead() -> None:
    points = [(NOW + timedelta(hours=h), 700.0, "forecast") for h in (1, 6, 24)]
    told = band(points, history(7, 5.0))
    assert [at for at, _, _ in told] == [at for at, _, _ in points]
    for (_, low, high), hours in zip(told, (1, 6, 24), strict=True):
        assert (low, high) == pytest.approx((700 - 5 * hours, 700 + 5 * hours), abs=0.02)


def test_a_river_that_stood_still_has_a_band_without_width() -> None:
    assert band([(NOW + timedelta(hours=3), 512.0, "forecast")], history(3)) == [(NOW + timedelta(hours=3), 512, 512)]


def test_rare_jumps_do_not_widen_the_band_and_frequent_ones_do() -> None:
    rare = [(at, 600.0 if i == 300 else 500.0) for i, (at, _) in enumerate(history(7))]
    point = [(NOW + QUARTER, 500.0, "forecast")]
    assert band(point, rare) == [(NOW + QUARTER, 500, 500)]
    ((_, low, high),) = band([(NOW + timedelta(hours=2), 500.0, "forecast")], history(7, wave=40))
    assert (low, high) == (460, 540)


def test_only_the_last_seven_days_count() -> None:
    wild = [(NOW - timedelta(days=20) + QUARTER * i, float(i % 7 * 100)) for i in range(96 * 5)]
    assert band([(NOW + timedelta(hours=6), 500.0, "x")], wild + history(7)) == [(NOW + timedelta(hours=6), 500, 500)]


@pytest.mark.parametrize("short", [[], history(0.2), history(7)[:1]])
def test_a_short_history_gives_no_band(short: list[tuple[datetime, float]]) -> None:
    assert band([(NOW + timedelta(hours=1), 500.0, "forecast")], short) == []


def test_leads_beyond_the_history_and_points_of_the_past_get_none() -> None:
    points = [(NOW + timedelta(hours=h), 500.0, "forecast") for h in (-3, 0, 3, 60)]
    assert [at for at, _, _ in band(points, history(2))] == [NOW + timedelta(hours=3)]


def test_a_gap_in_the_record_is_not_bridged() -> None:
    gappy = [(at, v) for at, v in history(3) if not 6 < (NOW - at) / timedelta(hours=1) < 60]
    assert band([(NOW + timedelta(hours=30), 500.0, "forecast")], gappy) == []


def test_the_same_moment_twice_and_values_that_are_none_do_no_harm() -> None:
    broken = sorted([*history(3), *history(3)[:50]], key=lambda p: p[0])
    broken[20] = (broken[20][0], float("nan"))
    ((_, low, high),) = band([(NOW + timedelta(hours=3), 512.0, "forecast")], broken)
    assert (low, high) == (512, 512)
    assert band([(NOW + timedelta(hours=3), 1.0, "x")], [(NOW, 1.0)] * 100) == []


def test_ten_days_in_quarter_hours_take_no_noticeable_time() -> None:
    points = [(NOW + QUARTER * i, 500.0, "forecast") for i in range(1, 961)]
    began = time.perf_counter()
    band(points, history(7, 1.0))
    assert time.perf_counter() - began < 0.5
