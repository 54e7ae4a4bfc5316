"""One sender's reports of a quarter of a second, written in one transaction on his behalf."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from geodata.model.body import to_body
from geodata.model.fact import PUBLIC
from geodata.model.fms import heard, meaning
from geodata.model.ref import BadRef, Ref
from geodata.model.resource import Fleet, Position, Reporter, Resource
from geodata.model.strength import parse as parse_strength
from geodata.store import positions, resources, things
from geodata.store.database import Database, Transaction
from geodata.store.positions import NAMES, Standing
from geodata.store.things import Held, NoSuchThing
from service.access.visitor import Visitor
from service.dispatch import store
from service.dispatch.report import Outcome, Report, Result

MANUAL = timedelta(hours=4)
UNKNOWN = "no resource of this name in what this sender may write"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who reports: `key` tells senders apart for good, `actor` is how the log names him, `name` how people see him."""

    key: str
    actor: str
    name: str
    see: frozenset[str]
    write: frozenset[str]

    @classmethod
    def of(cls, visitor: Visitor) -> Sender:
        return cls(visitor.person or "", visitor.actor, visitor.name or "", visitor.rooms, visitor.write - {PUBLIC})


@dataclass(slots=True)
class _Known:
    """A resource as the reports change it, one after the other."""

    standing: Standing
    held: Held | None = None
    before: Resource | None = None
    after: Resource | None = None
    mapping: Mapping[str, Any] = field(default_factory=dict)
    manual: timedelta = MANUAL
    position: Position | None = None


async def named(database: Database, origin: str, sender: Sender, reports: Sequence[Report]) -> list[Outcome | str]:
    """For each report the id of its resource, or why there is none."""
    wanted: dict[str, set[str]] = {name: set() for name in NAMES}
    for report in reports:
        for by, name in report.names:
            wanted[by].add(name)
    found = await positions.find(database, wanted, sender.write, origin=origin)
    return [_one(report, found) for report in reports]


def _one(report: Report, found: Mapping[tuple[str, str], Sequence[str]]) -> Outcome | str:
    if report.resource is not None:
        return report.resource
    for by, name in report.names:
        ids = found.get((by, name), ())
        if len(ids) > 1:
            reason = f"{len(ids)} resources have this {by}; name a surer one: external_id, opta or resource"
            return Outcome(Result.INVALID, field=by, reason=reason)
        if ids:
            return ids[0]
    return Outcome(Result.UNKNOWN, reason=UNKNOWN)


class Applying:
    """`tx` is on behalf of the sender."""

    def __init__(self, tx: Transaction, sender: Sender, origin: str, now: datetime) -> None:
        self.tx, self.sender, self.origin, self.now = tx, sender, origin, now
        self._known: dict[str, _Known] = {}

    async def apply(self, reports: Sequence[Report], targets: Sequence[Outcome | str]) -> list[Outcome]:
        """What became of each. `targets` as `named` found them. Raises StoreError."""
        ids = [target for target in targets if isinstance(target, str)]
        rooms = sorted(self.sender.write)
        standing = await positions.take(self.tx, ids, rooms, origin=self.origin)
        self._known = {id: _Known(stands) for id, stands in standing.items()}
        await self._read([id for report, id in zip(reports, targets, strict=True)
                          if isinstance(id, str) and id in self._known and _says_more(report)])  # fmt: skip
        there = [
            report.id for report, id in zip(reports, targets, strict=True) if isinstance(id, str) and id in self._known
        ]
        fresh = await store.remember(self.tx, self.sender.key, there) if there else set()
        outcomes = [self._take(report, target, fresh) for report, target in zip(reports, targets, strict=True)]
        self._write()
        return outcomes

    async def _read(self, ids: Sequence[str]) -> None:
        """Bodies and fleets of those of which more is said than where they are."""
        if not ids:
            return
        rooms = sorted(self.sender.see)
        held = await resources.by_ids(self.tx, resources.RESOURCE, set(ids), rooms, origin=self.origin)
        fleets: dict[str, Fleet | None] = {}
        for id, thing in held.items():
            known = self._known[id]
            known.held, known.before = thing, things.checked(thing.body, Resource)
            known.after = known.before
            owner = known.before.organisation
            if owner not in fleets:
                fleets[owner] = await self._fleet(owner, rooms)
            fleet = fleets[owner]
            known.mapping = meaning(known.before.type, fleet)
            known.manual = timedelta(minutes=fleet.manual_minutes) if fleet else MANUAL

    async def _fleet(self, organisation: str, rooms: Sequence[str]) -> Fleet | None:
        try:
            found = await things.read(self.tx, Ref(self.origin, resources.FLEET, organisation), rooms)
        except (NoSuchThing, BadRef):
            return None
        return things.checked(found.body, Fleet)

    def _take(self, report: Report, target: Outcome | str, fresh: set[str]) -> Outcome:
        if isinstance(target, Outcome):
            return target
        known = self._known.get(target)
        if known is None:
            return Outcome(Result.UNKNOWN, reason=UNKNOWN)
        if report.id not in fresh:
            return Outcome(Result.REPEATED, target)
        fresh.discard(report.id)
        moved, said = self._moved(known, report), self._said(known, report)
        return Outcome(Result.ACCEPTED if moved or said else Result.OLDER, target)

    def _moved(self, known: _Known, report: Report) -> bool:
        position = report.position(self.sender.name)
        newest = known.position.at if known.position else known.standing.at
        if position is None or (newest is not None and position.at <= newest):
            return False
        known.position = position
        return True

    def _said(self, known: _Known, report: Report) -> bool:
        resource = known.after
        if resource is None:
            return False
        fields: dict[str, Any] = {}
        if report.fms is not None:
            fields |= heard(
                resource, str(report.fms), at=report.at, by=Reporter.CONTROL_ROOM, mapping=known.mapping, now=self.now,
                manual=known.manual,
            )  # fmt: skip
        newer = report.fms is None or bool(fields)
        if report.strength is not None and newer:
            fields["strength"] = str(parse_strength(report.strength))
        if report.note is not None and newer:
            fields["state_reason"] = report.note
        known.after = replace(resource, **fields)
        return bool(fields)

    def _write(self) -> None:
        moved = [(id, k.standing.room, k.position) for id, k in self._known.items() if k.position is not None]
        positions.put_all(self.tx, moved, origin=self.origin, received_at=self.now)
        for known in self._known.values():
            if known.held is None or known.after is None or known.after == known.before:
                continue
            after = to_body(known.after)
            changed = {
                name: after.get(name) for name in Resource.__dataclass_fields__
                if after.get(name) != known.held.body.get(name)
            }  # fmt: skip
            resources.say(self.tx, known.held, changed, Resource, at=self.now, source=self.sender.name)


def _says_more(report: Report) -> bool:
    return report.fms is not None or report.strength is not None or report.note is not None


def as_text(report: Report) -> str:
    return msgspec.json.encode(report).decode()
