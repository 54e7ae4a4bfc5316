"""Rosters: an organisation's people begin with a room of their own and the rules by which they are kept."""

from __future__ import annotations

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
from service.access.holdings import founding
from service.access.holdings.founding import Holding
from service.access.keeping import demand_write
from service.access.rights import Right
from service.access.visitor import Visitor
from service.bodies import Once

KIND = "roster"
ROSTER = Holding(KIND, Roster, Right.ALARM, "p", "Personal", "Personal / people")
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
        return await founding.found(self.database, self.origin, ROSTER, visitor, organisation, fields, once, now)

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
