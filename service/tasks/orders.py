"""Orders in the picture: each change is one transaction on behalf of whoever makes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from geodata.model.body import to_body
from geodata.model.editing import BadEdit, Edited
from geodata.model.ref import BadRef, Ref
from geodata.model.staff import StaffModel
from geodata.model.states import BadMove
from geodata.model.task import MOST_STEPS, Step, Task, TaskState
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered, earlier_answer, remember
from geodata.store.things import Held, NoSuchThing
from service.access.rights import Right
from service.access.visitor import Visitor
from service.tasks import rules
from service.tasks.rules import Staff

KIND = "task"
LINKS = ("site", "sector", "entry")
OVER = "ARCHIVED"


class Orders:
    def __init__(self, database: Database, origin: str) -> None:
        self.database, self.origin = database, origin

    async def issue(
        self, visitor: Visitor, staff: str, fields: Mapping[str, Any], now: datetime, *, key: str | None, digest: bytes
    ) -> Answered:
        """Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        function = rules.issuing_function(visitor, staff)
        rules.check_given(fields, new=True)
        async with self._transaction(visitor) as tx:
            earlier = await earlier_answer(tx, visitor.actor, key, digest) if key else None
            if earlier is not None:
                return earlier
            issuing = await self._staff(tx, visitor, staff)
            common = await self._incident_room(tx, visitor, issuing.incident)
            state = TaskState(fields.get("state", TaskState.ISSUED))
            given = {
                **fields,
                "incident": issuing.incident,
                "staff": staff,
                "number": await things.next_number(tx, KIND, issuing.incident),
                "state": state.value,
                "issuer": {"function": function.value, "person": visitor.person},
                "history": [to_body(Step(state, now, visitor.actor))],
            }
            task = things.checked(given, Task)
            await self._check_receiver(tx, visitor, task)
            await self._check_links(tx, visitor, task, fields)
            ref = Ref(self.origin, KIND, things.new_id())
            room = rules.room_of(task, issuing.room, common)
            body = things.make(tx, ref, task, room=room, at=now)
            answer = {"id": ref.id, "ref": str(ref), "room": room, "body": body}
            if key:
                await remember(tx, visitor.actor, key, 201, answer)
            return Answered(201, answer)

    async def edit(
        self, visitor: Visitor, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """Raises as `issue`."""
        rules.check_given(fields)
        async with self._transaction(visitor) as tx:
            held, task = await self._take(tx, visitor, id)
            visitor.needs(Right.ORDER, staff=task.staff)
            rules.check_editable(task, fields)
            return await self._put(tx, visitor, held, fields, base, now)

    async def move(self, visitor: Visitor, id: str, state: str, said: str | None, now: datetime) -> dict[str, Any]:
        """Raises as `issue`."""
        async with self._transaction(visitor) as tx:
            held, task = await self._take(tx, visitor, id)
            after = rules.moved(visitor, task, state, said)
            if after is task.state:
                return told(held, held.room, Edited(held.body, (), ()))
            if len(task.history) >= MOST_STEPS:
                raise BadMove(f"this order went back and forth {MOST_STEPS} times; issue a new one")
            step = Step(after, now, visitor.actor, said or None)
            fields: dict[str, Any] = {
                "state": after.value,
                "history": [*held.body["history"], to_body(step)],
            }
            if after is TaskState.REPORTED_DONE:
                fields["proof"] = said
            return await self._put(tx, visitor, held, fields, int(held.body["version"]), now)

    async def settle(
        self, visitor: Visitor, id: str, number: int, now: datetime, *, take: bool, field: str | None
    ) -> dict[str, Any]:
        """Raises as `issue`."""
        async with self._transaction(visitor) as tx:
            held, task = await self._take(tx, visitor, id)
            visitor.needs(Right.ORDER, staff=task.staff)
            conflicts = held.body.get("conflicts", [])
            if number >= len(conflicts) or field not in (None, conflicts[number]["field"]):
                raise BadEdit("conflict", "there is no such conflict; somebody may have settled it")
            if take and conflicts[number]["field"] == "receiver":
                raise BadEdit("conflict", "choose the receiver anew by an edit")
            rules.check_editable(task, {})
            edited = things.settle(tx, held, number, Task, take=take, at=now)
            await self._check_links(tx, visitor, things.checked(edited.body, Task), edited.changed)
        return told(held, held.room, edited)

    async def _put(
        self, tx: Transaction, visitor: Visitor, held: Held, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        after = things.checked({**held.body, **fields}, Task)
        common = await self._incident_room(tx, visitor, after.incident)
        if "receiver" in fields:
            await self._check_receiver(tx, visitor, after)
        await self._check_links(tx, visitor, after, fields)
        own = (await self._staff(tx, visitor, after.staff)).room
        room = rules.room_of(after, own, common)
        edited, _ = things.change(tx, held, fields, Task, base=base, at=now, room=room)
        return told(held, room, edited)

    def _transaction(self, visitor: Visitor) -> AbstractAsyncContextManager[Transaction]:
        return self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write)

    async def _take(self, tx: Transaction, visitor: Visitor, id: str) -> tuple[Held, Task]:
        held = await things.take(tx, Ref(self.origin, KIND, id), self.database.asked(visitor.rooms))
        return held, things.checked(held.body, Task)

    async def _staff(self, tx: Transaction, visitor: Visitor, id: str) -> Staff:
        """As its facts say. Raises NoSuchThing."""
        rooms = self.database.asked(visitor.rooms)
        try:
            ref = Ref(self.origin, "staff", id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error
        body = (await things.read(tx, ref, rooms)).body
        posts = await things.of_incident(tx, "post", body["incident"], rooms, origin=self.origin)
        people = {
            holder["person"] for post in posts.values() if post["staff"] == id for holder in post.get("holders", ())
        }
        return Staff(id, body["incident"], StaffModel(body["model"]), body["room"], frozenset(people))

    async def _check_receiver(self, tx: Transaction, visitor: Visitor, task: Task) -> None:
        try:
            receiving = await self._staff(tx, visitor, task.receiver.staff)
        except NoSuchThing:
            receiving = None
        rules.check_receiver(task.receiver, receiving, task.incident)

    async def _incident_room(self, tx: Transaction, visitor: Visitor, incident: str) -> str:
        """Raises BadMove once the incident is archived."""
        ref = Ref(self.origin, "incident", incident)
        held = await things.read(tx, ref, self.database.asked(visitor.rooms))
        if held.body["state"] == OVER:
            raise BadMove("This incident is archived: it can be read, not changed.")
        return held.room

    async def _check_links(
        self, tx: Transaction, visitor: Visitor, task: Task, given: Mapping[str, Any] | tuple[str, ...]
    ) -> None:
        """What was newly linked lies in the same incident. Raises BadEdit."""
        for kind in LINKS:
            id = getattr(task, kind)
            if id is None or kind not in given:
                continue
            try:
                found = await things.read(tx, Ref(self.origin, kind, id), self.database.asked(visitor.rooms))
            except (NoSuchThing, BadRef):
                found = None
            if found is None or found.body.get("incident") != task.incident:
                raise BadEdit(kind, f"there is no such {kind} in this incident")


def told(held: Held, room: str, edited: Edited) -> dict[str, Any]:
    """What became of it, for whoever changed it."""
    return {
        "id": held.ref.id, "ref": str(held.ref), "room": room, "body": edited.body,
        "changed": list(edited.changed), "lost": list(edited.lost),
    }  # fmt: skip
