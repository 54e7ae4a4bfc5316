"""What a rule sees now, by subject: read with the sight of the rule's own room, so that an alert never tells more than
its readers may know. Orders and inquiries are named by number only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.custody import OPEN
from alerting.model.looking import CLOCK_SLACK, alive, lookback, of_points, of_silence
from alerting.model.risk import Evidence
from alerting.model.rule import AlarmRule, RuleKind, Seen
from alerting.model.warned import watched, within
from geodata.model.fact import PUBLIC
from geodata.model.geometry import Geometry
from geodata.model.incident import IncidentMode
from geodata.model.task import WAITED_FOR
from geodata.store import doubts
from geodata.store.database import Database

WARNING_SOURCES = ("dwd_cap", "nina", "lhp", "katwarn")
MOST_POINTS = 20_000

_SERIES = text("""
    SELECT s.id, s.unit FROM series s WHERE s.station = :station AND s.quantity = :quantity AND s.origin = :origin
    ORDER BY s.id LIMIT 1
""")
_POINTS = text("""
    SELECT at, value FROM observation WHERE series = :series AND at >= :start AND at <= :end
    ORDER BY at DESC LIMIT :most
""")
_STATION = text("""
    SELECT body ->> 'name' AS name, body -> 'geometry' AS geometry, extent FROM fact
    WHERE ref = :ref AND room = ANY(cast(:rooms AS text[]))
""")
_NEWEST = text("""
    SELECT max(l.at) FROM series s JOIN latest l ON l.series = s.id WHERE s.station = :station AND s.origin = :origin
""")
_FACTS = text("""
    SELECT ref, id, body, geom IS NOT NULL AS shaped FROM fact
    WHERE kind = :kind AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
""")
_OVERDUE = text("""
    SELECT ref, id, body ->> 'number' AS number, (body ->> 'due_at')::timestamptz AS due_at FROM fact
    WHERE kind = 'task' AND origin = :origin AND body ->> 'incident' = :incident AND body ->> 'state' = ANY(:states)
      AND (body ->> 'due_at')::timestamptz < :now
""")
_INQUIRIES = text("""
    SELECT ref, id, body ->> 'number' AS number, body #>> '{history,0,at}' AS asked FROM fact
    WHERE kind = 'inquiry' AND origin = :origin AND body #>> '{addressee,organisation}' = :organisation
      AND body ->> 'state' = 'ROUTED'
""")
_UNACKNOWLEDGED = text("""
    SELECT ref, id, body ->> 'title' AS title, (body ->> 'raised_at')::timestamptz AS raised_at FROM fact
    WHERE kind = 'custody' AND origin = :origin AND room = :room AND body ->> 'state' = ANY(:states)
""")
_LAND = text("SELECT EXISTS (SELECT 1 FROM area)")

EVENTS = frozenset({RuleKind.OVERDUE, RuleKind.INQUIRY, RuleKind.CUSTODY})
"""Their subjects come and go; one that is no longer found is over."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule lies and what it is for: its room, the roster's area, the node's origin."""

    origin: str
    room: str
    area: str

    @property
    def rooms(self) -> list[str]:
        return [PUBLIC, self.room]


async def seen(
    database: Database, rule: AlarmRule, place: Place, now: datetime, sides: dict[str, bool | None]
) -> dict[str, Seen]:
    """By subject. `sides`: on which side of its band each one was last. Raises StoreError."""
    if rule.kind in EVENTS:
        async with database.reading() as connection:
            return await _events(connection, rule, place, now)
    async with database.reading(place.rooms) as connection:
        rooms = database.asked(place.rooms)
        if rule.kind in (RuleKind.THRESHOLD, RuleKind.RISE):
            return await _measured(connection, rule, place, now, sides, rooms)
        if rule.kind is RuleKind.SILENT:
            return await _silent(connection, rule, place, now, rooms)
        feeds = await _facts(connection, "feed", place, rooms)
        if rule.kind is RuleKind.FEED_DEAD:
            return {name: _feed(rule, name, feeds.get(name), now, place) for name in rule.feeds or sorted(feeds)}
        return await _warned(connection, rule, place, now, rooms, feeds)


async def points(
    connection: AsyncConnection, origin: str, station: str, quantity: str, start: datetime, end: datetime
) -> tuple[list[tuple[datetime, float]], str | None]:
    """The measurements that nobody doubts, in no order, and their unit."""
    row = (
        await connection.execute(_SERIES, {"station": station, "quantity": quantity, "origin": origin})
    ).one_or_none()
    if row is None:
        return [], None
    given = {"series": row.id, "start": start, "end": end, "most": MOST_POINTS}
    doubted = {at for at, _, _ in await doubts.of(connection, row.id, start, end)}
    found = await connection.execute(_POINTS, given)
    return [(one.at, one.value) for one in found if one.at not in doubted], row.unit


async def _measured(
    connection: AsyncConnection, rule: AlarmRule, place: Place, now: datetime, sides: dict[str, bool | None],
    rooms: Collection[str],
) -> dict[str, Seen]:  # fmt: skip
    station = rule.station or ""
    subject = f"{station}.{rule.quantity}"
    name, geometry = await _station(connection, place, station, rooms)
    held, unit = await points(connection, place.origin, station, rule.quantity, now - lookback(rule), now + CLOCK_SLACK)
    if rule.kind is RuleKind.RISE and unit:
        unit = f"{unit}/h"
    about = Evidence(f"{place.origin}/reading/{subject}", name, unit=unit)
    found = of_points(rule, held, now, about, sides.get(subject))
    return {subject: _placed(found, geometry)}


