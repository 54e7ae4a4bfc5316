"""Plans as people keep them: who may write in a roster's room writes its plans, who may alarm puts them in force."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alerting.model.plan import Place, Plan, PlanState
from alerting.model.roster import Roster
from alerting.store import audience
from alerting.store.sealing import Seal
from geodata.model.editing import BadEdit, Edited
from geodata.model.incident import IncidentMode
from geodata.model.ref import BadRef, Ref
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import Held, NoSuchThing
from service.access.audit.store import note_reading
from service.access.keeping import demand_write
from service.access.rights import Right
from service.access.visitor import NotAllowed, Visitor
from service.alarms import plan_rules as rules
from service.alarms import store
from service.alarms.call_list import Language, Sheet
from service.alarms.drills import store as drill_store
from service.alarms.looking import Looking
from service.bodies import Once

KIND = "alarm_plan"
RESTORED_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Case:
    """A plan under its lock, with the rules of the roster that it belongs to."""

    held: Held
    plan: Plan
    roster: Roster


class Plans:
    def __init__(self, database: Database, origin: str, looking: Looking, seal: Seal) -> None:
        self.database, self.origin, self.looking, self.seal = database, origin, looking, seal

    async def create(
        self, visitor: Visitor, organisation: str, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        rules.check_given(fields)
        async with self._transaction(visitor) as tx:
            roster = await self._roster(tx, visitor, organisation)
            demand_write(visitor, roster.room)
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            plan = rules.checked({**fields, "organisation": organisation})
            await store.check_people(tx, plan, roster.room)
            ref = Ref(self.origin, KIND, things.new_id())
            body = things.make(tx, ref, plan, room=roster.room, at=now)
            return await once.keep(tx, 201, {"id": ref.id, "ref": str(ref), "room": roster.room, "body": body})

    async def edit(
        self, visitor: Visitor, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """An edit of a large plan makes it a draft again. Raises as `create`, and BadMove."""
        rules.check_given(fields)
        async with self._transaction(visitor) as tx:
            case = await self._take(tx, visitor, id)
            after = rules.checked(
                {name: value for name, value in {**case.held.body, **fields}.items() if value is not None}
            )
            await store.check_people(tx, after, case.held.room)
            edited, _ = things.change(tx, case.held, fields, Plan, base=base, at=now)
            return told(case.held, await self._undo(tx, visitor, case, after, edited, now))

    async def settle(
        self, visitor: Visitor, id: str, number: int, now: datetime, *, take: bool, field: str | None
    ) -> dict[str, Any]:
        """Answer one of its conflicts. Raises as `edit`."""
        async with self._transaction(visitor) as tx:
            case = await self._take(tx, visitor, id)
            conflicts = case.held.body.get("conflicts", [])
            if number >= len(conflicts) or field not in (None, conflicts[number]["field"]):
                raise BadEdit("conflict", "there is no such conflict; somebody may have settled it")
            edited = things.settle(tx, case.held, number, Plan, take=take, at=now)
            after = rules.checked(edited.body)
            return told(case.held, await self._undo(tx, visitor, case, after, edited, now))

    async def approve(self, visitor: Visitor, id: str, version: int, now: datetime) -> dict[str, Any]:
        """Put it in force; a large one by two people, each for the version that he has read. Raises as `edit`."""
        async with self._transaction(visitor) as tx:
            case = await self._take(tx, visitor, id)
            visitor.needs(Right.ALARM)
            if case.plan.state is not PlanState.DRAFT:
                raise BadMove(f"this plan is {case.plan.state}; only a draft is put in force")
            if version != case.held.body["version"]:
                raise BadEdit("version", "it was changed meanwhile; read it again")
            people = await self.looking.reach(case.plan, [case.held.room], now)
            large = rules.is_large(case.plan, case.roster, people)
            person = visitor.person or ""
            if person in case.plan.approved_by:
                raise NotAllowed("You have approved this version already; a large plan needs a second person.")
            by = [*case.plan.approved_by, person]
            fields: dict[str, Any] = {"approved_by": by}
            if len(by) >= (2 if large else 1):
                fields["state"] = PlanState.ACTIVE.value
            edited, _ = things.change(tx, case.held, fields, Plan, base=version, at=now)
        return {**told(case.held, edited), "large": large, "reach": people}

    async def retire(self, visitor: Visitor, id: str, now: datetime) -> dict[str, Any]:
        """No rule starts it any more. Raises as `edit`."""
        async with self._transaction(visitor) as tx:
            case = await self._take(tx, visitor, id)
            fields = {"state": PlanState.RETIRED.value, "approved_by": None}
            edited, _ = things.change(tx, case.held, fields, Plan, base=int(case.held.body["version"]), at=now)
        return told(case.held, edited)

    async def reopen(self, visitor: Visitor, id: str, now: datetime) -> dict[str, Any]:
        """A retired plan is a draft again. Raises as `edit`."""
        async with self._transaction(visitor) as tx:
            case = await self._take(tx, visitor, id)
            fields = {"state": PlanState.DRAFT.value, "approved_by": None}
            edited, _ = things.change(tx, case.held, fields, Plan, base=int(case.held.body["version"]), at=now)
        return told(case.held, edited)

    async def delete(self, visitor: Visitor, id: str) -> None:
        """Alarms that run by it go on: each keeps its copy. Raises as `edit`."""
        async with self._transaction(visitor) as tx:
            tx.drop((await self._take(tx, visitor, id)).held.ref)

    async def restore(self, visitor: Visitor, id: str, now: datetime) -> dict[str, Any]:
        """Bring back what was deleted in the last half hour; one taken out of force, as it stood. Raises as `edit`."""
        async with self._transaction(visitor) as tx:
            ref = self._ref(KIND, id)
            rooms = self.database.asked(visitor.rooms)
            await things.lock(tx, str(ref))
            try:
                gone = await things.dropped(tx, ref, rooms, within=RESTORED_WITHIN)
            except NoSuchThing:
                await things.read(tx, ref, rooms)  # it stands: retired, or nothing to bring back
                gone = None
            if gone is not None:
                demand_write(visitor, gone.room)
                if gone.body["state"] == PlanState.ACTIVE:
                    visitor.needs(Right.ALARM)
                things.restore(tx, gone, at=now)
                return {"id": id, "ref": str(gone.ref), "room": gone.room, "body": gone.body}
        return await self.reopen(visitor, id, now)

    async def seen(self, visitor: Visitor, id: str) -> Case:
        """As it stands, for whoever sees its room. Raises NoSuchThing."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms) as tx:
            held = await things.read(tx, self._ref(KIND, id), self.database.asked(visitor.rooms))
            plan = things.checked(held.body, Plan)
            return Case(held, plan, await self._roster(tx, visitor, plan.organisation))

    async def rehearse(self, visitor: Visitor, id: str, mode: IncidentMode, now: datetime) -> dict[str, Any]:
        """What would happen if it began now and nobody answered. Raises NoSuchThing."""
        case = await self.seen(visitor, id)
        looked = await self.looking.look(case.plan, [case.held.room], now, mode, place=place_of(case.plan))
        large = rules.is_large(case.plan, case.roster, looked.reach)
        return {**looked.answer, "large": large, "needs_second": large, "version": case.held.body["version"]}

    async def drills(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """What drills by it have shown. Raises NoSuchThing."""
        case = await self.seen(visitor, id)
        async with self.database.reading() as connection:
            return {"drills": await drill_store.of_plan(connection, id, [case.held.room])}

    async def call_list(self, visitor: Visitor, id: str, language: Language, now: datetime) -> Sheet:
        """Who is called in which order, with numbers: for who may alarm and keeps the roster, and noted each time.

        Raises NotSignedIn, NotAllowed, NoSuchThing."""
        case = await self.seen(visitor, id)
        visitor.needs(Right.ALARM)
        demand_write(visitor, case.held.room)
        await note_reading(self.database, visitor, "alarm_plan.call_list", f"{KIND}:{id}")
        async with self.database.reading() as connection:
            found = await audience.preview(connection, case.plan, [case.held.room], now, place=place_of(case.plan))
            helpers = {one.helper for step in found for one in step.people}
            numbers = await store.numbers_of(connection, self.seal, helpers, case.held.room)
        steps = [
            (case.plan.steps[step.step].name, [(one.name or "-", numbers.get(one.helper, [])) for one in step.people])
            for step in found
        ]
        return Sheet(case.plan.name, case.roster.name, steps, visitor.name or "-", now, language)

    async def _undo(
        self, tx: Transaction, visitor: Visitor, case: Case, after: Plan, edited: Edited, now: datetime
    ) -> Edited:
        if not edited.changed:
            return edited
        reach = await self.looking.reach(after, [case.held.room], now)
        large = rules.is_large(after, case.roster, reach) or rules.is_large(case.plan, case.roster, 0)
        fields = rules.undone(case.plan, large=large, person=visitor.person or "")
        held = Held(case.held.ref, case.held.room, edited.body, case.held.extent)
        again, _ = things.change(tx, held, fields, Plan, base=int(edited.body["version"]), at=now)
        return Edited(again.body, (*edited.changed, *again.changed), edited.lost)

    async def _take(self, tx: Transaction, visitor: Visitor, id: str) -> Case:
        """To change it: whoever changes one in force changes who is called, and needs the right to."""
        held = await things.take(tx, self._ref(KIND, id), self.database.asked(visitor.rooms))
        demand_write(visitor, held.room)
        plan = things.checked(held.body, Plan)
        if plan.state is PlanState.ACTIVE:
            visitor.needs(Right.ALARM)
        return Case(held, plan, await self._roster(tx, visitor, plan.organisation))

    async def _roster(self, tx: Transaction, visitor: Visitor, organisation: str) -> Roster:
        ref = self._ref("roster", organisation)
        return things.checked((await things.read(tx, ref, self.database.asked(visitor.rooms))).body, Roster)

    def _transaction(self, visitor: Visitor) -> AbstractAsyncContextManager[Transaction]:
        return self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write)

    def _ref(self, kind: str, id: str) -> Ref:
        try:
            return Ref(self.origin, kind, id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error


def place_of(plan: Plan) -> Place | None:
    """The middle of its meeting point, from where the nearest are counted."""
    if plan.geometry is None:
        return None
    west, south, east, north = plan.geometry.bbox
    return (west + east) / 2, (south + north) / 2


def told(held: Held, edited: Edited) -> dict[str, Any]:
    """What became of it, for whoever changed it."""
    return {
        "id": held.ref.id, "ref": str(held.ref), "room": held.room, "body": edited.body,
        "changed": list(edited.changed), "lost": list(edited.lost),
    }  # fmt: skip
