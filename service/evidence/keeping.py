"""Hands every answer of a source to the store without keeping the look waiting."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import deque
from datetime import datetime

import structlog

from feeds.contract import Answer
from geodata.model.clock import Clock
from geodata.store import evidence
from geodata.store.database import Database, StoreError
from geodata.store.evidence import Payload

WAITING = 64_000_000
"""Bytes that may wait for the store. Beyond that the newest answers are not kept: the picture comes first."""
_AT_ONCE = 20
_RETRY = 5.0

log = structlog.get_logger()


class EvidenceKeeper:
    """A `Keeper` for the feeds' client. `run` is the loop that writes; `lost` counts answers not kept."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._waiting: deque[tuple[str, Answer, datetime]] = deque()
        self._bytes = 0
        self._news = asyncio.Event()
        self.lost = 0

    def keep(self, feed: str, answer: Answer) -> None:
        if self._bytes + len(answer.body) > WAITING:
            if self.lost == 0:
                log.warning("raw answers come faster than they can be kept", feed=feed)
            self.lost += 1
            return
        self._bytes += len(answer.body)
        self._waiting.append((feed, answer, self._clock.now()))
        self._news.set()

    async def run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                some = [self._waiting[i] for i in range(min(_AT_ONCE, len(self._waiting)))]
                packed = await asyncio.to_thread(_all_packed, some)
                try:
                    await evidence.keep(self._database, packed)
                except StoreError as error:
                    log.warning("raw answers not kept yet", waiting=len(self._waiting), reason=str(error))
                    await asyncio.sleep(_RETRY)
                    continue
                for _ in some:
                    self._bytes -= len(self._waiting.popleft()[1].body)


def _all_packed(some: list[tuple[str, Answer, datetime]]) -> list[Payload]:
    return [_packed(*one) for one in some]


def _packed(feed: str, answer: Answer, at: datetime) -> Payload:
    return Payload(
        feed=feed,
        url=answer.url.replace("\x00", "")[:2000],
        at=at,
        status=answer.status,
        content_type=answer.content_type.replace("\x00", "")[:200],
        sha256=hashlib.sha256(answer.body).hexdigest(),
        size=len(answer.body),
        packed=gzip.compress(answer.body, compresslevel=6, mtime=0),
    )
