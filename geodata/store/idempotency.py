"""A repeated write answers as the first did. The key is kept in the transaction of the write itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from geodata.store import tables as t
from geodata.store.database import StoreError, Transaction


class KeyReused(StoreError):
    """This Idempotency-Key was used for another request. Take a new key."""


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: Any


async def earlier_answer(tx: Transaction, principal: str, key: str, request: bytes) -> Answered | None:
    """The first answer if the key was used before; else the key is taken until `remember` closes it.

    A second request with the same key waits here for the first one's commit. Raises KeyReused if `request`
    (a digest of method, path and body) is not the one the key was first used for.
    """
    row = {"principal": principal, "key": key, "request": request, "status": 0, "answer": None}
    taken = upsert(t.idempotency).values(**row).on_conflict_do_nothing().returning(t.idempotency.c.key)
    if (await tx.connection.execute(taken)).scalar() is not None:
        return None
    where = (t.idempotency.c.principal == principal) & (t.idempotency.c.key == key)
    found = (await tx.connection.execute(select(t.idempotency).where(where))).one()
    if found.request != request:
        raise KeyReused(KeyReused.__doc__)
    return Answered(found.status, found.answer)


async def remember(tx: Transaction, principal: str, key: str, status: int, body: Any) -> None:
    where = (t.idempotency.c.principal == principal) & (t.idempotency.c.key == key)
    await tx.connection.execute(update(t.idempotency).where(where).values(status=status, answer=body))
