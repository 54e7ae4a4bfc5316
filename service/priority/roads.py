"""The roads of this node: the graph kept as a file beside the database, closed where zones and floods say so."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from geodata.land.network import Network, load
from geodata.land.travelling import Leg, Travels
from geodata.model.clock import Clock
from geodata.model.underway import SPEED
from geodata.store import roads as store
from geodata.store.database import Database

Point = tuple[float, float]


@dataclass(frozen=True)
class Known:
    """What is known of the roads at a moment: the graph's file, what is closed as of when, and the source's name."""

    as_of: datetime
    file: str | None = None
    blocked: tuple[int, ...] = ()
    name: str | None = None


class Roads:
    """Closures are looked up for each question, on behalf of whoever asks: nobody learns of a zone he may not see."""

    def __init__(self, database: Database, clock: Clock, data_dir: Path, *, origin: str) -> None:
        self.database, self.clock, self.origin = database, clock, origin
        self.directory = data_dir / "roads"
        self._making = asyncio.Lock()
        self._asking = asyncio.Lock()

    async def known(self, rooms: Collection[str]) -> Known:
        """Raises StoreUnavailable."""
        now = self.clock.now()
        source = await store.source(self.database)
        if source is None or source.edges == 0:
            return Known(now)
        file = self.directory / f"{source.imported_at.timestamp():.6f}-{source.edges}.npz"
        async with self._making:
            if not file.is_file():
                await asyncio.to_thread(_build, self.database.url, file)
        blocked = await store.blocked(self.database, rooms, now, origin=self.origin)
        name = source.name if source.state is None else f"{source.name} ({source.state.date().isoformat()})"
        return Known(now, str(file), tuple(blocked), name)

    async def travel(self, rooms: Collection[str], start: Point, goals: list[Point], speed: float) -> dict[str, Any]:
        """Minutes to each goal, and how that was found. In a thread, one at a time: over a state's roads it takes
        about a second."""
        known = await self.known(rooms)
        if known.file is None:
            minutes, method = _minutes(None, (), start, goals, speed)
        else:
            async with self._asking:
                minutes, method = await asyncio.to_thread(_minutes, known.file, known.blocked, start, goals, speed)
        return {
            "method": method,
            "as_of": known.as_of.isoformat().replace("+00:00", "Z"),
            "blocked": len(known.blocked),
            "roads": known.name,
            "minutes": minutes[0] if len(minutes) == 1 else None,
            "to": [{"place": list(goal), "minutes": one} for goal, one in zip(goals, minutes, strict=True)],
        }


def _build(url: str, file: Path) -> None:
    """In a thread with a loop of its own: reading a state's roads takes seconds."""

    async def read() -> store.Graph:
        database = Database(url)
        try:
            return await store.graph(database)
        finally:
            await database.close()

    graph = asyncio.run(read())
    file.parent.mkdir(parents=True, exist_ok=True)
    Network(graph.lon, graph.lat, graph.start, graph.end, graph.seconds, graph.edge).save(file)
    for old in file.parent.glob("*.npz"):
        if old != file:
            old.unlink(missing_ok=True)


def _minutes(
    file: str | None, blocked: Collection[int], start: Point, goals: list[Point], speed: float
) -> tuple[list[int | None], str]:
    travels = Travels(load(Path(file)) if file else None, np.array(sorted(blocked), dtype=np.int64))
    table = travels.table({str(at): goal for at, goal in enumerate(goals)}, {"start": Leg(start, speed or SPEED)})
    return [table[str(at)].get("start") for at in range(len(goals))], travels.method
