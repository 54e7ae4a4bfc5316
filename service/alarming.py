"""All that calls people, built for `service/app.py`: the keys, the loops and the routes around the alarm engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from fastapi import APIRouter

from alerting.auditor import Auditor
from alerting.channels.webpush import VapidKey
from alerting.dispatch import Dispatch
from alerting.store.sealing import Seal
from alerting.watch import Watch
from feeds.simulator.forces import Forces
from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from geodata.store.database import Database
from service.access.limits import Limits
from service.access.sessions import Sessions
from service.alarm_log import EVERY as ALARM_LOG_EVERY
from service.alarm_log import AlarmLog
from service.alarms import routes as alarms
from service.background import Background, every
from service.custody import routes as custody
from service.gateways import reception as gateway_reception
from service.gateways import routes as gateways
from service.gateways.building import Building
from service.pages.door import Door
from service.pages.look import Look
from service.phone import routes as phone
from service.roster import people_routes
from service.roster import routes as roster
from service.roster.keeping import keeping
from service.roster.rehearsal import EVERY as REHEARSE_EVERY
from service.roster.rehearsal import Rehearsal
from service.settings import Mode, Settings
from service.volunteers.building import Volunteers


class Alarming:
    """`start` puts its loops into the background; `stop` ends what they hold open. `forces` are those of an exercise:
    their people answer by themselves."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        sessions: Sessions,
        clock: Clock,
        rights_changed: Callable[[], Awaitable[None]],
        forces: Forces | None = None,
    ) -> None:
        self.settings, self.database, self.sessions, self.clock = settings, database, sessions, clock
        self.rights_changed = rights_changed
        self.seal = Seal(settings.data_dir)
        self.public_url = settings.alerting.public_url or f"http://{settings.host}:{settings.port}"
        building = Building(
            settings.alerting,
            origin=settings.origin,
            public_url=self.public_url,
            data_dir=settings.data_dir,
            exercise_node=settings.mode is Mode.EXERCISE,
        )
        self.switchboard = building.switchboard(clock)
        self.gateway_secrets = building.secrets()
        self.reception = gateway_reception.Reception(database, clock, self.seal, self.switchboard)
        self.vapid = VapidKey(settings.data_dir).public()
        more = settings.data_dir / "languages"
        self.look = Look(clock, title=settings.title, mode=settings.mode.value, more=more)
        self.door = Door(database, self.seal, Limits(settings.redis_url), clock)
        self.volunteers = Volunteers(
            database,
            sessions,
            clock,
            self.seal,
            self.switchboard,
            self.look,
            self.door,
            Limits(settings.redis_url),
            origin=settings.origin,
            mode=IncidentMode(settings.mode),
            public_url=self.public_url,
        )
        self.dispatch = Dispatch(
            database, clock, self.seal, self.switchboard, origin=settings.origin, public_url=self.public_url
        )
        self.auditor = Auditor(database, clock, origin=settings.origin)
        self.log = AlarmLog(database, clock, settings.origin)
        self.calling = alarms.calling_of(
            database, self.seal, self.switchboard, origin=settings.origin, mode=IncidentMode(settings.mode)
        )
        self.rehearsal = (
            Rehearsal(database, settings.origin, forces, self.seal, clock, rights_changed) if forces else None
        )
        self.watch = Watch(
            database,
            clock,
            origin=settings.origin,
            area=settings.area,
            terms=settings.custody.terms(),
            mode=IncidentMode(settings.mode),
        )

    def routers(self) -> list[APIRouter]:
        origin = self.settings.origin
        return [
            roster.routes(self.database, self.sessions, self.clock, origin=origin, rights_changed=self.rights_changed),
            *people_routes.routes(
                self.database, self.sessions, self.clock, self.seal, origin=origin, public_url=self.public_url
            ),
            custody.routes(
                self.database, self.sessions, self.clock, origin=origin, mode=IncidentMode(self.settings.mode)
            ),
            *alarms.routers(
                self.database,
                self.sessions,
                self.clock,
                self.seal,
                self.switchboard,
                origin=origin,
                mode=IncidentMode(self.settings.mode),
            ),
            gateways.routes(self.reception, self.sessions, self.gateway_secrets, Limits(self.settings.redis_url)),
            self.look.files.routes(),
            *self.volunteers.routers,
            phone.routes(
                self.look,
                self.door,
                self.switchboard,
                self.clock,
                origin=origin,
                public_url=self.public_url,
                vapid=self.vapid,
            ),
        ]

    def start(self, background: Background) -> None:
        """Engines that beat are named with `background.engine`."""
        for name, seconds, work in keeping(self.database, self.clock):
            background.start(name, partial(every, seconds, work))
        background.engine("alarms", self.dispatch.alive)
        background.start("alarms", self.dispatch.run)
        background.start("alarms log", lambda: every(ALARM_LOG_EVERY, self.log.turn))
        background.engine("alarms auditor", self.auditor.content)
        background.start("alarms auditor", self.auditor.run)
        sweep = self.reception.sweep
        background.start("gateway messages", lambda: every(gateway_reception.SWEEP_EVERY, sweep))
        self.volunteers.start(background)
        background.engine("watch", self.watch.alive)
        background.start("watch", self.watch.run)
        background.start("watch deadlines", self.watch.tend)
        rehearsal = self.rehearsal
        if rehearsal is not None:
            background.start("people", lambda: every(REHEARSE_EVERY, rehearsal.look))

    async def stop(self) -> None:
        """After the loops have ended."""
        await self.switchboard.close()
