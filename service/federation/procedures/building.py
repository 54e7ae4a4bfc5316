"""What two staffs do together, built for `service/federating.py`: routes, and one loop that answers what needs nobody.

The loop does what can be done again without harm: all it makes has a name that follows from what it answers, so that it
may die at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from fastapi import APIRouter

from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from geodata.model.legal import LegalLevel
from geodata.model.resource import FleetLevel
from geodata.store.database import Database, StoreUnavailable
from service.access.sessions import Sessions
from service.alarms.calling import Calling
from service.federation.identity.keys import NodeKeys
from service.federation.procedures import partners_route
from service.federation.procedures.alarms import routes as alarm_routes
from service.federation.procedures.alarms.answering import Answering
from service.federation.procedures.alarms.asking import Asking
from service.federation.procedures.alarms.office import Office as AlarmOffice
from service.federation.procedures.joint import routes as joint_routes
from service.federation.procedures.joint.linking import Linking
from service.federation.procedures.joint.reading import Reading
from service.federation.procedures.marches import routes as march_routes
from service.federation.procedures.marches.office import Office as MarchOffice
from service.federation.procedures.marches.receipts import Receipts
from service.federation.procedures.messages import routes as message_routes
from service.federation.procedures.messages.office import Office as MessageOffice
from service.federation.procedures.reports import routes as report_routes
from service.federation.procedures.reports.office import Office as ReportOffice

EVERY = 1.0


class Procedures:
    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        clock: Clock,
        keys: NodeKeys,
        *,
        origin: str,
        name: str,
        mode: IncidentMode,
        level: FleetLevel,
        ars: str,
        calling: Calling,
        levels: Sequence[LegalLevel],
    ) -> None:
        self.messages = MessageOffice(database, clock, origin=origin, name=name, mode=mode)
        marches = MarchOffice(database, clock, keys, origin=origin, name=name, mode=mode)
        self.receipts = Receipts(database, clock, origin=origin, name=name)
        self.asking = Asking(database, clock, origin=origin, name=name)
        self.answering = Answering(database, clock, origin=origin, mode=mode)
        alarm_office = AlarmOffice(database, clock, calling, self.answering)
        self.reports = ReportOffice(
            database, clock, origin=origin, name=name, mode=mode, level=level, ars=ars, levels=levels
        )
        self.routers: list[APIRouter] = [
            partners_route.routes(database, sessions, origin=origin, name=name, level=level, ars=ars),
            message_routes.routes(self.messages, sessions),
            march_routes.routes(marches, sessions),
            alarm_routes.routes(alarm_office, sessions),
            report_routes.routes(self.reports, sessions),
            joint_routes.routes(
                Linking(database, clock, origin=origin), Reading(database, origin=origin, name=name), sessions, clock
            ),
        ]

    async def turn(self) -> None:
        """Do all that has come since the last turn."""
        with suppress(StoreUnavailable):
            await self.messages.deliver()
            await self.receipts.turn()
            await self.asking.turn()
            await self.answering.turn()
            await self.reports.watch()
