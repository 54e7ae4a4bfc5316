"""From what lies in the picture to a problem: candidates, basic cover, travel. Runs in the worker's own process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from geodata.land.travelling import Leg, Travels
from geodata.model import strength
from geodata.model.allocation import MOST_CANDIDATES, Block, Candidate, CoverGroup, Lock, Need, Problem
from geodata.model.ars import covers
from geodata.model.catalogue import TYPES, capabilities_of
from geodata.model.cover import is_free, minimums
from geodata.model.editing import BadEdit
from geodata.model.resource import BOUND, FREE, Availability, Deployment, Fleet, ResourceKind
from geodata.model.underway import SPEED, TURN_OUT

_LOOKED_AT = (
    "deployment", "availability", "hold", "loan", "incident", "site", "capabilities", "ars", "strength",
    "endurance_until", "parent", "carried_by", "home", "type",
)  # fmt: skip
_MOST_MINUTES = 20_160


@dataclass(frozen=True, slots=True)
class Row:
    """A resource as far as it is weighed; `body` as it lies in the picture."""

    organisation: str
    kind: ResourceKind
    type: str
    capabilities: tuple[str, ...]
    ars: str | None
    availability: Availability
    deployment: Deployment
    hold: Any
    loan: Any
    parent: str | None
    carried_by: str | None
    body: Mapping[str, Any]


def rows_of(found: str) -> dict[str, Row]:
    """From bodies by id, as JSON."""
    return {
        id: Row(
            body["organisation"],
            ResourceKind(body["kind"]),
            body["type"],
            tuple(body.get("capabilities", ())),
            body.get("ars"),
            Availability(body.get("availability", "UNKNOWN")),
            Deployment(body.get("deployment", "AT_HOME")),
            body.get("hold"),
            body.get("loan"),
            body.get("parent"),
            body.get("carried_by"),
            body,
        )
        for id, body in orjson.loads(found).items()
    }


@dataclass(frozen=True)
class Seen:
    """What the asker sees. `mine` are the resources he may dispose of; `positions` hold longitude, latitude and ISO
    time by resource; `organisations` are his own."""

    incident: str
    now: datetime
    rows: Mapping[str, Row]
    mine: frozenset[str]
    positions: Mapping[str, Sequence[Any]]
    fleets: Sequence[Fleet]
    organisations: frozenset[str]


@dataclass(frozen=True)
class Wishes:
    """`confirmed` are locks behind which two people stand, so that basic cover does not bind them."""

    needs: tuple[Need, ...]
    locks: tuple[Lock, ...] = ()
    confirmed: frozenset[str] = frozenset()
    previous: Mapping[str, str] | None = None


def problem_of(seen: Seen, wishes: Wishes, travels: Travels) -> tuple[Problem, tuple[Lock, ...]]:
    """The problem, and the locks that had to be left out because they would break basic cover."""
    needs, there = _helped(seen, wishes.needs)
    asked = {need.capability for need in needs}
    units = {row.parent for row in seen.rows.values()}
    found: list[tuple[Candidate, tuple[float, float] | None, Row]] = []
    for id, row in seen.rows.items():
        if (row.kind is ResourceKind.UNIT and id in units) or row.carried_by or id in there:
            continue
        able = capabilities_of(row.type, row.capabilities)
        if able & asked:
            found.append((_candidate(seen, id, row, able), _place(seen, id, row), row))
    found = _nearest(found, needs)
    legs = {c.id: _leg(place, row) for c, place, row in found if place is not None}
    travel = travels.table({need.id: need.place for need in needs}, legs)
    candidates = tuple(candidate for candidate, _, _ in found)
    cover = tuple(_groups(seen, {c.id for c in candidates if c.blocked is None}))
    locks, refused = _kept_locks(wishes, cover)
    return Problem(needs, candidates, travel, cover, locks, dict(wishes.previous or {})), refused


def digest(body: Mapping[str, Any]) -> str:
    """Of what was looked at; where it stands is not among it, or everything would be out of date at once."""
    looked = {name: body[name] for name in _LOOKED_AT if name in body}
    return hashlib.sha256(orjson.dumps(looked, option=orjson.OPT_SORT_KEYS)).hexdigest()[:10]


def _helped(seen: Seen, needs: tuple[Need, ...]) -> tuple[tuple[Need, ...], set[str]]:
    """The needs less whoever is sent to their sites already, and who that is."""
    busy: dict[tuple[str, str], list[str]] = {}
    for id, row in seen.rows.items():
        site = row.body.get("site")
        if site and row.body.get("incident") == seen.incident and row.deployment in BOUND:
            for capability in capabilities_of(row.type, row.capabilities):
                busy.setdefault((site, capability), []).append(id)
    left, there = [], set()
    for need in needs:
        helpers = busy.get((need.site or "", need.capability), [])
        there.update(helpers)
        missing = need.quantity - len(helpers)
        if missing > 0:
            left.append(replace(need, quantity=missing, helped=need.helped + len(helpers)))
    return tuple(left), there


def _candidate(seen: Seen, id: str, row: Row, able: frozenset[str]) -> Candidate:
    until = row.body.get("endurance_until")
    endurance = None
    if until is not None:
        left = (datetime.fromisoformat(until) - seen.now).total_seconds() // 60
        endurance = min(_MOST_MINUTES, max(0, int(left)))
    return Candidate(
        id, row.body.get("callsign", id)[:200], row.organisation, able, row.ars, endurance, _block(seen, id, row)
    )


def _block(seen: Seen, id: str, row: Row) -> Block | None:
    if id not in seen.mine:
        return Block.NOT_YOURS
    if row.hold is not None:
        return Block.HELD
    borrowed = row.loan is not None and row.loan["organisation"] in seen.organisations
    if row.loan is not None and not borrowed:
        return Block.HELD
    here = row.body.get("incident") == seen.incident
    waits = here and row.deployment is Deployment.STAGED and not row.body.get("site")
    idle = row.availability in FREE and row.deployment in (
        Deployment.AT_HOME,
        Deployment.RELEASED,
        Deployment.RETURNING,
    )
    if not (waits or idle) or row.availability is Availability.OUT_OF_SERVICE:
        return Block.NOT_FREE
    kind, aboard = TYPES.get(row.type), row.body.get("strength")
    if kind is not None and aboard is not None:
        try:
            if strength.parse(aboard).total < kind.minimum_crew:
                return Block.CREW
        except BadEdit:
            return Block.CREW
    return None


def _place(seen: Seen, id: str, row: Row) -> tuple[float, float] | None:
    """Where it was last seen, as long as its fleet trusts that, else at home."""
    fleet = next((f for f in seen.fleets if f.organisation == row.organisation), None)
    lost = timedelta(minutes=fleet.position_lost if fleet else 60)
    known = seen.positions.get(id)
    if known is not None and seen.now - datetime.fromisoformat(known[2]) <= lost:
        return float(known[0]), float(known[1])
    home = row.body.get("home")
    return (home[0], home[1]) if home else None


def _leg(place: tuple[float, float], row: Row) -> Leg:
    kind = TYPES.get(row.type)
    wait = TURN_OUT.total_seconds() / 60 if row.deployment is Deployment.AT_HOME else 0.0
    air = "LUFTRETTUNG" in capabilities_of(row.type, row.capabilities)
    return Leg(place, kind.speed_kmh if kind else SPEED, wait, air)


def _nearest(
    found: list[tuple[Candidate, tuple[float, float] | None, Row]], needs: tuple[Need, ...]
) -> list[tuple[Candidate, tuple[float, float] | None, Row]]:
    """All, or of too many those that can go and are nearest to some need."""
    if len(found) <= MOST_CANDIDATES:
        return sorted(found, key=lambda one: one[0].id)

    def far(one: tuple[Candidate, tuple[float, float] | None, Row]) -> tuple[bool, float, str]:
        candidate, place, _ = one
        if place is None:
            return True, 0.0, candidate.id
        ways = [(n.place[0] - place[0]) ** 2 * 0.4 + (n.place[1] - place[1]) ** 2 for n in needs]
        return candidate.blocked is not None, min(ways), candidate.id

    return sorted(sorted(found, key=far)[:MOST_CANDIDATES], key=lambda one: one[0].id)


def _groups(seen: Seen, going: set[str]) -> list[CoverGroup]:
    """As `geodata.model.cover.shortfalls` counts: whoever is free in the municipality, a unit by its members. Those who
    stay anyway lower what must stay of those who could go."""
    units = {row.parent for row in seen.rows.values()}
    groups = []
    for (ars, capability), minimum in sorted(minimums(seen.fleets).items()):
        free = {
            id
            for id, row in seen.rows.items()
            if row.ars is not None and covers(ars, row.ars) and is_free(row)
            and not (row.kind is ResourceKind.UNIT and id in units)
            and capability in capabilities_of(row.type, row.capabilities)
        }  # fmt: skip
        if free & going:
            groups.append(CoverGroup(ars, capability, minimum, frozenset(free)))
    return groups


def _kept_locks(wishes: Wishes, cover: Sequence[CoverGroup]) -> tuple[tuple[Lock, ...], tuple[Lock, ...]]:
    kept: list[Lock] = []
    refused: list[Lock] = []
    for lock in wishes.locks:
        if lock.fixed and lock.resource not in wishes.confirmed:
            fixed = {other.resource for other in kept if other.fixed} | {lock.resource}
            if any(lock.resource in g.members and len(g.members & fixed) > g.spare for g in cover):
                refused.append(lock)
                continue
        kept.append(lock)
    return tuple(kept), tuple(refused)
