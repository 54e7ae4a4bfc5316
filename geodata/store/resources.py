"""Resources, positions, stock and fleets: facts of which there are tens of thousands.

People edit them through `things`. What machines say (status, positions, imports) is written by `say`, which leaves no
stamps: with one stamp per field every picture would be twice as large.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import text

from geodata.model.body import to_body
from geodata.model.editing import KEPT
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.geometry import Geometry
from geodata.model.ref import Ref
from geodata.model.resource import Position, Resource
from geodata.store import things
from geodata.store.database import Transaction
from geodata.store.things import Held, NoSuchThing

T = TypeVar("T")

RESOURCE, POSITION, STOCK, FLEET = "resource", "position", "stock", "fleet"

_OF_KIND = text("""
    SELECT id, room, body FROM fact
    WHERE kind = :kind AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
      AND (cast(:organisation AS text) IS NULL OR body ->> 'organisation' = :organisation)
      AND (cast(:incident AS text) IS NULL OR body ->> 'incident' = :incident)
    ORDER BY id
""")
_MEMBERS = text("""
    SELECT id FROM fact
    WHERE kind = 'resource' AND origin = :origin AND room = ANY(cast(:rooms AS text[])) AND body ->> 'parent' = :unit
    ORDER BY id
""")
_LAPSED = text("""
    SELECT id, room FROM fact
    WHERE kind = 'resource' AND origin = :origin AND body #>> '{status,until}' IS NOT NULL
      AND cast(body #>> '{status,until}' AS timestamptz) <= :now
    ORDER BY id LIMIT 1000
""")
_BY_IDS = text("""
    SELECT id, room, body FROM fact
    WHERE ref = ANY(cast(:refs AS text[])) AND room = ANY(cast(:rooms AS text[])) ORDER BY id
""")


async def of_kind(
    tx: Transaction,
    kind: str,
    rooms: Collection[str],
    *,
    origin: str,
    organisation: str | None = None,
    incident: str | None = None,
) -> dict[str, Held]:
    """Those of these rooms, by id, without their locks; optionally of one organisation or assigned to one incident."""
    given = {
        "kind": kind, "origin": origin, "rooms": list(rooms), "organisation": organisation, "incident": incident,
    }  # fmt: skip
    return {
        row.id: Held(Ref(origin, kind, row.id), row.room, row.body, None)
        for row in await tx.connection.execute(_OF_KIND, given)
    }


async def by_ids(
    tx: Transaction, kind: str, ids: Collection[str], rooms: Collection[str], *, origin: str
) -> dict[str, Held]:
    """Those of these ids that lie in these rooms, without their locks."""
    given = {"refs": [f"{origin}/{kind}/{id}" for id in ids], "rooms": list(rooms)}
    return {
        row.id: Held(Ref(origin, kind, row.id), row.room, row.body, None)
        for row in await tx.connection.execute(_BY_IDS, given)
    }


async def members_of(tx: Transaction, unit: str, rooms: Collection[str], *, origin: str) -> list[str]:
    """The ids of those that name this unit as their parent."""
    given = {"origin": origin, "unit": unit, "rooms": list(rooms)}
    return list((await tx.connection.execute(_MEMBERS, given)).scalars())


async def take_all(
    tx: Transaction, kind: str, ids: Collection[str], rooms: Collection[str], *, origin: str
) -> dict[str, Held]:
    """Lock them, always in the order of their ids, then read them. What does not lie in these rooms is missing."""
    for id in sorted(set(ids)):
        await things.lock(tx, f"{origin}/{kind}/{id}")
    return await by_ids(tx, kind, ids, rooms, origin=origin)


async def lapsed(tx: Transaction, now: datetime, *, origin: str) -> dict[str, Held]:
    """At most 1,000 resources whose typed status has run out, locked, wherever they lie: for the node itself."""
    rows = (await tx.connection.execute(_LAPSED, {"origin": origin, "now": now})).all()
    return await take_all(tx, RESOURCE, [row.id for row in rows], {row.room for row in rows}, origin=origin)


def say(
    tx: Transaction,
    held: Held,
    fields: Mapping[str, Any],
    kind: type[T],
    *,
    at: datetime,
    source: str,
    room: str | None = None,
) -> T:
    """Write fields (None takes one out) as a machine says them; the thing checked as a whole. It must be locked.

    A version and stamps of people stay as they are. Raises BadEdit."""
    after = {**held.body, **fields}
    thing = things.checked({name: value for name, value in after.items() if value is not None}, kind)
    kept = {name: held.body[name] for name in KEPT if name in held.body}
    put(tx, held.ref, room or held.room, {**to_body(thing), "version": 1, **kept}, at=at, source=source)
    return thing


def add(tx: Transaction, ref: Ref, thing: Any, *, room: str, at: datetime, source: str) -> dict[str, Any]:
    """Put a new thing that a machine brought; its body."""
    body = {**to_body(thing), "version": 1}
    put(tx, ref, room, body, at=at, source=source)
    return body


def put(tx: Transaction, ref: Ref, room: str, body: dict[str, Any], *, at: datetime, source: str) -> None:
    tx.put(Fact(ref, room, Provenance(source, at, at, Confidence.REPORTED), body))


def put_position(tx: Transaction, ref: Ref, room: str, position: Position, *, received_at: datetime) -> None:
    """`ref` is that of the position: `origin/position/<id of the resource>`."""
    place = Geometry("Point", [position.longitude, position.latitude])
    provenance = Provenance(position.source, position.at, received_at, Confidence.REPORTED)
    tx.put(Fact(ref, room, provenance, to_body(position), place))


async def move_room(tx: Transaction, held: Held, room: str, *, at: datetime, source: str, **fields: Any) -> Resource:
    """A resource goes to another room (it is lent, or comes back) with its position. It must be locked.

    Raises BadEdit."""
    resource = say(tx, held, fields, Resource, at=at, source=source, room=room)
    ref = Ref(held.ref.origin, POSITION, held.ref.id)
    try:
        before = await things.read(tx, ref, [held.room])
    except NoSuchThing:
        return resource
    body = before.body
    place = Geometry("Point", [body["longitude"], body["latitude"]])
    provenance = Provenance(body["source"], datetime.fromisoformat(body["at"]), at, Confidence.REPORTED)
    tx.put(Fact(ref, room, provenance, body, place))
    return resource
