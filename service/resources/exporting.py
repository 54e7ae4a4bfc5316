"""A fleet as a table that imports again without changing anything, and the empty table to begin with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from geodata.model.cells import MARK, defused, lines
from geodata.model.resource_type import folded
from service.resources.columns import Column
from service.resources.planning import Table

Language = Literal["de", "en"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXAMPLES: Mapping[str, str] = {
    "callsign": "Florian Musterstadt 1 HLF20 1", "type": "HLF20", "strength": "0/1/8//9", "home_name": "Wache 1",
    "article": "Sandsack", "unit": "Stück", "quantity": "4000",
}  # fmt: skip


def headings(table: Table, language: Language) -> list[str]:
    return [column.headings[1 if language == "en" and len(column.headings) > 1 else 0] for column in table.columns]


def as_csv(bodies: Iterable[Mapping[str, Any]], table: Table, language: Language) -> bytes:
    return (MARK + lines([headings(table, language), *_rows(bodies, table)])).encode()


def as_xlsx(bodies: Iterable[Mapping[str, Any]], table: Table, language: Language) -> bytes:
    """Every cell is a text: nothing becomes a date or a formula, and no key loses its zero."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(table.kind)
    for row in [headings(table, language), *_rows(bodies, table)]:
        cells = [WriteOnlyCell(sheet, defused(_printable(text))) for text in row]
        for cell in cells:
            cell.data_type, cell.number_format = "s", "@"
        sheet.append(cells)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def example(table: Table) -> dict[str, Any]:
    return {column.field: _EXAMPLES[column.field] for column in table.columns if column.field in _EXAMPLES}


def _rows(bodies: Iterable[Mapping[str, Any]], table: Table) -> list[list[str]]:
    title = table.columns[0].field
    ordered = sorted(bodies, key=lambda body: folded(str(body.get(title, ""))))
    return [[_cell(column, body, table.place) for column in table.columns] for body in ordered]


def _cell(column: Column, body: Mapping[str, Any], place: str) -> str:
    at: Sequence[float] | None = body.get(place)
    if column.field in ("longitude", "latitude"):
        return repr(float(at[column.field == "latitude"])) if at else ""
    value = body.get(column.field)
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return repr(value) if isinstance(value, float) else str(value)


def _printable(text: str) -> str:
    """XML cannot hold control signs."""
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")
