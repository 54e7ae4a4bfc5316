"""How long after the commit map and board of a browser show what was committed."""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import psutil

from tests.bench.fanout.run import NotComparable
from tests.bench.forces import One
from tests.bench.screen import Seen, watching

STATUS_EVERY = 0.25
"""Seconds between two vehicles that change their status, each of another organisation than the last forty."""
LINES = 40
UNSEEN = 10_000.0
"""Milliseconds that a status counts with which the board did not show before the next one of its organisation."""


@dataclass(slots=True)
class Commits:
    """What the log says when which resource was committed, in seconds."""

    position: dict[tuple[str, float], float] = field(default_factory=dict)
    status: list[tuple[str, float]] = field(default_factory=list)

    def by_resource(self) -> dict[str, list[float]]:
        found = defaultdict(list)
        for (key, _), at in itertools.chain(self.position.items(), (((key, 0.0), at) for key, at in self.status)):
            found[key].append(at)
        return {key: sorted(each) for key, each in found.items()}


@dataclass(frozen=True, slots=True)
class Waited:
    """Milliseconds from the commit to the map's worker, to the drawn map and to the drawn board."""

    handed: list[float]
    signs: list[float]
    circles: list[float]
    board: list[float]

    @property
    def map(self) -> list[float]:
        return self.signs + self.circles


Toggle = Callable[[One], Awaitable[None]]
"""Report another status than it has."""


async def on_screen(
    address: str, cookie: str, view: str, drive: Callable[[], Awaitable[Commits]], forces: Sequence[One], toggle: Toggle
) -> Waited:
    """Both pages open beside each other while positions come at the whole rate and statuses change."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))  # pages take whatever core there is
    async with watching(address, cookie, view) as pages:
        lines = set((await pages.organisations())[:LINES])
        found = {one.organisation: one for one in reversed(forces) if one.organisation in lines}
        if len(found) < LINES:
            raise NotComparable(f"the board shows {len(found)} of {LINES} organisations")
        await pages.taken()
        spent, began = _browsers(), time.monotonic()
        calling = asyncio.create_task(_toggled(list(found.values()), toggle))
        commits = await drive()
        calling.cancel()
        await asyncio.gather(calling, return_exceptions=True)
        cores = (_browsers() - spent) / (time.monotonic() - began)
        await asyncio.sleep(3)
        seen = await pages.taken()
    waited = _waits(seen, commits, {one.id: one.organisation for one in found.values()})
    if len(waited.map) < 20 or len(waited.board) < 20:
        raise NotComparable(f"{len(waited.map)} positions and {len(waited.board)} statuses were drawn; is it built?")
    print(
        f"screen:   {view}: commit to drawn map {_said(waited.map)} ({len(waited.signs):,} signs, p95 "
        f"{late(waited.signs):.0f}; {len(waited.circles):,} circles, p95 {late(waited.circles):.0f}; to its worker "
        f"{_said(waited.handed)}); commit to drawn board {_said(waited.board)}; frames p95 "
        f"{late(seen.map_frames):.0f} ms on the map, {late(seen.board_frames):.0f} ms on the board; both browsers "
        f"{cores:.2f} cores, load of the machine {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return waited


async def _toggled(ones: Sequence[One], toggle: Toggle) -> None:
    for one in itertools.cycle(ones):
        began = time.monotonic()
        await toggle(one)
        await asyncio.sleep(max(0.0, began + STATUS_EVERY - time.monotonic()))


def _waits(seen: Seen, commits: Commits, organisation: dict[str, str]) -> Waited:
    by_resource = commits.by_resource()
    handed, signs, circles = [], [], []
    for key, x, posted, at in seen.drawn:
        if x is not None:
            committed = commits.position.get((key, x))
        else:  # its last one that the page can have known by then
            known = by_resource.get(key, [])
            committed = known[bisect_right(known, posted) - 1] if known and known[0] <= posted else None
        if committed is None:
            continue  # from before
        handed.append((posted - committed) * 1e3)
        (signs if x is not None else circles).append((at - committed) * 1e3)
    return Waited(handed, signs, circles, _board_waits(seen.lines, commits.status, organisation))


def _board_waits(
    lines: Iterable[tuple[str, float]], status: Iterable[tuple[str, float]], organisation: dict[str, str]
) -> list[float]:
    drawn = defaultdict(list)
    for line, at in sorted(lines, key=lambda each: each[1]):
        drawn[line].append(at)
    waits = []
    for key, at in status:
        if key in organisation:
            ours = drawn[organisation[key]]
            first = bisect_left(ours, at)
            waits.append(min(UNSEEN, (ours[first] - at) * 1e3 if first < len(ours) else UNSEEN))
    return waits


def _said(figures: Sequence[float]) -> str:
    return f"p50 {statistics.median(figures):.0f} p95 {late(figures):.0f} ms of {len(figures):,}"


def late(figures: Sequence[float]) -> float:
    return statistics.quantiles(figures, n=20)[-1] if len(figures) > 1 else sum(figures)


def _browsers() -> float:
    """CPU seconds that living processes of browsers started here have used."""
    found = [each for each in psutil.Process().children(recursive=True) if "chrom" in each.name()]
    return float(sum(each.cpu_times().user + each.cpu_times().system for each in found))
