"""Entries of the journals. The only statements that write them are here, and none changes one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.journal import GENESIS, Entry, EntryKind, chained, entry_body, entry_ref
from geodata.store.database import Database, Transaction
from service.errors import Invalid, NotFound

SHOWN = 300
"""So many of the newest entries of a journal are in the picture."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The staff whose journal it is."""

    staff: str
    name: str
    incident: str
    room: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it lies in its journal. `corrected_by` are the numbers of entries that correct it."""

    entry: Entry
    previous: bytes
    hash: bytes
    signature: bytes | None = None
    key: bytes | None = None
    corrected_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Which entries are wanted; None asks for all. Times are those of the event."""

    q: str | None = None
    kinds: Collection[str] | None = None
    author: str | None = None
    ref: str | None = None
    start: datetime | None = None
    end: datetime | None = None


async def journal(database: Database, staff: str, rooms: Collection[str]) -> Journal:
    """Raises NotFound, also for a staff whose room is not among these."""
    async with database.reading() as connection:
        row = (await connection.execute(_STAFF, {"staff": staff, "rooms": database.asked(rooms)})).one_or_none()
    if row is None:
        raise NotFound(NotFound.__doc__)
    return Journal(row.id, row.name, row.incident, row.room)


async def every_journal(database: Database) -> list[Journal]:
    async with database.reading() as connection:
        rows = await connection.execute(_EVERY)
        return [Journal(row.id, row.name, row.incident, row.room) for row in rows]


async def lock(tx: Transaction, staff: str) -> tuple[int, bytes]:
    """Wait for the turn in this journal; its last number and hash. The lock of the log comes after this one."""
    await tx.connection.execute(_LOCK, {"journal": f"journal of {staff}"})
    row = (await tx.connection.execute(_HEAD, {"staff": staff})).one_or_none()
    return (row.number, row.hash) if row else (0, GENESIS)


async def corrected(tx: Transaction, staff: str, number: int) -> None:
    """Raises Invalid if this journal has no such entry."""
    given = {"staff": staff, "number": number}
    if (await tx.connection.execute(_THERE, given)).scalar() is None:
        raise Invalid("corrects", f"this journal has no entry {number}")


async def add(
    tx: Transaction,
    origin: str,
    entry: Entry,
    previous: bytes,
    *,
    signature: bytes | None,
    key: bytes | None,
    source: str = "people",
) -> Stored:
    """Write the entry after the one whose hash is `previous`, and show it in the picture. Call `lock` before."""
    hash = chained(previous, entry)
    given = {
        "staff": entry.staff, "number": entry.number, "incident": entry.incident, "room": entry.room,
        "event_time": entry.event_time, "recorded_at": entry.recorded_at, "author": entry.author,
        "function": entry.function, "kind": entry.kind.value, "text": entry.text, "refs": list(entry.refs),
        "corrects": entry.corrects, "previous": previous, "hash": hash, "signature": signature, "key": key,
    }  # fmt: skip
    await tx.connection.execute(_ADD, given)
    where = Provenance(source, entry.event_time, entry.recorded_at, Confidence.CONFIRMED)
    tx.put(Fact(entry_ref(origin, entry.staff, entry.number), entry.room, where, entry_body(entry, hash)))
    if entry.number > SHOWN:
        tx.drop(entry_ref(origin, entry.staff, entry.number - SHOWN))
    return Stored(entry, previous, hash, signature, key)


async def find(
    database: Database, rooms: Collection[str], staff: str, asked: Asked, *, before: int | None, limit: int
) -> list[Stored]:
    """Entries from the newest down, those below the number `before`."""
    given = {
        "staff": staff, "rooms": database.asked(rooms), "before": before, "limit": limit,
        "kinds": list(asked.kinds) if asked.kinds else None, "author": asked.author, "ref": asked.ref,
        "start": asked.start, "end": asked.end, **_words(asked.q),
    }  # fmt: skip
    async with database.reading(rooms) as connection:
        return [_stored(row) for row in await connection.execute(_FIND, given)]


