"""Who knew what when: the history of a custody, or of all in a time, as JSON, a page to print and a table."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal
from zoneinfo import ZoneInfo

import lxml.html
from lxml.builder import E

from alerting.model.custody import Custody
from alerting.store.custody import custody_of
from geodata.model.body import to_body
from geodata.model.cells import MARK, lines
from geodata.model.incident import IncidentMode

Language = Literal["de", "en"]
LOCAL = ZoneInfo("Europe/Berlin")

WORDS: Mapping[Language, Mapping[str, str]] = {
    "de": {
        "title": "Warnwache: wer wusste was wann", "at": "Zeit", "what": "Was", "who": "Wer", "text": "Wortlaut",
        "warning": "Warnung", "owner": "Zuständig", "state": "Stand", "none": "In dieser Zeit lag nichts vor.",
        "RAISED": "eingegangen", "SEEN": "auf dem Bildschirm", "ACKNOWLEDGED": "quittiert",
        "ACT": "entschieden: handeln",
        "WATCH": "entschieden: beobachten", "NOT_OURS": "entschieden: nicht unsere",
        "ESCALATED": "nicht quittiert, weiter an",
        "EXHAUSTED": "von niemandem quittiert", "RAISED_AGAIN": "erneut vorgelegt", "UPDATED": "aktualisiert",
        "HANDED": "übergeben an", "PASSED_ON": "weitergegeben an", "CONFIRMED": "Empfang bestätigt von",
        "CLEARED": "beendet", "UNANSWERED_BELOW": "unten nicht quittiert",
        "NOTIFIED": "gemeldet",
        "ASSESSED": "entschieden", "watch": "System", "missed": "endete, ohne dass jemand quittiert hat",
        "made": "Erstellt", "level": "Stufe", "EXERCISE": "ÜBUNG", "TEST": "PROBE", "ACTUAL": "",
    },
    "en": {
        "title": "Warning watch: who knew what when", "at": "Time", "what": "What", "who": "Who", "text": "Words",
        "warning": "Warning", "owner": "Owner", "state": "State", "none": "There was nothing in this time.",
        "RAISED": "came in", "SEEN": "on the screen", "ACKNOWLEDGED": "acknowledged", "ACT": "decided: act",
        "WATCH": "decided: watch", "NOT_OURS": "decided: not ours", "ESCALATED": "not acknowledged, on to",
        "EXHAUSTED": "acknowledged by nobody", "RAISED_AGAIN": "asked anew", "UPDATED": "updated",
        "HANDED": "handed to", "PASSED_ON": "passed on to", "CONFIRMED": "receipt confirmed by",
        "CLEARED": "over", "UNANSWERED_BELOW": "not acknowledged below", "NOTIFIED": "notified", "ASSESSED": "decided",
        "watch": "system", "missed": "was over before anybody acknowledged", "made": "Made", "level": "Level",
        "EXERCISE": "EXERCISE", "TEST": "TEST", "ACTUAL": "",
    },
}  # fmt: skip
_STYLE = """
body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#111;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{border:1px solid #888;padding:.3rem .5rem;
text-align:left;vertical-align:top}h2{font-size:1.1rem;margin:1.5rem 0 .2rem}.mode{font-weight:700;border:2px solid;
padding:0 .4rem}section{break-inside:avoid}@media print{body{margin:0}}
"""
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The page holds its own looks and asks for nothing."""
Held = Sequence[tuple[str, Custody]]


def read(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, Custody]]:
    return [(id, custody_of(dict(body))) for id, body in rows]


def people_of(held: Held) -> set[str]:
    """Ids of the accounts that stand in it."""
    return {step.by[7:] for _, one in held for step in one.history if step.by.startswith("person:")}


def as_json(held: Held, names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": id, "about": one.about, "title": one.title, "level": one.level, "mode": one.mode, "state": one.state,
            "owner": one.owner.name, "organisation": one.organisation, "organisation_name": one.organisation_name,
            "missed": one.missed, "decision": one.decision, "reason": one.reason,
            "knew": [{"at": step.at, "what": step.what, "who": _who(step.by, names, "en"), "by": step.by,
                      "text": step.text, "tier": step.tier} for step in one.history],
            "onward": [to_body(each) for each in one.onward],
        }
        for id, one in held
    ]  # fmt: skip


def as_csv(held: Held, names: Mapping[str, str], language: Language) -> str:
    """A row for each step; a formula in a text is no formula any more."""
    words = WORDS[language]
    rows: list[tuple[str, ...]] = [
        tuple(words[name] for name in ("warning", "level", "at", "what", "who", "text", "owner", "state"))
    ]
    for _, one in held:
        mode = words[one.mode.value]
        title = f"{mode} {one.title}".strip()
        level = "" if one.level is None else str(int(one.level))
        for step in one.history:
            rows.append(
                (title, level, _time(step.at), words.get(step.what, step.what), _who(step.by, names, language),
                 step.text or "", one.owner.name, words.get(one.state.value, one.state.value))
            )  # fmt: skip
    return MARK + lines(rows)


def as_page(held: Held, names: Mapping[str, str], language: Language, now: datetime) -> str:
    """To print. Whatever people wrote goes in as text."""
    words = WORDS[language]
    body = [E.h1(words["title"]), E.p(f"{words['made']}: {_time(now)}")]
    if not held:
        body.append(E.p(words["none"]))
    for _, one in held:
        body.append(_section(one, names, words, language))
    page = E.html(
        E.head(E.meta(charset="utf-8"), E.title(words["title"]), E.style(_STYLE)), E.body(*body), lang=language
    )
    written: str = lxml.html.tostring(page, encoding="unicode", doctype="<!DOCTYPE html>")
    return written


def _section(one: Custody, names: Mapping[str, str], words: Mapping[str, str], language: Language) -> Any:
    head = [E.span(words[one.mode.value], {"class": "mode"}), " "] if one.mode is not IncidentMode.ACTUAL else []
    rows = [
        E.tr(E.td(_time(step.at)), E.td(words.get(step.what, step.what)), E.td(_clean(_who(step.by, names, language))),
             E.td(_clean(step.text or "")))
        for step in one.history
    ]  # fmt: skip
    line = f"{one.organisation_name or ''} · {words['owner']}: {one.owner.name}" + (
        f" · {words['missed']}" if one.missed else ""
    )
    return E.section(
        E.h2(*head, _clean(one.title)),
        E.p(_clean(line)),
        E.table(E.thead(E.tr(*(E.th(words[name]) for name in ("at", "what", "who", "text")))), E.tbody(*rows)),
    )


def _who(by: str, names: Mapping[str, str], language: Language) -> str:
    if by.startswith("person:"):
        return names.get(by[7:], by)
    return WORDS[language]["watch"] if by == "watch" else by


def _time(at: datetime) -> str:
    return at.astimezone(LOCAL).strftime("%d.%m.%Y %H:%M:%S")


def _clean(value: str) -> str:
    """Without the signs that XML does not know."""
    return "".join(sign for sign in value if sign in "\t\n" or (sign >= " " and not "\ud800" <= sign <= "\udfff"
                   and sign not in "\ufffe\uffff"))  # fmt: skip
