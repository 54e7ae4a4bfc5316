"""The one place that picks gateways by mode: an exercise never meets one that reaches people, an alarm only those.

The same is checked a second time at every single call: who holds a gateway from here cannot misuse it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from alerting.channels.contract import Call, Gateway, Outcome, Receipt
from alerting.model.plan import ChannelKind
from geodata.model.clock import Clock, WallClock
from geodata.model.incident import IncidentMode

log = structlog.get_logger()

ILL_AFTER = 5
"""Failures in a row after which other gateways of the same kind come first."""
AGAIN_AFTER = 30.0
"""Seconds after its last failure an ill one gets its place back for a try."""
LONGEST_QUEUE = 10.0
"""Seconds that a call waits for its turn when the gateway may send so many per minute."""
PROMPT = 1.0
"""Seconds of such a wait from which another gateway has the turn."""
PATIENCE = 20.0
"""Seconds within which a gateway has to say something."""
SLOW = 1.0
"""Seconds after which a call that hangs gives its place to the next one, up to `HANGING` times as many as at once."""
HANGING = 4


def fits(gateway: Gateway, mode: IncidentMode) -> bool:
    return gateway.exercise is (mode is IncidentMode.EXERCISE)


@dataclass(frozen=True, slots=True)
class Health:
    """`at_work` is how many calls it has now. Times are of the node's clock; `error` holds no address."""

    name: str
    kind: ChannelKind
    exercise: bool
    last_success: datetime | None
    last_failure: datetime | None
    failures: int
    """In a row."""
    error: str | None
    at_work: int
    sent: int
    per_minute: int | None

    @property
    def ill(self) -> bool:
        return self.failures >= ILL_AFTER


class Pace:
    """So many per minute: a quarter of them at once if need be, the others evenly. Never more in any minute."""

    def __init__(self, per_minute: int | None) -> None:
        self._rate: float | None = None
        if per_minute is not None:
            self._most = float(max(1, per_minute // 4))
            self._rate = max(per_minute - self._most, 0.5) / 60
            self._left, self._since = self._most, time.monotonic()

    @property
    def wait(self) -> float:
        """Seconds until one more may go."""
        if self._rate is None:
            return 0.0
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._since) * self._rate)
        self._since = now
        return max(0.0, (1 - self._left) / self._rate)

    def take(self, longest: float) -> float | None:
        """Seconds after which this one goes; None: it would be more than `longest`, so it does not."""
        wait = self.wait
        if wait > longest:
            return None
        if self._rate is not None:
            self._left -= 1
        return wait


class Line:
    """A gateway as the switchboard hands it out: so many calls at once, so many per minute, never longer than its
    patience, never the wrong mode, never an exception."""

    def __init__(self, gateway: Gateway, clock: Clock, *, per_minute: int | None, patience: float) -> None:
        self.gateway, self.name, self.kind, self.exercise = gateway, gateway.name, gateway.kind, gateway.exercise
        self.at_once, self.per_minute, self.patience = gateway.at_once, per_minute, patience
        self.hears = bool(getattr(gateway, "hears", False))
        self._clock = clock
        self._free = asyncio.Semaphore(gateway.at_once)
        self._held = asyncio.Semaphore(HANGING * gateway.at_once)
        self.pace = Pace(per_minute)
        self._ill_until = 0.0
        self._at_work = self._sent = self._failures = 0
        self._success: datetime | None = None
        self._failure: datetime | None = None
        self._error: str | None = None

    @property
    def health(self) -> Health:
        return Health(
            self.name, self.kind, self.exercise, self._success, self._failure, self._failures, self._error,
            self._at_work, self._sent, self.per_minute,
        )  # fmt: skip

    @property
    def last_resort(self) -> bool:
        """Has failed too often just now, or has sent all it may: others first."""
        ill = self._failures >= ILL_AFTER and time.monotonic() < self._ill_until
        return ill or self.pace.wait > PROMPT

    async def call(self, call: Call) -> Receipt:
        if not fits(self.gateway, call.mode):
            log.error("a call was kept from a gateway of another mode", gateway=self.name, mode=call.mode, call=call.id)
            return Receipt(Outcome.FAILED, error=f"{self.name} is not for calls of mode {call.mode}")
        wait = self.pace.take(LONGEST_QUEUE)
        if wait is None:
            said = f"{self.name} has sent its {self.per_minute} of this minute"
            return Receipt(Outcome.FAILED, error=said, retry_after=self.pace.wait)
        if wait > 0:
            await asyncio.sleep(wait)
        async with self._held, _place(self._free):
            self._at_work += 1
            try:
                receipt = await self._try(call)
            finally:
                self._at_work -= 1
        self._note(receipt)
        return receipt

    async def _try(self, call: Call) -> Receipt:
        try:
            async with asyncio.timeout(self.patience):
                return await self.gateway.call(call)
        except TimeoutError:
            return Receipt(Outcome.FAILED, error=f"{self.name} did not answer within {self.patience:g} s")
        except Exception as error:
            # Its words could hold an address; its name cannot.
            log.error("gateway failed", gateway=self.name, call=call.id, error=type(error).__name__)
            return Receipt(Outcome.FAILED, error=f"{self.name} failed ({type(error).__name__})")

    def _note(self, receipt: Receipt) -> None:
        self._sent += 1
        if receipt.outcome is Outcome.FAILED:
            self._failures += 1
            self._failure, self._error = self._clock.now(), receipt.error
            self._ill_until = time.monotonic() + AGAIN_AFTER
            if self._failures == ILL_AFTER:
                log.warning("gateway fails again and again", gateway=self.name, error=receipt.error)
        else:
            if self._failures >= ILL_AFTER:
                log.info("gateway works again", gateway=self.name)
            self._failures, self._success, self._error = 0, self._clock.now(), None

    async def close(self) -> None:
        await self.gateway.close()


