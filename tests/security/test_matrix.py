"""Every way into the application, asked as everybody: the answer is the one that the checked-in table says."""

from __future__ import annotations

import pytest

from tests.security import matrix
from tests.security.asking import asked
from tests.security.asks import ASKS
from tests.security.conftest import PROVIDER
from tests.security.live import outcome
from tests.security.routes import every_way
from tests.security.world import ROLES, World

TABLE = matrix.expected()


def test_the_table_has_a_row_for_every_way_in_and_none_for_what_is_not_there() -> None:
    from service.app import create_app
    from service.settings import load

    ways = every_way(create_app(load(oidc=PROVIDER), "postgresql://nobody@/nothing"))
    assert len(ways) > 60
    rows = {row.partition(" as ")[0] for row in TABLE}
    assert sorted(ways - rows) == [], "ways in without a row in matrix.csv (and an example in asks.py)"
    assert sorted(rows - ways) == [], "rows in matrix.csv of ways that are not there"
    assert sorted(row for row in rows if row not in ASKS and not row.startswith("WS ")) == [], "rows without an example"


@pytest.mark.parametrize("route", [row for row in TABLE if not row.startswith("WS ")])
async def test_everybody_gets_what_the_table_says(world: World, route: str) -> None:
    told = {role: await asked(world, route, role) for role in ROLES}
    wrong = [f"{role}: {told[role]}, expected {TABLE[route][role]}" for role in ROLES
             if told[role].outcome != TABLE[route][role]]  # fmt: skip
    assert wrong == [], route


@pytest.mark.parametrize("row", [row for row in TABLE if row.startswith("WS ")])
async def test_the_socket_tells_everybody_what_the_table_says(world: World, row: str) -> None:
    await world.nothing_exchanged()
    told = {role: await outcome(world.clients[role], row.removeprefix("WS ")) for role in ROLES}
    assert told == TABLE[row]
