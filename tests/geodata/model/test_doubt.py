"""Which values are doubted. A flash flood is not."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from geodata.model.doubt import Value, is_drifting, is_spike, is_stuck, judged_by

START = datetime(2026, 11, 20, tzinfo=UTC)


def series(*heights: float, minutes: float = 15) -> list[Value]:
    return [(START + timedelta(minutes=minutes * i), height) for i, height in enumerate(heights)]


CALM = (50.0, 51.0, 50.0, 49.0, 50.0, 51.0)


@pytest.mark.parametrize(
    ("heights", "doubted"),
    [
        ((*CALM, 52), False),
        ((*CALM, 70), False),
        ((*CALM, 350), True),
        ((*CALM, 120), True),
        ((*CALM, -200), True),
        ((*CALM, 350, 52), False),
        ((*CALM, 350, 355), False),
        ((*CALM, 350, -300), True),
        ((*CALM, 350, 900), True),
        ((*CALM, 140, 230), False),
        ((*CALM, 350, 355, 352, 354), False),
        ((50, 51, 300), False),  # too little is known to doubt
        ((50, 90, 130, 170, 210), False),  # 1.6 m in an hour is a flood
        ((50, 95, 140, 185, 150, 110), False),
    ],
)
def test_a_leap_is_doubted_until_the_next_value_agrees(heights: tuple[float, ...], doubted: bool) -> None:
    *earlier, new = series(*heights)
    assert is_spike(new, earlier) is doubted


def test_within_a_minute_less_is_believed_than_within_a_quarter_of_an_hour() -> None:
    quick, slow = series(*CALM, 82, minutes=1), series(*CALM, 82, minutes=15)
    assert is_spike(quick[-1], quick[:-1])
    assert not is_spike(slow[-1], slow[:-1])


def test_values_of_yesterday_are_no_reason_to_doubt() -> None:
    assert not is_spike((START + timedelta(days=1), 400), series(*CALM))


def test_a_spike_is_judged_by_what_was_before_it() -> None:
    assert judged_by(series(*CALM)) == 50
    assert judged_by([]) is None


MOVING = series(*(30 + 4 * i for i in range(20)))
STILL = series(*(30.0 for _ in range(20)))


@pytest.mark.parametrize(
    ("heights", "neighbours", "stuck"),
    [
        ([50.0] * 20, [MOVING], True),
        ([50.0] * 20, [STILL, MOVING], True),
        ([50.0] * 20, [STILL], False),
        ([50.0] * 20, [], False),
        ([50.0] * 5, [MOVING], False),
        ([50.0] * 19 + [51.0], [MOVING], False),
        ([20.0, 35.0] + [50.0] * 18, [MOVING], True),
    ],
)
def test_the_same_value_is_stuck_only_while_neighbours_move(
    heights: list[float], neighbours: list[list[Value]], stuck: bool
) -> None:
    assert is_stuck(series(*heights), neighbours) is stuck


DAYS = 4 * 36
CREEPING = [50 + i * 0.3 for i in range(DAYS)]
FLOOD = [50.0] * (DAYS - 8) + [60.0, 75.0, 90.0, 105.0, 110.0, 112.0, 113.0, 113.0]
WAVING = [50 + 3 * math.sin(i) for i in range(DAYS)]
HOLDING = series(*(30 + (i % 2) for i in range(DAYS)))
RISING = series(*(30 + i * 0.3 for i in range(DAYS)))


@pytest.mark.parametrize(
    ("heights", "neighbours", "drifting"),
    [
        (CREEPING, [HOLDING, HOLDING], True),
        (CREEPING[::-1], [HOLDING, HOLDING], True),
        (CREEPING, [HOLDING], False),
        (CREEPING, [HOLDING, RISING], False),
        (CREEPING[:40], [HOLDING, HOLDING], False),
        (FLOOD, [HOLDING, HOLDING], False),
        (WAVING, [HOLDING, HOLDING], False),
    ],
)
def test_creeping_away_from_neighbours_that_hold_is_drift(
    heights: list[float], neighbours: list[list[Value]], drifting: bool
) -> None:
    assert is_drifting(series(*heights), neighbours) is drifting
