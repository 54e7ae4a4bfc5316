"""The registry of own sensors: devices, which of their messages were there already, and the latest of each.

Rows are always written sorted by device, so that two writers wait for each other and never in a circle.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import orjson
from sqlalchemy import text

from geodata.model.body import from_body, to_body
from geodata.model.device import Adoption, Standing, State
from geodata.model.doubt import USUAL, Value
from geodata.model.ref import Ref
from geodata.store.database import Database, Transaction

KEPT = 20
"""Messages of each device that can be looked at."""
PRUNED = 10
"""Of so many devices of a batch the older messages of one are let go: that costs more than a few rows too many."""
_turns = count()
SAME = timedelta(minutes=15)
"""A counter that comes again later than this belongs to a device that has started anew under the same session."""


@dataclass(frozen=True, slots=True)
class Key:
    """By which a message is known; `times` is how often it is in the batch."""

    device: str
    session: str
    counter: int
    at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Message:
    """`payload` in hexadecimal; `values` as decoded, or `reason` why not."""

    device: str
    at: datetime
    counter: int | None = None
    port: int | None = None
    payload: str | None = None
    values: list[dict[str, Any]] = field(default_factory=list)
    reason: str | None = None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A row of the registry. `longitude`, `latitude` are what the network server says, in degrees EPSG:4326."""

    id: str
    state: State
    name: str | None
    network: str
    model: str | None
    first_seen: datetime
    standing: Standing
    messages: int
    doubles: int
    undecoded: int
    adoption: Adoption | None
    alarms: tuple[str, ...]
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What a batch says of one device, to be added to its row."""

    id: str
    network: str
    messages: int
    doubles: int
    undecoded: int
    seen: datetime
    newest: datetime | None = None
    name: str | None = None
    model: str | None = None
    battery: float | None = None
    battery_unit: str | None = None
    rssi: float | None = None
    snr: float | None = None
    longitude: float | None = None
    latitude: float | None = None


_KEYS = text("""
    INSERT INTO device_uplink AS u (device, session, counter, at, received_at)
    SELECT device, session, counter, at, :now
    FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS g (device text, session text, counter int8, at timestamptz)
    ORDER BY device, session, counter
    ON CONFLICT (device, session, counter) DO UPDATE SET at = excluded.at, received_at = excluded.received_at
    WHERE abs(extract(epoch FROM u.at - excluded.at)) > :same
    RETURNING device, session, counter
""")

# What an older message says of battery and signal does not replace what a younger one said.
_HEARD = text("""
    INSERT INTO device AS d (id, state, name, network, model, first_seen, last_seen, newest, battery, battery_unit,
                             rssi, snr, longitude, latitude, messages, doubles, undecoded)
    SELECT id, 'NEW', name, network, model, seen, seen, newest, battery, battery_unit,
           rssi, snr, longitude, latitude, messages, doubles, undecoded
    FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS g (
        id text, name text, network text, model text, seen timestamptz, newest timestamptz, battery float8,
        battery_unit text, rssi float8, snr float8, longitude float8, latitude float8, messages int8, doubles int8,
        undecoded int8)
    ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        name = coalesce(excluded.name, d.name), network = excluded.network, model = coalesce(excluded.model, d.model),
        last_seen = greatest(excluded.last_seen, d.last_seen), newest = greatest(excluded.newest, d.newest),
        battery = CASE WHEN excluded.newest >= d.newest OR d.newest IS NULL
                       THEN coalesce(excluded.battery, d.battery) ELSE d.battery END,
        battery_unit = CASE WHEN excluded.newest >= d.newest OR d.newest IS NULL
                            THEN coalesce(excluded.battery_unit, d.battery_unit) ELSE d.battery_unit END,
        rssi = CASE WHEN excluded.newest >= d.newest OR d.newest IS NULL THEN excluded.rssi ELSE d.rssi END,
        snr = CASE WHEN excluded.newest >= d.newest OR d.newest IS NULL THEN excluded.snr ELSE d.snr END,
        longitude = coalesce(excluded.longitude, d.longitude), latitude = coalesce(excluded.latitude, d.latitude),
        messages = d.messages + excluded.messages, doubles = d.doubles + excluded.doubles,
        undecoded = d.undecoded + excluded.undecoded
    RETURNING d.*
""")

_MESSAGES = text("""
    INSERT INTO device_message (device, at, received_at, counter, port, payload, "values", reason, doubt)
    SELECT device, at, :now, counter, port, payload, coalesce("values", '[]'), reason, doubt
    FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS g (
        device text, at timestamptz, counter int8, port int, payload text, "values" jsonb, reason text, doubt text)
""")

_PRUNE = text("""
    DELETE FROM device_message WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (PARTITION BY device ORDER BY at DESC, id DESC) AS place FROM device_message
            WHERE cast(:devices AS text[]) IS NULL OR device = ANY(cast(:devices AS text[]))
        ) ranked WHERE place > :kept)
