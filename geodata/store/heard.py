"""A partner's series, of which we keep no history of our own: what our log has heard of its current values."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text

from geodata.store.database import Database
from geodata.store.spans import Span, bucket_width

# Of one moment the word that came last counts.
_TOLD = """
    SELECT DISTINCT ON (moment) moment AS at, value, unit FROM (
        SELECT seq, (provenance ->> 'as_of')::timestamptz AS moment, (body ->> 'value')::float8 AS value,
               body ->> 'unit' AS unit
        FROM change WHERE ref = :ref AND op = 'put' AND room = ANY(cast(:rooms AS text[]))
    ) AS told
    WHERE moment >= :start AND moment <= :end ORDER BY moment, seq DESC
"""
_COUNT = text(f"SELECT count(*) AS number, min(unit) AS unit FROM ({_TOLD}) AS t")
_RAW = text(f"SELECT at, value FROM ({_TOLD}) AS t ORDER BY at")
_BUCKETS = text(f"""
    SELECT date_bin(make_interval(secs => :width), at, '2000-01-01 00:00:00+00') AS bucket, avg(value) AS mean,
           min(value) AS low, max(value) AS high
    FROM ({_TOLD}) AS t GROUP BY bucket ORDER BY bucket
""")


async def heard(
    database: Database,
    origin: str,
    station: str,
    quantity: str,
    start: datetime,
    end: datetime,
    points: int,
    *,
    rooms: Collection[str],
) -> Span:
    """As `spans.span`, of a station of another origin: as far back as it is shared with us and our log reaches.
    Raises StoreUnavailable."""
    given = {
        "ref": f"{origin}/reading/{station}.{quantity}",
        "rooms": database.asked(rooms),
        "start": start,
        "end": end,
    }
    async with database.reading(rooms) as connection:
        told = (await connection.execute(_COUNT, given)).one()
        if told.number <= points:
            rows = (await connection.execute(_RAW, given)).all()
            measured = [(row.at, row.value, row.value, row.value) for row in rows]
            return Span(station, quantity, told.unit, start, end, None, measured)
        width = bucket_width((end - start).total_seconds(), points)
        rows = (await connection.execute(_BUCKETS, {**given, "width": width})).all()
    buckets = [(row.bucket, round(row.mean, 3), row.low, row.high) for row in rows]
    return Span(station, quantity, told.unit, start, end, width, buckets)
