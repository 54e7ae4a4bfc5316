"""Measured values: history, the latest of each series, and what the picture shows of them.

History goes in by COPY into a staging table of the session and one statement. Rows are sorted by series and time, so
that two writers of the same series wait for each other and never in a circle, and so that what arrives first is
written first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg.errors import CheckViolation
from sqlalchemy import text

from geodata.model.body import to_body
from geodata.model.fact import PUBLIC, Fact, Provenance
from geodata.model.geometry import Bbox
from geodata.model.observation import Observation, Reading, implausible, trend
from geodata.model.ref import BadRef, Ref
from geodata.model.station import Station, level_of
from geodata.store import partitions, series
from geodata.store.database import StoreUnavailable, Transaction
from geodata.store.spans import Latest, Span, latest_of, span

__all__ = ["Latest", "Recorded", "Row", "Span", "Written", "latest_of", "record", "span", "write"]

BREATH = 250
"""So many readings are built before others, such as the live map's frames, get their turn."""

_STAGE = """
    CREATE TEMP TABLE IF NOT EXISTS arrival (
        series int4, at timestamptz, value float8, newest bool, longitude float8, latitude float8
    ) ON COMMIT DELETE ROWS;
    DELETE FROM arrival
"""

_COPY = "COPY arrival (series, at, value, newest, longitude, latitude) FROM STDIN (FORMAT BINARY)"
_TYPES = ("int4", "timestamptz", "float8", "bool", "float8", "float8")

# One statement, as each way to the server and back costs as much as a thousand rows on a busy machine.
_WRITE = text("""
    WITH written AS (
        INSERT INTO observation AS o (series, at, value) SELECT series, at, value FROM arrival
        ON CONFLICT (series, at) DO UPDATE
            SET value = excluded.value, corrections = least(o.corrections + 1, 32767) WHERE o.value <> excluded.value
        RETURNING corrections
    ), counted AS MATERIALIZED (
        SELECT count(*) FILTER (WHERE corrections = 0) AS new, count(*) FILTER (WHERE corrections > 0) AS corrected
        FROM written
    ), moved AS (
        INSERT INTO latest AS l (series, at, value, geom)
        SELECT series, at, value, ST_SetSRID(ST_MakePoint(longitude, latitude), 4326) FROM arrival WHERE newest
        ON CONFLICT (series) DO UPDATE SET at = excluded.at, value = excluded.value, geom = excluded.geom
        WHERE l.at < excluded.at OR (l.at = excluded.at AND l.value <> excluded.value)
        RETURNING series
    )
    SELECT new, corrected, ARRAY(SELECT series FROM moved) AS moved FROM counted
""")

# The value about one hour before the latest: the last one at least an hour older, else the oldest within the hour.
_EARLIER = text("""
    SELECT l.series, e.at, e.value
    FROM latest l CROSS JOIN LATERAL (
        (SELECT at, value FROM observation o
         WHERE o.series = l.series AND o.at BETWEEN l.at - interval '6 h' AND l.at - interval '1 h'
           AND o.at BETWEEN :low AND :high
         ORDER BY o.at DESC LIMIT 1)
        UNION ALL
        (SELECT at, value FROM observation o
         WHERE o.series = l.series AND o.at > l.at - interval '1 h' AND o.at <= l.at - interval '10 min'
           AND o.at BETWEEN :low AND :high
         ORDER BY o.at LIMIT 1)
        LIMIT 1
    ) e
    WHERE l.series = ANY(cast(:series AS int4[]))
""")


class Row(NamedTuple):
    """One value for the tables; position of its station in degrees EPSG:4326."""

    series: int
    at: datetime
    value: float
    newest: bool
    longitude: float | None
    latitude: float | None


