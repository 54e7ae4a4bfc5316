"""What staff write down about volunteers: at the desk of a meeting point, with or without a line, and from the list of
jobs. Each act is one transaction: one that is refused keeps no other from the books."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from alerting.model.job import POINT_KIND
from alerting.store import bookings, jobs, links, people
from alerting.store.bookings import Act, ActKind, Done
from alerting.store.people import HelperKind, NewHelper
from alerting.store.sealing import Seal
from geodata.model.editing import BadEdit
from geodata.model.incident import Text, Words
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Database, StoreRefused, ValueRefused
from geodata.store.things import NoSuchThing
from service.access.visitor import Visitor
from service.volunteers import store
from service.volunteers.office import Office, ref_of

MOST_ACTS = 500
_BY_STAFF = frozenset(ActKind) - {ActKind.INVITE, ActKind.BLOCK}
_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")]


class Walkin(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody who comes without being registered: his name, and that he was told what is kept and for how long."""

    name: Words
    adult: bool
    consent: bool
    language: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,12}$")] = "de"
    note: Annotated[str, msgspec.Meta(max_length=300)] | None = None


class DeskAct(msgspec.Struct, forbid_unknown_fields=True):
    """`id` is made by the tablet (a UUID). Whose: `helper`, `booking`, `code` (what his QR code says) or `walkin`."""

    id: Annotated[str, msgspec.Meta(min_length=8, max_length=80, pattern=r"^[A-Za-z0-9._:-]+$")]
    kind: ActKind
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    helper: _Id | None = None
    booking: _Id | None = None
    code: Annotated[str, msgspec.Meta(max_length=300)] | None = None
    walkin: Walkin | None = None
    job: _Id | None = None
    slot: _Id | None = None
    point: _Id | None = None
    shuttle: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    reason: Text | None = None


class Desk:
    def __init__(self, database: Database, seal: Seal, origin: str) -> None:
        self.database, self.seal, self.origin = database, seal, origin
        self.office = Office(database, origin)

    async def record(self, visitor: Visitor, organisation: str, acts: list[DeskAct], now: datetime) -> dict[str, Any]:
        """One result per act, in their order: DONE, KNOWN, or REFUSED with field and detail. Raises NotSignedIn,
        NotAllowed, NoSuchThing."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            room = (await self.office.roster(tx, visitor, organisation)).room
            asked = self.database.asked(visitor.rooms)
            for point in {act.point for act in acts if act.point}:
                await things.read(tx, self.office_ref(point), asked)
        results = []
        for act in acts:
            try:
                done = await self._one(visitor, organisation, room, act, now)
            except (BadEdit, BadMove, NoSuchThing, ValueRefused, StoreRefused) as error:
                said = {"outcome": "REFUSED", "field": getattr(error, "field", None), "detail": str(error)}
                results.append({"id": act.id, **said})
            else:
                results.append({"id": act.id, "outcome": "KNOWN" if done.known else "DONE", **_told(done)})
        return {"results": results}

    def office_ref(self, point: str) -> Any:
        return ref_of(self.origin, POINT_KIND, point)

    async def _one(self, visitor: Visitor, organisation: str, room: str, act: DeskAct, now: datetime) -> Done:
        if act.kind not in _BY_STAFF:
            raise BadEdit("kind", f"{act.kind} is not done here")
        async with self.database.transaction(visitor.actor) as tx:
            await things.lock(tx, f"act/{act.id}")
            helper = await self._whose(tx, organisation, room, act, now)
            if act.point and (await jobs.points(tx.connection, self.origin, [act.point]))[act.point][0] != room:
                raise NoSuchThing("This meeting point belongs to another roster.")
            given = Act(
                act.id, act.kind, act.at, visitor.actor, helper=helper, booking=act.booking, job=act.job,
                slot=act.slot, point=act.point, shuttle=act.shuttle, reason=act.reason,
            )  # fmt: skip
            return await bookings.record(tx, given, origin=self.origin, now=now)

    async def _whose(self, tx: Any, organisation: str, room: str, act: DeskAct, now: datetime) -> str:
        """Raises NoSuchThing, also for people of other rosters."""
        helper = act.helper
        if act.code is not None:
            token = act.code.strip().rpartition("/")[2]
            link = await links.find(tx.connection, self.seal, token, now=now)
            if link is None:
                raise NoSuchThing("This code is none of ours, or not any more; look him up by his name.")
            helper = link.helper
        elif act.booking is not None and helper is None:
            helper = (await store.helpers_of(tx.connection, [act.booking])).get(act.booking)
        elif act.walkin is not None:
            known = await bookings.known(tx, act.id)
            return known.helper if known else await self._new(tx, organisation, room, act, now)
        if helper is None or (await store.rooms_of(tx.connection, [helper])).get(helper) != room:
            raise NoSuchThing("There is no such helper in this roster.")
        return helper

    async def _new(self, tx: Any, organisation: str, room: str, act: DeskAct, now: datetime) -> str:
        assert act.walkin is not None
        if act.kind is not ActKind.CHECK_IN:
            raise BadEdit("kind", "who is not registered is checked in first")
        if not act.walkin.consent:
            raise BadEdit("consent", "tell him what is kept and for how long; without his yes nothing is kept")
        private: Mapping[str, Any] = {"note": act.walkin.note} if act.walkin.note else {}
        consent = {"purpose": "VOLUNTEERS", "at": act.at.isoformat(), "by": "desk"}
        new = NewHelper(
            act.walkin.name, room, HelperKind.SPONTANEOUS, organisation=organisation, adult=act.walkin.adult,
            language=act.walkin.language, consent=consent, private=private,
        )  # fmt: skip
        return await people.add(tx.connection, self.seal, new, now=now)


def _told(done: Done) -> dict[str, Any]:
    return {"booking": done.booking, "helper": done.helper, "state": done.state.value, "elsewhere": done.elsewhere}
