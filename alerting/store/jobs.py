"""Jobs' slots as rows that cannot be overbooked, and the counts that jobs and meeting points show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.model.job import JOB_KIND, POINT_KIND, Job, MeetingPoint, Slot
from alerting.store import shuttles
from geodata.model.editing import BadEdit
from geodata.model.ref import Ref
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.things import NoSuchThing

_SLOTS = text("SELECT slot, taken FROM job_slot WHERE job = :job ORDER BY slot FOR UPDATE")
_PUT = text("""
    INSERT INTO job_slot (job, slot, room, wanted, begins, ends) VALUES (:job, :slot, :room, :wanted, :begins, :ends)
    ON CONFLICT (job, slot) DO UPDATE SET wanted = excluded.wanted, begins = excluded.begins, ends = excluded.ends
""")
_REMOVE = text("DELETE FROM job_slot WHERE job = :job AND slot = ANY(:slots)")
_MARK = text("""
    INSERT INTO job_dirty (ref, since) VALUES (:ref, :now) ON CONFLICT (ref) DO UPDATE SET since = job_dirty.since
""")
_DIRTY = text("SELECT ref FROM job_dirty ORDER BY since LIMIT :most")
_CLEAN = text("DELETE FROM job_dirty WHERE ref = :ref")
_JOB = text("SELECT id, room, body FROM fact WHERE origin = :origin AND kind = :kind AND id = ANY(:ids)")
_OPEN = text("""
    SELECT f.id, f.room, f.body FROM fact f
    WHERE f.origin = :origin AND f.kind = 'job' AND f.body ->> 'state' = 'OPEN' AND f.room = ANY(:rooms)
    ORDER BY f.id LIMIT 500
""")
_FREE = text("SELECT job, slot, wanted, taken, begins, ends FROM job_slot WHERE job = ANY(:jobs)")
_COUNTS = text("""
    SELECT slot, count(*) FILTER (WHERE state = 'INVITED') AS invited,
           count(*) FILTER (WHERE state IN ('CHECKED_IN', 'BRIEFED', 'ASSIGNED', 'WORKING', 'BREAK')) AS here,
           count(*) FILTER (WHERE state IN ('WORKING', 'BREAK')) AS working,
           count(*) FILTER (WHERE state = 'NO_SHOW') AS no_show
    FROM job_booking WHERE job = :job GROUP BY slot
""")
_HERE = text("""
    SELECT count(*) AS here, count(*) FILTER (WHERE state IN ('CHECKED_IN', 'BRIEFED')) AS waiting
    FROM job_booking
    WHERE point = :point AND state IN ('CHECKED_IN', 'BRIEFED', 'ASSIGNED', 'WORKING', 'BREAK')
""")


async def keep_slots(tx: Transaction, job: str, room: str, slots: Iterable[Slot]) -> None:
    """The rows of these slots. Raises BadEdit if one would be smaller than what is given away already."""
    held = {row.slot: row.taken for row in await tx.connection.execute(_SLOTS, {"job": job})}
    kept = {slot.id: slot for slot in slots}
    for id, taken in held.items():
        if taken > (kept[id].wanted if id in kept else 0):
            raise BadEdit("slots", f"slot {id} has {taken} people already; send some of them home first")
    await tx.connection.execute(_REMOVE, {"job": job, "slots": [id for id in held if id not in kept]})
    for slot in kept.values():
        given = {"job": job, "slot": slot.id, "room": room, "wanted": slot.wanted}
        await tx.connection.execute(_PUT, {**given, "begins": slot.begins, "ends": slot.ends})


async def mark(tx: Transaction, now: datetime, *, job: str | None = None, point: str | None = None) -> None:
    """Its counts lag behind; the row is held until the transaction ends, so that `refresh` misses nothing."""
    for kind, id in ((JOB_KIND, job), (POINT_KIND, point)):
        if id is not None:
            await tx.connection.execute(_MARK, {"ref": f"{kind}/{id}", "now": now})


async def read(connection: AsyncConnection, origin: str, ids: Iterable[str]) -> dict[str, tuple[str, Job]]:
    """Room and job by id, for the node itself."""
    given = {"origin": origin, "kind": JOB_KIND, "ids": sorted(ids)}
    found = await connection.execute(_JOB, given)
    return {row.id: (row.room, things.checked(row.body, Job)) for row in found}


async def points(connection: AsyncConnection, origin: str, ids: Iterable[str]) -> dict[str, tuple[str, MeetingPoint]]:
    found = await connection.execute(_JOB, {"origin": origin, "kind": POINT_KIND, "ids": sorted(ids)})
    return {row.id: (row.room, things.checked(row.body, MeetingPoint)) for row in found}


async def open_jobs(connection: AsyncConnection, origin: str, rooms: Iterable[str]) -> dict[str, Job]:
    """Jobs for which helpers are sought now."""
    found = await connection.execute(_OPEN, {"origin": origin, "rooms": sorted(rooms)})
    return {row.id: things.checked(row.body, Job) for row in found}


async def places(connection: AsyncConnection, jobs: Iterable[str]) -> dict[tuple[str, str], Any]:
    """`wanted, taken, begins, ends` by job and slot."""
    return {(row.job, row.slot): row for row in await connection.execute(_FREE, {"jobs": sorted(jobs)})}


async def refresh(database: Database, origin: str, now: datetime, *, most: int = 200) -> int:
    """Bring the counts of jobs and meeting points up to date; how many were. Each in a transaction of its own."""
    async with database.reading() as connection:
        refs = list((await connection.execute(_DIRTY, {"most": most})).scalars())
    for ref in refs:
        async with database.transaction("volunteers") as tx:
            await _refresh(tx, origin, ref, now)
    return len(refs)


async def _refresh(tx: Transaction, origin: str, ref: str, now: datetime) -> None:
    kind, _, id = ref.partition("/")
    await things.lock(tx, str(Ref(origin, kind, id)))
    await tx.connection.execute(_CLEAN, {"ref": ref})
    found = (await tx.connection.execute(_JOB, {"origin": origin, "kind": kind, "ids": [id]})).one_or_none()
    if found is None:
        return
    try:
        held = await things.read(tx, Ref(origin, kind, id), [found.room])
    except NoSuchThing:
        return
    base = int(held.body.get("version", 1))
    if kind == JOB_KIND:
        things.change(tx, held, {"counts": await _counts(tx, id)}, Job, base=base, at=now)
    else:
        row = (await tx.connection.execute(_HERE, {"point": id})).one()
        legs = {each.name for each in things.checked(held.body, MeetingPoint).shuttles}
        riders = {name: n for name, n in (await shuttles.riders(tx.connection, id)).items() if name in legs}
        counted = {"here": row.here, "waiting": row.waiting, "riders": riders or None}
        things.change(tx, held, counted, MeetingPoint, base=base, at=now)


async def _counts(tx: Transaction, job: str) -> Mapping[str, Any]:
    counted = {row.slot: row for row in await tx.connection.execute(_COUNTS, {"job": job})}
    counts: dict[str, Any] = {}
    for (_, slot), row in (await places(tx.connection, [job])).items():
        one = counted.get(slot)
        rest = {name: getattr(one, name) if one else 0 for name in ("invited", "here", "working", "no_show")}
        counts[slot] = {"taken": row.taken, **rest}
    return counts
