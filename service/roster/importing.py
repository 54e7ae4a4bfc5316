"""A table into a roster, looked at first, then written in one transaction: all rows or, on request, the good ones; and
the roster as a table that imports again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from alerting.store import people
from alerting.store import roster as store
from geodata.model.cells import MARK, lines
from geodata.model.editing import BadEdit
from geodata.store.database import Transaction
from geodata.store.idempotency import Answered
from service import sheets
from service.access.audit.store import note, note_reading
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.bodies import Once
from service.roster.people import People, new_address, skill_of
from service.roster.shapes import MOST_CHANNELS, NewPerson, PersonFields
from service.roster.table import COLUMNS, SAMPLE, Given, Plan, plan

MOST = 20_000
_SHOWN = 300


class BadRows(BadEdit):
    """Some rows are bad, and they were not to be left out. Nothing was written."""

    def __init__(self, found: Plan) -> None:
        first = found.faults[0]
        super().__init__("rows", f"row {first.row}: {first.column or 'the row'}: {first.reason}; nothing was written")
        self.extension = {"errors": [asdict(each) for each in found.faults[:_SHOWN]], "bad": len(found.bad)}


class Importing:
    def __init__(self, kept: People) -> None:
        self.people, self.database, self.seal = kept, kept.database, kept.seal

    async def preview(self, visitor: Visitor, roster: str, content: bytes) -> dict[str, Any]:
        """What an import of this file would do. Raises NoSuchThing, NotAllowed, BadFile."""
        room = await self._room(visitor, roster)
        rows = await asyncio.to_thread(sheets.rows, content)
        async with self.database.transaction(visitor.actor) as tx:
            found = await self._plan(tx, room, rows)
        return {
            "columns": [{"heading": heading, "field": field} for heading, field in found.columns],
            "rows": _counted(found),
            "errors": [asdict(each) for each in found.faults[:_SHOWN]],
            "sample": [
                {"row": one.row, "new": one.id is None, "name": one.fields["name"],
                 "skills": [skill.code for skill in one.skills], "channels": [c.kind for c in one.channels]}
                for one in found.given[:SAMPLE]
            ],
        }  # fmt: skip

    async def write(
        self, visitor: Visitor, roster: str, content: bytes, once: Once, now: datetime, *, skip_bad: bool
    ) -> Answered:
        """Raises as `preview`; BadRows, BadEdit."""
        room = await self._room(visitor, roster)
        rows = await asyncio.to_thread(sheets.rows, content)
        async with self.database.transaction(visitor.actor) as tx:
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            found = await self._plan(tx, room, rows)
            if found.bad and not skip_bad:
                raise BadRows(found)
            for one in found.given:
                await self._put(tx, visitor, roster, room, one, now)
            await note(tx.connection, visitor, "helper.import", f"roster:{roster}", _counted(found))
            told = {**_counted(found), "errors": [asdict(each) for each in found.faults[:_SHOWN]]}
            return await once.keep(tx, 200, told)

    async def table(self, visitor: Visitor, roster: str, now: datetime, *, english: bool) -> bytes:
        """The roster as CSV without addresses of push. Raises NoSuchThing, NotAllowed."""
        room = await self._room(visitor, roster)
        await note_reading(self.database, visitor, "helper.table", f"roster:{roster}")
        wanted = store.Wanted([room], [room], limit=MOST)
        async with self.database.reading() as connection:
            _, rows = await store.page(connection, wanted, now)
            channels = await store.channels(connection, [row["id"] for row in rows])
            keys = await store.keys(connection, [row["id"] for row in rows])
        opened = {
            id: {one["kind"]: self.seal.own(keys[id]).open(one["sealed"]) for one in reversed(found)}
            for id, found in channels.items()
        }
        heading = [column.headings[1 if english else 0] for column in COLUMNS]
        body = [[_cell(column.field, row, opened[row["id"]]) for column in COLUMNS] for row in rows]
        return (MARK + lines([heading, *body])).encode()

    async def _room(self, visitor: Visitor, roster: str) -> str:
        room = await self.people.room_of(visitor, roster)
        demand_write(visitor, room)
        return room

    async def _plan(self, tx: Transaction, room: str, rows: list[sheets.Row]) -> Plan:
        known: dict[str, str] = {}
        names: dict[str, list[str]] = {}
        for row in await store.known(tx.connection, room):
            if row.external_id:
                known[row.external_id] = row.id
            names.setdefault((row.name or "").casefold(), []).append(row.id)
        return await asyncio.to_thread(plan, rows, known, names)

    async def _put(self, tx: Transaction, visitor: Visitor, roster: str, room: str, one: Given, now: datetime) -> None:
        """Somebody known keeps what the table does not say: skills and channels are only added."""
        if one.id is None:
            fields = PersonFields(**one.fields)
            await self.people.put_new(
                tx, visitor, NewPerson(roster, fields, skills=one.skills, channels=one.channels), room, now
            )
            return
        row = await store.one(tx.connection, one.id, [room], lock=True)
        if row is None:
            raise BadEdit("rows", f"row {one.row}: somebody erased this person meanwhile; look at the file again")
        await self.people.put_changes(tx, row, one.fields, now)
        held = {skill["code"] for skill in row["skills"]}
        fresh = [skill_of(skill, visitor, now) for skill in one.skills if skill.code not in held]
        await people.add_skills(tx.connection, one.id, fresh)
        there = await store.digests(tx.connection, one.id)
        for given in one.channels:
            wanted = new_address(given)
            if (wanted.kind.value, self.seal.digest(wanted.value)) not in there and len(there) < MOST_CHANNELS:
                there.add((wanted.kind.value, self.seal.digest(wanted.value)))
                await people.add_address(
                    tx.connection, self.seal, one.id, row["key"], wanted, position=len(there), now=now
                )


def _counted(found: Plan) -> dict[str, int]:
    new = sum(one.id is None for one in found.given)
    return {"new": new, "changed": len(found.given) - new, "bad": len(found.bad)}


def _cell(field: str, row: Mapping[str, Any], channels: Mapping[str, str]) -> str:
    if field in ("sms", "voice", "email"):
        value = channels.get(field.upper(), "")
        return "" if field == "voice" and value == channels.get("SMS") else value
    if field in ("longitude", "latitude"):
        at = row["lon" if field == "longitude" else "lat"]
        return "" if at is None else repr(at)
    if field == "skills":
        return "; ".join(_skill(one) for one in row["skills"])
    value = row[field]
    return "; ".join(value) if isinstance(value, list) else str(value or "")


def _skill(one: Mapping[str, Any]) -> str:
    level = f":{one['level']}" if one["level"] else ""
    return str(one["code"]) + level + (f"@{one['valid_until']}" if one["valid_until"] else "")
