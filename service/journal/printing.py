"""A journal as PDF. Whatever people wrote goes into the page as text, built as a tree; nothing is ever fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import lxml.html
from lxml.builder import E
from weasyprint import HTML
from weasyprint.document import Document
from weasyprint.urls import URLFetcher

from geodata.model.journal import EntryKind, time_group
from service.journal.store import Stored
from service.journal.wording import WORDS, Language, Words, author

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on the pages. `mode` is ACTUAL, EXERCISE or TEST; `names` are those of people by id, `things` the
    bodies of what is cited by ref; `head` is the journal's last entry and `closings` all that closed it, newest first;
    `whole` is false if entries were left out."""

    staff: str
    incident: str
    mode: str
    entries: Sequence[Stored]
    names: Mapping[str, str]
    things: Mapping[str, Mapping[str, Any]]
    head: Stored | None
    closings: Sequence[Stored]
    whole: bool
    by: str
    at: datetime
    language: Language


class Nothing(URLFetcher):  # type: ignore[misc]
    """Refuses every address: a journal is text."""

    def fetch(self, url: str, headers: object = None) -> NoReturn:
        raise ValueError(f"nothing is fetched for a journal, not {url[:80]}")


def pdf(sheet: Sheet) -> bytes:
    """Takes seconds for thousands of entries: call it in a thread."""
    written: bytes = rendered(sheet).write_pdf()
    return written


def rendered(sheet: Sheet) -> Document:
    """The pages, laid out."""
    page = lxml.html.tostring(_document(sheet), encoding="unicode", doctype="<!DOCTYPE html>")
    return HTML(string=page, url_fetcher=Nothing(), base_url=None).render()


def _document(sheet: Sheet) -> Any:
    words = WORDS[sheet.language]
    mark = words.modes.get(sheet.mode)
    title = " · ".join(part for part in (words.title, sheet.staff, sheet.incident) if part)
    body = [
        E.div(_plain(f"{title}{f' · {mark}' if mark else ''}"), {"class": "top"}),
        E.h1(words.title),
        _facts(sheet, words),
        _table(sheet, words) if sheet.entries else E.p(words.empty),
        _proof(sheet, words),
    ]
    if mark:
        body.insert(0, E.div(mark, {"class": "mark"}))
    return E.html(
        {"lang": sheet.language},
        E.head(E.meta(charset="utf-8"), E.title(_plain(title)), E.style(_style(words))),
        E.body(*body),
    )


def _facts(sheet: Sheet, words: Words) -> Any:
    lines = [(words.staff, sheet.staff), (words.incident, sheet.incident or "–")]
    if sheet.entries:
        times = [stored.entry.event_time for stored in sheet.entries]
        lines.append((words.period, f"{_both(min(times))} – {_both(max(times))}"))
    lines.append((words.exported, f"{sheet.by}, {_both(sheet.at)}"))
    rows = [E.tr(E.th(name), E.td(_plain(value))) for name, value in lines]
    found = [E.table({"class": "facts"}, *rows)]
    if not sheet.whole:
        found.append(E.p({"class": "selection"}, words.selection))
    return E.div(*found)


def _table(sheet: Sheet, words: Words) -> Any:
    head = E.thead(E.tr(*(E.th(column) for column in words.table)))
    return E.table({"class": "entries"}, head, E.tbody(*(_row(stored, sheet, words) for stored in sheet.entries)))


def _row(stored: Stored, sheet: Sheet, words: Words) -> Any:
    entry = stored.entry
    content = [E.div({"class": "text"}, _plain(entry.text))]
    if entry.corrects:
        content.append(E.div({"class": "ref"}, f"{words.corrects} {entry.corrects}"))
    if stored.corrected_by:
        numbers = ", ".join(map(str, stored.corrected_by))
        content.append(E.div({"class": "ref"}, f"{words.corrected_by} {numbers}"))
    content += [E.div({"class": "ref"}, _plain("→ " + _cited(ref, sheet.things, words))) for ref in entry.refs]
    return E.tr(
        {"class": "struck" if stored.corrected_by else "closing" if entry.kind is EntryKind.CLOSING else "entry"},
        E.td(str(entry.number)),
        E.td(*_moment(entry.event_time)),
        E.td(*_moment(entry.recorded_at)),
        E.td(words.kinds[entry.kind]),
        E.td(_plain(f"{entry.function}, {author(entry.author, sheet.names, sheet.language)}")),
        E.td(*content),
    )


