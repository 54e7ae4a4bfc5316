"""Warnings of the federation (MoWaS), KATWARN, BIWAPP, flood centres and police, as the NINA app gets them from BBK.

Two independent paths tell whether a warning concerns us: its own area, and the dashboards of the districts. A warning
ends only when every list and every dashboard answered and none of them has it.

`feeds/nina_memory.py` tells yesterday's state again from an all-clear.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar
from urllib.parse import quote

from feeds import nina_list as rows
from feeds import nina_wire as wire
from feeds.contract import Batch, Dropped, FeedError, Garbled, Http
from feeds.decoding import each, listed
from feeds.nina_memory import PATIENCE, Memory
from feeds.politeness import each_politely
from geodata.model import ars as keys
from geodata.model import geometry
from geodata.model.level import Level
from geodata.model.warning import OfficialWarning

PUBLIC = "https://warnung.bund.de/api31"
CHANNELS = ("mowas", "katwarn", "biwapp", "lhp", "police")
NRW_BOX = (5.8, 50.3, 9.5, 52.6)

R = TypeVar("R")

AT_ONCE = 4
SECONDS = 25.0
ENOUGH_DOUBT = 5
OLDEST_COPY = 15 * 60.0
"""Seconds; the source allows caches one minute."""
MAX_BYTES = 8_000_000


class Nina:
    name: ClassVar[str] = "nina"
    title: ClassVar[str] = "NINA / MoWaS"
    publisher: ClassVar[str] = "Bundesamt für Bevölkerungsschutz und Katastrophenhilfe (BBK)"
    licence: ClassVar[str] = "§ 5 Abs. 2 UrhG"
    attribution: ClassVar[str] = "Amtliche Warnungen: BBK, warnung.bund.de"
    home: ClassVar[str] = "https://warnung.bund.de"
    every: ClassVar[timedelta] = timedelta(seconds=90)
    stale_after: ClassVar[timedelta] = timedelta(minutes=15)
    newest_within: ClassVar[timedelta | None] = None

    def __init__(
        self, base_url: str | None = None, *, area: str | None = "05", channels: Iterable[str] = CHANNELS
    ) -> None:
        """`area` is an ARS prefix, a Land or a district. Add `dwd` to `channels` only without the DWD's own feed.

        Raises ValueError for a channel or an area that the source does not have."""
        self.base_url = (base_url or PUBLIC).rstrip("/")
        self.channels = tuple(channels)
        for channel in self.channels:
            if channel not in rows.CHANNELS.values():
                known = ", ".join(sorted(set(rows.CHANNELS.values())))
                raise ValueError(f"channels: {channel!r} is not one of {known}")
        self._area = None if area is None else keys.significant(area)
        self.districts = _districts(self._area)
        self._memory = Memory()

    async def poll(self, http: Http, now: datetime) -> Batch:
        """Raises FeedError if no list answers."""
        batch = Batch(complete=True)
        found: dict[str, rows.Listed] = {}
        self._memory.begin(now)
        await self._read_lists(http, batch, found)
        await self._read_dashboards(http, batch, found)
        doubted = await self._look_after_vanished(http, batch, found, now)
        await self._read_messages(http, batch, found, now)
        self._state(batch, found, now, doubted)
        self._memory.settle(found, whole=batch.complete, doubted=doubted)
        return batch

    async def _read_lists(self, http: Http, batch: Batch, found: dict[str, rows.Listed]) -> None:
        async def ask(channel: str) -> None:
            payload = await self._list(http, f"{self.base_url}/{channel}/mapData.json")
            for row in self._rows(payload, rows.MapRow, channel, batch):
                if rows.channel(row.id) is None:
                    batch.unknown[f"id {row.id.split('.', 1)[0][:20]}."] += 1
                found.setdefault(row.id, rows.Listed(row.id)).add_map_row(row)

        failed, unasked = await each_politely(ask, self.channels, at_once=9, seconds=SECONDS, give_up_after=9)
        if failed and len(failed) + len(unasked) == len(self.channels):
            raise next(iter(failed.values()))
        for channel in (*failed, *unasked):
            batch.complete = False
            batch.missing.append(f"{channel} ({failed.get(channel, 'not asked')})")

    async def _read_dashboards(self, http: Http, batch: Batch, found: dict[str, rows.Listed]) -> None:
        async def ask(district: str) -> None:
            payload = await self._list(http, f"{self.base_url}/dashboard/{dashboard_key(district)}.json")
            for row in self._rows(payload, rows.DashboardRow, f"dashboard {district}", batch):
                if "dwd" in self.channels or rows.channel(row.id) != "dwd":
                    found.setdefault(row.id, rows.Listed(row.id)).add_dashboard_row(row, district)

        failed, unasked = await each_politely(ask, self.districts, at_once=AT_ONCE, seconds=SECONDS)
        for district in (*failed, *unasked):
            batch.complete = False
            batch.dropped.append(Dropped(f"dashboard {district}", str(failed.get(district, "not asked"))))
        if self.districts and len(failed) + len(unasked) == len(self.districts):
            batch.missing.append("every dashboard")

    async def _list(self, http: Http, url: str) -> bytes:
        answer = await http.get(url, conditional=False, max_bytes=MAX_BYTES)
        if answer.age > OLDEST_COPY:
            raise Garbled(f"a cache answered with a copy {answer.age / 60:.0f} min old")
        return answer.body

    def _rows(self, payload: bytes, kind: type[R], what: str, batch: Batch) -> list[R]:
        """The readable rows; the warning of an unreadable one stays in force."""
        dropped: list[Dropped] = []
        readable = list(each(listed(payload, what), kind, dropped, what))
        batch.dropped += dropped
        for row in dropped:
            identifier = rows.unreadable(row)
            if identifier:
                batch.still_in_force.add(rows.key(identifier))
            else:
                batch.complete = False
        return readable

    async def _look_after_vanished(
        self, http: Http, batch: Batch, found: dict[str, rows.Listed], now: datetime
    ) -> bool:
        """Whether this looks like an older state again. Then what vanished without proof stays in the batch."""
        if not batch.complete or not self._memory.went_back(found):
            return False
        referred = {r for h in self._memory.held.values() if h.warning for r in h.warning.references}
        unproven: list[OfficialWarning] = []
        for identifier in self._memory.vanished(found):
            warning = self._memory.held[identifier].warning
            if warning is None or warning.over(now) or warning.key in referred or warning.level == Level.NONE:
                continue
            if len(unproven) >= ENOUGH_DOUBT or not await self._is_archived(http, identifier):
                unproven.append(warning)
        if not unproven:
            return False
        self._memory.doubted_since = since = self._memory.doubted_since or now
        if now - since > PATIENCE:
            return False
        batch.complete = False
        batch.missing.append(f"{len(unproven)} warnings that left the lists without an all-clear")
        for identifier in [i for i in found if i not in self._memory.held]:
            del found[identifier]  # older than what is gone: from the past, no new warning
        return True

    async def _is_archived(self, http: Http, identifier: str) -> bool:
        try:
            answer = await http.get(self._url(identifier, "json"), conditional=False, max_bytes=MAX_BYTES)
        except FeedError:
            return False
        return "/archive" in answer.url

    async def _read_messages(self, http: Http, batch: Batch, found: dict[str, rows.Listed], now: datetime) -> None:
        async def ask(identifier: str) -> None:
            try:
                await self._read_message(http, batch, found[identifier])
                self._memory.retries.pop(identifier, None)
            except FeedError as error:
                self._memory.failed(identifier, now)
                batch.dropped.append(Dropped(identifier, str(error)))
                raise

        wanted = self._memory.wanted(found, now)
        await each_politely(ask, wanted, at_once=AT_ONCE, seconds=SECONDS, give_up_after=10)

    async def _read_message(self, http: Http, batch: Batch, listed: rows.Listed) -> None:
        answer = await http.get(self._url(listed.id, "json"), conditional=False, max_bytes=MAX_BYTES)
        if "/archive" in answer.url:
            raise Garbled("is still listed, but has moved to the archive")
        warning = wire.message(answer.body, batch.unknown)
        if warning.key != rows.key(listed.id):
            raise Garbled(f"identifier: the message is {warning.key}")
        warning = replace(warning, expires=warning.expires or listed.expires, onset=warning.onset or listed.onset)
        if not warning.ars or self._concerns(warning, listed):
            warning = await self._with_shape(http, warning, listed)
        missing = warning.note is not None
        if self._concerns(warning, listed):
            self._memory.keep(listed, warning, shape_missing=missing)
        else:
            self._memory.keep(listed, None, shape_missing=missing and not warning.ars)

    async def _with_shape(self, http: Http, warning: OfficialWarning, listed: rows.Listed) -> OfficialWarning:
        try:
            answer = await http.get(self._url(listed.id, "geojson"), conditional=False, max_bytes=MAX_BYTES)
            return replace(warning, geometry=wire.shape(answer.body))
        except FeedError as error:
            return replace(warning, note=f"area not drawn: {error}")

    def _concerns(self, warning: OfficialWarning, listed: rows.Listed) -> bool:
        """By the regions it names or the dashboards it stands in; by its shape if it names no region."""
        if self._area is None or listed.districts:
            return True
        if warning.ars:
            return any(keys.covers(self._area, a) or keys.covers(a, self._area) for a in warning.ars)
        if warning.geometry is not None:
            return geometry.intersects(warning.geometry.bbox, NRW_BOX)
        return self._sent_in_nrw(listed.id)

    def _sent_in_nrw(self, identifier: str) -> bool:
        return identifier.startswith("mow.DE-NW-")

    def _state(self, batch: Batch, found: dict[str, rows.Listed], now: datetime, doubted: bool) -> None:
        """Everything in force, each time anew, so that a loss further on heals by itself."""
        stated: dict[str, OfficialWarning] = {}
        for identifier, entry in found.items():
            held = self._memory.held.get(identifier)
            if held is not None:
                if held.warning is None:
                    batch.outside += 1
                else:
                    ars = tuple(dict.fromkeys((*held.warning.ars, *_new_districts(held.warning.ars, entry.districts))))
                    stated[identifier] = replace(held.warning, ars=ars)
            elif entry.districts or self._area is None or self._sent_in_nrw(identifier):
                # better a headline than nothing
                first_seen = self._memory.first_seen.setdefault(identifier, now)
                note = "only the headline is known: details are not available"
                stated[identifier] = rows.from_list(entry, first_seen, note)
            else:
                batch.still_in_force.add(rows.key(identifier))
        if doubted or not batch.complete:
            for identifier, held in self._memory.held.items():
                if held.warning is not None and identifier not in found:
                    stated[identifier] = held.warning
        replaced = {r for warning in stated.values() for r in warning.references}
        batch.warnings = [w for w in stated.values() if w.key not in replaced and w.status == "Actual"]
        for warning in stated.values():
            if warning.status != "Actual":
                batch.unknown[f"not in earnest: {warning.status[:20]}"] += 1
        batch.newest = max((e.sent for e in found.values() if e.sent), default=None)

    def _url(self, identifier: str, form: str) -> str:
        return f"{self.base_url}/warnings/{quote(identifier, safe='')}.{form}"

    def recognises(self, path: str, payload: bytes) -> bool:
        return wire.recognises(payload)

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        """A list, a dashboard, a message or an area. Raises Garbled."""
        batch = Batch()
        kind = wire.kind(payload)
        if kind == "message":
            batch.warnings.append(wire.message(payload, batch.unknown))
        elif kind == "shape":
            entry = rows.Listed(wire.warned_by(payload) or "mow.unnamed")
            found = wire.shape(payload)
            batch.warnings.append(replace(rows.from_list(entry, now, "only the area is known"), geometry=found))
        else:
            entries: dict[str, rows.Listed] = {}
            if kind == "dashboard":
                for row in self._rows(payload, rows.DashboardRow, "dashboard", batch):
                    entries.setdefault(row.id, rows.Listed(row.id)).add_dashboard_row(row, "")
            else:
                for map_row in self._rows(payload, rows.MapRow, "mapData", batch):
                    entries.setdefault(map_row.id, rows.Listed(map_row.id)).add_map_row(map_row)
            batch.warnings = [rows.from_list(e, now, "only the headline is known") for e in entries.values()]
            batch.complete = False
        batch.newest = max((w.sent for w in batch.warnings), default=None)
        return batch


def dashboard_key(district: str) -> str:
    """The key under which a district's dashboard answers: five digits and seven zeros. A Land's or municipality's key
    answers with an empty list, which would be taken for an all-clear. Raises ValueError."""
    short = keys.significant(district)
    if not (district.isascii() and district.isdigit() and len(short) == 5):
        raise ValueError(f"{district!r} is no district's key: a dashboard exists only for five significant digits")
    return keys.padded(short)


def _districts(area: str | None) -> tuple[str, ...]:
    if area is None:
        return tuple(keys.DISTRICTS_NRW)
    if len(area) > 5:
        return (area[:5],)
    return tuple(d for d in keys.DISTRICTS_NRW if d.startswith(area)) or ((area,) if len(area) == 5 else ())


def _new_districts(named: tuple[str, ...], districts: set[str]) -> list[str]:
    """Districts of dashboards that no named region lies in: there only the dashboard tells of the warning."""
    return sorted(d for d in districts if not any(keys.covers(d, a) or keys.covers(a, d) for a in named))
