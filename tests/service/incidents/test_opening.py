"""Opening an incident makes everything that people need at once, and its heads lead it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from geodata.model.staff import FUNCTIONS, StaffModel
from tests.service.conftest import Node, running
from tests.service.incidents.conftest import AREA, Flood, converging


async def test_whoever_opens_an_incident_sits_in_its_first_staff_and_sees_its_rooms(flood: Flood) -> None:
    me = (await flood.lead.get("/api/session")).json()
    rooms = {flood.room, flood.tactical["body"]["room"]}
    named = {room if isinstance(room, str) else room["id"] for room in me["rooms"]}
    assert rooms <= named
    assert flood.crisis["body"]["room"] not in named, "the other staff keeps its own room"
    found = (await flood.lead.get("/api/picture?kinds=incident,staff,post")).json()["facts"]
    assert {fact["room"] for fact in found} == {flood.room}
    assert len([f for f in found if "/staff/" in f["ref"]]) == 2


async def test_every_seat_is_there_and_only_the_openers_is_taken(flood: Flood) -> None:
    found = (await flood.lead.get("/api/picture?kinds=post")).json()["facts"]
    posts = {fact["ref"].split("/")[2]: fact["body"] for fact in found}
    expected = {
        f"{staff['id']}.{function}"
        for staff, model in ((flood.tactical, StaffModel.EINSATZLEITUNG), (flood.crisis, StaffModel.KRISENSTAB))
        for function in FUNCTIONS[model]
    }
    assert set(posts) == expected
    taken = {key for key, body in posts.items() if body.get("holders")}
    assert taken == {f"{flood.tactical['id']}.LDS"}
    assert posts[f"{flood.tactical['id']}.S2"]["required"] is True
    assert posts[f"{flood.tactical['id']}.OBSERVER"]["required"] is False


async def test_log_and_picture_agree_after_an_incident_was_opened(node: Node) -> None:
    client = await node.sign_in("Leitung")
    async with converging(node.database):
        answer = await client.post("/api/incidents", json={"name": "Sturm", "geometry": AREA, "state": "ACTIVE"})
        assert answer.status_code == 201
    assert answer.json()["body"]["mode"] == "ACTUAL"
    assert answer.json()["body"]["state"] == "ACTIVE"


async def test_who_has_no_function_opens_nothing_and_sees_nothing_of_it(flood: Flood) -> None:
    stranger = await flood.signed_in("Fremde")
    assert (await stranger.post("/api/incidents", json={"name": "x"})).status_code == 403
    assert (await stranger.get("/api/picture?kinds=incident,staff,post")).json()["facts"] == []
    refused = await stranger.patch(f"/api/incidents/{flood.id}", json={"base": 1, "fields": {"name": "x"}})
    assert refused.status_code == 404
    assert (await flood.node.client.post("/api/incidents", json={"name": "x"})).status_code == 401


async def test_what_the_database_cannot_hold_is_bad_input(flood: Flood) -> None:
    sent = {"model": "EINSATZLEITUNG", "name": "EL Erft", "organisation": "nul\0"}
    answer = await flood.lead.post(f"/api/incidents/{flood.id}/staffs", json=sent)
    assert (answer.status_code, answer.json()["type"]) == (422, "about:invalid")


async def test_the_same_request_sent_twice_opens_one_incident(node: Node) -> None:
    client = await node.sign_in("Leitung")
    headers = {"Idempotency-Key": "opening-0001"}
    first = await client.post("/api/incidents", json={"name": "Sturm"}, headers=headers)
    second = await client.post("/api/incidents", json={"name": "Sturm"}, headers=headers)
    assert (second.status_code, second.json()) == (201, first.json())
    other = await client.post("/api/incidents", json={"name": "Anderer Sturm"}, headers=headers)
    assert other.status_code == 409
    async with node.database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM fact WHERE kind = 'incident'"))).scalar() == 1
        assert (await connection.execute(text("SELECT count(*) FROM staff"))).scalar() == 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "name"),
    ({"name": "  "}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": 7}, "name"),
    ({"name": "x", "mode": "EXERCISE"}, "mode"),
    ({"name": "x", "mode": "REAL"}, "mode"),
    ({"name": "x", "state": "ARCHIVED"}, "state"),
    ({"name": "x", "colour": "red"}, "colour"),
    ({"name": "x", "function": "BUMA"}, "function"),
    ({"name": "x", "staffs": [{"model": "TEL", "name": "y"}]}, "staffs[0].model"),
    ({"name": "x", "staffs": [{"model": "SAE", "name": "y", "organisation": "nobody"}]}, "organisation"),
    ({"name": "x", "geometry": {"type": "Point", "coordinates": [200, 50]}}, "geometry"),
    ({"name": "x", "geometry": {"type": "Circle"}}, "geometry"),
]


async def test_what_cannot_be_opened_names_its_field_and_leaves_nothing(node: Node) -> None:
    client = await node.sign_in("Leitung")
    for sent, field in WRONG:
        answer = await client.post("/api/incidents", json=sent)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    async with node.database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM room WHERE incident IS NOT NULL"))).scalar() == 0


async def test_a_test_may_stand_beside_what_is_real_but_never_an_exercise(node: Node) -> None:
    client = await node.sign_in("Leitung")
    answer = await client.post("/api/incidents", json={"name": "Probe", "mode": "TEST"})
    assert answer.json()["body"]["mode"] == "TEST"


async def test_in_an_exercise_every_incident_is_one(database_url: str) -> None:
    async with running(database_url, mode="EXERCISE") as node:
        client = await node.sign_in("Leitung")
        assert (await client.post("/api/incidents", json={"name": "x"})).json()["body"]["mode"] == "EXERCISE"
        refused = await client.post("/api/incidents", json={"name": "x", "mode": "ACTUAL"})
        assert (refused.status_code, refused.json()["field"]) == (422, "mode")


async def test_an_incident_goes_back_only_with_a_reason_and_an_archived_one_is_read_only(flood: Flood) -> None:
    async def go(state: str, **more: str) -> tuple[int, str | None]:
        answer = await flood.lead.post(f"/api/incidents/{flood.id}/state", json={"state": state, **more})
        return answer.status_code, answer.json().get("field")

    site = await flood.make()
    assert await go("ARCHIVED") == (409, "state")
    assert await go("ACTIVE") == (200, None)
    assert await go("STABILISING") == (200, None)
    assert await go("ACTIVE") == (422, "reason")
    assert await go("ACTIVE", reason="Der Pegel steigt wieder") == (200, None)
    assert (await flood.body("incident", flood.id) or {})["state_reason"] == "Der Pegel steigt wieder"
    assert await go("CLOSED") == (200, None)
    async with converging(flood.node.database):
        assert await go("ARCHIVED") == (200, None)
    refused = await flood.lead.post(f"/api/incidents/{flood.id}/sites", json={"fields": {
        "title": "x", "priority": "P1", "geometry": AREA["coordinates"][0][0]}})  # fmt: skip
    assert refused.status_code == 409
    edit = {"base": 1, "fields": {"title": "x"}}
    assert (await flood.lead.patch(f"/api/sites/{site['id']}", json=edit)).status_code == 409
    assert (await flood.lead.delete(f"/api/sites/{site['id']}")).status_code == 409
    edit = {"base": 1, "fields": {"name": "x"}}
    assert (await flood.lead.patch(f"/api/incidents/{flood.id}", json=edit)).status_code == 409
    seat = {"function": "S2", "person": await flood.person("Zwei")}
    seated = await flood.lead.post(f"/api/staffs/{flood.tactical['id']}/assignments", json=seat)
    assert seated.status_code == 409
    assert await flood.body("site", site["id"]) is not None, "it is still read"


async def test_a_level_is_declared_with_words_by_who_may_and_never_before_the_last(flood: Flood) -> None:
    async def declare(client: object = None, **sent: str) -> tuple[int, str | None]:
        answer = await (client or flood.lead).post(f"/api/incidents/{flood.id}/legal", json=sent)  # type: ignore[attr-defined]
        return answer.status_code, answer.json().get("field")

    s2 = await flood.signed_in("Lage", "S2")
    assert await declare(s2, level="KATASTROPHE", text="x") == (403, None)
    assert await declare(level="KATASTROPHE", text=" ") == (422, "text")
    assert await declare(level="KATASTROPHE") == (422, "text")
    assert await declare(level="KATASTROPHENVORALARM", text="Entwurf") == (422, "level")
    assert await declare(level="BOMBE", text="x") == (422, "level")
    assert await declare(level="KATASTROPHE", text="x", since="2999-01-01T00:00:00Z") == (422, "since")
    assert await declare(level="GROSSEINSATZLAGE", text="Der Landrat stellt fest", since="2026-01-02T10:00:00Z") == (
        200,
        None,
    )
    assert await declare(level="KATASTROPHE", text="x", since="2026-01-02T09:00:00Z") == (422, "since")
    async with converging(flood.node.database):
        assert await declare(level="KATASTROPHE", text="Feststellung vom Tage") == (200, None)
    body = await flood.body("incident", flood.id) or {}
    assert [(one["level"], one["text"]) for one in body["legal"]] == [
        ("GROSSEINSATZLAGE", "Der Landrat stellt fest"),
        ("KATASTROPHE", "Feststellung vom Tage"),
    ]
    me = (await flood.lead.get("/api/session")).json().get("person")
    assert me is None or body["legal"][0]["by"] == f"person:{me}"


async def test_the_levels_come_with_their_legal_basis_and_drafts_are_marked(node: Node) -> None:
    levels = {one["code"]: one for one in (await node.client.get("/api/legal-levels")).json()["levels"]}
    assert levels["KATASTROPHE"]["valid"] is True
    assert levels["KATASTROPHE"]["basis"].startswith("BHKG")
    drafts = {code for code, one in levels.items() if not one["in_force"]}
    assert drafts == {"KATASTROPHENVORALARM", "LANDESWEITER_KATASTROPHENFALL"}
    assert not any(levels[code]["valid"] for code in drafts)


async def test_what_is_kept_by_the_server_cannot_be_edited_into_an_incident(flood: Flood) -> None:
    for name, value in (("mode", "TEST"), ("room", "public"), ("state", "CLOSED"), ("legal", []), ("version", 9)):
        answer = await flood.lead.patch(f"/api/incidents/{flood.id}", json={"base": 1, "fields": {name: value}})
        assert (answer.status_code, answer.json()["field"]) == (422, name)
    good = await flood.lead.patch(
        f"/api/incidents/{flood.id}", json={"base": 1, "fields": {"note": "Erste Meldung 03:12", "hazard": None}}
    )
    assert good.json()["changed"] == ["note", "hazard"]
    assert "hazard" not in good.json()["body"]
