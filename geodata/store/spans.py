"""Reading measured values back: a stretch of a series, thinned to fit, and the latest values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text

from geodata.store import doubts
from geodata.store.database import Database

STEPS = (60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400)
"""Widths of a bucket in seconds that people can read; above a day whole days."""

_FIND = text("""
    SELECT id, unit FROM series
    WHERE station = :station AND quantity = :quantity AND (cast(:origin AS text) IS NULL OR origin = :origin)
    ORDER BY id LIMIT 1
""")

_RAW = text("""
    SELECT at, value, corrections FROM observation
    WHERE series = :series AND at >= :start AND at <= :end ORDER BY at LIMIT :limit
""")

# Buckets begin at whole multiples of their width since 2000 (UTC), so that two looks at a series agree.
_BUCKETS = text("""
    SELECT date_bin(make_interval(secs => :width), at, '2000-01-01 00:00:00+00') AS bucket, avg(value) AS mean,
           min(value) AS low, max(value) AS high, count(*) FILTER (WHERE corrections > 0) AS corrected
    FROM observation WHERE series = :series AND at >= :start AND at <= :end GROUP BY bucket ORDER BY bucket
""")

_LATEST = text("""
    SELECT s.station, s.quantity, s.unit, l.at, l.value FROM series s JOIN latest l ON l.series = s.id
    WHERE s.station = ANY(cast(:stations AS text[])) AND (cast(:origin AS text) IS NULL OR s.origin = :origin)
    ORDER BY s.station, s.quantity, s.id DESC
""")

Point = tuple[datetime, float, float, float]
"""Time, mean, lowest, highest. The time of a bucket is its beginning; of a single value the measuring time."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a series. `resolution_seconds` is the width of a bucket, None where the points are the measured
    values themselves. `corrected` counts the values that the source has revised. `unit` is None if nothing was ever
    measured here. `marks` are the doubted values, each by itself however the points are thinned."""

    station: str
    quantity: str
    unit: str | None
    start: datetime
    end: datetime
    resolution_seconds: int | None = None
    points: list[Point] = field(default_factory=list)
    corrected: int = 0
    marks: list[doubts.Mark] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Latest:
    at: datetime
    value: float
    unit: str


async def span(
    database: Database,
    station: str,
    quantity: str,
    start: datetime,
    end: datetime,
    points: int,
    *,
    origin: str | None = None,
    rooms: Collection[str] | None = None,
) -> Span:
    """The values with start <= time <= end: as measured if there are at most `points` (>= 2), else mean, lowest and
    highest of at most that many buckets. Raises ValueError, StoreUnavailable.

    With `rooms` only a station in one of them has values."""
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("start and end need a time zone")
    if points < 2:
        raise ValueError("points must be at least 2")
    async with database.reading(rooms) as connection:
        asked = {"station": station, "quantity": quantity, "origin": origin}
        series = (await connection.execute(_FIND, asked)).one_or_none()
        if series is None:
            return Span(station, quantity, None, start, end)
        given = {"series": series.id, "start": start, "end": end}
        marks = await doubts.of(connection, series.id, start, end)
        raw = (await connection.execute(_RAW, {**given, "limit": points + 1})).all()
        if len(raw) <= points:
            measured = [(r.at, r.value, r.value, r.value) for r in raw]
            corrected = sum(r.corrections > 0 for r in raw)
            return Span(station, quantity, series.unit, start, end, None, measured, corrected, marks)
        width = bucket_width((end - start).total_seconds(), points)
        rows = (await connection.execute(_BUCKETS, {**given, "width": width})).all()
    buckets = [(r.bucket, round(r.mean, 3), r.low, r.high) for r in rows]
    return Span(station, quantity, series.unit, start, end, width, buckets, sum(r.corrected for r in rows), marks)


def bucket_width(seconds: float, points: int) -> int:
    """The smallest readable width (s) that needs at most `points` buckets wherever the stretch begins."""
    least = seconds / (points - 1)
    days = -int(-least // 86_400)
    return next((step for step in STEPS if step >= least), max(days, 1) * 86_400)


async def latest_of(
    database: Database, stations: Collection[str], *, origin: str | None = None
) -> dict[tuple[str, str], Latest]:
    """The newest value of every series of these stations, by station key and quantity."""
    async with database.reading() as connection:
        rows = (await connection.execute(_LATEST, {"stations": list(stations), "origin": origin})).all()
    return {(r.station, r.quantity): Latest(r.at, r.value, r.unit) for r in rows}
