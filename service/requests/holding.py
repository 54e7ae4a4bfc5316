"""Resources and stock under their locks: held, freed, lent and taken back. Nothing is promised twice.

Whoever offers, takes, promises or frees first locks everything that he touches, in the order of the ids.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from geodata.model.body import to_body
from geodata.model.editing import BadEdit
from geodata.model.inquiry import HELD, Inquiry, LineState
from geodata.model.lending import kept_from
from geodata.model.resource import Hold, Resource, Stock
from geodata.model.states import BadMove
from geodata.store import resources, things
from geodata.store.database import Transaction
from geodata.store.resources import RESOURCE, STOCK
from geodata.store.things import Held

SOURCE = "people"


@dataclass
class Taken:
    """What was locked for one transaction, and what is to be written of it."""

    tx: Transaction
    now: datetime
    held: dict[str, Held]
    stock_held: dict[str, Held]
    resources: dict[str, Resource]
    stock: dict[str, Stock]
    _fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    _rooms: dict[str, str] = field(default_factory=dict)
    _amounts: dict[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    async def of(
        cls,
        tx: Transaction,
        origin: str,
        rooms: Collection[str],
        now: datetime,
        *,
        resources_: Iterable[str],
        stock: Iterable[str],
    ) -> Taken:
        """Those of these ids that lie in these rooms."""
        held = await resources.take_all(tx, RESOURCE, set(resources_), rooms, origin=origin)
        stocks = await resources.take_all(tx, STOCK, set(stock), rooms, origin=origin)
        return cls(
            tx, now, held, stocks,
            {id: things.checked(one.body, Resource) for id, one in held.items()},
            {id: things.checked(one.body, Stock) for id, one in stocks.items()},
        )  # fmt: skip

    def demand_free(self, ids: Iterable[str], inquiry: str, known: Mapping[str, str], room: str) -> None:
        """Raises BadMove naming each that cannot be had; `known` are call signs for those that are elsewhere."""
        refused = []
        for id in ids:
            resource = self.resources.get(id)
            if resource is None or self.held[id].room != room:
                refused.append(f"{known.get(id, id)} (LENT)")
            elif (why := kept_from(resource, inquiry, self.now)) is not None:
                refused.append(f"{resource.callsign} ({why})")
        if refused:
            raise BadMove(f"no longer free: {', '.join(sorted(refused))}; choose others")

    def hold(self, id: str, inquiry: str, organisation: str, until: datetime) -> None:
        self.write(id, {"hold": to_body(Hold(inquiry, organisation, until))})

    def free(self, id: str, inquiry: str) -> None:
        """End the hold of this inquiry; a hold of another one stays."""
        resource = self.resources.get(id)
        if resource is not None and resource.hold is not None and resource.hold.inquiry == inquiry:
            self.write(id, {"hold": None})

    def write(self, id: str, fields: Mapping[str, Any], *, room: str | None = None) -> None:
        self._fields.setdefault(id, {}).update(fields)
        if room is not None:
            self._rooms[id] = room

    def reserve(self, id: str, amount: float) -> None:
        """So much more of it is promised, or less if below zero. Raises BadMove where there is not so much."""
        self._move(id, 0.0, amount)

    def take_away(self, id: str, amount: float) -> None:
        """So much of what is reserved leaves the stock."""
        self._move(id, -amount, -amount)

    def bring_back(self, id: str, amount: float) -> None:
        self._move(id, amount, 0.0)

    def _move(self, id: str, quantity: float, reserved: float) -> None:
        stock = self.stock.get(id)
        if stock is None:
            raise BadMove("a stock that this is about is gone; settle it with who kept it")
        before = self._amounts.get(id, (stock.quantity, stock.reserved))
        after = (round(before[0] + quantity, 6), round(before[1] + reserved, 6))
        free = round(before[0] - before[1], 6)
        if reserved > 0 and after[1] > after[0]:
            raise BadMove(f"no longer free: {stock.article} ({free:g} {stock.unit} are left)")
        # Somebody counted anew and found less than was promised: what is there is there.
        self._amounts[id] = (max(0.0, after[0]), max(0.0, min(after[1], max(0.0, after[0]))))

    async def put(self) -> None:
        """Write everything, each thing once."""
        for id, fields in self._fields.items():
            room = self._rooms.get(id)
            if room is None:
                resources.say(self.tx, self.held[id], fields, Resource, at=self.now, source=SOURCE)
            else:
                await resources.move_room(self.tx, self.held[id], room, at=self.now, source=SOURCE, **fields)
        for id, (quantity, reserved) in self._amounts.items():
            given = {"quantity": quantity, "reserved": reserved}
            resources.say(self.tx, self.stock_held[id], given, Stock, at=self.now, source=SOURCE)


def let_go(taken: Taken, id: str, inquiry: Inquiry, states: Collection[LineState] = HELD) -> None:
    """Free everything that the inquiry of this id holds in lines of these states."""
    for line in inquiry.offered:
        if line.state in states:
            taken.free(line.resource, id)
    for one in inquiry.stock:
        if one.state in states and one.stock in taken.stock:
            taken.reserve(one.stock, -one.quantity)


def amounts(given: Iterable[Any], field: str = "stock") -> dict[str, float]:
    """By stock, each once. Raises BadEdit."""
    found: dict[str, float] = {}
    for one in given:
        if one.stock in found:
            raise BadEdit(field, "name each stock once")
        found[one.stock] = one.quantity
    return found
