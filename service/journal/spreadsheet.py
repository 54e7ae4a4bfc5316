"""A journal as CSV for a spreadsheet: UTF-8 with a mark, semicolons, and no cell that a program would calculate."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from geodata.model.journal import time_group
from service.journal.store import Stored
from service.journal.wording import WORDS, Language, author

MARK = "\ufeff"
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def defused(cell: str) -> str:
    """The text as a spreadsheet shows it: a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(_STARTS_A_FORMULA) else cell


def heading(language: Language) -> str:
    return MARK + _lines([WORDS[language].columns])


def rows(entries: Sequence[Stored], names: Mapping[str, str], language: Language) -> str:
    """`names` are those of the authors, by person id."""
    return _lines(_cells(stored, names, language) for stored in entries)


def _cells(stored: Stored, names: Mapping[str, str], language: Language) -> Sequence[str]:
    entry, words = stored.entry, WORDS[language]
    return (
        str(entry.number),
        time_group(entry.event_time),
        entry.event_time.isoformat(),
        entry.recorded_at.isoformat(),
        words.kinds[entry.kind],
        entry.function,
        author(entry.author, names, language),
        entry.text,
        " ".join(entry.refs),
        str(entry.corrects or ""),
        " ".join(map(str, stored.corrected_by)),
        stored.hash.hex(),
        stored.signature.hex() if stored.signature else "",
    )


def _lines(table: object) -> str:
    out = StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([defused(cell) for cell in row] for row in table)  # type: ignore[attr-defined]
    return out.getvalue()
