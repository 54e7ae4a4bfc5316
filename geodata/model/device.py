"""A town's own sensor: who it is, where and how it hangs, what it last said, and when somebody must look after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from geodata.model.level import Level
from geodata.model.ref import id_of
from geodata.model.station import Series, Station, Threshold

SOURCE = "sensors"
SILENCE = timedelta(hours=1)
LOWEST_BATTERY = {"%": 20.0, "V": 2.5}


class State(StrEnum):
    """NEW: has spoken, nobody has said where it hangs. IGNORED: not ours, or not wanted; still counted."""

    NEW = "NEW"
    ADOPTED = "ADOPTED"
    IGNORED = "IGNORED"


class Measures(StrEnum):
    """What of a device's values becomes the reading. DISTANCE: from the sensor down to the water. DEPTH: of the water
    above a probe. LEVEL: the device has done the sum itself. RAIN: millimetres since the last message. RAIN_TOTAL:
    millimetres of a counter, of which the difference becomes RAIN; nobody adopts a device as this."""

    DISTANCE = "DISTANCE"
    DEPTH = "DEPTH"
    LEVEL = "LEVEL"
    RAIN = "RAIN"
    RAIN_TOTAL = "RAIN_TOTAL"


class Alarm(StrEnum):
    SILENT = "SILENT"
    BATTERY = "BATTERY"


@dataclass(frozen=True, slots=True)
class Stage:
    """A mark of the town's own, in the unit of the reading, and what reaching it means."""

    name: str
    value: float
    level: Level


@dataclass(frozen=True, slots=True)
class Adoption:
    """What somebody has said about a device. `mounting` in cm: of a DISTANCE sensor its height above the gauge's zero,
    of a DEPTH probe the height of its membrane above zero (negative below), of a LEVEL what to add. Degrees, EPSG:4326.
    `battery_limit` in the device's own unit (% or V). `silence_minutes` without a message are an alarm."""

    name: str
    measures: Measures
    mounting: float
    longitude: float
    latitude: float
    water: str | None = None
    stages: tuple[Stage, ...] = ()
    battery_limit: float | None = None
    silence_minutes: float = SILENCE.total_seconds() / 60

    @property
    def quantity(self) -> str:
        return "N" if self.measures is Measures.RAIN else "W"

    @property
    def unit(self) -> str:
        return "mm" if self.measures is Measures.RAIN else "cm"

    def reading(self, value: float) -> float:
        """The level above zero in cm from what the device measured in cm; rain in mm stays what it is."""
        if self.measures is Measures.RAIN:
            return value
        return round(self.mounting - value if self.measures is Measures.DISTANCE else self.mounting + value, 2)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a device last said of itself. `seen` is our clock, `newest` its own message's. `battery` in
    `battery_unit` (% or V), `rssi` in dBm, `snr` in dB."""

    seen: datetime
    newest: datetime | None = None
    battery: float | None = None
    battery_unit: str | None = None
    rssi: float | None = None
    snr: float | None = None


def wrong_with(adoption: Adoption) -> tuple[str, str] | None:
    """The field that cannot be and why, or None."""
    if not adoption.name.strip():
        return "name", "give the gauge a name that people know it by"
    if not (-180 <= adoption.longitude <= 180 and -90 <= adoption.latitude <= 90):
        return "longitude", "longitude must lie in -180..180 and latitude in -90..90 degrees"
    if adoption.measures is Measures.RAIN_TOTAL:
        return "measures", "measures is RAIN for a running total too: its differences are the rain"
    if not -10_000 <= adoption.mounting <= 10_000:
        return "mounting", "mounting is a height in cm, between -10000 and 10000"
    if adoption.measures is Measures.DISTANCE and adoption.mounting <= 0:
        return "mounting", "a sensor that looks down at the water hangs above zero: give its height in cm"
    if not 1 <= adoption.silence_minutes <= 14 * 1440:
        return "silence_minutes", "silence_minutes must lie between 1 and 20160 (14 days)"
    if adoption.battery_limit is not None and not 0 <= adoption.battery_limit <= 100:
        return "battery_limit", "battery_limit is in % or V, between 0 and 100"
    for lower, higher in zip(adoption.stages, adoption.stages[1:], strict=False):
        if not (lower.value < higher.value and lower.level <= higher.level):
            return "stages", f"stages must rise: {higher.name} ({higher.value:g}) stands above {lower.name}"
    return None


def alarms(standing: Standing, adoption: Adoption, now: datetime) -> tuple[Alarm, ...]:
    """Why somebody must look after the device: derived anew each time, never stored as a truth of its own."""
    found = []
    if now - standing.seen > timedelta(minutes=adoption.silence_minutes):
        found.append(Alarm.SILENT)
    limit = adoption.battery_limit
    if limit is None:
        limit = LOWEST_BATTERY.get(standing.battery_unit or "")
    if standing.battery is not None and limit is not None and standing.battery < limit:
        found.append(Alarm.BATTERY)
    return tuple(found)


def station_key(device: str) -> str:
    return id_of(SOURCE, device)


def station_of(device: str, adoption: Adoption, operator: str | None = None) -> Station:
    """The device as a gauge of the picture. Its readings look old once it has been silent for its limit."""
    marks = tuple(Threshold(s.name, s.value, adoption.unit, level=s.level) for s in adoption.stages)
    rhythm = max(1, round(adoption.silence_minutes / 3))
    return Station(
        key=station_key(device),
        name=adoption.name.strip(),
        kind="rain" if adoption.measures is Measures.RAIN else "gauge",
        water=(adoption.water or "").strip() or None,
        longitude=adoption.longitude,
        latitude=adoption.latitude,
        operator=operator,
        number=device,
        series=(Series(adoption.quantity, adoption.unit, every=rhythm, thresholds=marks),),
    )


def centimetres(value: float, unit: str) -> float | None:
    """A length in cm; None if the unit is not one of length or pressure of water that we know."""
    factor = {"mm": 0.1, "cm": 1.0, "m": 100.0, "dm": 10.0}.get(unit.strip())
    return None if factor is None else round(value * factor, 3)


def chosen_measure(offered: Iterable[Measures]) -> Measures | None:
    """What a form proposes for a device that measures all these."""
    there = {Measures.RAIN if m is Measures.RAIN_TOTAL else m for m in offered}
    return next((m for m in (Measures.LEVEL, Measures.DISTANCE, Measures.DEPTH, Measures.RAIN) if m in there), None)
