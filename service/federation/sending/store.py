"""Our streams in the database: where each partner is, and what the log holds after that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.geometry import Bbox
from geodata.store.database import CHANNEL, Database, StoreUnavailable
from service.federation.sending.token import Mark, Place
from service.federation.sharing.store import Kept
from service.federation.wire.envelope import Ack, Put

WINDOW = 20_000
"""Lines of the log that one statement looks at."""

UNREACHED = 2
"""Failures in a row after which a partner counts as not reached."""

_MICROSECONDS = "cast(extract(epoch FROM at) * 1000000 AS bigint)"
_BOUNDS_OF = f"""
           (SELECT min(seq) FROM change) AS oldest,
           (SELECT {_MICROSECONDS} FROM change WHERE seq = :log) AS log_at,
           (SELECT {_MICROSECONDS} FROM change WHERE seq = :high) AS high_at,
           newest.seq AS newest, newest.at AS newest_at
"""
_END_OF_LOG = f"""
    LEFT JOIN LATERAL (SELECT seq, {_MICROSECONDS} AS at FROM change ORDER BY seq DESC LIMIT 1) newest ON true
"""
_STANDING = text(f"""
    SELECT o.epoch, o.number, o.token, o.repair, o.failures, p.state = 'ACTIVE' AS active, p.mode,
           i.epoch AS in_epoch, i.number AS in_number, i.token AS in_token, i.repair AS in_repair,
           {_BOUNDS_OF}
    FROM peer p JOIN peer_outgoing o ON o.peer = p.id JOIN peer_incoming i ON i.peer = p.id {_END_OF_LOG}
    WHERE p.id = :peer
""")
_BOUNDS = text(f"SELECT {_BOUNDS_OF} FROM (SELECT 1) AS always {_END_OF_LOG}")
# Bodies are read later, and only those that are told.
_LINES = text(f"""
    SELECT seq, ref, op = 'put' AS put, room, {_MICROSECONDS} AS at FROM change
    WHERE seq > :after AND seq <= :upto AND room = ANY(cast(:rooms AS text[])) ORDER BY seq LIMIT :limit
""")
_AT_OR_BEFORE = text(f"SELECT seq, {_MICROSECONDS} AS at FROM change WHERE seq <= :seq ORDER BY seq DESC LIMIT 1")
_TAIL = text(f"""
    SELECT seq, ref, op = 'put' AS put, room, {_MICROSECONDS} AS at, provenance, body, extent FROM change
    WHERE seq > :after AND seq <= :upto ORDER BY seq
""")
_BODIES = text("""
    SELECT seq, ref, room, provenance, body, extent FROM change WHERE seq = ANY(cast(:seqs AS bigint[]))
""")
_BEFORE = text("""
    SELECT g.ref, coalesce(c.op, CASE WHEN k.ref IS NULL THEN NULL ELSE 'put' END) AS op,
           coalesce(c.room, k.room) AS room, coalesce(c.provenance, k.provenance) AS provenance,
           coalesce(c.body, k.body) AS body, coalesce(c.extent, k.extent) AS extent
    FROM unnest(cast(:refs AS text[]), cast(:seqs AS bigint[])) AS g (ref, seq)
    LEFT JOIN LATERAL (
        SELECT op, room, provenance, body, extent FROM change WHERE ref = g.ref AND seq < g.seq
        ORDER BY seq DESC LIMIT 1
    ) c ON true
    LEFT JOIN checkpoint_fact k ON c.op IS NULL AND k.ref = g.ref
""")
_CAME = text("""
    SELECT DISTINCT ON (ref) ref, raw FROM peer_copy
    WHERE ref = ANY(cast(:refs AS text[])) AND raw ? 'proof' ORDER BY ref, hops, epoch DESC, seq DESC
""")
_TITLES = text("SELECT id, name, version FROM share WHERE id = ANY(cast(:ids AS text[]))")
_BEGUN = text("""
    UPDATE peer_outgoing SET epoch = :epoch, number = 0, token = '', repair = '{}' WHERE peer = :peer
""")
_ACKNOWLEDGED = text("""
    UPDATE peer_outgoing SET
        epoch = :epoch, number = :number, token = :token, repair = :repair, acknowledged_at = :now, tried_at = :now,
        failures = 0, next_try = NULL, last_error = :error, items = items + :items, bytes = bytes + :bytes,
        waiting = coalesce(:waiting, waiting), digested_at = CASE WHEN :digested THEN :now ELSE digested_at END
    WHERE peer = :peer
