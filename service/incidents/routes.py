"""The routes of incidents, their staffs and their maps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from fastapi import APIRouter

from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from geodata.model.legal import LegalLevel
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.incidents.incident_routes import incident_routes
from service.incidents.map_routes import map_routes
from service.incidents.merging import Merging
from service.incidents.opening import Incidents
from service.incidents.seats import Seats
from service.incidents.situation import Situation
from service.incidents.staff_routes import staff_routes


def routes(
    database: Database,
    sessions: Sessions,
    clock: Clock,
    *,
    origin: str,
    mode: str,
    levels: Sequence[LegalLevel],
    rights_changed: Callable[[], Awaitable[None]],
) -> APIRouter:
    """`rights_changed` is called after every change of who sits where."""
    seats = Seats(database, origin)
    situation = Situation(database, origin)
    router = APIRouter()
    incidents = Incidents(database, origin, IncidentMode(mode), levels, seats)
    router.include_router(incident_routes(incidents, sessions, clock, rights_changed))
    router.include_router(staff_routes(seats, sessions, clock, rights_changed))
    router.include_router(map_routes(situation, Merging(situation), sessions, clock))
    return router
