"""What a lender could offer: fitting and free, how far away, and what he gives up by it. For the lender alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from geodata.model.body import to_body
from geodata.model.cover import Shortfall
from geodata.model.inquiry import HELD, Inquiry
from geodata.model.lending import kept_from
from geodata.model.request import Need
from geodata.model.resource import Fleet, Resource, Stock
from geodata.store import resources, things
from geodata.store.database import Transaction
from geodata.store.resources import POSITION, RESOURCE, STOCK
from service.access.keeping import demand_write
from service.access.visitor import NotAllowed, Visitor
from service.requests.catalogue import can, parts, speed
from service.requests.cover import Home
from service.requests.desk import INQUIRY_KIND, Desk
from service.requests.fitting import fits, is_the_article, metres, minutes, place_of

MOST = 500


class Candidates:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def of(self, visitor: Visitor, id: str, chosen: Collection[str], now: datetime) -> dict[str, Any]:
        """Raises NoSuchThing, NotAllowed."""
        inquiry = things.checked((await self.desk.seen(visitor, INQUIRY_KIND, id)).body, Inquiry)
        lender, database = inquiry.addressee.organisation, self.desk.database
        async with database.transaction(visitor.actor) as tx:
            fleet = await self.desk.fleet(tx, lender)
        if fleet is None:
            raise NotAllowed("This organisation has no fleet any more.")
        demand_write(visitor, fleet.room)
        rooms = database.asked(visitor.rooms)
        async with database.transaction(visitor.actor, see=visitor.rooms) as tx:
            home = await Home.of(tx, self.desk.origin, lender, rooms, id, now, can=can)
            return await self._listed(tx, inquiry, id, fleet, home, rooms, chosen, now)

    async def _listed(
        self,
        tx: Transaction,
        inquiry: Inquiry,
        id: str,
        fleet: Fleet,
        home: Home,
        rooms: Collection[str],
        chosen: Collection[str],
        now: datetime,
    ) -> dict[str, Any]:
        origin = self.desk.origin
        need = inquiry.need
        own = await resources.of_kind(
            tx, RESOURCE, rooms, origin=origin, organisation=inquiry.addressee.organisation
        )  # fmt: skip
        where = {one: held.body for one, held in (await resources.by_ids(
            tx, POSITION, own.keys(), rooms, origin=origin)).items()}  # fmt: skip
        listed, bound = [], []
        for one, held in own.items():
            resource = things.checked(held.body, Resource)
            why = kept_from(resource, id, now) if held.room == fleet.room else "LENT"
            fitting = fits(need, resource.type, resource.capabilities, can, parts)
            if why is not None:
                if fitting:
                    bound.append(_bound(one, resource, why))
                continue
            listed.append(_resource(one, resource, held.body, where.get(one), need, id, now, fitting=fitting))
        listed.sort(key=lambda one: (not one["fits"], one.get("distance_m", 1e12), one["callsign"], one["id"]))
        del listed[MOST:]
        for entry in listed:
            entry["members"] = sorted(home.together({entry["id"]}) - {entry["id"]})
            entry["gives_up"] = _plain(home.gives_up({entry["id"]}))
            entry["last_of"] = home.last_of(entry["id"])
        material = await resources.of_kind(
            tx, STOCK, [fleet.room], origin=origin, organisation=inquiry.addressee.organisation
        )  # fmt: skip
        reserved = {line.stock: line.quantity for line in inquiry.stock if line.state in HELD}
        stock = [_stock(one, held.body, need, reserved.get(one, 0.0)) for one, held in material.items()]
        stock.sort(key=lambda one: (not one["fits"], one.get("distance_m", 1e12), one["article"], one["id"]))
        known = [one for one in chosen if one in home.own]
        return {
            "resources": listed, "stock": stock[:MOST], "bound": bound[:MOST],
            "together": _plain(home.gives_up(known)),
        }  # fmt: skip


def _plain(found: Collection[Shortfall]) -> list[dict[str, Any]]:
    return [to_body(one) for one in found]


def _resource(
    id: str,
    resource: Resource,
    body: Mapping[str, Any],
    position: Mapping[str, Any] | None,
    need: Need,
    inquiry: str,
    now: datetime,
    *,
    fitting: bool,
) -> dict[str, Any]:
    hold = resource.hold
    entry: dict[str, Any] = {
        "id": id, "callsign": resource.callsign, "type": resource.type, "kind": resource.kind.value,
        "capabilities": sorted(can(resource.type, resource.capabilities)),
        "availability": resource.availability.value, "deployment": resource.deployment.value,
        "fits": fitting, "offered": hold is not None and hold.inquiry == inquiry and hold.until > now,
    }  # fmt: skip
    for name in ("strength", "home_name", "parent"):
        if name in body:
            entry[name] = body[name]
    if position is not None:
        entry["position_at"] = position["at"]
    place = place_of(body, position)
    if need.place is not None and place is not None:
        distance = metres(place, need.place)
        entry["distance_m"] = round(distance)
        entry["travel_minutes"] = minutes(distance, speed(resource.type))
    return entry


def _stock(id: str, body: Mapping[str, Any], need: Need, ours: float) -> dict[str, Any]:
    stock = things.checked(body, Stock)
    free = round(stock.quantity - stock.reserved + ours, 6)
    entry: dict[str, Any] = {
        "id": id, "article": stock.article, "unit": stock.unit, "quantity": stock.quantity,
        "reserved": stock.reserved, "free": free, "fits": free > 0 and is_the_article(need, stock.article),
    }  # fmt: skip
    if stock.minimum is not None:
        entry["minimum"] = stock.minimum
    if need.place is not None and stock.place is not None:
        entry["distance_m"] = round(metres(stock.place, need.place))
    return entry


def _bound(id: str, resource: Resource, why: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": id, "callsign": resource.callsign, "type": resource.type, "why": why}
    until = resource.hold.until if why == "HELD" and resource.hold else resource.loan.until if resource.loan else None
    if until is not None:
        entry["until"] = until.isoformat().replace("+00:00", "Z")
    return entry
