"""How a partner is left. Read and written by the node itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.store.database import Transaction

_BEGIN = text("""
    UPDATE peer SET leaving_at = clock_timestamp(), farewell = NULL, dropped_at = NULL
    WHERE id = :peer AND state <> 'REVOKED'
""")
_STOP = text("UPDATE peer SET leaving_at = NULL WHERE id = :peer")
_ASIDE = text("UPDATE peer SET leaving_at = NULL, farewell = :farewell WHERE id = :peer")
_DROPPED = text("UPDATE peer SET dropped_at = :now WHERE id = :peer")
_TOLD = text("""
    SELECT o.token, o.failures, p.state = 'ACTIVE' AND p.url IS NOT NULL AS reached
    FROM peer p JOIN peer_outgoing o ON o.peer = p.id WHERE p.id = :peer
""")
_END = text("""
    UPDATE share SET state = 'ENDED', ended_at = clock_timestamp(), ended_by = :by
    WHERE peer = :peer AND state <> 'ENDED' RETURNING id
""")


@dataclass(frozen=True, slots=True)
class Told:
    """Where the partner stands in our stream. `reached`: it can be told something now, if it answers."""

    token: str
    failures: int
    reached: bool


async def begin(connection: AsyncConnection, peer: str) -> None:
    """From now on, for two minutes, it is told that nothing is shared (`sharing.store.effective`)."""
    await connection.execute(_BEGIN, {"peer": peer})


async def stop(connection: AsyncConnection, peer: str) -> None:
    """It is not left after all."""
    await connection.execute(_STOP, {"peer": peer})


async def told(connection: AsyncConnection, peer: str) -> Told:
    row = (await connection.execute(_TOLD, {"peer": peer})).one()
    return Told(row.token, row.failures, bool(row.reached))


async def left(tx: Transaction, peer: str, farewell: str) -> list[str]:
    """The ids of our agreements with it that end."""
    await tx.connection.execute(_ASIDE, {"peer": peer, "farewell": farewell})
    return list((await tx.connection.execute(_END, {"peer": peer, "by": tx.actor})).scalars())


async def dropped(tx: Transaction, peer: str, now: datetime) -> None:
    await tx.connection.execute(_DROPPED, {"peer": peer, "now": now})
