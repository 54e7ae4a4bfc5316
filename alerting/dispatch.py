"""The engine of alarms: decides what is due, calls people through gateways, keeps the facts up to date.

Everything it has to do is a row with a moment: it can die at any time and several of them can run. A call is claimed
(commit), made outside of any transaction, and what became of it is written down (commit); if the worker dies in
between, its lease runs out and the call is made again under the same id. Four loops, none waits for another: a provider
that hangs holds up nothing but its own places.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.channels.switchboard import HANGING, SLOW, Sent, Switchboard
from alerting.channels.wording import exhausted, text_of, with_reply
from alerting.model import chain
from alerting.model.plan import ChannelKind
from alerting.model.said import Said
from alerting.store import acting, claiming, course, links, outcomes, showing
from alerting.store.claiming import Claimed, Lane, Made
from alerting.store.sealing import Seal
from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from geodata.store.database import Database, StoreError

log = structlog.get_logger()

POLL = 1.0
STALLED_AFTER = 30.0
MOST_AT_ONCE = 200
"""Calls of one lane at the same time, whatever its gateways allow."""
ACTOR = acting.ENGINE

_KINDS = [kind for kind in ChannelKind if kind is not ChannelKind.MANUAL]
_MODES = (IncidentMode.ACTUAL, IncidentMode.TEST, IncidentMode.EXERCISE)
"""What is real goes first."""


class Dispatch:
    """`timeout`: seconds for one call with all that stand in for its gateway. `lease` is longer than it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        seal: Seal,
        switchboard: Switchboard,
        *,
        origin: str,
        public_url: str,
        timeout: float = 45.0,
        lease: float | None = None,
    ) -> None:
        self.database, self.clock, self.seal, self.switchboard = database, clock, seal, switchboard
        self.origin, self.public_url = origin, public_url.rstrip("/")
        self.timeout = timeout
        self.lease = lease if lease is not None else timeout + 5
        self._busy: Counter[tuple[ChannelKind, IncidentMode]] = Counter()
        self._all: Counter[tuple[ChannelKind, IncidentMode]] = Counter()
        """With those that hang."""
        self._calls: set[asyncio.Task[None]] = set()
        self._made: list[Made] = []
        self._wake = {name: asyncio.Event() for name in ("decide", "send", "record", "show")}
        self._turned: dict[str, float] = {}

    def alive(self) -> bool:
        """Each loop has come round lately."""
        now = time.monotonic()
        return len(self._turned) == len(self._wake) and all(now - at < STALLED_AFTER for at in self._turned.values())

    async def run(self) -> None:
        """Until cancelled. Calls under way are finished by whoever claims them next."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen())
                for name, work in (
                    ("decide", self.decide), ("send", self.send), ("record", self.record), ("show", self.show)
                ):  # fmt: skip
                    group.create_task(self._loop(name, work), name=f"alarms {name}")
        finally:
            for call in self._calls:
                call.cancel()
            await asyncio.gather(*self._calls, return_exceptions=True)
            with suppress(Exception):
                await self.record()

    async def _loop(self, name: str, work: Callable[[], Awaitable[bool]]) -> None:
        """Work, then wait for a word or a second. A database that is away is no reason to end."""
        event, failing = self._wake[name], False
        while True:
            event.clear()
            try:
                more = await work()
                self._turned[name] = time.monotonic()
                failing = False
            except StoreError as error:
                more = False
                if not failing:
                    log.warning("alarms wait for the database", loop=name, error=str(error))
                failing = True
            if not more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await event.wait()
                if failing:
                    await asyncio.sleep(0.2)

    async def _listen(self) -> None:
        """A word from the database shortens the wait; without one all is found within a second."""
        while True:
            async for _ in course.words(self.database):
                self._woken("decide", "send", "show")
            await asyncio.sleep(POLL)

    def _woken(self, *names: str) -> None:
        for name in names:
            self._wake[name].set()

    async def decide(self) -> bool:
        """Everything that is due now: steps of alarms, next channels of people. True if something was."""
        worked = False
        seen: list[str] = []
        while True:
            now = self.clock.now()
            async with self.database.transaction(ACTOR) as tx:
                alarm = await course.take_due(tx.connection, now, but=seen)
                if alarm is None:
                    break
                seen.append(alarm.id)
                event = chain.Started() if alarm.step < 0 else chain.Due()
                done = await acting.settle_on(tx, alarm, event, by=ACTOR, now=now, origin=self.origin)
                if not done:
                    alarm.due_at = None
                    await course.save(tx.connection, alarm, now)
            worked = True
            self._woken("send", "show")
        while True:
            async with self.database.transaction(ACTOR) as tx:
                looked_at = await outcomes.fall_back(tx, self.clock.now())
            if not looked_at:
                return worked
            worked = True
            self._woken("send", "show")

    async def send(self) -> bool:
        """Claim as many calls as there are places, and begin them. True if there may be more."""
        now = self.clock.now()
        async with self.database.transaction(ACTOR) as tx:
            claimed, put_by = await claiming.claim(tx, self.seal, self._lanes(), lease=self.lease, now=now)
        if claimed:
            async with self.database.transaction(ACTOR) as tx:
                made = await claiming.link(tx, claimed, now)
            for one in claimed:
                self._begin(one, one.link or made.get((one.alarm, one.helper)))
        if put_by:
            self._woken("decide")
        return bool(put_by)

    def _lanes(self) -> list[Lane]:
        lanes = []
        for kind in _KINDS:
            for mode in _MODES:
                places = sum(line.at_once for line in self.switchboard.gateway(kind, mode))
                # Where no gateway is, the call fails at once: the next channel has its turn.
                places = min(places or MOST_AT_ONCE, MOST_AT_ONCE)
                free = min(places - self._busy[kind, mode], HANGING * places - self._all[kind, mode])
                lanes.append(Lane(kind, mode, max(free, 0)))
        return lanes

    def _begin(self, call: Claimed, link: bytes | None) -> None:
        lane = call.channel, call.mode
        self._busy[lane] += 1
        self._all[lane] += 1
        task = asyncio.create_task(self._make(call, link))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)

    async def _make(self, call: Claimed, link: bytes | None) -> None:
        lane = call.channel, call.mode
        held = [lane]

        def give_place() -> None:
            if held:
                self._busy[held.pop()] -= 1
                self._woken("send")

        slow = asyncio.get_running_loop().call_later(SLOW, give_place)
        try:
            if call.address is None:
                made = claiming.refused(call, self.clock.now())
            else:
                sent = await self._send(self._call(call, link, call.address))
                made = Made(call, sent.gateway, sent.receipt, self.clock.now())
            self._made.append(made)
        finally:
            slow.cancel()
            give_place()
            self._all[lane] -= 1
            self._woken("record")

    async def _send(self, call: Call) -> Sent:
        try:
            async with asyncio.timeout(self.timeout):
                return await self.switchboard.send(call)
        except TimeoutError:
            return Sent(None, Receipt(Outcome.FAILED, error=f"no answer within {self.timeout:g} s"))

    def _call(self, one: Claimed, link: bytes | None, address: str) -> Call:
        said, kind = one.said, one.kind
        if one.supervises:
            said = Said(exhausted(said.title, one.missing, one.language), said.text, said.meeting)
        url = f"{self.public_url}/a/{links.token_of(self.seal, link)}" if link else None
        words = text_of(kind, one.mode, said, one.code, url, one.language)
        text = words.on(one.channel)
        if one.channel is ChannelKind.SMS and self.switchboard.hears(one.channel, one.mode):
            text = with_reply(text, kind, one.language)
        about: dict[str, Any] = {"alarm": one.alarm, "code": one.code, "state": one.alarm_state, "kind": kind.value}
        if said.geometry is not None:
            about["geometry"] = said.geometry.as_geojson()
        return Call(
            one.id, kind, one.mode, one.channel, address, words.title, text, one.code, url, one.language, words.speak,
            about,
        )  # fmt: skip

    async def record(self) -> bool:
        """Write down what became of calls since. What cannot be written now is kept for the next time."""
        if not self._made:
            return False
        made, self._made = self._made[:500], self._made[500:]
        try:
            async with self.database.transaction(ACTOR) as tx:
                await outcomes.record(tx, made, self.clock.now())
        except BaseException:
            self._made = made + self._made
            raise
        self._woken("send", "decide", "show")
        return bool(self._made)

    async def show(self) -> bool:
        """Bring the facts of alarms up to date that have changed, each at most three times a second."""
        while True:
            async with self.database.transaction(ACTOR) as tx:
                taken = await showing.take(tx)
                wait = None if taken else await showing.wait(tx.connection)
            if taken is None:
                break
            async with self.database.transaction(ACTOR) as tx:
                await showing.refresh(tx, *taken, origin=self.origin, now=self.clock.now())
        if wait is None:
            return False
        await asyncio.sleep(wait)
        return True

    async def settle(self) -> None:
        """For tests and the command line: do all that is due now, wait for the calls, until nothing is left to do."""
        worked = True
        while worked:
            worked = await self.decide()
            worked = await self.send() or worked
            if self._calls:
                await asyncio.gather(*self._calls, return_exceptions=True)
            while self._made:
                await self.record()
                worked = True
