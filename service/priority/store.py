"""What a proposal looks at, as texts that the worker reads: 20,000 resources take longer to read than the loop may."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_POSITIONS = text("""
    SELECT coalesce(json_object_agg(id, json_build_array(
        body -> 'longitude', body -> 'latitude', body -> 'at'))::text, '{}')
    FROM fact WHERE kind = 'position' AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
""")
_RESOURCES = text("""
    SELECT coalesce(json_object_agg(
        id, body - '{stamps,conflicts,status,signal,opta,note,defects}'::text[])::text, '{}')
    FROM fact WHERE kind = 'resource' AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
""")
_COMPUTING = text("""
    SELECT id, room FROM fact
    WHERE kind = 'allocation' AND origin = :origin AND body ->> 'state' = 'COMPUTING' ORDER BY id
""")
_MINE = text("""
    SELECT coalesce(json_agg(id)::text, '[]')
    FROM fact WHERE kind = 'resource' AND origin = :origin AND room = ANY(cast(:rooms AS text[]))
""")


async def resources(connection: AsyncConnection, rooms: Collection[str], *, origin: str) -> str:
    """Their bodies by id, as JSON."""
    return str((await connection.execute(_RESOURCES, {"origin": origin, "rooms": list(rooms)})).scalar_one())


async def positions(connection: AsyncConnection, rooms: Collection[str], *, origin: str) -> str:
    """Longitude, latitude and time by resource, as JSON."""
    return str((await connection.execute(_POSITIONS, {"origin": origin, "rooms": list(rooms)})).scalar_one())


async def computing(connection: AsyncConnection, *, origin: str) -> dict[str, str]:
    """The rooms of all proposals that are not finished, by id."""
    return {row.id: row.room for row in await connection.execute(_COMPUTING, {"origin": origin})}


async def ids(connection: AsyncConnection, rooms: Collection[str], *, origin: str) -> str:
    """Of the resources in these rooms, as JSON."""
    return str((await connection.execute(_MINE, {"origin": origin, "rooms": list(rooms)})).scalar_one())