def _proof(sheet: Sheet, words: Words) -> Any:
    found = []
    if sheet.head:
        found += [E.dt(words.head), E.dd(f"Nr. {sheet.head.entry.number}: {sheet.head.hash.hex()}")]
    for stored in sheet.closings:
        entry = stored.entry
        who = f"{entry.function}, {author(entry.author, sheet.names, sheet.language)}"
        signature = stored.signature.hex() if stored.signature else "–"
        key = stored.key.hex() if stored.key else "–"
        found += [
            E.dt(_plain(f"{words.closed_by}: Nr. {entry.number}, {who}, {_both(entry.recorded_at)}")),
            E.dd(f"{stored.hash.hex()} / {signature} / {key}"),
        ]
    if sheet.head and not sheet.closings:
        found.append(E.dt(words.never_closed))
    elif sheet.head and sheet.closings[0].entry.number < sheet.head.entry.number:
        found.append(E.dt(words.open_since))
    return E.dl(*found)


def _cited(ref: str, things: Mapping[str, Mapping[str, Any]], words: Words) -> str:
    thing, _, seq = ref.partition("@")
    _, kind, id = thing.split("/")
    body = things.get(thing, {})
    name = body.get("title") or body.get("name") or body.get("headline") or body.get("function")
    number = body.get("number")
    label = " ".join(str(part) for part in (words.things.get(kind, kind), number, name) if part)
    return f"{label if body else f'{label} {id}'}{f', {words.change} {seq}' if seq else ''}"


def _moment(at: datetime) -> Any:
    return E.div(E.b(time_group(at))), E.div({"class": "iso"}, f"{at:%Y-%m-%dT%H:%M:%SZ}")


def _both(at: datetime) -> str:
    return f"{time_group(at)} ({at:%Y-%m-%dT%H:%M:%SZ})"


def _plain(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


def _style(words: Words) -> str:
    return f"""
    @page {{
        size: A4; margin: 18mm 14mm 16mm;
        @top-left {{ content: element(top); width: 100%; border-bottom: 0.3pt solid #555; vertical-align: bottom }}
        @bottom-right {{ content: "{words.page} " counter(page) " / " counter(pages);
                         font: 8pt DejaVu Sans, sans-serif }}
    }}
    body {{ font: 8.5pt DejaVu Sans, Noto Sans, sans-serif; color: #111; margin: 0 }}
    .top {{ position: running(top); font-size: 8pt; padding-bottom: 1mm }}
    .mark {{
        position: fixed; top: 38%; left: 0; right: 0; text-align: center; z-index: -1;
        font-size: 96pt; font-weight: bold; color: #ececec; transform: rotate(-35deg)
    }}
    h1 {{ font-size: 16pt; margin: 0 0 3mm }}
    table {{ border-collapse: collapse; width: 100% }}
    .facts {{ width: auto; margin-bottom: 4mm }}
    .facts th {{ text-align: left; padding-right: 4mm; font-weight: normal; color: #444 }}
    .selection {{ font-weight: bold }}
    .entries {{ table-layout: fixed }}
    .entries th, .entries td {{ border: 0.3pt solid #777; padding: 1mm 1.2mm; text-align: left; vertical-align: top;
                                overflow-wrap: anywhere }}
    .entries th:nth-child(1) {{ width: 10mm }} .entries th:nth-child(2), .entries th:nth-child(3) {{ width: 27mm }}
    .entries th:nth-child(4) {{ width: 18mm }} .entries th:nth-child(5) {{ width: 27mm }}
    thead {{ display: table-header-group }}
    tr {{ break-inside: avoid }}
    .text {{ white-space: pre-wrap }}
    .struck .text {{ text-decoration: line-through }}
    .closing td {{ border-top: 1.2pt solid #111; border-bottom: 1.2pt solid #111; font-weight: bold }}
    .iso {{ font-size: 6.5pt; color: #444 }}
    .ref {{ font-size: 7.5pt; color: #333 }}
    dl {{ margin-top: 5mm; font-size: 7.5pt }}
    dd {{ margin: 0 0 2mm; font-family: DejaVu Sans Mono, monospace; overflow-wrap: anywhere }}
    """
