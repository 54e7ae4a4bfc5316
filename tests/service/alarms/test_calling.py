from __future__ import annotations

from typing import Any

import httpx
import pytest

from alerting.model.plan import Purpose
from geodata.model.editing import BadEdit
from geodata.model.incident import IncidentMode as M
from service.alarms.modes import Modes
from tests.service.alarms.board import second
from tests.service.alarms.test_plans import plan
from tests.service.conftest import Node
from tests.service.roster.crew import Crew, crew, told


def asked(ours: Crew, **more: Any) -> dict[str, Any]:
    """Everybody of the organisation, freely; in exercise mode, so that nothing real is needed to be reachable."""
    steps = [{"targets": [{"kind": "ORGANISATION", "organisation": ours.organisation}]}]
    fields = {"title": "Deichwache", "steps": steps, "quota": {"total": 1}, **more.pop("fields", {})}
    given = {"organisation": ours.organisation, "fields": fields, "mode": "EXERCISE", "incident": ours.incident}
    return {**given, **more}


async def begin(client: httpx.AsyncClient, given: dict[str, Any]) -> str:
    return str(told(await client.post("/api/alarms", json=given))["id"])


async def act(client: httpx.AsyncClient, id: str, what: str, **given: Any) -> httpx.Response:
    return await client.post(f"/api/alarms/{id}/{what}", json=given)


async def test_a_preview_names_exactly_who_is_called_and_calls_nobody(node: Node) -> None:
    ours = await crew(node)
    await ours.add("Anna", "AGT")
    await ours.add("Ben")
    found = told(await ours.client.post("/api/alarms/preview", json=asked(ours)))
    assert (found["reach"], found["needs_second"], found["mode"], found["first"]) == (
        2,
        False,
        "EXERCISE",
        {"CONSOLE": 2},
    )
    assert [one["name"] for one in found["steps"][0]["people"]] == ["Anna", "Ben"]
    assert await ours.seen("alarm") == {}


async def test_an_alarm_is_begun_once_however_often_it_is_sent_and_lies_in_the_incidents_room(node: Node) -> None:
    ours = await crew(node)
    await ours.add("Anna")
    key = {"Idempotency-Key": "derselbe-klick"}
    first = told(await ours.client.post("/api/alarms", json=asked(ours), headers=key))
    assert told(await ours.client.post("/api/alarms", json=asked(ours), headers=key)) == first
    seen = await ours.seen("alarm")
    assert list(seen) == [first["id"]]
    body = seen[first["id"]]
    assert (body["mode"], body["incident"], body["title"], len(body["code"])) == (
        "EXERCISE", ours.incident, "Deichwache", 4,
    )  # fmt: skip
    assert first["room"] != ours.room
    assert "Anna" not in str(body)


async def test_a_large_alarm_waits_for_another_person_who_may_alarm(node: Node) -> None:
    ours = await crew(node, large_from=2)
    for name in ("Anna", "Ben"):
        await ours.add(name)
    other, stranger = await second(ours), await second(ours, "Dritte", "S2")
    id = await begin(ours.client, asked(ours))
    assert (await ours.seen("alarm"))[id]["state"] == "PROPOSED"
    assert (await ours.client.get(f"/api/alarms/{id}/recipients")).json() == {"recipients": [], "hidden": 0}
    assert (await act(ours.client, id, "approve")).status_code == 422
    assert (await act(stranger, id, "approve")).status_code == 403
    assert told(await act(other, id, "approve"))["state"] == "RUNNING"
    people = told(await ours.client.get(f"/api/alarms/{id}/recipients"))["recipients"]
    assert [(one["name"], one["state"]) for one in people] == [("Anna", "QUEUED"), ("Ben", "QUEUED")]
    assert (await act(other, id, "approve")).status_code == 409


async def test_an_answer_by_telephone_counts_and_the_four_numbers_never_merge(node: Node) -> None:
    ours = await crew(node, large_from=1)
    ids = {name: await ours.add(name, "AGT") for name in ("Anna", "Ben", "Carl", "Dora")}
    other = await second(ours)
    given = asked(ours, fields={"quota": {"total": 4, "skills": {"AGT": 3}}})
    id = await begin(ours.client, given)
    told(await act(other, id, "approve"))
    said = [("Anna", "COMING", None), ("Ben", "COMING_LATER", 20), ("Carl", "NOT_COMING", None)]
    for name, answer, minutes in said:
        path = f"/api/alarms/{id}/recipients/{ids[name]}/answer"
        found = told(await ours.client.post(path, json={"answer": answer, "minutes": minutes}))
    assert (found["coming"], found["wanted"]) == (2, 4)
    told(await ours.client.post(f"/api/alarms/{id}/recipients/{ids['Anna']}/arrival", json={}))
    told(await act(ours.client, id, "stop"))
    body = (await ours.seen("alarm"))[id]
    counts = {name: body["counts"].get(name, 0) for name in ("coming", "later", "not_coming", "silent", "arrived")}
    assert sum(counts[name] for name in ("coming", "later", "not_coming")) == 3
    assert (counts["coming"], counts["later"], counts["not_coming"], counts["arrived"]) == (1, 1, 1, 1)
    people = told(await ours.client.get(f"/api/alarms/{id}/recipients"))["recipients"]
    by = {one["name"]: (one["answer"], one["answered_by"]) for one in people}
    assert by["Ben"] == ("COMING_LATER", "MANUAL")
    assert by["Dora"] == (None, None)


