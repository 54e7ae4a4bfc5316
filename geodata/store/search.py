"""Finding municipalities, districts, places, stations, warnings and what people made by what people type.

Two looks: every typed word begins a word of the name; if that finds little, what is spelled alike. The land is small
(a thousand names), so that plain SQL over folded text is fast enough and needs no extension of the database.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.folding import FROM, PAIRS, TO, fold
from geodata.model.geometry import Bbox
from geodata.store.database import Database

MAX_QUERY = 100
MAX_WORDS = 8
FEW = 3
"""With fewer hits than this, similar spelling is looked for as well."""
ALIKE = 78.0
"""Similarity of 100 from which two spellings count as the same name: one letter in five may be wrong."""


@dataclass(frozen=True, slots=True)
class Found:
    """`type` is municipality, district, place or the kind of a fact. `ref` for facts, `ars` for areas and the
    municipality of a place. `bbox` and `point` in degrees EPSG:4326."""

    type: str
    name: str
    detail: str
    ref: str | None = None
    ars: str | None = None
    bbox: Bbox | None = None
    point: tuple[float, float] | None = None


def folded(expression: str) -> str:
    """SQL that does what `model.folding.fold` does, but for the spaces."""
    sql = f"translate(lower({expression}), {_literal(FROM)}, {_literal(TO)})"
    for pair, one in PAIRS:
        sql = f"replace({sql}, '{pair}', '{one}')"
    return sql


def _literal(characters: str) -> str:
    escaped = "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in characters)
    return f"E'{escaped}'"


_NAMES = (
    f"""
    SELECT d.level AS type, d.ars AS key, d.name, {folded("d.name")} AS folded, '' AS more, 0 AS weight
    FROM area d
    WHERE d.level = 'municipality'
       OR d.level = 'district' AND NOT EXISTS (SELECT 1 FROM area m WHERE m.ars = d.ars || '0000000')
    UNION ALL
    SELECT 'place', p.id::text, p.name, {folded("p.name")}, '', p.population
    FROM place p LEFT JOIN area m ON m.ars = p.ars WHERE p.name <> coalesce(split_part(m.name, ' (', 1), '')
    UNION ALL
    SELECT 'station', ref, body ->> 'name', {folded("body ->> 'name'")},
           {folded("coalesce(body ->> 'water', '') || ' ' || coalesce(body ->> 'number', '')")}, 0
    FROM fact WHERE kind = 'station' AND room = ANY(cast(:rooms AS text[]))
    UNION ALL
    SELECT 'warning', ref, body #>> '{{texts,0,headline}}', {folded("body #>> '{texts,0,headline}'")},
           {folded("coalesce(body ->> 'area_names', '')")}, coalesce((body ->> 'level')::int, 5)
    FROM fact WHERE kind = 'warning' AND room = ANY(cast(:rooms AS text[]))
    UNION ALL
    SELECT kind, ref, coalesce(body ->> 'title', body ->> 'name'),
           {folded("coalesce(body ->> 'title', body ->> 'name')")},
           {folded("concat_ws(' ', body ->> 'number', body ->> 'address')")}, 0
    FROM fact
    WHERE kind IN ('incident', 'site', 'facility', 'sector', 'zone') AND room = ANY(cast(:rooms AS text[]))
""".replace(":", "\\:")
    .replace("\\:\\:", "::")
    .replace("\\:rooms", ":rooms")
)

_BEGINNING = text(f"""
    WITH hit AS (
        SELECT *, row_number() OVER (PARTITION BY type ORDER BY folded <> :query, NOT starts_with(folded, :query),
                                                  weight DESC, length(name), name, key) AS place
        FROM ({_NAMES}) n
        WHERE ' ' || folded || ' ' || more LIKE ALL(cast(:patterns AS text[]))
    )
    SELECT type, key, name FROM hit WHERE place <= :per_type
    ORDER BY folded <> :query, NOT starts_with(folded, :query),
             array_position(ARRAY['incident', 'site', 'facility', 'sector', 'zone', 'municipality', 'district', 'place',
                                  'station', 'warning'], type), place
    LIMIT :limit
