"""Who gets what: the rooms, kinds and area of a connection, and what of the log that leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geodata.model.geometry import Bbox, intersects
from geodata.store.changes import Logged
from service.live.protocol import Outgoing, as_drop


@dataclass(frozen=True, slots=True)
class Subscription:
    """Connections with equal subscriptions form a group and get the same frame. None means no restriction."""

    rooms: frozenset[str]
    kinds: frozenset[str] | None = None
    area: Bbox | None = None


class Whereabouts:
    """Where each thing was before, as far as this process has seen it move."""

    def __init__(self) -> None:
        self._extents: dict[str, Bbox | None] = {}

    def move(self, lines: Iterable[Logged]) -> dict[str, Bbox | None]:
        """Take over where the lines put things; the answer is where they were. What is missing is not known."""
        before: dict[str, Bbox | None] = {}
        extents = self._extents
        for line in lines:
            if line.ref in extents and line.ref not in before:
                before[line.ref] = extents[line.ref]
            if line.op == "drop":
                extents.pop(line.ref, None)
            else:
                extents[line.ref] = line.extent
        return before

    def forget(self) -> None:
        self._extents.clear()


def last_values(lines: Iterable[Logged]) -> list[Logged]:
    """The last line of each ref in each room, oldest first. A thing that changes rooms leaves one line in the old."""
    last: dict[tuple[str, str], Logged] = {}
    for line in lines:
        key = (line.ref, line.room)
        last.pop(key, None)
        last[key] = line
    return list(last.values())


def select(
    lines: Iterable[Logged], subscription: Subscription, before: Mapping[str, Bbox | None] | None = None
) -> list[Outgoing]:
    """What of `last_values` this subscription gets, one change per ref, oldest first.

    A thing that moved out of the area goes as a drop. Where `before` does not say where it was, it goes as a drop too:
    one drop too many does no harm, one too few leaves a ghost on the map.
    """
    rooms, kinds, area = subscription.rooms, subscription.kinds, subscription.area
    seen = [line for line in lines if line.room in rooms and (kinds is None or line.kind in kinds)]
    if area is None:
        chosen = [Outgoing(line.seq, line.ref, line.wire) for line in seen]
    else:
        chosen = []
        for line in seen:
            if line.op == "put" and (line.extent is None or intersects(line.extent, area)):
                chosen.append(Outgoing(line.seq, line.ref, line.wire))
            elif before is None or line.ref not in before or _within(before[line.ref], area):
                chosen.append(Outgoing(line.seq, line.ref, line.wire if line.op == "drop" else as_drop(line)))
    if len({change.ref for change in chosen}) < len(chosen):
        chosen = sorted({change.ref: change for change in chosen}.values(), key=lambda change: change.seq)
    return chosen


def _within(extent: Bbox | None, area: Bbox) -> bool:
    return extent is None or intersects(extent, area)
