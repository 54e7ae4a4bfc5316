"""What is counted of tens of thousands of resources: one pass, and one text for all of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import numpy as np
from pyproj import Geod
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.ars import covers, significant
from geodata.model.body import from_body
from geodata.model.catalogue import capabilities_of
from geodata.model.cover import Can, Shortfall, is_free, shortfalls, together
from geodata.model.resource import Availability, Deployment, Fleet, ResourceKind
from geodata.store import things
from geodata.store.database import Transaction

# One text for all: rows of a cursor with as many columns take half as long again. Measured with 20,000: 180 ms, and
# 25 ms to decode.
_COUNTED = text("""
    SELECT coalesce('[' || string_agg(
        '[' || to_json(f.id) || ',' || (f.body - cast(:left_out AS text[]))::text || ']', ',') || ']', '[]')
    FROM fact f
    WHERE f.kind = 'resource' AND f.origin = :origin AND f.room = ANY(cast(:rooms AS text[]))
      AND (cast(:organisation AS text) IS NULL OR f.body ->> 'organisation' = :organisation)
      AND (cast(:incident AS text) IS NULL OR f.body ->> 'incident' = :incident)
      AND (cast(:areas AS text[]) IS NULL OR f.body ->> 'ars' LIKE ANY(cast(:areas AS text[])))
""")
_LEFT_OUT = [
    "stamps",
    "conflicts",
    "status",
    "signal",
    "opta",
    "capacities",
    "external_id",
    "note",
    "version",
    "home_name",
    "state_reason",
]
_RULES = text("""
    SELECT body FROM fact
    WHERE kind = 'fleet' AND origin = :origin AND room = ANY(cast(:rooms AS text[])) AND EXISTS (
        SELECT FROM jsonb_array_elements(coalesce(body -> 'cover', '[]')) AS rule, unnest(cast(:areas AS text[])) AS ars
        WHERE starts_with(ars, rtrim(rule ->> 'ars', '0')))
""")
_OWNERS = text("""
    SELECT DISTINCT body ->> 'organisation' AS organisation FROM fact
    WHERE ref = ANY(cast(:refs AS text[])) AND room = ANY(cast(:rooms AS text[])) ORDER BY 1
