"""Many small questions to one source: few at a time, within a time, and no more once it is clear that it fails."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import TypeVar

from feeds.contract import FeedError

K = TypeVar("K", bound=Hashable)


async def each_politely(
    ask: Callable[[K], Awaitable[None]],
    keys: Iterable[K],
    *,
    at_once: int,
    seconds: float,
    give_up_after: int = 3,
) -> tuple[dict[K, FeedError], list[K]]:
    """Ask for each key. Returns what failed, and what was not asked for: `seconds` were over, or so many questions
    had failed one after the other."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    waiting = deque(keys)
    failed: dict[K, FeedError] = {}
    in_a_row = 0

    async def worker() -> None:
        nonlocal in_a_row
        while waiting and in_a_row < give_up_after and loop.time() < until:
            key = waiting.popleft()
            try:
                await ask(key)
                in_a_row = 0
            except FeedError as error:
                failed[key] = error
                in_a_row += 1

    async with asyncio.TaskGroup() as workers:
        for _ in range(min(at_once, len(waiting))):
            workers.create_task(worker())
    return failed, list(waiting)
