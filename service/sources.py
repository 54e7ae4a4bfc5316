"""The sources of this node while it runs: the published ones, or in an exercise the simulator in their place."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from feeds.catalogue import catalogue
from feeds.configured.source import made_all
from feeds.contract import Polled
from feeds.health import FeedHealth
from feeds.runner import Runner
from feeds.simulator.server import Simulator
from geodata.model.clock import Clock, ExerciseClock
from geodata.store import exercises
from geodata.store.database import Database
from service.intake import Intake
from service.settings import Settings

log = structlog.get_logger()


class NotRunning(Exception):
    """The sources are not running yet. Try again in a moment."""


class Sources:
    """Starts the simulator if there is one, then the runner; stops both."""

    def __init__(self, settings: Settings, database: Database, clock: Clock, simulator: Simulator | None) -> None:
        self._settings, self._database, self._clock = settings, database, clock
        self.simulator = simulator
        self._runner: Runner | None = None
        self._beats = 0

    @property
    def runner(self) -> Runner:
        """Raises NotRunning."""
        if self._runner is None:
            raise NotRunning(NotRunning.__doc__)
        return self._runner

    @property
    def health(self) -> Mapping[str, FeedHealth]:
        return self._runner.health if self._runner else {}

    def beaten(self) -> bool:
        """Whether the runner gave a sign of life since this was last asked."""
        beats, self._beats = self._beats, 0
        return beats > 0

    async def start(self) -> None:
        base_urls: dict[str, str] = {}
        if self.simulator and isinstance(self._clock, ExerciseClock):
            left = await exercises.load(self._database, self.simulator.scenario.name)
            if left:
                self._clock.take_over(left)
            await self.simulator.start()
            base_urls = self.simulator.base_urls()
            await self.keep_clock()
        intake = Intake(self._database, self._settings.origin, self._clock)
        self._runner = Runner(
            self._chosen(base_urls),
            intake,
            self._clock,
            known=await intake.known_health(),
            every={name: f.every for name, f in self._settings.feeds.items() if f.every is not None},
            heartbeat=self._beat,
        )
        await self._runner.start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.stop()
        if self.simulator:
            await self.simulator.stop()

    async def keep_clock(self) -> None:
        """The exercise goes on from here after a restart."""
        if self.simulator and isinstance(self._clock, ExerciseClock):
            await exercises.save(self._database, self.simulator.scenario.name, self._clock)

    def _beat(self) -> None:
        self._beats += 1

    def _chosen(self, base_urls: Mapping[str, str]) -> list[Polled]:
        found: list[Polled] = []
        for name, kind in {**made_all(self._settings.sources), **catalogue().feeds}.items():
            wanted = self._settings.feeds.get(name)
            if wanted and not wanted.enabled:
                continue
            if self.simulator and name not in base_urls:
                log.warning("source left out: the simulator does not speak its format", feed=name)
                continue
            base_url = base_urls.get(name) or (wanted.base_url if wanted else None)
            found.append(kind(base_url, area=self._settings.area or None))
        return found