""")

_RECENT = text("""
    SELECT s.station, o.at, o.value
    FROM series s CROSS JOIN LATERAL (
        SELECT at, value FROM observation o
        WHERE o.series = s.id AND o.at > :since AND o.at <= :until ORDER BY o.at DESC LIMIT :limit
    ) o
    WHERE s.origin = :origin AND s.quantity = :quantity AND s.station = ANY(cast(:stations AS text[]))
    ORDER BY s.station, o.at
""")

_AROUND = text("""
    SELECT s.station, o.at, o.value
    FROM unnest(cast(:stations AS text[]), cast(:first AS timestamptz[]), cast(:last AS timestamptz[]))
         AS g (station, first, last)
    JOIN series s ON s.station = g.station AND s.origin = :origin AND s.quantity = :quantity
    CROSS JOIN LATERAL (
        (SELECT at, value FROM observation o
         WHERE o.series = s.id AND o.at < g.first AND o.at >= g.first - cast(:reach AS interval)
         ORDER BY at DESC LIMIT 1)
        UNION ALL
        SELECT at, value FROM observation o WHERE o.series = s.id AND o.at BETWEEN g.first AND g.last
        UNION ALL
        (SELECT at, value FROM observation o
         WHERE o.series = s.id AND o.at > g.last AND o.at <= g.last + cast(:reach AS interval) ORDER BY at LIMIT 1)
    ) o
    ORDER BY s.station, o.at
""")

_NEIGHBOURS = text("""
    SELECT s.id
    FROM latest l JOIN series s ON s.id = l.series
    WHERE s.quantity = 'W' AND s.unit = 'cm' AND s.station <> :station
      AND l.geom && ST_Expand(ST_SetSRID(ST_MakePoint(:x, :y), 4326), :degrees)
      AND ST_DistanceSphere(l.geom, ST_SetSRID(ST_MakePoint(:x, :y), 4326)) <= :metres
    ORDER BY l.geom <-> ST_SetSRID(ST_MakePoint(:x, :y), 4326) LIMIT 8
""")

_SERIES = text("""
    SELECT series, at, value FROM observation
    WHERE series = ANY(cast(:series AS int4[])) AND at > :since AND at <= :until ORDER BY series, at
""")


async def remember(tx: Transaction, keys: Sequence[Key], now: datetime) -> set[tuple[str, str, int]]:
    """Which of these messages are new; all of them are known from now on. Each key at most once."""
    if not keys:
        return set()
    rows = _rows([{"device": k.device, "session": k.session, "counter": k.counter, "at": k.at} for k in keys])
    given = {"rows": rows, "now": now, "same": SAME.total_seconds()}
    return {(r.device, r.session, r.counter) for r in await tx.connection.execute(_KEYS, given)}


async def hear(tx: Transaction, heard: Sequence[Heard]) -> dict[str, Device]:
    """Count the messages and take what they say of the devices; unknown ones are NEW. Each device at most once."""
    if not heard:
        return {}
    rows = _rows(heard)
    return {r.id: _device(r) for r in await tx.connection.execute(_HEARD, {"rows": rows})}


async def keep(tx: Transaction, messages: Sequence[Message], now: datetime) -> None:
    """Keep the messages; older ones than a device's latest go now and then, as nobody is shown them."""
    if not messages:
        return
    await tx.connection.execute(_MESSAGES, {"rows": _rows(messages), "now": now})
    due = sorted({m.device for m in messages})[next(_turns) % PRUNED :: PRUNED]
    if due:
        await tx.connection.execute(_PRUNE, {"devices": due, "kept": KEPT})


async def recent(
    tx: Transaction, origin: str, stations: Collection[str], quantity: str, until: datetime, *,
    since: datetime, limit: int = 30,
) -> dict[str, list[Value]]:  # fmt: skip
    """The latest values of these stations, oldest first."""
    found: dict[str, list[Value]] = {}
    given = {"origin": origin, "stations": sorted(stations), "quantity": quantity, "since": since, "until": until,
             "limit": limit}  # fmt: skip
    for row in await tx.connection.execute(_RECENT, given):
        found.setdefault(row.station, []).append((row.at, row.value))
    return found


async def around(
    tx: Transaction, origin: str, quantity: str, spans: Mapping[str, tuple[datetime, datetime]], reach: timedelta
) -> dict[str, list[Value]]:
    """Of each station the values from its first to its last moment, with the nearest one before and after if it is
    within `reach`; oldest first."""
    stations = sorted(spans)
    given = {"origin": origin, "quantity": quantity, "stations": stations, "reach": reach,
             "first": [spans[s][0] for s in stations], "last": [spans[s][1] for s in stations]}  # fmt: skip
    found: dict[str, list[Value]] = {}
    for row in await tx.connection.execute(_AROUND, given):
        found.setdefault(row.station, []).append((row.at, row.value))
    return found


