"""What is held of somebody, all of it; and how he is forgotten: what names and reaches him goes, his number stays."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.sealing import Seal
from geodata.store.database import Database

_HELPER = text("SELECT *, ST_X(home::geometry) AS lon, ST_Y(home::geometry) AS lat FROM helper WHERE id = :id")
_PARTS = {
    "skills": text("SELECT * FROM helper_skill WHERE helper = :id ORDER BY code"),
    "channels": text("SELECT * FROM helper_channel WHERE helper = :id ORDER BY position, id"),
    "links": text("""
        SELECT purpose, alarm, made_at, expires_at, opened_at, revoked_at FROM helper_link WHERE helper = :id
        ORDER BY made_at"""),
    "alarms": text("""
        SELECT r.*, a.code, a.mode, a.said FROM alarm_recipient r JOIN alarm a ON a.id = r.alarm WHERE r.helper = :id
        ORDER BY a.started_at"""),
    "calls": text("SELECT * FROM alarm_call WHERE helper = :id ORDER BY queued_at"),
    "jobs": text("SELECT * FROM job_booking WHERE helper = :id"),
    "readings": text("""
        SELECT at, person, action, detail FROM audit WHERE subject = 'helper:' || :id ORDER BY id"""),
}
_SECRET = frozenset({"key", "sealed", "digest", "home", "link", "lease_until"})
_GONE = (
    text("DELETE FROM helper_skill WHERE helper = :id"),
    text("DELETE FROM helper_channel WHERE helper = :id"),
    text("DELETE FROM helper_link WHERE helper = :id"),
    text("UPDATE alarm_recipient SET link = NULL WHERE helper = :id"),
    text("UPDATE alarm_call SET address = NULL, provider_id = NULL, error = NULL WHERE helper = :id"),
)
_ERASE = text("""
    UPDATE helper SET state = 'ERASED', name = NULL, key = NULL, sealed = NULL, external_id = NULL, adult = NULL,
        units = '{}', functions = '{}', languages = '{}', equipment = '{}', home = NULL, home_ars = NULL,
        language = 'de', consent = '{}', availability = '{}', available = false, available_next = NULL,
        bound_to = NULL, keep_until = NULL, erased_at = :now, changed_at = :now, version = version + 1
    WHERE id = :id AND state <> 'ERASED'
""")
_OVER = text("""
    SELECT id FROM helper WHERE keep_until < :now AND state <> 'ERASED' AND kind = 'INSTITUTIONAL'
        AND bound_to IS NULL
    ORDER BY keep_until LIMIT 200 FOR UPDATE SKIP LOCKED
""")
_WRAPPED = text("SELECT id, key FROM helper WHERE key IS NOT NULL AND id > :after ORDER BY id LIMIT 500 FOR UPDATE")
_WRAP = text("UPDATE helper SET key = :key WHERE id = :id")


async def everything(connection: AsyncConnection, seal: Seal, id: str) -> dict[str, Any]:
    """All that is held of a person, opened, by table (Art. 15 GDPR). As the node itself. Raises Unreadable."""
    row = dict((await connection.execute(_HELPER, {"id": id})).mappings().one())
    own = seal.own(row["key"]) if row["key"] else None
    found: dict[str, Any] = {
        "person": {
            **_plain(row), "private": own.open(row["sealed"]) if own and row["sealed"] else {},
            "home_longitude": row["lon"], "home_latitude": row["lat"],
        }
    }  # fmt: skip
    for name, statement in _PARTS.items():
        rows = [dict(one) for one in (await connection.execute(statement, {"id": id})).mappings()]
        opened = [{"address": own.open(one["sealed"])} if own and name == "channels" else {} for one in rows]
        found[name] = [_plain(one) | more for one, more in zip(rows, opened, strict=True)]
    return found


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _SECRET | {"lon", "lat"}}


async def erase(connection: AsyncConnection, id: str, now: datetime) -> bool:
    """His row stays as a number that alarms point at. False if he was erased before. As the node itself."""
    if (await connection.execute(_ERASE, {"id": id, "now": now})).rowcount == 0:
        return False
    for statement in _GONE:
        await connection.execute(statement, {"id": id})
    return True


async def sweep(database: Database, now: datetime) -> int:
    """Erases members whose time is over; of volunteers their own sweep takes care. How many."""
    erased = 0
    while True:
        async with database.transaction("retention") as tx:
            over = list((await tx.connection.execute(_OVER, {"now": now})).scalars())
            for id in over:
                erased += await erase(tx.connection, id, now)
        if not over:
            return erased


async def wrap_anew(database: Database, seal: Seal) -> int:
    """Every person's own key under the newest key of the node. How many. Raises Unreadable."""
    after, done = "", 0
    while True:
        async with database.transaction("keys") as tx:
            rows = (await tx.connection.execute(_WRAPPED, {"after": after})).all()
            for row in rows:
                await tx.connection.execute(_WRAP, {"id": row.id, "key": seal.again(row.key)})
        if not rows:
            return done
        after, done = rows[-1].id, done + len(rows)