async def page(database: Database, rooms: Collection[str] | None, staff: str, after: int, limit: int) -> list[Stored]:
    """Entries from the number `after` up, in the order they were written; without rooms as the node itself."""
    given = {"staff": staff, "after": after, "limit": limit, "rooms": _asked(database, rooms)}
    async with _reading(database, rooms) as connection:
        return [_stored(row) for row in await connection.execute(_PAGE, given)]


async def logged(
    database: Database, rooms: Collection[str] | None, refs: Sequence[str]
) -> list[tuple[str, str, dict[str, Any]]]:
    """Ref, room and body of each line of the log that put one of these entries, oldest first."""
    given = {"refs": list(refs), "rooms": _asked(database, rooms)}
    async with _reading(database, rooms) as connection:
        return [(row.ref, row.room, row.body) for row in await connection.execute(_LOGGED, given)]


async def live(
    database: Database, rooms: Collection[str] | None, origin: str, staff: str
) -> list[tuple[Stored | None, str | None, str | None, dict[str, Any] | None]]:
    """The newest entries beside what the picture shows of this journal, both at one moment: entry, id, room and body
    of the fact; None where one of them is missing."""
    given = {"staff": staff, "origin": origin, "shown": SHOWN, "rooms": _asked(database, rooms)}
    async with _reading(database, rooms) as connection:
        rows = list(await connection.execute(_LIVE, given))
    return [(_stored(row) if row.number else None, row.fact_id, row.fact_room, row.fact_body) for row in rows]


async def head(database: Database, rooms: Collection[str], staff: str) -> Stored | None:
    found = await find(database, rooms, staff, Asked(), before=None, limit=1)
    return found[0] if found else None


async def closings(database: Database, rooms: Collection[str], staff: str) -> list[Stored]:
    return await find(database, rooms, staff, Asked(kinds=[EntryKind.CLOSING]), before=None, limit=1000)


async def names(database: Database, people: Collection[str]) -> dict[str, str]:
    """Names of the people whose account still holds one."""
    async with database.reading() as connection:
        return {row.id: row.name for row in await connection.execute(_NAMES, {"people": list(people)})}


async def facts(database: Database, rooms: Collection[str], refs: Collection[str]) -> dict[str, dict[str, Any]]:
    """Bodies of these facts, as far as they are in these rooms."""
    given = {"refs": list(refs), "rooms": database.asked(rooms)}
    async with database.reading(rooms) as connection:
        return {row.ref: row.body for row in await connection.execute(_FACTS, given)}


async def audit(
    database: Database, *, person: str, session: str | None, action: str, subject: str, detail: dict[str, Any]
) -> None:
    """Note who read personal data, before he gets them."""
    given = {"person": person, "session": session, "action": action, "subject": subject}
    async with database.reading() as connection:
        await connection.execute(_AUDIT, {**given, "detail": orjson.dumps(detail).decode()})


def _reading(database: Database, rooms: Collection[str] | None) -> AbstractAsyncContextManager[AsyncConnection]:
    return database.reading() if rooms is None else database.reading(rooms)


def _asked(database: Database, rooms: Collection[str] | None) -> list[str] | None:
    return None if rooms is None else database.asked(rooms)


def _words(q: str | None) -> dict[str, Any]:
    """What is searched for: as a sentence, as beginnings of words, as a number."""
    q = (q or "").strip()
    words = re.findall(r"\w+", q)
    number = re.fullmatch(r"#?(\d{1,15})", q)
    return {
        "q": q or None,
        "prefixes": " & ".join(f"'{word}':*" for word in words),
        "number": int(number[1]) if number else None,
    }


def _stored(row: Any) -> Stored:
    entry = Entry(
        row.staff, row.incident, row.room, row.number, row.event_time, row.recorded_at, row.author, row.function,
        EntryKind(row.kind), row.text, tuple(row.refs), row.corrects,
    )  # fmt: skip
    return Stored(
        entry, bytes(row.previous), bytes(row.hash), row.signature and bytes(row.signature),
        row.key and bytes(row.key), tuple(row.corrected_by or ()),
    )  # fmt: skip


