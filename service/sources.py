"""The sources of this node while it runs: the published ones, or in an exercise the simulator in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog

from feeds.catalogue import catalogue
from feeds.configured.source import Configured, made_all
from feeds.contract import Batch, Garbled, Keeper, Polled
from feeds.decoding import excerpt
from feeds.fetching import Client
from feeds.health import FeedHealth
from feeds.plausibility import sift
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

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        simulator: Simulator | None,
        *,
        keeper: Keeper | None = None,
    ) -> None:
        """`keeper` is handed every answer as it came."""
        self._settings, self._database, self._clock = settings, database, clock
        self.simulator, self._keeper = simulator, keeper
        self._intake = Intake(database, settings.origin, clock)
        self._client: Client | None = None
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
        self._client = Client(keeper=self._keeper)
        self._runner = Runner(
            self._chosen(base_urls),
            self._intake,
            self._clock,
            client=self._client,
            known=await self._intake.known_health(),
            every={name: f.every for name, f in self._settings.feeds.items() if f.every is not None},
            heartbeat=self._beat,
        )
        await self._runner.start()

    async def stop(self) -> None:
        if self._runner:
            await self._runner.stop()
        if self._client:
            await self._client.aclose()
        if self.simulator:
            await self.simulator.stop()

    def parser(self, name: str) -> Polled | None:
        """A fresh object of the source's class, that knows nothing of earlier looks; None if it does not run here."""
        feed = self._runner.feeds.get(name) if self._runner else None
        return type(feed)(area=self._settings.area or None) if feed else None

    async def replay(self, name: str, batch: Batch) -> None:
        """Take what a recorded file gave. From now on the sources are asked for everything anew, so that the source's
        own next answer puts right what the file said otherwise. Raises NotRunning, StoreError."""
        feed = self.runner.feeds[name]
        await self._intake.deliver(feed, batch, replayed=True)
        if self._client:
            self._client.forget()
        forget = getattr(feed, "forget", None)
        if callable(forget):
            forget()

    async def hear(self, name: str, messages: Sequence[tuple[str, bytes]]) -> list[tuple[str, str, str]]:
        """Take what the broker of a SensorThings source told, as (topic, payload). Returns what was not understood.

        Raises NotRunning while no look has told which Datastreams the source has; StoreError."""
        feed = self.runner.feeds.get(name)
        if not isinstance(feed, Configured) or not feed.knows_streams:
            raise NotRunning(f"{name} has not been read yet: its messages wait")
        batch, aside = Batch(), []
        for topic, payload in messages:
            try:
                told = feed.heard(topic, payload)
            except Garbled as error:
                aside.append((topic, str(error), excerpt(payload)))
            else:
                batch.observations += told.observations
                batch.dropped += told.dropped
        await self._intake.deliver(feed, sift(batch, self._clock.now()))
        return aside

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
