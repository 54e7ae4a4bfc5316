"""Who cannot be reached today and why, whether enough are there for each skill, and where they live, coarsely."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from alerting.model.reach import DOUBTS, Hindrance, Light, hindrances
from alerting.store import roster as store
from geodata.store.database import Database
from geodata.store.things import NoSuchThing
from service.access.audit.store import note_reading
from service.access.keeping import demand_write
from service.access.visitor import Visitor
from service.roster.people import People
from service.roster.rosters import roster_of

MOST = 20_000
SOON = timedelta(days=60)
"""A skill that runs out within this time is named."""
FEW = 3
"""Of fewer people in a cell the number is not said: a home would be told by it."""


class Reach:
    def __init__(self, database: Database, origin: str, kept: People) -> None:
        self.database, self.origin, self.people = database, origin, kept

    async def report(self, visitor: Visitor, organisation: str, now: datetime) -> dict[str, Any]:
        """Raises NoSuchThing, NotAllowed."""
        room = await self.people.room_of(visitor, organisation)
        demand_write(visitor, room)
        await note_reading(self.database, visitor, "helper.reach", f"roster:{organisation}")
        async with self.database.reading() as connection:
            total, rows = await store.page(connection, store.Wanted([room], [room], limit=MOST), now)
            channels = await store.channels(connection, [row["id"] for row in rows])
        counts: Counter[Hindrance] = Counter()
        who = []
        reachable = doubtful = 0
        for row in rows:
            lights = [
                Light(one["tested_at"], one["failures"], one["closed_at"] is not None) for one in channels[row["id"]]
            ]
            found = hindrances(row["state"], row["available"], row["bound_to"] is not None, lights, now)
            counts.update(found)
            hard = [why for why in found if why not in DOUBTS]
            reachable += not found
            doubtful += bool(found) and not hard
            if found:
                who.append({"id": row["id"], "name": row["name"], "why": found, "hard": bool(hard)})
        return {
            "now": now.isoformat().replace("+00:00", "Z"), "total": total, "reachable": reachable,
            "doubtful": doubtful, "unreachable": total - reachable - doubtful,
            "why": {why.value: count for why, count in counts.items()}, "people": who,
        }  # fmt: skip

    async def strengths(self, visitor: Visitor, organisation: str, now: datetime) -> dict[str, Any]:
        """What is wanted of each skill and what is there; figures only. Raises NoSuchThing."""
        rooms = self.database.asked(visitor.rooms)
        async with self.database.transaction(visitor.actor, see=visitor.rooms) as tx:
            roster = await roster_of(tx, self.origin, organisation, rooms)
            if roster is None or roster.room not in visitor.rooms:
                raise NoSuchThing("There is no such roster, or you may not see it.")
            there = {row.code: row for row in await store.by_skill(tx.connection, [roster.room], now, now + SOON)}
        wanted = roster.strengths or {}
        lines = []
        for code in sorted(set(wanted) | set(there)):
            row, asked = there.get(code), wanted.get(code)
            held, free, soon = (row.held, row.free, row.soon) if row else (0, 0, 0)
            state = None
            if asked:
                state = "CRITICAL" if free < asked.warn_below else "SHORT" if held < asked.wanted else "ENOUGH"
            lines.append({
                "code": code, "held": held, "free": free, "soon": soon, "state": state,
                "wanted": asked.wanted if asked else None, "warn_below": asked.warn_below if asked else None,
            })  # fmt: skip
        return {"skills": lines}

    async def cells(self, visitor: Visitor, skill: str | None, now: datetime) -> dict[str, Any]:
        """People by cells of about a kilometre, as `west, south, people`; people is 0 for "1–2"."""
        rooms = self.database.asked(visitor.rooms)
        async with self.database.reading(visitor.rooms) as connection:
            rows = await store.cells(connection, rooms, skill, now)
        width, height = store.CELL
        cells = [
            [round(row["x"] * width, 4), round(row["y"] * height, 4),
             *(n if n >= FEW else 0 for n in (row["people"], row["free"] if row["people"] >= FEW else 0))]
            for row in rows
        ]  # fmt: skip
        return {"width": width, "height": height, "cells": cells}
