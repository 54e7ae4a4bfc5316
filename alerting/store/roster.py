"""Reading and keeping a roster's people. What rests in `helper` and `helper_skill` is asked on behalf of whoever asks;
channels have no room of their own and are read and written by the node, for people whose row was reached before."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.matching import including

_WHERE = """
    h.room = ANY(cast(:rooms AS text[])) AND h.state <> 'ERASED'
    AND (cast(:q AS text) IS NULL OR (h.room = ANY(cast(:write AS text[]))
         AND (h.name ILIKE :q ESCAPE '\\' OR h.external_id ILIKE :q ESCAPE '\\')))
    AND (cast(:ids AS text[]) IS NULL OR h.id = ANY(cast(:ids AS text[])) OR (h.room = ANY(cast(:write AS text[]))
         AND h.external_id = ANY(cast(:ids AS text[]))))
    AND (cast(:unit AS text) IS NULL OR h.units @> ARRAY[cast(:unit AS text)])
    AND (cast(:function AS text) IS NULL OR h.functions @> ARRAY[cast(:function AS text)])
    AND (cast(:state AS text) IS NULL OR h.state = :state)
    AND (cast(:available AS boolean) IS NULL OR h.available = :available)
    AND (cast(:skills AS text[]) IS NULL OR EXISTS (
        SELECT 1 FROM helper_skill s WHERE s.helper = h.id AND s.code = ANY(cast(:skills AS text[]))
            AND (s.valid_until IS NULL OR s.valid_until >= cast(:today AS date))))
"""
_COLUMNS = """
    h.id, h.room, h.organisation, h.kind, h.state, h.external_id, h.name, h.adult, h.units, h.functions, h.languages,
    h.equipment, ST_X(h.home::geometry) AS lon, ST_Y(h.home::geometry) AS lat, h.home_ars, h.language, h.legal_basis,
    h.consent, h.availability, h.available, h.bound_to, h.keep_until, h.made_at, h.changed_at, h.version,
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'code', s.code, 'level', s.level, 'verification', s.verification, 'acquired_on', s.acquired_on,
        'valid_until', s.valid_until, 'verified_by', s.verified_by, 'verified_at', s.verified_at,
        'restrictions', s.restrictions) ORDER BY s.code), '[]') FROM helper_skill s WHERE s.helper = h.id) AS skills
"""
_PAGE = text(f"""
    SELECT {_COLUMNS}, h.home <-> cast(:place AS geography) AS distance_m FROM helper h WHERE {_WHERE}
    ORDER BY h.home <-> cast(:place AS geography),
             CASE WHEN h.room = ANY(cast(:write AS text[])) THEN lower(h.name) END, h.id
    LIMIT :limit OFFSET :offset
""")
_COUNT = text(f"SELECT count(*) FROM helper h WHERE {_WHERE}")
_ONE = text(f"""
    SELECT {_COLUMNS}, h.key, h.sealed FROM helper h
    WHERE h.id = :id AND h.state <> 'ERASED' AND h.room = ANY(cast(:rooms AS text[]))
""")
_LOCKED = text(f"{_ONE.text} FOR UPDATE OF h")
_CHANNELS = text("""
    SELECT id, helper, kind, tested_at, failures, problem, closed_at, sealed FROM helper_channel
    WHERE helper = ANY(cast(:helpers AS text[])) ORDER BY helper, position, id
