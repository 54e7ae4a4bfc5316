"""Milesight's channels: identifier (1 byte), type (1), value; numbers little-endian. Usually on port 85.

Formats: the payload definitions that Milesight publishes with its decoders (SensorDecoders) for EM310-UDL, EM400-UDL,
EM500-UDL, EM500-SWL, EM500-PP and WTS506. The same identifier means different things on different models.
A channel we do not know ends the reading, since nothing tells its length; what was read before counts.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from feeds.lorawan.undecodable import Undecodable
from feeds.lorawan.uplink import Decoded, Earlier, Measured, Quantity

PORT = 85
_OUT_OF_RANGE = 0xFFFD
"""From here on a distance is an error code: out of range, no echo, sensor broken."""

_LABEL = re.compile(r"\b(EM\d{3}[-_ ]?(?:UDL|SWL|PP)|WTS\d{3})\b", re.IGNORECASE)
_FAMILY = re.compile(r"milesight|\b(?:EM|AM|WS|WTS|UC|VS|TS)\d{3}", re.IGNORECASE)


@dataclass(slots=True)
class _Reading:
    values: list[Measured] = field(default_factory=list)
    states: dict[str, str | bool] = field(default_factory=dict)
    earlier: list[tuple[int, bytes]] = field(default_factory=list)
    models: set[str] = field(default_factory=set)

    def add(self, quantity: Quantity, value: float, unit: str, name: str) -> None:
        self.values = [known for known in self.values if known.name != name]
        self.values.append(Measured(quantity, value, unit, name))

    def add_distance(self, value: int) -> None:
        if value >= _OUT_OF_RANGE:
            self.states["distance_error"] = f"{value:#06x}"
            self.add(Quantity.OTHER, value, "", "distance")
        else:
            self.add(Quantity.DISTANCE, value, "mm", "distance")


_Read = Callable[[_Reading, bytes], None]


@dataclass(frozen=True, slots=True)
class _Channel:
    length: int
    read: _Read
    models: frozenset[str] = frozenset()


def _unsigned(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


def _tenths(raw: bytes) -> float:
    return int.from_bytes(raw, "little", signed=True) / 10


def _distance(reading: _Reading, raw: bytes) -> None:
    reading.add_distance(_unsigned(raw[:2]))


def _distance_alarm(reading: _Reading, raw: bytes) -> None:
    reading.add_distance(_unsigned(raw[:2]))
    reading.states["distance_alarming"] = bool(raw[2])


def _mutation_alarm(reading: _Reading, raw: bytes) -> None:
    reading.add_distance(_unsigned(raw[:2]))
    reading.add(Quantity.OTHER, _unsigned(raw[2:4]), "mm", "distance_mutation")
    reading.states["distance_alarming"] = bool(raw[4])


def _temperature(reading: _Reading, raw: bytes) -> None:
    reading.add(Quantity.TEMPERATURE, _tenths(raw[:2]), "°C", "temperature")


def _temperature_alarm(reading: _Reading, raw: bytes) -> None:
    _temperature(reading, raw)
    reading.states["temperature_abnormal"] = bool(raw[2])


def _location(reading: _Reading, raw: bytes) -> None:
    x, y, motion = struct.unpack("<iiB", raw)
    reading.add(Quantity.OTHER, x / 1e6, "°", "longitude")
    reading.add(Quantity.OTHER, y / 1e6, "°", "latitude")
    reading.states["motion_status"] = _word(("unknown", "start moving", "moving", "stop moving"), motion & 0x0F)
    reading.states["geofence_status"] = _word(("inside", "outside", "unset", "unknown"), motion >> 4)


def _position(reading: _Reading, raw: bytes) -> None:
    reading.states["position"] = _word(("normal", "tilt"), raw[0])


def _word(words: tuple[str, ...], number: int) -> str:
    return words[number] if number < len(words) else "unknown"


def _rain(width: int) -> _Read:
    def read(reading: _Reading, raw: bytes) -> None:
        reading.add(Quantity.RAIN, _unsigned(raw[:width]) / 100, "mm total", "rainfall_total")
        reading.add(Quantity.OTHER, raw[width], "", "rainfall_counter")
        if len(raw) > width + 1:
            reading.states["rainfall_alarm"] = bool(raw[width + 1])

    return read


def _plainly(quantity: Quantity, unit: str, name: str, factor: float = 1) -> _Read:
    def read(reading: _Reading, raw: bytes) -> None:
        number = _unsigned(raw)
        reading.add(quantity, number if factor == 1 else number / factor, unit, name)

    return read


def _nothing(reading: _Reading, raw: bytes) -> None:
    """What the device says of itself: versions, serial number, restart."""


_UDL = frozenset({"EM310-UDL", "EM500-UDL"})
_EM400 = frozenset({"EM400-UDL"})
_WTS = frozenset({"WTS506"})
_CHANNELS: dict[tuple[int, int], _Channel] = {
    (0x01, 0x75): _Channel(1, _plainly(Quantity.BATTERY, "%", "battery")),
    (0x03, 0x67): _Channel(2, _temperature, _EM400 | _WTS),
    (0x03, 0x77): _Channel(2, _plainly(Quantity.DEPTH, "cm", "water_level"), frozenset({"EM500-SWL"})),
    (0x03, 0x7B): _Channel(2, _plainly(Quantity.PRESSURE, "kPa", "pressure"), frozenset({"EM500-PP"})),
    (0x03, 0x82): _Channel(2, _distance, _UDL),
    (0x83, 0xE9): _Channel(5, _mutation_alarm, frozenset({"EM500-UDL"})),
    (0x04, 0x00): _Channel(1, _position, frozenset({"EM310-UDL"})),
    (0x04, 0x82): _Channel(2, _distance, _EM400),
    (0x84, 0x82): _Channel(3, _distance_alarm, _EM400),
    (0x05, 0x00): _Channel(1, _position, _EM400),
    (0x06, 0x88): _Channel(9, _location, _EM400),
    (0x83, 0x67): _Channel(3, _temperature_alarm, _EM400 | _WTS),
    (0x04, 0x68): _Channel(1, _plainly(Quantity.OTHER, "%", "humidity", 2), _WTS),
    (0x05, 0x84): _Channel(2, _plainly(Quantity.OTHER, "°", "wind_direction", 10), _WTS),
    (0x06, 0x73): _Channel(2, _plainly(Quantity.OTHER, "hPa", "pressure", 10), _WTS),
    (0x07, 0x92): _Channel(2, _plainly(Quantity.OTHER, "m/s", "wind_speed", 10), _WTS),
    (0x08, 0x77): _Channel(3, _rain(2), _WTS),
    (0x08, 0xEC): _Channel(5, _rain(4), _WTS),
    (0x88, 0xEC): _Channel(6, _rain(4), _WTS),
    **{
        (0xFF, kind): _Channel(length, _nothing)
        for kind, length in (
            (0x01, 1),
            (0x0B, 1),
            (0x16, 8),
            (0x09, 2),
            (0x0A, 2),
            (0x0F, 1),
            (0xFF, 2),
            (0xFE, 1),
        )
    },
}
_HISTORY = (0x20, 0xCE)
_HISTORY_LENGTH = 6


def named(text: str | None) -> str | None:
    """The model a label, a profile or a device's name speaks of, such as EM310-UDL."""
    found = _LABEL.search(text or "")
    return re.sub(r"(?<=\d{3})[-_ ]?(?=[A-Z])", "-", found[1].upper()) if found else None


