"""To whom a request goes: neighbours, whoever is above, anybody who has a fleet; and what they said."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from geodata.model.editing import BadEdit
from geodata.model.inquiry import HOLDING, LENDING, InquiryState
from geodata.model.request import LEVELS, Request, RequestLevel, Step, level_of, longer, stands
from geodata.model.resource import FleetLevel
from geodata.store import things
from service.access.visitor import Visitor
from service.requests import rules, store
from service.requests.ageing import chain
from service.requests.desk import REQUEST_KIND, Desk
from service.requests.fitting import metres
from service.requests.putting import Putting
from service.requests.sent import RequestRoute
from service.requests.store import FleetRow

NEAREST = 20
REACHABLE = 180.0
"""Seconds since a partner was last heard, up to which it counts as reachable; a greeting comes each minute."""
_WAITING = frozenset({InquiryState.ROUTED, *HOLDING, *LENDING})
"""An organisation is not asked twice while it has one of these."""


class Routing:
    def __init__(self, desk: Desk, putting: Putting) -> None:
        self.desk, self.putting = desk, putting

    async def route(self, visitor: Visitor, id: str, given: RequestRoute, now: datetime) -> dict[str, Any]:
        """One inquiry to each; whoever still has one is not asked again. Raises NoSuchThing, NotAllowed, BadEdit,
        BadMove."""
        await self._mine(visitor, id)
        async with self.desk.database.transaction(visitor.actor) as tx:
            held, request = await self.desk.request(tx, id)
            self.desk.demand_requester(visitor, request)
            incident = await store.found(tx, self.desk.ref("incident", request.incident))
            rules.check_open(incident.body)
            rules.check_route(request)
            known = await store.fleets(tx.connection, self.desk.origin)
            wanted = meant(request.organisation, given, known)
            asked = await store.inquiries(tx, self.desk.origin, id)
            live = {
                str(one.body["addressee"]["organisation"])
                for one in asked.values() if InquiryState(one.body["state"]) in _WAITING
            }  # fmt: skip
            made, history, level = [], request.history, request.level
            states = [str(one.body["state"]) for one in asked.values()]
            for to in sorted(set(wanted) - live):
                row = known[to]
                made.append(await self.putting.put(tx, held, request, row, now, stays_open=given.stays_open))
                states.append(InquiryState.ROUTED.value)
                level = max(level, level_of(row.level), key=LEVELS.index)
                history = longer(
                    history,
                    Step(stands(request.counts, states).value, now, visitor.actor, None, "RequestResource", row.name),
                )
            due = now + self.desk.ageing[request.priority] if made else request.answer_due
            after = replace(request, history=history, level=level, answer_due=due)
            told = await self.desk.put_request(tx, held, after, stands(request.counts, states), now)
        return {**told, "inquiries": made, "already": sorted(set(wanted) & live)}

    async def addressees(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """Raises NoSuchThing, NotAllowed."""
        held = await self._mine(visitor, id)
        request = things.checked(held.body, Request)
        rooms = self.desk.database.asked(visitor.rooms)
        async with self.desk.database.transaction(visitor.actor) as tx:
            known = await store.fleets(tx.connection, self.desk.origin)
        async with self.desk.database.transaction(visitor.actor, see=visitor.rooms) as tx:
            asked = await store.inquiries(tx, self.desk.origin, id)
        said = _said({one: found.body for one, found in asked.items() if found.room in rooms})
        listed = [
            _addressee(known[to], relation, step, distance, said.get(to))
            for to, relation, step, distance in around(request, known, said.keys())
        ]
        return {"organisation": request.organisation, "level": request.level.value, "addressees": listed}

    async def _mine(self, visitor: Visitor, id: str) -> things.Held:
        held = await self.desk.seen(visitor, REQUEST_KIND, id)
        self.desk.demand_requester(visitor, held.body)
        return held


def meant(organisation: str, given: RequestRoute, known: Mapping[str, FleetRow]) -> list[str]:
    """Who is asked. Raises BadEdit."""
    if (given.organisations is None) is (given.level is None):
        raise BadEdit("organisations", "name either organisations or a level")
    if given.organisations is not None:
        if not given.organisations:
            raise BadEdit("organisations", "name at least one organisation")
        for one in given.organisations:
            if one == organisation:
                raise BadEdit("organisations", "nobody asks himself; dispatch your own forces")
            if one not in known:
                raise BadEdit("organisations", f"there is no organisation {one[:80]!r} with a fleet")
        return given.organisations
    if given.level is RequestLevel.NEIGHBOURS:
        found = neighbours(organisation, known)
    else:
        found = [one for one in chain(organisation, known) if level_of(known[one].level) is given.level]
    if not found:
        raise BadEdit(
            "level", f"no {given.level} is known of this organisation's fleet; write it there or name organisations"
        )
    return found


def neighbours(organisation: str, known: Mapping[str, FleetRow]) -> list[str]:
    """Those that its fleet names, then partners of its own level."""
    own = known.get(organisation)
    level = own.level if own else FleetLevel.MUNICIPALITY
    near = [one for one in (own.neighbours if own else ()) if one in known and one != organisation]
    return near + [id for id, row in known.items() if row.partner is not None and row.level is level and id not in near]


def around(
    request: Request, known: Mapping[str, FleetRow], asked: Collection[str]
) -> list[tuple[str, str, int | None, float | None]]:  # fmt: skip
    """Neighbours, then whoever is above, then those asked and the nearest: id, relation, step above, metres."""
    own = known.get(request.organisation)
    here = request.place or (own.place if own else None)

    def distance(id: str) -> float | None:
        place = known[id].place
        return metres(here, place) if here is not None and place is not None else None

    found: list[tuple[str, str, int | None, float | None]] = [
        (id, "NEIGHBOUR", None, distance(id)) for id in neighbours(request.organisation, known)
    ]
    listed = {id for id, *_ in found}
    for step, id in enumerate(chain(request.organisation, known), start=1):
        if id not in listed:
            found.append((id, "SUPERIOR", step, distance(id)))
            listed.add(id)
    rest = [(id, distance(id)) for id in known if id not in listed and id != request.organisation]
    rest.sort(key=lambda one: (one[0] not in asked, one[1] is None, one[1] or 0.0, known[one[0]].name, one[0]))
    found += [(id, "NEAR", None, metres_) for id, metres_ in rest[: NEAREST + sum(id in asked for id, _ in rest)]]
    return found


def _said(asked: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The newest inquiry to each organisation, in short."""
    said = {}
    for id, body in sorted(asked.items()):
        last = body["history"][-1]
        entry = {
            "inquiry": id, "state": body["state"], "at": last["at"],
            "offered": body["quantity"]["offered"] + body["quantity"]["requisitioned"],
            "committed": body["quantity"]["committed"],
        }  # fmt: skip
        entry |= {name: source[name] for name, source in (("answer_due", body), ("text", last)) if name in source}
        said[str(body["addressee"]["organisation"])] = entry
    return said


def _addressee(
    row: FleetRow, relation: str, step: int | None, distance: float | None, said: dict[str, Any] | None
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "organisation": row.organisation, "name": row.name, "level": row.level.value, "kind": row.kind, "ars": row.ars,
        "relation": relation, "step": step, "distance_m": None if distance is None else round(distance), "asked": said,
    }  # fmt: skip
    if row.partner is not None:
        reachable = row.silent is not None and row.silent < REACHABLE
        entry["partner"] = {"origin": row.partner, "reachable": reachable}
        if row.heard_at is not None:
            entry["partner"]["heard_at"] = row.heard_at.isoformat().replace("+00:00", "Z")
    return {name: value for name, value in entry.items() if value is not None}
