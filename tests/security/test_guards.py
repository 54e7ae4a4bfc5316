"""What docs/security/rooms.md says of every answer and every value: headers on each, no markup, no SQL in a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from geodata.store.behalf import LEAKPROOF, LOCKED, ROLE
from tests.security.asking import address
from tests.security.asks import ASKS
from tests.security.matrix import expected
from tests.security.texts import put
from tests.security.world import SECRET, World, told

DOCUMENT = (Path(__file__).parents[2] / "docs" / "security" / "rooms.md").read_text()
READING = sorted(row for row in expected() if row.startswith(("GET ", "TILE ", "MOUNT ")) and row in ASKS)
INJECTIONS = (
    "'; DROP TABLE fact; --",
    "' OR '1'='1",
    "1) OR 1=1 --",
    "x' UNION SELECT secret, id, id FROM session --",
    "'; SELECT pg_sleep(60); --",
    "' || pg_sleep(60) || '",
    "'; SET ROLE lagebild; --",
    "'; SELECT set_config('lagebild.see', 'public', false); --",
    "$$; TRUNCATE journal_entry; $$",
    "\\'; DELETE FROM person; --",
    "%' ESCAPE '!' OR '%' LIKE '",
    ":rooms::text[]",
    "a & | ! <-> (((",
)
PAGES = ("/a/", "/me/", "/h/", "/helfen", "/k/", "/da/", "/api/meeting-points/{id}/poster", "/api/volunteers/")
"""Written by the server for people: their policy allows less than that of the application's page."""
INSIDE = ("Traceback", "sqlalchemy", "psycopg", "asyncpg", "SELECT ", "syntax error", "pg_catalog")


@pytest.mark.parametrize("route", READING)
async def test_every_answer_carries_the_headers_and_opens_nothing_to_other_pages(world: World, route: str) -> None:
    method, path = address(route, ask := await ASKS[route](world))
    foreign = {"Origin": "https://attacker.invalid", "Access-Control-Request-Method": "POST"}
    for role, how in (("LEITUNG", method), ("anonymous", method), ("LEITUNG", "OPTIONS")):
        answer = await world.clients[role].request(how, path, params=ask.query, headers={**ask.headers, **foreign})
        policy = answer.headers["content-security-policy"]
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        page = "html" in answer.headers.get("content-type", "") and route.split()[1].startswith(PAGES)
        assert rules["default-src"] in (("'none'",) if page else ("'self'", "'none'")), policy
        assert rules.get("script-src", rules["default-src"]) in ("'self'", "'none'"), policy
        assert rules.get("style-src", rules["default-src"]) in ("'self'", "'none'"), policy
        assert rules["frame-ancestors"] == rules.get("object-src", rules["default-src"]) == "'none'", policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert [name for name in answer.headers if name.startswith("access-control-")] == []
        if how != "OPTIONS" and route != "MOUNT /" and answer.content and not page:
            assert "html" not in answer.headers.get("content-type", ""), "an answer is no page"


async def test_no_value_becomes_sql(world: World) -> None:
    """Each injection as each parameter of each route that reads; then all that there was is still there."""
    described = told(await world.a.lead.get("/api/openapi.json"))
    before = await _theirs(world)
    asked = 0
    for number, text in enumerate(INJECTIONS):
        parameters = list(_parameters(described))
        for path, name, place in parameters[number % 3 :: 3]:
            given = {name: text} if place == "query" else {}
            filled = _filled(path, name, text if place == "path" else None, world)
            answer = await world.a.lead.get(filled, params=given)
            assert answer.status_code < 500, f"{filled} {given}: {answer.text[:300]}"
            assert [word for word in INSIDE if word in answer.text.replace(text, "")] == [], filled
            assert SECRET["b"] not in answer.text, f"{filled} {given}"
            asked += 1
    assert asked > 150
    for text in INJECTIONS:
        answers = await put(world, text)
        assert [f"{where}: {answer.text[:200]}" for where, answer in answers if answer.status_code >= 500] == []
    sites = told(await world.a.lead.get("/api/picture", params={"kinds": "site"}))["facts"]
    assert set(INJECTIONS) <= {fact["body"].get("text") for fact in sites}, "they are text like any other"
    assert before and await _theirs(world) == before
    assert told(await world.a.lead.get(f"/api/journals/{world.a.staff}/verify"))


async def _theirs(world: World) -> list[dict[str, Any]]:
    """What the other incident holds."""
    facts = told(await world.b.lead.get("/api/picture"))["facts"]
    return [fact for fact in facts if fact["room"] != "public"]


def _parameters(described: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (path, parameter["name"], parameter["in"])
        for path, methods in described["paths"].items()
        for parameter in methods.get("get", {}).get("parameters", [])
        if parameter["in"] in ("query", "path") and not path.startswith("/sign-in")
    ]


def _filled(path: str, name: str, text: str | None, world: World) -> str:
    known = {"staff": world.a.staff, "id": world.a.incident, "layer": "sites", "z": 10, "x": 532, "y": 341}
    for key in path.split("{")[1:]:
        key = key.partition("}")[0]
        value = text if key == name and text is not None else known.get(key, "x")
        path = path.replace(f"{{{key}}}", quote(str(value), safe=""))
    return path


def test_the_document_says_what_a_superuser_runs_as_the_program_runs_it() -> None:
    for statement in (LEAKPROOF + LOCKED).split(";"):
        assert " ".join(statement.split()) in DOCUMENT
    assert f"CREATE ROLE {ROLE} NOLOGIN" in DOCUMENT


def test_what_the_document_names_as_tests_is_there() -> None:
    here = Path(__file__).parents[2] / "tests"
    names = [word for word in DOCUMENT.replace("`", " ").replace(",", " ").split() if "test_" in word or ".csv" in word]
    assert len(names) > 8
    for name in names:
        name = name.strip("().:;|")
        assert list(here.rglob(name.rpartition("/")[2])), f"{name} is not there"
