"""Counting what there is: board, strength, relief, and what is old, broken or short. Rows in, plain lists out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from geodata.model.duty import Duty
from geodata.model.editing import BadEdit
from geodata.model.resource import BOUND, Deployment, ResourceKind
from geodata.model.strength import parse
from geodata.store.counting import Row

MOST = 300
"""Lines of a list; `more` says how many are left off."""

Rows = Mapping[str, Row]


def board(rows: Rows) -> list[dict[str, Any]]:
    """How many of each availability, per organisation."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows.values():
        counts[row.organisation][row.availability.value] += 1
    return [
        {"organisation": organisation, "total": sum(found.values()), "counts": found}
        for organisation, found in sorted(counts.items())
    ]


def strength(rows: Rows, by: Callable[[Row], str]) -> list[dict[str, Any]]:
    """Leaders, sub-leaders, crew and total per group. `unsaid` resources have no strength; a unit counts by its members
    as soon as one of them says a strength, and else by its own."""
    speaking = {row.parent for row in rows.values() if row.parent and row.strength}
    units = {row.parent for row in rows.values() if row.parent}
    said: dict[str, Counter[str]] = defaultdict(Counter)
    unsaid: Counter[str] = Counter()
    for id, row in rows.items():
        text = row.strength
        if row.kind == ResourceKind.UNIT and id in units and (id in speaking or not text):
            said.setdefault(by(row), Counter())
        elif text:
            said[by(row)][text] += 1
        elif row.parent in units and row.parent in rows and row.parent not in speaking and _says(rows, row.parent):
            said.setdefault(by(row), Counter())  # its unit says a strength for all of them
        elif row.kind in (ResourceKind.CONTAINER, ResourceKind.DEVICE):
            said.setdefault(by(row), Counter())  # has no crew of its own
        else:
            unsaid[by(row)] += 1
    return [_group(key, said.get(key, Counter()), unsaid[key]) for key in sorted({*said, *unsaid})]


def _says(rows: Rows, unit: str) -> bool:
    return bool(rows[unit].strength)


def _group(key: str, texts: Mapping[str, int], unsaid: int) -> dict[str, Any]:
    parts, counted, unreadable = [0, 0, 0], 0, 0
    for text, count in texts.items():
        try:
            one = parse(text)
        except BadEdit:  # written before it was checked
            unreadable += count
            continue
        for place, number in enumerate((one.leaders, one.subleaders, one.crew)):
            parts[place] += number * count
        counted += count
    return {
        "key": key, "leaders": parts[0], "subleaders": parts[1], "crew": parts[2], "total": sum(parts),
        "said": counted, "unsaid": unsaid + unreadable,
    }  # fmt: skip


def relief(rows: Rows, now: datetime, within: timedelta, duty: Duty) -> dict[str, Any]:
    """Whose endurance, relief or longest duty ends until then or has ended, soonest first. Only what is bound."""
    ends = []
    for id, row in rows.items():
        if row.deployment not in BOUND:
            continue
        for what, at in _ends(row, duty):
            if at <= now + within:
                ends.append((at, id, what))
    return _listed(
        [{**_named(id, rows[id]), "what": what, "at": iso(at), "late": at <= now} for at, id, what in sorted(ends)]
    )


def _ends(row: Row, duty: Duty) -> Iterable[tuple[str, datetime]]:
    if row.endurance_until:
        yield "ENDURANCE", datetime.fromisoformat(row.endurance_until)
    if row.relief_due:
        yield "RELIEF_DUE", datetime.fromisoformat(row.relief_due)
    if text := row.crew_since or row.deployed_since:
        yield "LONGEST_DUTY", datetime.fromisoformat(text) + duty.longest


def stale(rows: Rows, heard: Mapping[str, datetime], limits: Mapping[str, int], now: datetime) -> dict[str, Any]:
    """Resources under way whose last position is older than their fleet's limit in minutes (5 if it says none)."""
    found = []
    for id, at in heard.items():
        row = rows.get(id)
        if row is None or (row.deployment not in BOUND and row.deployment is not Deployment.RETURNING):
            continue
        if now - at > timedelta(minutes=limits.get(row.organisation, 5)):
            found.append((at, id))
    return _listed([{**_named(id, rows[id]), "at": iso(at)} for at, id in sorted(found)])


def defects(rows: Rows) -> dict[str, Any]:
    """With their tank if it is below a quarter."""
    found = []
    for id, row in rows.items():
        if row.defects or (row.fuel is not None and row.fuel < 25):
            found.append({**_named(id, row), "defects": row.defects, "fuel": row.fuel})
    return _listed(sorted(found, key=lambda one: str(one["callsign"])))


def low_stock(stock: Mapping[str, Mapping[str, Any]], within: timedelta) -> dict[str, Any]:
    """Below its minimum, or used up before then at the consumption that was said. `hours` are those left."""
    found = []
    for id, body in stock.items():
        free = body["quantity"] - body.get("reserved", 0)
        per_hour = body.get("consumption") or 0
        hours = free / per_hour if per_hour > 0 else None
        short = free < (body.get("minimum") or 0)
        if short or (hours is not None and hours * 3600 < within.total_seconds()):
            found.append({
                "id": id, "article": body["article"], "unit": body["unit"], "organisation": body["organisation"],
                "free": free, "minimum": body.get("minimum"), "short": short,
                "hours": None if hours is None else round(hours, 1),
            })  # fmt: skip
    return _listed(sorted(found, key=lambda one: (one["hours"] is None, one["hours"] or 0.0, one["article"])))


def _named(id: str, row: Row) -> dict[str, Any]:
    return {"id": id, "callsign": row.callsign, "type": row.type, "organisation": row.organisation}


def _listed(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"lines": lines[:MOST], "more": max(0, len(lines) - MOST)}


def iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
