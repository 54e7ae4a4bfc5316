"""Everything else that apprise knows (Matrix, ntfy, Telegram …): one service per gateway, fixed in the settings."""

from __future__ import annotations

import logging
from urllib.parse import quote

import apprise

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallKind

# It writes the addresses that it could not reach.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


class AppriseOut:
    """`url` is one of apprise's, with {to} where the person's address belongs."""

    kind = ChannelKind.APPRISE

    def __init__(self, name: str, url: str, *, exercise: bool = False, at_once: int = 5) -> None:
        self.name, self.exercise, self.at_once = name, exercise, at_once
        self._url = url
        self._asset = apprise.AppriseAsset(app_id="Lagebild", secure_logging=True, async_mode=True)

    async def call(self, call: Call) -> Receipt:
        to = quote(call.address.strip(), safe="")
        service = apprise.Apprise(asset=self._asset)
        if len(to) > 500 or not service.add(self._url.replace("{to}", to)):
            return Receipt(Outcome.REFUSED, error=f"{self.name} cannot make an address of this")
        taken = await service.async_notify(
            title=call.title,
            body=f"{call.text}\n{call.link}" if call.link and call.link not in call.text else call.text,
            body_format=apprise.NotifyFormat.TEXT,
            notify_type=apprise.NotifyType.WARNING if call.kind is CallKind.ALARM else apprise.NotifyType.INFO,
        )
        if not taken:
            return Receipt(Outcome.FAILED, error=f"{self.name} did not take it")
        return Receipt(Outcome.TAKEN, provider_id=call.id)

    async def close(self) -> None:
        """Nothing is kept open."""
