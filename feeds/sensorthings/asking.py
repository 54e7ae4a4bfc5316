"""A look at a server: which Datastreams there are with their newest values, then what is new of those that moved."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote, urljoin, urlsplit

from feeds.contract import Answer, Batch, Dropped, Garbled
from feeds.politeness import each_politely
from feeds.sensorthings.readings import Readings, Stream
from feeds.sensorthings.wire import Page, page
from geodata.model.observation import FUTURE_TOLERANCE

FIRST = timedelta(hours=24)
"""How far back the first look reads."""
MAX_PAGES = 50
PAGE = 1000
AT_ONCE = 4
WITHIN = 60.0
"""Seconds for asking after what is new."""

Get = Callable[[str], Awaitable[Answer]]
_EXPAND = (
    "Thing($expand=Locations($select=location);$select=id,name),ObservedProperty,"
    "Observations($orderby=phenomenonTime desc;$top=1;$select=result,phenomenonTime,resultTime)"
)


@dataclass(slots=True)
class Memory:
    """What is known from the looks before: the series by id, and the time of the newest value taken of each."""

    streams: dict[str, Stream] = field(default_factory=dict)
    newest: dict[str, datetime] = field(default_factory=dict)


async def look(
    get: Get, base: str, filter: str | None, readings: Readings, memory: Memory, most: int, now: datetime
) -> Batch:
    """`most` values at a look; the rest comes with the next one. Raises FeedError; then `memory` is as before."""
    batch = readings.batch
    options = {"$top": str(PAGE), "$expand": _EXPAND} | ({"$filter": filter} if filter else {})
    moved: dict[str, tuple[Stream, datetime | None]] = {}
    found, used = 0, 0
    async for one in _pages(get, _address(base, "Datastreams", options), batch):
        found += len(one.value)
        for stream, datastream in readings.take_datastreams(one.value):
            used += 1
            last, known = datastream.last(), memory.newest.get(stream.id)
            if known is None and last is not None and last <= now - FIRST:
                readings.take_observations(datastream.observations or [], stream)
            if last is None or known is None or last > known:
                moved[stream.id] = stream, known
    if found and not used and not batch.outside:
        reason = next(iter(batch.unknown), None) or next((d.reason for d in batch.dropped), "none is known")
        raise Garbled(f"none of {found} Datastreams can be used: {reason}")
    newest = {id: at for id, at in memory.newest.items() if id in readings.streams}

    async def ask(id: str) -> None:
        stream, known = moved[id]
        since = (known or now - FIRST).isoformat().replace("+00:00", "Z")
        options = {"$filter": f"phenomenonTime gt {since}", "$orderby": "phenomenonTime asc", "$top": str(PAGE)}
        options["$select"] = "result,phenomenonTime,resultTime"
        async for one in _pages(get, _address(base, f"Datastreams({id})/Observations", options), batch):
            taken = readings.take_observations(one.value, stream)
            times = [o.at for o in taken if o.at <= now + FUTURE_TOLERANCE]
            newest[id] = max([*times, *([newest[id]] if id in newest else [])], default=known or now - FIRST)
            if len(batch.observations) >= most:
                batch.unknown["more values than one look takes: the rest comes with the next"] += 1
                break

    failed, not_asked = await each_politely(ask, moved, at_once=AT_ONCE, seconds=WITHIN)
    if failed and len(failed) == len(moved) - len(not_asked):
        raise next(iter(failed.values()))
    batch.missing += [f"Datastreams({id})" for id in (*failed, *not_asked)]
    batch.newest = max((at for at in newest.values() if at <= now), default=None)
    memory.streams, memory.newest = dict(readings.streams), newest
    return batch


async def _pages(get: Get, address: str, batch: Batch) -> AsyncIterator[Page]:
    """All pages, following the next one on the same host only."""
    start, seen = address, set[str]()
    while address not in seen and len(seen) < MAX_PAGES:
        seen.add(address)
        one = page((await get(address)).body)
        yield one
        if one.next is None:
            return
        address = urljoin(address, one.next)
        if not _same_place(address, start):
            batch.dropped.append(Dropped("next page", "lies on another host", address[:300]))
            return
    batch.dropped.append(Dropped("next page", f"more than {MAX_PAGES} pages or pages in a circle", address[:300]))


def _address(base: str, path: str, options: dict[str, str]) -> str:
    query = "&".join(f"{name}={quote(text, safe=_SAFE)}" for name, text in options.items())
    return f"{base.rstrip('/')}/{quote(path, safe=_SAFE)}?{query}"


_SAFE = "$()'/,;=:~-._@"


def _same_place(address: str, start: str) -> bool:
    try:
        there, here = urlsplit(address), urlsplit(start)
        return (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port)
    except ValueError:
        return False
