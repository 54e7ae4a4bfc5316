"""Goes through the tables, says one line for each check, and takes back what it has told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from service.federation.conformance import content, limits, meeting, order, outbox, signatures
from service.federation.conformance.partner import Failed, Partner
from service.federation.conformance.stream import Stream
from service.federation.conformance.trial import Check, Invited, Table, Trial
from service.federation.wire.client import DEADLINE, trusted

Tell = Callable[[str], None]
TABLES: tuple[Table, ...] = (
    signatures.CHECKS, order.CHECKS, content.CHECKS, limits.CHECKS, outbox.CHECKS,
)  # fmt: skip


async def conform(url: str, invited: Invited, tell: Tell, *, wait: float, every: float = 2.0) -> bool:
    """Whether the server at `url` does all that the protocol asks for. `tell` gets the lines. `wait`: seconds that its
    human has for comparing the words, `every`: how often we look whether that has happened."""
    with TemporaryDirectory(prefix="lagebild-conform-") as folder:
        async with httpx.AsyncClient(verify=trusted(), trust_env=False, timeout=DEADLINE) as client:
            partner = Partner(url, Path(folder), client)
            it = Trial(partner, Stream(partner), invited)
            report = Report(it, tell)
            await report.go_through(meeting.FIRST)
            if it.met:
                await report.go_through(meeting.THEN)
            if it.met and await _compared(it, report, wait, every):
                for table in TABLES:
                    await report.go_through(table, settled=True)
                await report.run("at the end: every share of the kit is withdrawn", _taken_back, settled=True)
                tell(f"On the other side, revoke {partner.origin}: it will not come back.")
            else:
                tell("Everything else needs a partner that is compared: not tried.")
            await report.run("throughout: never a 5xx", _never_broke)
            tell(f"{report.passed} ok, {report.failed} failed")
            return report.failed == 0


class Report:
    def __init__(self, it: Trial, tell: Tell) -> None:
        self.it, self.tell = it, tell
        self.passed = self.failed = 0

    async def go_through(self, table: Table, *, settled: bool = False) -> None:
        for name, check in table:
            await self.run(name, check, settled=settled)

    async def run(self, name: str, check: Check, *, settled: bool = False) -> bool:
        """`settled`: first ask where our stream stands there, so that one failure does not bring the next."""
        try:
            if settled:
                await self.it.stream.settle()
            await check(self.it)
        except Failed as failed:
            return self._fails(name, str(failed))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return self._fails(name, f"expected an answer; came {type(error).__name__} {error}")
        self.passed += 1
        self.tell(f"ok    {name}")
        return True

    def _fails(self, name: str, why: str) -> bool:
        self.failed += 1
        self.tell(f"FAIL  {name}: {' '.join(why.split())}")
        return False


async def _compared(it: Trial, report: Report, wait: float, every: float) -> bool:
    """Whether the other side's human has compared in time."""
    report.tell(f"words {' '.join(meeting.words(it))}")
    report.tell(f"Compare them on the other side, where we are called {it.partner.origin}; waiting up to {wait:g} s.")
    ends = time.monotonic() + wait

    async def active(it: Trial) -> None:
        while True:
            answer = await it.stream.bring(it.stream.greeting())
            if answer.status == 200:
                return
            if answer.status != 403 or time.monotonic() > ends:
                raise Failed("200 to a greeting once the words are compared", answer)
            await asyncio.sleep(every)

    return await report.run("hello: after the comparison envelopes are taken", active)


async def _taken_back(it: Trial) -> None:
    while it.stream.open:
        await it.stream.withdraw(*it.stream.open[:50])


async def _never_broke(it: Trial) -> None:
    if it.partner.broke:
        raise Failed("no 5xx", ", ".join(it.partner.broke[:10]))
