"""Many senders at once, few transactions: what comes while one is being written goes into the next together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from feeds.lorawan.uplink import Uplink
from service.sensors.intake import Taken

MOST = 1000


class Gathering:
    """`take` is the intake's. Everybody waits until what he brought is committed, and gets the failure if it is not."""

    def __init__(self, take: Callable[[Sequence[Uplink]], Awaitable[Taken]]) -> None:
        self._take = take
        self._waiting: list[tuple[Sequence[Uplink], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def bring(self, uplinks: Sequence[Uplink]) -> None:
        """Raises StoreError."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((uplinks, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch: list[Uplink] = []
            told = []
            while self._waiting and len(batch) < MOST:
                uplinks, done = self._waiting.pop(0)
                batch += uplinks
                told.append(done)
            try:
                await self._take(batch)
            except Exception as error:
                for done in told:
                    if not done.done():
                        done.set_exception(error)
            else:
                for done in told:
                    if not done.done():
                        done.set_result(None)
