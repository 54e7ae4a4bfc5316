"""Decentlab's protocol 2: version (1 byte), device number (2), flags (2), then 16-bit words, all big-endian.

Each flag says whether the words of one group follow; the last group is the battery. The bytes do not name the model,
and some models have the same layout. Formulas: Decentlab's published decoders (decentlab-decoders), per model.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from feeds.lorawan.undecodable import Undecodable
from feeds.lorawan.uplink import Decoded, Measured, Quantity

VERSION = 2
_HEAD = struct.Struct(">BHH")
_BATTERY_GROUP = 1
_CM_OF_WATER_PER_BAR = 1e5 / (1000 * 9.80665) * 100
DEPTH_FROM_PRESSURE = "depth_from_pressure"
_MOST_SAMPLES = 1000

_OF_A_LASER = (
    "average",
    "minimum",
    "maximum",
    "median",
    "10th_percentile",
    "25th_percentile",
    "75th_percentile",
    "90th_percentile",
    "most_frequent_value",
)

Words = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Model:
    """`words` of the one measuring group; `fits` tells models of the same layout apart by what can be true."""

    name: str
    words: int
    read: Callable[[Words], list[Measured]]
    fits: Callable[[Words], bool] = lambda words: True


def _mbx(words: Words) -> list[Measured]:
    distance, samples = words
    # without a valid echo the distance is only the last one, or nothing
    quantity = Quantity.DISTANCE if samples else Quantity.OTHER
    return [
        Measured(quantity, distance, "mm", "distance"),
        Measured(Quantity.OTHER, samples, "", "number_of_valid_samples"),
    ]


def _lid(words: Words) -> list[Measured]:
    samples = words[9]
    # the median is the one that a wave, a leaf or a bird moves least
    found = [
        Measured(Quantity.DISTANCE if name == "median" and samples else Quantity.OTHER, value, "mm", f"distance_{name}")
        for name, value in zip(_OF_A_LASER, words, strict=False)
    ]
    return [
        *found,
        Measured(Quantity.OTHER, samples, "", "number_of_samples"),
        Measured(Quantity.OTHER, words[10] / 1.024, "ms", "total_acquisition_time"),
    ]


def _keller(low: float, high: float) -> Callable[[Words], list[Measured]]:
    """A pressure probe whose range in bar is on its label; the depth is of fresh water at 9.80665 m/s²."""

    def read(words: Words) -> list[Measured]:
        pressure = (words[0] - 16384) / 32768 * (high - low) + low
        return [
            Measured(Quantity.PRESSURE, pressure, "bar", "pressure"),
            Measured(Quantity.DEPTH, pressure * _CM_OF_WATER_PER_BAR, "cm", DEPTH_FROM_PRESSURE),
            Measured(Quantity.TEMPERATURE, (words[1] - 384) * 0.003125 - 50, "°C", "temperature"),
        ]

    return read


def _pr36(words: Words) -> list[Measured]:
    pressure = (words[0] - 32768) / 8192
    return [
        Measured(Quantity.PRESSURE, pressure, "bar", "pressure"),
        Measured(Quantity.DEPTH, pressure * _CM_OF_WATER_PER_BAR, "cm", DEPTH_FROM_PRESSURE),
        Measured(Quantity.TEMPERATURE, (words[1] - 32768) / 256, "°C", "temperature"),
    ]


def _ctd10(words: Words) -> list[Measured]:
    return [
        Measured(Quantity.DEPTH, words[0] - 32768, "mm", "water_depth"),
        Measured(Quantity.TEMPERATURE, (words[1] - 32768) / 10, "°C", "temperature"),
        Measured(Quantity.OTHER, words[2], "µS/cm", "electrical_conductivity"),
        Measured(Quantity.OTHER, words[3], "", "freezing_flag"),
    ]


def _tbrg(words: Words) -> list[Measured]:
    """Tips of 0.1 mm, which is the resolution the model is sold with in Europe."""
    return [
        Measured(Quantity.RAIN, words[0] * 0.1, "mm", "precipitation"),
        Measured(Quantity.OTHER, words[1], "s", "precipitation_interval"),
        Measured(Quantity.OTHER, (words[2] + words[3] * 65536) * 0.1, "mm", "cumulative_precipitation"),
    ]


def _probe_is_warm_enough(words: Words) -> bool:
    return 0x1900 <= words[1] <= 0xA400  # -30 °C to 80 °C


_MODELS = (
    _Model("DL-LID", 11, _lid),
    _Model("DL-MBX", 2, _mbx, lambda words: words[1] < _MOST_SAMPLES),
    _Model("DL-PR26", 2, _keller(0.0, 1.0), _probe_is_warm_enough),
    _Model("DL-PR21", 2, _keller(-1.0, 10.0), _probe_is_warm_enough),
    _Model("DL-PR36", 2, _pr36, lambda words: 0x6000 <= words[1] <= 0xD000),  # -32 °C to 80 °C
    _Model("DL-CTD10", 4, _ctd10),
    _Model("DL-TBRG", 4, _tbrg),
)
_GUESSED = {2: ("DL-MBX", "DL-PR26"), 11: ("DL-LID",)}
"""What bytes without a model's name may be taken for."""

