"""Asks for what we have for a partner. `asks` imports this."""

from __future__ import annotations

from tests.security.asks import Ask, ask
from tests.security.world import World


@ask("POST /federation/v1/outbox")
async def _outbox(world: World) -> Ask:
    return Ask(json={"epoch": 0, "number": 0, "token": ""})
