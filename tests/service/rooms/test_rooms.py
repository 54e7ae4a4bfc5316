"""Rooms: who may set them, what takes effect at once, and that nobody is locked out in silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from websockets.asyncio.client import connect

from geodata.model.fact import Fact, Provenance
from geodata.model.ref import Ref
from service.access.sessions import COOKIE
from tests.service.live.conftest import Follower

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALL = {"can_write": True, "can_share": True}


@dataclass
class House:
    """An administrator, two people and a room of which the administrator is the only member."""

    node: Any
    admin: httpx.AsyncClient
    erika: httpx.AsyncClient
    max: httpx.AsyncClient
    room: str
    ids: dict[str, str]

    def member(self, person: str) -> str:
        return f"/api/rooms/{self.room}/members/person/{self.ids[person]}"

    async def seen(self, client: httpx.AsyncClient) -> set[str]:
        return {room["id"] for room in (await client.get("/api/session")).json()["rooms"]}

    async def seat(self, person: str, function: str) -> None:
        """This person has this function in staff `st` of incident `in` now."""
        await self.run(
            "INSERT INTO staff (id, incident, name, model, room) VALUES ('st', 'in', 'EL', 'EINSATZLEITUNG', 'x')"
        )
        await self.run(
            "INSERT INTO assignment (id, staff, function, person, state, starts) "
            "VALUES ('a', 'st', :function, :person, 'ON_DUTY', now())",
            function=function,
            person=self.ids[person],
        )

    async def run(self, statement: str, **given: Any) -> None:
        async with self.node.database.reading() as connection:
            await connection.execute(text(statement), given)


@pytest.fixture
async def house(node: Any) -> AsyncIterator[House]:
    admin = await node.sign_in("Administration")
    erika, max = await node.sign_in("Erika", admin=False), await node.sign_in("Max", admin=False)
    clients = {"admin": admin, "erika": erika, "max": max}
    ids = {name: (await client.get("/api/session")).json()["person"] for name, client in clients.items()}
    room = (await admin.post("/api/rooms", json={"name": " Stab  A "})).json()["id"]
    yield House(node, admin, erika, max, room, ids)
    for client in clients.values():
        await client.aclose()


async def test_who_adds_a_room_is_in_it_and_the_name_is_tidied(house: House) -> None:
    rooms = {room["id"]: room for room in (await house.admin.get("/api/rooms")).json()["rooms"]}
    assert (rooms[house.room]["name"], rooms[house.room]["members"]) == ("Stab A", 1)
    assert rooms[house.room]["write"] and rooms[house.room]["share"] and rooms[house.room]["manage"]
    assert {room["id"] for room in (await house.erika.get("/api/rooms")).json()["rooms"]} == {"public"}


async def test_membership_takes_effect_on_the_session_and_on_the_open_page(house: House) -> None:
    picture = (await house.erika.get("/api/picture")).json()
    headers = {"Cookie": f"{COOKIE}={house.erika.cookies[COOKIE]}"}
    async with house.node.database.transaction("t") as tx:
        tx.put(Fact(Ref("t", "site", "plan"), house.room, Provenance("t", NOW, NOW), {"value": 1}))
    async with connect(f"ws{house.node.url[4:]}/api/live", additional_headers=headers) as socket:
        me = Follower(socket)
        await me.follow(picture["cursor"], sight=picture["sight"])
        await me.until(lambda me: bool(me.welcomes))
        assert (await house.admin.put(house.member("erika"), json={})).status_code == 200
        await me.until(lambda me: bool(me.restarts), within=2)
        assert house.room in await house.seen(house.erika)
        assert [fact["body"] for fact in (await house.erika.get("/api/picture")).json()["facts"]] == [{"value": 1}]
        me.restarts.clear()
        await me.follow(picture["cursor"])
        assert (await house.admin.delete(house.member("erika"))).status_code == 200
        await me.until(lambda me: bool(me.restarts), within=2)
        assert house.room not in await house.seen(house.erika)
        assert (await house.erika.get("/api/picture")).json()["facts"] == []


async def test_who_may_share_admits_others_and_who_may_not_does_not(house: House) -> None:
    assert (await house.erika.put(house.member("max"), json={})).status_code == 404, "she does not see the room"
    await house.admin.put(house.member("erika"), json={})
    assert (await house.erika.put(house.member("max"), json={})).status_code == 403
    assert (await house.erika.get(f"/api/rooms/{house.room}/members")).status_code == 403
    assert (await house.erika.patch(f"/api/rooms/{house.room}", json={"name": "x"})).status_code == 403
    await house.admin.put(house.member("erika"), json={"can_share": True})
    assert (await house.erika.put(house.member("max"), json={"can_write": True})).status_code == 403, "more than hers"
    assert (await house.erika.put(house.member("max"), json={})).status_code == 200
    assert house.room in await house.seen(house.max)


async def test_the_last_who_may_share_is_not_locked_out_in_silence(house: House) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    for change in ({"can_write": True}, {**ALL, "until": soon}):
        answer = await house.admin.put(house.member("admin"), json=change)
        assert (answer.status_code, answer.json()["field"]) == (422, "can_share")
    assert (await house.admin.delete(house.member("admin"))).status_code == 422
    await house.admin.put(house.member("erika"), json=ALL)
    assert (await house.admin.delete(house.member("admin"))).status_code == 200
    assert house.room not in await house.seen(house.admin)


async def test_two_sharers_who_leave_at_once_do_not_both_succeed(house: House) -> None:
    await house.admin.put(house.member("erika"), json=ALL)
    answers = await asyncio.gather(house.admin.delete(house.member("admin")), house.erika.delete(house.member("erika")))
    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_in_a_closed_room_nobody_writes_and_the_public_one_stays_open(house: House) -> None:
    await house.admin.put(house.member("erika"), json=ALL)
    await house.admin.patch(f"/api/rooms/{house.room}", json={"closed": True, "name": "Stab A (alt)"})
    rooms = {room["id"]: room for room in (await house.erika.get("/api/session")).json()["rooms"]}
    assert rooms[house.room]["name"] == "Stab A (alt)" and not rooms[house.room]["write"]
    await house.admin.patch(f"/api/rooms/{house.room}", json={"closed": False})
    rooms = {room["id"]: room for room in (await house.erika.get("/api/session")).json()["rooms"]}
    assert rooms[house.room]["write"]
    assert (await house.admin.patch("/api/rooms/public", json={"closed": True})).status_code == 422


NOBODY = [
    ("person/nobody", "member"),
    ("organisation/none", "member"),
    ("staff/none", "member"),
    ("function/none/S2", "member"),
    ("function/none/S99", "member"),
    ("everyone/all", "member"),
    ("planet/mars", "path.kind"),
]


async def test_members_that_do_not_exist_are_refused(house: House) -> None:
    for path, field in NOBODY:
        answer = await house.admin.put(f"/api/rooms/{house.room}/members/{path}", json={})
        assert (answer.status_code, answer.json()["field"]) == (422, field), path


async def test_a_membership_does_not_end_in_the_past(house: House) -> None:
    answer = await house.admin.put(house.member("erika"), json={"until": "2020-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["field"]) == (422, "until")


async def test_everyone_organisations_staffs_and_seats_are_members(house: House) -> None:
    organisation = (await house.admin.post("/api/organisations", json={"name": "Stadt Erftstadt"})).json()["id"]
    await house.admin.patch(f"/api/people/{house.ids['erika']}", json={"organisations": [organisation]})
    await house.seat("max", "S2")
    members = f"/api/rooms/{house.room}/members"
    for path, erika, max in (
        ("everyone/*", True, True),
        (f"organisation/{organisation}", True, False),
        ("staff/st", False, True),
        ("function/st/S2", False, True),
        ("function/st/S3", False, False),
    ):
        assert (await house.admin.put(f"{members}/{path}", json={})).status_code == 200
        seen = (house.room in await house.seen(house.erika), house.room in await house.seen(house.max))
        assert seen == (erika, max), path
        assert (await house.node.client.get("/api/session")).json()["rooms"][0]["id"] == "public"
        assert (await house.admin.delete(f"{members}/{path}")).status_code == 200
    assert house.room not in await house.seen(house.max)


async def test_the_head_of_an_incident_sets_the_rooms_he_sees_and_no_others(house: House) -> None:
    await house.seat("max", "LDS")
    await house.run("UPDATE room SET incident = 'in' WHERE id = :r", r=house.room)
    assert "ROOMS" in (await house.max.get("/api/session")).json()["rights"]
    assert (await house.max.put(house.member("erika"), json={})).status_code == 404, (
        "not even he, if he does not see it"
    )
    await house.admin.put(house.member("max"), json={})
    assert (await house.max.put(house.member("erika"), json={"can_write": True})).status_code == 200
    await house.run("UPDATE room SET incident = 'another' WHERE id = :r", r=house.room)
    assert (await house.max.put(house.member("erika"), json={})).status_code == 403
    assert (await house.max.post("/api/rooms", json={"name": "x"})).status_code == 403
    assert (await house.max.post("/api/rooms", json={"name": "x", "incident": "in"})).status_code == 422


async def test_anonymous_and_people_without_a_right_add_and_change_nothing(house: House) -> None:
    requests = (
        ("GET", "/api/rooms", None, 401, 200),
        ("POST", "/api/rooms", {"name": "x"}, 401, 403),
        ("PATCH", f"/api/rooms/{house.room}", {"name": "x"}, 401, 404),
        ("GET", f"/api/rooms/{house.room}/members", None, 401, 404),
        ("PUT", house.member("erika"), ALL, 401, 404),
        ("DELETE", house.member("admin"), None, 401, 404),
        ("PUT", f"/api/rooms/public/members/person/{house.ids['erika']}", ALL, 401, 403),
    )
    for method, path, body, stranger, person in requests:
        for client, status in ((house.node.client, stranger), (house.erika, person)):
            assert (await client.request(method, path, json=body)).status_code == status, (method, path)
    assert await house.seen(house.erika) == {"public"}


async def test_what_is_sent_twice_makes_one_room(house: House) -> None:
    key = {"Idempotency-Key": "once-and-for-all"}
    ids = [(await house.admin.post("/api/rooms", json={"name": "B"}, headers=key)).json()["id"] for _ in range(2)]
    assert ids[0] == ids[1]
    assert (await house.admin.post("/api/rooms", json={"name": "C"}, headers=key)).status_code == 409


async def test_every_change_leaves_a_line_in_the_audit(house: House) -> None:
    await house.admin.put(house.member("erika"), json=ALL)
    await house.admin.get(f"/api/rooms/{house.room}/members")
    await house.erika.patch(f"/api/rooms/{house.room}", json={"note": "nur Stab"})
    await house.admin.delete(house.member("erika"))
    lines = (await house.admin.get("/api/audit", params={"subject": f"room:{house.room}"})).json()["lines"]
    assert [(line["action"], line["person"]) for line in reversed(lines)] == [
        ("room.add", house.ids["admin"]),
        ("room.member.set", house.ids["admin"]),
        ("room.members.read", house.ids["admin"]),
        ("room.change", house.ids["erika"]),
        ("room.member.remove", house.ids["admin"]),
    ]
