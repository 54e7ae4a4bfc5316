"""In an exercise the scenario's people answer what they are asked, as people do: most soon, some later, some never."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random

from alerting.model.plan import ChannelKind
from alerting.model.recipient import Answer
from alerting.store import alarms
from alerting.store.rehearsing import Asked, asked
from alerting.store.sealing import Seal
from feeds.simulator.forces import Forces
from geodata.model.clock import Clock
from geodata.store.database import Database
from service.roster import example_people

EVERY = 2.0
SILENT = 0.12
"""Share of people who never answer."""
_LATER = (10, 20, 30, 60)


class Rehearsal:
    """`rights_changed` is called when a roster has got its room."""

    def __init__(
        self,
        database: Database,
        origin: str,
        forces: Forces,
        seal: Seal,
        clock: Clock,
        rights_changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._database, self._origin, self._forces = database, origin, forces
        self._seal, self._clock, self._rights_changed = seal, clock, rights_changed
        self._waiting = {force.key for force in forces.forces}

    async def look(self) -> None:
        """Found what is not there yet, then answer what is due. Raises StoreError; then the next look does it."""
        now = self._clock.now()
        for force in self._forces.forces:
            if force.key in self._waiting and await example_people.found(
                self._database, self._origin, force, self._seal, now
            ):
                self._waiting.discard(force.key)
                await self._rights_changed()
        for one in await asked(self._database, tuple(map(example_people.organisation_of, self._forces.forces))):
            await self._answer(one, now)

    async def _answer(self, one: Asked, now: datetime) -> None:
        reaction = _reaction(one)
        if reaction is None:
            return
        after, answer, minutes = reaction
        if now < one.notified_at + after:
            return
        async with self._database.transaction("exercise") as tx:
            await alarms.answer(tx, one.alarm, one.helper, answer, minutes=minutes, by=ChannelKind.CONSOLE, now=now)


def _reaction(one: Asked) -> tuple[timedelta, Answer, int | None] | None:
    """The same person reacts to the same alarm in the same way, however often the node starts."""
    random = Random(f"{one.alarm} {one.helper}")  # noqa: S311 an exercise, no secret
    share = random.random()
    after = timedelta(seconds=min(600.0, random.expovariate(1 / 45)) + 5)
    if share < SILENT:
        return None
    if share < SILENT + 0.13:
        return after, Answer.NOT_COMING, None
    if share < SILENT + 0.35:
        return after, Answer.COMING_LATER, random.choice(_LATER)
    return after, Answer.COMING, None
