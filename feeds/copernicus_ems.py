"""Copernicus EMS Rapid Mapping: what satellites saw of a flood or a fire, and how houses are damaged.

The source has no validators and cannot be asked for what is new: the list is read at each look, an activation only
when its (lastUpdate, number of products, number of areas) is another one, and a layer only when its product is.
Wire format and traps: `feeds/copernicus_ems_wire.py`; the layers: `feeds/copernicus_ems_layers.py`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import urljoin, urlsplit

from feeds import copernicus_ems_layers as layers
from feeds import copernicus_ems_wire as wire
from feeds.contract import Batch, Dropped, FeedError, Garbled, Http
from feeds.politeness import each_politely
from geodata.model.extent import ExtentPart
from geodata.model.geometry import Bbox

PUBLIC = "https://rapidmapping.emergency.copernicus.eu/backend/dashboard-api"
HOSTS = (
    "rapidmapping.emergency.copernicus.eu",
    "mapping.emergency.copernicus.eu",
    "rapidmapping-viewer.s3.eu-west-1.amazonaws.com",
)
"""Where layers may lie. Addresses inside answers come from outside: none leads anywhere else."""
AROUND: Bbox = (5.4, 50.0, 9.8, 52.8)
"""NRW and its neighbours: the Ahr, the Eifel, Limburg and the lower Weser are ours to know about."""
NEIGHBOURS = ("Germany", "Belgium", "Netherlands", "Luxembourg")
"""The centre of a country-wide flood may lie far away while one of its areas lies here."""
MARGIN = 1.5
"""Degrees by which a centre may lie outside, as the areas around it are large."""

KEEP = timedelta(days=60)
PAGE = 300
MAX_PAGES = 20
MAX_BYTES = 24_000_000
AT_ONCE = 2
SECONDS_FOR_DETAILS = 20.0
SECONDS_FOR_LAYERS = 40.0
TRIES = 5
SLACK = timedelta(minutes=10)
"""By how much the newest update of the list may go back: an update that was taken back is no old state."""

State = tuple[str, int, int]


class CopernicusEms:
    name: ClassVar[str] = wire.SOURCE
    title: ClassVar[str] = "Copernicus EMS Rapid Mapping"
    publisher: ClassVar[str] = "Europäische Kommission, Copernicus Emergency Management Service"
    licence: ClassVar[str] = "Frei und offen mit Quellenangabe (Delegierte Verordnung (EU) Nr. 1159/2013)"
    attribution: ClassVar[str] = "© European Union, Copernicus Emergency Management Service"
    home: ClassVar[str] = "https://rapidmapping.emergency.copernicus.eu"
    every: ClassVar[timedelta] = timedelta(minutes=15)
    stale_after: ClassVar[timedelta] = timedelta(hours=2)
    newest_within: ClassVar[timedelta | None] = None

    def __init__(self, base_url: str | None = None, *, area: str | None = "05") -> None:
        self.base_url = (base_url or PUBLIC).rstrip("/")
        self._around = AROUND if area else None
        self.forget()

    def forget(self) -> None:
        """Start as if new: everything is read and delivered again."""
        self._looked_at: datetime | None = None
        self._newest: datetime | None = None
        self._states: dict[str, State] = {}
        self._delivered: dict[str, dict[str, tuple[object, ...]]] = {}
        self._tries: Counter[str] = Counter()

    async def poll(self, http: Http, now: datetime) -> Batch:
        """Raises FeedError if the list fails; an activation or layer that fails is `missing` and asked for again."""
        over: set[str] = set()
        if self._looked_at is not None and now < self._looked_at:
            over = {key for known in self._delivered.values() for key in known}  # an exercise jumped back
            self.forget()
        batch = Batch()
        listed, whole = await self._list(http, now, batch)
        newest = wire.newest(listed)
        self._check_state(newest, batch)
        batch.newest = newest
        concerned = {a.code: a for a in listed if self._concerns(a, now)}
        gone = {
            code for code in self._delivered if code not in concerned and (whole or code in {a.code for a in listed})
        }
        for code in gone:
            batch.withdrawn |= set(self._delivered[code])
        changed = [a for a in concerned.values() if self._states.get(a.code) != a.state]
        if not changed and not gone and not over and self._looked_at is not None and not batch.dropped:
            self._looked_at, self._newest = now, newest
            return Batch(unchanged=True, newest=newest)
        delivered = {code: dict(known) for code, known in self._delivered.items() if code not in gone}
        states = {code: state for code, state in self._states.items() if code not in gone}
        for activation in await self._details(http, now, batch, changed, delivered):
            states[activation.code] = activation.state
        if self._looked_at is None:
            await self._withdraw_aged(http, now, batch, [a for a in listed if a.code not in concerned])
        batch.withdrawn |= over
        batch.withdrawn -= {extent.key for extent in batch.extents}
        # only now, as a look that was cut short has given nothing
        self._looked_at, self._newest, self._states, self._delivered = now, newest, states, delivered
        return batch

    def recognises(self, path: str, payload: bytes) -> bool:
        return wire.recognises(payload) or layers.recognises(path, payload)

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        """A detail gives its products without shapes, as those lie in files of their own."""
        if layers.recognises(path, payload):
            return layers.recorded(path, payload, now)
        batch = Batch()
        if wire.is_list(payload) or not wire.recognises(payload):
            found = wire.listing(payload, now, batch).activations
            batch.newest = wire.newest(found)
            batch.outside = sum(not self._concerns(a, now) for a in found)
            return batch
        products = wire.detail(payload, now, batch, self._around)
        batch.extents = [product.extent for product in products]
        batch.newest = max((e.issued_at for e in batch.extents if e.issued_at), default=None)
        return batch

    async def _list(self, http: Http, now: datetime, batch: Batch) -> tuple[list[wire.Activation], bool]:
        """All activations, and whether these are really all. The address of the next page is ours, not the answer's."""
        unified = self.base_url.endswith("/activations/api")
        path = "activations/" if unified else "public-activations-info/"
        found: list[wire.Activation] = []
        offset = 0
        for _ in range(MAX_PAGES):
            url = f"{self.base_url}/{path}?limit={PAGE}&offset={offset}"
            answer = await http.get(url, conditional=False, max_bytes=MAX_BYTES)
            page = wire.listing(answer.body, now, batch)
            found += page.activations
            offset += page.rows
            if not page.more or not page.rows:
                break
        if not found and batch.dropped:
            raise Garbled(f"no activation can be used: {batch.dropped[0].reason}")
        return found, not batch.dropped and not page.more

    def _check_state(self, newest: datetime | None, batch: Batch) -> None:
        """Yesterday's list again must end nothing and bring nothing back. Raises Garbled."""
        if self._newest is not None and (newest is None or newest < self._newest - SLACK):
            told = newest.isoformat(timespec="seconds") if newest else "nothing"
            raise Garbled(f"an old state again: newest update {told}, seen {self._newest.isoformat()}")

    def _concerns(self, activation: wire.Activation, now: datetime, keep: timedelta = KEEP) -> bool:
        if not wire.recent(activation, now, keep):
            return False
        if self._around is None or any(country in NEIGHBOURS for country in activation.countries):
            return True
        if activation.place is None:
            return not activation.countries
        west, south, east, north = self._around
        longitude, latitude = activation.place
        return west - MARGIN <= longitude <= east + MARGIN and south - MARGIN <= latitude <= north + MARGIN

    async def _details(
        self,
        http: Http,
        now: datetime,
        batch: Batch,
        changed: list[wire.Activation],
        delivered: dict[str, dict[str, tuple[object, ...]]],
    ) -> list[wire.Activation]:
        """Adds extents and withdrawn keys to the batch. Returns the activations of which nothing is left to ask."""
        products: dict[str, list[wire.Product]] = {}
        by_code = {activation.code: activation for activation in changed}

        async def ask(code: str) -> None:
            answer = await http.get(self._detail_url(code), conditional=False, max_bytes=MAX_BYTES)
            products[code] = wire.detail(answer.body, now, batch, self._around)

        failed, left = await each_politely(ask, by_code, at_once=AT_ONCE, seconds=SECONDS_FOR_DETAILS)
        batch.missing += [f"{code}: {error}" for code, error in failed.items()] + left
        done = []
        for code, listed in products.items():
            known = delivered.setdefault(code, {})
            now_listed = {product.extent.key for product in listed}
            batch.withdrawn |= set(known) - now_listed
            delivered[code] = known = {key: state for key, state in known.items() if key in now_listed}
            new = {p.extent.key: p for p in listed if known.get(p.extent.key) != p.state}
            if await self._products(http, batch, new, known):
                done.append(by_code[code])
        return done

    async def _withdraw_aged(self, http: Http, now: datetime, batch: Batch, others: list[wire.Activation]) -> None:
        """What grew too old for the map while nobody looked is taken from it at the first look."""
        for activation in others:
            if self._concerns(activation, now, 2 * KEEP):
                url = self._detail_url(activation.code)
                answer = await http.get(url, conditional=False, max_bytes=MAX_BYTES)
                batch.withdrawn |= {p.extent.key for p in wire.detail(answer.body, now, Batch(), self._around)}

    async def _products(
        self, http: Http, batch: Batch, new: dict[str, wire.Product], known: dict[str, tuple[object, ...]]
    ) -> bool:
        """Products with all their layers; one of which a layer failed waits for the next look. True if none waits."""

        async def ask(key: str) -> None:
            product = new[key]
            found: list[ExtentPart] = []
            left_out, missing = 0, list[str]()
            for layer, url in product.layers.items():
                try:
                    answer = await http.get(self._allowed(url), conditional=False, max_bytes=MAX_BYTES)
                    aside = Batch()
                    item = f"{product.extent.activation} {layer}"
                    # hundreds of thousands of vertices: not in the way of what else the node does
                    shapes, bad = await asyncio.to_thread(layers.parts, answer.body, layer, aside, item)
                    batch.dropped += aside.dropped
                    batch.unknown.update(aside.unknown)
                except FeedError as error:
                    self._tries[url] += 1
                    if self._tries[url] < TRIES and not isinstance(error, _NotAllowed):
                        raise
                    batch.dropped.append(Dropped(f"{key} {layer}", f"layer not read: {str(error)[:150]}"))
                    missing.append(layer)
                    continue
                found += shapes
                left_out += bad
            batch.extents.append(layers.whole(product.extent, found, left_out, missing))
            known[key] = product.state

        failed, left = await each_politely(ask, new, at_once=AT_ONCE, seconds=SECONDS_FOR_LAYERS)
        batch.missing += [f"{key}: {error}" for key, error in failed.items()]
        return not failed and not left

    def _detail_url(self, code: str) -> str:
        unified = self.base_url.endswith("/activations/api")
        return f"{self.base_url}/" + (f"activations/{code}/" if unified else f"public-activations/?code={code}")

    def _allowed(self, url: str) -> str:
        """The address, if it leads to the service or to the address that was configured. Raises _NotAllowed."""
        try:
            url = urljoin(self.base_url, url)
            there, here = urlsplit(url), urlsplit(self.base_url)
            own = (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port)
            theirs = there.scheme == "https" and there.hostname in HOSTS and there.port in (None, 443)
        except ValueError as error:
            raise _NotAllowed(f"no address: {url[:120]!r}") from error
        if "@" in there.netloc or not (own or theirs) or there.scheme not in ("http", "https"):
            raise _NotAllowed(f"leads away from the service: {url[:120]!r}")
        return url


class _NotAllowed(Garbled):
    """An address inside an answer that is not followed."""
