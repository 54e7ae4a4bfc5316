"""SMS through any provider that takes an HTTP request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.channels.hearing import Event, Paths, read
from alerting.channels.template import Provider, ask, values_of
from alerting.channels.web import Web
from alerting.channels.wording import with_reply
from alerting.model.numbers import NoNumber, e164
from alerting.model.plan import ChannelKind


class SmsHttp:
    """`hears`: its provider brings answers to us, so texts say how to answer."""

    kind = ChannelKind.SMS

    def __init__(
        self,
        name: str,
        provider: Provider,
        *,
        paths: Paths,
        answers: str,
        hears: bool = False,
        exercise: bool = False,
        at_once: int = 20,
        timeout: float = 10.0,
        auth: tuple[str, str] | None = None,
    ) -> None:
        self.name, self.exercise, self.at_once, self.hears = name, exercise, at_once, hears
        self._provider, self._paths, self._answers = provider, paths, answers
        self._web = Web(name, timeout=timeout, at_once=at_once, auth=auth)

    async def call(self, call: Call) -> Receipt:
        try:
            number = e164(call.address)
        except NoNumber:
            return Receipt(Outcome.REFUSED, error="this is no telephone number")
        hints = self.hears and self.kind is ChannelKind.SMS
        text = with_reply(call.text, call.kind, call.language) if hints else call.text
        values = values_of(call, text=text, answers=self._answers) | {"to": number}
        return await ask(self._web, self._provider, values)

    def hear(self, payload: Any, now: datetime) -> list[Event]:
        return read(self._paths, payload, gateway=self.name, now=now)

    async def close(self) -> None:
        await self._web.close()