_STAFF = text("""
    SELECT id, name, incident, room FROM staff WHERE id = :staff AND room = ANY(cast(:rooms AS text[]))
""")
_EVERY = text("SELECT id, name, incident, room FROM staff ORDER BY created_at, id")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:journal, 7202109))")
_HEAD = text("SELECT number, hash FROM journal_entry WHERE staff = :staff ORDER BY number DESC LIMIT 1")
_THERE = text("SELECT number FROM journal_entry WHERE staff = :staff AND number = :number")
_ADD = text("""
    INSERT INTO journal_entry (staff, number, incident, room, event_time, recorded_at, author, function, kind, text,
                               refs, corrects, previous, hash, signature, key)
    VALUES (:staff, :number, :incident, :room, :event_time, :recorded_at, :author, :function, :kind, :text,
            :refs, :corrects, :previous, :hash, :signature, :key)
""")

_COLUMNS = """
    e.staff, e.number, e.incident, e.room, e.event_time, e.recorded_at, e.author, e.function, e.kind, e.text, e.refs,
    e.corrects, e.previous, e.hash, e.signature, e.key
"""
_ROOMS = "(cast(:rooms AS text[]) IS NULL OR {}.room = ANY(cast(:rooms AS text[])))"

_FIND = text(f"""
    SELECT {_COLUMNS},
           (SELECT array_agg(c.number ORDER BY c.number) FROM journal_entry c
            WHERE c.staff = e.staff AND c.corrects = e.number) AS corrected_by
    FROM journal_entry e
    WHERE e.staff = :staff AND e.room = ANY(cast(:rooms AS text[]))
      AND (cast(:before AS bigint) IS NULL OR e.number < :before)
      AND (cast(:kinds AS text[]) IS NULL OR e.kind = ANY(cast(:kinds AS text[])))
      AND (cast(:author AS text) IS NULL OR e.author = :author)
      AND (cast(:ref AS text) IS NULL
           OR EXISTS (SELECT FROM unnest(e.refs) AS r WHERE r = :ref OR split_part(r, '@', 1) = :ref))
      AND (cast(:start AS timestamptz) IS NULL OR e.event_time >= :start)
      AND (cast(:end AS timestamptz) IS NULL OR e.event_time < :end)
      AND (cast(:q AS text) IS NULL
           OR e.search @@ (websearch_to_tsquery('german', :q) || websearch_to_tsquery('simple', :q)
                           || to_tsquery('simple', :prefixes))
           OR e.number = cast(:number AS bigint))
    ORDER BY e.number DESC LIMIT :limit
""")

_PAGE = text(f"""
    SELECT {_COLUMNS}, NULL AS corrected_by FROM journal_entry e
    WHERE e.staff = :staff AND e.number > :after AND {_ROOMS.format("e")} ORDER BY e.number LIMIT :limit
""")

_LOGGED = text(f"""
    SELECT c.ref, c.room, c.body FROM change c
    WHERE c.ref = ANY(cast(:refs AS text[])) AND c.op = 'put' AND {_ROOMS.format("c")} ORDER BY c.seq
""")

_LIVE = text(f"""
    WITH newest AS (
        SELECT * FROM journal_entry e WHERE e.staff = :staff AND {_ROOMS.format("e")}
        ORDER BY e.number DESC LIMIT :shown
    ), shown AS (
        SELECT f.id, f.room, f.body FROM fact f
        WHERE f.kind = 'entry' AND f.origin = :origin AND starts_with(f.id, :staff || '.') AND {_ROOMS.format("f")}
    )
    SELECT {_COLUMNS}, NULL AS corrected_by, f.id AS fact_id, f.room AS fact_room, f.body AS fact_body
    FROM newest e FULL JOIN shown f ON f.id = e.staff || '.' || e.number
    ORDER BY e.number NULLS LAST
""")

_NAMES = text("SELECT id, name FROM person WHERE id = ANY(cast(:people AS text[]))")
_FACTS = text("""
    SELECT ref, body FROM fact WHERE ref = ANY(cast(:refs AS text[])) AND room = ANY(cast(:rooms AS text[]))
""")
_AUDIT = text("""
    INSERT INTO audit (person, session, action, subject, detail)
    VALUES (:person, :session, :action, :subject, cast(:detail AS jsonb))
""")
