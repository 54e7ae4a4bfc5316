"""Two incidents of two organisations on one node, with somebody in every seat and strangers of every kind."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
from sqlalchemy import text

from alerting.model.plan import ChannelKind
from alerting.store import people
from alerting.store.people import Address, NewHelper, Skill
from alerting.store.sealing import Seal
from geodata.model.ref import Ref
from geodata.model.staff import Function
from service.access.cookie import PLAIN
from service.access.store import make_token, open_session
from service.accounts.store import ensure
from tests.service.conftest import Node

SEATS = tuple(function.value for function in Function)
STRANGERS = ("anonymous", "partner", "token", "admin", "other")
ROLES = (*STRANGERS, *SEATS)
"""`partner` is a neighbouring node, which is nobody here yet; `other` leads the other organisation's incident."""

SECRET = {"a": "GEHEIMNIS-ALPHA-7f3k", "b": "GEHEIMNIS-BRAVO-9q2x"}
"""Stands in every text of an incident; nobody of the other one may ever be told it."""

_ADDRESSES = count()

HERE = {"type": "Point", "coordinates": [7.1, 51.2]}
RING = {"type": "Polygon", "coordinates": [[[7.0, 51.1], [7.2, 51.1], [7.2, 51.3], [7.0, 51.1]]]}
TOWN = {"x": 532, "y": 341, "z": 10}
"""A tile that holds both."""


@dataclass
class Side:
    """One organisation's incident: ids of its things, and who leads it."""

    incident: str
    staff: str
    room: str
    own_room: str
    lead: httpx.AsyncClient
    things: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    node: Node
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    sides: dict[str, Side] = field(default_factory=dict)
    spare: str = ""
    """Somebody with an account and nothing else."""

    @property
    def a(self) -> Side:
        return self.sides["a"]

    @property
    def b(self) -> Side:
        return self.sides["b"]

    @property
    def roles_of_people(self) -> dict[str, str]:
        """Who holds which role; strangers without an account are not among them."""
        seats = {seat: self.people[f"a.{seat}"] for seat in SEATS}
        return {**seats, "other": self.people["b.LEITUNG"], "admin": self.people["admin"]}

    async def renew(self, role: str) -> None:
        """A new session for whoever has ended all of his."""
        if role in self.clients:
            await self.clients[role].aclose()
        self.clients[role] = await self._client_of(role)
        for side, leads in (("a", "LEITUNG"), ("b", "other")):
            if role == leads and side in self.sides:
                await self.sides[side].lead.aclose()
                self.sides[side].lead = await self.signed_in(self.roles_of_people[role])

    async def _client_of(self, role: str) -> httpx.AsyncClient:
        if role in self.roles_of_people:
            return await self.signed_in(self.roles_of_people[role])
        if role == "token":
            token = await make_token(self.node.database, f"Sensorbrücke {uuid.uuid4()}", timedelta(hours=1))
            return self._client(headers={"Authorization": f"Bearer {token}"})
        neighbour = {"Authorization": "Bearer neighbour.example", "X-Lagebild-Node": "neighbour.example"}
        return self._client(headers=neighbour if role == "partner" else {})

    async def signed_in(self, person: str) -> httpx.AsyncClient:
        """A new session, not by way of the sign-in page, which counts attempts."""
        async with self.node.database.transaction("test") as tx:
            secret = await open_session(tx, person, "link", timedelta(hours=1))
        return self._client(cookies={PLAIN: secret})

    def _client(self, **options: Any) -> httpx.AsyncClient:
        """From an address of its own, so that nobody uses up the attempts of the others."""
        address = f"127.0.0.{next(_ADDRESSES) % 250 + 2}"
        transport = httpx.AsyncHTTPTransport(local_address=address)
        return httpx.AsyncClient(base_url=self.node.url, timeout=30, transport=transport, **options)

    async def session_of(self, person: str) -> tuple[httpx.AsyncClient, str]:
        """A new session and its id."""
        client = await self.signed_in(person)
        own = [one for one in (await client.get("/api/account/sessions")).json()["sessions"] if one["own"]]
        return client, own[0]["id"]

    async def person(self, name: str, *, admin: bool = False) -> str:
        return await ensure(self.node.database, name, admin=admin)

    async def fresh(self, kind: str, side: str = "a", **fields: Any) -> str:
        """The id of a new thing on the map of an incident, made by its head."""
        base: dict[str, dict[str, Any]] = {
            "site": {"title": SECRET[side], "text": SECRET[side], "priority": "P2", "geometry": HERE},
            "sector": {"name": SECRET[side], "geometry": RING},
            "facility": {"type": "BEREITSTELLUNGSRAUM", "name": SECRET[side], "geometry": HERE},
            "zone": {"type": "HAZARD", "name": SECRET[side], "reason": SECRET[side], "geometry": RING},
        }
        path = {"facility": "facilities"}.get(kind, f"{kind}s")
        given = {"fields": {**base[kind], **fields}}
        to = self.sides[side]
        return str(told(await to.lead.post(f"/api/incidents/{to.incident}/{path}", json=given))["id"])

    async def owned(self, kind: str, side: str = "a", **fields: Any) -> str:
        """The id of a new resource or stock in the fleet of a side."""
        base: dict[str, dict[str, Any]] = {
            "resource": {"kind": "VEHICLE", "type": "HLF20", "callsign": SECRET[side], "note": SECRET[side]},
            "stock": {"article": SECRET[side], "unit": "Stück", "quantity": 100},
        }
        path = {"resource": "resources"}.get(kind, kind)
        to = self.sides[side]
        answer = await to.lead.post(
            f"/api/fleets/{to.things['fleet']}/{path}", json={"fields": {**base[kind], **fields}}
        )
        return str(told(answer)["id"])

    async def nothing_exchanged(self) -> None:
        """What somebody has sent to a partner is seen by everybody signed in here: nothing of it is there any more."""
        async with self.node.database.transaction("test") as tx:
            lying = text("SELECT f.ref FROM fact f JOIN peer p ON p.exchange_room = f.room")
            for row in await tx.connection.execute(lying):
                tx.drop(Ref.parse(row.ref))

    async def close(self) -> None:
        for client in {*self.clients.values(), *(side.lead for side in self.sides.values())}:
            await client.aclose()


