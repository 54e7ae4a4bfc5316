"""What an uplink says, in the words of the registry."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from feeds.lorawan.reading import decode
from feeds.lorawan.undecodable import Undecodable
from feeds.lorawan.uplink import Measured, Quantity, Uplink
from geodata.model.device import Measures, centimetres
from geodata.model.ref import id_of
from geodata.store.devices import Message

Measurement = tuple[datetime, dict[Measures, float]]

MOST_VALUES = 40
_LENGTHS = {
    Quantity.LEVEL: Measures.LEVEL,
    Quantity.DISTANCE: Measures.DISTANCE,
    Quantity.DEPTH: Measures.DEPTH,
}


@dataclass(frozen=True, slots=True)
class Said:
    """One uplink decoded, or why it could not be. `device` is its id in the registry, `measured` in cm or mm, with
    what the device had stored and sends later."""

    uplink: Uplink
    device: str
    model: str | None = None
    values: list[dict[str, Any]] = field(default_factory=list)
    measured: list[Measurement] = field(default_factory=list)
    battery: float | None = None
    battery_unit: str | None = None
    reason: str | None = None

    @property
    def at(self) -> datetime:
        return self.uplink.at

    def message(self, doubt: str | None = None) -> Message:
        up = self.uplink
        payload = up.payload.hex().upper() if up.payload else None
        return Message(self.device, up.at, up.counter, up.port, payload, self.values, self.reason, doubt)

    @property
    def raw(self) -> str:
        """For whoever looks at what could not be used."""
        up = self.uplink
        if up.payload:
            return f"port {up.port}: {up.payload.hex().upper()}"
        return orjson.dumps(up.decoded, default=str).decode() if up.decoded else ""


def device_id(name: str) -> str:
    """The name as an id that can stand in an address; a DevEUI stays as it is."""
    return id_of("d", name)[2:]


def said(uplink: Uplink) -> Said:
    device = device_id(uplink.device)
    try:
        decoded = decode(uplink)
    except Undecodable as error:
        return Said(uplink, device, reason=str(error)[:300])
    values = [v for v in decoded.values if math.isfinite(v.value)][:MOST_VALUES]
    battery = decoded.first(Quantity.BATTERY) or decoded.first(Quantity.BATTERY_VOLTAGE)
    stored = [(earlier.at, measured(earlier.values)) for earlier in decoded.earlier]
    return Said(
        uplink,
        device,
        decoded.model,
        [written(v) for v in values],
        [(at, found) for at, found in [*stored, (uplink.at, measured(values))] if found],
        battery.value if battery else None,
        battery.unit if battery else None,
    )


def written(value: Measured) -> dict[str, Any]:
    return {"quantity": value.quantity.value, "value": value.value, "unit": value.unit, "name": value.name[:80]}


def measured(values: Iterable[Measured]) -> dict[Measures, float]:
    """What can become a reading, the first of each kind, in cm and mm."""
    found: dict[Measures, float] = {}
    for value in values:
        kind = _LENGTHS.get(value.quantity)
        if kind:
            length = centimetres(value.value, value.unit)
            if length is not None:
                found.setdefault(kind, length)
        elif value.quantity is Quantity.RAIN and value.unit == "mm":
            found.setdefault(Measures.RAIN, value.value)
        elif value.quantity is Quantity.RAIN and value.unit == "mm total":
            found.setdefault(Measures.RAIN_TOTAL, value.value)
    return found


def measured_again(values: list[dict[str, Any]]) -> dict[Measures, float]:
    """The same from a kept message."""
    return measured(Measured(Quantity(v["quantity"]), v["value"], v["unit"], v["name"]) for v in values)
