"""Which resource could serve which need, and why another cannot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from geodata.model.allocation import Block, Candidate, CoverGroup, Need, Problem
from service.priority import objective
from service.priority.objective import Score

Pair = tuple[str, str]
"""Need and resource."""


@dataclass(frozen=True)
class Board:
    """A problem with what follows from it: who could go where and at what cost. `free` leaves out what humans fixed."""

    problem: Problem

    @cached_property
    def needs(self) -> dict[str, Need]:
        return {need.id: need for need in self.problem.needs}

    @cached_property
    def candidates(self) -> dict[str, Candidate]:
        return {candidate.id: candidate for candidate in self.problem.candidates}

    @cached_property
    def asked(self) -> frozenset[str]:
        return frozenset(need.capability for need in self.problem.needs)

    @cached_property
    def fixed(self) -> dict[str, str]:
        """Need by resource, as humans locked it."""
        return {
            lock.resource: lock.need
            for lock in self.problem.locks
            if lock.fixed and lock.need in self.needs and lock.resource in self.candidates
        }

    @cached_property
    def forbidden(self) -> frozenset[tuple[str | None, str]]:
        return frozenset((lock.need, lock.resource) for lock in self.problem.locks if not lock.fixed)

    @cached_property
    def groups(self) -> dict[str, list[CoverGroup]]:
        """Basic cover that each resource is part of and that still binds."""
        found: defaultdict[str, list[CoverGroup]] = defaultdict(list)
        for group in self.problem.cover:
            if not group.waived:
                for member in group.members:
                    found[member].append(group)
        return dict(found)

    def spare(self, group: CoverGroup) -> int:
        """How many of the group may still go, beside those that humans fixed."""
        return max(0, group.spare - sum(1 for member in group.members if member in self.fixed))

    def minutes(self, need: str, resource: str) -> int | None:
        return self.problem.travel.get(need, {}).get(resource)

    def block(self, need: Need, candidate: Candidate, minutes: int | None) -> Block | None:
        """Why this capable resource cannot serve it, others aside."""
        if (need.id, candidate.id) in self.forbidden or (None, candidate.id) in self.forbidden:
            return Block.FORBIDDEN
        if candidate.blocked is not None:
            return candidate.blocked
        if minutes is None:
            return Block.NO_PLACE
        if need.latest is not None and minutes > need.latest:
            return Block.WINDOW
        if candidate.endurance is not None and candidate.endurance < max(minutes, need.earliest) + need.work:
            return Block.ENDURANCE
        if any(self.spare(group) == 0 for group in self.groups.get(candidate.id, ())):
            return Block.COVER
        return None

    def fits(self, need: Need, candidate: Candidate, minutes: int | None) -> bool:
        return need.capability in candidate.capabilities and self.block(need, candidate, minutes) is None

    @cached_property
    def pairs(self) -> list[Pair]:
        """All that are possible and not fixed, in the order of the problem."""
        return [
            (need.id, candidate.id)
            for need in self.problem.needs
            for candidate in self.problem.candidates
            if candidate.id not in self.fixed and self.fits(need, candidate, self.minutes(need.id, candidate.id))
        ]

    @cached_property
    def by_need(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for need, resource in self.pairs:
            found[need].append(resource)
        return found

    @cached_property
    def by_resource(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for need, resource in self.pairs:
            found[resource].append(need)
        return found

    def cost(self, need: str, resource: str) -> int:
        return self._terms(need, resource)[1]

    def delay(self, need: str, resource: str) -> int:
        return self._terms(need, resource)[0]

    def _terms(self, need: str, resource: str) -> tuple[int, int]:
        found = self._known.get((need, resource))
        if found is None:
            minutes, kept, asked = self.minutes(need, resource) or 0, self.kept(need, resource), self.needs[need]
            price = objective.cost(asked, self.candidates[resource], minutes, self.asked, kept=kept)
            found = self._known[need, resource] = (objective.delay(asked, minutes, kept=kept), price)
        return found

    @cached_property
    def _known(self) -> dict[Pair, tuple[int, int]]:
        return {}

    def kept(self, need: str, resource: str) -> bool:
        return self.problem.previous.get(resource) == need

    def at(self, need: str, resources: Collection[str]) -> Score:
        """What these resources at this need add to the score."""
        found = self.needs[need]
        gain = objective.worth(found, len(resources), sum(self.delay(need, r) for r in resources))
        return objective.scored(found.rank, gain, sum(self.cost(need, r) for r in resources))

    def score(self, serves: Mapping[str, str]) -> Score:
        crews = crews_of(serves)
        return objective.plus(objective.NOTHING, *(self.at(need, crews[need]) for need in sorted(crews)))

    def leaving(self, resources: Iterable[str]) -> dict[tuple[str, str], int]:
        """How many go from each group that binds, beside those that humans fixed."""
        counts: defaultdict[tuple[str, str], int] = defaultdict(int)
        for resource in resources:
            if resource not in self.fixed:
                for group in self.groups.get(resource, ()):
                    counts[group.ars, group.capability] += 1
        return counts

    def covered(self, resource: str, leaving: Mapping[tuple[str, str], int], *, back: str | None = None) -> bool:
        """Whether this resource may go as well, once that one came back."""
        returned = {(group.ars, group.capability) for group in self.groups.get(back, ())} if back else set()
        return all(
            leaving.get((group.ars, group.capability), 0) - ((group.ars, group.capability) in returned)
            < self.spare(group)
            for group in self.groups.get(resource, ())
        )


def crews_of(serves: Mapping[str, str]) -> dict[str, list[str]]:
    """Resources by need, each list in the order of ids."""
    crews: defaultdict[str, list[str]] = defaultdict(list)
    for resource in sorted(serves):
        crews[serves[resource]].append(resource)
    return dict(crews)
