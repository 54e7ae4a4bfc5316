"""What the stream between two nodes does to what they exchange, without the stream: copied as an inbox stores it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import permutations
from typing import Any

from sqlalchemy import text

from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.ref import Ref
from service.federation.sharing.release import release
from service.federation.sharing.store import effective
from tests.service.federation.towns import Town

_FACTS = text("SELECT ref, room, body, provenance FROM fact WHERE room = :room AND origin = :origin")


async def carry(*towns: Town) -> None:
    """Everything that each put for the others lies there now, and nothing else of its origin."""
    for here, there in permutations(towns, 2):
        async with here.database.reading() as connection:
            told = (await connection.execute(_FACTS, _of(here, here, there))).all()
            exchange, *_ = await effective(connection, here.peers[there.origin].id, origin=here.origin)
        async with there.database.reading() as connection:
            held = {row.ref for row in await connection.execute(_FACTS, _of(here, there, here))}
        async with there.database.transaction(f"peer:{here.origin}") as tx:
            for row in told:
                from_there = row.provenance
                provenance = Provenance(
                    from_there["source"], _at(from_there["as_of"]), _at(from_there["received_at"]), Confidence.REPORTED
                )
                out = release(exchange, row.ref, row.room, from_there, row.body, None)
                assert out is not None, row.ref
                tx.put(Fact(Ref.parse(row.ref), str(there.peers[here.origin].exchange_room), provenance, out.body))
            for gone in held - {row.ref for row in told}:
                tx.drop(Ref.parse(gone))


def _of(writer: Town, holder: Town, other: Town) -> dict[str, Any]:
    return {"room": holder.peers[other.origin].exchange_room, "origin": writer.origin}


def _at(value: str) -> datetime:
    return datetime.fromisoformat(value)


@asynccontextmanager
async def carrying(*towns: Town, every: float = 0.2) -> AsyncIterator[None]:
    async def run() -> None:
        while True:
            await carry(*towns)
            await asyncio.sleep(every)

    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(told: Callable[[], Awaitable[Any]], seconds: float = 15) -> Any:
    """What it says as soon as it says something."""
    async with asyncio.timeout(seconds):
        while True:
            found = await told()
            if found:
                return found
            await asyncio.sleep(0.1)


async def bodies(client: Any, kind: str) -> list[dict[str, Any]]:
    """All of a kind that the client sees, with their refs."""
    picture = (await client.get(f"/api/picture?kinds={kind}")).json()
    return [{**fact["body"], "ref": fact["ref"]} for fact in picture["facts"]]
