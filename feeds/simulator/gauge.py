"""One gauge of a scenario: what stands on its plate, and what it reports at a given time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from feeds.simulator.curves import Curve, jitter

LOCAL = ZoneInfo("Europe/Berlin")
SENTINEL = 99999.0
OUTDATED_AFTER = timedelta(minutes=90)

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Trouble(StrEnum):
    """SILENT: no new values. STUCK: the value no longer moves. SPIKE: the sensor reports its error value."""

    SILENT = "silent"
    STUCK = "stuck"
    SPIKE = "spike"


class Disturbance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes wrong with a sensor in a span of time; both ends belong to it."""

    kind: Trouble
    start: Moment
    end: Moment


class Remark(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The operator's word on a series, shown while it holds."""

    start: Moment
    end: Moment
    text: str
    quantity: Literal["W", "Q"] = "W"


class Peak(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The highest level and how well it is known. `source` names where from, or why only approximate."""

    value: float
    at: Moment
    confidence: Literal["known", "approximate"]
    source: str


class Reported(msgspec.Struct, frozen=True):
    """A value as the gauge sends it."""

    at: datetime
    value: float


class Gauge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`curve` in `unit`; `every` minutes between values, `lag` seconds until a value can be seen; `marks` are the
    characteristic values in `unit`; `rating` the discharge in m³/s by level; `zero` the gauge zero in m above NHN;
    `guest` marks a gauge of the LANUK or of a water board: it is published by the
    Land's portal and not by the federal service. `land` is where it stands."""

    key: str
    uuid: str
    number: str
    shortname: str
    longname: str
    water: str
    water_longname: str
    agency: str
    curve: Curve
    km: float | None = None
    longitude: float | None = None
    latitude: float | None = None
    unit: str = "cm"
    every: int = 15
    lag: int = 120
    noise: float = 1.0
    zero: float | None = None
    marks: dict[str, float] = {}
    rating: list[tuple[float, float]] = []
    forecast: bool = False
    guest: bool = False
    land: str = "NW"
    peak: Peak | None = None
    disturbances: list[Disturbance] = []
    remarks: list[Remark] = []

    def level(self, at: datetime) -> float:
        """The level at a stamp as reported: whole centimetres (or hundredths of a metre), disturbed where it is."""
        for trouble in self.disturbances:
            if trouble.start <= at <= trouble.end:
                if trouble.kind is Trouble.SPIKE:
                    return SENTINEL
                if trouble.kind is Trouble.STUCK:
                    return self._plain(_floor(trouble.start, self.every))
        return self._plain(at)

    def true_level(self, at: datetime) -> float:
        """The level without sensor trouble, unrounded."""
        return self.curve.at(at)

    def _plain(self, at: datetime) -> float:
        step = int(at.timestamp() // (self.every * 60))
        value = self.curve.at(at) + jitter(self.key, step, self.noise)
        return round(value, 0 if self.unit == "cm" else 2)

    def discharge(self, level: float) -> float | None:
        """m³/s for a level by linear interpolation; None outside the rating, as the real source gives none there."""
        for (low, q_low), (high, q_high) in zip(self.rating, self.rating[1:], strict=False):
            if low <= level <= high:
                return float(round(q_low + (q_high - q_low) * (level - low) / (high - low), 1))
        return None

    def comment(self, quantity: str, now: datetime) -> str | None:
        return next((r.text for r in self.remarks if r.quantity == quantity and r.start <= now <= r.end), None)

    def silent(self, at: datetime) -> bool:
        return any(d.kind is Trouble.SILENT and d.start <= at <= d.end for d in self.disturbances)

    def stamps(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The times of values from `start` to `end`, both inclusive, in UTC."""
        step = timedelta(minutes=self.every)
        at = _floor(start, self.every)
        if at < start:
            at += step
        while at <= end:
            if not self.silent(at):
                yield at
            at += step

    def newest(self, now: datetime, since: datetime) -> datetime | None:
        """The stamp of the newest value that can be seen now; None if there is none since `since`."""
        step = timedelta(minutes=self.every)
        at = _floor(now - timedelta(seconds=self.lag), self.every)
        while at >= since:
            if not self.silent(at):
                return at
            at -= step
        return None


def _floor(moment: datetime, minutes: int) -> datetime:
    width = minutes * 60
    return datetime.fromtimestamp(moment.timestamp() // width * width, UTC)
