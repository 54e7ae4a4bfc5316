"""How an organisation's holding begins: once, with a room of its own and the rules by which it is kept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geodata.model.editing import BadEdit
from geodata.model.ref import Ref
from geodata.store import things
from geodata.store.database import Database
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.holdings import store
from service.access.rights import Right
from service.access.visitor import NotAllowed, Visitor
from service.bodies import Once


@dataclass(frozen=True, slots=True)
class Holding:
    """`kind` of its fact, whose id is the organisation's; `leads` is the right by which somebody of the organisation
    begins it; rooms are named `<letter>-…` and after `room`; `taken` are the organisation's columns it starts with."""

    kind: str
    model: type[Any]
    leads: Right
    letter: str
    room: str
    note: str
    taken: tuple[str, ...] = ("name", "ars")


async def found(
    database: Database,
    origin: str,
    holding: Holding,
    visitor: Visitor,
    organisation: str,
    fields: Mapping[str, Any],
    once: Once,
    now: datetime,
) -> Answered:
    """By an administrator or by somebody of the organisation who leads. Raises NotSignedIn, NotAllowed, NoSuchThing,
    BadEdit."""
    if not visitor.may(Right.PEOPLE):
        visitor.needs(holding.leads)
        if organisation not in visitor.organisations:
            raise NotAllowed(f"A {holding.kind} is begun by somebody of the organisation, or by an administrator.")
    async with database.transaction(visitor.actor) as tx:
        earlier = await once.earlier(tx)
        if earlier is not None:
            return earlier
        row = await store.organisation(tx, organisation)
        if row is None:
            raise NoSuchThing("There is no such organisation.")
        ref = Ref(origin, holding.kind, organisation)
        await things.lock(tx, str(ref))
        if await store.held(tx, str(ref)):
            raise BadEdit("organisation", f"this organisation has its {holding.kind} already")
        room = f"{holding.letter}-{uuid.uuid4().hex[:12]}"
        await store.add_room(tx, room, f"{holding.room} {row.name}", holding.note, organisation)
        usual = {name: getattr(row, name) for name in holding.taken}
        thing = things.checked({**usual, **fields, "organisation": organisation, "room": room}, holding.model)
        body = things.make(tx, ref, thing, room=room, at=now)
        return await once.keep(tx, 201, {"id": organisation, "ref": str(ref), "room": room, "body": body})
