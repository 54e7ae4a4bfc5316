"""Comparing on a noisy machine: variants interleaved, their order reversed each round, ratios taken within a round."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

Medians = list[dict[str, float]]
"""For each round, each variant's median in ms."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One figure per round, judged by the median of the rounds. `least` turns the direction round."""

    name: str
    figures: list[float]
    gate: float
    aim: float
    least: bool = False

    @property
    def median(self) -> float:
        return statistics.median(self.figures)

    @property
    def passed(self) -> bool:
        return self.median >= self.gate if self.least else self.median <= self.gate

    def __str__(self) -> str:
        sign = ">=" if self.least else "<="
        met = self.median >= self.aim if self.least else self.median <= self.aim
        verdict = ("PASS, aim met" if met else "PASS") if self.passed else "FAIL"
        spread = f"{min(self.figures):.2f}..{max(self.figures):.2f}"
        return (
            f"{self.name:<56} {self.median:7.2f}x  ({spread}, {len(self.figures)} rounds)  "
            f"gate {sign} {self.gate:g}x, aim {sign} {self.aim:g}x  {verdict}"
        )


def interleaved(
    items: Sequence[T],
    variants: dict[str, Callable[[T], float]],
    *,
    rounds: int,
    before: Callable[[], None] = lambda: None,
) -> Medians:
    """Each variant on each item, in turns; `before` runs ahead of each round. The first round warms up and is left out.
    A variant returns its milliseconds."""
    found: Medians = []
    for number in range(rounds + 1):
        before()
        order = list(variants.items())[:: 1 if number % 2 else -1]
        times: dict[str, list[float]] = {name: [] for name in variants}
        for item in items:
            for name, measure in order:
                times[name].append(measure(item))
        if number:
            found.append({name: statistics.median(taken) for name, taken in times.items()})
    return found


def ratios(found: Medians, above: str, below: str) -> list[float]:
    return [medians[above] / medians[below] for medians in found]


def verdict(gates: Sequence[Gate]) -> int:
    """Prints each gate; exit code 1 if one is missed."""
    print()
    for gate in gates:
        print(gate)
    return 0 if all(gate.passed for gate in gates) else 1


def described(found: Medians) -> str:
    return "  ".join(f"{name} {statistics.median(m[name] for m in found):.2f} ms" for name in found[0])
