"""Tables for a spreadsheet: UTF-8 with a mark, semicolons, and no cell that a program would calculate."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

MARK = "\ufeff"
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(cell: str) -> str:
    """The text as a spreadsheet shows it: a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(STARTS_A_FORMULA) else cell


def lines(table: Iterable[Sequence[str]]) -> str:
    out = StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([defused(cell) for cell in row] for row in table)
    return out.getvalue()
