"""Rosters: an organisation's people begin with a room of their own and the rules by which they are kept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerting.model.roster import Roster
from geodata.model.editing import BadEdit
from geodata.model.ref import BadRef, Ref
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.keeping import demand_write
from service.access.rights import Right
from service.access.visitor import NotAllowed, Visitor
from service.bodies import Once
from service.roster import store

KIND = "roster"
_FIXED = frozenset({"organisation", "room"})


class Rosters:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def found(
        self, visitor: Visitor, organisation: str, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """A roster for an organisation, by an administrator or by somebody of it who leads. Raises NotSignedIn,
        NotAllowed, NoSuchThing, BadEdit."""
        _check(fields)
        if not visitor.may(Right.PEOPLE):
            visitor.needs(Right.ALARM)
            if organisation not in visitor.organisations:
                raise NotAllowed("A roster is begun by somebody of the organisation, or by an administrator.")
        async with self.database.transaction(visitor.actor) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            row = await store.organisation(tx, organisation)
            if row is None:
                raise NoSuchThing("There is no such organisation.")
            ref = Ref(self.origin, KIND, organisation)
            await things.lock(tx, str(ref))
            if await store.has_roster(tx, str(ref)):
                raise BadEdit("organisation", "this organisation has its roster already")
            room = f"p-{uuid.uuid4().hex[:12]}"
            await store.add_room(tx, room, f"Personal {row.name}"[:200], organisation)
            given = {"name": row.name, "ars": row.ars, **fields}
            roster = things.checked({**given, "organisation": organisation, "room": room}, Roster)
            body = things.make(tx, ref, roster, room=room, at=now)
            return await once.keep(tx, 201, {"id": organisation, "ref": str(ref), "room": room, "body": body})

    async def edit(
        self, visitor: Visitor, organisation: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        _check(fields)
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            held = await things.take(tx, _ref(self.origin, organisation), self.database.asked(visitor.rooms))
            demand_write(visitor, held.room)
            edited, _ = things.change(tx, held, fields, Roster, base=base, at=now)
            return {"id": organisation, "body": edited.body, "changed": edited.changed, "lost": edited.lost}


async def roster_of(tx: Transaction, origin: str, organisation: str, rooms: list[str]) -> Roster | None:
    """An organisation's roster, if one of these rooms holds it."""
    try:
        held = await things.read(tx, _ref(origin, organisation), rooms)
    except NoSuchThing:
        return None
    return things.checked(held.body, Roster)


def _ref(origin: str, organisation: str) -> Ref:
    try:
        return Ref(origin, KIND, organisation)
    except BadRef as error:
        raise NoSuchThing(NoSuchThing.__doc__) from error


def _check(fields: Mapping[str, Any]) -> None:
    for name in _FIXED & set(fields):
        raise BadEdit(name, f"{name} of a roster is fixed; leave it out")
