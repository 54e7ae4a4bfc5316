"""Sending a request of the matrix as somebody, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import orjson

from service.incidents.store import shift
from tests.security.asks import ASKS, Ask
from tests.security.world import SECRET, World


@dataclass
class Told:
    outcome: str
    status: int
    body: bytes

    def __str__(self) -> str:
        return f"{self.outcome} ({self.status} {self.body[:200]!r})"


async def asked(world: World, route: str, role: str) -> Told:
    return await asked_so(world, route, role, await ASKS[route](world))


async def asked_so(world: World, route: str, role: str, ask: Ask) -> Told:
    """What a request uses up is there again afterwards: sessions, and the seats that somebody had before."""
    told = await _send(world.clients[role], route, ask)
    if ask.ends:
        await world.renew(role)
    if route == "POST /api/incidents" and told.status == 201:
        await _leave(world, orjson.loads(told.body)["assignment"])
    return told


async def _leave(world: World, assignment: str) -> None:
    """Whoever opens an incident sits in it, with rights that the other rows do not reckon with."""
    async with world.node.database.transaction("test") as tx:
        await shift(tx, assignment, "OFF", starts=datetime.now(UTC), ends=datetime.now(UTC), note=None)


async def _send(client: httpx.AsyncClient, route: str, ask: Ask) -> Told:
    method, path = address(route, ask)
    headers = {**ask.headers, **({"Origin": str(client.base_url).rstrip("/")} if ask.page else {})}
    answer = await client.request(method, path, json=ask.json, content=ask.content, params=ask.query, headers=headers)
    outcome = str(answer.status_code)
    if answer.is_success or answer.is_redirect:
        outcome = "empty" if ask.shows and SECRET["a"].encode() not in answer.content else "ok"
    return Told(outcome, answer.status_code, answer.content)


def address(route: str, ask: Ask) -> tuple[str, str]:
    """Method and path, filled in."""
    method, path = route.replace(":path}", "}").split(" ", 1)
    if method == "TILE":
        return "GET", "/tiles/{layer}/{z}/{x}/{y}.mvt".format(**ask.path)
    if method == "MOUNT":
        return "GET", path.rstrip("/") + "/"
    return method, path.format(**ask.path)