""")
_KEPT = ("version", "stamps", "conflicts")


class Row(msgspec.Struct, gc=False):
    """A resource as far as it is counted; moments as they stand in its body."""

    organisation: str
    kind: ResourceKind
    type: str
    callsign: str
    availability: Availability = Availability.UNKNOWN
    deployment: Deployment = Deployment.AT_HOME
    capabilities: tuple[str, ...] = ()
    ars: str | None = None
    home: tuple[float, float] | None = None
    hold: Any = None
    loan: Any = None
    parent: str | None = None
    carried_by: str | None = None
    incident: str | None = None
    strength: str | None = None
    endurance_until: str | None = None
    relief_due: str | None = None
    crew_since: str | None = None
    deployed_since: str | None = None
    fuel: int | None = None
    defects: tuple[str, ...] = ()


_ROWS = msgspec.json.Decoder(list[tuple[str, Row]])


async def counted(
    connection: AsyncConnection,
    rooms: Collection[str],
    *,
    origin: str,
    organisation: str | None = None,
    incident: str | None = None,
    areas: Collection[str] | None = None,
) -> dict[str, Row]:
    """The resources of these rooms by id; `areas` are regional keys of any level that they belong to."""
    return rows_of(
        await text_of(connection, rooms, origin=origin, organisation=organisation, incident=incident, areas=areas)
    )


async def text_of(
    connection: AsyncConnection,
    rooms: Collection[str],
    *,
    origin: str,
    organisation: str | None = None,
    incident: str | None = None,
    areas: Collection[str] | None = None,
) -> str:
    """As JSON, for `rows_of` in a thread: 20,000 take long enough to hold up everybody else."""
    given = {
        "origin": origin, "rooms": list(rooms), "organisation": organisation, "incident": incident,
        "left_out": _LEFT_OUT, "areas": None if areas is None else [f"{significant(area)}%" for area in areas],
    }  # fmt: skip
    return str((await connection.execute(_COUNTED, given)).scalar_one())


def rows_of(found: str) -> dict[str, Row]:
    return dict(_ROWS.decode(found))


async def rules_for(
    connection: AsyncConnection, areas: Collection[str], rooms: Collection[str], *, origin: str
) -> list[Fleet]:
    """The fleets that ask for basic cover where one of these municipalities lies."""
    given = {"origin": origin, "rooms": list(rooms), "areas": list(areas)}
    return [
        from_body({name: value for name, value in row.body.items() if name not in _KEPT}, Fleet)
        for row in await connection.execute(_RULES, given)
    ]


async def broken_by(
    connection: AsyncConnection,
    ids: Collection[str],
    rooms: Collection[str],
    *,
    origin: str,
    can: Can = capabilities_of,
    tx: Transaction | None = None,
) -> list[Shortfall]:
    """The basic cover that breaks if these resources go, their members with them, as far as these rooms show.

    Whoever commits in the same transaction names it: then nobody else takes the last one in the district meanwhile."""
    around: dict[str, Row] = {}
    for organisation in await _owners(connection, ids, rooms, origin):
        around |= await counted(connection, rooms, origin=origin, organisation=organisation)
    areas = {
        around[id].ars or "" for id in together(ids, around) if id in around and is_free(around[id])
    } - {""}  # fmt: skip
    fleets = await rules_for(connection, areas, rooms, origin=origin) if areas else []
    asked = {rule.ars for fleet in fleets for rule in fleet.cover if any(covers(rule.ars, ars) for ars in areas)}
    if not asked:
        return []
    if tx is not None:
        for district in sorted({ars[:5] for ars in areas}):
            await things.lock(tx, f"{origin}/cover/{district}")
    counts = around | await counted(connection, rooms, origin=origin, areas=asked)
    return shortfalls(fleets, counts, without=ids, can=can)


async def _owners(connection: AsyncConnection, ids: Collection[str], rooms: Collection[str], origin: str) -> list[str]:
    given = {"refs": [f"{origin}/resource/{id}" for id in ids], "rooms": list(rooms)}
    return [row.organisation for row in await connection.execute(_OWNERS, given)]


async def old_positions(
    connection: AsyncConnection, rooms: Collection[str], *, origin: str, before: datetime
) -> dict[str, datetime]:
    """When these resources were last heard of, by id, where that was before this moment."""
    given = {"origin": origin, "rooms": list(rooms), "before": before}
    return {row.id: row.as_of for row in await connection.execute(_OLD, given)}


async def bodies(connection: AsyncConnection, kind: str, rooms: Collection[str], *, origin: str) -> dict[str, Any]:
    """Of fleets and stock, of which there are few, by id."""
    given = {"kind": kind, "origin": origin, "rooms": list(rooms)}
    return {row.id: row.body for row in await connection.execute(_BODIES, given)}


_OLD = text("""
    SELECT id, as_of FROM fact WHERE kind = 'position' AND origin = :origin
      AND room = ANY(cast(:rooms AS text[])) AND as_of < :before
""")
_BODIES = text("""
    SELECT id, body - '{stamps,conflicts}'::text[] AS body FROM fact
    WHERE kind = :kind AND origin = :origin AND room = ANY(cast(:rooms AS text[])) ORDER BY id
""")


_FRESH = text("""
    SELECT id, as_of, ST_X(geom) AS longitude, ST_Y(geom) AS latitude FROM fact
    WHERE kind = 'position' AND origin = :origin AND room = ANY(cast(:rooms AS text[])) AND as_of > :since
""")
_GLOBE = Geod(ellps="WGS84")


class Near(NamedTuple):
    """A resource with its place and its geodesic distance; `seen` is when it was there, None for its home."""

    id: str
    row: Row
    place: tuple[float, float]
    seen: datetime | None
    km: float


async def near(
    connection: AsyncConnection,
    place: tuple[float, float],
    km: float,
    rooms: Collection[str],
    *,
    origin: str,
    since: datetime,
) -> list[Near]:
    """What is within so many kilometres (geodesic): where it was last seen since then, else at home.

    Both kinds are read in one pass each: a join of 20,000 refs under row-level security looks at every pair."""
    rows = await counted(connection, rooms, origin=origin)
    given = {"origin": origin, "rooms": list(rooms), "since": since}
    seen = {one.id: ((one.longitude, one.latitude), one.as_of) for one in await connection.execute(_FRESH, given)}
    known: list[tuple[str, tuple[float, float], datetime | None]] = []
    for id, row in rows.items():
        if id in seen:
            known.append((id, *seen[id]))
        elif row.home is not None:
            known.append((id, row.home, None))
    if not known:
        return []
    ends = np.array([where for _, where, _ in known], dtype=float)
    starts = np.broadcast_to(np.array(place, dtype=float), ends.shape)
    metres = _GLOBE.inv(starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1])[2]
    return [
        Near(id, rows[id], where, at, far / 1000)
        for (id, where, at), far in zip(known, metres.tolist(), strict=True)
        if far <= km * 1000
    ]
