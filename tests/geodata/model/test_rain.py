"""Rain from a counter that only grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from geodata.model.rain import Begun, Fallen, between, fallen

NOON = datetime(2026, 7, 14, 12, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("first", "last", "minutes", "rain"),
    [
        (100.0, 101.4, 10, 1.4),
        (100.0, 100.0, 10, 0.0),
        (100.0, 100.0 - 1e-9, 10, 0.0),
        (312.4, 0.0, 10, 0.0),  # battery changed
        (312.4, 0.6, 10, 0.6),
        (655.30, 0.24, 10, 0.3),  # 16 bits of 0.01 mm went over
        (13107.0, 0.2, 10, 0.4),  # 16 bits of 0.2 mm went over
        (100.0, 180.0, 600, 80.0),
        (100.0, 226.0, 8, None),  # more than ever fell
        (100.0, 4000.0, 1440, None),
        (400.0, 312.0, 10, None),  # another device hangs there
        (0.0, 300.0, 7 * 1440, 300.0),
    ],
)
def test_rain_is_what_the_counter_gained_and_never_negative(
    first: float, last: float, minutes: float, rain: float | None
) -> None:
    told = fallen((NOON, first), (after(minutes), last))
    if rain is None:
        assert isinstance(told, Begun)
        assert f"{first:g}" in told.reason
        assert f"{last:g}" in told.reason
    else:
        assert isinstance(told, Fallen)
        assert told.value == pytest.approx(rain, abs=1e-3)
        assert told.value >= 0
        assert told.minutes == minutes


def test_the_first_total_tells_nothing_and_a_late_one_divides_what_was_told() -> None:
    assert between({NOON: 312.0}, [NOON]) == []
    both = {NOON: 10.0, after(20): 13.0}
    assert between(both, both) == [Fallen(after(20), NOON, 3.0)]
    late = both | {after(10): 12.0}
    assert between(late, [after(10)]) == [Fallen(after(10), NOON, 2.0), Fallen(after(20), after(10), 1.0)]


def test_what_fell_in_a_long_silence_has_no_date_and_after_a_month_no_meaning() -> None:
    (told,) = between({NOON: 1.0, NOON + timedelta(days=3): 40.0}, [NOON + timedelta(days=3)])
    assert isinstance(told, Fallen)
    assert not told.dated
    assert between({NOON: 1.0, NOON + timedelta(days=40): 40.0}, [NOON + timedelta(days=40)]) == []
