"""A worker of the engine as a process of its own, to be killed; and the provider that it calls over HTTP."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.channels.switchboard import Switchboard
from alerting.dispatch import Dispatch
from alerting.model.plan import ChannelKind
from alerting.store.sealing import Seal
from geodata.model.clock import WallClock
from geodata.store.database import Database

TIMEOUT, LEASE = 4.0, 10.0
AT_ONCE = 3
"""Calls of one channel that a kill can leave half done."""


@dataclass
class Http:
    """A gateway to the provider of `test_crash`: it is given the call's id and answers 200 or 503, or never."""

    name: str
    kind: ChannelKind
    url: str
    client: httpx.AsyncClient
    exercise: bool = False
    at_once: int = AT_ONCE

    async def call(self, call: Call) -> Receipt:
        answer = await self.client.post(f"{self.url}/{self.kind}", json={"call": call.id, "code": call.code})
        if answer.status_code != 200:
            return Receipt(Outcome.FAILED, error=f"answered {answer.status_code}", retry_after=0.2)
        return Receipt(Outcome.TAKEN, provider_id=answer.json()["id"])

    async def close(self) -> None:
        """Closed by whoever made the client."""


async def work(database_url: str, keys: Path, provider: str) -> None:
    database = Database(database_url)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:
        gateways = [Http(kind.lower(), kind, provider, client) for kind in (ChannelKind.PUSH, ChannelKind.SMS)]
        engine = Dispatch(
            database, WallClock(), Seal(keys), Switchboard(gateways, patience=TIMEOUT), origin="here",
            public_url="https://here.example", timeout=TIMEOUT + 1, lease=LEASE,
        )  # fmt: skip
        await engine.run()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
