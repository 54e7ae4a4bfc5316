"""SMS through an own telephone: SMS Gateway for Android (SMSGate) with its private server or on the same network.

Its webhooks sms:sent, sms:delivered, sms:failed and sms:received, signed with its signing key, come to our routes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from android_sms_gateway.domain import Message, TextMessage
from android_sms_gateway.enums import MessagePriority, ProcessState

from alerting.channels.contract import Call, Outcome, Receipt, Told
from alerting.channels.hearing import MOST_TEXT, Event, inbound, without_numbers, words
from alerting.channels.web import Unsent, Web, receipt_of
from alerting.channels.wording import with_reply
from alerting.model.numbers import NoNumber, e164
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallState

CONFLICT = 409
KEEP = 6 * 3600
"""Seconds after which the telephone no longer sends what it could not send."""
_EVENTS = {"sms:sent": CallState.SENT, "sms:delivered": CallState.DELIVERED, "sms:failed": CallState.FAILED}


class AndroidSms:
    """`url` is the server's, such as https://sms.example.org/3rdparty/v1 or http://<telephone>:8080."""

    kind = ChannelKind.SMS
    hears = True

    def __init__(
        self,
        name: str,
        url: str,
        *,
        username: str,
        password: str,
        device: str | None = None,
        exercise: bool = False,
        at_once: int = 5,
        timeout: float = 10.0,
    ) -> None:
        self.name, self.exercise, self.at_once = name, exercise, at_once
        self._url, self._device = f"{url.rstrip('/')}/messages", device
        self._web = Web(name, timeout=timeout, at_once=at_once, auth=(username, password))

    async def call(self, call: Call) -> Receipt:
        try:
            number = e164(call.address)
        except NoNumber:
            return Receipt(Outcome.REFUSED, error="this is no telephone number")
        message = Message(
            id=call.id,
            phone_numbers=[number],
            text_message=TextMessage(text=with_reply(call.text, call.kind, call.language)),
            priority=MessagePriority.BYPASS_THRESHOLD,
            with_delivery_report=True,
            ttl=KEEP,
            device_id=self._device,
        )
        headers = {"Content-Type": "application/json", "Idempotency-Key": call.id}
        try:
            reply = await self._web.send(self._url, headers=headers, content=orjson.dumps(message.asdict()))
        except Unsent as error:
            return Receipt(Outcome.FAILED, error=str(error))
        if reply.status == CONFLICT:
            return Receipt(Outcome.TAKEN, provider_id=call.id)  # it has this very call from an earlier try
        receipt = receipt_of(self.name, reply)
        if receipt.outcome is Outcome.FAILED:
            return receipt
        answer = reply.json()
        state = words(answer.get("state")) if isinstance(answer, dict) else None
        if state == ProcessState.Failed.value:
            return Receipt(Outcome.FAILED, error=f"{self.name} could not send it")
        id = words(answer.get("id")) if isinstance(answer, dict) else None
        return Receipt(Outcome.TAKEN, provider_id=id or call.id)

    def hear(self, payload: Any, now: datetime) -> list[Event]:
        if not isinstance(payload, Mapping) or not isinstance(payload.get("payload"), Mapping):
            return []
        event, inner = words(payload.get("event")), payload["payload"]
        id = words(inner.get("messageId"))
        if event == "sms:received":
            sender = words(inner.get("sender")) or words(inner.get("phoneNumber"))
            text = words(inner.get("message"), MOST_TEXT)
            if sender is None or text is None:
                return []
            key = words(payload.get("id")) or words(inner.get("receivedAt"))
            return [inbound(self.name, now, sender=sender, text=text, key=key)]
        state = _EVENTS.get(event or "")
        if state is None or id is None:
            return []
        error = without_numbers(words(inner.get("reason"))) if state is CallState.FAILED else None
        told = Told(self.name, now, provider_id=id, call=id, state=state, error=error)
        return [Event(told, f"state {id} {state}")]

    async def close(self) -> None:
        await self._web.close()
