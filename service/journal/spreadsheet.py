"""A journal as CSV for a spreadsheet: UTF-8 with a mark, semicolons, and no cell that a program would calculate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from geodata.model.cells import MARK, lines
from geodata.model.journal import time_group
from service.journal.store import Stored
from service.journal.wording import WORDS, Language, author


def heading(language: Language) -> str:
    return MARK + lines([WORDS[language].columns])


def rows(entries: Sequence[Stored], names: Mapping[str, str], language: Language) -> str:
    """`names` are those of the authors, by person id."""
    return lines(_cells(stored, names, language) for stored in entries)


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
