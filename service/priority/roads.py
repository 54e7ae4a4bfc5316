"""The roads of this node: the graph kept as a file beside the database, closed where zones and floods say so."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
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

    def __init__(self, database: Database, clock: Clock, data_dir: Path) -> None:
        self.database, self.clock = database, clock
        self.directory = data_dir / "roads"
        self._making = asyncio.Lock()
        self._pool: ProcessPoolExecutor | None = None

    async def known(self, rooms: Collection[str]) -> Known:
        """Raises StoreUnavailable."""
        now = self.clock.now()
        source = await store.source(self.database)
        if source is None or source.edges == 0:
            return Known(now)
        file = self.directory / f"{source.revision}.npz"
        async with self._making:
            if not file.is_file():
                await self._make(file)
        blocked = await store.blocked(self.database, rooms, now)
        name = source.name if source.state is None else f"{source.name} ({source.state.date().isoformat()})"
        return Known(now, str(file), tuple(blocked), name)

    async def travel(self, rooms: Collection[str], start: Point, goals: list[Point], speed: float) -> dict[str, Any]:
        """Minutes to each goal, and how that was found. In a process of its own, where the graph stays loaded."""
        known = await self.known(rooms)
        if known.file is None:
            minutes, method = _minutes(None, (), start, goals, speed)
        else:
            loop, given = asyncio.get_running_loop(), (known.file, known.blocked, start, goals, speed)
            minutes, method = await loop.run_in_executor(self._process(), _minutes, *given)
        return {
            "method": method,
            "as_of": known.as_of.isoformat().replace("+00:00", "Z"),
            "blocked": len(known.blocked),
            "roads": known.name,
            "minutes": minutes[0] if len(minutes) == 1 else None,
            "to": [{"place": list(goal), "minutes": one} for goal, one in zip(goals, minutes, strict=True)],
        }

    async def stop(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _make(self, file: Path) -> None:
        await asyncio.get_running_loop().run_in_executor(self._process(), _build, self.database.url, file)

    def _process(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        return self._pool


def _build(url: str, file: Path) -> None:
    """In a process of its own: reading a state's roads takes seconds."""

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
