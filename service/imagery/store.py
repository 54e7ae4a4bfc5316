"""Jobs and their rasters in the database. A job belongs to whoever has touched it within the lease."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from geodata.model.geometry import Geometry
from geodata.store.database import Database, Transaction
from service.imagery.rules import Job, Kind, RasterMade, State, Word

_COLUMNS = """
    id, asked_by, room, kind, title, ST_AsGeoJSON(area, 12) AS shape, resolution, scene, before, asked_at, state,
    progress, word, estimate, spent, attempts, cancel_asked, error_code, error_text, extent, finished_at
"""
_INSERT = text("""
    INSERT INTO imagery_job (id, asked_by, room, kind, title, area, resolution, scene, before, asked_at, estimate)
    VALUES (:id, :asked_by, :room, :kind, :title, ST_SetSRID(ST_GeomFromGeoJSON(:area), 4326), :resolution, :scene,
            :before, :asked_at, :estimate)
""")
_CLAIM = text(f"""
    UPDATE imagery_job SET state = 'RUNNING', beat_at = clock_timestamp(), attempts = attempts + 1,
           started_at = coalesce(started_at, clock_timestamp())
    WHERE id = (
        SELECT id FROM imagery_job
        WHERE state = 'QUEUED' OR (state = 'RUNNING' AND (beat_at IS NULL OR beat_at < clock_timestamp() - :lease))
        ORDER BY queued_at LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING {_COLUMNS}
""")
_BEAT = text("""
    UPDATE imagery_job SET beat_at = clock_timestamp() WHERE id = :id AND state = 'RUNNING' AND attempts = :attempts
    RETURNING cancel_asked
""")
_RELEASE = text("""
    UPDATE imagery_job SET beat_at = NULL, attempts = attempts - 1
    WHERE id = :id AND state = 'RUNNING' AND attempts = :attempts
""")
_STEP = text(f"""
    UPDATE imagery_job SET progress = :progress, word = :word, spent = spent + :spent
    WHERE id = :id AND state = 'RUNNING' AND attempts = :attempts RETURNING {_COLUMNS}
""")
_END = text(f"""
    UPDATE imagery_job SET state = :state, word = :state, finished_at = clock_timestamp(), error_code = :code,
           error_text = :text, extent = :extent, progress = CASE WHEN :state = 'DONE' THEN 100 ELSE progress END
    WHERE id = :id AND state IN ('QUEUED', 'RUNNING') AND attempts = :attempts RETURNING {_COLUMNS}
""")
_ASK_CANCEL = text(f"""
    UPDATE imagery_job SET cancel_asked = true,
           state = CASE WHEN state = 'QUEUED' THEN 'CANCELLED' ELSE state END,
           word = CASE WHEN state = 'QUEUED' THEN 'CANCELLED' ELSE word END,
           finished_at = CASE WHEN state = 'QUEUED' THEN clock_timestamp() ELSE finished_at END
    WHERE id = :id AND state IN ('QUEUED', 'RUNNING') RETURNING {_COLUMNS}
""")
_RASTER = text("""
    INSERT INTO imagery_raster (id, job, room, role, title, sensor, acquired_at, bounds, path)
    VALUES (:id, :job, :room, :role, :title, :sensor, :acquired_at, :bounds, :path)
""")
_RASTERS = """
    SELECT id, job, room, role, title, sensor, acquired_at, bounds, path FROM imagery_raster
    WHERE room = ANY(cast(:rooms AS text[]))
"""
_PACE = text("""
    SELECT sum(greatest(extract(epoch FROM finished_at - started_at) - :begin, 0.1)) / sum(greatest(estimate, 0.01))
    FROM (SELECT finished_at, started_at, estimate FROM imagery_job WHERE state = 'DONE' AND attempts = 1
          ORDER BY finished_at DESC LIMIT 20) AS lately
""")
# What is not over counts with its estimate: two jobs together may not go beyond what one may not.
_MONTH = text("""
    SELECT coalesce(sum(CASE WHEN state IN ('QUEUED', 'RUNNING') THEN greatest(estimate, spent) ELSE spent END), 0)
    FROM imagery_job WHERE queued_at >= date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
""")
_OLD = text("""
    DELETE FROM imagery_job WHERE state IN ('DONE', 'FAILED', 'CANCELLED') AND finished_at < now() - :keep RETURNING id
""")


async def add(tx: Transaction, job: Job) -> None:
    given = {
        "id": job.id, "asked_by": job.asked_by, "room": job.room, "kind": job.kind.value, "title": job.title,
        "area": json.dumps(job.area.as_geojson()), "resolution": job.resolution, "scene": job.scene,
        "before": job.before, "asked_at": job.asked_at, "estimate": job.estimate,
    }  # fmt: skip
    await tx.connection.execute(_INSERT, given)


async def claim(tx: Transaction, lease: timedelta) -> Job | None:
    """The next job that waits, or one whose runner was not heard of for this long; it is ours from now on."""
    row = (await tx.connection.execute(_CLAIM, {"lease": lease})).one_or_none()
    return _job(row) if row else None


async def beat(database: Database, job: Job) -> bool | None:
    """Whether it is to be cancelled; None if it is no longer ours."""
    async with database.reading() as connection:
        row = (await connection.execute(_BEAT, {"id": job.id, "attempts": job.attempts})).one_or_none()
    return None if row is None else bool(row.cancel_asked)


async def release(database: Database, job: Job) -> None:
    """Whoever comes next may take it at once."""
    async with database.reading() as connection:
        await connection.execute(_RELEASE, {"id": job.id, "attempts": job.attempts})


async def step(tx: Transaction, job: Job, word: Word, progress: int, *, spent: float = 0.0) -> Job | None:
    """None if it is no longer ours."""
    given = {"id": job.id, "attempts": job.attempts, "word": word.value, "progress": progress, "spent": spent}
    row = (await tx.connection.execute(_STEP, given)).one_or_none()
    return _job(row) if row else None


async def end(
    tx: Transaction,
    job: Job,
    state: State,
    *,
    code: str | None = None,
    said: str | None = None,
    extent: str | None = None,
) -> Job | None:
    """None if it is no longer ours, or over already."""
    given = {
        "id": job.id, "attempts": job.attempts, "state": state.value, "code": code, "text": said, "extent": extent,
    }  # fmt: skip
    row = (await tx.connection.execute(_END, given)).one_or_none()
    return _job(row) if row else None


async def ask_cancel(tx: Transaction, id: str) -> Job | None:
    """None if it is over already."""
    row = (await tx.connection.execute(_ASK_CANCEL, {"id": id})).one_or_none()
    return _job(row) if row else None


async def one(database: Database, id: str, rooms: Collection[str]) -> Job | None:
    statement = text(f"SELECT {_COLUMNS} FROM imagery_job WHERE id = :id AND room = ANY(cast(:rooms AS text[]))")
    async with database.reading(rooms) as connection:
        row = (await connection.execute(statement, {"id": id, "rooms": database.asked(rooms)})).one_or_none()
    return _job(row) if row else None


async def listed(database: Database, rooms: Collection[str], limit: int) -> list[Job]:
    """The newest first."""
    statement = text(f"""
        SELECT {_COLUMNS} FROM imagery_job WHERE room = ANY(cast(:rooms AS text[]))
        ORDER BY queued_at DESC LIMIT :limit
    """)
    async with database.reading(rooms) as connection:
        rows = await connection.execute(statement, {"rooms": database.asked(rooms), "limit": limit})
        return [_job(row) for row in rows]


async def waiting(tx: Transaction) -> int:
    statement = text("SELECT count(*) FROM imagery_job WHERE state IN ('QUEUED', 'RUNNING')")
    return int((await tx.connection.execute(statement)).scalar_one())


async def month(database: Database) -> float:
    """Processing units spent or promised since the first of the month (UTC)."""
    async with database.reading() as connection:
        return float((await connection.execute(_MONTH)).scalar_one())


async def pace(database: Database, *, begin: float, otherwise: float) -> float:
    """Seconds that the last jobs took for one processing unit, beyond those in which any job begins."""
    async with database.reading() as connection:
        found = (await connection.execute(_PACE, {"begin": begin})).scalar_one()
    return otherwise if found is None else float(found)


async def add_rasters(tx: Transaction, rasters: Sequence[RasterMade]) -> None:
    for raster in rasters:
        given = {name: getattr(raster, name) for name in RasterMade.__dataclass_fields__}
        await tx.connection.execute(_RASTER, {**given, "bounds": list(raster.bounds)})


async def rasters(
    database: Database, rooms: Collection[str], *, id: str | None = None, job: str | None = None, limit: int = 500
) -> list[RasterMade]:
    """The newest images first."""
    also = (" AND id = :id" if id else "") + (" AND job = :job" if job else "")
    statement = text(f"{_RASTERS}{also} ORDER BY acquired_at DESC, id LIMIT :limit")
    given: dict[str, Any] = {"rooms": database.asked(rooms), "limit": limit}
    given |= {name: value for name, value in (("id", id), ("job", job)) if value}
    async with database.reading(rooms) as connection:
        return [
            RasterMade(
                row.id, row.job, row.room, row.role, row.title, row.sensor, row.acquired_at, tuple(row.bounds), row.path
            )
            for row in await connection.execute(statement, given)
        ]


async def forget(tx: Transaction, keep: timedelta) -> list[str]:
    """Take out jobs that ended longer ago than this, with their rasters; their ids."""
    return [row.id for row in await tx.connection.execute(_OLD, {"keep": keep})]


async def incident_of(database: Database, room: str) -> str | None:
    """The incident to which the room belongs, or None."""
    async with database.reading() as connection:
        found = (await connection.execute(text("SELECT incident FROM room WHERE id = :room"), {"room": room})).scalar()
    return None if found is None else str(found)


def _job(row: Any) -> Job:
    shape = json.loads(row.shape)
    return Job(
        id=row.id, asked_by=row.asked_by, room=row.room, kind=Kind(row.kind), title=row.title,
        area=Geometry(shape["type"], shape["coordinates"]), resolution=row.resolution, scene=row.scene,
        before=row.before, asked_at=_aware(row.asked_at), state=State(row.state), progress=row.progress,
        word=Word(row.word), estimate=row.estimate, spent=row.spent, attempts=row.attempts,
        cancel_asked=row.cancel_asked, error_code=row.error_code, error_text=row.error_text, extent=row.extent,
        finished_at=row.finished_at,
    )  # fmt: skip


def _aware(moment: datetime) -> datetime:
    assert moment.tzinfo is not None
    return moment