def told(answer: httpx.Response) -> Any:
    """What a request that must succeed answers."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:500]}"
    return answer.json()


async def build(node: Node) -> World:
    world = World(node)
    opener = await world.signed_in(await world.person("Eröffnung", admin=True))
    for side, name in (("a", "Alpha"), ("b", "Bravo")):
        organisation = told(await opener.post("/api/organisations", json={"name": name}))["id"]
        world.sides[side] = await _incident(world, opener, side, name, organisation)
    await opener.aclose()
    world.people["admin"] = await world.person("Verwaltung", admin=True)
    for role in ROLES:
        await world.renew(role)
    world.spare = await world.person("Ersatz")
    return world


async def _incident(world: World, opener: httpx.AsyncClient, side: str, name: str, organisation: str) -> Side:
    """With a staff that has every seat; whoever opened it leaves."""
    opened = told(await opener.post("/api/incidents", json={
        "name": f"Hochwasser {name}", "note": SECRET[side], "hazard": SECRET[side], "geometry": HERE,
        "staffs": [{"model": "GESAMTSTAB", "name": f"Stab {name}", "organisation": organisation}],
        "function": "LEITUNG",
    }))  # fmt: skip
    staff = opened["staffs"][0]
    for seat in SEATS:
        world.people[f"{side}.{seat}"] = await world.person(f"{seat} {name}")
    for seat in SEATS:
        given = {"function": seat, "person": world.people[f"{side}.{seat}"]}
        told(await opener.post(f"/api/staffs/{staff['id']}/assignments", json=given))
    leaves = {"state": "OFF", "note": SECRET[side]}
    told(await opener.post(f"/api/assignments/{opened['assignment']}/state", json=leaves))
    lead = await world.signed_in(world.people[f"{side}.LEITUNG"])
    made = Side(opened["id"], staff["id"], opened["room"], staff["body"]["room"], lead)
    world.sides[side] = made
    for kind in ("site", "sector", "facility", "zone"):
        made.things[kind] = await world.fresh(kind, side)
    for more in MORE:
        await more(world, side)
    return made


MORE: list[Callable[[World, str], Awaitable[None]]] = []
"""What other parts add to each side: entries, tasks, views."""


def adds(build: Callable[[World, str], Awaitable[None]]) -> Callable[[World, str], Awaitable[None]]:
    MORE.append(build)
    return build


@adds
async def _entries(world: World, side: str) -> None:
    made = world.sides[side]
    given = {"kind": "SITUATION", "text": SECRET[side]}
    entry = told(await made.lead.post(f"/api/journals/{made.staff}/entries", json=given))
    made.things["entry"] = entry["ref"].rpartition("/")[2]


@adds
async def _views(world: World, side: str) -> None:
    made = world.sides[side]
    given = {"fields": {"name": SECRET[side], "audience": "S2"}, "room": made.room}
    made.things["view"] = told(await made.lead.post("/api/views", json=given))["id"]


@adds
async def _orders(world: World, side: str) -> None:
    made = world.sides[side]
    fields = {"title": SECRET[side], "text": SECRET[side], "receiver": {"staff": made.staff}}
    made.things["task"] = told(await made.lead.post(f"/api/staffs/{made.staff}/tasks", json={"fields": fields}))["id"]


@adds
async def _stock(world: World, side: str) -> None:
    """A fleet of its own organisation, which the staff keeps with it."""
    made = world.sides[side]
    keeper = await world.signed_in(await world.person("Eröffnung", admin=True))
    organisation = told(await keeper.post("/api/organisations", json={"name": f"Feuerwehr {side}"}))["id"]
    room = told(await keeper.post("/api/fleets", json={"organisation": organisation}))["room"]
    rights = {"can_write": True, "can_share": True}
    told(await keeper.put(f"/api/rooms/{room}/members/staff/{made.staff}", json=rights))
    await keeper.aclose()
    made.things |= {"fleet": organisation, "stock_room": room}
    for kind in ("resource", "stock"):
        made.things[kind] = await world.owned(kind, side)


@adds
async def _people(world: World, side: str) -> None:
    """A roster of the same organisation, which the staff keeps with it, and somebody who can be called."""
    made = world.sides[side]
    keeper = await world.signed_in(await world.person("Eröffnung", admin=True))
    given = {"organisation": made.things["fleet"], "fields": {"note": SECRET[side]}}
    room = told(await keeper.post("/api/rosters", json=given))["room"]
    rights = {"can_write": True, "can_share": True}
    told(await keeper.put(f"/api/rooms/{room}/members/staff/{made.staff}", json=rights))
    await keeper.aclose()
    skill = Skill("AGT", restrictions=SECRET[side])
    new = NewHelper(
        name=SECRET[side],
        room=room,
        organisation=made.things["fleet"],
        skills=(skill,),
        addresses=(Address(ChannelKind.CONSOLE, SECRET[side]),),
        home=(7.1, 51.2),
    )
    async with world.node.database.transaction("test") as tx:
        helper = await people.add(tx.connection, Seal(world.node.data_dir), new, now=datetime.now(UTC))
    made.things |= {"roster": made.things["fleet"], "roster_room": room, "helper": helper}


@adds
async def _plans(world: World, side: str) -> None:
    """A plan of whom to alarm, in the roster's room."""
    made = world.sides[side]
    steps = [{"targets": [{"kind": "ORGANISATION", "organisation": made.things["roster"]}], "name": SECRET[side]}]
    fields = {"name": SECRET[side], "steps": steps, "text": SECRET[side]}
    given = {"organisation": made.things["roster"], "fields": fields}
    made.things["alarm_plan"] = told(await made.lead.post("/api/alarm-plans", json=given))["id"]