async def _silent(
    connection: AsyncConnection, rule: AlarmRule, place: Place, now: datetime, rooms: Collection[str]
) -> dict[str, Seen]:
    found = {}
    for station in rule.stations:
        name, geometry = await _station(connection, place, station, rooms)
        newest = (await connection.execute(_NEWEST, {"station": station, "origin": place.origin})).scalar()
        about = Evidence(f"{place.origin}/station/{station}", name)
        found[station] = _placed(of_silence(rule, newest, now, about), geometry)
    return found


def _feed(rule: AlarmRule, name: str, health: dict[str, Any] | None, now: datetime, place: Place) -> Seen:
    lives = alive(health, now) if health else None
    since = (health or {}).get("since") or (health or {}).get("last_success")
    at = datetime.fromisoformat(since) if since else None
    last = (health or {}).get("last_success")
    title = (health or {}).get("title")
    shown = Evidence(f"{place.origin}/feed/{name}", title, datetime.fromisoformat(last) if last else None)
    until = None
    if lives and last and health:
        until = datetime.fromisoformat(last) + timedelta(seconds=float(health["stale_after"]) + 1)
    return Seen(None if lives is None else not lives, at, until, (shown,), rule.level)


async def _warned(
    connection: AsyncConnection, rule: AlarmRule, place: Place, now: datetime, rooms: Collection[str],
    feeds: dict[str, dict[str, Any]],
) -> dict[str, Seen]:  # fmt: skip
    """All good needs every source of warnings to be alive; a severity that we do not know is not all good either."""
    area = place.area if rule.ars is None else rule.ars
    land = bool((await connection.execute(_LAND)).scalar())
    hits, doubtful = [], False
    for row in await connection.execute(_FACTS, {"kind": "warning", "origin": place.origin, "rooms": list(rooms)}):
        try:
            one = watched(row.ref, row.body, now, IncidentMode.ACTUAL)
        except (ValueError, msgspec.MsgspecError):
            doubtful = True
            continue
        if one.over or within(one, area, shaped=row.shaped and land) is None:
            continue
        if one.level is None:
            doubtful = True
        elif one.level >= rule.at_least:
            hits.append(one)
    if hits:
        shown = tuple(Evidence(one.ref, one.title[:300], one.sent) for one in hits[:50])
        level = max(one.level for one in hits if one.level is not None)
        began = min((one.sent for one in hits if one.sent), default=now)
        return {"warnings": Seen(True, began, None, shown, max(rule.level, level))}
    asked = rule.feeds or tuple(name for name in WARNING_SOURCES if name in feeds and not feeds[name].get("paused"))
    lives = bool(asked) and all(alive(feeds.get(name, {"failures": 1}), now) for name in asked)
    shown = tuple(Evidence(f"{place.origin}/feed/{name}", feeds.get(name, {}).get("title")) for name in asked)
    return {"warnings": Seen(False if lives and not doubtful else None, None, None, shown, rule.level)}


async def _events(connection: AsyncConnection, rule: AlarmRule, place: Place, now: datetime) -> dict[str, Seen]:
    if rule.kind is RuleKind.OVERDUE:
        states = [state.value for state in WAITED_FOR]
        given = {"origin": place.origin, "incident": rule.incident, "states": states, "now": now}
        rows = [(row.id, row.ref, f"Nr. {row.number}", row.due_at) for row in await connection.execute(_OVERDUE, given)]
    elif rule.kind is RuleKind.INQUIRY:
        given = {"origin": place.origin, "organisation": rule.organisation}
        rows = [
            (row.id, row.ref, f"Nr. {row.number}", datetime.fromisoformat(row.asked) if row.asked else now)
            for row in await connection.execute(_INQUIRIES, given)
        ]
    else:
        given = {"origin": place.origin, "room": place.room, "states": [state.value for state in OPEN]}
        rows = [
            (row.id, row.ref, (row.title or "")[:300], row.raised_at)
            for row in await connection.execute(_UNACKNOWLEDGED, given)
        ]
    return {id: Seen(True, at, None, (Evidence(ref, name, at),), rule.level) for id, ref, name, at in rows}


async def _facts(
    connection: AsyncConnection, kind: str, place: Place, rooms: Collection[str]
) -> dict[str, dict[str, Any]]:
    given = {"kind": kind, "origin": place.origin, "rooms": list(rooms)}
    return {row.id: row.body for row in await connection.execute(_FACTS, given)}


async def _station(
    connection: AsyncConnection, place: Place, station: str, rooms: Collection[str]
) -> tuple[str | None, Geometry | None]:
    given = {"ref": f"{place.origin}/station/{station}", "rooms": list(rooms)}
    row = (await connection.execute(_STATION, given)).one_or_none()
    if row is None:
        return None, None
    return row.name, Geometry("Point", [row.extent[0], row.extent[1]]) if row.extent else None


def _placed(found: Seen, geometry: Geometry | None) -> Seen:
    return Seen(found.high, found.since, found.fresh_until, found.evidence, found.level, geometry)
