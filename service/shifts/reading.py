"""What shifts amount to: who is where, what breaks the rules, which crews stand, who could relieve them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from geodata.model.body import to_body
from geodata.model.catalogue import KNOWN
from geodata.model.crew import CrewState, crew
from geodata.model.duty import Duty
from geodata.model.relief import people_of, propose
from geodata.model.resource import BOUND, Resource
from geodata.model.resource_type import ResourceType
from geodata.model.shift import Shift, ShiftState, violations, who_is_where
from geodata.store import resources, things
from service.access.visitor import Visitor
from service.shifts.keeping import Shifts

PAST = timedelta(days=3)
"""Shifts that ended longer ago say nothing about rest any more."""


@dataclass(frozen=True, slots=True)
class Read:
    shifts: dict[str, Shift]
    resources: dict[str, Resource]
    types: Mapping[str, ResourceType]


class Reading:
    def __init__(self, shifts: Shifts, duty: Duty) -> None:
        self.shifts, self.duty = shifts, duty

    async def duty_of(self, visitor: Visitor, fleet: str, now: datetime) -> dict[str, Any]:
        """Raises NoSuchThing."""
        read = await self._read(visitor, fleet, now)
        crews = []
        for id, resource in read.resources.items():
            aboard = [
                shift for shift in read.shifts.values()
                if shift.resource == id and shift.state is ShiftState.ON_DUTY
            ]  # fmt: skip
            found = crew(aboard, read.types.get(resource.type), now)
            named = any(shift.resource == id for shift in read.shifts.values())
            if found.state is not CrewState.EMPTY or named or resource.deployment in BOUND:
                crews.append({"resource": id, "callsign": resource.callsign, "type": resource.type, **to_body(found)})
        return {
            "now": now.isoformat().replace("+00:00", "Z"),
            "duty": to_body(self.duty),
            "here": [to_body(one) for one in who_is_where(read.shifts, now)],
            "violations": [
                {**to_body(one), "hours": one.hours, "limit": one.limit}
                for one in violations(read.shifts, self.duty, now)
            ],
            "crews": crews,
        }

    async def relief_plan(
        self, visitor: Visitor, fleet: str, now: datetime, *, within: timedelta, length: timedelta | None
    ) -> dict[str, Any]:
        """Changes nothing. Raises NoSuchThing."""
        read = await self._read(visitor, fleet, now)
        found = propose(
            read.shifts, read.resources, people_of(read.shifts), now, self.duty,
            within=within, length=length, types=read.types,
        )  # fmt: skip
        lines = [
            {**to_body(line), "late": line.late, "others": line.others, "shift": _as_shift(line)}
            for line in found.lines
        ]
        return {
            "now": now.isoformat().replace("+00:00", "Z"),
            "reliefs": [{**to_body(one), "seats": one.seats} for one in found.reliefs],
            "lines": lines,
            "gaps": [to_body(one) for one in found.gaps],
            "left": list(found.left),
            "callsigns": {id: resource.callsign for id, resource in read.resources.items()},
        }

    async def _read(self, visitor: Visitor, fleet: str, now: datetime) -> Read:
        keeping = self.shifts
        async with keeping.transaction(visitor) as tx:
            room = (await keeping.fleet(tx, visitor, fleet)).room
            shifts = await keeping.of_fleet(tx, fleet, [room])
            rooms = keeping.rooms(visitor)
            held = await resources.of_kind(tx, "resource", rooms, origin=keeping.origin, organisation=fleet)
        found = {id: things.checked(one.body, Resource) for id, one in held.items()}
        return Read({id: shift for id, shift in shifts.items() if shift.span(now)[1] > now - PAST}, found, KNOWN.types)


def _as_shift(line: Any) -> dict[str, Any]:
    """What to send to take this line over."""
    body = to_body(line)
    kept: dict[str, Any] = {
        name: body[name] for name in ("person", "member", "function", "starts", "ends", "resource") if name in body
    }
    return {**kept, "qualifications": body.get("holds", [])}
