"""A gateway to nobody: what would have been sent is kept for a look, and the log says that something was."""

from __future__ import annotations

from collections import deque

import structlog

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.model.plan import ChannelKind

log = structlog.get_logger()


class Console:
    """For development and exercises. The log gets neither address nor text nor link; `shown` holds the last 1000."""

    kind = ChannelKind.CONSOLE
    at_once = 100

    def __init__(self, name: str = "console", *, exercise: bool = True) -> None:
        self.name, self.exercise = name, exercise
        self.shown: deque[Call] = deque(maxlen=1000)

    async def call(self, call: Call) -> Receipt:
        self.shown.append(call)
        log.info("call", gateway=self.name, call=call.id, what=call.kind, mode=call.mode, channel=call.channel)
        return Receipt(Outcome.DELIVERED, provider_id=call.id)

    async def close(self) -> None:
        """Nothing is open."""
