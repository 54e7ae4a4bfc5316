from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.simulator.curves import Curve, jitter
from feeds.simulator.gauge import SENTINEL
from feeds.simulator.scenario import Scenario

NOON = datetime(2021, 7, 14, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def hours(n: float) -> datetime:
    return NOON + timedelta(hours=n)


def test_a_curve_passes_through_every_knot() -> None:
    knots = [(hours(0), 100.0), (hours(3), 250.0), (hours(4), 260.0), (hours(9), 120.0)]
    curve = Curve(knots)
    assert [curve.at(moment) for moment, _ in knots] == pytest.approx([value for _, value in knots])


def test_before_and_after_its_knots_a_curve_stays_level() -> None:
    curve = Curve([(hours(0), 100.0), (hours(3), 250.0)])
    assert (curve.at(hours(-48)), curve.at(hours(99))) == (100.0, 250.0)


@given(
    st.lists(st.integers(-200, 1200), min_size=2, max_size=12), st.lists(st.integers(1, 30), min_size=11, max_size=11)
)
def test_between_two_knots_a_curve_never_leaves_their_span(values: list[int], gaps: list[int]) -> None:
    times = [hours(sum(gaps[:i])) for i in range(len(values))]
    curve = Curve(list(zip(times, map(float, values), strict=True)))
    for (start, a), (end, b) in pairwise(zip(times, values, strict=True)):
        for share in (0.1, 0.37, 0.5, 0.81):
            value = curve.at(start + (end - start) * share)
            assert min(a, b) - 1e-6 <= value <= max(a, b) + 1e-6


def test_a_rising_limb_has_no_corner_at_a_knot() -> None:
    curve = Curve([(hours(0), 0.0), (hours(4), 100.0), (hours(8), 300.0)])
    second = timedelta(seconds=1)
    before = curve.at(hours(4)) - curve.at(hours(4) - second)
    after = curve.at(hours(4) + second) - curve.at(hours(4))
    assert before == pytest.approx(after, rel=1e-2)


def test_knots_that_do_not_rise_in_time_are_refused_with_their_place() -> None:
    with pytest.raises(ValueError, match="knot 2"):
        Curve([(hours(1), 1.0), (hours(1), 2.0)])
    with pytest.raises(ValueError, match="at least one knot"):
        Curve([])


def test_jitter_is_the_same_each_time_differs_between_neighbours_and_keeps_its_bounds() -> None:
    values = [jitter("koeln", step, 4) for step in range(500)]
    assert values == [jitter("koeln", step, 4) for step in range(500)]
    assert all(a != b for a, b in pairwise(values))
    assert all(2 <= abs(value) <= 4 for value in values)
    assert values != [jitter("bonn", step, 4) for step in range(500)]


def test_every_gauge_of_the_flood_reaches_its_peak_and_overshoots_it_by_at_most_two_percent(flood: Scenario) -> None:
    for gauge in flood.gauges.values():
        assert gauge.peak, f"{gauge.key} has no peak"
        stamps = [flood.data_from + i * QUARTER for i in range(6 * 96)]
        true_highest = max(gauge.true_level(at) for at in stamps)
        assert true_highest == pytest.approx(gauge.peak.value, abs=0.01 * gauge.peak.value), gauge.key
        assert gauge.true_level(gauge.peak.at) == pytest.approx(gauge.peak.value, rel=0.01), gauge.key
        reported = [gauge.level(at) for at in stamps if not gauge.silent(at)]
        assert max(v for v in reported if v != SENTINEL) <= 1.02 * gauge.peak.value, gauge.key


def test_the_publicly_known_peaks_are_reached(flood: Scenario) -> None:
    known = {key: (g.peak.value, f"{g.peak.at:%d %H}") for key, g in flood.gauges.items() if g.peak}
    assert known["koeln"] == (806, "17 04")
    assert known["hattingen"][0] == 699
    assert known["wetter"][0] == 721
    assert known["bliesheim"] == (407, "15 09")
    assert known["lohmar"][0] == 472
    assert known["opladen"][0] == 455
    assert {g.peak.confidence for g in flood.gauges.values() if g.peak} == {"known", "approximate"}
