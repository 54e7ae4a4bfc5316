"""Done for the people again and again: each minute who is free, each hour who is to be forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import structlog

from alerting.store import availability, erasing
from geodata.model.clock import Clock
from geodata.store.database import Database

log = structlog.get_logger()

FREE_EVERY = 60.0
FORGET_EVERY = 3600.0


def keeping(database: Database, clock: Clock) -> Iterator[tuple[str, float, Callable[[], Awaitable[None]]]]:
    """Loops by name, with their pauses in seconds."""

    async def free() -> None:
        await availability.refresh(database, clock.now())

    async def forget() -> None:
        erased = await erasing.sweep(database, clock.now())
        if erased:
            log.info("people forgotten whose time was over", people=erased)

    yield "availability of people", FREE_EVERY, free
    yield "retention of people", FORGET_EVERY, forget
