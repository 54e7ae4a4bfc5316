from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from feeds.lorawan import reading
from feeds.lorawan.uplink import Quantity
from feeds.simulator import lorawan
from feeds.simulator.gauge import Disturbance, Trouble
from feeds.simulator.scenario import Scenario, load

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("name", ["flood_2021", "calm"])
def test_what_we_decode_is_what_stands_at_the_gauge(name: str) -> None:
    scenario = load(name)
    sensors = {sensor.eui: sensor for sensor in lorawan.sensors(scenario)}
    assert len(sensors) == 2
    seen: dict[str, int] = {}
    for at, topic, message in lorawan.uplinks(scenario, scenario.start, scenario.end):
        (uplink,) = reading.read(message, topic=topic)
        sensor = sensors[uplink.device]
        decoded = reading.decode(uplink)
        assert abs(uplink.at - at) < timedelta(milliseconds=1)
        assert topic == sensor.topic
        if sensor.mounted is None:
            depth = decoded.first(Quantity.DEPTH)
            assert (decoded.model, depth and depth.unit) == ("Milesight EM500-SWL", "cm")
            level = depth.value if depth else None
        else:
            distance = decoded.first(Quantity.DISTANCE)
            assert (decoded.model, distance and distance.unit) == ("Decentlab DL-MBX", "mm")
            level = sensor.mounted - distance.value / 10 if distance else None
        assert level == pytest.approx(sensor.gauge.true_level(at), abs=1.1)
        seen[uplink.device] = seen.get(uplink.device, 0) + 1
    assert min(seen.values()) >= (scenario.end - scenario.start) // lorawan.EVERY


def test_the_same_span_gives_the_same_bytes_in_order_with_doubles(flood: Scenario) -> None:
    whole = list(lorawan.uplinks(flood, flood.start, flood.start + 4 * HOUR))
    parts = [
        *lorawan.uplinks(flood, flood.start, flood.start + HOUR),
        *lorawan.uplinks(flood, flood.start + HOUR, flood.start + 4 * HOUR),
    ]
    assert parts == whole
    assert all(a[0] <= b[0] for a, b in pairwise(whole))
    keys = [reading.read(message)[0].double_of for _, _, message in whole]
    assert len(keys) - len(set(keys)) == 8, "each twelfth message of each sensor comes twice"


def test_a_disturbed_gauge_sends_nothing_or_no_measurement(calm: Scenario) -> None:
    above, below = (sensor.gauge for sensor in lorawan.sensors(calm))
    end = calm.start + HOUR
    spike, silent = (Disturbance(kind=kind, start=calm.start, end=end) for kind in (Trouble.SPIKE, Trouble.SILENT))

    def messages(trouble: Disturbance) -> list[bytes]:
        gauges = {g.key: replace(g, disturbances=[trouble]) for g in (above, below)}
        return [m for _, _, m in lorawan.uplinks(replace(calm, gauges=gauges), calm.start, end)]

    assert messages(silent) == []
    spiked = [reading.decode(reading.read(message)[0]) for message in messages(spike)]
    assert len(spiked) >= 24
    assert not any(d.first(Quantity.DISTANCE) or d.first(Quantity.DEPTH) for d in spiked)
