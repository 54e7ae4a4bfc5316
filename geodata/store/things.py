"""Things that people make and edit (incidents, sites, tasks, views …): facts whose bodies are merged field by field.

Whoever edits takes the thing's own lock before it is read; the lock of the log comes after it, always in this order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import text
from uuid_utils import uuid7

from geodata.model import editing
from geodata.model.body import from_body, to_body
from geodata.model.editing import BadEdit, Edited
from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.geometry import BadGeometry, Bbox, Geometry, check
from geodata.model.ref import Ref
from geodata.store.database import StoreError, Transaction

T = TypeVar("T")

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:ref, 7202109))")
_READ = text("SELECT room, body, extent FROM fact WHERE ref = :ref AND room = ANY(cast(:rooms AS text[]))")
_LOCK_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:ref, 7202109))")
_NUMBER = text("""
    INSERT INTO running_number AS n (incident, kind, newest) VALUES (:incident, :kind, 1)
    ON CONFLICT (incident, kind) DO UPDATE SET newest = n.newest + 1 RETURNING newest
""")
_DROPPED = text("""
    SELECT room, body, extent FROM change
    WHERE ref = :ref AND op = 'put' AND room = ANY(cast(:rooms AS text[]))
      AND (SELECT op = 'drop' AND at > clock_timestamp() - cast(:within AS interval)
           FROM change WHERE ref = :ref ORDER BY seq DESC LIMIT 1)
    ORDER BY seq DESC LIMIT 1
""")
_OF_INCIDENT = text("""
    SELECT id, body FROM fact
    WHERE kind = :kind AND origin = :origin AND body ->> 'incident' = :incident
      AND room = ANY(cast(:rooms AS text[]))
