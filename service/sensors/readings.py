"""From what devices measured to readings of their gauges, each looked at whether it can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from geodata.model import doubt
from geodata.model.device import Adoption, Measures, station_key
from geodata.model.doubt import Doubt, Value
from geodata.model.observation import Observation
from geodata.store import devices
from geodata.store.database import Transaction
from service.sensors.values import Measurement

LOOK_BACK = timedelta(days=2)
STUCK_AGAIN = timedelta(minutes=5)
DRIFT_AGAIN = timedelta(hours=1)
LONG = 3000


class Readings:
    """Remembers when each device was last compared with its neighbours, which takes queries of its own. Times are the
    messages', so that what arrives late is judged as if it had come in time."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._compared: dict[str, dict[Doubt, datetime]] = {}
        self._doubted: dict[str, Doubt] = {}

    async def of(
        self, tx: Transaction, measured: Mapping[str, Sequence[Measurement]], adoptions: Mapping[str, Adoption]
    ) -> list[Observation]:
        """Observations of the adopted devices, oldest first for each; `state` says what is doubted about one."""
        found: list[Observation] = []
        levels: dict[str, list[Value]] = {}
        for device, adoption in adoptions.items():
            given = sorted((at, m[adoption.measures]) for at, m in measured.get(device, ()) if adoption.measures in m)
            values = [(at, adoption.reading(value)) for at, value in given]
            if adoption.measures is Measures.RAIN:
                found += [Observation(station_key(device), "N", at, value, "mm") for at, value in values]
            elif values:
                levels[device] = values
        if not levels:
            return found
        times = [at for values in levels.values() for at, _ in values]
        earlier = await devices.recent(
            tx, self.origin, [station_key(d) for d in levels], "W", max(times), since=min(times) - LOOK_BACK
        )
        for device, values in levels.items():
            found += await self._judged(tx, device, adoptions[device], values, earlier.get(station_key(device), []))
        return found

    def forget(self, device: str) -> None:
        """It hangs elsewhere now."""
        self._compared.pop(device, None)
        self._doubted.pop(device, None)

    async def _judged(
        self, tx: Transaction, device: str, adoption: Adoption, values: list[Value], before: list[Value]
    ) -> list[Observation]:
        found, station = [], station_key(device)
        new = {at for at, _ in values}
        known = [v for v in before if v[0] not in new]
        for at, value in values:
            past = sorted(v for v in known if v[0] < at)
            marked: Doubt | None = None
            judged_by = None
            if doubt.is_spike((at, value), past):
                marked, judged_by = Doubt.SPIKE, doubt.judged_by(past)
            else:
                marked = await self._compare(tx, device, adoption, [*past, (at, value)])
            found.append(Observation(station, "W", at, value, "cm", marked, judged_by))
            known.append((at, value))
        return found

    async def _compare(
        self, tx: Transaction, device: str, adoption: Adoption, latest: list[Value]
    ) -> Doubt | None:  # fmt: skip
        """What neighbours say about the last of these values."""
        at = latest[-1][0]
        still = len(doubt.standing_still(latest)) >= doubt.USUAL.stuck_values
        again = still and self._due(device, Doubt.STUCK, at, STUCK_AGAIN)
        if not (again or self._due(device, Doubt.DRIFT, at, DRIFT_AGAIN)):
            told = self._doubted.get(device)
            return None if told is Doubt.STUCK and not still else told
        since, station = at - LOOK_BACK, station_key(device)
        kept = await devices.recent(tx, self.origin, [station], "W", at, since=since, limit=LONG)
        own = kept.get(station, [])
        own = [*own, *(v for v in latest if not own or v[0] > own[-1][0])]
        around = await devices.neighbours(tx, station, adoption.longitude, adoption.latitude, since, at)
        self._doubted.pop(device, None)
        if still and doubt.is_stuck(own, around):
            self._doubted[device] = Doubt.STUCK
        elif doubt.is_drifting(own, around):
            self._doubted[device] = Doubt.DRIFT
        return self._doubted.get(device)

    def _due(self, device: str, what: Doubt, at: datetime, again: timedelta) -> bool:
        compared = self._compared.setdefault(device, {})
        last = compared.get(what)
        if last is not None and timedelta(0) <= at - last < again:
            return False
        compared[what] = at
        return True
