"""Neighbours of a plan: what changes if another resource takes a line over, or its resource goes elsewhere.

Every difference is exact, in the objective's own terms: new score less old one. None is above zero if the plan is the
best there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from geodata.model.allocation import Need
from geodata.model.proposal import Exchange
from service.priority import objective
from service.priority.fitting import Board, crews_of
from service.priority.objective import Score


@dataclass(frozen=True, slots=True)
class Move:
    """`resource` and `need` as in `geodata.model.proposal.Beaten`; `other` is who takes the line's place over."""

    how: Exchange
    change: Score
    resource: str | None = None
    need: str | None = None
    other: str | None = None


class Exchanges:
    """`needs` may hold needs changed for the question "what if"."""

    def __init__(self, board: Board, serves: Mapping[str, str]) -> None:
        self.board, self.serves = board, serves
        self.needs: dict[str, Need] = dict(board.needs)
        self.crews = crews_of(serves)
        self.leaving = board.leaving(serves)
        self._possible = set(board.pairs)
        self._idle = {
            need: sorted(
                (r for r in resources if r not in serves),
                key=lambda r, need=need: (board.delay(need, r), board.cost(need, r), r),  # type: ignore[misc]
            )
            for need, resources in board.by_need.items()
        }

    def what_if(self, need: Need) -> Exchanges:
        """The same plan with this need changed."""
        other = object.__new__(Exchanges)
        other.__dict__.update(self.__dict__)
        other.needs = {**self.needs, need.id: need}
        return other

    def rivals(self, need: str, resource: str) -> Iterator[Move]:
        """Each other resource in this one's place, with the best that may follow."""
        out = self._leave(need, resource, unit=False)
        for rival in self.board.by_need.get(need, ()):
            busy = self.serves.get(rival)
            if rival == resource or busy == need:
                continue
            took = objective.plus(out, self._join(need, rival, unit=False))
            if busy is None:
                if self.board.covered(rival, self.leaving, back=resource):
                    yield Move(Exchange.IDLE, took, rival)
                continue
            if (busy, resource) in self._possible:
                swapped = objective.plus(self._leave(busy, rival, unit=False), self._join(busy, resource, unit=False))
                yield Move(Exchange.SWAP, objective.plus(took, swapped), rival, busy)
            yield Move(Exchange.ROBBED, objective.plus(took, self._leave(busy, rival)), rival, busy)
            filler = self._filler(busy, back=resource)
            if filler is not None:
                refill = objective.plus(self._leave(busy, rival, unit=False), self._join(busy, filler, unit=False))
                yield Move(Exchange.REFILLED, objective.plus(took, refill), rival, busy, filler)

    def uses(self, need: str, resource: str, *, only: str | None = None) -> Iterator[Move]:
        """This resource at each other need (or `only` that), with the best that may follow for both places."""
        filler = self._filler(need)
        bare = self._leave(need, resource)
        filled = None
        if filler is not None:
            kept = self._join(need, filler, unit=False)
            filled = objective.plus(self._leave(need, resource, unit=False), kept)
        for other in self.board.by_resource.get(resource, ()):
            if other == need or only not in (None, other):
                continue
            crew = self.crews.get(other, [])
            if len(crew) < self.needs[other].quantity:
                joined = self._join(other, resource)
                if filled is not None:
                    yield Move(Exchange.REFILLED, objective.plus(joined, filled), None, other, filler)
                yield Move(Exchange.OPEN, objective.plus(joined, bare), None, other)
                continue
            joined = self._join(other, resource, unit=False)
            for member in crew:
                if member in self.board.fixed:
                    continue
                gone = objective.plus(joined, self._leave(other, member, unit=False))
                if (need, member) in self._possible:
                    change = objective.plus(
                        self._leave(need, resource, unit=False), self._join(need, member, unit=False)
                    )
                    yield Move(Exchange.SWAP, objective.plus(gone, change), member, other, member)
                else:
                    yield Move(Exchange.ROBBED, objective.plus(gone, bare), None, other)

    def _filler(self, need: str, *, back: str | None = None) -> str | None:
        """The best idle resource for this need that basic cover lets go."""
        idle = self._idle.get(need, ())
        return next((r for r in idle if self.board.covered(r, self.leaving, back=back)), None)

    def _leave(self, need: str, resource: str, *, unit: bool = True) -> Score:
        """`unit`: nobody takes its place, so the last unit is lost as well."""
        found = self.needs[need]
        lost = objective.units(found)[min(len(self.crews[need]), found.quantity) - 1] if unit else 0
        return objective.scored(found.rank, self._delay(need, resource) - lost, -self._cost(need, resource))

    def _join(self, need: str, resource: str, *, unit: bool = True) -> Score:
        found = self.needs[need]
        won = objective.units(found)[len(self.crews.get(need, ()))] if unit else 0
        return objective.scored(found.rank, won - self._delay(need, resource), self._cost(need, resource))

    def _delay(self, need: str, resource: str) -> int:
        if self.needs[need] is self.board.needs[need]:
            return self.board.delay(need, resource)
        minutes, kept = self.board.minutes(need, resource) or 0, self.board.kept(need, resource)
        return objective.delay(self.needs[need], minutes, kept=kept)

    def _cost(self, need: str, resource: str) -> int:
        found = self.needs[need]
        if found is self.board.needs[need]:
            return self.board.cost(need, resource)
        kept = self.board.kept(need, resource)
        minutes = self.board.minutes(need, resource) or 0
        return objective.cost(found, self.board.candidates[resource], minutes, self.board.asked, kept=kept)

    def longer(self, need: str, resource: str, minutes: int) -> Score:
        """What the plan loses if this way takes so many minutes more."""
        found, candidate = self.needs[need], self.board.candidates[resource]
        before = self.board.minutes(need, resource) or 0
        kept = self.board.kept(need, resource)
        now, then = (
            objective.scored(
                found.rank,
                -objective.delay(found, travel, kept=kept),
                objective.cost(found, candidate, travel, self.board.asked, kept=kept),
            )
            for travel in (before, before + minutes)
        )
        return tuple(b - a for a, b in zip(now, then, strict=True))


def raised(need: Need, **fields: object) -> Need:
    return replace(need, **fields)  # type: ignore[arg-type]
