"""A node with one staff, its room and people who hold functions in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from geodata.store.database import Database
from service.access.sessions import COOKIE
from service.access.store import open_session
from service.accounts.store import ensure
from tests.service.conftest import Node, running

STAFF, ROOM, INCIDENT = "staff-a", "s-a", "incident-a"


@dataclass
class Desk:
    """A running node; `sit` signs a person in who holds a function in the staff."""

    node: Node
    database: Database
    data_dir: Path
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def sit(self, name: str, function: str, staff: str = STAFF) -> httpx.AsyncClient:
        person = await ensure(self.database, name)
        client = await self.sign_in(person)
        given = {"id": f"{staff}-{person}-{function}", "staff": staff, "function": function, "person": person}
        await self.sql(
            "INSERT INTO assignment (id, staff, function, person, state, starts) "
            "VALUES (:id, :staff, :function, :person, 'ON_DUTY', now())",
            **given,
        )
        return client

    async def sign_in(self, person: str) -> httpx.AsyncClient:
        """Past the links, whose rate is limited."""
        async with self.database.transaction("test") as tx:
            secret = await open_session(tx, person, "test", timedelta(hours=1))
        client = httpx.AsyncClient(base_url=self.node.url, cookies={COOKIE: secret}, timeout=60)
        self.clients.append(client)
        return client

    async def person(self, name: str) -> str:
        return str((await self.sql("SELECT id FROM person WHERE name = :name", name=name))[0][0])

    async def sql(self, statement: str, **given: Any) -> Any:
        async with self.database.reading() as connection:
            result = await connection.execute(text(statement), given)
            return result.all() if result.returns_rows else None

    async def tamper(self, *statements: str) -> None:
        """As a superuser who switches the guard off."""
        for statement in (
            "ALTER TABLE journal_entry DISABLE TRIGGER USER",
            *statements,
            "ALTER TABLE journal_entry ENABLE TRIGGER USER",
        ):
            await self.sql(statement)


async def found(database: Database, staff: str = STAFF, room: str = ROOM, incident: str = INCIDENT) -> None:
    """A staff with a room in which it writes."""
    async with database.reading() as connection:
        for statement in (
            "INSERT INTO room (id, name) VALUES (:room, :room)",
            "INSERT INTO staff (id, incident, name, model, room) "
            "VALUES (:staff, :incident, 'Einsatzleitung Süd', 'EINSATZLEITUNG', :room)",
            "INSERT INTO room_member (room, kind, member, can_write) VALUES (:room, 'staff', :staff, true)",
        ):
            await connection.execute(text(statement), {"staff": staff, "room": room, "incident": incident})


@pytest.fixture
async def desk(database_url: str, database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    await found(database)
    async with running(database_url, data_dir=tmp_path) as node:
        desk = Desk(node, database, tmp_path)
        yield desk
        for client in desk.clients:
            await client.aclose()


def entries(staff: str = STAFF) -> str:
    return f"/api/journals/{staff}/entries"
