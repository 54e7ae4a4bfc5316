"""How a database is: what an operator's check-up asks it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from geodata.store.database import Database


@dataclass(frozen=True, slots=True)
class Inspection:
    """`now` is the database's clock; `size` in bytes. `observations_until` is the end of the last partition for
    measured values, `numbers_left` what the log can still take before it needs another partition; None without one."""

    version: str
    postgis: str
    revision: str | None
    now: datetime
    size: int
    connections: int
    connections_allowed: int
    observations_until: datetime | None
    numbers_left: int | None
    municipalities: int


_SERVER = text("""
    SELECT current_setting('server_version') AS version, clock_timestamp() AS now,
           coalesce((SELECT extversion FROM pg_extension WHERE extname = 'postgis'), '') AS postgis,
           pg_database_size(current_database()) AS size,
           (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections,
           current_setting('max_connections')::int AS connections_allowed,
           to_regclass('alembic_version') IS NOT NULL AND to_regclass('area') IS NOT NULL AS migrated
""")

_BOUND = "substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \\(''([^'']+)''\\)')"

_TABLES = text(f"""
    SELECT (SELECT version_num FROM alembic_version LIMIT 1) AS revision,
           (SELECT count(*) FROM area WHERE level = 'municipality') AS municipalities,
           (SELECT max({_BOUND}::timestamptz) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = to_regclass('observation')) AS observations_until,
           (SELECT max({_BOUND}::bigint) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = to_regclass('change')) - coalesce(
               (SELECT last_value FROM pg_sequences WHERE sequencename = 'change_seq_seq'), 0) AS numbers_left
""")


async def inspect(database: Database) -> Inspection:
    """Raises StoreUnavailable."""
    async with database.reading() as connection:
        s = (await connection.execute(_SERVER)).one()
        t = (await connection.execute(_TABLES)).one() if s.migrated else None
    return Inspection(
        version=s.version.split(" ")[0],
        postgis=s.postgis,
        revision=t.revision if t else None,
        now=s.now,
        size=s.size,
        connections=s.connections,
        connections_allowed=s.connections_allowed,
        observations_until=t.observations_until if t else None,
        numbers_left=t.numbers_left if t else None,
        municipalities=t.municipalities if t else 0,
    )
