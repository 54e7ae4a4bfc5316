"""Values that the network server or the town's own bridge has already decoded, in whatever words it has for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from feeds.lorawan.undecodable import Undecodable
from feeds.lorawan.uplink import Decoded, Measured, Network, Quantity
from feeds.lorawan.wire import finite, label

_MOST_VALUES = 60
_WITH_UNIT = re.compile(r"\s*(-?\d+(?:[.,]\d+)?)\s*(mm|cm|m|V|mV|%|°C|C|hPa|kPa|bar)?\s*")
_SUFFIX = re.compile(r"[_ ](mm|cm|m|v|mv|c|pct|percent)$")
_UNITS = {"v": "V", "mv": "mV", "c": "°C", "C": "°C", "pct": "%", "percent": "%"}
_WORDS: dict[str, tuple[Quantity, str]] = {
    "distance": (Quantity.DISTANCE, "mm"),
    "abstand": (Quantity.DISTANCE, "mm"),
    "distance_median": (Quantity.DISTANCE, "mm"),
    "depth": (Quantity.DEPTH, "cm"),
    "water_depth": (Quantity.DEPTH, "mm"),
    "water_level": (Quantity.DEPTH, "cm"),
    "level": (Quantity.LEVEL, "cm"),
    "pegel": (Quantity.LEVEL, "cm"),
    "wasserstand": (Quantity.LEVEL, "cm"),
    "rain": (Quantity.RAIN, "mm"),
    "rainfall": (Quantity.RAIN, "mm"),
    "precipitation": (Quantity.RAIN, "mm"),
    "rainfall_total": (Quantity.RAIN, "mm total"),
    "rain_total": (Quantity.RAIN, "mm total"),
    "total_rain": (Quantity.RAIN, "mm total"),
    "rain_accumulated": (Quantity.RAIN, "mm total"),
    "cumulative_rain": (Quantity.RAIN, "mm total"),
    "temperature": (Quantity.TEMPERATURE, "°C"),
    "temp": (Quantity.TEMPERATURE, "°C"),
    "pressure": (Quantity.PRESSURE, ""),
    "battery": (Quantity.BATTERY, "%"),
    "bat": (Quantity.BATTERY, "%"),
    "batv": (Quantity.BATTERY_VOLTAGE, "V"),
    "bat_v": (Quantity.BATTERY_VOLTAGE, "V"),
    "battery_voltage": (Quantity.BATTERY_VOLTAGE, "V"),
}
_MOST_VOLTS = 6.0
"""A battery value with decimals up to here is in volts, whatever it is called."""


def decode(given: Mapping[str, Any], network: Network, model: str | None = None) -> Decoded:
    """Raises Undecodable if there is no number in it."""
    values: list[Measured] = []
    states: dict[str, str | bool] = {}
    seen: set[Quantity] = set()
    for key, raw in list(_flat(given))[:_MOST_VALUES]:
        name = label(key)
        if name is None:
            continue
        if isinstance(raw, bool):
            states[name] = raw
        elif (measured := _measured(name, raw, network)) is not None:
            if measured.quantity in seen:
                measured = Measured(Quantity.OTHER, measured.value, measured.unit, name)
            elif measured.quantity is not Quantity.OTHER:
                seen.add(measured.quantity)
            values.append(measured)
        elif isinstance(raw, str) and (text := label(raw)):
            states[name] = text
    if not values:
        raise Undecodable("the network's decoded values hold no number")
    return Decoded(model or "decoded by the network", tuple(values), states)


def _flat(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Decentlab's decoder gives {"distance": {"value": 1234, "unit": "mm"}}, others plain numbers."""
    for key, raw in given.items():
        if isinstance(raw, Mapping) and "value" in raw:
            value, unit = raw["value"], raw.get("unit")
            told = isinstance(unit, str) and unit and not isinstance(value, bool | str)
            yield str(key), f"{value} {unit}" if told and _WITH_UNIT.fullmatch(f"{value} {unit}") else value
        elif not isinstance(raw, Mapping | list):
            yield str(key), raw


def _measured(name: str, raw: Any, network: Network) -> Measured | None:
    unit: str | None = None
    if isinstance(raw, str):
        match = _WITH_UNIT.fullmatch(raw)
        if match is None:
            return None
        raw, unit = match[1].replace(",", "."), match[2]
    value = finite(raw)
    if value is None:
        return None
    word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    quantity, usual = _WORDS.get(word, (Quantity.OTHER, ""))
    if quantity is Quantity.OTHER and (suffix := _SUFFIX.search(word)):
        quantity, usual = _WORDS.get(word[: suffix.start()], (Quantity.OTHER, ""))
        unit = unit or suffix[1]
    if usual == "mm total" and unit:
        quantity, unit = (quantity, usual) if unit == "mm" else (Quantity.OTHER, unit)
    if quantity is Quantity.BATTERY and unit is None and value <= _MOST_VOLTS and value != int(value):
        unit = "V"
    if quantity is Quantity.BATTERY and unit in ("V", "v", "mV", "mv"):
        quantity = Quantity.BATTERY_VOLTAGE
    if word == "water_level" and network is Network.PLAIN:
        quantity = Quantity.LEVEL  # a town's own bridge has taken the mounting height into account
    return Measured(quantity, value, _UNITS.get(unit, unit) if unit else usual, name)
