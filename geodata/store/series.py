"""Which series and stations there are, remembered between batches so that the hot path asks for versions only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, text

from geodata.model.body import from_body
from geodata.model.station import Station
from geodata.store.database import Transaction

SeriesKey = tuple[str, str]
"""Station key and quantity."""

_SERIES = text("""
    SELECT s.station, s.quantity, s.id, s.unit
    FROM series s JOIN unnest(cast(:stations AS text[]), cast(:quantities AS text[])) AS k (station, quantity)
         ON (s.station, s.quantity) = (k.station, k.quantity)
    WHERE s.origin = :origin
""")

# Sorted by the caller: two writers that create the same series wait for each other, never in a circle.
_CREATE = text("""
    INSERT INTO series (origin, station, quantity, unit)
    SELECT :origin, station, quantity, unit
    FROM unnest(cast(:stations AS text[]), cast(:quantities AS text[]), cast(:units AS text[]))
         AS k (station, quantity, unit)
    ON CONFLICT DO NOTHING
""")

_VERSIONS = text("SELECT id, xmin::text || ctid::text AS version FROM fact WHERE ref = ANY(cast(:refs AS text[]))")
_BODIES = text("SELECT id, xmin::text || ctid::text AS version, body FROM fact WHERE ref = ANY(cast(:refs AS text[]))")


@dataclass(frozen=True, slots=True)
class Known:
    """A series' number in the tables and the unit its values are kept in."""

    id: int
    unit: str


@dataclass(slots=True)
class _Memory:
    series: dict[tuple[str, str, str], Known] = field(default_factory=dict)
    stations: dict[str, tuple[str, Station]] = field(default_factory=dict)


_memories: WeakKeyDictionary[Engine, _Memory] = WeakKeyDictionary()


def _memory(tx: Transaction) -> _Memory:
    return _memories.setdefault(tx.connection.sync_engine, _Memory())


async def resolve(tx: Transaction, origin: str, units: Mapping[SeriesKey, str]) -> dict[SeriesKey, Known]:
    """The series of these stations and quantities; those not known yet are created with the unit given."""
    memory = _memory(tx).series
    found = {key: known for key in units if (known := memory.get((origin, *key)))}
    if len(found) == len(units):
        return found
    fresh: dict[SeriesKey, Known] = {}
    for attempt in (1, 2):
        missing = sorted(key for key in units if key not in found and key not in fresh)
        if not missing:
            break
        given = {"origin": origin, "stations": [k[0] for k in missing], "quantities": [k[1] for k in missing]}
        if attempt == 2:
            await tx.connection.execute(_CREATE, {**given, "units": [units[k] for k in missing]})
        for row in await tx.connection.execute(_SERIES, given):
            fresh[row.station, row.quantity] = Known(row.id, row.unit)
    # What this transaction created exists for the others only once it is committed.
    tx.on_commit(lambda: memory.update({(origin, *key): known for key, known in fresh.items()}))
    return {**found, **fresh}


async def stations(tx: Transaction, origin: str, keys: Collection[str]) -> dict[str, Station]:
    """The stations of these keys that have a fact, also one that this very transaction is about to write."""
    memory = _memory(tx).stations
    pending, refs = _pending(tx, origin, keys)
    found: dict[str, Station] = dict(pending)
    stale: list[str] = []
    for row in await tx.connection.execute(_VERSIONS, {"refs": list(refs)}):
        remembered = memory.get(f"{origin}/station/{row.id}")
        if remembered and remembered[0] == row.version:
            found[row.id] = remembered[1]
        else:
            stale.append(f"{origin}/station/{row.id}")
    if stale:
        for row in await tx.connection.execute(_BODIES, {"refs": stale}):
            station = from_body(row.body, Station)
            memory[f"{origin}/station/{row.id}"] = row.version, station
            found[row.id] = station
    return found


def _pending(tx: Transaction, origin: str, keys: Iterable[str]) -> tuple[dict[str, Station], list[str]]:
    """Stations among the puts of this transaction, and the refs that are left to ask the table for."""
    found, refs = {}, []
    for key in keys:
        ref = f"{origin}/station/{key}"
        if not tx.touches(ref):
            refs.append(ref)
        elif fact := tx.pending(ref):
            found[key] = from_body(fact.body, Station)
    return found, refs
