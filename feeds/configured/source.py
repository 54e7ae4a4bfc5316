"""A class like any installed feed's, made from a block of the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from feeds.cap import Message
from feeds.configured import alerts
from feeds.configured.block import KEY, Block
from feeds.configured.items import Page, page_of
from feeds.configured.mapping import Mapper
from feeds.configured.paths import find
from feeds.contract import Answer, Batch, Dropped, FeedError, Garbled, Http, Polled, Unreachable
from feeds.politeness import each_politely
from feeds.sensorthings import asking, recorded
from feeds.sensorthings.readings import Readings
from geodata.model.geometry import Bbox

NRW_BOX: Bbox = (5.8, 50.3, 9.5, 52.6)
MAX_PAGES = 50
_PAGE = 1000
_RECOGNISED_UP_TO = 20_000_000
_ALERTS_WITHIN = 60.0


class Configured:
    """`first_item` is the raw item seen first at the last look, for whoever writes the mapping."""

    block: ClassVar[Block]
    name: ClassVar[str]
    title: ClassVar[str]
    publisher: ClassVar[str]
    licence: ClassVar[str]
    attribution: ClassVar[str]
    home: ClassVar[str]
    every: ClassVar[timedelta]
    stale_after: ClassVar[timedelta]
    newest_within: ClassVar[timedelta | None]

    def __init__(self, base_url: str | None = None, *, area: str | None = "05") -> None:
        """`base_url` is the whole address in place of the block's. Items outside the block's box, else outside the
        area's, are counted and left out."""
        block = self.block
        self._url = _filled(base_url or block.url, quote(block.key or "", safe=""))
        self._headers = {name: _filled(text, block.key) for name, text in block.headers.items()}
        self._box = None if area is None else block.within or (NRW_BOX if area.startswith("05") else None)
        self._read: dict[tuple[str, str], Message] = {}
        self._memory = asking.Memory()
        self.first_item: Any = None
        self.secrets: tuple[str, ...] = tuple({block.key, quote(block.key, safe="")}) if block.key else ()

    async def poll(self, http: Http, now: datetime) -> Batch:
        """Raises FeedError; the key never stands in its text."""
        try:
            if self.block.kind == "sensorthings":
                return await self._look(http, now)
            return await (self._alerts(http, now) if self.block.kind == "cap" else self._items(http, now))
        except FeedError as error:
            if not any(secret in str(error) for secret in self.secrets):
                raise
            text = str(error)
            for secret in self.secrets:
                text = text.replace(secret, "…")
            kind = type(error) if isinstance(error, Unreachable | Garbled) else Garbled
            raise kind(text) from None

    def recognises(self, path: str, payload: bytes) -> bool:
        if len(payload) > _RECOGNISED_UP_TO:
            return False
        if self.block.kind == "sensorthings":
            return recorded.is_answer(payload)
        try:
            if self.block.kind == "cap":
                return alerts.is_alert(payload)
            items = page_of(self.block, payload).items
        except Garbled:
            return False
        wanted = self.block.fields.all_paths()
        return bool(items) and bool(wanted) and any(all(_is(item, w) for w in wanted) for item in items[:20])

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        if self.block.kind == "cap":
            if not alerts.is_alert(payload):
                raise Garbled("an index of alerts: take an alert itself")
            return self._told([alerts.read(payload)], [], now, whole=False)
        if self.block.kind == "sensorthings":
            return recorded.take(payload, self._readings())
        return self._mapped([page_of(self.block, payload)], now)

    def forget(self) -> None:
        self._read.clear()
        self._memory = asking.Memory()

    # --- SensorThings -------------------------------------------------------------------------------------------------
    @property
    def knows_streams(self) -> bool:
        """Whether a look has told which Datastreams there are, so that `heard` can place their Observations."""
        return bool(self._memory.streams)

    def heard(self, topic: str, payload: bytes) -> Batch:
        """An Observation that the server's MQTT has told. Polling still asks for it: one that was lost comes so.

        Raises Garbled."""
        return recorded.take(payload, self._readings(), topic)

    async def _look(self, http: Http, now: datetime) -> Batch:
        async def get(address: str) -> Answer:
            return await self._get(http, address, conditional=False)

        block = self.block
        return await asking.look(get, self._url, block.filter, self._readings(), self._memory, block.max_items, now)

    def _readings(self) -> Readings:
        block = self.block
        return Readings(
            self.name,
            box=self._box,
            observed=block.observed,
            operator=block.publisher or block.attribution,
            minutes=max(1, round(block.every.total_seconds() / 60)),
            streams=self._memory.streams,
        )

    # --- items --------------------------------------------------------------------------------------------------------
    async def _items(self, http: Http, now: datetime) -> Batch:
        if self.block.kind == "ogc_features":
            return self._mapped(await self._pages(http), now)
        answer = await self._get(http, self._address())
        return Batch(unchanged=True) if answer.unchanged else self._mapped([page_of(self.block, answer.body)], now)

    async def _pages(self, http: Http) -> list[Page]:
        """All pages, following `next` on the same host only. Raises FeedError."""
        address: str | None = self._address()
        pages: list[Page] = []
        seen: set[str] = set()
        while address is not None and len(pages) < MAX_PAGES and address not in seen:
            seen.add(address)
            page = page_of(self.block, (await self._get(http, address, conditional=False)).body)
            pages.append(page)
            if page.next is None or sum(len(p.items) for p in pages) >= self.block.max_items:
                break
            following = urljoin(address, page.next)
            if not alerts.same_place(following, self._address()):
                page.dropped.append(Dropped("next page", "lies on another host", following[:300]))
                break
            address = following
        if pages[-1].next is None:
            for page in pages:
                page.more = 0
        else:
            pages[-1].more = max(pages[-1].more, 1)
        return pages

    def _mapped(self, pages: list[Page], now: datetime) -> Batch:
        items = [item for page in pages for item in page.items]
        self.first_item = items[0] if items else None
        mapper = Mapper(self.name, self.block, self._box, now)
        for page in pages:
            mapper.batch.dropped += page.dropped
        over, left = len(items) - self.block.max_items, sum(page.more for page in pages)
        if over > 0:
            reason = f"more than max_items = {self.block.max_items}"
            mapper.batch.dropped.append(Dropped(f"{over} items", reason))
        if left > 0:
            mapper.batch.dropped.append(Dropped("more items", "the source has more than it gave at once"))
        mapper.take(items[: self.block.max_items])
        batch = mapper.finish(whole=over <= 0 and left <= 0)
        told = batch.items + batch.outside + sum(batch.unknown.values())
        if items and not told:
            raise Garbled(f"none of {len(items)} items can be used: {batch.dropped[-1].reason}")
        return batch

    # --- CAP ----------------------------------------------------------------------------------------------------------
    async def _alerts(self, http: Http, now: datetime) -> Batch:
        answer = await self._get(http, self._address(), conditional=False)
        if alerts.is_alert(answer.body):
            return self._told([alerts.read(answer.body)], [], now, whole=True)
        found, dropped = alerts.linked(answer.body, answer.url)
        read: dict[tuple[str, str], Message] = {}

        async def one(address: str) -> None:
            known = self._read.get((address, found[address])) if found[address] else None
            read[address, found[address]] = known or alerts.read(
                (await self._get(http, address, conditional=False)).body
            )

        failed, not_asked = await each_politely(one, found, at_once=4, seconds=_ALERTS_WITHIN)
        self._read = read
        unread = [Dropped(address[:200], str(error)) for address, error in failed.items()]
        alerts.refused_whole(list(read.values()), unread)
        whole = not (dropped or unread or not_asked)
        batch = self._told(list(read.values()), [*dropped, *unread], now, whole=whole)
        batch.missing += [f"{len(not_asked)} alerts"] if not_asked else []
        return batch

    def _told(self, messages: list[Message], dropped: list[Dropped], now: datetime, *, whole: bool) -> Batch:
        told = alerts.Alerts(self.name, self.publisher, self._box, now)
        told.take(messages)
        told.batch.dropped += dropped
        told.batch.complete = whole and self.block.whole
        return told.batch

    # --- asking -------------------------------------------------------------------------------------------------------
    async def _get(self, http: Http, address: str, *, conditional: bool = True) -> Answer:
        return await http.get(address, conditional=conditional, max_bytes=self.block.max_bytes, headers=self._headers)

    def _address(self) -> str:
        block = self.block
        given = {name: _filled(text, block.key) for name, text in block.params.items()}
        if block.kind == "wfs":
            typed, counted = ("typeNames", "count") if block.version == "2.0.0" else ("typeName", "maxFeatures")
            given = {
                "service": "WFS", "version": block.version, "request": "GetFeature", typed: block.type_name or "",
                "outputFormat": "application/json", "srsName": f"EPSG:{block.crs}", counted: str(block.max_items),
            } | given  # fmt: skip
        elif block.kind == "ogc_features":
            given = {"limit": str(min(_PAGE, block.max_items)), "f": "json"} | self._asked_box() | given
        if not given:
            return self._url
        parts = urlsplit(self._url)
        query = [(n, v) for n, v in parse_qsl(parts.query, keep_blank_values=True) if n not in given]
        return urlunsplit(parts._replace(query=urlencode([*query, *given.items()], safe=":,/"), fragment=""))

    def _asked_box(self) -> dict[str, str]:
        return {"bbox": ",".join(f"{v:g}" for v in self._box)} if self._box else {}


def made(name: str, block: Block) -> type[Polled]:
    """The feed's class: what a plugin would have written, from the block."""
    stale = block.stale_after or max(3 * block.every, timedelta(minutes=30))
    manifest = {
        "block": block,
        "name": name,
        "title": block.title,
        "publisher": block.publisher or block.attribution,
        "licence": block.licence,
        "attribution": block.attribution,
        "home": block.home or f"{urlsplit(block.url).scheme}://{urlsplit(block.url).hostname}/",
        "every": block.every,
        "stale_after": stale,
        "newest_within": block.newest_within,
        "__doc__": f"{block.title}, from the settings.",
    }
    word = "".join(part.capitalize() for part in re.split(r"[^a-z0-9]+", name))
    return type(word or "Source", (Configured,), manifest)


def made_all(blocks: Mapping[str, Block]) -> dict[str, type[Polled]]:
    return {name: made(name, block) for name, block in sorted(blocks.items())}


def _filled(text: str, key: str | None) -> str:
    return text.replace(KEY, key or "")


def _is(item: Any, path: str) -> bool:
    return find(item, path) not in (None, "")
