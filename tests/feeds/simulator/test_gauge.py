from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from feeds.simulator.gauge import SENTINEL
from feeds.simulator.scenario import Scenario


def july(text: str) -> datetime:
    return datetime.fromisoformat(f"2021-07-{text}+02:00")


def test_a_value_can_be_seen_two_minutes_after_its_stamp(flood: Scenario) -> None:
    gauge = flood.gauges["koeln"]
    assert gauge.newest(july("15 10:01:59"), flood.data_from) == july("15 09:45")
    assert gauge.newest(july("15 10:02:00"), flood.data_from) == july("15 10:00")


def test_a_silent_gauge_keeps_its_last_value_and_comes_back(flood: Scenario) -> None:
    gauge = flood.gauges["schoenau"]
    assert gauge.newest(july("15 03:00"), flood.data_from) == july("14 22:00")
    assert gauge.newest(july("15 09:05"), flood.data_from) == july("15 09:00")


def test_the_destroyed_gauge_of_arloff_never_comes_back(flood: Scenario) -> None:
    gauge = flood.gauges["arloff"]
    assert gauge.newest(july("17 12:00"), flood.data_from) == july("14 20:15")
    assert gauge.comment("W", july("15 12:00"))


def test_a_stuck_gauge_repeats_one_value_while_the_water_moves(flood: Scenario) -> None:
    gauge = flood.gauges["morenhoven"]
    stamps = [july("15 01:00") + timedelta(minutes=15 * i) for i in range(40)]
    assert len({gauge.level(at) for at in stamps}) == 1
    assert max(gauge.true_level(at) for at in stamps) - gauge.level(stamps[0]) > 30


def test_a_spiking_gauge_sends_the_error_value_of_the_real_source(flood: Scenario) -> None:
    gauge = flood.gauges["eschweiler"]
    assert gauge.level(july("15 02:30")) == SENTINEL == 99999.0
    assert gauge.level(july("15 02:00")) < 500


def test_stamps_include_both_ends_and_leave_out_the_silence(flood: Scenario) -> None:
    gauge = flood.gauges["schoenau"]
    stamps = list(gauge.stamps(july("14 21:30"), july("15 09:00")))
    assert stamps == [july(t) for t in ("14 21:30", "14 21:45", "14 22:00", "15 09:00")]


def test_discharge_follows_the_rating_and_ends_with_it(flood: Scenario) -> None:
    gauge = flood.gauges["hattingen"]
    assert gauge.discharge(699) == 1450
    assert gauge.discharge(96) == 17.6
    assert gauge.discharge(800) is None


def test_calm_gauges_change_with_every_minute(calm: Scenario) -> None:
    for gauge in calm.gauges.values():
        values = [gauge.level(calm.start + timedelta(minutes=i)) for i in range(60)]
        assert all(a != b for a, b in pairwise(values)), gauge.key


def test_every_gauge_has_its_own_uuid_and_number(flood: Scenario) -> None:
    gauges = flood.gauges.values()
    assert len({g.uuid for g in gauges}) == len({g.number for g in gauges}) == len(gauges) >= 40
    for gauge in gauges:
        assert gauge.guest == gauge.agency.endswith("(Übung)"), gauge.key