""")
_MISSING = re.compile(r"field `(\w+)`")


class NoSuchThing(StoreError):
    """There is no such thing here, or you may not see it."""


class Held:
    """A thing as it stands, locked until the transaction ends."""

    def __init__(self, ref: Ref, room: str, body: dict[str, Any], extent: Bbox | None) -> None:
        self.ref, self.room, self.body, self.extent = ref, room, body, extent


def new_id() -> str:
    """A UUIDv7: new things sort after older ones."""
    return str(uuid7())


def checked(fields: Mapping[str, Any], kind: type[T]) -> T:
    """The model object of these fields. Raises BadEdit naming the field."""
    given = {name: value for name, value in fields.items() if name not in editing.KEPT}
    unknown = set(given) - set(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    if unknown:
        raise BadEdit(min(unknown)[:80], f"there is no field {min(unknown)[:80]!r}")
    try:
        return from_body(_clean(given), kind)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, BadEdit):
            raise error.__cause__ from error
        raise BadEdit(_field(str(error)), str(error)) from error


def _field(message: str) -> str:
    if "$." in message:
        return message.rpartition("$.")[2].rstrip("`")
    missing = _MISSING.search(message)
    return missing[1] if missing else "body"


async def lock(tx: Transaction, name: str, *, shared: bool = False) -> None:
    """Wait for this name and hold it until the transaction ends; whoever holds it `shared` waits for no other such."""
    await tx.connection.execute(_LOCK_SHARED if shared else _LOCK, {"ref": name})


async def read(tx: Transaction, ref: Ref, rooms: Collection[str]) -> Held:
    """The thing as it stands, without its lock. Raises NoSuchThing, also for what lies in none of these rooms."""
    row = (await tx.connection.execute(_READ, {"ref": str(ref), "rooms": list(rooms)})).one_or_none()
    if row is None:
        raise NoSuchThing(NoSuchThing.__doc__)
    return Held(ref, row.room, row.body, tuple(row.extent) if row.extent else None)


async def take(tx: Transaction, ref: Ref, rooms: Collection[str]) -> Held:
    """Lock the thing and read it. Raises NoSuchThing."""
    await lock(tx, str(ref))
    return await read(tx, ref, rooms)


async def dropped(tx: Transaction, ref: Ref, rooms: Collection[str], *, within: timedelta) -> Held:
    """The thing as it stood before it was dropped. Raises NoSuchThing if that was longer ago, or never."""
    given = {"ref": str(ref), "rooms": list(rooms), "within": within}
    row = (await tx.connection.execute(_DROPPED, given)).one_or_none()
    if row is None:
        raise NoSuchThing("Nothing of this name was deleted here lately.")
    return Held(ref, row.room, row.body, tuple(row.extent) if row.extent else None)


def restore(tx: Transaction, held: Held, *, at: datetime) -> None:
    """Put a dropped thing back as it stood."""
    _put(tx, held.ref, held.room, held.body, at, None if "geometry" in held.body else held.extent)


async def of_incident(
    tx: Transaction, kind: str, incident: str, rooms: Collection[str], *, origin: str
) -> dict[str, dict[str, Any]]:
    """The bodies of all things of this kind in this incident, by id; those of this origin only: what a partner tells
    of an incident with the same id decides nothing here."""
    given = {"kind": kind, "origin": origin, "incident": incident, "rooms": list(rooms)}
    return {row.id: row.body for row in await tx.connection.execute(_OF_INCIDENT, given)}


async def next_number(tx: Transaction, kind: str, incident: str) -> int:
    """The next running number of this kind in this incident; whoever asks second waits for the first to commit.

    A transaction that fails gives its number back, a thing that is deleted keeps it."""
    return int((await tx.connection.execute(_NUMBER, {"kind": kind, "incident": incident})).scalar_one())


def make(
    tx: Transaction, ref: Ref, thing: Any, *, room: str, at: datetime, extent: Bbox | None = None
) -> dict[str, Any]:
    """Put a new thing (a model dataclass) into the picture; its body as it goes out."""
    body = editing.begin(to_body(thing), by=tx.actor, at=_iso(at))
    _put(tx, ref, room, body, at, extent)
    return body


def change(
    tx: Transaction,
    held: Held,
    fields: Mapping[str, Any],
    kind: type[T],
    *,
    base: int,
    at: datetime,
    room: str | None = None,
) -> tuple[Edited, T]:
    """Merge an edit into a thing taken before and put it; what became of it, and the thing checked as a whole.

    Raises BadEdit."""
    edited = editing.edit(held.body, _clean(fields), base=base, by=tx.actor, at=_iso(at))
    thing = checked(edited.body, kind)
    after = {**to_body(thing), **{name: edited.body[name] for name in editing.KEPT if name in edited.body}}
    edited = Edited(after, edited.changed, edited.lost)
    if edited.changed or (room and room != held.room):
        _put(tx, held.ref, room or held.room, after, at, held.extent if "geometry" not in after else None)
    return edited, thing


def settle(tx: Transaction, held: Held, number: int, kind: type[Any], *, take: bool, at: datetime) -> Edited:
    """Answer one of the thing's conflicts. Raises BadEdit."""
    edited = editing.settle(held.body, number, take=take, by=tx.actor, at=_iso(at))
    checked(edited.body, kind)
    _put(tx, held.ref, held.room, edited.body, at, held.extent if "geometry" not in edited.body else None)
    return edited


def _clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    """As the fields will stand in the body, so that what is equal counts as equal. Raises BadEdit."""
    given = dict(fields)
    if given.get("geometry") is not None:
        try:
            given["geometry"] = check(given["geometry"]).as_geojson()
        except BadGeometry as error:
            raise BadEdit("geometry", str(error)) from error
    return given


def _put(tx: Transaction, ref: Ref, room: str, body: dict[str, Any], at: datetime, extent: Bbox | None) -> None:
    shape = body.get("geometry")
    geometry = Geometry(shape["type"], shape["coordinates"]) if shape else None
    tx.put(Fact(ref, room, Provenance("people", at, at, Confidence.CONFIRMED), body, geometry, extent))


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
