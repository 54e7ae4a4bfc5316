"""Hochwasserportal NRW of the LANUK: water levels of the small and middle rivers with the state's alert stages, and
precipitation.

Two indices give the current values of all stations; what is known of the stations comes once a day; a week of values
of all stations comes as one archive, after the start and after an outage. The index is the portal's own and not
promised to anyone: if it is gone or changed, the promised archive gives the current levels. Formats and traps:
`feeds/lanuk_wire.py`, `feeds/lanuk_text.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from feeds import lanuk_text as text
from feeds import lanuk_wire as wire
from feeds.contract import Answer, Batch, Dropped, FeedError, Garbled, Http, Refused
from geodata.model.observation import FUTURE_TOLERANCE, Observation

PUBLIC = "https://www.hochwasserportal.nrw/data"
LEVELS, RAIN = "internet/layers/10/index.json", "internet/layers/30/index.json"
STATIONS = "internet/stations/stations.json"
ARCHIVES = {"W": "messwerte.zip", "N": "niederschlag.zip"}

STATIONS_EVERY = timedelta(hours=24)
FIRST_HISTORY = timedelta(hours=48)
LONGEST_HISTORY = timedelta(days=7)
GAP = timedelta(minutes=45)
BEHIND = timedelta(hours=3)
TRIES = 3
MAX_ARCHIVE = 24_000_000


class Lanuk:
    name: ClassVar[str] = "lanuk"
    title: ClassVar[str] = "Hochwasserportal NRW"
    publisher: ClassVar[str] = "Landesamt für Natur, Umwelt und Klima Nordrhein-Westfalen (LANUK)"
    licence: ClassVar[str] = "DL-DE-Zero-2.0"
    attribution: ClassVar[str] = "Pegel und Niederschlag: LANUK NRW, hochwasserportal.nrw, ungeprüfte Rohdaten"
    home: ClassVar[str] = "https://www.hochwasserportal.nrw"
    every: ClassVar[timedelta] = timedelta(minutes=10)
    stale_after: ClassVar[timedelta] = timedelta(minutes=45)
    newest_within: ClassVar[timedelta | None] = timedelta(hours=2)

    def __init__(self, base_url: str | None = None, *, area: str | None = "05") -> None:
        """The portal has NRW and its neighbours' gauges on rivers that flow in: `area` leaves nothing out."""
        self.base_url = (base_url or PUBLIC).rstrip("/")
        self.forget()

    def forget(self) -> None:
        """Start as if new: stations and history are asked for again."""
        self._known: dict[str, wire.Row] = {}
        self._known_at: datetime | None = None
        self._looked_at: datetime | None = None
        self._wanted: dict[str, tuple[datetime, int]] = {}

    async def poll(self, http: Http, now: datetime) -> Batch:
        """Raises FeedError if neither the index of levels nor the archive answers."""
        if self._looked_at is not None and now < self._looked_at:
            self.forget()  # an exercise jumped back
        batch = Batch()
        fresh = await self._stations(http, batch, now)
        levels = await self._index(http, LEVELS, conditional=not fresh)
        if isinstance(levels, FeedError):
            if not isinstance(levels, Garbled) and not (
                isinstance(levels, Refused) and levels.status in (403, 404, 410)
            ):
                raise levels
            await self._from_archive(http, batch, now, levels)
        elif not levels.unchanged:
            try:
                wire.layer(levels.body, batch, now, self._known)
            except Garbled as error:
                await self._from_archive(http, batch, now, error)
        rain = await self._index(http, RAIN, conditional=not fresh)
        if isinstance(rain, FeedError):
            batch.missing.append(RAIN)
        elif not rain.unchanged:
            try:
                wire.layer(rain.body, batch, now, self._known)
            except Garbled as error:
                batch.missing.append(f"{RAIN} ({error})")
        wanted = await self._history(http, batch, self._wanted or self._gap(now), now)
        if isinstance(levels, Answer) and levels.unchanged and not batch.items and not batch.missing:
            batch = Batch(unchanged=True, dropped=batch.dropped)
        # only now, as a look that was cut short has given nothing
        self._looked_at, self._wanted = now, wanted
        return batch

    async def _stations(self, http: Http, batch: Batch, now: datetime) -> bool:
        """Whether what is known of the stations is new, so that all of them have to be told again."""
        if self._known_at is not None and now - self._known_at < STATIONS_EVERY:
            return False
        try:
            answer = await http.get(f"{self.base_url}/{STATIONS}", conditional=False)
            aside = Batch()
            self._known = wire.stations(answer.body, aside)
        except FeedError as error:
            if not self._known:
                batch.missing.append(STATIONS)
            batch.dropped.append(Dropped(STATIONS, f"not read: {error}"))
            return False
        self._known_at = now
        batch.dropped += aside.dropped
        return True

    async def _index(self, http: Http, path: str, *, conditional: bool) -> Answer | FeedError:
        try:
            return await http.get(f"{self.base_url}/{path}", conditional=conditional)
        except FeedError as error:
            return error

    async def _from_archive(self, http: Http, batch: Batch, now: datetime, why: FeedError) -> None:
        """The current levels from the archive; the look is no success for that. Raises `why` if that fails too."""
        try:
            found = await self._archive(http, "W", now, now - BEHIND)
        except FeedError:
            raise why from None
        newest: dict[str, Observation] = {}
        for o in found.observations:
            if o.station not in newest or o.at > newest[o.station].at:
                newest[o.station] = o
        rows = [row for row in self._known.values() if wire.key(row.number) in newest]
        batch.stations += [wire.station(row, None, "W", "cm", batch) for row in rows]
        batch.observations += [newest[wire.key(row.number)] for row in rows]
        batch.newest = max((o.at for o in batch.observations), default=None)
        batch.missing.append(f"{LEVELS} ({why}); levels from {ARCHIVES['W']}")

    def _gap(self, now: datetime) -> dict[str, tuple[datetime, int]]:
        """Quantity -> from when on values are wanted, and how often that was tried."""
        if self._looked_at is None:
            return dict.fromkeys(ARCHIVES, (now - FIRST_HISTORY, 0))
        if now - self._looked_at > GAP:
            return dict.fromkeys(ARCHIVES, (max(self._looked_at - GAP, now - LONGEST_HISTORY), 0))
        return {}

    async def _history(
        self, http: Http, batch: Batch, wanted: Mapping[str, tuple[datetime, int]], now: datetime
    ) -> dict[str, tuple[datetime, int]]:
        """What could not be filled this time."""
        left = dict(wanted)
        at_hand = {(o.station, o.quantity) for o in batch.observations}
        for quantity, (since, tries) in wanted.items():
            if not any(q == quantity for _, q in at_hand):
                continue
            try:
                found = await self._archive(http, quantity, now, since)
            except FeedError as error:
                batch.dropped.append(Dropped(ARCHIVES[quantity], f"history not read: {error}"))
                left[quantity] = since, tries + 1
                if tries + 1 >= TRIES:
                    del left[quantity]
                continue
            del left[quantity]
            batch.observations += [o for o in found.observations if (o.station, o.quantity) in at_hand]
            batch.dropped += found.dropped
            batch.unknown += found.unknown
            if found.newest is None or now - found.newest > BEHIND:
                batch.unknown[f"{ARCHIVES[quantity]} is more than {BEHIND.total_seconds() / 3600:g} h behind"] += 1
        return left

    async def _archive(self, http: Http, quantity: str, now: datetime, since: datetime) -> Batch:
        """The query keeps caches on the way from answering with a state of weeks ago. Raises FeedError."""
        url = f"{self.base_url}/{ARCHIVES[quantity]}?t={int(now.timestamp())}"
        answer = await http.get(url, conditional=False, max_bytes=MAX_ARCHIVE)
        found = await asyncio.to_thread(text.archive, answer.body, since=since)
        found.observations = [o for o in found.observations if o.at <= now + FUTURE_TOLERANCE]
        return found

    def recognises(self, path: str, payload: bytes) -> bool:
        return wire.recognises(payload) or text.recognises(payload)

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        """Any of the portal's answers. Raises Garbled."""
        if payload[:2] == b"PK":
            return text.archive(payload)
        if text.recognises(payload):
            batch = Batch()
            text.table(payload, batch)
            return batch
        return wire.any_answer(payload, now)
