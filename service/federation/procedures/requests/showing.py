"""What a partner's node will see of what is offered to it, before anybody commits: by the same code that sends it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from geodata.model.body import to_body
from geodata.model.editing import KEPT
from geodata.model.inquiry import Inquiry, Line, LineState
from geodata.model.lending import lent
from geodata.model.resource import Fleet, Resource, Shown
from geodata.store import resources, things
from geodata.store.resources import POSITION, RESOURCE
from geodata.store.things import Held
from service.access.keeping import demand_write
from service.access.visitor import NotAllowed, Visitor
from service.federation.sharing.policy import SharePolicy
from service.federation.sharing.release import EXCHANGE, ActiveShare, release
from service.requests import store
from service.requests.desk import INQUIRY_KIND, Desk
from service.requests.offers import assigned, loan_of

MOST = 200
_GONE = (LineState.NOT_TAKEN, LineState.DECLINED, LineState.LAPSED, LineState.RETURNED)
_OURS = frozenset({"hold", *KEPT})


class Showing:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def of(
        self, visitor: Visitor, id: str, chosen: Collection[str], shows: tuple[Shown, ...] | None, now: datetime
    ) -> dict[str, Any]:
        """Of these resources, or of those in the offer that stands; `shows` None is as it was offered. Of each
        resource what leaves, and the names of the fields that stay here. Nothing leaves to who is on this node too.

        Raises NoSuchThing, NotAllowed."""
        held = await self.desk.seen(visitor, INQUIRY_KIND, id)
        inquiry = things.checked(held.body, Inquiry)
        async with self.desk.database.transaction(visitor.actor) as tx:
            fleet = await self.desk.fleet(tx, inquiry.addressee.organisation)
            if fleet is None:
                raise NotAllowed("This organisation has no fleet any more.")
            demand_write(visitor, fleet.room)
            if inquiry.across is None:
                return {"partner": None, "things": []}
            inquiry = inquiry if shows is None else replace(inquiry, shows=shows)
            offered = [line.resource for line in inquiry.offered if line.state not in _GONE]
            ids = list(await store.with_companions(tx, self.desk.origin, chosen) if chosen else offered)[:MOST]
            rooms = [fleet.room, held.room]
            kept = await resources.by_ids(tx, RESOURCE, ids, rooms, origin=self.desk.origin)
            where = await resources.by_ids(tx, POSITION, ids, rooms, origin=self.desk.origin)
        exact = frozenset(ids) if Shown.PLACE in inquiry.shows else frozenset()
        exchange = ActiveShare(EXCHANGE, 1, held.room, SharePolicy(), "", self.desk.origin, exact=exact)
        seen = [
            _shown(exchange, one, self._lent(held, inquiry, fleet, one, now), where.get(one.ref.id))
            for one in kept.values()
        ]
        return {"partner": inquiry.requester.name, "things": sorted(seen, key=lambda one: str(one["callsign"]))}

    def _lent(self, held: Held, inquiry: Inquiry, fleet: Fleet, one: Held, now: datetime) -> dict[str, Any]:
        """The body as it will be once it is lent."""
        resource = things.checked(one.body, Resource)
        if one.room == held.room:
            return one.body
        line = next((line for line in inquiry.offered if line.resource == one.ref.id), None)
        line = line or Line(one.ref.id, resource.callsign, resource.type, resource.kind)
        fields = lent(resource, fleet, assigned(self.desk.partners(held), line), now)
        given = {**one.body, **fields, "loan": to_body(loan_of(held.ref.id, inquiry, now))}
        return {name: value for name, value in given.items() if value is not None}


def _shown(exchange: ActiveShare, one: Held, body: Mapping[str, Any], position: Held | None) -> dict[str, Any]:
    out = release(exchange, str(one.ref), exchange.room, {}, body, None)
    place = position and release(exchange, str(position.ref), exchange.room, {}, position.body, None)
    leaves = out.body if out else {}
    stays = [
        name for name, value in body.items() if name not in leaves and name not in _OURS and value not in (None, [])
    ]
    return {
        "id": one.ref.id, "callsign": body["callsign"], "resource": leaves, "position": place.body if place else None,
        "stays": stays,
    }  # fmt: skip
