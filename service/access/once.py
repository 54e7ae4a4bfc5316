"""Work that creates something, done once however often it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Header
from starlette.requests import Request

from geodata.store.database import Transaction
from geodata.store.idempotency import earlier_answer, remember
from service.access.visitor import Visitor

Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=100)]


async def once(
    tx: Transaction, request: Request, who: Visitor, key: str | None, work: Callable[[], Awaitable[dict[str, Any]]]
) -> dict[str, Any]:
    """What `work` gives, or what it gave when this key was first used. Raises KeyReused."""
    if key is None:
        return await work()
    said = f"{request.method} {request.url.path} ".encode() + await request.body()
    principal = who.actor
    earlier = await earlier_answer(tx, principal, key, hashlib.sha256(said).digest())
    if earlier is not None:
        answer: dict[str, Any] = earlier.body
        return answer
    answer = await work()
    await remember(tx, principal, key, 200, answer)
    return answer
