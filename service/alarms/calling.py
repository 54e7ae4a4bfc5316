"""Alarming: looked at before, begun, and steered while it runs.

Who may: the right ALARM in the incident (anywhere, if there is none) and leave to write in the roster whose people are
called. Rows of an alarm belong to the node, so what is done here runs as the owner, after whoever asks was let in.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from alerting.model import chain
from alerting.model.chain import Event
from alerting.model.plan import ChannelKind, Plan, Target
from alerting.model.recipient import Answer, CallKind
from alerting.model.roster import Roster
from alerting.model.said import Said
from alerting.store import alarms
from geodata.model.editing import BadEdit
from geodata.model.geometry import BadGeometry, Geometry, check
from geodata.model.incident import IncidentMode
from geodata.model.ref import BadRef, Ref
from geodata.model.states import BadMove
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import Held, NoSuchThing
from service.access.keeping import demand_write
from service.access.rights import Right
from service.access.visitor import Visitor
from service.alarms import plan_rules, sent, store, telling
from service.alarms.looking import Looked
from service.alarms.modes import Modes
from service.alarms.plans import KIND as PLAN
from service.alarms.plans import Plans, place_of
from service.bodies import Once

KIND = "alarm"
OVER = "ARCHIVED"
GIVEN = (
    "title", "text", "bring", "meeting", "geometry", "report_to", "quota", "steps", "purpose", "supervisor",
    "stop_when_reached", "four_eyes",
)  # fmt: skip
"""Fields that whoever alarms may set, over those of the plan."""


class Ready:
    """All that an alarm needs, checked for whoever asks."""

    def __init__(
        self, plan: Plan, roster: Roster, room: str, mode: IncidentMode, looked: Looked, asked: sent.NewAlarm
    ) -> None:
        self.plan, self.roster, self.room, self.mode, self.looked, self.asked = plan, roster, room, mode, looked, asked

    @property
    def large(self) -> bool:
        return plan_rules.is_large(self.plan, self.roster, self.looked.reach)


class Calling:
    def __init__(self, database: Database, origin: str, plans: Plans, modes: Modes) -> None:
        self.database, self.origin, self.plans, self.modes = database, origin, plans, modes

    async def preview(self, visitor: Visitor, asked: sent.NewAlarm, now: datetime) -> dict[str, Any]:
        """Exactly who, how and how many; nobody is called. Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        ready = await self.ready(visitor, asked, now)
        return {**ready.looked.answer, "large": ready.large, "needs_second": ready.large}

    async def begin(self, visitor: Visitor, asked: sent.NewAlarm, once: Once, now: datetime) -> Answered:
        """People are called; for a large one only after a second person has agreed. Raises as `preview`."""
        ready = await self.ready(visitor, asked, now)
        async with self.database.transaction(visitor.actor) as tx:
            earlier = await once.earlier(tx)
            return earlier or await once.keep(tx, 201, await self.put(tx, ready, now))

    async def put(self, tx: Transaction, ready: Ready, now: datetime, *, cause: str | None = None) -> dict[str, Any]:
        """Begin what was made ready for whoever writes. Raises BadEdit."""
        asked = ready.asked
        plan = replace(ready.plan, four_eyes=ready.large)
        if not plan.title:
            raise BadEdit("fields.title", "say what it is about")
        said = Said(
            plan.title, plan.text, plan.meeting, plan.geometry, plan.bring, plan.report_to, asked.site, asked.incident
        )
        id = await alarms.begin(
            tx,
            origin=self.origin,
            mode=ready.mode,
            organisation=plan.organisation,
            plan=plan,
            said=said,
            incident=asked.incident,
            room=ready.room,
            rooms=[ready.roster.room],
            by=tx.actor,
            now=now,
            plan_id=asked.plan,
            cause=cause,
        )
        state = "PROPOSED" if ready.large else "RUNNING"
        return {
            "id": id, "ref": str(Ref(self.origin, KIND, id)), "room": ready.room, "state": state,
            "mode": ready.mode.value, "reach": ready.looked.reach,
        }  # fmt: skip

    async def act(self, visitor: Visitor, id: str, event: Event, now: datetime) -> dict[str, Any]:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit, NotNow."""
        await self.let_in(visitor, id)
        async with self.database.transaction(visitor.actor) as tx:
            state = await alarms.act(tx, id, event, by=visitor.actor, now=now, origin=self.origin)
        return {"id": id, "state": state.value}

    async def again(self, visitor: Visitor, id: str, step: int | None, now: datetime) -> dict[str, Any]:
        """Those of a step (the current one) who have not answered are called once more. Raises as `act`."""
        held = await self.let_in(visitor, id)
        return await self.act(visitor, id, chain.Again(held.body.get("step", 0) if step is None else step), now)

    async def add(self, visitor: Visitor, id: str, targets: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
        """Call more people than the plan says. Raises as `act`."""
        held = await self.let_in(visitor, id)
        plan = plan_rules.checked(
            {"organisation": held.body["organisation"], "name": "-", "steps": [{"targets": targets}]}
        )
        chosen: tuple[Target, ...] = plan.steps[0].targets
        if not chosen:
            raise BadEdit("targets", "say who")
        return await self.act(visitor, id, chain.Added(chosen), now)

    async def cancel(self, visitor: Visitor, id: str, text: str | None, now: datetime) -> dict[str, Any]:
        """Call it off; all who were notified hear of it, with this text. Raises as `act`."""
        await self.let_in(visitor, id)
        async with self.database.transaction(visitor.actor) as tx:
            if text:
                await telling.change(tx, id, {"text": text}, now)
            state = await alarms.act(tx, id, chain.Cancelled(), by=visitor.actor, now=now, origin=self.origin)
        return {"id": id, "state": state.value}

    async def tell(
        self, visitor: Visitor, id: str, kind: CallKind, said: sent.AlarmSaid, now: datetime
    ) -> dict[str, Any]:
        """What has changed, or thanks, to all who were notified and have not said no. Raises as `act`."""
        held = await self.let_in(visitor, id)
        if held.body["state"] == "PROPOSED":
            raise BadMove("Nobody was called yet.")
        fields: dict[str, Any] = {"text": said.text}
        if said.meeting is not None:
            fields["meeting"] = said.meeting
        if said.geometry is not None:
            fields["geometry"] = _geometry(said.geometry)
        async with self.database.transaction(visitor.actor) as tx:
            told = await telling.tell(tx, id, kind, fields, by=visitor.actor, now=now, origin=self.origin)
        return {"id": id, "told": told}

    async def answered(
        self, visitor: Visitor, id: str, helper: str, given: sent.AlarmAnswer, now: datetime
    ) -> dict[str, Any]:
        """What somebody said on the telephone, written down by whoever heard it. Raises as `act`."""
        rooms = await self._whose(visitor, id, helper)
        demand_write(visitor, rooms)
        async with self.database.transaction(visitor.actor) as tx:
            found = await alarms.answer(
                tx, id, helper, Answer(given.answer), minutes=given.minutes, by=ChannelKind.MANUAL, now=now
            )  # fmt: skip
        return {"id": id, "state": found.state.value, "coming": found.coming, "wanted": found.wanted,
                "conflict": found.conflict}  # fmt: skip

    async def there(self, visitor: Visitor, id: str, helper: str, now: datetime, *, left: bool) -> dict[str, Any]:
        """Somebody has come to the meeting point, or left it, says whoever keeps it. Raises as `act`."""
        demand_write(visitor, await self._whose(visitor, id, helper))
        async with self.database.transaction(visitor.actor) as tx:
            await (alarms.left if left else alarms.arrived)(tx, id, helper, now)
        return {"id": id}

    async def recipients(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """Everybody in it whom the visitor's rosters hold, and how many others there are. Raises NoSuchThing."""
        await self._seen(visitor, KIND, id)
        async with self.database.reading() as connection:
            rows = await alarms.recipients(connection, id, self.database.asked(visitor.rooms))
            total = await store.size(connection, id)
        return {"recipients": [store.recipient(row, id) for row in rows], "hidden": total - len(rows)}

    async def let_in(self, visitor: Visitor, id: str) -> Held:
        """Whoever steers it may alarm in its incident and keeps the people of all its rosters. Raises NotSignedIn,
        NotAllowed, NoSuchThing."""
        held = await self._seen(visitor, KIND, id)
        visitor.needs(Right.ALARM, incident=held.body.get("incident"))
        async with self.database.reading() as connection:
            rooms = await store.rooms_of(connection, id)
        for room in rooms:
            demand_write(visitor, room)
        return held

    async def ready(self, visitor: Visitor, asked: sent.NewAlarm, now: datetime) -> Ready:
        """All checked, nothing begun. Raises as `preview`."""
        visitor.needs(Right.ALARM, incident=asked.incident)
        for name in asked.fields:
            if name not in GIVEN:
                raise BadEdit(
                    f"fields.{name[:80]}", f"an alarm has no field {name[:80]!r}; known are {', '.join(GIVEN)}"
                )
        given = {name: value for name, value in asked.fields.items() if value is not None}
        if asked.plan is not None:
            held = await self._seen(visitor, PLAN, asked.plan)
            base = {name: value for name, value in held.body.items() if name not in ("note", "approved_by", "state")}
            given = {"title": held.body["name"], **base, **given}
            if held.body.get("four_eyes"):
                given["four_eyes"] = True
        elif asked.organisation is None:
            raise BadEdit("organisation", "say whose people are called: a plan or an organisation")
        else:
            given = {"name": given.get("title") or "-", "organisation": asked.organisation, **given}
        try:
            plan = plan_rules.checked(given)
        except BadEdit as error:
            raise BadEdit(f"fields.{error.field}", str(error)) from error
        roster = things.checked((await self._seen(visitor, "roster", plan.organisation)).body, Roster)
        demand_write(visitor, roster.room)
        room, incident_mode = await self._place(visitor, asked, roster)
        mode = self.modes.of_purpose(plan.purpose, self.modes.of(asked.mode, incident=incident_mode))
        place = place_of(plan)
        looked = await self.plans.looking.look(plan, [roster.room], now, mode, place=place)
        return Ready(plan, roster, room, mode, looked, asked)

    async def _place(self, visitor: Visitor, asked: sent.NewAlarm, roster: Roster) -> tuple[str, IncidentMode | None]:
        """The room in which the alarm is shown: that of its incident, else the roster's."""
        if asked.incident is None:
            if asked.site is not None:
                raise BadEdit("site", "a site belongs to an incident; name that too")
            return roster.room, None
        incident = await self._seen(visitor, "incident", asked.incident)
        if incident.body["state"] == OVER:
            raise BadMove("This incident is archived: it can be read, not changed.")
        demand_write(visitor, incident.room)
        if asked.site is not None:
            site = await self._seen(visitor, "site", asked.site)
            if site.body.get("incident") != asked.incident:
                raise BadEdit("site", "there is no such site in this incident")
        return incident.room, IncidentMode(incident.body.get("mode", "ACTUAL"))

    async def _seen(self, visitor: Visitor, kind: str, id: str) -> Held:
        try:
            ref = Ref(self.origin, kind, id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error
        async with self.database.transaction(visitor.actor, see=visitor.rooms) as tx:
            return await things.read(tx, ref, self.database.asked(visitor.rooms))

    async def _whose(self, visitor: Visitor, id: str, helper: str) -> str:
        """The roster's room of somebody in this alarm. Raises NoSuchThing."""
        await self._seen(visitor, KIND, id)
        async with self.database.reading() as connection:
            room = await store.room_of(connection, id, helper, visitor.rooms)
        if room is None:
            raise NoSuchThing("There is nobody like this in the alarm, or you may not see him.")
        return room


def _geometry(given: dict[str, Any]) -> Geometry:
    try:
        return check(given)
    except BadGeometry as error:
        raise BadEdit("geometry", str(error)) from error
