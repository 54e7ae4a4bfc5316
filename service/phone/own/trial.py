"""A test on all of one's own ways at once. Whether it arrived, only he can say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from limits import RateLimitItemPerMinute

from alerting.channels.contract import Call, Outcome
from alerting.channels.switchboard import Switchboard
from alerting.channels.wording import text_of
from alerting.model.recipient import CallKind
from alerting.model.said import Said
from geodata.model.incident import IncidentMode
from geodata.store.things import new_id
from service.pages.door import Door
from service.pages.languages import REFERENCE, Language
from service.phone.own import store
from service.phone.own.store import Channel, Own

CODE = "TEST"


def mode_of(node: str) -> IncidentMode:
    """Nothing from here is ever ACTUAL."""
    return IncidentMode.EXERCISE if node == IncidentMode.EXERCISE else IncidentMode.TEST


class Trial:
    often = RateLimitItemPerMinute(3, namespace="own-test")
    """Tests per person: whoever has a link of somebody must not ring him all night."""

    def __init__(
        self,
        door: Door,
        switchboard: Switchboard,
        languages: Mapping[str, Language],
        mode: IncidentMode,
        public_url: str,
    ) -> None:
        self.door, self.switchboard, self.languages, self.mode = door, switchboard, languages, mode
        self.public_url = public_url.rstrip("/")

    async def run(self, own: Own, token: str, now: datetime) -> dict[str, str]:
        """By channel: `sent`, or `failed`. What a provider says about an address is kept for its owner."""
        tried = [channel for channel in own.channels if channel.closed_at is None]
        outcomes = await asyncio.gather(*(self._one(own, channel, token) for channel in tried))
        async with self.door.database.transaction("phone") as tx:
            for channel, problem in zip(tried, outcomes, strict=True):
                if problem is not None:
                    await store.not_heard(tx, own.id, channel.id, problem[:200])
        return {c.id: "failed" if problem is not None else "sent" for c, problem in zip(tried, outcomes, strict=True)}

    async def _one(self, own: Own, channel: Channel, token: str) -> str | None:
        language = str(own.held["language"])
        link = f"{self.public_url}/me/{token}?heard={channel.id}"
        words = self.languages.get(language) or self.languages[REFERENCE]
        said = Said(words.say("me.trial_title"), words.say("me.trial_text"))
        worded = text_of(CallKind.INFO, self.mode, said, CODE, link, language)
        call = Call(
            id=new_id(), kind=CallKind.INFO, mode=self.mode, channel=channel.kind, address=channel.address,
            title=worded.title, text=worded.on(channel.kind), code=CODE, link=link, language=language,
            speak=worded.speak,
        )  # fmt: skip
        receipt = (await self.switchboard.send(call)).receipt
        if receipt.outcome in (Outcome.TAKEN, Outcome.DELIVERED):
            return None
        return receipt.error or "?"