""")
_HEARD = text("""
    UPDATE peer_outgoing SET epoch = :epoch, number = :number, token = :token, repair = :repair, acknowledged_at = :now
    WHERE peer = :peer AND (epoch, number, token, repair) IS DISTINCT FROM (:epoch, :number, :token, :repair)
      AND ((epoch, number) <= (:epoch, :number) OR failures >= :unreached
           OR (SELECT url IS NULL FROM peer WHERE id = :peer))
""")
_FAILED = text("""
    UPDATE peer_outgoing SET
        failures = failures + 1, last_error = :error, tried_at = :now, next_try = :next_try,
        waiting = coalesce(:waiting, waiting)
    WHERE peer = :peer
""")
_NEWEST = text("SELECT max(seq) FROM change")
_ROOMS = text("""
    SELECT DISTINCT room FROM change WHERE seq > :after AND seq <= :upto
""")
_TELLS = text("""
    SELECT p.id, p.exchange_room AS room FROM peer p WHERE p.state = 'ACTIVE'
    UNION ALL
    SELECT s.peer, s.room FROM share s WHERE s.state = 'ACTIVE' AND s.holds
""")
_AGREED = text("""
    SELECT p.id, concat_ws('|', p.state, p.url, p.addresses, p.mode, p.exchange_room, p.leaving_at, (
        SELECT string_agg(concat_ws(' ', s.id, s.version, s.state, s.holds), ',' ORDER BY s.id) FROM share s
        WHERE s.peer = p.id
    )) AS agreed
    FROM peer p
