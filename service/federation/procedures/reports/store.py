"""The picture a report is made from, and the reports, rhythms and silences that lie in partners' rooms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.body import from_body
from geodata.model.situation_report import REPORT, RHYTHM, SILENCE, Rhythm, Silence, SituationReport
from service.federation.procedures.reports.rules import Picture

log = structlog.get_logger()

_OWN = text("""
    SELECT kind, id, body FROM fact
    WHERE kind = ANY(cast(:kinds AS text[])) AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
    ORDER BY id
""")
_REPORTS = text(f"""
    SELECT DISTINCT ON (p.id) p.id AS peer, f.ref, f.body FROM peer p
    JOIN fact f ON f.kind = '{REPORT}' AND f.room = p.exchange_room AND f.origin = p.origin
    ORDER BY p.id, f.body ->> 'at' DESC, f.ref DESC
""")
_SENT = text(f"""
    SELECT p.id AS peer, max(f.body ->> 'at') AS at FROM peer p
    JOIN fact f ON f.kind = '{REPORT}' AND f.room = p.exchange_room AND f.origin = :origin GROUP BY p.id
""")
_ASKED = text(f"""
    SELECT p.id AS peer, p.origin, f.kind, f.origin AS said, f.body FROM peer p
    JOIN fact f ON f.kind IN ('{RHYTHM}', '{SILENCE}') AND f.room = p.exchange_room
                   AND f.origin IN (:origin, p.origin)
""")

_AREAS = text("""
    SELECT ars, name, level, ST_X(label) AS x, ST_Y(label) AS y FROM area
    WHERE ars = ANY(cast(:keys AS text[])) OR (
        level = 'municipality' AND EXISTS (SELECT FROM unnest(cast(:within AS text[])) w WHERE starts_with(ars, w)))
    ORDER BY ars
""")


@dataclass(frozen=True, slots=True)
class Asked:
    """Of one partner: what we ask of it, whether it is silent, and what it asks of us."""

    rhythm: Rhythm | None = None
    silence: Silence | None = None
    theirs: Rhythm | None = None


async def picture(connection: AsyncConnection, origin: str, rooms: Collection[str]) -> Picture:
    found: dict[str, dict[str, dict[str, Any]]] = {
        kind: {} for kind in ("incident", "site", "resource", "request", "custody")
    }
    given = {"kinds": list(found), "origin": origin, "rooms": list(rooms)}
    for row in await connection.execute(_OWN, given):
        found[row.kind][row.id] = row.body
    warnings = [body for body in found["custody"].values() if body.get("state") != "CLEARED"]
    return Picture(
        found["incident"], list(found["site"].values()), list(found["resource"].values()),
        list(found["request"].values()), warnings,
    )  # fmt: skip


async def reports(connection: AsyncConnection) -> dict[str, tuple[str, SituationReport]]:
    """The newest of each partner, with its ref, by the partner's id."""
    found = {}
    for row in await connection.execute(_REPORTS):
        report = _read(row.body, SituationReport)
        if report is not None:
            found[row.peer] = (row.ref, report)
    return found


async def last_sent(connection: AsyncConnection, origin: str) -> dict[str, str]:
    """When we last reported to each partner."""
    return {row.peer: row.at for row in await connection.execute(_SENT, {"origin": origin})}


async def asked(connection: AsyncConnection, origin: str) -> dict[str, Asked]:
    found: dict[str, dict[str, Any]] = {}
    for row in await connection.execute(_ASKED, {"origin": origin}):
        mine = found.setdefault(row.peer, {})
        if row.kind == SILENCE and row.said == origin:
            mine["silence"] = _read(row.body, Silence)
        elif row.kind == RHYTHM:
            mine["rhythm" if row.said == origin else "theirs"] = _read(row.body, Rhythm)
    return {peer: Asked(**given) for peer, given in found.items()}


async def areas(connection: AsyncConnection, within: Collection[str], keys: Collection[str]) -> list[dict[str, Any]]:
    """The municipalities within areas, by what their keys begin with, and the areas of these keys, each with a point
    inside it (longitude, latitude). Nothing where no land is loaded."""
    rows = await connection.execute(_AREAS, {"within": list(within), "keys": list(keys)})
    return [{"ars": row.ars, "name": row.name, "level": row.level, "point": [row.x, row.y]} for row in rows]


def _read(body: dict[str, Any], kind: type[Any]) -> Any:
    try:
        return from_body(body, kind)
    except msgspec.ValidationError as error:
        log.warning("what a partner reports cannot be read", kind=kind.__name__, error=str(error))
        return None
