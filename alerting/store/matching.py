"""The nearest who can and are free.

`helper_skill` has a row per person and skill with the home beside it, and an index by skill and place over those who
are free: the nearest come out of it in order, whether the skill is rare or common. What changes with time (expiry) and
what is asked for (verification, level, rooms) is checked on the way.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.availability import ZONE
from alerting.model.plan import Place, Verification
from geodata.model.catalogue import QUALIFICATIONS, qualified

_CHECKED = """
    s.available AND hashtext(s.code) = hashtext(wanted.code) AND s.code = wanted.code
    AND s.room = ANY(cast(:rooms AS text[]))
    AND (s.valid_until IS NULL OR s.valid_until >= cast(:today AS date))
    AND s.verification = ANY(cast(:verifications AS text[]))
    AND (wanted.code <> :code OR cast(:levels AS text[]) IS NULL OR s.level = ANY(cast(:levels AS text[])))
"""
_WITHIN = "AND ST_DWithin(s.home, cast(:place AS geography), :radius_m)"
# Each code has its own walk through the index; `code = ANY(…)` would give the order up.
_NEAREST = """
    SELECT DISTINCT ON (found.distance_m, found.helper)
           found.helper, found.distance_m, found.code
    FROM unnest(cast(:codes AS text[])) AS wanted (code), LATERAL (
        SELECT s.helper, s.home <-> cast(:place AS geography) AS distance_m, s.code
        FROM helper_skill s WHERE {checked} {within}
        ORDER BY s.home <-> cast(:place AS geography) LIMIT :limit
    ) AS found
    ORDER BY found.distance_m, found.helper LIMIT :limit
"""
_NEAR = text(_NEAREST.format(checked=_CHECKED, within=_WITHIN))
_FAR = text(_NEAREST.format(checked=_CHECKED, within=""))
_ANYWHERE = text(f"""
    SELECT DISTINCT ON (s.helper) s.helper, cast(NULL AS float8) AS distance_m, s.code
    FROM unnest(cast(:codes AS text[])) AS wanted (code), helper_skill s
    WHERE {_CHECKED} ORDER BY s.helper LIMIT :limit
""")


async def nearest(
    connection: AsyncConnection,
    code: str,
    place: Place | None,
    *,
    radius_km: float | None,
    limit: int | None,
    rooms: Collection[str],
    now: datetime,
    verification: Verification = Verification.SELF_DECLARED,
    level: str | None = None,
) -> Sequence[Any]:
    """Rows `helper, distance_m, code` (of the skill he holds for it), nearest first, of people of these rooms who
    are free and hold the skill now, or one that includes it.

    `place` is longitude, latitude (EPSG:4326); without it nobody is nearer and `distance_m` is None. Metres are those
    on a sphere (0.5 % off at most); homes are known to about a kilometre. Whose home is not known is last, and in no
    radius."""
    given = {
        "code": code, "codes": including(code), "rooms": list(rooms), "limit": limit,
        "today": now.astimezone(ZONE).date(),
        "verifications": [each.value for each in Verification if each.rank >= verification.rank],
        "levels": at_least(code, level),
    }  # fmt: skip
    if place is None:
        return (await connection.execute(_ANYWHERE, given)).all()
    given["place"] = f"SRID=4326;POINT({float(place[0])!r} {float(place[1])!r})"
    if radius_km is None:
        return (await connection.execute(_FAR, given)).all()
    return (await connection.execute(_NEAR, given | {"radius_m": radius_km * 1000})).all()


def including(code: str) -> list[str]:
    """This skill and all that include it, itself first: whoever leads a platoon can lead a squad."""
    return [code, *(other for other in QUALIFICATIONS if other != code and code in qualified([other]))]


def at_least(code: str, level: str | None) -> list[str] | None:
    """This level of the skill and those above; None if any will do. Of an unknown ladder only the level itself."""
    if level is None:
        return None
    known = QUALIFICATIONS.get(code.removeprefix("LANG:"))
    ladder = LANGUAGE if code.startswith("LANG:") and not known else known.levels if known else ()
    return list(ladder[ladder.index(level) :]) if level in ladder else [level]


LANGUAGE = ("A1", "A2", "B1", "B2", "C1", "C2", "NATIVE")
"""Levels of a language, lowest first (CEFR)."""
