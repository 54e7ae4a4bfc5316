"""What a table would do to a fleet: each row read, checked and matched with what is there; nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from geodata.model.body import to_body
from geodata.model.editing import BadEdit
from geodata.model.resource import Fleet, Resource, Stock
from geodata.model.resource_type import Known
from geodata.store import things
from geodata.store.things import Held
from service import sheets
from service.resources import rules
from service.resources.columns import RESOURCE_COLUMNS, STOCK_COLUMNS, Column, recognised
from service.sheets import Cell, Faulty, Row

HEADING_WITHIN = 20
SAMPLE = 20
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """`row` as the spreadsheet counts, `column` its heading, `field` the field that the reason is about."""

    row: int
    column: str | None
    field: str | None
    value: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Table:
    """What is imported: `keys` give that by which a row is known again, the strongest first."""

    kind: str
    model: type[Any]
    columns: tuple[Column, ...]
    place: str
    keys: tuple[tuple[str, Callable[[Mapping[str, Any]], str | None]], ...]


def _same(text: Any) -> str | None:
    return " ".join(str(text).casefold().split()) if text else None


RESOURCES = Table(
    "resource", Resource, RESOURCE_COLUMNS, "home",
    (
        ("opta", lambda body: body.get("opta")),
        ("external_id", lambda body: body.get("external_id")),
        ("callsign", lambda body: _same(body.get("callsign"))),
    ),
)  # fmt: skip
STOCKS = Table(
    "stock", Stock, STOCK_COLUMNS, "place",
    (("article", lambda body: f"{_same(body.get('article'))} @ {_same(body.get('place_name')) or ''}"),),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What a row does: a new thing if `id` is None. `fields` are those that are new or other than before."""

    row: int
    id: str | None
    fields: dict[str, Any]


@dataclass(slots=True)
class Plan:
    columns: list[tuple[str, str | None]]
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    bad: set[int] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    sample: list[dict[str, Any]] = field(default_factory=list)


def plan(rows: Sequence[Row], table: Table, fleet: Fleet, known: Known, there: Mapping[str, Held]) -> Plan:
    """`there` is what the fleet has already, by id. Raises BadFile."""
    at, meant = _heading(rows, table)
    headings = [_text(cell) for cell in rows[at][1]]
    found = Plan([(heading, column.field if column else None) for heading, column in zip(headings, meant, strict=True)])
    matching = _Matching(table, there)
    for number, cells in rows[at + 1 :]:
        faults: list[Fault] = []
        fields = _fields(number, cells, headings, meant, table, faults)
        if not faults:
            _judge(found, number, fields, table, fleet, known, matching, faults, headings, meant)
        if faults:
            found.bad.add(number)
            found.faults += faults
    return found


def _heading(rows: Sequence[Row], table: Table) -> tuple[int, list[Column | None]]:
    """The row that names the columns: titles may stand above it. Raises BadFile."""
    best, meant = 0, recognised([_text(cell) for cell in rows[0][1]], table.columns)
    for at, (_, cells) in enumerate(rows[:HEADING_WITHIN]):
        here = recognised([_text(cell) for cell in cells], table.columns)
        if sum(map(bool, here)) > sum(map(bool, meant)):
            best, meant = at, here
    fields = [column.field for column in meant if column]
    missing = [column.headings[0] for column in table.columns if column.required and column.field not in fields]
    if missing:
        seen = ", ".join(repr(_text(cell)[:40]) for cell in rows[best][1][:20] if cell)
        raise sheets.BadFile(f"there is no column {' and '.join(map(repr, missing))}; the headings are {seen}")
    twice = sorted({field for field in fields if fields.count(field) > 1})
    if twice:
        raise sheets.BadFile(f"two columns both mean {', '.join(twice)}; take one out")
    return best, meant


def _text(cell: Cell) -> str:
    return " ".join((cell.text if isinstance(cell, Faulty) else cell).split())


def _fields(
    number: int,
    cells: Sequence[Cell],
    headings: Sequence[str],
    meant: Sequence[Column | None],
    table: Table,
    faults: list[Fault],
) -> dict[str, Any]:
    """The values of a row; what is empty is left out. Every cell that is wrong is named."""
    fields: dict[str, Any] = {}
    for at, column in enumerate(meant):
        cell = cells[at] if at < len(cells) else ""
        if column is None or not cell:
            if column is not None and column.required:
                faults.append(Fault(number, headings[at], column.field, None, "is empty"))
            continue
        if isinstance(cell, Faulty):
            faults.append(Fault(number, headings[at], column.field, cell.text[:_SHOWN], cell.reason))
            continue
        try:
            fields[column.field] = column.reads(cell)
        except BadEdit as error:
            faults.append(Fault(number, headings[at], column.field, cell[:_SHOWN], str(error)))
    for at in range(len(meant), len(cells)):
        if cells[at]:
            faults.append(Fault(number, None, None, _text(cells[at])[:_SHOWN], "stands beside the last heading"))
            break
    where = ("longitude" in fields) + ("latitude" in fields)
    if where == 1 and not faults:
        faults.append(Fault(number, None, table.place, None, "longitude and latitude go together"))
    if where == 2:
        fields[table.place] = [fields.pop("longitude"), fields.pop("latitude")]
    return fields


