"""Fleets: an organisation's stock begins with a room of its own and the rules by which it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from geodata.model.ref import BadRef, Ref
from geodata.model.resource import Fleet
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.holdings import founding
from service.access.holdings.founding import Holding
from service.access.rights import Right
from service.access.visitor import Visitor
from service.bodies import Once
from service.resources.rules import FLEET, check_given

_FLEET = Holding(FLEET.name, Fleet, Right.OPEN, "f", "Bestand", "Bestand / stock", taken=("name", "kind", "ars"))


class Fleets:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def found(
        self, visitor: Visitor, organisation: str, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """A fleet for an organisation, by an administrator or by somebody of it who leads. Raises NotSignedIn,
        NotAllowed, NoSuchThing, BadEdit."""
        if fields:
            check_given(FLEET, fields)
        return await founding.found(self.database, self.origin, _FLEET, visitor, organisation, fields, once, now)


async def fleet_of(tx: Transaction, origin: str, organisation: str, rooms: list[str]) -> tuple[Fleet, str] | None:
    """An organisation's fleet and the room of its stock, if one of these rooms holds it."""
    try:
        held = await things.read(tx, Ref(origin, FLEET.name, organisation), rooms)
    except (NoSuchThing, BadRef):
        return None
    return things.checked(held.body, Fleet), held.room