_LABEL = re.compile(r"\bDL[-_ ]?([A-Z]{2,4}\d{0,3}[A-Z]?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Frame:
    """The bytes taken apart: `sensor` words of the measuring group or None, and the battery in mV or None."""

    number: int
    sensor: Words | None
    battery: int | None


def frame(payload: bytes) -> Frame:
    """Raises Undecodable if it is no frame of protocol 2 with one measuring group and one of a battery."""
    if len(payload) < _HEAD.size:
        raise Undecodable(f"Decentlab: {len(payload)} bytes are less than a head")
    version, number, flags = _HEAD.unpack_from(payload)
    if version != VERSION:
        raise Undecodable(f"Decentlab: protocol version {version} instead of {VERSION}")
    if flags not in (1, 2, 3):
        raise Undecodable(f"Decentlab: flags {flags:#06x} name groups we do not know")
    rest = payload[_HEAD.size :]
    words = len(rest) // 2
    sensed = words - (flags >> _BATTERY_GROUP & 1)
    if len(rest) % 2 or (sensed > 0) != bool(flags & 1) or sensed < 0:
        raise Undecodable(f"Decentlab: {len(payload)} bytes do not fit flags {flags:#06x}: truncated?")
    values = struct.unpack(f">{words}H", rest)
    return Frame(number, values[:sensed] if flags & 1 else None, values[-1] if flags & 2 else None)


def named(text: str | None) -> str | None:
    """The model a label, a profile or a device's name speaks of, such as DL-MBX."""
    found = _LABEL.search(text or "")
    return f"DL-{found[1].upper()}" if found else None


def decode(payload: bytes, model: str | None = None) -> Decoded:
    """`model` as on the label; None takes the one whose values can be true. Raises Undecodable."""
    parts = frame(payload)
    battery = (
        []
        if parts.battery is None
        else [Measured(Quantity.BATTERY_VOLTAGE, parts.battery / 1000, "V", "battery_voltage")]
    )
    if parts.sensor is None:
        return Decoded(f"Decentlab {model}" if model else "Decentlab", tuple(battery))
    chosen = _chosen(parts.sensor, model)
    return Decoded(f"Decentlab {chosen.name}", (*chosen.read(parts.sensor), *battery))


def knows(model: str) -> bool:
    return any(known.name == model for known in _MODELS)


def certain(payload: bytes) -> bool:
    """Whether only one model has this layout, so that nobody need say which it is."""
    sensor = frame(payload).sensor
    return sensor is not None and len(sensor) == 11


def _chosen(words: Words, model: str | None) -> _Model:
    if model is not None:
        found = next((m for m in _MODELS if m.name == model), None)
        if found is None:
            raise Undecodable(f"Decentlab: no decoder for {model}")
        if found.words != len(words):
            raise Undecodable(f"Decentlab: {len(words)} words are not what a {model} sends")
        return found
    for candidate in _MODELS:
        if candidate.name in _GUESSED.get(len(words), ()) and candidate.fits(words):
            return candidate
    raise Undecodable(f"Decentlab: {len(words)} words of a model we cannot tell; name the model")