def _judge(
    found: Plan,
    number: int,
    fields: dict[str, Any],
    table: Table,
    fleet: Fleet,
    known: Known,
    matching: _Matching,
    faults: list[Fault],
    headings: Sequence[str],
    meant: Sequence[Column | None],
) -> None:
    """New, changed or unchanged; or a fault with the row as a whole."""

    def fault(name: str | None, reason: str) -> None:
        at = next((at for at, column in enumerate(meant) if column and column.field == name), None)
        value = fields.get(name) if name else None
        shown = None if value is None else str(value)[:_SHOWN]
        faults.append(Fault(number, None if at is None else headings[at], name, shown, reason))

    try:
        held = matching.find(fields, number)
        body = held.body if held else {}
        if table is RESOURCES:
            fields = rules.typed(fields, known, body.get("capabilities", ()))
            if held is None and "kind" not in fields:
                fields["kind"] = known.types[fields["type"]].kind.value
        given = {**({} if held else {"ars": fleet.ars}), **body, **fields, "organisation": fleet.organisation}
        thing = things.checked({name: value for name, value in given.items() if value is not None}, table.model)
    except BadEdit as error:
        fault(error.field or None, str(error))
        return
    after = to_body(thing)
    matching.remember(after, number)
    other = {name: after.get(name) for name in fields if _differ(name, after.get(name), body.get(name))}
    if held is None:
        found.new.append(Change(number, None, after))
    elif other:
        found.changed.append(Change(number, held.ref.id, other))
    else:
        found.unchanged += 1
    if len(found.sample) < SAMPLE and (held is None or other):
        found.sample.append({"row": number, **(after if held is None else {**_names(body), **other})})


def _differ(name: str, after: Any, before: Any) -> bool:
    """Blanks are lost on the way through a table; only in an OPTA they say something."""
    if isinstance(after, str) and isinstance(before, str) and name != "opta":
        return after.split() != before.split()
    return bool(after != before)


def _names(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("callsign", "article") if name in body}


class _Matching:
    """What is known by which key, in the fleet and in the rows above."""

    def __init__(self, table: Table, there: Mapping[str, Held]) -> None:
        self.table = table
        self.there: dict[tuple[str, str], list[Held]] = {}
        self.rows: dict[tuple[str, str], int] = {}
        self.by_id: dict[str, int] = {}
        for held in there.values():
            for name, key in self._keys(held.body):
                self.there.setdefault((name, key), []).append(held)

    def _keys(self, body: Mapping[str, Any]) -> list[tuple[str, str]]:
        keys = ((name, key(body)) for name, key in self.table.keys)
        return [(name, key) for name, key in keys if key]

    def find(self, fields: Mapping[str, Any], number: int) -> Held | None:
        """The one thing that this row is about. Raises BadEdit where it is in the file twice, or about several."""
        keys = self._keys(fields)
        for name, key in keys:
            if (name, key) in self.rows:
                raise BadEdit(name, f"the same {name} stands in row {self.rows[name, key]} already")
        found: Held | None = None
        for name, key in keys:
            here = self.there.get((name, key), [])
            if len(here) > 1:
                raise BadEdit(name, f"the fleet has {len(here)} with this {name}; give one of them another")
            if here and found is not None and here[0].ref != found.ref:
                raise BadEdit(name, f"this {name} belongs to another one ({_title(here[0])}) than the other keys do")
            found = found or (here[0] if here else None)
        if found is not None and found.ref.id in self.by_id:
            raise BadEdit(keys[0][0], f"row {self.by_id[found.ref.id]} is about the same ({_title(found)}) already")
        if found is not None:
            self.by_id[found.ref.id] = number
        return found

    def remember(self, body: Mapping[str, Any], number: int) -> None:
        for key in self._keys(body):
            self.rows.setdefault(key, number)


def _title(held: Held) -> str:
    return str(held.body.get("callsign") or held.body.get("article") or held.ref.id)
