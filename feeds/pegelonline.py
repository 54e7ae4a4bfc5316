"""PEGELONLINE of the federal waterways (WSV): water level and discharge of the large rivers and canals.

One bulk poll for all stations; forecasts hourly where there are any; the hydrograph is filled after an outage and
for the last two days at first start. The wire format and its traps are told in `feeds/pegelonline_wire.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode

from feeds import pegelonline_wire as wire
from feeds.contract import Answer, Batch, Dropped, Http, Refused
from feeds.politeness import each_politely
from geodata.model.observation import FUTURE_TOLERANCE
from geodata.model.station import Station

PUBLIC = "https://www.pegelonline.wsv.de/webservices/rest-api/v2"
FEDERAL = ("RHEIN", "RUHR", "WESER", "EMS", "DEK", "WDK", "RHK", "DHK", "MLK")
TRIBUTARIES = (
    "AGGER", "DHUENN", "ERFT", "INDE", "LENNE", "LIPPE", "NEFFELBACH", "NIERS", "OLEF", "ROTBACH", "RUR", "SIEG",
    "SWISTBACH", "URFT", "VICHTBACH", "VOLME", "WUPPER", "WURM",
)  # fmt: skip
"""Rivers of NRW that the federal service does not measure today; a mirror in its format may."""
UPSTREAM = (5.5, 49.7, 10.2, 52.9)
"""West, south, east, north: what flows into NRW matters there too (Kaub, Koblenz, Trier); the Elbe does not."""
NRW = (5.8, 50.3, 9.5, 52.6)

FORECAST_EVERY = timedelta(hours=1)
FIRST_HISTORY = timedelta(hours=48)
LONGEST_HISTORY = timedelta(days=7)
AT_ONCE = 2
PER_POLL = 60
SECONDS_FOR_HISTORY = 45.0
TRIES = 3

Series = tuple[str, str]
"""UUID of a station and quantity."""


class Pegelonline:
    name: ClassVar[str] = "pegelonline"
    title: ClassVar[str] = "PEGELONLINE"
    publisher: ClassVar[str] = "Wasserstraßen- und Schifffahrtsverwaltung des Bundes (WSV)"
    licence: ClassVar[str] = "DL-DE-Zero-2.0"
    attribution: ClassVar[str] = "Pegeldaten: WSV, pegelonline.wsv.de"
    home: ClassVar[str] = "https://www.pegelonline.wsv.de"
    every: ClassVar[timedelta] = timedelta(minutes=5)
    stale_after: ClassVar[timedelta] = timedelta(minutes=45)
    newest_within: ClassVar[timedelta | None] = timedelta(minutes=90)

    def __init__(
        self, base_url: str | None = None, *, area: str | None = "05", waters: Iterable[str] | None = None
    ) -> None:
        """`waters` are PEGELONLINE's short names, None for those of NRW. With `area` None nothing is left out
        for where it lies."""
        self.base_url = (base_url or PUBLIC).rstrip("/")
        self.waters = tuple(waters) if waters else FEDERAL + TRIBUTARIES
        self._fewer = None if waters else FEDERAL
        self._around = UPSTREAM if area else None
        self.forget()

    def forget(self) -> None:
        """Start as if new: the history is asked for again."""
        self._looked_at: datetime | None = None
        self._newest: dict[Series, datetime] = {}
        self._forecast_at: dict[str, datetime] = {}
        self._gaps: dict[Series, tuple[timedelta, int]] = {}

    def _bulk_url(self, waters: Iterable[str]) -> str:
        parameters = {
            "waters": ",".join(waters),
            "timeseries": "W,Q,WV",
            "includeTimeseries": "true",
            "includeCurrentMeasurement": "true",
            "includeCharacteristicValues": "true",
            "includeForecastTimeseries": "true",
            "prettyprint": "false",
        }
        return f"{self.base_url}/stations.json?{urlencode(parameters, safe=',')}"

    async def poll(self, http: Http, now: datetime) -> Batch:
        """Raises FeedError if the list of stations fails; a forecast or history that fails is asked for again."""
        if self._looked_at is not None and now < self._looked_at:
            self.forget()  # an exercise jumped back
        # "unchanged" would tell nothing of what is still wanted of the stations
        wanting = bool(self._gaps) or any(now - at >= FORECAST_EVERY for at in self._forecast_at.values())
        answer = await self._bulk(http, conditional=not wanting)
        if answer.unchanged:
            self._looked_at = now
            return Batch(unchanged=True)
        listing = wire.stations(answer.body, self._around)
        batch = listing.batch
        gaps = self._gaps | self._new_gaps(listing, now)
        forecasts = await self._forecasts(http, listing, batch, now)
        gaps = await self._history(http, listing, batch, gaps)
        # only now, as a look that was cut short has given nothing
        self._looked_at, self._gaps, self._forecast_at = now, gaps, forecasts
        for series, at in listing.newest.items():
            if at <= now + FUTURE_TOLERANCE:
                self._newest[series] = max(at, self._newest.get(series, at))
        return batch

    async def _bulk(self, http: Http, *, conditional: bool) -> Answer:
        try:
            return await http.get(self._bulk_url(self.waters), conditional=conditional)
        except Refused as error:
            # it is not written down what the source says to the name of a water it does not have
            if self._fewer is None or error.status not in (400, 404):
                raise
            return await http.get(self._bulk_url(self._fewer), conditional=conditional)

    def recognises(self, path: str, payload: bytes) -> bool:
        return wire.recognises(payload)

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        return wire.any_answer(path, payload, self._around)

    def _new_gaps(self, listing: wire.Listing, now: datetime) -> dict[Series, tuple[timedelta, int]]:
        """How far back to ask: from the last value we have, or the first days of a station in NRW."""
        gaps: dict[Series, tuple[timedelta, int]] = {}
        for series, at in listing.newest.items():
            if at > now + FUTURE_TOLERANCE:
                continue  # its clock is wrong, and so would be the history's
            before = self._newest.get(series)
            step = timedelta(minutes=listing.every.get(series) or 15)
            if before is None:
                if _inside(listing.station_of[series[0]]):
                    gaps[series] = FIRST_HISTORY, 0
            elif at - before > max(2 * step, 2 * self.every) + timedelta(minutes=2):
                gaps[series] = min(at - before + step, LONGEST_HISTORY), 0
        return gaps

    async def _forecasts(self, http: Http, listing: wire.Listing, batch: Batch, now: datetime) -> dict[str, datetime]:
        """When each forecast was last asked for with success."""
        known = {uuid: at for uuid, at in self._forecast_at.items() if uuid in listing.forecast_unit}
        due = [uuid for uuid in listing.forecast_unit if now - known.get(uuid, now - FORECAST_EVERY) >= FORECAST_EVERY]

        async def ask(uuid: str) -> None:
            answer = await http.get(f"{self.base_url}/stations/{uuid}/WV/measurements.json", conditional=False)
            forecast = wire.forecast(answer.body, uuid, listing.forecast_unit[uuid], batch)
            if forecast is not None:
                batch.forecasts.append(forecast)
            known[uuid] = now

        failed, _ = await each_politely(ask, due, at_once=AT_ONCE, seconds=SECONDS_FOR_HISTORY)
        for uuid, error in failed.items():
            batch.dropped.append(Dropped(f"{listing.station_of[uuid].name} WV", f"forecast not read: {error}"))
            if isinstance(error, Refused) and error.status == 404:
                known[uuid] = now
        return known

    async def _history(
        self, http: Http, listing: wire.Listing, batch: Batch, gaps: dict[Series, tuple[timedelta, int]]
    ) -> dict[Series, tuple[timedelta, int]]:
        """What could not be filled this time. Water levels first."""
        listed = [s for s in gaps if s in listing.newest]
        due = sorted(listed, key=lambda series: series[1] != "W")[:PER_POLL]
        asked: set[Series] = set()

        async def ask(series: Series) -> None:
            uuid, quantity = series
            minutes = int(gaps[series][0].total_seconds() // 60) + 1
            url = f"{self.base_url}/stations/{uuid}/{quantity}/measurements.json?start=PT{minutes}M"
            answer = await http.get(url, conditional=False)
            batch.observations += wire.measurements(answer.body, uuid, quantity, listing.unit[series], batch)
            asked.add(series)

        failed, _ = await each_politely(ask, due, at_once=AT_ONCE, seconds=SECONDS_FOR_HISTORY)
        left = {s: gap for s, gap in gaps.items() if s in listing.newest and s not in asked}
        for series, error in failed.items():
            name = f"{listing.station_of[series[0]].name} {series[1]}"
            batch.dropped.append(Dropped(name, f"history not read: {error}"))
            back, tries = left.pop(series)
            if not (isinstance(error, Refused) and error.status in (400, 404)) and tries + 1 < TRIES:
                left[series] = back, tries + 1
        return left


def _inside(station: Station) -> bool:
    west, south, east, north = NRW
    if station.longitude is None or station.latitude is None:
        return False
    return west <= station.longitude <= east and south <= station.latitude <= north
