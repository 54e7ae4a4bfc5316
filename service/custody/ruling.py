"""Rules as people keep them: who may write in a roster's room writes its rules; who lets one start a plan may alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from alerting.model.looking import MEASURED, lookback, rehearse
from alerting.model.roster import Roster
from alerting.model.rule import AlarmRule, RuleKind
from alerting.store import rules as store
from alerting.store import subjects
from geodata.model.editing import BadEdit
from geodata.model.incident import MODES, IncidentMode
from geodata.model.ref import BadRef, Ref
from geodata.store import things
from geodata.store.database import Database, Transaction
from geodata.store.idempotency import Answered
from geodata.store.things import NoSuchThing
from service.access.keeping import demand_write
from service.access.rights import Right
from service.access.visitor import NotAllowed, Visitor
from service.bodies import Once

LOOKED_BACK = timedelta(days=7)
KIND = store.KIND


class Ruling:
    """`mode` is the node's."""

    def __init__(self, database: Database, origin: str, mode: IncidentMode) -> None:
        self.database, self.origin, self.mode = database, origin, mode

    async def make(
        self, visitor: Visitor, organisation: str, fields: Mapping[str, Any], once: Once, now: datetime
    ) -> Answered:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            room = await self._room(tx, visitor, organisation)
            demand_write(visitor, room)
            earlier = await once.earlier(tx)
            if earlier is not None:
                return earlier
            rule = self._checked({**fields, "organisation": organisation})
            await self._allowed(tx, visitor, rule, room)
            ref = Ref(self.origin, KIND, things.new_id())
            body = things.make(tx, ref, rule, room=room, at=now)
            return await once.keep(tx, 201, {"id": ref.id, "ref": str(ref), "room": room, "body": body})

    async def edit(
        self, visitor: Visitor, id: str, fields: Mapping[str, Any], base: int, now: datetime
    ) -> dict[str, Any]:
        """Raises NotSignedIn, NotAllowed, NoSuchThing, BadEdit."""
        if "organisation" in fields:
            raise BadEdit("organisation", "a rule stays with its organisation; write another one there")
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            held = await things.take(tx, self._ref(id), self.database.asked(visitor.rooms))
            demand_write(visitor, held.room)
            edited, rule = things.change(tx, held, fields, AlarmRule, base=base, at=now)
            self._checked(edited.body)
            await self._allowed(tx, visitor, rule, held.room)
            return {"id": id, "body": edited.body, "changed": edited.changed, "lost": edited.lost}

    async def drop(self, visitor: Visitor, id: str) -> None:
        """Raises NotSignedIn, NotAllowed, NoSuchThing."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms, write=visitor.write) as tx:
            held = await things.take(tx, self._ref(id), self.database.asked(visitor.rooms))
            demand_write(visitor, held.room)
            tx.drop(held.ref)

    async def states(self, visitor: Visitor, id: str) -> dict[str, Any]:
        """What it has said of each subject. Raises NoSuchThing."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms) as tx:
            await things.read(tx, self._ref(id), self.database.asked(visitor.rooms))
        said = (await store.said(self.database, [id])).get(id, {})
        return {
            "subjects": [
                {
                    "subject": subject, "outcome": one.standing.outcome.value, "since": one.standing.since,
                    "raised": one.standing.raised, "episodes": one.standing.episode,
                    "raised_at": one.standing.raised_at, "look_at": one.due_at, "alert": one.alert or one.unknown_alert,
                }
                for subject, one in sorted(said.items())
            ]
        }  # fmt: skip

    async def dry_run(
        self, visitor: Visitor, organisation: str, fields: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """When it would have spoken in the last days, by what was measured. Raises NoSuchThing, BadEdit."""
        async with self.database.transaction(visitor.actor, see=visitor.rooms) as tx:
            await self._room(tx, visitor, organisation)
        rule = self._checked({**fields, "organisation": organisation})
        start = now - LOOKED_BACK
        told: dict[str, Any] = {"from": start, "to": now, "supported": rule.kind in MEASURED, "subjects": []}
        if rule.kind not in MEASURED:
            return told
        stations = rule.stations if rule.kind is RuleKind.SILENT else (rule.station or "",)
        async with self.database.reading(visitor.rooms) as connection:
            for station in stations[:20]:
                held, unit = await subjects.points(
                    connection, self.origin, station, rule.quantity, start - lookback(rule), now
                )
                fired = rehearse(rule, held, start, now)
                told["subjects"].append(
                    {"subject": f"{station}.{rule.quantity}", "unit": unit, "values": len(held),
                     "fired": [asdict(one) for one in fired[:500]]}
                )  # fmt: skip
        return told

    def _checked(self, fields: Mapping[str, Any]) -> AlarmRule:
        rule = things.checked(fields, AlarmRule)
        if rule.mode is not None and rule.mode not in MODES[self.mode]:
            raise BadEdit("mode", f"a rule here is {' or '.join(MODES[self.mode])}")
        return rule

    async def _allowed(self, tx: Transaction, visitor: Visitor, rule: AlarmRule, room: str) -> None:
        if rule.plan is not None:
            visitor.needs(Right.ALARM)
            try:
                await things.read(tx, Ref(self.origin, "alarm_plan", rule.plan), [room])
            except (NoSuchThing, BadRef) as error:
                raise BadEdit("plan", "there is no such plan in this roster") from error
        if rule.incident is not None and not visitor.may(Right.ORDER, incident=rule.incident):
            raise NotAllowed("Only who issues orders in that incident watches them with a rule.")

    async def _room(self, tx: Transaction, visitor: Visitor, organisation: str) -> str:
        try:
            ref = Ref(self.origin, "roster", organisation)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error
        held = await things.read(tx, ref, self.database.asked(visitor.rooms))
        return things.checked(held.body, Roster).room

    def _ref(self, id: str) -> Ref:
        try:
            return Ref(self.origin, KIND, id)
        except BadRef as error:
            raise NoSuchThing(NoSuchThing.__doc__) from error
