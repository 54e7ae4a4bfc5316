"""Which measured values are doubted: kept beside the values, which stay as they were measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from geodata.model.doubt import Doubt
from geodata.model.observation import Observation
from geodata.store.database import Transaction

MOST = 2000
"""Marks of one stretch that are told, the newest."""

_GIVEN = """
    SELECT s.id AS series, g.at, g.doubt
    FROM unnest(cast(:stations AS text[]), cast(:quantities AS text[]), cast(:times AS timestamptz[]),
                cast(:doubts AS text[])) AS g (station, quantity, at, doubt)
    JOIN series s ON s.station = g.station AND s.quantity = g.quantity AND s.origin = :origin
    ORDER BY s.id, g.at
"""

_MARK = text(f"""
    INSERT INTO observation_doubt (series, at, doubt) {_GIVEN}
    ON CONFLICT (series, at) DO UPDATE SET doubt = excluded.doubt
""")

_BELIEVE = text(f"""
    DELETE FROM observation_doubt d USING ({_GIVEN}) g WHERE d.series = g.series AND d.at = g.at
""")

_OF = text("""
    SELECT o.at, d.doubt, o.value
    FROM observation_doubt d JOIN observation o ON o.series = d.series AND o.at = d.at
    WHERE d.series = :series AND d.at >= :start AND d.at <= :end AND o.at >= :start AND o.at <= :end
    ORDER BY d.at DESC LIMIT :most
""")

Mark = tuple[datetime, Doubt, float]
"""When, why, and the value as it was measured."""


async def record(
    tx: Transaction, origin: str, observations: Sequence[Observation], *, anew: bool = False
) -> None:  # fmt: skip
    """Mark the values whose `state` is a doubt. `anew`: the others of these are believed again."""
    marked = {(o.station, o.quantity, o.at): Doubt(o.state) for o in observations if o.state in set(Doubt)}
    if anew:
        every = {(o.station, o.quantity, o.at) for o in observations}
        await _execute(tx, origin, _BELIEVE, {key: "" for key in every if key not in marked})
    await _execute(tx, origin, _MARK, {key: str(doubt) for key, doubt in marked.items()})


async def of(connection: AsyncConnection, series: int, start: datetime, end: datetime) -> list[Mark]:
    """The doubted values of a series with start <= time <= end, oldest first."""
    given = {"series": series, "start": start, "end": end, "most": MOST}
    return [(r.at, Doubt(r.doubt), r.value) for r in await connection.execute(_OF, given)][::-1]


async def forget_old(connection: AsyncConnection, before: datetime) -> None:
    """The values of these marks are gone."""
    await connection.execute(text("DELETE FROM observation_doubt WHERE at < :before"), {"before": before})


async def _execute(
    tx: Transaction, origin: str, statement: TextClause, rows: dict[tuple[str, str, datetime], str]
) -> None:
    if not rows:
        return
    given = {
        "origin": origin,
        "stations": [station for station, _, _ in rows],
        "quantities": [quantity for _, quantity, _ in rows],
        "times": [at for _, _, at in rows],
        "doubts": list(rows.values()),
    }
    await tx.connection.execute(statement, given)
