"""Fleets: an organisation's stock begins with a room of its own and the rules by which it is kept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from geodata.model.editing import BadEdit
from geodata.model.ref import BadRef, Ref
from geodata.model.resource import Fleet
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.rights import Right
from service.access.visitor import NotAllowed, Visitor
from service.bodies import Once
from service.resources import store
from service.resources.rules import FLEET, check_given


class Fleets:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def found(
        self, visitor: Visitor, organisation: str, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """A fleet for an organisation, by an administrator or by somebody of it who leads. Raises NotSignedIn,
        NotAllowed, NotFound, BadEdit."""
        if fields:
            check_given(FLEET, fields)
        if not visitor.may(Right.PEOPLE):
            visitor.needs(Right.OPEN)
            if organisation not in visitor.organisations:
                raise NotAllowed("A fleet is begun by somebody of the organisation, or by an administrator.")
        async with self.database.transaction(visitor.actor) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            row = await store.organisation(tx, organisation)
            if row is None:
                raise NoSuchThing("There is no such organisation.")
            ref = Ref(self.origin, FLEET.name, organisation)
            await things.lock(tx, str(ref))
            if await store.has_fleet(tx, str(ref)):
                raise BadEdit("organisation", "this organisation has its fleet already")
            room = f"f-{uuid.uuid4().hex[:12]}"
            await store.add_room(tx, room, f"Bestand {row.name}"[:200], organisation)
            given = {"name": row.name, "kind": row.kind, "ars": row.ars, **fields}
            fleet = things.checked({**given, "organisation": organisation, "room": room}, Fleet)
            body = things.make(tx, ref, fleet, room=room, at=now)
            return await once.keep(tx, 201, {"id": organisation, "ref": str(ref), "room": room, "body": body})


async def fleet_of(tx: Transaction, origin: str, organisation: str, rooms: list[str]) -> tuple[Fleet, str] | None:
    """An organisation's fleet and the room of its stock, if one of these rooms holds it."""
    try:
        held = await things.read(tx, Ref(origin, FLEET.name, organisation), rooms)
    except (NoSuchThing, BadRef):
        return None
    return things.checked(held.body, Fleet), held.room
