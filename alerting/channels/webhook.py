"""Another system is told of a call: JSON over HTTP, signed so that it knows us, the same id when it comes again."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import orjson

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.channels.web import Unsent, Web, receipt_of
from alerting.model.plan import ChannelKind

SIGNATURE, STAMP = "X-Lagebild-Signature", "X-Lagebild-Timestamp"


def signature(secret: str, stamp: str, body: bytes) -> str:
    """`sha256=` and the HMAC of the time stamp (seconds), a dot and the body, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def machine_message(call: Call) -> dict[str, Any]:
    """For systems and displays. Without the personal page: that is one person's."""
    return {
        "id": call.id, "kind": call.kind, "mode": call.mode, "code": call.code, "title": call.title,
        "text": call.text, "language": call.language, "about": call.about,
    }  # fmt: skip


class Webhook:
    """Always asks `url`; whom it is for stands in the message."""

    kind = ChannelKind.WEBHOOK

    def __init__(
        self, name: str, url: str, *, secret: str, exercise: bool = False, at_once: int = 10, timeout: float = 10.0
    ) -> None:
        self.name, self.exercise, self.at_once = name, exercise, at_once
        self._url, self._secret = url, secret
        self._web = Web(name, timeout=timeout, at_once=at_once)

    async def call(self, call: Call) -> Receipt:
        body = orjson.dumps({**machine_message(call), "to": call.address, "link": call.link})
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": call.id,
            STAMP: stamp,
            SIGNATURE: signature(self._secret, stamp, body),
        }
        try:
            reply = await self._web.send(self._url, headers=headers, content=body)
        except Unsent as error:
            return Receipt(Outcome.FAILED, error=str(error))
        if reply.status in (404, 410, 422):
            return Receipt(Outcome.REFUSED, error=f"{self.name} does not know whom this is for (HTTP {reply.status})")
        receipt = receipt_of(self.name, reply)
        return Receipt(Outcome.TAKEN, provider_id=call.id) if receipt.outcome is Outcome.TAKEN else receipt

    async def close(self) -> None:
        await self._web.close()