""")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Ends of our log. `known` says whether a place is one of it."""

    oldest: int
    newest: Mark
    log_at: int | None
    high_at: int | None

    def known(self, place: Place) -> bool:
        if place.log.seq == 0:
            return self.oldest <= 1
        high = place.high.seq == 0 or self.high_at == place.high.at
        return self.log_at == place.log.at and high


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the partner is in our stream (`out`), and we in its (`heard`). `active`: we speak to it."""

    out: Ack
    heard: Ack
    active: bool
    mode: str
    failures: int
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class Line:
    """A change without what it says."""

    seq: int
    ref: str
    put: bool
    room: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Lines:
    """What the log says of some rooms after a place. `upto` is how far it was looked at, if that was not the limit."""

    lines: Sequence[Line]
    upto: Mark | None


async def standing(connection: AsyncConnection, peer: str, place: Place | None = None) -> Standing | None:
    """With the ends of our log, as they are for this place."""
    given = {"peer": peer, **_ends(place or Place())}
    row = (await connection.execute(_STANDING, given)).one_or_none()
    if row is None:
        return None
    out = Ack(row.epoch, row.number, row.token, tuple(row.repair))
    heard = Ack(row.in_epoch, row.in_number, row.in_token, tuple(row.in_repair))
    return Standing(out, heard, row.active, row.mode, row.failures, _bounds(row))


async def bounds(connection: AsyncConnection, place: Place) -> Bounds:
    return _bounds((await connection.execute(_BOUNDS, _ends(place))).one())


def _ends(place: Place) -> dict[str, int]:
    return {"log": place.log.seq, "high": place.high.seq}


def _bounds(row: Any) -> Bounds:
    return Bounds(row.oldest or 0, Mark(row.newest or 0, row.newest_at or 0), row.log_at, row.high_at)


async def lines(connection: AsyncConnection, after: int, newest: Mark, rooms: Collection[str], limit: int) -> Lines:
    """The next changes in these rooms, at most `limit`, among the next `WINDOW` of the log."""
    upto = min(after + WINDOW, newest.seq)
    given = {"after": after, "upto": upto, "rooms": sorted(rooms), "limit": limit}
    found = [
        Line(row.seq, row.ref, row.put, row.room, Mark(row.seq, row.at))
        for row in await connection.execute(_LINES, given)
    ]
    if len(found) == limit:
        return Lines(found, None)
    return Lines(found, newest if upto == newest.seq else await at_or_before(connection, upto))


async def tail(connection: AsyncConnection, after: int, upto: int) -> tuple[list[Line], dict[int, Kept]]:
    """All changes in this stretch of the log, and what its puts say."""
    found, said = [], {}
    for row in await connection.execute(_TAIL, {"after": after, "upto": upto}):
        found.append(Line(row.seq, row.ref, row.put, row.room, Mark(row.seq, row.at)))
        if row.put:
            said[row.seq] = _kept(row)
    return found, said


async def at_or_before(connection: AsyncConnection, seq: int) -> Mark:
    row = (await connection.execute(_AT_OR_BEFORE, {"seq": seq})).one()
    return Mark(row.seq, row.at)


async def bodies(connection: AsyncConnection, seqs: Collection[int]) -> dict[int, Kept]:
    """What these puts say."""
    if not seqs:
        return {}
    return {row.seq: _kept(row) for row in await connection.execute(_BODIES, {"seqs": list(seqs)})}


async def before(connection: AsyncConnection, wanted: Mapping[str, int]) -> dict[str, Kept | None]:
    """What each thing was before this change of the log: None if there was none. A thing of which the log no longer
    knows that is left out."""
    if not wanted:
        return {}
    given = {"refs": list(wanted), "seqs": list(wanted.values())}
    found: dict[str, Kept | None] = {}
    for row in await connection.execute(_BEFORE, given):
        if row.op is not None:
            found[row.ref] = _kept(row) if row.op == "put" else None
    return found


async def titles(connection: AsyncConnection, ids: Collection[str]) -> dict[str, tuple[str, int]]:
    """Names and versions of shares, also of those that have ended."""
    rows = await connection.execute(_TITLES, {"ids": sorted(ids)})
    return {row.id: (row.name, row.version) for row in rows}


async def begin(connection: AsyncConnection, peer: str, epoch: int) -> None:
    """A new stream: nothing of it is acknowledged yet."""
    await connection.execute(_BEGUN, {"peer": peer, "epoch": epoch})


async def acknowledge(
    connection: AsyncConnection, peer: str, ack: Ack, *, now: datetime, items: int, bytes: int,
    waiting: int | None, digested: bool, error: str | None,
) -> None:  # fmt: skip
    """It has answered: this is where it is. `error` is what could not be told to it."""
    given = {"items": items, "bytes": bytes, "waiting": waiting, "digested": digested, "error": error}
    await connection.execute(_ACKNOWLEDGED, {**_said(peer, ack, now), **given})


async def heard(connection: AsyncConnection, peer: str, ack: Ack, *, now: datetime) -> bool:
    """An acknowledgement that came beside something else, perhaps late: it leads backwards only if nothing else comes
    (a partner reached by file or relay that was restored from a backup). Whether it said something new."""
    return (await connection.execute(_HEARD, {**_said(peer, ack, now), "unreached": UNREACHED})).rowcount > 0


async def failed(
    connection: AsyncConnection, peer: str, *, now: datetime, next_try: datetime, error: str, waiting: int | None
) -> None:
    given = {"peer": peer, "now": now, "next_try": next_try, "error": error[:500], "waiting": waiting}
    await connection.execute(_FAILED, given)


async def newest(connection: AsyncConnection) -> int:
    return int((await connection.execute(_NEWEST)).scalar() or 0)


async def news(database: Database, *, gather: float, every: float = 1.0) -> AsyncIterator[int]:
    """The end of the log whenever it has moved, `gather` seconds after the first change, so that many are one.

    Raises StoreUnavailable."""
    seen = 0
    try:
        async with await psycopg.AsyncConnection.connect(database.url, autocommit=True, connect_timeout=5) as listener:
            await listener.execute(f"LISTEN {CHANNEL}")
            while True:
                async with database.reading() as connection:
                    end = await newest(connection)
                if end > seen:
                    yield end
                seen = end
                async for _ in listener.notifies(timeout=every, stop_after=1):
                    await asyncio.sleep(gather)
                async for _ in listener.notifies(timeout=0):
                    pass
    except psycopg.Error as error:
        raise StoreUnavailable(str(error)) from error


async def concerned(connection: AsyncConnection, after: int, upto: int) -> set[str]:
    """The partners to whom something that lies in a room changed in this stretch of the log may go."""
    rooms = set((await connection.execute(_ROOMS, {"after": after, "upto": upto})).scalars())
    return {row.id for row in await connection.execute(_TELLS) if row.room in rooms} if rooms else set()


async def agreed(connection: AsyncConnection) -> dict[str, str]:
    """What is agreed with each partner: a text that differs when something of it has changed."""
    return {row.id: row.agreed for row in await connection.execute(_AGREED)}


def _said(peer: str, ack: Ack, now: datetime) -> dict[str, Any]:
    return {
        "peer": peer, "epoch": ack.epoch, "number": ack.number, "token": ack.token, "repair": list(ack.repair),
        "now": now,
    }  # fmt: skip


def _kept(row: Any) -> Kept:
    extent: Bbox | None = tuple(row.extent) if row.extent else None
    return Kept(row.ref, row.room, row.provenance, row.body, extent)


async def as_came(connection: AsyncConnection, refs: Collection[str]) -> dict[str, Put]:
    """Partners' things with their origin's proof, the straightest way first."""
    rows = await connection.execute(_CAME, {"refs": list(refs)})
    return {row.ref: msgspec.convert(row.raw, Put) for row in rows}
