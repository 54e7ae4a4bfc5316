"""Proposals: asked for, computed beside the loop, put into the incident's room. Nothing here sends anybody anywhere."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import structlog

from geodata.model.allocation import Lock, Need
from geodata.model.body import to_body
from geodata.model.clock import Clock
from geodata.model.editing import BadEdit
from geodata.model.proposal import PROPOSAL, Decision, DecisionKind, Event, Proposal, ProposalState, Travel
from geodata.model.ref import BadRef, Ref
from geodata.model.states import BadMove
from geodata.store import counting, resources, things
from geodata.store.database import Database, StoreError, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import Held, NoSuchThing
from service.access.keeping import demand_write
from service.access.rights import Right
from service.access.visitor import Visitor
from service.bodies import Once
from service.priority import needs as asking
from service.priority import store
from service.priority.inputs import digest
from service.priority.needs import NeedGiven
from service.priority.roads import Roads
from service.priority.running import WorkerFailed, compute
from service.priority.solving import LIMIT
from service.priority.worker import Question

log = structlog.get_logger()
KIND = "allocation"
MOST_EVENTS = 2000


@dataclass(frozen=True)
class Asked:
    """What the caller asks for. Without `needs` they are taken from the incident, with `previous` from that proposal
    where it was given any."""

    needs: Sequence[NeedGiven] | None = None
    previous: str | None = None
    limit: float = LIMIT
    locks: Sequence[Lock] = field(default=())


class Planner:
    def __init__(self, database: Database, clock: Clock, roads: Roads, *, origin: str) -> None:
        self.database, self.clock, self.roads, self.origin = database, clock, roads, origin
        self._running: dict[str, asyncio.Task[None]] = {}
        self.asked: set[str] = set()
        """Ids of what was asked for since the start."""

    async def ask(self, visitor: Visitor, incident: str, asked: Asked, once: Once) -> Answered:
        """Begin a proposal; its id at once, its lines when it is computed. Raises NoSuchThing, NotAllowed, BadEdit."""
        now = self.clock.now()
        async with self.transaction(visitor) as tx:
            held = await self._incident(tx, visitor, incident)
            visitor.needs(Right.ORDER, incident=incident)
            demand_write(visitor, held.room)
            if held.body["state"] == "ARCHIVED":
                raise BadMove("This incident is archived: it can be read, not changed.")
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            before = await self._previous(tx, visitor, incident, asked.previous)
            question, subjects = await self._question(tx, visitor, incident, asked, before, now)
            ref = Ref(self.origin, KIND, things.new_id())
            self.asked.add(ref.id)
            person = visitor.person or ""
            proposal = Proposal(
                incident, await things.next_number(tx, KIND, incident), ProposalState.COMPUTING, person, now,
                needs=tuple(question.needs), wanted=_wanted(asked, before, question),
                locks=tuple(question.locks), previous=asked.previous, subjects=subjects,
                history=(Event("ASKED", now, person),),
            )  # fmt: skip
            body = things.make(tx, ref, proposal, room=held.room, at=now)
            answered = await once.keep(tx, 202, {"id": ref.id, "ref": str(ref), "room": held.room, "body": body})
        self._running[ref.id] = asyncio.create_task(self._run(visitor, ref, question), name=f"allocation {ref.id}")
        return answered

    async def cancel(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """Stop computing. Raises NoSuchThing, NotAllowed, BadMove."""
        now = self.clock.now()
        async with self.transaction(visitor) as tx:
            held, proposal = await self.take(tx, visitor, id)
            PROPOSAL.move(proposal.state, ProposalState.CANCELLED)
            body = self.put(tx, held, {"state": "CANCELLED"}, now, Event("CANCELLED", now, visitor.person))
        task = self._running.pop(id, None)
        if task is not None:
            task.cancel()
        return {"id": id, "ref": str(held.ref), "room": held.room, "body": body}

    async def stale(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """What the proposal looked at and has changed since, as far as the asker sees it. Raises NoSuchThing."""
        rooms = self.database.asked(visitor.rooms)
        async with self.transaction(visitor) as tx:
            proposal = things.checked((await things.read(tx, self.ref(id), rooms)).body, Proposal)
            known = proposal.resources or {}
            found = await resources.by_ids(tx, resources.RESOURCE, list(known), rooms, origin=self.origin)
            changed = [id for id, held in found.items() if digest(held.body) != known[id]]
            now = await self._subjects(tx, visitor, proposal.incident, proposal.needs)
        subjects = proposal.subjects or {}
        return {
            "resources": sorted(changed),
            "unseen": len(known) - len(found),
            "needs": sorted(id for id, before in subjects.items() if now.get(id) != before),
        }

    async def stop(self) -> None:
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _run(self, visitor: Visitor, ref: Ref, question: Question) -> None:
        try:
            roads = await self.roads.known(visitor.rooms)
            question.network, question.blocked = roads.file, list(roads.blocked)
            found = await compute(question, lambda at, of: self._progress(visitor, ref, at, of))
            refused = found.pop("refused")
            travel = Travel(found.pop("method"), roads.as_of, len(roads.blocked), roads.name)
            now = self.clock.now()
            fields = {
                **found, "state": "PROPOSED", "travel": to_body(travel), "computed_at": _iso(now),
                "stage": None, "stages": None,
            }  # fmt: skip
            events = [Event("PROPOSED", now)] + [
                Event("LOCK_DROPPED", now, resource=lock["resource"], need=lock.get("need")) for lock in refused
            ]
        except (WorkerFailed, StoreError) as error:
            await self._fail(visitor, ref, str(error))
            return
        finally:
            self._running.pop(ref.id, None)
        try:
            await self._finish(visitor, ref, fields, *events)
        except (StoreError, BadEdit) as error:
            log.error("a proposal could not be kept", allocation=ref.id, error=repr(error))
            await self._fail(visitor, ref, str(error))

    async def _fail(self, visitor: Visitor, ref: Ref, error: str) -> None:
        try:
            failed = Event("FAILED", self.clock.now())
            await self._finish(visitor, ref, {"state": "FAILED", "error": error[:4000]}, failed)
        except (StoreError, BadEdit) as again:
            log.error("a proposal stays unfinished", allocation=ref.id, error=repr(again))

    async def _finish(self, visitor: Visitor, ref: Ref, fields: Mapping[str, Any], *events: Event) -> None:
        """Unless somebody cancelled it meanwhile."""
        async with self.database.transaction("priority") as tx:
            held = await things.take(tx, ref, [*visitor.rooms])
            if held.body["state"] == ProposalState.COMPUTING:
                self.put(tx, held, fields, self.clock.now(), *events)

    async def _progress(self, visitor: Visitor, ref: Ref, stage: int, stages: int) -> None:
        await self._finish(visitor, ref, {"stage": stage, "stages": stages})

    async def _question(
        self,
        tx: Transaction,
        visitor: Visitor,
        incident: str,
        asked: Asked,
        before: Proposal | None,
        now: datetime,
    ) -> tuple[Question, dict[str, str]]:
        rooms, write = self.database.asked(visitor.rooms), sorted(visitor.write & visitor.rooms)
        sites = await things.of_incident(tx, "site", incident, rooms, origin=self.origin)
        requests = await things.of_incident(tx, "request", incident, rooms, origin=self.origin)
        if asked.needs is not None:
            needs = asking.from_given(asked.needs, sites, requests, now)
        elif before is not None and before.wanted:
            needs = tuple(asking.later(need, now - before.asked_at) for need in before.wanted)
        else:
            needs = asking.open_needs(sites, requests, now)
        if not needs:
            raise BadEdit("needs", "nothing is needed: name needs, file a request, or mark a site with lives at risk")
        locks, confirmed = _locks(before, {need.id for need in needs})
        connection = tx.connection
        question = Question(
            incident=incident,
            now=now,
            resources=await store.resources(connection, rooms, origin=self.origin),
            mine=await store.ids(connection, write, origin=self.origin),
            positions=await store.positions(connection, rooms, origin=self.origin),
            fleets=list((await counting.bodies(connection, "fleet", rooms, origin=self.origin)).values()),
            organisations=sorted(visitor.organisations),
            needs=list(needs),
            locks=locks,
            confirmed=confirmed,
            previous={} if before is None else {line.goes: line.need for line in before.lines if line.goes},
            limit=asked.limit,
        )
        return question, {need.id: _subject(need, sites, requests) for need in needs}

    async def _subjects(
        self, tx: Transaction, visitor: Visitor, incident: str, needs: Sequence[Need]
    ) -> dict[str, str]:
        rooms = self.database.asked(visitor.rooms)
        sites = await things.of_incident(tx, "site", incident, rooms, origin=self.origin)
        requests = await things.of_incident(tx, "request", incident, rooms, origin=self.origin)
        return {need.id: _subject(need, sites, requests) for need in needs}

    async def _previous(self, tx: Transaction, visitor: Visitor, incident: str, id: str | None) -> Proposal | None:
        if id is None:
            return None
        try:
            held = await things.read(tx, self.ref(id), self.database.asked(visitor.rooms))
        except NoSuchThing:
            held = None
        if held is None or held.body["incident"] != incident or held.body["state"] != ProposalState.PROPOSED:
            raise BadEdit("previous", "name a computed proposal of this incident")
        return things.checked(held.body, Proposal)

    async def _incident(self, tx: Transaction, visitor: Visitor, id: str) -> Held:
        try:
            ref = Ref(self.origin, "incident", id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error
        return await things.read(tx, ref, self.database.asked(visitor.rooms))

    async def take(self, tx: Transaction, visitor: Visitor, id: str) -> tuple[Held, Proposal]:
        """Locked, by somebody who may order there. Raises NoSuchThing, NotAllowed."""
        held = await things.take(tx, self.ref(id), self.database.asked(visitor.rooms))
        proposal = things.checked(held.body, Proposal)
        visitor.needs(Right.ORDER, incident=proposal.incident)
        demand_write(visitor, held.room)
        return held, proposal

    def put(
        self, tx: Transaction, held: Held, fields: Mapping[str, Any], now: datetime, *events: Event
    ) -> dict[str, Any]:
        """Its body with these fields and events. Raises BadEdit once there were too many."""
        history = [*held.body.get("history", ()), *(to_body(event) for event in events)]
        if len(history) > MOST_EVENTS:
            raise BadEdit("id", f"{MOST_EVENTS} things were done with this proposal; make a new one")
        given = {**fields, "history": history}
        edited, _ = things.change(tx, held, given, Proposal, base=int(held.body["version"]), at=now)
        return edited.body

    def ref(self, id: str) -> Ref:
        try:
            return Ref(self.origin, KIND, id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error

    def transaction(self, visitor: Visitor) -> Any:
        return self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write)


def _locks(before: Proposal | None, needs: set[str]) -> tuple[list[Lock], list[str]]:
    """A human's word holds in the next plan too: locks, and what was accepted or overridden. Behind what two people
    confirmed basic cover stands back."""
    if before is None:
        return [], []
    found = {(lock.resource, lock.need): lock for lock in before.locks if lock.need is None or lock.need in needs}
    confirmed: list[str] = []
    for line in before.lines:
        decision: Decision | None = line.decision
        if decision is None or decision.kind not in (DecisionKind.ACCEPTED, DecisionKind.OVERRIDDEN):
            continue
        if decision.resource is not None and line.need in needs:
            found = {key: lock for key, lock in found.items() if key[0] != decision.resource}
            found[decision.resource, line.need] = Lock(decision.resource, line.need, True)
            if decision.second is not None:
                confirmed.append(decision.resource)
        if line.resource is not None and decision.resource != line.resource and line.need in needs:
            found.setdefault((line.resource, line.need), Lock(line.resource, line.need, False))
    return list(found.values()), confirmed


def _wanted(asked: Asked, before: Proposal | None, question: Question) -> tuple[Need, ...]:
    named = asked.needs is not None or (before is not None and before.wanted)
    return tuple(question.needs) if named else ()


def _subject(need: Need, sites: Mapping[str, Any], requests: Mapping[str, Any]) -> str:
    """Of the site and request behind a need, as far as they weigh."""
    site, request = sites.get(need.site or "", {}), requests.get(need.request or "", {})
    looked = [
        [site.get(name) for name in ("priority", "state", "lives_at_risk", "affected", "geometry")],
        [request.get(name) for name in ("priority", "state", "quantity", "people_at_risk", "place", "counts")],
    ]
    return hashlib.sha256(orjson.dumps(looked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:10]


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
