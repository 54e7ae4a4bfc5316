"""Basic cover (Grundschutz) and reserve: what is still free at home, and what a commitment would break."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from geodata.model.ars import significant
from geodata.model.body import to_body
from geodata.model.catalogue import capabilities_of
from geodata.model.resource import BOUND, FREE, Availability, Deployment, Fleet, ResourceKind

Can = Callable[[str, Collection[str]], Collection[str]]
"""The capabilities of a type together with those beyond it."""

_ASIDE = BOUND | {Deployment.RESTING, Deployment.OUT_OF_SERVICE}


class CoverBroken(Exception):
    """A commitment would break basic cover and nobody said why it is taken all the same."""

    field = "override"

    def __init__(self, shortfalls: Collection[Shortfall]) -> None:
        super().__init__(
            "Basic cover would be broken: " + "; ".join(map(in_words, shortfalls)) + ". To send it all the same, "
            "say why in override.reason."
        )
        self.extension = {"shortfalls": [to_body(one) for one in shortfalls]}


class Counted(Protocol):
    """What is asked of a resource; `geodata.model.resource.Resource` is one."""

    @property
    def organisation(self) -> str: ...
    @property
    def kind(self) -> ResourceKind: ...
    @property
    def type(self) -> str: ...
    @property
    def capabilities(self) -> tuple[str, ...]: ...
    @property
    def ars(self) -> str | None: ...
    @property
    def availability(self) -> Availability: ...
    @property
    def deployment(self) -> Deployment: ...
    @property
    def hold(self) -> object | None: ...
    @property
    def loan(self) -> object | None: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def carried_by(self) -> str | None: ...


@dataclass(frozen=True, slots=True, order=True)
class Shortfall:
    """In this municipality `minimum` resources with this capability must stay free; `free` are so now and `after` would
    be so after the commitment. `after` is below `minimum`."""

    ars: str
    capability: str
    minimum: int
    free: int
    after: int


@dataclass(frozen=True, slots=True, order=True)
class Reserve:
    """So many of an organisation's resources with this capability there are in this municipality, and so many are
    free. `ars` is empty for resources of which nobody said where they belong."""

    ars: str
    organisation: str
    capability: str
    free: int
    total: int


def in_words(shortfall: Shortfall) -> str:
    """As it stands in logs and records."""
    return (
        f"{shortfall.capability} in {shortfall.ars}: {shortfall.after} of at least {shortfall.minimum} free "
        f"(before: {shortfall.free})"
    )


def is_free(resource: Counted) -> bool:
    """Available by its status, and neither bound nor aside, held nor lent."""
    return (
        resource.availability in FREE
        and resource.deployment not in _ASIDE
        and resource.hold is None
        and resource.loan is None
    )


def together(ids: Collection[str], resources: Mapping[str, Counted]) -> set[str]:
    """These and what goes with them: the members of a unit, what a carrier carries."""
    taken = set(ids)
    goes = defaultdict(list)
    for id, resource in resources.items():
        for leader in (resource.parent, resource.carried_by):
            if leader is not None:
                goes[leader].append(id)
    waiting = list(taken)
    while waiting:
        for id in goes.get(waiting.pop(), ()):
            if id not in taken:
                taken.add(id)
                waiting.append(id)
    return taken


def minimums(fleets: Iterable[Fleet]) -> dict[tuple[str, str], int]:
    """By municipality and capability; where two fleets ask for the same, the higher number counts."""
    asked: dict[tuple[str, str], int] = {}
    for fleet in fleets:
        for rule in fleet.cover:
            key = (rule.ars, rule.capability)
            asked[key] = max(rule.minimum, asked.get(key, 0))
    return asked


def shortfalls(
    fleets: Iterable[Fleet],
    resources: Mapping[str, Counted],
    *,
    without: Collection[str] | None = None,
    can: Can = capabilities_of,
) -> list[Shortfall]:
    """Where basic cover is not kept, by municipality and capability.

    With `without`, the ids that a commitment would take (members of a unit go with it), only those that it breaks or
    makes worse. Every given resource in the municipality counts, whoever owns it; a unit whose members are given counts
    by its members."""
    rules = minimums(fleets)
    if not rules:
        return []
    taken = together(without, resources) if without else set()
    free: Counter[tuple[str, str]] = Counter()
    lost: Counter[tuple[str, str]] = Counter()
    for group, capabilities, count in _groups(resources, can, taken):
        if group.ars is not None and group.free:
            for capability in capabilities:
                free[group.ars, capability] += count
                if group.taken:
                    lost[group.ars, capability] += count
    lengths = {len(significant(ars)) for ars, _ in rules}
    free, lost = _lifted(free, lengths), _lifted(lost, lengths)
    found = []
    for (ars, capability), minimum in rules.items():
        key = (significant(ars), capability)
        now, gone = free[key], lost[key]
        if now - gone < minimum and (without is None or gone):
            found.append(Shortfall(ars, capability, minimum, now, now - gone))
    return sorted(found)


def reserve(resources: Mapping[str, Counted], *, can: Can = capabilities_of) -> list[Reserve]:
    """What is free per municipality, organisation and capability."""
    total: Counter[tuple[str, str, str]] = Counter()
    free: Counter[tuple[str, str, str]] = Counter()
    for group, capabilities, count in _groups(resources, can):
        for capability in capabilities:
            key = (group.ars or "", group.organisation, capability)
            total[key] += count
            if group.free:
                free[key] += count
    return sorted(Reserve(*key, free[key], count) for key, count in total.items())


class _Group(NamedTuple):
    """Resources that are all the same to whoever counts them."""

    ars: str | None
    organisation: str
    type: str
    capabilities: tuple[str, ...]
    free: bool
    taken: bool


def _groups(
    resources: Mapping[str, Counted], can: Can, taken: Collection[str] = ()
) -> Iterator[tuple[_Group, Collection[str], int]]:
    """With what they can and how many there are. A unit whose members are here does not count beside them."""
    units = {resource.parent for resource in resources.values()}
    groups = Counter(
        (one.ars, one.organisation, one.type, one.capabilities, is_free(one), id in taken)
        for id, one in resources.items()
        if one.kind != ResourceKind.UNIT or id not in units
    )
    for key, count in groups.items():
        group = _Group(*key)
        yield group, frozenset(can(group.type, group.capabilities)), count


def _lifted(counted: Mapping[tuple[str, str], int], lengths: Collection[int]) -> Counter[tuple[str, str]]:
    """By the first digits of the municipality, in these lengths: a district can have a minimum of its own."""
    found: Counter[tuple[str, str]] = Counter()
    for (ars, capability), count in counted.items():
        for area in {ars[:length] for length in lengths if length <= len(ars)}:
            found[area, capability] += count
    return found
