from __future__ import annotations

from typing import Any

import httpx

from tests.service.alarms.board import second
from tests.service.conftest import Node
from tests.service.roster.crew import Crew, crew, told


async def plan(ours: Crew, **fields: Any) -> dict[str, Any]:
    steps = [{"targets": [{"kind": "ORGANISATION", "organisation": ours.organisation}]}]
    given = {"name": "Hochwasser groß", "steps": steps, "quota": {"total": 2}, **fields}
    made = told(await ours.client.post("/api/alarm-plans", json={"organisation": ours.organisation, "fields": given}))
    assert isinstance(made, dict)
    return made


async def edit(ours: Crew, id: str, base: int, **fields: Any) -> dict[str, Any]:
    answer = told(await ours.client.patch(f"/api/alarm-plans/{id}", json={"base": base, "fields": fields}))
    assert isinstance(answer, dict)
    return answer


async def approve(client: httpx.AsyncClient, id: str, version: int) -> httpx.Response:
    return await client.post(f"/api/alarm-plans/{id}/approve", json={"version": version})


async def test_a_plan_begins_as_a_draft_in_the_rosters_room_and_one_person_puts_a_small_one_in_force(
    node: Node,
) -> None:
    ours = await crew(node)
    await ours.add("Eins")
    made = await plan(ours)
    assert (made["room"], made["body"]["state"]) == (ours.room, "DRAFT")
    active = told(await approve(ours.client, made["id"], 1))
    assert (active["body"]["state"], active["large"], active["reach"]) == ("ACTIVE", False, 1)
    edited = await edit(ours, made["id"], active["body"]["version"], name="Hochwasser mittel")
    assert (edited["body"]["state"], edited["body"]["name"]) == ("ACTIVE", "Hochwasser mittel")
    assert (await approve(ours.client, made["id"], edited["body"]["version"])).status_code == 409


async def test_a_large_plan_needs_two_people_and_each_edit_takes_it_back(node: Node) -> None:
    ours = await crew(node, large_from=2)
    await ours.add("Eins")
    await ours.add("Zwei")
    other = await second(ours)
    made = await plan(ours)
    once = told(await approve(ours.client, made["id"], 1))
    assert (once["body"]["state"], once["large"], once["reach"]) == ("DRAFT", True, 2)
    assert (await approve(ours.client, made["id"], once["body"]["version"])).status_code == 403
    assert (await approve(other, made["id"], 1)).json()["field"] == "version"
    both = told(await approve(other, made["id"], once["body"]["version"]))
    assert (both["body"]["state"], len(set(both["body"]["approved_by"]))) == ("ACTIVE", 2)
    edited = await edit(ours, made["id"], both["body"]["version"], note="neu")
    assert edited["body"]["state"] == "DRAFT"
    assert "approved_by" not in edited["body"]
    assert "conflicts" not in edited["body"]


async def test_nobody_gets_round_the_second_person_by_making_the_plan_small_first(node: Node) -> None:
    ours = await crew(node)
    other = await second(ours)
    made = await plan(ours, four_eyes=True)
    first = told(await approve(ours.client, made["id"], 1))
    active = told(await approve(other, made["id"], first["body"]["version"]))
    edited = await edit(ours, made["id"], active["body"]["version"], four_eyes=None)
    assert edited["body"]["state"] == "DRAFT"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"steps": []}, "steps"),
    ({"steps": [{"targets": [{"kind": "SKILL"}]}]}, "steps[0].targets[0].skill"),
    ({"steps": [{"wiat": 60}]}, "steps[0].wiat"),
    ({"steps": [{}, {"wait": -1}]}, "steps[1].wait"),
    ({"steps": [{"targets": [{"kind": "SKILL", "skill": "AGT", "radius": 5}]}]}, "steps[0].targets[0].radius"),
    ({"steps": [{"targets": [{"kind": "PERSONS", "ids": ["niemand"]}]}]}, "steps[0].targets[0].ids"),
    ({"supervisor": ["niemand"]}, "supervisor"),
    ({"quota": {"total": 2, "skils": {}}}, "quota.skils"),
    ({"state": "ACTIVE"}, "state"),
    ({"approved_by": ["a", "b"]}, "approved_by"),
    ({"name": None}, "name"),
    ({"geometry": {"type": "Point", "coordinates": [7.0, 1e9]}}, "geometry"),
    ({"steps": "alle"}, "steps"),
    ({"steps": ["alle"]}, "steps[0]"),
    ({"quota": 5}, "quota"),
]


async def test_what_is_wrong_in_a_plan_is_named(node: Node) -> None:
    ours = await crew(node)
    steps = [{"targets": [{"kind": "ORGANISATION", "organisation": ours.organisation}]}]
    for fields, field in WRONG:
        given = {"organisation": ours.organisation, "fields": {"name": "Plan", "steps": steps, **fields}}
        answer = await ours.client.post("/api/alarm-plans", json=given)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert await ours.seen("alarm_plan") == {}


async def test_who_only_reads_a_roster_writes_no_plans_and_strangers_see_none(node: Node) -> None:
    ours, theirs = await crew(node, "Alpha"), await crew(node, "Bravo")
    made = await plan(ours)
    assert (
        await theirs.client.patch(f"/api/alarm-plans/{made['id']}", json={"base": 1, "fields": {}})
    ).status_code == 404
    assert await theirs.seen("alarm_plan") == {}
    given = {"organisation": ours.organisation, "fields": {"name": "Fremd", "steps": [{}]}}
    assert (await theirs.client.post("/api/alarm-plans", json=given)).status_code == 404


async def test_who_writes_but_may_not_alarm_drafts_plans_and_leaves_those_in_force_alone(node: Node) -> None:
    ours = await crew(node)
    keeper = await second(ours, function="S4")
    made = await plan(ours)
    path = f"/api/alarm-plans/{made['id']}"
    drafted = told(await keeper.patch(path, json={"base": 1, "fields": {"note": "S4 war hier"}}))
    assert (await approve(keeper, made["id"], drafted["body"]["version"])).status_code == 403
    active = told(await approve(ours.client, made["id"], drafted["body"]["version"]))
    late = await keeper.patch(path, json={"base": active["body"]["version"], "fields": {"note": "noch einmal"}})
    assert late.status_code == 403
    assert (await keeper.delete(path)).status_code == 403


async def test_a_plan_is_retired_reopened_deleted_and_brought_back(node: Node) -> None:
    ours = await crew(node)
    made = await plan(ours)
    path = f"/api/alarm-plans/{made['id']}"
    assert told(await ours.client.post(f"{path}/retire"))["body"]["state"] == "RETIRED"
    assert told(await ours.client.post(f"{path}/restore"))["body"]["state"] == "DRAFT"
    assert (await ours.client.delete(path)).status_code == 204
    assert await ours.seen("alarm_plan") == {}
    assert told(await ours.client.post(f"{path}/restore"))["body"]["name"] == "Hochwasser groß"
    assert list(await ours.seen("alarm_plan")) == [made["id"]]


async def test_two_edits_of_one_field_leave_a_conflict_that_is_settled(node: Node) -> None:
    ours = await crew(node)
    made = await plan(ours)
    await edit(ours, made["id"], 1, note="eins")
    late = await edit(ours, made["id"], 1, note="zwei")
    assert late["lost"] == ["note"]
    path = f"/api/alarm-plans/{made['id']}/conflicts/0"
    settled = told(await ours.client.post(path, json={"take": True, "field": "note"}))
    assert settled["body"]["note"] == "eins"
    assert "conflicts" not in settled["body"]
