"""Bodies of the wrong type on every route that writes, with the rights of an S2: refused with the field, never a fault,
and nothing is written. 300 of them in the short form, 10,000 with LAGEBILD_PROVE."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from geodata.store.database import Database
from tests.security.asking import address
from tests.security.asks import ASKS, Ask
from tests.security.matrix import expected
from tests.security.world import World, build
from tests.service.conftest import running

EXAMPLES = 10_000 if os.environ.get("LAGEBILD_PROVE") else 300
TABLE = expected()
ELSEWHERE = ("/api/session", "/api/sensors", "/api/feeds", "/api/exercise", "/api/account/passkeys")
"""Not of people's work in an incident, or counted by the minute; they have tests of their own."""
ROUTES = sorted(
    route for route in ASKS
    if route.split()[0] in ("POST", "PUT", "PATCH") and route in TABLE and not route.split()[1].startswith(ELSEWHERE)
)  # fmt: skip
ONE_BY_ONE = {"POST /api/incidents/{id}/arrivals"}
"""Batches whose items are answered each by itself: a bad one must not keep the others out."""
CHANGES_BY_ITSELF = {"session", "audit", "alembic_version", "spatial_ref_sys", "heartbeat"}

letters = st.text(st.characters(), max_size=20)
numbers = st.integers() | st.floats(allow_nan=False)
anything = st.recursive(
    st.none() | st.booleans() | numbers | letters,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(letters, inner, max_size=4),
    max_leaves=8,
)
several = st.lists(anything, max_size=4)
named = st.dictionaries(letters, anything, max_size=4)


def wrong_for(value: Any) -> st.SearchStrategy[Any]:
    """What no reader takes for a value of this type, however kind."""
    if isinstance(value, dict):
        return st.booleans() | numbers | letters | several
    if isinstance(value, list):
        return st.booleans() | numbers | letters | named
    if isinstance(value, str):
        return st.booleans() | numbers | several | named
    return several | named


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value in a body, the body first."""
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from places(each, (*at, key))


def found(value: Any, at: tuple[Any, ...]) -> Any:
    for key in at:
        value = value[key]
    return value


def with_other(value: Any, at: tuple[Any, ...], other: Any) -> Any:
    if not at:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[at[0]] = with_other(value[at[0]], at[1:], other)
    return copy


async def kept(database: Database) -> dict[str, str]:
    """A digest of every table."""
    tables = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    async with database.reading() as connection:
        names = set((await connection.execute(text(f"{tables} AND NOT relispartition"))).scalars())
        digests = {}
        for name in sorted(names - CHANGES_BY_ITSELF):
            query = (
                f'SELECT count(*) || md5(coalesce(string_agg(t::text, $$$$ ORDER BY t::text), $$$$)) FROM "{name}" t'
            )
            digests[name] = (await connection.execute(text(query))).scalar_one()
    return digests


@pytest.mark.proof
async def test_a_body_of_the_wrong_type_is_refused_naming_the_field_and_writes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with running(database_url, data_dir=tmp_path) as node:
        world = await build(node)
        asks = {route: await ASKS[route](world) for route in ROUTES}
        bodies = {route: ask for route, ask in asks.items() if ask.json is not None}
        assert len(bodies) > 35, sorted(bodies)
        before = await kept(node.database)
        assert len(before) > 15, sorted(before)
        told: Counter[str] = Counter()
        await asyncio.to_thread(_search, world, bodies, told, asyncio.get_running_loop())
        assert sum(told.values()) >= EXAMPLES
        assert told["422"] > sum(told.values()) / 3, told
        print(dict(told), len(bodies), "routes")
        after = await kept(node.database)
        assert [name for name in before if before[name] != after[name]] == []
        assert (await world.clients["S2"].get("/api/picture")).status_code == 200
        await world.close()


def _search(world: World, bodies: dict[str, Ask], told: Counter[str], loop: asyncio.AbstractEventLoop) -> None:
    """In a thread: the node answers in the loop meanwhile."""

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(st.data())
    def search(data: st.DataObject) -> None:
        route = data.draw(st.sampled_from(sorted(bodies)))
        ask = bodies[route]
        at = data.draw(st.sampled_from(list(places(ask.json))))
        other = data.draw(wrong_for(found(ask.json, at)))
        sent = json.dumps(with_other(ask.json, at, other))
        status = asyncio.run_coroutine_threadsafe(_refused(world, route, ask, sent), loop).result(60)
        told[str(status)] += 1

    search()


async def _refused(world: World, route: str, ask: Ask, sent: str) -> int:
    """Asserts that it is, with a reason; the status."""
    method, path = address(route, ask)
    headers = {"Content-Type": "application/json", **ask.headers}
    answer = await world.clients["S2"].request(method, path, content=sent.encode(), headers=headers)
    said = f"{route} {sent[:200]}: {answer.status_code} {answer.text[:300]}"
    may = TABLE[route]["S2"]
    if route in ONE_BY_ONE and answer.status_code == 200:
        refused = [each for each in answer.json()["results"] if each["outcome"] == "REFUSED"]
        assert refused and all(each["field"] and each["detail"] for each in refused), said
        return 422
    assert answer.status_code in (400, 422, 429) or str(answer.status_code) == may, said
    assert answer.headers["content-type"].startswith("application/problem+json"), said
    problem = answer.json()
    assert problem["status"] == answer.status_code and problem["detail"], said
    if answer.status_code == 422:
        assert problem["field"], said
    for inside in ("Traceback", "sqlalchemy", "psycopg", "asyncpg", "/service/", "SELECT "):
        assert inside not in answer.text, said
    return answer.status_code
