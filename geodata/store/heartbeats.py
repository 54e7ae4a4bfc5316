"""Engines say that they live; who falls silent for three beats is stalled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from geodata.store import tables as t
from geodata.store.database import Database


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`age` in seconds by the database's clock."""

    engine: str
    at: datetime
    every: float
    age: float
    note: str | None

    @property
    def stalled(self) -> bool:
        return self.age > 3 * self.every


async def beat(database: Database, engine: str, every: float, note: str | None = None) -> None:
    row = {"engine": engine, "at": func.clock_timestamp(), "every": every, "note": note}
    statement = insert(t.heartbeat).values(**row)
    renewed = {k: statement.excluded[k] for k in ("at", "every", "note")}
    async with database.reading() as connection:
        await connection.execute(statement.on_conflict_do_update(index_elements=["engine"], set_=renewed))


async def all_of(database: Database) -> list[Heartbeat]:
    age = func.extract("epoch", func.clock_timestamp() - t.heartbeat.c.at).label("age")
    async with database.reading() as connection:
        rows = await connection.execute(select(t.heartbeat, age).order_by(t.heartbeat.c.engine))
        return [Heartbeat(r.engine, r.at, r.every, float(r.age), r.note) for r in rows]