async def neighbours(
    tx: Transaction, station: str, longitude: float, latitude: float, since: datetime, until: datetime
) -> list[list[Value]]:
    """Water levels in cm of the nearest other gauges of any source, each oldest first; position in EPSG:4326."""
    place = {"station": station, "x": longitude, "y": latitude, "metres": USUAL.near * 1000, "degrees": USUAL.near / 60}
    ids = list((await tx.connection.execute(_NEIGHBOURS, place)).scalars())
    found: dict[int, list[Value]] = {}
    for row in await tx.connection.execute(_SERIES, {"series": ids, "since": since, "until": until}):
        found.setdefault(row.series, []).append((row.at, row.value))
    return list(found.values())


async def change(
    tx: Transaction, device: str, *, state: State, adoption: Adoption | None = None
) -> Device | None:  # fmt: skip
    """Adopt with an adoption, or set aside; None if there is no such device."""
    statement = text("""
        UPDATE device SET state = :state, adoption = coalesce(cast(:adoption AS jsonb), adoption)
        WHERE id = :id RETURNING *
    """)
    body = None if adoption is None else orjson.dumps(to_body(adoption)).decode()
    row = (await tx.connection.execute(statement, {"id": device, "state": state, "adoption": body})).one_or_none()
    return _device(row) if row else None


async def withdraw(tx: Transaction, origin: str, station: str) -> None:
    """Take the gauge out of the picture; its history stays, and adopting it again brings its last value back."""
    statement = text("""
        DELETE FROM latest l USING series s WHERE s.id = l.series AND s.origin = :origin AND s.station = :station
    """)
    await tx.connection.execute(statement, {"origin": origin, "station": station})
    for kind, id in (
        ("station", station),
        ("device", station),
        ("reading", f"{station}.W"),
        ("reading", f"{station}.N"),
    ):
        tx.drop(Ref(origin, kind, id))


async def say_alarms(tx: Transaction, alarms: dict[str, tuple[str, ...]]) -> None:
    """Remember which alarms the devices have."""
    statement = text("UPDATE device SET alarms = cast(:alarms AS text[]) WHERE id = :id")
    for device in sorted(alarms):
        await tx.connection.execute(statement, {"id": device, "alarms": list(alarms[device])})


async def listed(database: Database, *, state: State | None = None) -> list[Device]:
    """All devices: new ones first, then those with alarms, then by name."""
    statement = text("""
        SELECT * FROM device WHERE cast(:state AS text) IS NULL OR state = :state
        ORDER BY array_position(ARRAY['NEW', 'ADOPTED', 'IGNORED'], state), cardinality(alarms) DESC,
                 coalesce(adoption ->> 'name', name, id), id
        LIMIT 5000
    """)
    async with database.reading() as connection:
        return [_device(row) for row in await connection.execute(statement, {"state": state})]


async def messages(
    database: Database, devices: Collection[str], *, each: int = KEPT
) -> dict[str, list[dict[str, Any]]]:
    """The latest messages of these devices, newest first."""
    statement = text("""
        SELECT * FROM (
            SELECT device, at, received_at, counter, port, payload, "values", reason, doubt,
                   row_number() OVER (PARTITION BY device ORDER BY at DESC, id DESC) AS place
            FROM device_message WHERE device = ANY(cast(:devices AS text[]))
        ) m WHERE place <= :each ORDER BY device, place
    """)
    found: dict[str, list[dict[str, Any]]] = {}
    async with database.reading() as connection:
        for row in (await connection.execute(statement, {"devices": list(devices), "each": each})).mappings():
            found.setdefault(row["device"], []).append({k: v for k, v in row.items() if k not in ("device", "place")})
    return found


async def forget_old(tx: Transaction, before: datetime) -> int:
    """Messages received before are no longer known as doubles. How many were forgotten."""
    statement = text("DELETE FROM device_uplink WHERE received_at < :before")
    return (await tx.connection.execute(statement, {"before": before})).rowcount


def _rows(rows: Sequence[Any]) -> str:
    """Dataclasses or dictionaries as JSON; a NUL, which PostgreSQL does not store, is left out."""
    written = orjson.dumps(rows)
    if b"\\u0000" in written:
        written = orjson.dumps([to_body(row) for row in rows])
    return written.decode()


def _device(row: Any) -> Device:
    standing = Standing(row.last_seen, row.newest, row.battery, row.battery_unit, row.rssi, row.snr)
    return Device(
        id=row.id, state=State(row.state), name=row.name, network=row.network, model=row.model,
        first_seen=row.first_seen, standing=standing, messages=row.messages, doubles=row.doubles,
        undecoded=row.undecoded, adoption=from_body(row.adoption, Adoption) if row.adoption else None,
        alarms=tuple(row.alarms), longitude=row.longitude, latitude=row.latitude,
    )  # fmt: skip
