"""A declared state graph, checked when the module that declares it is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


class BadMove(ValueError):
    """The thing cannot go from its state to the one asked for; the message names those it can go to."""

    field = "state"


class States(Generic[S]):
    """`moves` names for every state where it may go; `start` is where a thing begins.

    Raises ValueError at import if a state is missing or cannot be reached."""

    def __init__(self, kind: type[S], *, start: S, moves: Mapping[S, Sequence[S]]) -> None:
        missing = [state for state in kind if state not in moves]
        reached, waiting = {start}, [start]
        while waiting:
            for state in moves.get(waiting.pop(), ()):
                if state not in reached:
                    reached.add(state)
                    waiting.append(state)
        lost = [state for state in kind if state not in reached]
        if missing or lost:
            raise ValueError(f"{kind.__name__}: without moves {missing}, never reached {lost}")
        self.kind, self.start, self.moves = kind, start, dict(moves)

    def ends(self) -> list[S]:
        return [state for state in self.kind if not self.moves[state]]

    def move(self, before: S, after: S) -> S:
        """The state after, if the move is declared or nothing changes. Raises BadMove."""
        if after != before and after not in self.moves[before]:
            allowed = ", ".join(self.moves[before]) or "nothing, it is an end"
            raise BadMove(f"{self.kind.__name__} cannot go from {before} to {after}; from there it goes to {allowed}")
        return after
