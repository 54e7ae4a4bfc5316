"""What lives as long as the node: the desk, and what time does to the requests on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from geodata.model.clock import Clock
from geodata.model.request import AGEING, Priority
from geodata.store.database import Database
from service.requests.ageing import Ageing
from service.requests.desk import Desk
from service.requests.putting import Putting


class Office:
    """`ageing` says how long a request of each priority waits for an answer before it climbs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rights_changed: Callable[[], Awaitable[None]],
        *,
        origin: str,
        ageing: Mapping[Priority, timedelta] = AGEING,
    ) -> None:
        self.rights_changed = rights_changed
        self.desk = Desk(database, origin, ageing)
        self.putting = Putting(self.desk)
        self.ageing = Ageing(self.desk, self.putting, clock, rights_changed)