def of_milesight(text: str | None) -> bool:
    return _FAMILY.search(text or "") is not None


def recognises(payload: bytes) -> bool:
    return payload[:2] == bytes(_HISTORY) or tuple(payload[:2]) in _CHANNELS


def decode(payload: bytes, model: str | None = None) -> Decoded:
    """`model` as on the label; None takes the one that has these channels. Raises Undecodable."""
    reading, unknown, at = _Reading(), [], 0
    while at < len(payload):
        key = (payload[at], payload[at + 1]) if at + 1 < len(payload) else None
        channel = _CHANNELS.get(key) if key else None
        if key == _HISTORY and model not in _WTS:
            channel = _Channel(_HISTORY_LENGTH, lambda r, raw: r.earlier.append((_unsigned(raw[:4]), raw[4:])))
        if channel is None or at + 2 + channel.length > len(payload):
            unknown.append(payload[at:].hex())
            break
        channel.read(reading, payload[at + 2 : at + 2 + channel.length])
        if channel.models:
            reading.models = reading.models & channel.models or set(channel.models)
        at += 2 + channel.length
    name = model or _model(reading)
    earlier = _earlier(reading.earlier, name)
    if reading.earlier and not earlier:
        unknown.append(b"".join(raw for _, raw in reading.earlier).hex())
    if not reading.values and not reading.states and not earlier:
        raise Undecodable(f"Milesight: no channel that we know in {payload[:24].hex() or 'an empty payload'}")
    label = f"Milesight {name}" if name else "Milesight"
    return Decoded(label, tuple(reading.values), reading.states, earlier, tuple(unknown))


def _model(reading: _Reading) -> str | None:
    if len(reading.models) == 1:
        return next(iter(reading.models))
    # without a word on its position it is no EM310
    return "EM500-UDL" if reading.models == _UDL else None


def _earlier(stored: list[tuple[int, bytes]], model: str | None) -> tuple[Earlier, ...]:
    """What a device had kept while it had no network. Only a model's name tells what the numbers are."""
    found: list[Earlier] = []
    for seconds, raw in stored:
        reading = _Reading()
        if model == "EM500-SWL":
            reading.add(Quantity.DEPTH, _unsigned(raw), "cm", "water_level")
        elif model == "EM500-UDL":
            reading.add_distance(_unsigned(raw))
        else:
            return ()
        found.append(Earlier(datetime.fromtimestamp(seconds, UTC), tuple(reading.values)))
    return tuple(found)
