"""Requests written, corrected and routed: who may, what is carried on, and what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.requests.lending import PLACE, Flood, bodies, step


async def patched(asked: Flood, id: str, base: int, expect: int = 200, **fields: Any) -> Any:
    answer = await asked.lead.patch(f"/api/requests/{id}", json={"base": base, "fields": fields})
    assert answer.status_code == expect, answer.text
    return answer.json()


async def test_what_changes_is_carried_into_open_inquiries_and_what_was_asked_for_stays(asked: Flood) -> None:
    giver = asked.lenders[0]
    made = await asked.ask(1, type="HLF20", priority="ROUTINE")
    (inquiry,) = await asked.put_to(made["id"], giver)
    version = (await asked.request(made["id"]))["version"]
    done = await patched(asked, made["id"], version, quantity=4, priority="LIFE_SAVING", text="nur für uns")
    assert done["body"]["counts"]["requested"] == 4
    assert done["body"]["answer_due"] < made["body"]["answer_due"], "what saves lives climbs sooner"
    body = (await bodies(giver.client, "inquiry"))[inquiry]
    assert (body["need"]["quantity"], body["need"]["priority"]) == (4, "LIFE_SAVING")
    assert "nur für uns" not in str(body)
    refused = await patched(asked, made["id"], version, 422, type="RW")
    assert refused["field"] == "type"


async def test_a_draft_is_nobodys_business_until_it_is_submitted(asked: Flood) -> None:
    made = await asked.ask(2, submit=False)
    assert (made["body"]["state"], "answer_due" in made["body"]) == ("DRAFT", False)
    await asked.put_to(made["id"], asked.lenders[0], expect=409)
    changed = await patched(asked, made["id"], 1, capability=None, type="RW")
    assert (changed["body"]["type"], "capability" in changed["body"]) == ("RW", False)
    done = await asked.lead.post(f"/api/requests/{made['id']}/submit")
    assert (done.json()["body"]["state"], "answer_due" in done.json()["body"]) == ("SUBMITTED", True)
    assert (await asked.lead.post(f"/api/requests/{made['id']}/submit")).status_code == 409


async def test_two_hands_on_one_request_lose_nothing(asked: Flood) -> None:
    id = (await asked.ask(1))["id"]
    await patched(asked, id, 1, title="Eins")
    lost = await patched(asked, id, 1, title="Zwei", people_at_risk=3)
    assert lost["lost"] == ["title"]
    settled = await asked.lead.post(f"/api/requests/{id}/conflicts/0", json={"take": True, "field": "title"})
    assert (settled.json()["body"]["title"], settled.json()["body"]["people_at_risk"]) == ("Eins", 3)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"priority": "SOFORT"}, "priority"),
        ({"place": [200, 51]}, "place"),
        ({"type": "HLF20", "capability": "PUMPEN"}, "type"),
        ({"site": "nowhere"}, "site"),
        ({"needed_until": "2099-01-01T00:00:00Z"}, "needed_until"),
        ({"state": "FULFILLED"}, "state"),
        ({"counts": {"committed": 9}}, "counts"),
        ({"colour": "red"}, "colour"),
        ({"title": " "}, "title"),
    ],
)
async def test_what_is_wrong_is_refused_by_name(asked: Flood, fields: dict[str, Any], named: str) -> None:
    given = {"title": "Pumpen", "capability": "PUMPEN", "quantity": 1, "priority": "URGENT", "place": PLACE, **fields}
    answer = await asked.lead.post(f"/api/incidents/{asked.incident}/requests", json={"fields": given})
    assert (answer.status_code, answer.json()["field"].partition("[")[0]) == (422, named), answer.text


async def test_whom_to_ask_is_listed_with_what_they_said(asked: Flood) -> None:
    request = (await asked.ask(1))["id"]
    theirs, _ = await asked.put_to(request, asked.lenders[0], asked.lenders[2])
    await step(asked.lenders[0].client, theirs, "decline", reason="Selbst betroffen")
    at = f"/api/requests/{request}/addressees"
    listed = {one["name"]: one for one in (await asked.lead.get(at)).json()["addressees"]}
    neighbour = listed["Feuerwehr Talstadt 0"]
    assert (neighbour["relation"], neighbour["asked"]["state"]) == ("NEIGHBOUR", "DECLINED")
    assert neighbour["asked"]["text"] == "Selbst betroffen"
    assert [(listed[name]["relation"], listed[name]["step"]) for name in ("Kreis", "Bezirksregierung")] == [
        ("SUPERIOR", 1),
        ("SUPERIOR", 2),
    ]
    assert listed["Feuerwehr Talstadt 2"]["asked"]["state"] == "ROUTED"
    assert "asked" not in listed["Feuerwehr Talstadt 1"]
    assert "Feuerwehr Bergstadt" not in listed
    again = await asked.lead.post(
        f"/api/requests/{request}/route",
        json={"organisations": [asked.lenders[0].organisation, asked.lenders[2].organisation]},
    )
    assert again.json()["already"] == [asked.lenders[2].organisation], "who refused can be asked anew"
    assert len(again.json()["inquiries"]) == 1


async def test_a_level_is_routed_to_whoever_the_fleet_names(asked: Flood) -> None:
    request = (await asked.ask(1))["id"]
    at = f"/api/requests/{request}/route"
    made = (await asked.lead.post(at, json={"level": "DISTRICT"})).json()
    assert [one["body"]["addressee"]["name"] for one in made["inquiries"]] == ["Kreis"]
    assert made["body"]["level"] == "DISTRICT"
    for given, field in (
        ({"level": "STATE"}, "level"),
        ({}, "organisations"),
        ({"organisations": []}, "organisations"),
        ({"organisations": [asked.needy.organisation]}, "organisations"),
        ({"organisations": ["nobody"]}, "organisations"),
    ):
        refused = await asked.lead.post(at, json=given)
        assert (refused.status_code, refused.json()["field"]) == (422, field)


async def test_a_stranger_neither_asks_nor_routes(asked: Flood) -> None:
    request = (await asked.ask(1))["id"]
    stranger = asked.lenders[1].client
    fields = {"title": "x", "capability": "PUMPEN", "quantity": 1, "priority": "URGENT"}
    assert (
        await stranger.post(f"/api/incidents/{asked.incident}/requests", json={"fields": fields})
    ).status_code == 404
    assert (await stranger.post(f"/api/requests/{request}/route", json={"level": "NEIGHBOURS"})).status_code == 404
    other = {"fields": fields, "organisation": asked.lenders[1].organisation}
    refused = await asked.lead.post(f"/api/incidents/{asked.incident}/requests", json=other)
    assert refused.status_code == 403, "nobody asks in the name of another organisation"
