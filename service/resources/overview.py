"""The overview over all that somebody sees: one pass over the resources, counted in this process."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from geodata.model import cells
from geodata.model.ars import covers, significant
from geodata.model.body import from_body
from geodata.model.catalogue import capabilities_of
from geodata.model.cover import Can, minimums, reserve, shortfalls
from geodata.model.duty import Duty
from geodata.model.resource import Fleet
from geodata.store import counting, land
from geodata.store.counting import Row
from geodata.store.database import Database
from service.access.visitor import Visitor
from service.resources import tally

AHEAD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Asked:
    """Only what is assigned to this incident, belongs to this organisation and to this area."""

    incident: str | None = None
    organisation: str | None = None
    ars: str | None = None

    def takes(self, row: Row) -> bool:
        return (
            (self.incident is None or row.incident == self.incident)
            and (self.organisation is None or row.organisation == self.organisation)
            and (self.ars is None or (row.ars is not None and covers(self.ars, row.ars)))
        )


class Overview:
    def __init__(self, database: Database, origin: str, duty: Duty, can: Can = capabilities_of) -> None:
        self.database, self.origin, self.duty, self.can = database, origin, duty, can

    async def read(self, visitor: Visitor, asked: Asked, now: datetime) -> bytes:
        """As JSON. Basic cover and reserve count whatever stands in a municipality, also what is not asked for."""
        rooms = self.database.asked(visitor.rooms)
        async with self.database.reading(visitor.rooms) as connection:
            found = await counting.text_of(connection, rooms, origin=self.origin)
            fleets = await counting.bodies(connection, "fleet", rooms, origin=self.origin)
            stock = await counting.bodies(connection, "stock", rooms, origin=self.origin)
            names = await land.names(connection)
            soonest = min((body.get("position_stale", 5) for body in fleets.values()), default=5)
            heard = await counting.old_positions(
                connection, rooms, origin=self.origin, before=now - timedelta(minutes=min(soonest, 5))
            )
        return await asyncio.to_thread(self._summed, found, fleets, stock, heard, names, asked, now)

    async def strength_table(self, visitor: Visitor, asked: Asked, language: str) -> str:
        """As CSV, by organisation and type."""
        rooms = self.database.asked(visitor.rooms)
        async with self.database.reading(visitor.rooms) as connection:
            found = await counting.text_of(connection, rooms, origin=self.origin)
            fleets = await counting.bodies(connection, "fleet", rooms, origin=self.origin)
        return await asyncio.to_thread(self._table, found, fleets, asked, language)

    def _summed(
        self,
        found: str,
        fleets: Mapping[str, dict[str, Any]],
        stock: Mapping[str, dict[str, Any]],
        heard: Mapping[str, datetime],
        names: Mapping[str, str],
        asked: Asked,
        now: datetime,
    ) -> bytes:
        everything = counting.rows_of(found)
        rows = {id: row for id, row in everything.items() if asked.takes(row)}
        limits = {id: int(body.get("position_stale", 5)) for id, body in fleets.items()}
        return orjson.dumps(
            {
                "now": tally.iso(now),
                "resources": len(rows),
                "organisations": {id: body["name"] for id, body in fleets.items()},
                "board": tally.board(rows),
                "strength": {
                    "total": tally.strength(rows, lambda row: "")[:1],
                    "by_organisation": tally.strength(rows, lambda row: row.organisation),
                    "by_type": tally.strength(rows, lambda row: row.type),
                },
                **_named(self._cover(everything, fleets, asked), names),
                "relief": tally.relief(rows, now, AHEAD, self.duty),
                "stale": tally.stale(rows, heard, limits, now),
                "defects": tally.defects(rows),
                "low_stock": tally.low_stock(
                    {id: body for id, body in stock.items() if asked.organisation in (None, body["organisation"])},
                    AHEAD,
                ),
            }
        )

    def _cover(self, rows: Mapping[str, Row], fleets: Mapping[str, dict[str, Any]], asked: Asked) -> dict[str, Any]:
        rules = [
            from_body({name: value for name, value in body.items() if name != "version"}, Fleet)
            for body in fleets.values()
            if body.get("cover")
        ]
        free: dict[str, dict[str, list[int]]] = defaultdict(dict)
        sums: Counter[tuple[str, str]] = Counter()
        totals: Counter[tuple[str, str]] = Counter()
        for one in reserve(rows, can=self.can):
            if asked.organisation not in (None, one.organisation):
                continue
            if asked.ars is not None and not covers(asked.ars, one.ars):
                continue
            sums[one.ars, one.capability] += one.free
            totals[one.ars, one.capability] += one.total
        for (ars, capability), total in sorted(totals.items()):
            free[ars][capability] = [sums[ars, capability], total]
        short = {(one.ars, one.capability): one for one in shortfalls(rules, rows, can=self.can)}
        cover = [
            {
                "ars": ars, "capability": capability, "minimum": minimum,
                "short": (minimum - short[ars, capability].free) if (ars, capability) in short else 0,
            }
            for (ars, capability), minimum in sorted(minimums(rules).items())
            if asked.ars is None or covers(asked.ars, ars)
        ]  # fmt: skip
        return {"cover": cover, "reserve": free, "shortfalls": [asdict(one) for one in sorted(short.values())]}

    def _table(self, found: str, fleets: Mapping[str, dict[str, Any]], asked: Asked, language: str) -> str:
        rows = {id: row for id, row in counting.rows_of(found).items() if asked.takes(row)}
        groups = tally.strength(rows, lambda row: f"{row.organisation}\n{row.type}")
        lines = [_HEADINGS["en" if language == "en" else "de"]]
        for group in [*groups, *tally.strength(rows, lambda row: "\n")]:
            organisation, _, type = group["key"].partition("\n")
            name = fleets.get(organisation, {}).get("name", organisation) or _SUM[language == "en"]
            numbers = [group[part] for part in ("leaders", "subleaders", "crew", "total", "said", "unsaid")]
            lines.append((name, type, *map(str, numbers)))
        return cells.MARK + cells.lines(lines)


def _named(cover: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """With the name of each municipality and district that it speaks of."""
    keys = {one["ars"] for part in ("cover", "shortfalls") for one in cover[part]} | set(cover["reserve"])
    known = {ars: names.get(ars) or names.get(significant(ars)) for ars in sorted(keys)}
    return {**cover, "areas": {ars: name for ars, name in known.items() if name}}


_SUM = ("Summe", "Sum")
_HEADINGS = {
    "de": ("Organisation", "Typ", "Führer", "Unterführer", "Mannschaft", "Gesamt", "mit Angabe", "ohne Angabe"),
    "en": ("Organisation", "Type", "Leaders", "Sub-leaders", "Crew", "Total", "Said", "Not said"),
}