""")

_ALL = text(f"SELECT type, key, name, folded FROM ({_NAMES}) n")

_AREAS = text("""
    SELECT a.ars, CASE WHEN a.ars = d.ars || '0000000' THEN d.designation
                       ELSE concat_ws(', ', a.designation, d.name) END AS detail,
           ST_XMin(a.geom) AS west, ST_YMin(a.geom) AS south, ST_XMax(a.geom) AS east, ST_YMax(a.geom) AS north,
           ST_X(a.label) AS x, ST_Y(a.label) AS y
    FROM area a LEFT JOIN area d ON a.level = 'municipality' AND d.ars = left(a.ars, 5)
    WHERE a.ars = ANY(cast(:keys AS text[]))
""")

_PLACES = text("""
    SELECT p.id::text AS id, p.ars, coalesce(m.name, '') AS detail, ST_X(p.geom) AS x, ST_Y(p.geom) AS y
    FROM place p LEFT JOIN area m ON m.ars = p.ars WHERE p.id::text = ANY(cast(:keys AS text[]))
""")

_FACTS = text("""
    SELECT ref, kind, extent, body ->> 'municipality' AS ars,
           CASE WHEN kind = 'station' THEN concat_ws(', ', body ->> 'water', (body ->> 'river_km') || ' km')
                WHEN body ? 'number' THEN concat_ws(', ', '#' || (body ->> 'number'), body ->> 'address')
                     ELSE coalesce(body #>> '{area_names,0}', body ->> 'sender_name', '') END AS detail
    FROM fact WHERE ref = ANY(cast(:keys AS text[]))
""")


async def search(database: Database, query: str, rooms: Collection[str], *, limit: int = 10) -> list[Found]:
    """The best hits first; facts of these rooms only. A query longer than MAX_QUERY is cut there."""
    plain = fold("".join(c if c.isprintable() else " " for c in query[:MAX_QUERY]))
    words = plain.split()[:MAX_WORDS]
    if not words:
        return []
    given = {
        "rooms": database.asked(rooms),
        "query": plain,
        "patterns": [f"% {word}%" for word in words],
        "per_type": max(3, limit // 2),
        "limit": limit,
    }
    async with database.reading(rooms) as connection:
        hits = list((await connection.execute(_BEGINNING, given)).all())
        if len(hits) < FEW and len(plain) >= 4:
            hits += await _alike(connection, plain, given["rooms"], limit, {hit.key for hit in hits})
        return await _described(connection, hits[:limit])


async def _alike(
    connection: AsyncConnection, plain: str, asked: object, limit: int, known: set[str]
) -> list[Row[tuple[str, str, str]]]:
    """Names spelled like the query, as a whole or as far as it was typed."""
    rows = [r for r in await connection.execute(_ALL, {"rooms": asked}) if r.folded and r.key not in known]
    scores: dict[int, float] = {}
    for names in ([r.folded for r in rows], [r.folded[: len(plain)] for r in rows]):
        for _, score, at in process.extract(plain, names, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=limit):
            scores[at] = max(score, scores.get(at, 0.0))
    return [rows[at] for at in sorted(scores, key=lambda at: (-scores[at], len(rows[at].name)))]


async def _described(connection: AsyncConnection, hits: list[Row[tuple[str, str, str]]]) -> list[Found]:
    keys: dict[str, list[str]] = {"area": [], "place": [], "fact": []}
    for hit in hits:
        keys[_TABLE.get(hit.type, "area")].append(hit.key)
    found: dict[str, Found] = {}
    if keys["area"]:
        for r in await connection.execute(_AREAS, {"keys": keys["area"]}):
            found[r.ars] = Found("", "", r.detail, None, r.ars, (r.west, r.south, r.east, r.north), (r.x, r.y))
    if keys["place"]:
        for r in await connection.execute(_PLACES, {"keys": keys["place"]}):
            found[r.id] = Found("", "", r.detail, None, r.ars, None, (r.x, r.y))
    if keys["fact"]:
        for r in await connection.execute(_FACTS, {"keys": keys["fact"]}):
            box = tuple(r.extent) if r.extent else None
            point = (box[0], box[1]) if box and r.kind in _POINTS else None
            found[r.ref] = Found("", "", r.detail, r.ref, r.ars, None if point else box, point)
    return [_named(hit, found[hit.key]) for hit in hits if hit.key in found]


def _named(hit: Row[tuple[str, str, str]], found: Found) -> Found:
    return Found(hit.type, hit.name, found.detail, found.ref, found.ars, found.bbox, found.point)


_MADE = ("incident", "site", "facility", "sector", "zone")
_POINTS = ("station", "site", "facility")
_TABLE = {"place": "place", **dict.fromkeys(("station", "warning", *_MADE), "fact")}
