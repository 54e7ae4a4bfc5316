"""Who of ours could answer what a partner asks for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from geodata.model.inquiry import Party
from geodata.model.request import Need
from geodata.store.database import Transaction
from service.requests import store
from service.requests.catalogue import can, parts
from service.requests.fitting import fits, is_the_article


@dataclass(frozen=True, slots=True)
class Suited:
    """`count` is how much of what is asked for it has, free or not."""

    party: Party
    count: int


async def suited(tx: Transaction, origin: str, need: Need) -> list[Suited]:
    """Our organisations that keep a stock: whoever has most of it first, those who have as much by name."""
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for row in await store.forces(tx, origin):
        names.setdefault(row.id, row.name)
        if row.kind == "stock":
            counts[row.id] += is_the_article(need, row.article)
        elif row.kind == "resource":
            counts[row.id] += fits(need, row.type, row.capabilities or (), can, parts)
    return [Suited(Party(id, names[id]), counts[id]) for id in sorted(names, key=lambda id: -counts[id])]
