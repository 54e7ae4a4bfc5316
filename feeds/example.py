"""A template: copy this file and its test, and a new source is done.

The source here is a small municipal rain network that publishes one JSON list:

    [{"id": "R7", "name": "Feuerwache", "lat": 51.2, "lon": 6.8, "time": "2026-07-14T10:00:00+02:00", "mm_h": 12.5}]

What to do for a source of your own:
1. Describe one item as a `msgspec.Struct`, with the fields you use and nothing else.
2. Say in `poll` what to ask, and turn items into stations, observations or warnings (`geodata/model`).
   Whole answer wrong: raise `Garbled` (the decoder does). One item wrong: into `dropped`. A word you do not know:
   count it in `unknown`. Never guess a value, a zone or a unit.
3. Say `complete=True` only if the answer states every warning in force.
4. Name the class in `[project.entry-points."lagebild.feeds"]`, in this project or in a package of your own. The name
   of the entry point is the feed's `name`.
5. Try it: `lagebild feed try NAME`, keep an answer with `lagebild feed record NAME DIR`, write the test.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

import msgspec

from feeds.contract import Batch, Http
from feeds.decoding import each, listed
from geodata.model.observation import Observation
from geodata.model.ref import id_of
from geodata.model.station import Series, Station


class _Gauge(msgspec.Struct):
    """One item. A field without a default must be there; `tz=True` refuses a time without its zone."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    name: str
    time: Annotated[datetime, msgspec.Meta(tz=True)]
    mm_h: float
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)] | None = None


class Example:
    """The class attributes are the source's manifest; they appear in the interface and in `lagebild feed list`."""

    name: ClassVar[str] = "example"
    title: ClassVar[str] = "Example: municipal rain gauges"
    publisher: ClassVar[str] = "Example municipality"
    licence: ClassVar[str] = "CC0-1.0"
    attribution: ClassVar[str] = "Rain: Example municipality"
    home: ClassVar[str] = "https://rain.example"
    every: ClassVar[timedelta] = timedelta(minutes=5)
    stale_after: ClassVar[timedelta] = timedelta(minutes=30)
    newest_within: ClassVar[timedelta | None] = timedelta(hours=1)

    def __init__(self, base_url: str | None = None, *, area: str | None = "05") -> None:
        """All gauges are the municipality's own: `area` leaves nothing out."""
        self.base_url = (base_url or "https://rain.example/api").rstrip("/")

    async def poll(self, http: Http, now: datetime) -> Batch:
        answer = await http.get(f"{self.base_url}/gauges.json")
        return Batch(unchanged=True) if answer.unchanged else self.parse(answer.url, answer.body, now)

    def recognises(self, path: str, payload: bytes) -> bool:
        return payload.lstrip()[:1] == b"[" and b'"mm_h"' in payload[:4096]

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        batch = Batch()
        for gauge in each(listed(payload, "gauges"), _Gauge, batch.dropped, "gauge"):
            key = id_of(self.name, gauge.id)
            rain = Series("R", "mm/h", every=5)
            batch.stations.append(
                Station(key, gauge.name, "rain_gauge", longitude=gauge.lon, latitude=gauge.lat, series=(rain,))
            )
            batch.observations.append(Observation(key, "R", gauge.time, gauge.mm_h, "mm/h"))
        batch.newest = max((o.at for o in batch.observations), default=None)
        return batch
