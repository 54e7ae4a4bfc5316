"""In an exercise the scenario's own sensors speak, as if a broker brought them."""

from __future__ import annotations

from datetime import datetime, timedelta

from feeds.lorawan.reading import read
from feeds.simulator.lorawan import uplinks
from feeds.simulator.scenario import Scenario
from geodata.model.clock import Clock
from service.sensors.intake import Intake

EVERY = 2.0
BEFORE = timedelta(hours=2)
"""What is told when the exercise begins or its clock has jumped."""
_BATCH = 500


class Rehearsal:
    def __init__(self, scenario: Scenario, intake: Intake, clock: Clock) -> None:
        self._scenario, self._intake, self._clock = scenario, intake, clock
        self._told: datetime | None = None

    async def look(self) -> None:
        """What was sent since the last look. Raises StoreError; then the next look begins where this one did."""
        now = self._clock.now()
        start = self._told
        if start is None or not now - timedelta(days=1) < start <= now:
            start = now - BEFORE
        found = [
            uplink
            for _, topic, message in uplinks(self._scenario, max(start, self._scenario.data_from), now)
            for uplink in read(message, topic=topic)
        ]
        for at in range(0, len(found), _BATCH):
            await self._intake.take(found[at : at + _BATCH])
        self._told = now
