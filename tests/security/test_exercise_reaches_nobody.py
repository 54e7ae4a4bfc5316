"""An exercise never reaches a gateway that reaches people, and nothing real is lost in one of exercises.

The gateways are servers that note every call of the wrong world. Everything that a route can set off is set off, on a
node in an exercise and, as exercises, on a node that is real.
"""

from __future__ import annotations

import ast
import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from alerting.model.plan import ChannelKind
from alerting.store import people
from alerting.store.people import Address
from alerting.store.sealing import Seal
from geodata.store.cluster import Cluster
from tests.security.asking import asked_so
from tests.security.asks import ASKS, Ask
from tests.security.conftest import PROVIDER
from tests.security.doubles import Doubles, both_worlds
from tests.security.matrix import expected
from tests.security.routes import every_way
from tests.security.world import World, build
from tests.service.conftest import running

ROOT = Path(__file__).resolve().parents[2]
CHANGES = ("POST ", "PUT ", "PATCH ", "DELETE ")
ROUTES = [row for row in expected() if row.startswith(CHANGES)]
NEAR = ("alarm", "gateway", "helper", "roster", "custody", "risk", "job", "volunteer", "meeting", "{token}", "helfen")
"""What stands in the paths of routes around people; the others are asked too by the long form (LAGEBILD_PROVE)."""
SENDING = {
    "alerting/dispatch.py": "POST /api/alarms",
    "service/phone/own/trial.py": "POST /me/{token}",
    "service/volunteers/codes.py": "POST /helfen",
}
"""Modules that hand a call to the switchboard, and a route that sets each off."""
GATEWAYS = ("SmsHttp", "VoiceHttp", "AndroidSms", "WebPushGateway", "Smtp", "MqttOut", "Webhook", "AppriseOut")
CARRIERS = ("aiosmtplib", "apprise", "pywebpush", "android_sms_gateway", "smtplib")
CALLED = 30.0


def _sources() -> list[tuple[str, ast.Module]]:
    files = sorted(file for part in ("alerting", "service", "geodata", "feeds") for file in (ROOT / part).rglob("*.py"))
    return [(str(file.relative_to(ROOT)), ast.parse(file.read_text())) for file in files]


def test_every_way_that_changes_something_is_asked_here() -> None:
    from service.app import create_app
    from service.settings import load

    ways = every_way(create_app(load(oidc=PROVIDER), "postgresql://nobody@/nothing"))
    changing = {way for way in ways if way.startswith(CHANGES)}
    assert sorted(changing - set(ROUTES)) == [], "ways that could send, without a row in matrix.csv"
    assert sorted(changing - set(ASKS)) == [], "ways that could send, without an example in asks*.py"
    assert set(SENDING.values()) <= changing


def test_calls_are_handed_over_in_known_places_only_and_gateways_made_in_one() -> None:
    """A new place that sends needs an example here; one that goes past the switchboard is refused."""
    senders, makers, carriers = set(), set(), set()
    for name, tree in _sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                whose = ast.unparse(node.func.value)
                if node.func.attr in ("send", "call") and whose.endswith(("switchboard", "line", "gateway")):
                    senders.add(name)
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in GATEWAYS:
                makers.add(name)
            if isinstance(node, ast.Import | ast.ImportFrom):
                named = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                if any(one.split(".")[0] in CARRIERS for one in named):
                    carriers.add(name)
    assert senders == {*SENDING, "alerting/channels/switchboard.py"}
    assert makers == {"service/gateways/building.py"}
    assert all(name.startswith("alerting/channels/") for name in carriers), carriers


@asynccontextmanager
async def _world(cluster: Cluster, template: str, data: Path, **mode: Any) -> AsyncIterator[tuple[World, Doubles]]:
    """A world whose people can be reached in every way, in both worlds."""
    name = f"security_{os.getpid()}_nobody_{len(mode)}"
    cluster.create_database(name, template=template)
    try:
        async with both_worlds() as doubles:
            alerting = {"gateways": doubles.settings()}
            async with running(cluster.url(name), oidc=PROVIDER, data_dir=data, alerting=alerting, **mode) as node:
                world = await build(node)
                await _reachable(world, doubles)
                yield world, doubles
                await world.close()
    finally:
        cluster.drop_database(name)


async def _reachable(world: World, doubles: Doubles) -> None:
    seal = Seal(world.node.data_dir)
    async with world.node.database.transaction("test") as tx:
        whose = {"ids": [side.things["helper"] for side in world.sides.values()]}
        rows = (await tx.connection.execute(text("SELECT id, key FROM helper WHERE id = ANY(:ids)"), whose)).all()
        for row in rows:
            for position, (kind, value) in enumerate(doubles.addresses(), 5):
                given = Address(ChannelKind(kind), value)
                await people.add_address(
                    tx.connection, seal, row.id, bytes(row.key), given, position=position, now=datetime.now(UTC)
                )


