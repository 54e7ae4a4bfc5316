"""Shifts over HTTP: nobody in two places, crews told with what is missing, relief proposed and taken over once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town


@pytest.fixture
async def here(node: Node) -> Town:
    return await town(node, "Feuerwehr Bergstadt")


def at(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def shift(person: str, starts: float, ends: float, *codes: str, **fields: Any) -> dict[str, Any]:
    held = [{"code": code} for code in codes]
    return {"person": person, "starts": at(starts), "ends": at(ends), "qualifications": held, **fields}


async def sent(town: Town, *shifts: dict[str, Any], key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    path = f"/api/fleets/{town.organisation}/shifts"
    return await town.client.post(path, json={"shifts": list(shifts)}, headers=headers)


async def added(town: Town, *shifts: dict[str, Any]) -> list[str]:
    answer = await sent(town, *shifts)
    assert answer.status_code == 201, answer.text
    return [one["id"] for one in answer.json()["shifts"]]


async def begun(town: Town, *shifts: dict[str, Any]) -> list[str]:
    ids = await added(town, *shifts)
    for id in ids:
        answer = await town.client.patch(f"/api/shifts/{id}", json={"base": 1, "fields": {"state": "ON_DUTY"}})
        assert answer.status_code == 200, answer.text
    return ids


async def test_nobody_is_in_two_places_and_a_list_is_taken_whole_or_not_at_all(here: Town) -> None:
    await added(here, shift("Ada Muster", 1, 9))
    refused = await sent(here, shift("Ben", 1, 9), shift("ada  muster", 8, 12))
    assert (refused.status_code, refused.json()["field"]) == (422, "shifts.1.starts")
    assert len(await here.seen("shift")) == 1
    both = await sent(here, shift("Cem", 1, 9), shift("Cem", 2, 3))
    assert both.json()["field"] == "shifts.1.starts"
    (later,) = await added(here, shift("Ada Muster", 21, 29))
    moved = await here.client.patch(f"/api/shifts/{later}", json={"base": 1, "fields": {"starts": at(5)}})
    assert (moved.status_code, moved.json()["field"]) == (422, "starts")


async def test_a_shift_begins_and_ends_by_the_clock_and_never_goes_back(here: Town) -> None:
    (id,) = await begun(here, shift("Ada", -1, 9, place="Meldekopf"))
    duty = (await here.client.get(f"/api/fleets/{here.organisation}/duty")).json()
    assert [(one["person"], one["place"]) for one in duty["here"]] == [("Ada", "Meldekopf")]
    done = await here.client.patch(f"/api/shifts/{id}", json={"base": 2, "fields": {"state": "OFF"}})
    body = done.json()["body"]
    assert body["began"] <= body["ended"]
    back = await here.client.patch(f"/api/shifts/{id}", json={"base": 3, "fields": {"state": "ON_DUTY"}})
    assert back.status_code == 409
    refused = await here.client.patch(f"/api/shifts/{id}", json={"base": 3, "fields": {"began": at(-3)}})
    assert (refused.status_code, refused.json()["field"]) == (422, "began")


async def test_a_crew_is_told_with_what_is_missing(here: Town) -> None:
    rtw = await here.add("Rettung 1 RTW 1", "RTW")
    await begun(here, shift("Ada", -1, 9, "NFS", resource=rtw, function="SUBLEADER"))
    duty = (await here.client.get(f"/api/fleets/{here.organisation}/duty")).json()
    (crew,) = duty["crews"]
    assert (crew["state"], crew["missing"], crew["strength"]) == ("SHORT", {"RS": 1}, "0/1/0//1")
    await begun(here, shift("Ben", -1, 9, "RS", resource=rtw))
    (crew,) = (await here.client.get(f"/api/fleets/{here.organisation}/duty")).json()["crews"]
    assert crew["state"] == "CREWED"


async def test_a_relief_is_proposed_changes_nothing_and_is_taken_over_once(here: Town) -> None:
    rtw = await here.add("Rettung 1 RTW 1", "RTW", relief_due=at(2))
    await here.client.post(f"/api/resources/{rtw}/deployment", json={"state": "ALERTED"})
    await added(here, shift("Cem", 30, 38, "NFS"), shift("Dan", 31, 39, "AGT"))
    plan = await here.client.post(f"/api/fleets/{here.organisation}/relief-plan", json={"within_hours": 12})
    assert plan.status_code == 200, plan.text
    found = plan.json()
    assert [(line["person"], line["seat"]) for line in found["lines"]] == [("Cem", "NFS")]
    assert [(gap["seat"], gap["count"]) for gap in found["gaps"]] == [("RS", 1)]
    assert len(await here.seen("shift")) == 2

    chosen = [line["shift"] for line in found["lines"]]
    first, second = [await sent(here, *chosen, key="take-over-once") for _ in range(2)]
    assert first.status_code == 201, first.text
    assert second.json() == first.json()
    assert len(await here.seen("shift")) == 3
    again = (await here.client.post(f"/api/fleets/{here.organisation}/relief-plan", json={})).json()
    assert again["lines"] == []
    assert [(gap["seat"], gap["count"]) for gap in again["gaps"]] == [("RS", 1)]


async def test_names_are_seen_by_nobody_else_and_go_with_the_shift(here: Town, node: Node) -> None:
    (id,) = await added(here, shift("Ada Geheim", 1, 9))
    there = await town(node, "Feuerwehr Talstadt")
    assert await there.seen("shift") == {}
    assert (await there.client.get(f"/api/fleets/{here.organisation}/duty")).status_code == 404
    assert (await there.client.delete(f"/api/shifts/{id}")).status_code == 404
    assert (await there.client.post(f"/api/fleets/{here.organisation}/relief-plan", json={})).status_code == 404
    mine = await there.add("RTW 1", "RTW")
    refused = await sent(here, shift("Ben", 1, 9, resource=mine))
    assert refused.json()["field"] == "shifts.0.resource"
    assert (await here.client.delete(f"/api/shifts/{id}")).status_code == 200
    assert await here.seen("shift") == {}


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"ends": at(-1)}, "ends"),
        ({"person": ""}, "person"),
        ({"qualifications": [{"code": "NIX"}]}, "qualifications"),
        ({"function": "CHEF"}, "function"),
        ({"organisation": "x"}, "organisation"),
        ({"resource": "none"}, "resource"),
    ],
)
async def test_what_is_wrong_is_refused_by_name(here: Town, fields: dict[str, Any], named: str) -> None:
    refused = await sent(here, {**shift("Ada", 1, 9), **fields})
    assert refused.status_code == 422
    assert refused.json()["field"].startswith(f"shifts.0.{named}"), refused.text
