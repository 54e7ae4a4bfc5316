"""A rain gauge of a scenario: how much falls at a time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from feeds.simulator.curves import Curve

EVERY = timedelta(minutes=15)
LAG = timedelta(minutes=3)


class RainGauge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`curve` in mm/h; `total` in mm from the first to the last line of the curve, and `source` where that is from."""

    key: str
    number: str
    name: str
    longitude: float
    latitude: float
    curve: Curve
    total: float
    source: str

    def intensity(self, at: datetime) -> float:
        """mm/h at a stamp."""
        return round(self.curve.at(at), 2)

    def newest(self, now: datetime) -> datetime:
        """The stamp of the newest value that can be seen now."""
        return _floor(now - LAG)

    def stamps(self, start: datetime, now: datetime) -> Iterator[datetime]:
        at = _floor(start)
        while at <= self.newest(now):
            if at >= start:
                yield at
            at += EVERY


def _floor(moment: datetime) -> datetime:
    width = EVERY.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // width * width, UTC)