async def test_names_are_for_those_who_see_the_roster_and_only_its_keepers_steer(node: Node) -> None:
    ours = await crew(node, large_from=1)
    anna = await ours.add("Anna")
    other, guest = await second(ours), await second(ours, "Gast", "S6", member=False)
    id = await begin(ours.client, asked(ours))
    told(await act(other, id, "approve"))
    assert id in {fact["ref"].split("/")[2] for fact in (await guest.get("/api/picture?kinds=alarm")).json()["facts"]}
    assert (await guest.get(f"/api/alarms/{id}/recipients")).json() == {"recipients": [], "hidden": 1}
    for what in ("stop", "cancel", "escalate", "close", "again"):
        assert (await act(guest, id, what)).status_code == 403, what
    answer = await guest.post(f"/api/alarms/{id}/recipients/{anna}/answer", json={"answer": "COMING"})
    assert answer.status_code == 404
    begun = await guest.post("/api/alarms", json=asked(ours))
    assert begun.status_code == 404
    theirs = await crew(node, "Bravo")
    assert (await theirs.client.get(f"/api/alarms/{id}/recipients")).status_code == 404


async def test_more_people_are_called_others_once_more_and_all_hear_that_it_is_off(node: Node) -> None:
    ours = await crew(node, large_from=1)
    anna, ben = await ours.add("Anna"), await ours.add("Ben")
    other = await second(ours)
    steps = [{"targets": [{"kind": "PERSONS", "ids": [anna]}]}, {"targets": [{"kind": "PERSONS", "ids": [ben]}]}]
    id = await begin(ours.client, asked(ours, fields={"steps": steps}))
    told(await act(other, id, "approve"))
    told(await act(ours.client, id, "escalate"))
    carl = await ours.add("Carl")
    told(await act(ours.client, id, "add", targets=[{"kind": "PERSONS", "ids": [carl]}]))
    assert (await act(ours.client, id, "add", targets=[{"kind": "SKILL"}])).status_code == 422
    told(await act(ours.client, id, "again"))
    people = told(await ours.client.get(f"/api/alarms/{id}/recipients"))["recipients"]
    assert [one["name"] for one in people] == ["Anna", "Ben", "Carl"]
    told(await act(ours.client, id, "inform", text="Neuer Treffpunkt", meeting="Rathaus"))
    assert (await ours.seen("alarm"))[id]["meeting"] == "Rathaus"
    assert told(await act(ours.client, id, "cancel", text="Wasser fällt"))["state"] == "CANCELLED"
    assert told(await act(ours.client, id, "close"))["state"] == "CLOSED"
    assert (await act(ours.client, id, "stop")).status_code == 409
    what = [line["what"] for line in (await ours.seen("alarm"))[id]["protocol"]]
    assert what[0] == "PROPOSED"
    assert {"APPROVED", "RUNNING"} & set(what)
    assert {"STEP", "ESCALATED", "ADDED", "REPEATED", "UPDATE", "CANCELLED", "CLOSED"} <= set(what)


async def test_an_alarm_by_a_plan_takes_its_words_and_people_and_says_what_cannot_be_changed(node: Node) -> None:
    ours = await crew(node)
    await ours.add("Anna")
    made = await plan(ours, meeting="Wache 1", text="Anziehen", four_eyes=True)
    given = {"plan": made["id"], "fields": {"title": "Jetzt", "four_eyes": None}, "mode": "EXERCISE"}
    id = await begin(ours.client, given)
    body = (await ours.seen("alarm"))[id]
    assert (body["title"], body["meeting"], body["state"], body["plan"]) == ("Jetzt", "Wache 1", "PROPOSED", made["id"])
    for wrong, field in (
        ({"fields": {"organisation": "x"}}, "fields.organisation"),
        ({"fields": {"steps": [{"wait": -5}]}}, "fields.steps[0].wait"),
        ({"site": "x"}, "site"),
        ({"plan": None}, "organisation"),
    ):
        answer = await ours.client.post("/api/alarms", json={**given, **wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


def test_a_drill_is_a_test_where_alarms_are_real_and_an_exercise_node_knows_nothing_else() -> None:
    real, played = Modes(M.ACTUAL), Modes(M.EXERCISE)
    assert real.of_purpose(Purpose.DRILL, real.of(None)) is M.TEST
    assert real.of(None, incident=M.EXERCISE) is M.EXERCISE
    assert real.of(M.EXERCISE) is M.EXERCISE
    for modes, wanted, incident in ((played, M.ACTUAL, None), (played, M.TEST, M.ACTUAL), (real, M.ACTUAL, M.EXERCISE)):
        with pytest.raises(BadEdit) as refused:
            modes.of(wanted, incident=incident)
        assert refused.value.field == "mode"
