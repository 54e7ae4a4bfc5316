"""Whoever keeps, shares, changes and deletes views, over HTTP against a real node."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from geodata.store.database import Database
from service.accounts.store import ensure
from tests.service.conftest import Node


async def staff_with(database: Database, holders: dict[str, str]) -> tuple[str, str]:
    """A staff with its room and these people (name: function) on duty in it; the ids of incident and room."""
    staff, incident = f"st-{uuid.uuid4().hex[:8]}", str(uuid.uuid4())
    room = f"s-{uuid.uuid4().hex[:12]}"
    people = {name: await ensure(database, name) for name in holders}
    async with database.transaction("test") as tx:
        run = tx.connection.execute
        await run(text("INSERT INTO room (id, name, incident) VALUES (:r, 'Stab', :i)"), {"r": room, "i": incident})
        await run(
            text("INSERT INTO staff (id, incident, name, model, room) VALUES (:s, :i, 'EL', 'EINSATZLEITUNG', :r)"),
            {"s": staff, "i": incident, "r": room},
        )
        await run(
            text("INSERT INTO room_member (room, kind, member, can_write) VALUES (:r, 'staff', :s, true)"),
            {"r": room, "s": staff},
        )
        for name, function in holders.items():
            given = {"id": str(uuid.uuid4()), "s": staff, "f": function, "p": people[name]}
            await run(
                text(
                    "INSERT INTO assignment (id, staff, function, person, state, starts) "
                    "VALUES (:id, :s, :f, :p, 'ON_DUTY', now())"
                ),
                given,
            )
    return incident, room


async def save(client: httpx.AsyncClient, name: str = "Deiche", **more: Any) -> httpx.Response:
    room = more.pop("room", None)
    return await client.post("/api/views", json={"fields": {"name": name, **more}, "room": room})


async def names(client: httpx.AsyncClient) -> list[str]:
    views = (await client.get("/api/views")).json()["views"]
    return [view["name"] for view in views if not view.get("shipped")]


async def test_a_stranger_gets_the_shipped_views_and_saves_none(node: Node) -> None:
    views = (await node.client.get("/api/views")).json()["views"]
    assert {view["id"] for view in views} >= {"s1", "s2", "press", "wall"}
    assert all(view["shipped"] for view in views)
    assert (await save(node.client)).status_code == 401


async def test_an_own_view_is_seen_by_its_owner_alone(node: Node) -> None:
    mine, other = await node.sign_in("Anna", admin=False), await node.sign_in("Boris", admin=False)
    made = await save(mine, layers=["sites", "gauges"], tabs=["sites"])
    assert made.status_code == 201, made.text
    assert made.json()["room"].startswith("p-")
    assert await names(mine) == ["Deiche"]
    assert await names(other) == []
    id = made.json()["id"]
    assert (await other.patch(f"/api/views/{id}", json={"base": 1, "fields": {"name": "x"}})).status_code == 404
    assert (await other.delete(f"/api/views/{id}")).status_code == 404


async def test_an_own_view_is_part_of_the_owners_live_picture(node: Node) -> None:
    mine, other = await node.sign_in("Anna", admin=False), await node.sign_in("Boris", admin=False)
    id = (await save(mine)).json()["id"]
    assert any(fact["ref"].endswith(f"/view/{id}") for fact in (await mine.get("/api/picture")).json()["facts"])
    for client in (other, node.client):
        assert not any("/view/" in fact["ref"] for fact in (await client.get("/api/picture")).json()["facts"])


async def test_a_view_is_changed_deleted_and_brought_back(node: Node) -> None:
    mine = await node.sign_in("Anna", admin=False)
    id = (await save(mine, order="-level")).json()["id"]
    changed = await mine.patch(f"/api/views/{id}", json={"base": 1, "fields": {"name": "Pegel", "order": None}})
    assert changed.status_code == 200, changed.text
    assert changed.json()["version"] == 2
    assert "order" not in changed.json()["fields"]
    assert (await mine.delete(f"/api/views/{id}")).json() == {"done": True}
    assert await names(mine) == []
    back = await mine.post(f"/api/views/{id}/restore")
    assert back.status_code == 200, back.text
    assert await names(mine) == ["Pegel"]
    assert (await mine.post(f"/api/views/{id}/restore")).status_code == 404


async def test_a_repeated_save_makes_one_view(node: Node) -> None:
    mine = await node.sign_in("Anna", admin=False)
    asked = {"json": {"fields": {"name": "Einmal"}}, "headers": {"Idempotency-Key": "einmal-und-nicht-oefter"}}
    first, second = [await mine.post("/api/views", **asked) for _ in range(2)]  # type: ignore[arg-type]
    assert first.json() == second.json()
    assert await names(mine) == ["Einmal"]


async def test_a_view_is_shared_with_a_staff_by_who_may_change_its_views(node: Node) -> None:
    _, room = await staff_with(node.database, {"Sara": "S2", "Emil": "EMS", "Olga": "OBSERVER"})
    s2, ems, observer = [await node.sign_in(name, admin=False) for name in ("Sara", "Emil", "Olga")]
    stranger = await node.sign_in("Fremder", admin=False)
    shared = await save(s2, "Lage um neun", room=room)
    assert shared.status_code == 201, shared.text
    id = shared.json()["id"]
    for client in (s2, ems, observer):
        assert await names(client) == ["Lage um neun"]
    assert await names(stranger) == []
    change = {"base": 1, "fields": {"name": "Anders"}}
    assert (await ems.patch(f"/api/views/{id}", json=change)).status_code == 403
    assert (await observer.delete(f"/api/views/{id}")).status_code == 403
    assert (await stranger.patch(f"/api/views/{id}", json=change)).status_code == 404
    assert (await save(ems, room=room)).status_code == 403
    assert (await save(stranger, room=room)).json()["field"] == "room"
    assert (await s2.patch(f"/api/views/{id}", json=change)).status_code == 200


async def test_a_right_in_one_incident_is_none_in_another(node: Node) -> None:
    """S2 of one incident who is a specialist in another, whose room he may write to."""
    await staff_with(node.database, {"Sara": "S2"})
    _, there = await staff_with(node.database, {"Sara": "EMS"})
    assert (await save(await node.sign_in("Sara", admin=False), room=there)).status_code == 403


async def test_an_own_view_moves_to_a_staff_and_back(node: Node) -> None:
    _, room = await staff_with(node.database, {"Sara": "S2", "Emil": "EMS"})
    s2, ems = await node.sign_in("Sara", admin=False), await node.sign_in("Emil", admin=False)
    id = (await save(s2)).json()["id"]
    moved = await s2.patch(f"/api/views/{id}", json={"base": 1, "fields": {}, "room": room})
    assert moved.status_code == 200, moved.text
    assert await names(ems) == ["Deiche"]
    back = await s2.patch(f"/api/views/{id}", json={"base": 1, "fields": {}, "own": True})
    assert back.json()["room"].startswith("p-")
    assert await names(ems) == []
    assert await names(s2) == ["Deiche"]


@pytest.mark.parametrize("id", ["s2", "wall"])
async def test_a_shipped_view_stays_as_it_is(node: Node, id: str) -> None:
    admin = await node.sign_in("Anna")
    for answer in (
        await admin.patch(f"/api/views/{id}", json={"base": 1, "fields": {"name": "x"}}),
        await admin.delete(f"/api/views/{id}"),
        await admin.post(f"/api/views/{id}/restore"),
    ):
        assert answer.status_code == 403
        assert "copy" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "x", "layers": ["nonsense"]}, "layers[0]"),
        ({"name": "x", "tabs": ["nonsense"]}, "tabs[0]"),
        ({"name": 7}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "x", "conflicts": []}, None),
        ({"name": "x", "stamps": {"name": [99, "you", "now"]}}, None),
    ],
)
async def test_what_a_view_cannot_have_is_refused_or_not_taken(
    node: Node, fields: dict[str, Any], field: str | None
) -> None:
    mine = await node.sign_in("Anna", admin=False)
    answer = await mine.post("/api/views", json={"fields": fields})
    if field is None:
        assert answer.status_code == 201
        assert set(answer.json()["fields"]) == {"name", "owner"}
    else:
        assert answer.status_code == 422
        assert answer.json()["field"] == field


async def test_nobody_gives_a_view_another_owner(node: Node) -> None:
    mine = await node.sign_in("Anna", admin=False)
    made = (await save(mine, owner="somebody")).json()
    assert made["fields"]["owner"] == await ensure(node.database, "Anna")
    answer = await mine.patch(f"/api/views/{made['id']}", json={"base": 1, "fields": {"owner": "somebody"}})
    assert answer.json()["field"] == "owner"
