"""A place where something is measured, and the marks by which a value is judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from geodata.model.level import Level


@dataclass(frozen=True, slots=True)
class Threshold:
    """A mark on a series in the series' own unit, such as MHW or M_II. `level` is what reaching it means;
    None for marks that only orient (MW)."""

    name: str
    value: float
    unit: str
    title: str = ""
    level: Level | None = None
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class GaugeZero:
    """Height of the gauge's zero (Pegelnullpunkt); water level above sea = value + W / 100 m."""

    value: float
    unit: str
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One measured quantity: W water level, Q discharge. `every` is the source's rhythm in minutes."""

    quantity: str
    unit: str
    every: int | None = None
    thresholds: tuple[Threshold, ...] = ()
    gauge_zero: GaugeZero | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """`key` is the id part of its ref. `longitude`, `latitude` in degrees EPSG:4326, None where the source has none.
    `river_km` counts as the source counts (down the Rhine, up the Ruhr). `municipality` is the ARS, filled in by the
    store from the position."""

    key: str
    name: str
    kind: str = "gauge"
    water: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    river_km: float | None = None
    operator: str | None = None
    number: str | None = None
    series: tuple[Series, ...] = ()
    municipality: str | None = None

    def find(self, quantity: str) -> Series | None:
        return next((s for s in self.series if s.quantity == quantity), None)


def level_of(value: float | None, thresholds: Iterable[Threshold], unit: str) -> Level | None:
    """The highest level whose mark the value reaches; None (unknown) without a value or a mark to judge by."""
    if value is None:
        return None
    marks = [t for t in thresholds if t.level is not None and t.unit == unit]
    if not marks:
        return None
    return max((t.level for t in marks if t.level is not None and value >= t.value), default=Level.NONE)
