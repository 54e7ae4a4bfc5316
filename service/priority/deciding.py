"""What humans decide about a proposal's lines (Priorisierungsentscheid): recorded with reason, not carried out here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from geodata.model.allocation import Lock
from geodata.model.body import to_body
from geodata.model.catalogue import capabilities_of
from geodata.model.cover import in_words
from geodata.model.editing import BadEdit
from geodata.model.proposal import Decision, DecisionKind, Event, Line, Proposal, ProposalState
from geodata.model.ref import BadRef, Ref
from geodata.model.resource import BOUND, Resource
from geodata.model.states import BadMove
from geodata.store import counting, resources, things
from geodata.store.database import Transaction
from geodata.store.things import NoSuchThing
from service.access.keeping import demand_write
from service.access.visitor import NotAllowed, Visitor
from service.priority.planning import Planner

ACTIONS = ("ACCEPT", "OVERRIDE", "CONFIRM", "REFUSE", "WITHDRAW")
_K = DecisionKind


class Deciding:
    def __init__(self, planner: Planner) -> None:
        self.planner = planner

    async def decide(
        self,
        visitor: Visitor,
        id: str,
        number: int,
        action: str,
        *,
        resource: str | None,
        reason: str | None,
        now: datetime,
    ) -> dict[str, Any]:
        """Accept a line, override it with another resource or nobody, confirm or refuse as the second person, withdraw.

        Raises NoSuchThing, NotAllowed, BadEdit, BadMove."""
        if action not in ACTIONS:
            raise BadEdit("action", f"there is no action {action[:40]!r}; known are {', '.join(ACTIONS)}")
        planner = self.planner
        async with planner.transaction(visitor) as tx:
            held, proposal = await planner.take(tx, visitor, id)
            line = _line(proposal, number)
            person = visitor.person or ""
            decision: Decision | None = None
            if action in ("CONFIRM", "REFUSE"):
                decision = _seconded(line, action, person, reason, now)
            elif action == "WITHDRAW":
                _check_withdrawal(line, reason)
            else:
                decision = await self._first(tx, visitor, proposal, line, action, resource, reason, now)
            lines = tuple(replace(one, decision=decision) if one is line else one for one in proposal.lines)
            kind = "WITHDRAWN" if decision is None else "CONFIRMED" if action == "CONFIRM" else decision.kind.value
            goes = decision.resource if decision else None
            event = Event(kind, now, person, number, goes, line.need, reason)
            body = planner.put(tx, held, {"lines": to_body(lines)}, now, event)
        after = replace(line, decision=decision)
        offer = _offer(proposal, after)
        return {"id": id, "ref": str(held.ref), "room": held.room, "body": body, **({"offer": offer} if offer else {})}

    async def lock(
        self, visitor: Visitor, id: str, resource: str, need: str | None, word: str, now: datetime
    ) -> dict[str, Any]:
        """FIX a resource to a need, FORBID it there (or everywhere), or FREE it of either: holds from the next plan on.

        Raises as `decide`; BadEdit if fixing it would break basic cover: that is an override, with two people."""
        planner = self.planner
        async with planner.transaction(visitor) as tx:
            held, proposal = await planner.take(tx, visitor, id)
            if proposal.state is not ProposalState.PROPOSED:
                raise BadMove("Only a computed proposal can be locked.")
            if need is not None and need not in {one.id for one in proposal.needs}:
                raise BadEdit("need", "there is no such need in this proposal")
            left = [lock for lock in proposal.locks if (lock.resource, lock.need) != (resource, need)]
            if word == "FIX":
                if need is None:
                    raise BadEdit("need", "name the need that it is fixed to")
                await self._able(tx, visitor, proposal, need, resource)
                broken = await self._broken(tx, visitor, [resource])
                if broken:
                    raise BadEdit(
                        "resource", f"basic cover would break ({', '.join(broken)}): override the line instead"
                    )
                left = [lock for lock in left if lock.resource != resource]
                left.append(Lock(resource, need, True))
            elif word == "FORBID":
                await self._seen(tx, visitor, resource)
                left = [lock for lock in left if not (lock.resource == resource and lock.fixed)]
                left.append(Lock(resource, need, False))
            elif word != "FREE":
                raise BadEdit("word", "say FIX, FORBID or FREE")
            what = {"FIX": "LOCKED", "FORBID": "FORBIDDEN"}.get(word, "UNLOCKED")
            event = Event(what, now, visitor.person, resource=resource, need=need)
            body = planner.put(tx, held, {"locks": to_body(tuple(left))}, now, event)
        return {"id": id, "ref": str(held.ref), "room": held.room, "body": body}

    async def _first(
        self,
        tx: Transaction,
        visitor: Visitor,
        proposal: Proposal,
        line: Line,
        action: str,
        resource: str | None,
        reason: str | None,
        now: datetime,
    ) -> Decision:
        if proposal.state is not ProposalState.PROPOSED:
            raise BadMove("Only a computed proposal can be decided on.")
        if line.decision is not None and line.decision.kind is not _K.REFUSED:
            raise BadMove("This line is decided; withdraw the decision first.")
        if action == "ACCEPT":
            if line.resource is None:
                raise BadEdit("action", "nobody is proposed for this place; override it with a resource")
            if resource not in (None, line.resource):
                raise BadEdit("resource", "another resource than the proposed one is an override")
            goes: str | None = line.resource
        else:
            if not reason:
                raise BadEdit("reason", "say why the proposal is overridden")
            if resource == line.resource:
                raise BadEdit("resource", "name another resource, or null for nobody")
            goes = resource
        if goes is not None:
            taken = next((one.number for one in proposal.lines if one is not line and one.goes == goes), None)
            if taken is not None:
                raise BadEdit("resource", f"it goes by line {taken}; override that one first")
            await self._able(tx, visitor, proposal, line.need, goes)
        # What is decided otherwise comes on top of the whole plan, which keeps basic cover as far as it goes.
        others = [o.goes for o in proposal.lines if o is not line and (_stands(o) or action == "OVERRIDE") and o.goes]
        broken = await self._broken(tx, visitor, [goes], [one for one in others if one]) if goes else []
        if broken and not reason:
            raise BadEdit("reason", f"basic cover would break ({', '.join(broken)}): say why it goes all the same")
        kind = _K.AWAITS_SECOND if broken else _K.ACCEPTED if action == "ACCEPT" else _K.OVERRIDDEN
        return Decision(kind, visitor.person or "", now, goes, reason, tuple(broken))

    async def _able(self, tx: Transaction, visitor: Visitor, proposal: Proposal, need: str, id: str) -> None:
        """Raises BadEdit unless the asker disposes of it and it can do what is needed and is not bound."""
        body = await self._seen(tx, visitor, id)
        resource = things.checked(body, Resource)
        capability = next(one.capability for one in proposal.needs if one.id == need)
        if capability not in capabilities_of(resource.type, resource.capabilities):
            raise BadEdit("resource", f"it cannot do {capability}")
        if resource.hold is not None:
            raise BadEdit("resource", "it is held for somebody else")
        if resource.deployment in BOUND and resource.incident != proposal.incident:
            raise BadEdit("resource", "it is bound by another incident")

    async def _seen(self, tx: Transaction, visitor: Visitor, id: str) -> dict[str, Any]:
        """The body of a resource that the asker disposes of. Raises BadEdit, NotAllowed."""
        try:
            ref = Ref(self.planner.origin, resources.RESOURCE, id)
            held = await things.read(tx, ref, self.planner.database.asked(visitor.rooms))
        except (BadRef, NoSuchThing) as error:
            raise BadEdit("resource", "there is no such resource, or you may not see it") from error
        demand_write(visitor, held.room)
        return held.body

    async def _broken(
        self, tx: Transaction, visitor: Visitor, ids: Sequence[str], others: Sequence[str] = ()
    ) -> list[str]:
        """The basic cover that these break, beside those who go anyway."""
        rooms = self.planner.database.asked(visitor.rooms)
        origin = self.planner.origin
        found = await counting.broken_by(
            tx.connection, [*ids, *others], rooms, origin=origin, can=capabilities_of, tx=tx
        )
        if not others or not found:
            return [_short(one.ars, one.capability) for one in found]
        before = await counting.broken_by(tx.connection, others, rooms, origin=origin, can=capabilities_of, tx=tx)
        known = {in_words(one) for one in before}
        return [_short(one.ars, one.capability) for one in found if in_words(one) not in known]


def _short(ars: str, capability: str) -> str:
    return f"{ars}/{capability}"


def _line(proposal: Proposal, number: int) -> Line:
    line = next((one for one in proposal.lines if one.number == number), None)
    if line is None:
        raise NoSuchThing("There is no such line.")
    return line


def _stands(line: Line) -> bool:
    return line.decision is not None and line.decision.kind in (_K.ACCEPTED, _K.OVERRIDDEN)


def _seconded(line: Line, action: str, person: str, reason: str | None, now: datetime) -> Decision:
    first = line.decision
    if first is None or first.kind is not _K.AWAITS_SECOND:
        raise BadMove("Nothing here waits for a second person.")
    if first.by == person:
        raise NotAllowed("Basic cover goes below its minimum only when somebody else confirms it.")
    if action == "REFUSE":
        if not reason:
            raise BadEdit("reason", "say why it is refused")
        kind = _K.REFUSED
    else:
        kind = _K.ACCEPTED if first.resource == line.resource else _K.OVERRIDDEN
    return replace(first, kind=kind, second=person, second_at=now, second_reason=reason)


def _check_withdrawal(line: Line, reason: str | None) -> None:
    if line.decision is None:
        raise BadMove("Nothing was decided here.")
    if not reason:
        raise BadEdit("reason", "say why the decision is withdrawn")


def _offer(proposal: Proposal, line: Line) -> dict[str, Any] | None:
    """The move that a human may make now, as the deployment route takes it."""
    if not _stands(line) or line.decision is None or line.decision.resource is None:
        return None
    need = next(one for one in proposal.needs if one.id == line.need)
    fields: dict[str, Any] = {"incident": proposal.incident, "target": list(need.place)}
    if need.site:
        fields["site"] = need.site
    move: dict[str, Any] = {"state": "ALERTED", "fields": fields}
    if line.decision.cover:
        move["override"] = {"reason": line.decision.reason}
    return {"resource": line.decision.resource, "deployment": move}
