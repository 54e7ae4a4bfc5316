"""Where uplinks enter the registry and the picture, whichever way they came: one batch, one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feeds.lorawan.uplink import Uplink
from geodata.model.clock import Clock
from geodata.model.device import SOURCE, Adoption, State, station_key, station_of
from geodata.model.observation import FUTURE_TOLERANCE, Observation
from geodata.model.ref import Ref
from geodata.model.station import Station
from geodata.store import devices, doubts, observations, stations
from geodata.store import feeds as feed_store
from geodata.store.database import Database, Transaction
from geodata.store.devices import Device, Heard, Key
from service.sensors.alarms import tell
from service.sensors.rainfall import Rainfall, of_totals
from service.sensors.readings import Readings
from service.sensors.values import Measurement, Said, device_id, measured_again, said

ACTOR = f"feed:{SOURCE}"
Doubts = dict[tuple[str, datetime], str]
"""By station and time of a reading."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: new + doubles is as many as were given; `undecoded` and `refused` are among the new."""

    new: int = 0
    doubles: int = 0
    undecoded: int = 0
    refused: int = 0
    readings: int = 0


class Intake:
    """`operator` is who runs the sensors, as the gauges name him."""

    def __init__(self, database: Database, clock: Clock, *, origin: str, operator: str | None = None) -> None:
        self.database, self.clock, self.origin, self.operator = database, clock, origin, operator
        self.readings = Readings(origin)

    async def take(self, uplinks: Sequence[Uplink]) -> Taken:
        """Everything of the batch or, if this raises StoreError, nothing: then send it again."""
        if not uplinks:
            return Taken()
        now = self.clock.now()
        first: dict[tuple[str, str, int], Uplink] = {}
        times: Counter[tuple[str, str, int]] = Counter()
        for uplink in uplinks:
            key = _key(uplink)
            first.setdefault(key, uplink)
            times[key] += 1
        async with self.database.transaction(ACTOR) as tx:
            fresh = await devices.remember(tx, [Key(*key, up.at) for key, up in first.items()], now)
            new = [said(uplink) for key, uplink in first.items() if key in fresh]
            doubles: Counter[str] = Counter()
            for key, count in times.items():
                doubles[key[0]] += count - (key in fresh)
            kept_aside = [(s.device, s.reason, s.raw) for s in new if s.reason]
            early = [s for s in new if s.at > now + FUTURE_TOLERANCE]
            kept_aside += [(s.device, "time lies in the future", s.at.isoformat()) for s in early]
            ahead = {id(s) for s in early}
            known = await devices.hear(tx, _heard(uplinks, new, ahead, doubles, now))
            timely = [s for s in new if id(s) not in ahead]
            found, rain = await self._observed(tx, timely, known, now)
            kept_aside += rain.aside
            recorded = await observations.record(tx, self.origin, found, source=SOURCE, received_at=now)
            kept_aside += [(o.station, reason, f"{o.at.isoformat()} {o.value:g}") for o, reason in recorded.refused]
            await doubts.record(tx, self.origin, found)
            why: Doubts = {(o.station, o.at): o.state for o in found if o.state}
            await devices.keep(tx, _messages(new, why), now)
            await feed_store.keep_aside(tx, SOURCE, kept_aside, now)
            await tell(tx, self.origin, known.values(), now)
        undecoded = sum(s.reason is not None for s in new)
        refused = len(early) + len(recorded.refused)
        return Taken(len(new), len(uplinks) - len(new), undecoded, refused, recorded.readings)

    async def adopt(self, tx: Transaction, device: Device, adoption: Adoption) -> Station:
        """Make it a gauge, and its kept messages readings: with another mounting they are reckoned anew."""
        now = self.clock.now()
        station = station_of(device.id, adoption, self.operator)
        await stations.record(tx, self.origin, [station], source=SOURCE, received_at=now)
        await tx.write()  # the readings look for their station among the facts
        other = "N" if adoption.quantity == "W" else "W"
        tx.drop(Ref(self.origin, "reading", f"{station.key}.{other}"))
        self.readings.forget(device.id)
        kept = (await devices.messages(self.database, [device.id])).get(device.id, [])
        measured: list[Measurement] = [
            (m["at"], measured_again(m["values"])) for m in kept if m["at"] <= now + FUTURE_TOLERANCE
        ]
        found = await self.readings.of(tx, {device.id: measured}, {device.id: adoption})
        found += (await of_totals(tx, self.origin, {device.id: measured}, {device.id: adoption}, now)).observations
        await observations.record(tx, self.origin, found, source=SOURCE, received_at=now)
        await doubts.record(tx, self.origin, found, anew=True)
        await tell(tx, self.origin, [device], now)
        return station

    async def _observed(
        self, tx: Transaction, new: Iterable[Said], known: dict[str, Device], now: datetime
    ) -> tuple[list[Observation], Rainfall]:  # fmt: skip
        measured: dict[str, list[Measurement]] = {}
        for each in new:
            if known[each.device].state is State.ADOPTED and each.measured:
                measured.setdefault(each.device, []).extend(each.measured)
        adoptions = {device: a for device in measured if (a := known[device].adoption) is not None}
        found = await self.readings.of(tx, measured, adoptions)
        rain = await of_totals(tx, self.origin, measured, adoptions, now)
        return found + rain.observations, rain


def _key(uplink: Uplink) -> tuple[str, str, int]:
    """A device without counters is told by the time of its messages."""
    name, session, counter = uplink.double_of
    if counter is None:
        return device_id(name), f"{session or ''}@{uplink.at.isoformat()}", 0
    return device_id(name), session or "", counter


def _heard(
    uplinks: Sequence[Uplink], new: Sequence[Said], ahead: set[int], doubles: Counter[str], now: datetime
) -> list[Heard]:
    latest: dict[str, Said] = {}
    messages: Counter[str] = Counter()
    undecoded: Counter[str] = Counter()
    for each in new:
        messages[each.device] += 1
        undecoded[each.device] += each.reason is not None
        held = latest.get(each.device)
        if id(each) not in ahead and (held is None or held.at < each.at):
            latest[each.device] = each
    networks = {device_id(up.device): up.network.value for up in uplinks}
    found = []
    for device, network in networks.items():
        counts: dict[str, Any] = {
            "messages": messages[device], "doubles": doubles[device], "undecoded": undecoded[device],
        }  # fmt: skip
        last = latest.get(device)
        if last is None:
            found.append(Heard(device, network, seen=now, **counts))
            continue
        up = last.uplink
        found.append(
            Heard(
                device,
                network,
                seen=now,
                newest=up.at,
                name=up.name,
                model=last.model or up.profile,
                battery=last.battery,
                battery_unit=last.battery_unit,
                rssi=up.rssi,
                snr=up.snr,
                longitude=up.longitude,
                latitude=up.latitude,
                **counts,
            )
        )
    return found


def _messages(new: Sequence[Said], why: Doubts) -> list[devices.Message]:
    """The latest of each device."""
    found: dict[str, list[Said]] = {}
    for each in new:
        found.setdefault(each.device, []).append(each)
    kept = []
    for device, all_of_it in found.items():
        station = station_key(device)
        latest = sorted(all_of_it, key=lambda s: s.at)[-devices.KEPT :]
        kept += [each.message(why.get((station, each.at))) for each in latest]
    return kept