@asynccontextmanager
async def _place(free: asyncio.Semaphore) -> AsyncIterator[None]:
    """A place, until the call is over or hangs: providers that do not answer must not keep others waiting."""
    await free.acquire()
    held = [free.release]

    def give_back() -> None:
        if held:
            held.pop()()

    timer = asyncio.get_running_loop().call_later(SLOW, give_back)
    try:
        yield
    finally:
        timer.cancel()
        give_back()


@dataclass(frozen=True, slots=True)
class Sent:
    """`gateway` is the one that had the last word; None: there is none of this kind for this mode."""

    gateway: str | None
    receipt: Receipt


class Switchboard:
    """Gateways in the order in which they stand in for each other. In an exercise a console stands in for every kind
    that has no exercise gateway of its own; outside nothing stands in: who cannot be reached is said to be so."""

    def __init__(
        self,
        gateways: Sequence[Gateway],
        *,
        clock: Clock | None = None,
        per_minute: dict[str, int] | None = None,
        patience: float = PATIENCE,
    ) -> None:
        names = [gateway.name for gateway in gateways]
        if len(set(names)) < len(names):
            raise ValueError(f"two gateways have the same name: {', '.join(sorted(names))}")
        clock, limits = clock or WallClock(), per_minute or {}
        self.lines = [
            Line(gateway, clock, per_minute=limits.get(gateway.name), patience=patience) for gateway in gateways
        ]

    def gateway(self, kind: ChannelKind, mode: IncidentMode) -> list[Line]:
        """Those that may carry this, best first; often ill ones last. Empty: nobody can be called this way."""
        allowed = [line for line in self.lines if fits(line.gateway, mode)]
        found = [line for line in allowed if line.kind is kind]
        if not found and mode is IncidentMode.EXERCISE and kind is not ChannelKind.MANUAL:
            found = [line for line in allowed if line.kind is ChannelKind.CONSOLE]
        return sorted(found, key=lambda line: line.last_resort)

    def hears(self, kind: ChannelKind, mode: IncidentMode) -> bool:
        """Whether people can answer by the same way, whichever gateway it is."""
        lines = self.gateway(kind, mode)
        return bool(lines) and all(line.hears for line in lines)

    async def send(self, call: Call) -> Sent:
        """Through the first that takes it. What one refuses for good (this address is no more) no other is asked."""
        sent = Sent(None, Receipt(Outcome.FAILED, error=f"no gateway for {call.channel} in mode {call.mode}"))
        for line in self.gateway(call.channel, call.mode):
            sent = Sent(line.name, await line.call(call))
            if sent.receipt.outcome is not Outcome.FAILED:
                break
        return sent

    def health(self) -> list[Health]:
        return [line.health for line in self.lines]

    async def close(self) -> None:
        for line in self.lines:
            await line.close()
