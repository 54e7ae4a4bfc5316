"""Rain gauges that send a running total: their totals are kept as a series of their own, what fell becomes readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from geodata.model.device import SOURCE, Adoption, Measures, station_key
from geodata.model.observation import Observation, implausible
from geodata.model.rain import OLDEST, Begun, between
from geodata.store import devices, observations
from geodata.store.database import Transaction
from service.sensors.values import Measurement

TOTAL = "NT"
"""The quantity under which the counter itself is kept, in mm."""


@dataclass(slots=True)
class Rainfall:
    """`aside` as (station, reason, raw): totals that go on from no other."""

    observations: list[Observation] = field(default_factory=list)
    aside: list[tuple[str, str, str]] = field(default_factory=list)


async def of_totals(
    tx: Transaction, origin: str, measured: Mapping[str, Sequence[Measurement]], adoptions: Mapping[str, Adoption],
    now: datetime,
) -> Rainfall:  # fmt: skip
    """What fell according to the totals among these, late ones in their place."""
    found = Rainfall()
    new: dict[str, dict[datetime, float]] = {}
    for device, adoption in adoptions.items():
        if adoption.measures is not Measures.RAIN:
            continue
        station = station_key(device)
        for at, values in measured.get(device, ()):
            total = values.get(Measures.RAIN_TOTAL)
            if total is None or Measures.RAIN in values:
                continue
            reason = implausible(Observation(station, TOTAL, at, total, "mm"), now)
            if reason:
                found.aside.append((station, reason, f"{at.isoformat()} {total:g}"))
            else:
                new.setdefault(station, {})[at] = total
    if not new:
        return found
    known = await devices.around(
        tx, origin, TOTAL, {station: (min(totals), max(totals)) for station, totals in new.items()}, OLDEST
    )
    for station, totals in new.items():
        for told in between(dict(known.get(station, ())) | totals, totals):
            if isinstance(told, Begun):
                found.aside.append((station, told.reason, told.at.isoformat()))
                continue
            judged_by = None if told.dated else 0.0
            found.observations.append(
                Observation(station, "N", told.at, told.value, "mm", None, judged_by, told.minutes)
            )
    kept = [Observation(station, TOTAL, at, v, "mm") for station, totals in new.items() for at, v in totals.items()]
    await observations.record(tx, origin, kept, source=SOURCE, received_at=now, history_only=True)
    return found
