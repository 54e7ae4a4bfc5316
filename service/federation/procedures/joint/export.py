"""A joint log for a spreadsheet and for the printer: each line names whose it is, and the head says what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import lxml.html
from lxml.builder import E
from weasyprint import HTML

from geodata.model.cells import MARK, lines
from geodata.model.journal import EntryKind, time_group
from service.federation.procedures.joint.reading import Whole
from service.federation.procedures.joint.words import WORDS, Words
from service.journal.printing import Nothing
from service.journal.wording import WORDS as LOG_WORDS
from service.journal.wording import Language, author


@dataclass(frozen=True, slots=True)
class Sheet:
    """`own` is our origin, `name` what we are called, `names` those of our people by id, `by` whoever exports."""

    whole: Whole
    own: str
    name: str
    names: Mapping[str, str]
    by: str
    at: datetime
    language: Language

    @property
    def words(self) -> Words:
        return WORDS[self.language]

    def origin(self, origin: str) -> str:
        found = next((one["name"] for one in self.whole.partners if one["origin"] == origin), origin)
        return self.name if origin == self.own else f"{found} ({origin})"

    def title(self) -> str:
        incident = self.whole.incident
        return f"{incident.get('number', '')} {incident.get('name', '')}".strip()

    def standing(self) -> list[str]:
        """One line for each linked incident: who says so, what is missing, when the partner was heard."""
        return [self._of(one) for one in self.whole.partners]

    def _of(self, one: Mapping[str, Any]) -> str:
        words = self.words
        logs = one["logs"]
        said = "; ".join(
            " ".join(filter(None, (log["name"], words.missing.format(held=log["held"], missing=log["missing"]))))
            for log in logs
        ) or (words.nothing if one["shares_log"] else words.no_log)
        heard = words.heard.format(at=_both(one["heard_at"])) if one["heard_at"] else words.never
        gone = words.gone.format(at=_both(one["gone_at"])) if one["gone_at"] else None
        name = (one["shared"] or {}).get("name") or one["label"]
        head = " · ".join(filter(None, (one["name"], name, words.standings.get(one["standing"]))))
        return f"{head}: {'; '.join(filter(None, (said, gone, heard)))}"

    def cells(self, row: Any) -> tuple[str, ...]:
        kinds = LOG_WORDS[self.language].kinds
        return (
            self.origin(row.origin), row.staff_name or "", str(int(row.number or 0)), time_group(row.event_time),
            row.event_time.isoformat(), row.recorded_at.isoformat() if row.recorded_at else "",
            kinds[EntryKind(row.kind)] if row.kind in EntryKind.__members__ else str(row.kind), row.function or "",
            author(row.author, self.names, self.language) if row.author else "", row.text or "",
            str(int(row.corrects)) if row.corrects else "",
        )  # fmt: skip


def csv(sheet: Sheet) -> bytes:
    """Newest event first, after a head that says what this is."""
    head: list[Sequence[str]] = [
        [sheet.words.title, sheet.title()],
        [sheet.words.warning],
        *([line] for line in sheet.standing()),
        [],
        sheet.words.columns,
    ]
    return (MARK + lines([*head, *(sheet.cells(row) for row in sheet.whole.entries)])).encode()


def pdf(sheet: Sheet) -> bytes:
    """Oldest event first. Takes seconds for thousands of entries: call it in a thread."""
    page = lxml.html.tostring(_document(sheet), encoding="unicode", doctype="<!DOCTYPE html>")
    written: bytes = HTML(string=page, url_fetcher=Nothing(), base_url=None).render().write_pdf()
    return written


def _document(sheet: Sheet) -> Any:
    words = sheet.words
    title = f"{words.title} · {sheet.title()}"
    head = E.thead(E.tr(*(E.th(words.columns[at]) for at in (0, 2, 3, 6, 9))))
    rows = [_row(sheet, row) for row in reversed(sheet.whole.entries)]
    return E.html(
        {"lang": sheet.language},
        E.head(E.meta(charset="utf-8"), E.title(_plain(title)), E.style(_style(words))),
        E.body(
            E.h1(words.title),
            E.p(_plain(f"{words.incident}: {sheet.title()} · {words.by} {sheet.by}, {_both(sheet.at)}")),
            E.p({"class": "warning"}, words.warning),
            E.ul(*(E.li(_plain(line)) for line in sheet.standing())),
            E.table({"class": "entries"}, head, E.tbody(*rows)) if rows else E.p(words.empty),
        ),
    )


def _row(sheet: Sheet, row: Any) -> Any:
    cells = sheet.cells(row)
    whose = [E.b(_plain(cells[0])), E.div({"class": "sub"}, _plain(cells[1]))]
    ours = row.origin == sheet.own
    if ours:
        whose.append(E.div({"class": "sub"}, sheet.words.ours))
    who = ", ".join(part for part in (cells[7], cells[8]) if part)
    content = [E.div({"class": "text"}, _plain(cells[9]))]
    if cells[10]:
        content.append(E.div({"class": "sub"}, f"{sheet.words.columns[10]} {cells[10]}"))
    return E.tr(
        {"class": "ours" if ours else "theirs"},
        E.td(*whose),
        E.td(cells[2]),
        E.td(E.b(cells[3]), E.div({"class": "sub"}, cells[4])),
        E.td(_plain(cells[6]), E.div({"class": "sub"}, _plain(who))),
        E.td(*content),
    )


def _both(at: datetime) -> str:
    return f"{time_group(at)} ({at:%Y-%m-%dT%H:%M:%SZ})"


def _plain(text: str) -> str:
    return "".join(sign if sign.isprintable() or sign == "\n" else "\ufffd" for sign in text)


def _style(words: Words) -> str:
    return f"""
    @page {{ size: A4; margin: 16mm 14mm; @bottom-right {{
        content: "{words.page} " counter(page) " / " counter(pages); font: 8pt DejaVu Sans, sans-serif }} }}
    body {{ font: 8.5pt DejaVu Sans, Noto Sans, sans-serif; color: #111; margin: 0 }}
    h1 {{ font-size: 16pt; margin: 0 0 2mm }}
    .warning {{ font-weight: bold }}
    table {{ border-collapse: collapse; width: 100%; table-layout: fixed }}
    th, td {{ border: 0.3pt solid #777; padding: 1mm 1.2mm; text-align: left; vertical-align: top;
              overflow-wrap: anywhere }}
    th:nth-child(1) {{ width: 34mm }} th:nth-child(2) {{ width: 10mm }} th:nth-child(3) {{ width: 30mm }}
    th:nth-child(4) {{ width: 30mm }}
    thead {{ display: table-header-group }}
    tr {{ break-inside: avoid }}
    .theirs td:first-child {{ border-left: 3pt double #111 }}
    .theirs td {{ background: #f1f1f1 }}
    .text {{ white-space: pre-wrap }}
    .sub {{ font-size: 7pt; color: #333 }}
    """
