"""The call list of a plan on paper, for the day when nothing else works. Whatever people wrote goes into it as text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NoReturn
from zoneinfo import ZoneInfo

import lxml.html
from lxml.builder import E
from weasyprint import HTML
from weasyprint.urls import URLFetcher

Language = Literal["de", "en"]

WORDS: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "title": "Anrufliste", "step": "Stufe", "name": "Name", "numbers": "Telefon", "at": "angerufen um",
        "said": "kommt / später um / kommt nicht", "none": "keine Nummer", "as_of": "Stand", "by": "abgerufen von",
        "nobody": "In dieser Stufe ist niemand.",
        "warning": "Personenbezogene Daten: verschlossen aufbewahren, nach dem Einsatz vernichten. Der Abruf ist "
        "vermerkt. Ergänzt Funkmelder und Leitstelle, ersetzt sie nicht.",
    },
    "en": {
        "title": "Call list", "step": "Step", "name": "Name", "numbers": "Telephone", "at": "called at",
        "said": "coming / later at / not coming", "none": "no number", "as_of": "As of", "by": "fetched by",
        "nobody": "Nobody is in this step.",
        "warning": "Personal data: keep it locked away, destroy it afterwards. Fetching it is noted. It complements "
        "pagers and the control room and replaces neither.",
    },
}  # fmt: skip
_STYLE = """
@page { size: A4; margin: 15mm 12mm; @bottom-right { content: counter(page) ' / ' counter(pages); font-size: 8pt; } }
body { font: 10pt sans-serif; } h1 { font-size: 15pt; margin: 0 0 2mm; } h2 { font-size: 11pt; margin: 5mm 0 1mm; }
p { margin: 0 0 2mm; } .warning { border: 1pt solid black; padding: 1.5mm; font-size: 9pt; }
table { width: 100%; border-collapse: collapse; } thead { display: table-header-group; } tr { break-inside: avoid; }
th, td { border: 0.5pt solid #444; padding: 1mm 1.5mm; text-align: left; height: 6mm; vertical-align: top; }
th { font-size: 8pt; } td:nth-child(3), td:nth-child(4) { width: 28%; } td:nth-child(3) { width: 16%; }
"""
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_ZONE = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Sheet:
    """`steps`: the step's name, and in order who is called with which numbers."""

    plan: str
    organisation: str
    steps: Sequence[tuple[str | None, Sequence[tuple[str, Sequence[str]]]]]
    by: str
    at: datetime
    language: Language


class Nothing(URLFetcher):  # type: ignore[misc]
    """Refuses every address: a call list is text."""

    def fetch(self, url: str, headers: object = None) -> NoReturn:
        raise ValueError("nothing is fetched for a call list")


def pdf(sheet: Sheet) -> bytes:
    """Takes seconds for thousands of people: call it in a thread."""
    page = lxml.html.tostring(_document(sheet), encoding="unicode", doctype="<!DOCTYPE html>")
    written: bytes = HTML(string=page, url_fetcher=Nothing(), base_url=None).write_pdf()
    return written


def _document(sheet: Sheet) -> Any:
    words = WORDS[sheet.language]
    at = f"{sheet.at.astimezone(_ZONE):%d.%m.%Y %H:%M}"
    told = f"{sheet.organisation} · {words['as_of']} {at} · {words['by']} {sheet.by}"
    body = [
        E.h1(_plain(f"{words['title']}: {sheet.plan}")),
        E.p(_plain(told)),
        E.p(words["warning"], {"class": "warning"}),
    ]
    for number, (name, people) in enumerate(sheet.steps, 1):
        body.append(E.h2(_plain(f"{words['step']} {number}{f': {name}' if name else ''}")))
        body.append(_table(people, words) if people else E.p(words["nobody"]))
    title = E.title(_plain(sheet.plan))
    return E.html({"lang": sheet.language}, E.head(E.meta(charset="utf-8"), title, E.style(_STYLE)), E.body(*body))


def _table(people: Sequence[tuple[str, Sequence[str]]], words: Mapping[str, str]) -> Any:
    head = E.tr(*(E.th(words[column]) for column in ("name", "numbers", "at", "said")))
    rows = [
        E.tr(E.td(_plain(name)), E.td(_plain(", ".join(numbers) or words["none"])), E.td(), E.td())
        for name, numbers in people
    ]
    return E.table(E.thead(head), E.tbody(*rows))


def _plain(words: str) -> str:
    return _UNPRINTABLE.sub(" ", words)
