"""All routes of alarms and their plans."""

from __future__ import annotations

from fastapi import APIRouter

from alerting.channels.switchboard import Switchboard
from alerting.store.sealing import Seal
from geodata.model.clock import Clock
from geodata.model.incident import IncidentMode
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.alarms import alarm_routes, plan_routes
from service.alarms.calling import Calling
from service.alarms.looking import Looking
from service.alarms.modes import Modes
from service.alarms.plans import Plans


def routers(
    database: Database,
    sessions: Sessions,
    clock: Clock,
    seal: Seal,
    switchboard: Switchboard,
    *,
    origin: str,
    mode: IncidentMode,
) -> list[APIRouter]:
    calling = calling_of(database, seal, switchboard, origin=origin, mode=mode)
    plans, modes = calling.plans, calling.modes
    return [plan_routes.routes(plans, modes, sessions, clock), alarm_routes.routes(calling, sessions, clock)]


def calling_of(database: Database, seal: Seal, switchboard: Switchboard, *, origin: str, mode: IncidentMode) -> Calling:
    """Alarming as people do it."""
    plans = Plans(database, origin, Looking(database, switchboard), seal)
    return Calling(database, origin, plans, Modes(mode))