async def _ask(world: World, route: str, ask: Ask) -> int:
    return (await asked_so(world, route, "LEITUNG", ask)).status


async def _set_off(world: World, routes: list[str]) -> None:
    for route in routes:
        status = await _ask(world, route, await ASKS[route](world))
        assert status < 500 or status in (502, 503), f"{route}: {status}"
    await _alarm_to_its_end(world)
    trial = await ASKS["POST /me/{token}"](world)
    assert await _ask(world, "POST /me/{token}", replace(trial, content=b"do=test")) < 400
    await _called(world)


async def _alarm(world: World, **fields: Any) -> str:
    """At once on every way that its people have."""
    new = await ASKS["POST /api/alarms"](world)
    steps = [{**step, "at_once": True} for step in new.json["fields"]["steps"]]
    given = {**new.json, "fields": {**new.json["fields"], "steps": steps}, **fields}
    made = await world.a.lead.post("/api/alarms", json=given)
    assert made.status_code == 201, made.text
    await _called(world)
    return str(made.json()["id"])


async def _alarm_to_its_end(world: World) -> None:
    """Told of a change, called off, and thanked."""
    alarm = await _alarm(world)
    for what, body in (("inform", {"text": "Neu"}), ("thanks", {"text": "Danke"}), ("cancel", {})):
        answer = await world.a.lead.post(f"/api/alarms/{alarm}/{what}", json=body)
        assert answer.status_code < 500, answer.text


async def _called(world: World) -> None:
    """Until the engine has nothing left to do now. At night thanks are held back until the quiet hours end."""
    waiting = """SELECT (SELECT count(*) FROM alarm_call WHERE state IN ('QUEUED', 'SENDING') AND tries < 2
                                                         AND due_at < now() + interval '5 minutes')
                      + (SELECT count(*) FROM alarm WHERE step < 0 AND due_at IS NOT NULL)"""
    async with asyncio.timeout(CALLED):
        while True:
            async with world.node.database.reading() as connection:
                if not (await connection.execute(text(waiting))).scalar():
                    return
            await asyncio.sleep(0.1)


def _routes() -> list[str]:
    if os.environ.get("LAGEBILD_PROVE"):
        return ROUTES
    return [route for route in ROUTES if any(part in route for part in NEAR)]


@pytest.mark.proof
async def test_nothing_on_a_node_in_an_exercise_reaches_anybody(
    cluster: Cluster, template_with_land: str, tmp_path: Path
) -> None:
    start = datetime.now(UTC).isoformat()
    mode = {"mode": "EXERCISE", "exercise": {"scenario": "calm", "start": start}, "feeds": {}}
    async with _world(cluster, template_with_land, tmp_path, **mode) as (world, doubles):
        await _set_off(world, _routes())
        assert doubles.wrong == []
        assert doubles.real.heard == {} and doubles.real_mail.taken == []
        ways = {way for way, _ in doubles.rehearsal.heard}
        assert ways == {"sms", "voice", "hook", "push"}, "each way was really tried"
        assert doubles.rehearsal_mail.taken
        assert {"ALARM", "UPDATE", "ALL_CLEAR"} <= set(doubles.rehearsal.kinds)
        assert "TEST" in doubles.rehearsal.codes, "somebody's own test was among them"


@pytest.mark.proof
async def test_an_exercise_on_a_real_node_reaches_nobody_and_what_is_real_no_exercise(
    cluster: Cluster, template_with_land: str, tmp_path: Path
) -> None:
    async with _world(cluster, template_with_land, tmp_path) as (world, doubles):
        routes = [route for route in _routes() if "/api/alarms" in route]
        await _set_off(world, routes)
        assert doubles.wrong == []
        assert {mode for _, mode in doubles.real.heard} <= {"TEST"}, "one's own test, which says that it is one"
        assert doubles.rehearsal.heard["sms", "EXERCISE"] and doubles.rehearsal_mail.taken
        before = doubles.real.heard.copy()
        rehearsed = doubles.rehearsal.heard.copy()
        for mode in ("ACTUAL", "TEST"):
            await _alarm(world, mode=mode)
        assert sum(doubles.real.heard.values()) > sum(before.values()), "the doubles do hear what is real"
        assert doubles.rehearsal.heard == rehearsed
        assert doubles.wrong == []
