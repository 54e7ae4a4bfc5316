"""A table into a fleet: looked at first, then written in one transaction, all good rows or none."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from geodata.model.editing import BadEdit
from geodata.model.ref import Ref
from geodata.model.resource import Fleet
from geodata.store import resources, things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service import sheets
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.bodies import Once
from service.resources import own_types
from service.resources.fleets import fleet_of
from service.resources.planning import Plan, Table, plan
from service.sheets import Row

SOURCE = "import"
MOST_CHANGED = 4_000
"""Things that change are locked each until the transaction ends, and the server has room for so many locks."""


class BadRows(BadEdit):
    """Some rows are bad, and they were not to be left out. Nothing was written."""

    def __init__(self, found: Plan) -> None:
        first = found.faults[0]
        more = f" and {len(found.bad) - 1} more rows" if len(found.bad) > 1 else ""
        where = first.column or first.field or "the row"
        super().__init__("rows", f"row {first.row}: {where}: {first.reason}{more}; nothing was written")
        self.extension = {"errors": [asdict(each) for each in found.faults], "bad": len(found.bad)}


class Importing:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def preview(self, visitor: Visitor, fleet: str, table: Table, content: bytes) -> dict[str, Any]:
        """What an import of this file would do. Raises NoSuchThing, NotAllowed, BadFile."""
        rows = await self._rows_of(visitor, fleet, content)
        async with self._transaction(visitor) as tx:
            found, _, _ = await self._plan(tx, visitor, fleet, table, rows)
        counted = {
            "new": len(found.new), "changed": len(found.changed), "unchanged": found.unchanged, "bad": len(found.bad),
        }  # fmt: skip
        columns = [{"heading": heading, "field": field} for heading, field in found.columns]
        errors = [asdict(each) for each in found.faults]
        return {"columns": columns, "rows": counted, "errors": errors, "sample": found.sample}

    async def write(
        self, visitor: Visitor, fleet: str, table: Table, content: bytes, once: Once, now: datetime, *, skip_bad: bool
    ) -> Answered:
        """Raises as `preview`; BadRows, BadEdit."""
        rows = await self._rows_of(visitor, fleet, content)
        async with self._transaction(visitor) as tx:
            await things.lock(tx, f"{self.origin}/import")
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            found, room, there = await self._plan(tx, visitor, fleet, table, rows)
            if found.bad and not skip_bad:
                raise BadRows(found)
            if len(found.changed) > MOST_CHANGED:
                raise BadEdit("file", f"more than {MOST_CHANGED:,} things would change at once; split the file")
            for new in found.new:
                thing = things.checked(new.fields, table.model)
                ref = Ref(self.origin, table.kind, things.new_id())
                resources.add(tx, ref, thing, room=room, at=now, source=SOURCE)
            ids = [each.id for each in found.changed if each.id]
            taken = await resources.take_all(tx, table.kind, ids, self._rooms(visitor), origin=self.origin)
            for change in found.changed:
                held = taken.get(change.id or "")
                if held is None or held.room != there[change.id or ""].room:
                    raise BadEdit("rows", f"row {change.row}: somebody moved it meanwhile; look at the file again")
                resources.say(tx, held, change.fields, table.model, at=now, source=SOURCE)
            told = {
                "new": len(found.new), "changed": len(found.changed), "unchanged": found.unchanged,
                "skipped": len(found.bad), "errors": [asdict(each) for each in found.faults],
            }  # fmt: skip
            return await once.keep(tx, 200, told)

    async def _rows_of(self, visitor: Visitor, fleet: str, content: bytes) -> list[Row]:
        """Nobody's file is read before it is known that he may write here."""
        async with self._transaction(visitor) as tx:
            await self._fleet(tx, visitor, fleet)
        return await asyncio.to_thread(sheets.rows, content)

    async def _fleet(self, tx: Transaction, visitor: Visitor, fleet: str) -> tuple[Fleet, str]:
        found = await fleet_of(tx, self.origin, fleet, self._rooms(visitor))
        if found is None:
            raise NoSuchThing(NoSuchThing.__doc__)
        demand_write(visitor, found[1])
        return found

    async def _plan(
        self, tx: Transaction, visitor: Visitor, fleet: str, table: Table, rows: list[Row]
    ) -> tuple[Plan, str, Mapping[str, things.Held]]:
        rooms = self._rooms(visitor)
        found = await self._fleet(tx, visitor, fleet)
        there = await resources.of_kind(tx, table.kind, rooms, origin=self.origin, organisation=fleet)
        ours = {id: held for id, held in there.items() if held.room in visitor.write}
        known = await own_types.known(tx, self.origin, fleet, rooms)
        return await asyncio.to_thread(plan, rows, table, found[0], known, ours), found[1], ours

    def _transaction(self, visitor: Visitor) -> Any:
        return self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write)

    def _rooms(self, visitor: Visitor) -> list[str]:
        return self.database.asked(visitor.rooms)
