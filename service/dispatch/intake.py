"""Where reports enter the picture, whichever way they came: all of a quarter of a second together, in one transaction
for each sender; of each resource the latest position counts. Whoever brings reports waits until they are committed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from geodata.model.clock import Clock
from geodata.model.editing import BadEdit
from geodata.store.database import Database, StoreError, StoreRefused, ValueRefused
from service.dispatch import store
from service.dispatch.applying import Applying, Sender, as_text, named
from service.dispatch.report import Outcome, Report, Result

log = structlog.get_logger()

WINDOW = 0.25
"""Seconds for which reports are gathered."""
MOST_WAITING = 20_000
MOST_AT_ONCE = 5_000


class Busy(StoreError):
    """More reports are waiting than can be written. None of these was taken; send them again in a moment."""


@dataclass(frozen=True, slots=True)
class _Brought:
    sender: Sender
    reports: Sequence[Report]
    done: asyncio.Future[list[Outcome]]


class Intake:
    """`counts` is how often each result was given since the start."""

    def __init__(self, database: Database, clock: Clock, *, origin: str, window: float = WINDOW) -> None:
        self.database, self.clock, self.origin, self.window = database, clock, origin, window
        self.counts: Counter[Result] = Counter()
        self._waiting: list[_Brought] = []
        self._reports = 0
        self._writer: asyncio.Task[None] | None = None

    async def bring(self, sender: Sender, reports: Sequence[Report]) -> list[Outcome]:
        """What became of each, once it is committed. Raises Busy, StoreError; then send them again."""
        if not reports:
            return []
        if self._reports + len(reports) > MOST_WAITING:
            raise Busy(Busy.__doc__)
        done: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Brought(sender, reports, done))
        self._reports += len(reports)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await done

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(self.window)
            by_sender: dict[Sender, list[_Brought]] = {}
            for brought in self._waiting:
                by_sender.setdefault(brought.sender, []).append(brought)
            self._waiting = []
            for sender, all_of_it in by_sender.items():
                for some in _pieces(all_of_it):
                    await self._flush(sender, some)

    async def _flush(self, sender: Sender, brought: Sequence[_Brought]) -> None:
        reports = [report for some in brought for report in some.reports]
        try:
            outcomes = await self._take(sender, reports)
        except Exception as error:
            if not isinstance(error, StoreError):
                log.error("reports not taken", sender=sender.actor, error=repr(error))
            for some in brought:
                if not some.done.done():
                    some.done.set_exception(error)
            return
        finally:
            self._reports -= len(reports)
        self.counts.update(outcome.result for outcome in outcomes)
        start = 0
        for some in brought:
            if not some.done.done():
                some.done.set_result(outcomes[start : start + len(some.reports)])
            start += len(some.reports)

    async def _take(self, sender: Sender, reports: Sequence[Report]) -> list[Outcome]:
        try:
            outcomes = await self._together(sender, reports)
        except (BadEdit, ValueRefused, StoreRefused) as error:
            if len(reports) > 1:  # one of them must not hold up the others
                return [outcome for report in reports for outcome in await self._take(sender, [report])]
            outcomes = [Outcome(Result.INVALID, field=getattr(error, "field", "report"), reason=str(error))]
        unknown = [
            (report.shown, f"{sender.name}: {outcome.reason}", as_text(report))
            for report, outcome in zip(reports, outcomes, strict=True)
            if outcome.result is Result.UNKNOWN
        ]
        if unknown:
            await store.keep_unknown(self.database, unknown, self.clock.now())
        return outcomes

    async def _together(self, sender: Sender, reports: Sequence[Report]) -> list[Outcome]:
        targets = await named(self.database, self.origin, sender, reports)
        if not any(isinstance(target, str) for target in targets):
            return [target for target in targets if isinstance(target, Outcome)]
        async with self.database.transaction(sender.actor, see=sender.see, write=sender.write) as tx:
            return await Applying(tx, sender, self.origin, self.clock.now()).apply(reports, targets)


def _pieces(brought: Sequence[_Brought]) -> list[list[_Brought]]:
    """In transactions of a bounded size."""
    pieces: list[list[_Brought]] = [[]]
    size = 0
    for some in brought:
        if pieces[-1] and size + len(some.reports) > MOST_AT_ONCE:
            pieces.append([])
            size = 0
        pieces[-1].append(some)
        size += len(some.reports)
    return pieces
