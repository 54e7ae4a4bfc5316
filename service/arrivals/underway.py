"""Who is under way to an incident and has not arrived, and who has arrived and waits for an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from geodata.model.arrival import PLACES, ArrivalState
from geodata.model.ref import BadRef, Ref
from geodata.model.resource import Fleet, Position, Resource
from geodata.model.underway import UNDER_WAY, Point, expected, gone, minutes
from geodata.store import resources, things
from geodata.store.database import Database
from geodata.store.things import NoSuchThing
from service.access.visitor import Visitor
from service.arrivals.announced import announced


async def under_way(
    database: Database, origin: str, visitor: Visitor, incident: str, now: datetime, *, patience: timedelta
) -> dict[str, Any]:
    """As far as the visitor sees it. Raises NoSuchThing."""
    async with database.transaction(visitor.actor, see=visitor.rooms) as tx:
        rooms = database.asked(visitor.rooms)
        try:
            await things.read(tx, Ref(origin, "incident", incident), rooms)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error
        found = await resources.of_kind(tx, resources.RESOURCE, rooms, origin=origin, incident=incident)
        sent = {id: things.checked(one.body, Resource) for id, one in found.items()}
        sent = {id: one for id, one in sent.items() if one.deployment in UNDER_WAY}
        places = await resources.by_ids(tx, resources.POSITION, sent, rooms, origin=origin)
        owners = {one.organisation for one in sent.values()}
        fleets = await resources.by_ids(tx, resources.FLEET, owners, rooms, origin=origin)
        book = await things.of_incident(tx, "arrival", incident, rooms, origin=origin)
        facilities = await things.of_incident(tx, "facility", incident, rooms, origin=origin)
        marches = await announced(tx, incident, rooms, now, book.values(), origin=origin)
    entries = [{**body, "id": id} for id, body in book.items() if body["state"] != ArrivalState.CANCELLED]
    goals = [_point(one) for one in facilities.values() if one["type"] in PLACES and one["state"] != "CLOSED"]
    rows = []
    for id, resource in sent.items():
        own = [one for one in entries if one.get("resource") == id]
        if gone(resource, own):
            continue
        position = things.checked(places[id].body, Position) if id in places else None
        fleet = things.checked(fleets[resource.organisation].body, Fleet) if resource.organisation in fleets else None
        rows.append(_row(id, resource, position, fleet, goals, _left(own, facilities), now))
    rows += marches
    rows.sort(key=lambda row: (row["overdue"] is None, -(row["overdue"] or 0), row["callsign"]))
    return {"now": _iso(now), "under_way": rows, "waiting": _waiting(entries, now, patience)}


def _row(
    id: str,
    resource: Resource,
    position: Position | None,
    fleet: Fleet | None,
    goals: Sequence[Point],
    left: tuple[Point, datetime] | None,
    now: datetime,
) -> dict[str, Any]:
    """`overdue` in minutes, negative while there is time; None if nobody can tell."""
    due = expected(resource, position, goals, left=left)
    seen = None
    if position is not None:
        seen = {
            "longitude": position.longitude, "latitude": position.latitude, "at": _iso(position.at),
            "minutes": minutes(position.at, now),
        }  # fmt: skip
    return {
        "resource": id, "callsign": resource.callsign, "type": resource.type, "strength": resource.strength,
        "deployment": resource.deployment.value, "organisation": resource.organisation,
        "organisation_name": fleet.name if fleet else None, "contact": fleet.contact if fleet else None,
        "since": _iso(left[1] if left else resource.deployed_since), "expected_at": _iso(due.at),
        "basis": due.basis.value, "overdue": minutes(due.at, now) if due.at else None,
        "loan": resource.loan is not None, "position": seen, "announced": None,
    }  # fmt: skip


def _left(entries: Sequence[Mapping[str, Any]], facilities: Mapping[str, Any]) -> tuple[Point, datetime] | None:
    """From where and when it was last sent on."""
    sent = [one for one in entries if one["state"] == ArrivalState.SENT_ON and one["facility"] in facilities]
    if not sent:
        return None
    last = max(sent, key=lambda one: datetime.fromisoformat(one["left_at"]))
    return _point(facilities[last["facility"]]), datetime.fromisoformat(last["left_at"])


def _waiting(entries: Sequence[Mapping[str, Any]], now: datetime, patience: timedelta) -> list[dict[str, Any]]:
    """Checked in, and no order for longer than `patience`; the longest first."""
    without = [one for one in entries if one["state"] == ArrivalState.CHECKED_IN and not one.get("instruction")]
    rows = [
        {
            "arrival": one["id"], "number": one["number"], "callsign": one["callsign"], "facility": one["facility"],
            "organisation_name": one.get("organisation_name"), "strength": one.get("strength"),
            "phone": one.get("phone"), "arrived_at": one["arrived_at"],
            "minutes": minutes(datetime.fromisoformat(one["arrived_at"]), now),
        }
        for one in without
    ]  # fmt: skip
    long = [row for row in rows if row["minutes"] >= patience.total_seconds() / 60]
    return sorted(long, key=lambda row: (-row["minutes"], row["number"]))


def _point(body: Mapping[str, Any]) -> Point:
    longitude, latitude = body["geometry"]["coordinates"][:2]
    return float(longitude), float(latitude)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
