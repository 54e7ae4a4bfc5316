"""Rules, in PostgreSQL: which there are, what each has said of each subject, and how far the log was read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import orjson
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.rule import AlarmRule, Standing
from geodata.model.body import from_body, to_body
from geodata.model.editing import KEPT
from geodata.store.database import Database, Transaction

log = structlog.get_logger()

KIND = "alarm_rule"

_RULES = text("SELECT id, room, body FROM fact WHERE kind = 'alarm_rule' AND origin = :origin ORDER BY id")
_STANDINGS = text("""
    SELECT rule, subject, standing, alert, unknown_alert, due_at FROM alarm_rule_state
    WHERE rule = ANY(cast(:rules AS text[]))
""")
_BEGIN = text("""
    INSERT INTO alarm_rule_state (rule, subject, standing, judged_at) VALUES (:rule, :subject, '{}', :now)
    ON CONFLICT DO NOTHING
""")
_TAKE = text("""
    SELECT rule, subject, standing, alert, unknown_alert, due_at FROM alarm_rule_state
    WHERE rule = :rule AND subject = :subject FOR UPDATE
""")
_SAY = text("""
    UPDATE alarm_rule_state SET standing = cast(:standing AS jsonb), alert = :alert, unknown_alert = :unknown_alert,
        due_at = :due_at, judged_at = :now
    WHERE rule = :rule AND subject = :subject
""")
_DUE = text("SELECT DISTINCT rule FROM alarm_rule_state WHERE due_at <= :now")
_GONE = text("""
    SELECT rule, subject, standing, alert, unknown_alert, due_at FROM alarm_rule_state s
    WHERE NOT rule = ANY(cast(:rules AS text[]))
""")
_FORGET = text("DELETE FROM alarm_rule_state WHERE rule = :rule AND subject = :subject")
_CURSOR = text("SELECT seq FROM watch_cursor WHERE name = :name")
_FOLLOWED = text("""
    INSERT INTO watch_cursor (name, seq) VALUES (:name, :seq)
    ON CONFLICT (name) DO UPDATE SET seq = greatest(watch_cursor.seq, excluded.seq)
""")
_RESTART = text("""
    INSERT INTO watch_cursor (name, seq) VALUES (:name, :seq) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq
""")


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule with its id and the room in which it lies."""

    id: str
    room: str
    rule: AlarmRule


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule has said of a subject; ids of the risk alerts that are out."""

    rule: str
    subject: str
    standing: Standing
    alert: str | None = None
    unknown_alert: str | None = None
    due_at: datetime | None = None


def rule_of(body: Mapping[str, Any]) -> AlarmRule:
    """The rule of a fact's body. Raises msgspec.ValidationError, BadEdit."""
    return from_body({name: value for name, value in body.items() if name not in KEPT}, AlarmRule)


async def all_of(connection: AsyncConnection, origin: str) -> list[Kept]:
    found = []
    for row in await connection.execute(_RULES, {"origin": origin}):
        try:
            found.append(Kept(row.id, row.room, rule_of(row.body)))
        except (msgspec.ValidationError, ValueError) as error:
            log.error("a rule cannot be read and is not judged", id=row.id, error=str(error))
    return found


async def said(database: Database, rules: list[str]) -> dict[str, dict[str, Said]]:
    """By rule and subject."""
    found: dict[str, dict[str, Said]] = {}
    async with database.reading() as connection:
        for row in await connection.execute(_STANDINGS, {"rules": rules}):
            found.setdefault(row.rule, {})[row.subject] = _said(row)
    return found


async def take(tx: Transaction, rule: str, subject: str, now: datetime) -> Said:
    """What was said, locked until the transaction ends; a fresh one if nothing was."""
    given = {"rule": rule, "subject": subject, "now": now}
    await tx.connection.execute(_BEGIN, given)
    return _said((await tx.connection.execute(_TAKE, given)).one())


async def say(tx: Transaction, after: Said, now: datetime) -> None:
    """Keep it. What was taken before."""
    given = {
        "rule": after.rule, "subject": after.subject, "standing": orjson.dumps(to_body(after.standing)).decode(),
        "alert": after.alert, "unknown_alert": after.unknown_alert, "due_at": after.due_at, "now": now,
    }  # fmt: skip
    await tx.connection.execute(_SAY, given)


async def due(connection: AsyncConnection, now: datetime) -> set[str]:
    """Rules of which time alone may have changed what they say."""
    return {str(id) for id in (await connection.execute(_DUE, {"now": now})).scalars()}


async def gone(connection: AsyncConnection, rules: list[str]) -> list[Said]:
    """What was said by rules that are there no more."""
    return [_said(row) for row in await connection.execute(_GONE, {"rules": rules})]


async def forget(tx: Transaction, said: Said) -> None:
    await tx.connection.execute(_FORGET, {"rule": said.rule, "subject": said.subject})


async def cursor(connection: AsyncConnection, name: str) -> int | None:
    return (await connection.execute(_CURSOR, {"name": name})).scalar()


async def followed(connection: AsyncConnection, name: str, seq: int, *, anew: bool = False) -> None:
    """The log was read up to here. `anew` also goes back, to where a log begins that was made new."""
    await connection.execute(_RESTART if anew else _FOLLOWED, {"name": name, "seq": seq})


def alert_id(rule: str, subject: str, episode: int) -> str:
    """The same for the same episode, so that whoever raises it again finds it there."""
    return f"{rule[:120]}.{hashlib.sha256(subject.encode()).hexdigest()[:16]}.{episode}"


def _said(row: Any) -> Said:
    return Said(row.rule, row.subject, from_body(row.standing, Standing), row.alert, row.unknown_alert, row.due_at)
