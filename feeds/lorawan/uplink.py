"""One message of a device, whichever network server passed it on, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Network(StrEnum):
    """Whose envelope a message came in."""

    THINGS_STACK = "things_stack"
    CHIRPSTACK = "chirpstack"
    LORIOT = "loriot"
    THINGPARK = "thingpark"
    PLAIN = "plain"


class Quantity(StrEnum):
    """What a device measures. DISTANCE is from the sensor down to the water; DEPTH is of the water above a probe.
    RAIN in `mm` fell since the message before, in `mm total` it is a counter that only grows. PRESSURE is relative to
    the air or in a pipe. OTHER is shown but nothing is reckoned with it."""

    DISTANCE = "distance"
    DEPTH = "depth"
    LEVEL = "level"
    PRESSURE = "pressure"
    RAIN = "rain"
    TEMPERATURE = "temperature"
    BATTERY = "battery"
    BATTERY_VOLTAGE = "battery_voltage"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Measured:
    """`unit`: mm, cm, °C, %, V, or as the device says. `name` is the decoder's own word."""

    quantity: Quantity
    value: float
    unit: str
    name: str


@dataclass(frozen=True, slots=True)
class Uplink:
    """`device` is the DevEUI in upper-case hexadecimal, or the name of a device without one. `at` is when a gateway
    heard it. `counter` and `session` tell doubles. `profile` is what the network calls the device's kind.
    `payload` are the device's bytes, `decoded` what the network made of them, if it did. Degrees, EPSG:4326."""

    device: str
    network: Network
    at: datetime
    name: str | None = None
    profile: str | None = None
    port: int | None = None
    counter: int | None = None
    session: str | None = None
    payload: bytes | None = None
    decoded: dict[str, Any] | None = None
    longitude: float | None = None
    latitude: float | None = None
    rssi: float | None = None
    snr: float | None = None

    @property
    def double_of(self) -> tuple[str, str | None, int | None]:
        """Two uplinks with the same are one, however many gateways and brokers brought them."""
        return self.device, self.session, self.counter


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a device had stored and sends later."""

    at: datetime
    values: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    """`model` as on the device's label, such as Decentlab DL-MBX. `values` hold each quantity once, but OTHER often.
    `states` are words and flags, such as position: tilt. `unknown` are parts that we cannot read, in hexadecimal."""

    model: str
    values: tuple[Measured, ...]
    states: Mapping[str, str | bool] = field(default_factory=dict)
    earlier: tuple[Earlier, ...] = ()
    unknown: tuple[str, ...] = ()

    def first(self, quantity: Quantity) -> Measured | None:
        return next((value for value in self.values if value.quantity is quantity), None)
