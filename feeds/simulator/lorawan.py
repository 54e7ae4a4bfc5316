"""A town's own sensors in an exercise: uplinks as The Things Stack passes them on, to be published or pushed.

Two hang at gauges of small rivers: a Decentlab DL-MBX that measures the distance down to the water, and a Milesight
EM500-SWL that lies in it. Pure: the same scenario and span give the same bytes.
"""

from __future__ import annotations

import heapq
import struct
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

import msgspec

from feeds.simulator.curves import jitter
from feeds.simulator.gauge import SENTINEL, Gauge
from feeds.simulator.scenario import Scenario

EVERY = timedelta(minutes=5)
APPLICATION = "stadt@ttn"
_BLIND = 80
"""Centimetres between the highest water of the scenario and the sensor at least: nearer it measures nothing."""
_DOUBLE_EVERY = 12
"""Each twelfth message comes twice, as it does where two gateways or brokers pass it on."""

Uplink = tuple[datetime, str, bytes]


@dataclass(frozen=True, slots=True)
class Sensor:
    """`mounted` is the height of a distance sensor above the gauge's zero in cm; None for one that lies in the water.
    `eui` is the DevEUI, `name` the device's name at the network server."""

    eui: str
    name: str
    gauge: Gauge
    model: tuple[str, str]
    port: int
    payload: Callable[[Gauge, float | None, int], bytes]
    mounted: int | None = None

    @property
    def topic(self) -> str:
        return f"v3/{APPLICATION}/devices/{self.name}/up"


def sensors(scenario: Scenario) -> list[Sensor]:
    """At the gauges whose highest water is lowest: at those rivers the town is on its own."""
    fitting = [g for g in scenario.gauges.values() if g.unit == "cm" and g.longitude is not None]
    small = sorted(fitting, key=lambda gauge: (max(gauge.curve.values), gauge.key))[:2]
    found = []
    for number, gauge in enumerate(small):
        above = number == 0
        found.append(
            Sensor(
                eui=("70B3D57BA0" if above else "24E124713B")
                + blake2b(gauge.key.encode(), digest_size=3).hexdigest().upper(),
                name=f"pegel-{gauge.key}-{number + 1}",
                gauge=gauge,
                model=("decentlab", "dl-mbx") if above else ("milesight-iot", "em500-swl"),
                port=1 if above else 85,
                payload=_mbx if above else _swl,
                mounted=mounting(gauge) if above else None,
            )
        )
    return found


def mounting(gauge: Gauge) -> int:
    """Centimetres above the gauge's zero, whole metres, over the highest water of the scenario."""
    return int(-(-(max(gauge.curve.values) + _BLIND) // 100) * 100)


def uplinks(scenario: Scenario, start: datetime, end: datetime) -> Iterator[Uplink]:
    """(time, topic, payload) of every message from `start` to before `end`, in order of time."""
    return heapq.merge(*(_of(sensor, scenario, start, end) for sensor in sensors(scenario)), key=lambda u: u[:2])


def _of(sensor: Sensor, scenario: Scenario, start: datetime, end: datetime) -> Iterator[Uplink]:
    offset = timedelta(seconds=int(sensor.eui[-2:], 16))
    first = scenario.data_from + offset
    number = max(0, -(-int((start - first).total_seconds()) // int(EVERY.total_seconds())))
    while (at := first + number * EVERY) < end:
        if at >= start and not sensor.gauge.silent(at):
            message = _message(sensor, at.astimezone(UTC), number)
            yield at.astimezone(UTC), sensor.topic, message
            if number % _DOUBLE_EVERY == 0:
                yield at.astimezone(UTC), sensor.topic, message
        number += 1


def _level(gauge: Gauge, at: datetime, step: int) -> float | None:
    """Centimetres, with the unrest of a sensor; None where the scenario has it send its error value."""
    level = gauge.level(at)
    return None if level == SENTINEL else gauge.true_level(at) + jitter(f"{gauge.key}/lorawan", step, 0.5)


def _mbx(gauge: Gauge, level: float | None, step: int) -> bytes:
    """Decentlab's protocol 2: distance in mm, samples that were valid, battery in mV."""
    distance = 0 if level is None else round((mounting(gauge) - level) * 10)
    return struct.pack(">BHHHHH", 2, 3000, 3, max(0, distance), 0 if level is None else 5, 3050 - step % 50)


def _swl(gauge: Gauge, level: float | None, step: int) -> bytes:
    """Milesight's channels: battery in %, and unless the probe fails the depth in cm."""
    battery = bytes((0x01, 0x75, 96))
    return battery if level is None else battery + bytes((0x03, 0x77)) + struct.pack("<H", max(0, round(level)))


def _message(sensor: Sensor, at: datetime, number: int) -> bytes:
    gauge = sensor.gauge
    received = at.isoformat(timespec="microseconds").replace("+00:00", "") + "123Z"
    brand, model = sensor.model
    return msgspec.json.encode(
        {
            "end_device_ids": {
                "device_id": sensor.name,
                "application_ids": {"application_id": APPLICATION.split("@")[0]},
                "dev_eui": sensor.eui,
                "dev_addr": f"26{sensor.eui[-6:]}",
            },
            "correlation_ids": [f"as:up:{sensor.eui}{number:08d}"],
            "received_at": received,
            "uplink_message": {
                "session_key_id": b64encode(bytes.fromhex(sensor.eui)).decode(),
                "f_port": sensor.port,
                "f_cnt": number,
                "frm_payload": b64encode(sensor.payload(gauge, _level(gauge, at, number), number)).decode(),
                "rx_metadata": [{"gateway_ids": {"gateway_id": "rathaus"}, "rssi": -97, "snr": 6.2}],
                "settings": {"frequency": "868100000"},
                "received_at": received,
                "version_ids": {"brand_id": brand, "model_id": model},
                "locations": {"user": {"latitude": gauge.latitude, "longitude": gauge.longitude}},
            },
        }
    )
