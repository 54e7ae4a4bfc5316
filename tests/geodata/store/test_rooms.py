"""A thing that changes rooms is gone for those who see only the old one."""

from __future__ import annotations

from datetime import UTC, datetime

from geodata.model.fact import Fact, Provenance
from geodata.model.ref import Ref
from geodata.store import changes
from geodata.store.database import Database

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def plan(room: str, value: int) -> Fact:
    return Fact(Ref("t", "site", "plan"), room, Provenance("t", NOW, NOW), {"value": value}, extent=(7, 51, 7, 51))


async def test_leaving_a_room_logs_a_drop_there_before_the_put_elsewhere(database: Database) -> None:
    for fact in (plan("public", 1), plan("staff", 1), plan("staff", 2)):
        async with database.transaction("t") as tx:
            tx.put(fact)
    logged = await changes.since(database, 0)
    assert [(line.op, line.room, line.extent) for line in logged] == [
        ("put", "public", (7, 51, 7, 51)),
        ("drop", "public", (7, 51, 7, 51)),
        ("put", "staff", (7, 51, 7, 51)),
        ("put", "staff", (7, 51, 7, 51)),
    ]