""")
_DIGESTS = text("SELECT kind, digest FROM helper_channel WHERE helper = :id")
_KEYS = text("SELECT id, key FROM helper WHERE id = ANY(cast(:ids AS text[])) AND key IS NOT NULL")
_PLACE_CHANNEL = text("UPDATE helper_channel SET position = :position WHERE id = :id AND helper = :helper")
_DROP_CHANNELS = text("DELETE FROM helper_channel WHERE helper = :helper AND NOT id = ANY(cast(:kept AS text[]))")
_DROP_SKILL = text("DELETE FROM helper_skill WHERE helper = :helper AND code = :code")
_TOUCH = text("UPDATE helper SET version = version + 1, changed_at = :now WHERE id = :id")
_EXTERNAL = text("SELECT id, external_id, name FROM helper WHERE room = :room AND state <> 'ERASED'")
_CELLS = text("""
    SELECT floor(ST_X(h.home::geometry) * 100 / 1.5)::int AS x, floor(ST_Y(h.home::geometry) * 100)::int AS y,
           count(*) AS people, count(*) FILTER (WHERE h.available AND h.bound_to IS NULL) AS free
    FROM helper h
    WHERE h.room = ANY(cast(:rooms AS text[])) AND h.state = 'ACTIVE' AND h.home IS NOT NULL
      AND (cast(:skills AS text[]) IS NULL OR EXISTS (
          SELECT 1 FROM helper_skill s WHERE s.helper = h.id AND s.code = ANY(cast(:skills AS text[]))
              AND (s.valid_until IS NULL OR s.valid_until >= cast(:today AS date))))
    GROUP BY 1, 2
""")
_BY_SKILL = text("""
    SELECT s.code, count(*) AS held, count(*) FILTER (WHERE s.available) AS free,
           count(*) FILTER (WHERE s.valid_until < cast(:soon AS date)) AS soon
    FROM helper_skill s JOIN helper h ON h.id = s.helper AND h.state = 'ACTIVE'
    WHERE s.room = ANY(cast(:rooms AS text[])) AND (s.valid_until IS NULL OR s.valid_until >= cast(:today AS date))
    GROUP BY s.code ORDER BY s.code
""")

CELL = (0.015, 0.01)
"""Degrees of longitude and latitude: about a kilometre each way at 51° north."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`rooms` may be seen, `write` are those of them that are kept; only there names are looked through. `ids`: only
    these people, by id or by the number that their organisation gives them."""

    rooms: Collection[str]
    write: Collection[str]
    q: str | None = None
    skill: str | None = None
    unit: str | None = None
    function: str | None = None
    state: str | None = None
    available: bool | None = None
    near: tuple[float, float] | None = None
    limit: int = 100
    offset: int = 0
    ids: Collection[str] | None = None


async def page(connection: AsyncConnection, wanted: Wanted, now: datetime) -> tuple[int, list[dict[str, Any]]]:
    """How many there are in all, and one page of them: the nearest first if a place is named, else by name."""
    like = None if wanted.q is None else "%" + "".join(f"\\{c}" if c in "\\%_" else c for c in wanted.q) + "%"
    given = {
        "rooms": list(wanted.rooms), "write": list(wanted.write), "q": like, "unit": wanted.unit,
        "function": wanted.function, "state": wanted.state, "available": wanted.available,
        "skills": including(wanted.skill) if wanted.skill else None, "today": now.date(),
        "ids": None if wanted.ids is None else list(wanted.ids),
    }  # fmt: skip
    total = int((await connection.execute(_COUNT, given)).scalar_one())
    place = f"SRID=4326;POINT({wanted.near[0]!r} {wanted.near[1]!r})" if wanted.near else None
    paged = given | {"place": place, "limit": wanted.limit, "offset": wanted.offset}
    return total, [dict(row) for row in (await connection.execute(_PAGE, paged)).mappings()]


async def one(
    connection: AsyncConnection, id: str, rooms: Collection[str], *, lock: bool = False
) -> dict[str, Any] | None:
    """The person with `key` and `sealed`, locked until the transaction ends if asked for."""
    found = await connection.execute(_LOCKED if lock else _ONE, {"id": id, "rooms": list(rooms)})
    row = found.mappings().one_or_none()
    return dict(row) if row else None


async def channels(connection: AsyncConnection, helpers: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """By person, in order, with the address still sealed. As the node itself."""
    found: dict[str, list[dict[str, Any]]] = {id: [] for id in helpers}
    for row in (await connection.execute(_CHANNELS, {"helpers": list(helpers)})).mappings():
        found[row["helper"]].append(dict(row))
    return found


async def digests(connection: AsyncConnection, id: str) -> set[tuple[str, bytes]]:
    """Kinds and digests of a person's addresses. As the node itself."""
    return {(row.kind, bytes(row.digest)) for row in await connection.execute(_DIGESTS, {"id": id})}


