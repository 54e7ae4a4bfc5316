"""In an exercise the scenario's vehicles report and drive, as if their control room and their radios told us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from feeds.simulator.forces import Force, Forces, Vehicle
from geodata.model.clock import Clock
from geodata.store import things
from service.dispatch.applying import Sender
from service.dispatch.example_forces import found, organisation_of, resource_of, turn_back
from service.dispatch.intake import Intake
from service.dispatch.pushed import for_organisation
from service.dispatch.report import Report

EVERY = 2.0


class Rehearsal:
    """`rights_changed` is called once the organisations are there."""

    def __init__(
        self, forces: Forces, intake: Intake, clock: Clock, rights_changed: Callable[[], Awaitable[None]]
    ) -> None:
        self._forces, self._intake, self._clock = forces, intake, clock
        self._rights_changed = rights_changed
        self._founded = False
        self._told: dict[str, tuple[str, datetime]] = {}
        self._last: datetime | None = None
        self._run = things.new_id()

    async def look(self) -> None:
        """What has changed since the last look. Raises StoreError; then the next look tells it."""
        now = self._clock.now()
        if not self._founded:
            if await found(self._intake.database, self._intake.origin, self._forces, now):
                await self._rights_changed()
            self._founded = True
        if self._last is None or now < self._last:  # begun, or turned back, perhaps while we were away
            await turn_back(self._intake.database, self._intake.origin, self._forces, now)
            self._told.clear()
            self._run = things.new_id()
        self._last = now
        for force in self._forces.forces:
            sender = await for_organisation(self._intake, organisation_of(force), "exercise")
            await self._tell(sender, force, now)

    async def _tell(self, sender: Sender, force: Force, now: datetime) -> None:
        told: dict[str, tuple[str, datetime]] = {}
        reports: list[Report] = []
        for vehicle in force.vehicles:
            if vehicle.drives:
                reports += self._said(vehicle, now, told)
        await self._intake.bring(sender, reports)
        self._told |= told

    def _said(self, vehicle: Vehicle, now: datetime, told: dict[str, tuple[str, datetime]]) -> list[Report]:
        id = resource_of(vehicle.force, vehicle.call)
        there = self._forces.whereabouts(vehicle, now)
        news = self._told.get(id) != (there.code, there.since)
        if not news and not there.speed:
            return []
        told[id] = there.code, there.since
        place = Report(
            id=f"{self._run} {id} {now.isoformat()}", at=now, resource=id, longitude=there.longitude,
            latitude=there.latitude, speed=there.speed, heading=there.heading, accuracy=10,
        )  # fmt: skip
        if not news:
            return [place]
        said = max(there.since, now - timedelta(days=30))
        return [
            Report(id=f"{self._run} {id} {there.code} {said.isoformat()}", at=said, resource=id, fms=there.code),
            place,
        ]
