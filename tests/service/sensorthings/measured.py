"""A river that has been measured: stations and values as the feeds leave them in the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from geodata.model.level import Level
from geodata.model.observation import Observation
from geodata.model.station import GaugeZero, Series, Station, Threshold
from geodata.store import feeds, observations, stations
from geodata.store.database import Database

START = datetime(2026, 7, 14, tzinfo=UTC)
COUNT = 1200
"""Levels of KÖLN, one each five minutes: 300 cm, then a quarter more each time."""
MARK = Threshold("M_I", 620.0, "cm", "Meldestufe I", Level.MEDIUM)
KOELN = Station(
    "test.koeln", "KÖLN", "gauge", "RHEIN", 6.96, 50.94, 688.0, "WSA Rhein", "2730010",
    (Series("W", "cm", 5, (MARK,), GaugeZero(34.97, "m. ü. NHN")), Series("Q", "m³/s", 15)),
)  # fmt: skip
SMALL = Station("test.small", "O'Brien", "gauge", "ERFT", 6.79, 50.81, series=(Series("W", "cm"),))
DRY = Station("test.dry", "Ohne Ort", "rain", series=(Series("N", "mm/h"),))
HIDDEN = Station("own.hidden", "Geheim", "gauge", "ERFT", 6.8, 50.8, series=(Series("W", "cm"),))


async def flow(database: Database, start: datetime = START) -> None:
    """From `start` on: KÖLN with 1200 levels and two discharges, the first revised; O'Brien with three levels; one
    without place or values; one in a room of its own."""
    levels = [Observation(KOELN.key, "W", start + timedelta(minutes=5 * i), 300 + i / 4, "cm") for i in range(COUNT)]
    half = timedelta(microseconds=500)
    flows = [Observation(KOELN.key, "Q", start + timedelta(hours=i) + half, 2000.0 + i, "m³/s") for i in (0, 1)]
    small = [Observation(SMALL.key, "W", start + timedelta(hours=i), 50.0 - i, "cm") for i in range(3)]
    secret = [Observation(HIDDEN.key, "W", start, 1.0, "cm")]
    now = start + timedelta(days=6)
    told = {
        "name": "test",
        "title": "Testpegel",
        "licence": "DL-DE-Zero-2.0",
        "attribution": "WSV",
        "home": "https://x",
    }
    async with database.transaction("t") as tx:
        await stations.record(tx, "local", [KOELN, SMALL, DRY], source="test", received_at=now)
        await stations.record(tx, "local", [HIDDEN], source="own", received_at=now, room="kreis")
    async with database.transaction("t") as tx:
        await observations.record(tx, "local", [*levels, *flows, *small], source="test", received_at=now)
        await observations.record(tx, "local", secret, source="own", received_at=now, room="kreis")
        feeds.report(tx, "local", "test", told, now)
    revised = Observation(KOELN.key, "Q", flows[0].at, 1999.5, "m³/s")
    async with database.transaction("t") as tx:
        await observations.record(tx, "local", [revised], source="test", received_at=now)