@dataclass(frozen=True, slots=True)
class Written:
    """What a write to the tables did; `moved` are the series whose latest value is another now."""

    new: int
    corrected: int
    moved: list[int]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of the observations: new + corrected + repeated + refused is as many as were given.

    `readings` counts the facts put: one for each series whose latest value is another now.
    """

    new: int = 0
    corrected: int = 0
    repeated: int = 0
    refused: list[tuple[Observation, str]] = field(default_factory=list)
    readings: int = 0


async def record(
    tx: Transaction,
    origin: str,
    observations: Sequence[Observation],
    *,
    source: str,
    received_at: datetime,
    room: str = PUBLIC,
    history_only: bool = False,
) -> Recorded:
    """Put observations into history, move the latest values and put one `reading` per series that moved.

    A value that the source has revised replaces the one we had and is counted. Old values enter history without moving
    the latest. Of two values for the same moment in one batch the later counts. `history_only` takes values for
    stations that have no fact (yet) and leaves the picture alone. Raises StoreError.
    """
    refused: list[tuple[Observation, str]] = []
    sound = _sound(observations, received_at, refused)
    known = await series.stations(tx, origin, {o.station for o in sound})
    if not history_only:
        sound = _at_known_stations(sound, known, origin, refused)
    units = {(o.station, o.quantity): o.unit for o in reversed(sound)}
    numbers = await series.resolve(tx, origin, units)
    chosen: dict[tuple[int, datetime], Observation] = {}
    kept = 0
    for o in sound:
        number = numbers[o.station, o.quantity]
        if o.unit == number.unit:
            chosen[number.id, o.at] = o
            kept += 1
        else:
            reason = f"unit {o.unit!r}: {o.station}.{o.quantity} is kept in {number.unit!r}; convert it first"
            refused.append((o, reason))
    if not chosen:
        return Recorded(refused=refused)
    rows, newest = _rows(chosen, known, history_only)
    written = await write(tx, rows)
    moved = [newest[number] for number in written.moved]
    earlier = await _earlier(tx, written.moved, [o.at for o in moved])
    for count, (id, o) in enumerate(zip(written.moved, moved, strict=True), 1):
        if count % BREATH == 0:
            await asyncio.sleep(0)
        tx.put(_reading(origin, room, source, received_at, o, known[o.station], earlier.get(id)))
    repeated = kept - written.new - written.corrected
    return Recorded(written.new, written.corrected, repeated, refused, len(moved))


async def write(tx: Transaction, rows: Sequence[Row]) -> Written:
    """History and latest of rows that are sorted by series and time, at most one per series and time, with `newest`
    on the last of each series that may move its latest. Raises StoreError."""
    await partitions.ensure_months(tx.connection.engine, {partitions.month_of(row.at) for row in rows})
    driver = (await tx.connection.get_raw_connection()).driver_connection
    assert driver is not None
    await driver.execute(_STAGE)
    async with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            await copy.write_row(row)
    try:
        written = (await tx.connection.execute(_WRITE)).one()
    except Exception as error:
        if isinstance(getattr(error, "orig", None), CheckViolation):
            partitions.forget(tx.connection.engine)
            raise StoreUnavailable("a month was removed meanwhile. Nothing was written; try again.") from error
        raise
    return Written(written.new, written.corrected, list(written.moved))


def _sound(
    observations: Sequence[Observation], now: datetime, refused: list[tuple[Observation, str]]
) -> list[Observation]:
    named: dict[tuple[str, str], str | None] = {}
    sound = []
    for o in observations:
        key = o.station, o.quantity
        if key not in named:
            named[key] = _misnamed(*key)
        reason = named[key] or implausible(o, now)
        if reason is None:
            sound.append(o)
        else:
            refused.append((o, reason))
    return sound


def _misnamed(station: str, quantity: str) -> str | None:
    try:
        Ref("any", "reading", f"{station}.{quantity}")
    except BadRef:
        return f"station {station[:80]!r} and quantity {quantity[:80]!r} must be letters, digits and ._:+~-"
    return None


def _at_known_stations(
    observations: list[Observation], known: dict[str, Station], origin: str, refused: list[tuple[Observation, str]]
) -> list[Observation]:
    kept = []
    for o in observations:
        if o.station not in known:
            refused.append((o, f"no station {origin}/station/{o.station}: deliver the station first"))
        else:
            kept.append(o)
    return kept


def _rows(
    chosen: dict[tuple[int, datetime], Observation], known: dict[str, Station], history_only: bool
) -> tuple[list[Row], dict[int, Observation]]:
    """Sorted rows, and the newest observation of each series."""
    rows: list[Row] = []
    newest: dict[int, Observation] = {}
    keys = sorted(chosen)
    for index, key in enumerate(keys):
        number, at = key
        o = chosen[key]
        last = index + 1 == len(keys) or keys[index + 1][0] != number
        if last:
            newest[number] = o
        station = known.get(o.station)
        position = (station.longitude, station.latitude) if station else (None, None)
        rows.append(Row(number, at, float(o.value), last and not history_only, *position))
    return rows, newest


async def _earlier(tx: Transaction, moved: list[int], times: list[datetime]) -> dict[int, tuple[datetime, float]]:
    if not moved:
        return {}
    given = {"series": moved, "low": min(times) - timedelta(hours=6), "high": max(times)}
    return {row.series: (row.at, row.value) for row in await tx.connection.execute(_EARLIER, given)}


def _reading(
    origin: str,
    room: str,
    source: str,
    received_at: datetime,
    o: Observation,
    station: Station,
    earlier: tuple[datetime, float] | None,
) -> Fact:
    described = station.find(o.quantity)
    doubted = o.judged_by is not None
    level = level_of(o.judged_by if doubted else o.value, described.thresholds if described else (), o.unit)
    way = None if doubted or o.minutes is not None else trend(o, earlier)
    reading = Reading(o.station, o.quantity, o.unit, o.value, level, way, o.state, o.minutes)
    return Fact(
        Ref(origin, "reading", f"{o.station}.{o.quantity}"),
        room,
        Provenance(source, o.at, received_at),
        to_body(reading),
        extent=_extent(station),
    )


def _extent(station: Station) -> Bbox | None:
    if station.longitude is None or station.latitude is None:
        return None
    return station.longitude, station.latitude, station.longitude, station.latitude
