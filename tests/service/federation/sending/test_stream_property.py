"""Whatever happens and whatever is lost on the way: in the end the partner holds what the agreements let out.

LAGEBILD_PROVE plays more of it.
"""

from __future__ import annotations

import os
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from geodata.store.database import Database
from service.federation.wire.envelope import Envelope
from tests.service.federation.sending.told import AREA, Ground, Receiver, thing

GAMES = 120 if os.environ.get("LAGEBILD_PROVE") else 10
ROOMS = ("lage", "lager", "intern")
POLICIES: tuple[dict[str, Any], ...] = ({}, {"area": AREA}, {"kinds": ["feature", "site"]}, {"kinds": ["site"]})
_ENDED = text("UPDATE share SET state = 'ENDED' WHERE id = :id")
_HELD = text("UPDATE share SET holds = NOT holds WHERE id = :id")


async def _happen(ground: Ground, dice: Random, shares: list[str]) -> None:
    """One thing that people do."""
    luck = dice.random()
    if luck < 0.6:
        async with ground.database.transaction("test") as tx:
            for _ in range(dice.choice((1, 3, 40))):
                at = (dice.choice((7.5, 9.0)), 51.5)
                tx.put(thing(f"{dice.randrange(150)}", f"{dice.random()}", room=dice.choice(ROOMS), at=at))
    elif luck < 0.8:
        await ground.drop(*(f"{dice.randrange(150)}" for _ in range(dice.choice((1, 20)))))
    elif luck < 0.87 and len(shares) < 6:
        shares.append(f"f-{len(shares)}")
        await ground.share(shares[-1], dice.choice(ROOMS[:2]), **dice.choice(POLICIES))
    elif shares and luck < 0.93:
        await ground.edit(dice.choice(shares), **dice.choice(POLICIES))
    elif shares:
        await ground.run(dice.choice((_ENDED, _HELD, _HELD)), id=dice.choice(shares))


@pytest.mark.parametrize("seed", range(GAMES))
async def test_the_partner_ends_with_what_is_let_out(database: Database, seed: int) -> None:
    dice = Random(seed)
    ground = await Ground.made(database, *ROOMS)
    receiver, backup = Receiver(), Receiver()
    shares: list[str] = []
    flying: list[Envelope] = []
    for _ in range(60):
        await _happen(ground, dice, shares)
        for _ in range(dice.randrange(3)):
            # What the sender believes of it may be old: answers are lost.
            believed = dice.choice((receiver.ack, receiver.ack, backup.ack))
            envelope = await ground.streams.next_envelope(
                ground.peer, believed, most_bytes=dice.choice((5_000, 1_000_000))
            )
            assert envelope is not None
            flying.append(envelope)
            if dice.random() < 0.8:
                receiver.take(envelope)
        if flying and dice.random() < 0.3:
            receiver.take(dice.choice(flying))
        if dice.random() < 0.1:
            backup = deepcopy(receiver)
        elif dice.random() < 0.03:
            receiver = deepcopy(backup)
    await ground.tell(receiver)
    ground.clock.at = ground.clock.at.replace(year=2027)
    await ground.tell(receiver)
    assert receiver.said() == await ground.truth()
    assert all(receiver.agreed[share] for share in receiver.copies)