async def keys(connection: AsyncConnection, ids: Collection[str]) -> dict[str, bytes]:
    """People's own keys, wrapped."""
    return {row.id: bytes(row.key) for row in await connection.execute(_KEYS, {"ids": list(ids)})}


_EDITABLE: Mapping[str, str] = {
    **{name: f":{name}" for name in (
        "name", "external_id", "adult", "units", "functions", "languages", "equipment", "home_ars", "language",
        "state", "keep_until", "sealed", "available", "available_next")},
    **{name: f"cast(:{name} AS jsonb)" for name in ("consent", "availability")},
    "home": "cast(:home AS geography)",
}  # fmt: skip


def _set(names: Collection[str]) -> TextClause:
    said = ", ".join(f"{name} = {_EDITABLE[name]}" for name in sorted(names))
    return text(f"UPDATE helper SET {said}, version = version + 1, changed_at = :now WHERE id = :id")


async def edit(connection: AsyncConnection, id: str, fields: Mapping[str, Any], now: datetime) -> None:
    """Columns of `helper` by name. `home` is longitude, latitude, kept to 0.01°; `consent` a mapping; `availability`
    JSON, with `available` and `available_next` beside it."""
    given = dict(fields)
    if given.get("home") is not None:
        given["home"] = f"SRID=4326;POINT({round(given['home'][0], 2)!r} {round(given['home'][1], 2)!r})"
    if "consent" in given:
        given["consent"] = orjson.dumps(given["consent"]).decode()
    if given:
        await connection.execute(_set(given), {**given, "id": id, "now": now})


async def touch(connection: AsyncConnection, id: str, now: datetime) -> None:
    await connection.execute(_TOUCH, {"id": id, "now": now})


async def drop_skill(connection: AsyncConnection, helper: str, code: str) -> bool:
    return (await connection.execute(_DROP_SKILL, {"helper": helper, "code": code})).rowcount > 0


async def keep_channels(connection: AsyncConnection, helper: str, kept: Mapping[str, int]) -> None:
    """Those of these ids, at these positions; the others go. As the node itself."""
    await connection.execute(_DROP_CHANNELS, {"helper": helper, "kept": list(kept)})
    for id, position in kept.items():
        await connection.execute(_PLACE_CHANNEL, {"helper": helper, "id": id, "position": position})


async def known(connection: AsyncConnection, room: str) -> list[Any]:
    """Rows `id, external_id, name` of a room's people, by which an import knows them again."""
    return list((await connection.execute(_EXTERNAL, {"room": room})).all())


async def cells(
    connection: AsyncConnection, rooms: Collection[str], skill: str | None, now: datetime
) -> list[dict[str, Any]]:
    """How many people live in each cell: `x`, `y` (of `CELL`, floored), `people`, `free`."""
    given = {"rooms": list(rooms), "skills": including(skill) if skill else None, "today": now.date()}
    return [dict(row) for row in (await connection.execute(_CELLS, given)).mappings()]


async def by_skill(connection: AsyncConnection, rooms: Collection[str], now: datetime, soon: datetime) -> list[Any]:
    """Rows `code, held, free, soon`: who holds it now, is free, and loses it before `soon`. What a skill includes is
    not counted with it."""
    given = {"rooms": list(rooms), "today": now.date(), "soon": soon.date()}
    return list((await connection.execute(_BY_SKILL, given)).all())
