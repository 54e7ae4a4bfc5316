"""Orders: who issues, who answers, what must be said, where they lie, and that nothing is lost between many hands."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.service.tasks.conftest import Flood

DONE = "2 000 Säcke verbaut, Foto liegt bei S2"


async def test_an_order_goes_from_issue_to_control_and_keeps_every_step(flood: Flood) -> None:
    made = await flood.order(flood.s3, due_at="2026-11-22T03:00:00+01:00")
    assert (made["body"]["number"], made["body"]["state"]) == (1, "ISSUED")
    assert made["body"]["issuer"] == {"function": "S3", "person": flood.ids["s3"]}
    assert made["body"]["due_at"] == "2026-11-22T02:00:00Z"
    await flood.move(flood.s6, made["id"], "ACKNOWLEDGED")
    await flood.move(flood.s6, made["id"], "IN_PROGRESS")
    await flood.move(flood.s6, made["id"], "REPORTED_DONE", DONE)
    done = await flood.move(flood.s3, made["id"], "CONTROLLED")
    body = (await flood.tasks(flood.leader))[made["id"]]["body"]
    assert body == done["body"]
    assert body["proof"] == DONE
    assert [(step["state"], step["by"]) for step in body["history"]] == [
        ("ISSUED", f"person:{flood.ids['s3']}"),
        ("ACKNOWLEDGED", f"person:{flood.ids['s6']}"),
        ("IN_PROGRESS", f"person:{flood.ids['s6']}"),
        ("REPORTED_DONE", f"person:{flood.ids['s6']}"),
        ("CONTROLLED", f"person:{flood.ids['s3']}"),
    ]


async def test_only_the_receiver_or_its_head_answers_and_only_the_issuing_staff_controls(flood: Flood) -> None:
    order = (await flood.order(flood.s3))["id"]
    for name in ("s3", "crisis", "press"):
        await flood.move(flood.people[name], order, "ACKNOWLEDGED", expect=403 if name == "s3" else 404)
    await flood.move(flood.leader, order, "ACKNOWLEDGED")
    await flood.move(flood.s6, order, "REPORTED_DONE", DONE)
    abroad = (
        await flood.order(flood.s3, receiver={"staff": flood.other, "person": flood.ids["press"]}, title="Warntext")
    )["id"]
    await flood.move(flood.crisis, abroad, "ACKNOWLEDGED", expect=403)
    await flood.move(flood.s6, abroad, "ACKNOWLEDGED", expect=403)
    await flood.move(flood.press, abroad, "ACKNOWLEDGED")
    await flood.move(flood.crisis_head, abroad, "REPORTED_DONE", DONE)
    await flood.move(flood.crisis_head, abroad, "CONTROLLED", expect=403)
    await flood.move(flood.leader, abroad, "CONTROLLED")


async def test_refusing_needs_a_reason_reporting_done_a_proof_and_sending_back_what_is_missing(flood: Flood) -> None:
    order = (await flood.order(flood.s3))["id"]
    for state in ("REFUSED", "REPORTED_DONE"):
        for nothing in (None, "", "  "):
            assert (await flood.move(flood.s6, order, state, nothing, expect=422))["field"] == "text"
    await flood.move(flood.s6, order, "REPORTED_DONE", DONE)
    assert (await flood.move(flood.s3, order, "IN_PROGRESS", expect=422))["field"] == "text"
    await flood.move(flood.s6, order, "IN_PROGRESS", "fehlt noch", expect=403)
    back = await flood.move(flood.s3, order, "IN_PROGRESS", "Nordseite fehlt")
    assert back["body"]["history"][-1]["text"] == "Nordseite fehlt"
    refused = await flood.move(flood.s6, order, "REFUSED", "kein Fahrzeug")
    assert refused["body"]["state"] == "REFUSED"
    again = await flood.move(flood.leader, order, "ISSUED")
    assert again["body"]["state"] == "ISSUED"


async def test_moves_that_are_not_declared_are_refused_and_a_repeated_one_changes_nothing(flood: Flood) -> None:
    order = (await flood.order(flood.s3))["id"]
    assert (
        "cannot go from ISSUED to CONTROLLED" in (await flood.move(flood.s3, order, "CONTROLLED", expect=409))["detail"]
    )
    assert (await flood.move(flood.s3, order, "OVERDUE", expect=422))["field"] == "state"
    first = await flood.move(flood.s6, order, "ACKNOWLEDGED")
    assert (await flood.move(flood.s6, order, "ACKNOWLEDGED"))["body"] == first["body"]
    await flood.move(flood.s3, order, "CANCELLED")
    assert (await flood.move(flood.s6, order, "IN_PROGRESS", expect=409))["field"] == "state"
    late = await flood.s3.patch(f"/api/tasks/{order}", json={"base": 1, "fields": {"title": "anders"}})
    assert late.status_code == 409


async def test_an_order_to_another_staff_lies_in_the_incidents_room_and_all_else_at_home(flood: Flood) -> None:
    at_home = await flood.order(flood.s3)
    abroad = await flood.order(flood.s3, receiver={"staff": flood.other})
    draft = await flood.order(flood.s3, receiver={"staff": flood.other}, state="DRAFT")
    assert set(await flood.tasks(flood.crisis)) == {abroad["id"]}
    assert set(await flood.tasks(flood.s6)) == {at_home["id"], abroad["id"], draft["id"]}
    assert await flood.tasks(flood.stranger) == {}
    issued = await flood.move(flood.s3, draft["id"], "ISSUED")
    assert issued["room"] == abroad["room"] != at_home["room"]
    assert set(await flood.tasks(flood.crisis)) == {abroad["id"], draft["id"]}
    home = {"base": issued["body"]["version"], "fields": {"receiver": {"staff": flood.operations}}}
    assert (await flood.s3.patch(f"/api/tasks/{draft['id']}", json=home)).json()["room"] == at_home["room"]
    assert set(await flood.tasks(flood.crisis)) == {abroad["id"]}


IMPOSSIBLE: list[tuple[str, Any]] = [
    ("receiver", {"staff": "nobody"}),
    ("receiver", {"staff": "../x y"}),
    ("receiver", {}),
    ("receiver", None),
    ("title", ""),
    ("title", "x" * 201),
    ("due_at", "morgen"),
    ("due_at", "2026-11-22T03:00:00"),
    ("site", "0190-nowhere"),
    ("sector", "a/b"),
    ("entry", "x" * 300),
    ("state", "CONTROLLED"),
    ("state", ["DRAFT"]),
    ("number", 7),
    ("history", []),
    ("proof", "schon fertig"),
    ("colour", "red"),
]


async def test_what_cannot_be_is_refused_naming_the_field(flood: Flood) -> None:
    for field, value in IMPOSSIBLE:
        refused = await flood.order(flood.s3, expect=422, **{field: value})
        assert field in refused["field"], (field, value)
    assert await flood.tasks(flood.s3) == {}


async def test_seats_and_people_must_be_those_of_the_receiving_staff(flood: Flood) -> None:
    for receiver in (
        {"staff": flood.other, "function": "S6"},
        {"staff": flood.other, "person": flood.ids["s6"]},
        {"staff": flood.other, "person": flood.ids["stranger"]},
    ):
        assert (await flood.order(flood.s3, expect=422, receiver=receiver))["field"] == "receiver"


async def test_links_lead_to_things_of_the_same_incident(flood: Flood) -> None:
    point = {"type": "Point", "coordinates": [7, 51]}
    fields = {"title": "Keller", "priority": "P2", "geometry": point}
    here = (await flood.s3.post(f"/api/incidents/{flood.incident}/sites", json={"fields": fields})).json()["id"]
    staffs = [{"model": "SAE", "name": "SAE"}]
    second = {"name": "Zweite Lage", "staffs": staffs, "function": "LEITUNG"}
    other = (await flood.leader.post("/api/incidents", json=second)).json()["id"]
    there = (await flood.leader.post(f"/api/incidents/{other}/sites", json={"fields": fields})).json()["id"]
    assert (await flood.order(flood.leader, site=here))["body"]["site"] == here
    assert (await flood.order(flood.leader, expect=422, site=there))["field"] == "site"


async def test_who_may_not_order_does_not_and_strangers_learn_nothing(flood: Flood) -> None:
    order = (await flood.order(flood.s3))["id"]
    await flood.order(flood.press, expect=403, staff=flood.other)
    await flood.order(flood.crisis, expect=403)
    await flood.order(flood.stranger, expect=403)
    await flood.order(flood.node.client, expect=401)
    assert (await flood.stranger.patch(f"/api/tasks/{order}", json={"base": 1, "fields": {}})).status_code == 404
    assert (await flood.s6.patch(f"/api/tasks/{order}", json={"base": 1, "fields": {}})).status_code == 403
    for path in (f"/api/tasks/{order}/state", f"/api/tasks/{order}/conflicts/0"):
        assert (await flood.node.client.post(path, json={"state": "ISSUED"})).status_code == 401
    await flood.move(flood.stranger, order, "ACKNOWLEDGED", expect=404)
    await flood.move(flood.stranger, "nothing", "ACKNOWLEDGED", expect=404)


NO_BODY = [b"", b"[]", b"{", b'{"fields": 1}', b'{"fields": {}, "x": 1}', b'"\\ud800"', b"\xff", b"[" * 5000]


async def test_a_body_that_is_none_is_refused(flood: Flood) -> None:
    for body in NO_BODY:
        for path in (f"/api/staffs/{flood.operations}/tasks", "/api/tasks/x/state"):
            assert (await flood.s3.post(path, content=body)).status_code == 422, body[:20]


async def test_the_same_key_issues_once(flood: Flood) -> None:
    given = {"fields": {"title": "Einmal", "receiver": {"staff": flood.operations}}}
    path, key = f"/api/staffs/{flood.operations}/tasks", {"Idempotency-Key": "once-and-only"}
    answers = await asyncio.gather(*(flood.s3.post(path, json=given, headers=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await flood.tasks(flood.s3)) == 1


async def test_numbers_run_per_incident_over_all_rooms_and_writers(flood: Flood) -> None:
    abroad: dict[str, Any] = {"receiver": {"staff": flood.other}}
    made = await asyncio.gather(
        *(flood.order(flood.s3) for _ in range(6)),
        *(flood.order(flood.leader, **abroad) for _ in range(6)),
        *(flood.order(flood.crisis, staff=flood.other, **abroad) for _ in range(6)),
    )
    assert sorted(task["body"]["number"] for task in made) == list(range(1, 19))


async def test_two_who_edit_the_same_order_lose_nothing(flood: Flood) -> None:
    order = (await flood.order(flood.s3, text="erst"))["id"]
    edits = [(flood.s3, {"title": "Säcke nach Norden"}), (flood.leader, {"title": "Säcke nach Süden", "text": "dann"})]
    for client, fields in edits:
        answer = await client.patch(f"/api/tasks/{order}", json={"base": 1, "fields": fields})
        assert answer.status_code == 200
    assert answer.json()["lost"] == ["title"]
    body = answer.json()["body"]
    assert (body["title"], body["text"]) == ("Säcke nach Süden", "dann")
    assert body["conflicts"][0]["value"] == "Säcke nach Norden"
    wrong = await flood.s3.post(f"/api/tasks/{order}/conflicts/0", json={"take": True, "field": "text"})
    assert wrong.status_code == 422
    settled = await flood.s3.post(f"/api/tasks/{order}/conflicts/0", json={"take": True, "field": "title"})
    assert settled.json()["body"]["title"] == "Säcke nach Norden"
    assert "conflicts" not in settled.json()["body"]


async def test_whoever_follows_the_log_has_what_a_fresh_picture_shows(flood: Flood) -> None:
    orders = [(await flood.order(flood.s3, receiver={"staff": flood.other}))["id"] for _ in range(3)]
    start = (await flood.crisis.get("/api/picture?kinds=task")).json()
    held = {fact["ref"]: fact["body"] for fact in start["facts"]}

    async def work(number: int) -> None:
        for step in range(4):
            order = orders[(number + step) % 3]
            await flood.s3.patch(f"/api/tasks/{order}", json={"base": 1, "fields": {"title": f"t{number}.{step}"}})
            await flood.leader.patch(f"/api/tasks/{order}", json={"base": 1, "fields": {"text": f"x{number}.{step}"}})
            await flood.crisis_head.post(f"/api/tasks/{order}/state", json={"state": "ACKNOWLEDGED"})

    await asyncio.gather(*(work(number) for number in range(4)))
    followed = (await flood.crisis.get(f"/api/changes?since={start['cursor']}")).json()
    for change in followed["changes"]:
        if change["op"] == "drop":
            held.pop(change["ref"])
        else:
            held[change["ref"]] = change["body"]
    fresh = await flood.tasks(flood.crisis)
    assert held == {fact["ref"]: fact["body"] for fact in fresh.values()}
    assert {fact["body"]["state"] for fact in fresh.values()} == {"ACKNOWLEDGED"}
    assert {len(fact["body"]["history"]) for fact in fresh.values()} == {2}
