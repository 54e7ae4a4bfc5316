"""When satellites pass in an exercise, and what their catalogue tells of it. The rhythm is the real one (Sentinel-1
every six days on a track, Sentinel-2 every five), the moments are chosen for the exercise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

FROM_ABOVE_TO_CATALOGUE = timedelta(hours=2)
_WEST, _EAST, _SOUTH, _NORTH = 5.2, 10.0, 49.9, 52.9


@dataclass(frozen=True, slots=True)
class Track:
    """`first` is one of its passes; the others follow before and after it each `days`."""

    collection: str
    platform: str
    orbit: int
    direction: str
    first: datetime
    days: int


TRACKS = (
    Track("sentinel-1-grd", "sentinel-1b", 37, "descending", datetime(2021, 7, 15, 5, 50, 41, tzinfo=UTC), 6),
    Track("sentinel-1-grd", "sentinel-1a", 15, "ascending", datetime(2021, 7, 15, 17, 25, 16, tzinfo=UTC), 6),
    Track("sentinel-1-grd", "sentinel-1a", 139, "descending", datetime(2021, 7, 16, 5, 42, 22, tzinfo=UTC), 6),
    Track("sentinel-2-l2a", "sentinel-2a", 108, "descending", datetime(2021, 7, 14, 10, 46, 21, tzinfo=UTC), 5),
    Track("sentinel-2-l2a", "sentinel-2b", 8, "descending", datetime(2021, 7, 16, 10, 36, 29, tzinfo=UTC), 5),
)

_CLOUDS = {datetime(2021, 7, 14, 10, 46, 21, tzinfo=UTC): 98.4, datetime(2021, 7, 16, 10, 36, 29, tzinfo=UTC): 14.0}
"""Percent, where the weather of 2021 is the exercise's; other days have their own by chance."""


@dataclass(frozen=True, slots=True)
class Pass:
    track: Track
    at: datetime

    @property
    def id(self) -> str:
        stamp, end = f"{self.at:%Y%m%dT%H%M%S}", f"{self.at + timedelta(seconds=25):%Y%m%dT%H%M%S}"
        unit = self.track.platform[-1].upper()
        if self.track.collection == "sentinel-1-grd":
            number = 20_000 + self.at.toordinal() % 20_000
            return f"S1{unit}_IW_GRDH_1SDV_{stamp}_{end}_{number:06d}_{self.at.hour:06X}_{self.track.orbit:04X}"
        return f"S2{unit}_MSIL2A_{stamp}_N0301_R{self.track.orbit:03d}_T32ULB_{end}"

    @property
    def cloud(self) -> float | None:
        if self.track.collection != "sentinel-2-l2a":
            return None
        return _CLOUDS.get(self.at, round(50 + 49 * math.sin(self.at.toordinal() * 2.399), 1))

    def feature(self) -> dict[str, Any]:
        """As the catalogue lists it."""
        lean = 0.4 if self.track.direction == "ascending" else -0.4
        ring = [
            [_WEST - lean, _SOUTH], [_EAST - lean, _SOUTH], [_EAST + lean, _NORTH], [_WEST + lean, _NORTH],
            [_WEST - lean, _SOUTH],
        ]  # fmt: skip
        properties: dict[str, Any] = {
            "datetime": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
            "platform": self.track.platform,
            "sat:orbit_state": self.track.direction,
            "sat:relative_orbit": self.track.orbit,
        }
        if self.cloud is not None:
            properties["eo:cloud_cover"] = self.cloud
        else:
            properties |= {"sar:instrument_mode": "IW", "s1:polarization": "DV", "s1:resolution": "HIGH"}
        return {
            "type": "Feature",
            "stac_version": "1.0.0",
            "id": self.id,
            "collection": self.track.collection,
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "bbox": [_WEST - 0.4, _SOUTH, _EAST + 0.4, _NORTH],
            "properties": properties,
            "links": [],
            "assets": {},
        }


def passes(collection: str, start: datetime, end: datetime, now: datetime) -> list[Pass]:
    """Those between two moments that are in the catalogue by now, the newest first."""
    last = min(end, now - FROM_ABOVE_TO_CATALOGUE)
    found = []
    for track in TRACKS:
        if track.collection == collection:
            step = timedelta(days=track.days)
            at = track.first + math.ceil((start - track.first) / step) * step
            while at <= last:
                found.append(Pass(track, at))
                at += step
    return sorted(found, key=lambda p: p.at, reverse=True)
