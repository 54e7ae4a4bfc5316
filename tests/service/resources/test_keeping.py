"""Resources, stock and fleets over HTTP, on a real database."""

from __future__ import annotations

import httpx
import pytest

from geodata.model.clock import WallClock
from service.resources.lapsing import Lapsing
from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town


@pytest.fixture
async def here(node: Node) -> Town:
    return await town(node, "Feuerwehr Bergstadt")


async def moved(town: Town, id: str, state: str, **given: object) -> httpx.Response:
    return await town.client.post(f"/api/resources/{id}/deployment", json={"state": state, **given})


async def test_nobody_sees_stock_that_is_not_shared_with_him(node: Node, here: Town) -> None:
    id = await here.add("Florian Bergstadt 1 HLF20 1")
    there = await town(node, "Feuerwehr Talstadt")
    admin = await node.sign_in("Verwaltung", admin=True)
    assert id in await here.seen("resource")
    assert await there.seen("resource") == {}
    picture = (await admin.get("/api/picture?kinds=resource,fleet")).json()
    assert picture["facts"] == []
    assert (await moved(there, id, "ALERTED")).status_code == 404
    refused = await there.client.post(f"/api/fleets/{here.organisation}/resources", json={"fields": {"type": "RW"}})
    assert refused.status_code == 404


async def test_a_typed_status_expires_and_a_signal_changes_no_state(here: Town) -> None:
    id = await here.add("Florian Bergstadt 1 HLF20 1")
    path = f"/api/resources/{id}/status"
    body = (await here.client.post(path, json={"code": "2"})).json()["body"]
    assert (body["availability"], body["status"]["by"]) == ("AVAILABLE_STATION", "PERSON")
    assert body["status"]["until"] > body["status"]["at"]
    body = (await here.client.post(path, json={"code": "5"})).json()["body"]
    assert (body["availability"], body["signal"]["code"]) == ("AVAILABLE_STATION", "5")
    noted = (await here.client.post(f"/api/resources/{id}/signal", json={})).json()["body"]
    assert noted["signal"]["seen"]
    refused = await here.client.post(path, json={"code": "44"})
    assert (refused.status_code, refused.json()["field"]) == (422, "code")


async def test_a_typed_status_that_has_run_out_counts_as_unknown(node: Node, here: Town) -> None:
    id = await here.add("Florian Bergstadt 1 HLF20 1")
    other = await here.add("Florian Bergstadt 1 HLF20 2")
    lapsing = Lapsing(node.database, WallClock(), "local")
    for each in (id, other):
        await here.client.post(f"/api/resources/{each}/status", json={"code": "2"})
    assert await lapsing.look() == 0
    await here.client.patch(f"/api/fleets/{here.organisation}", json={"base": 1, "fields": {"manual_minutes": 0}})
    await here.client.post(f"/api/resources/{id}/status", json={"code": "2"})
    assert await lapsing.look() == 1
    seen = await here.seen("resource")
    assert (seen[id]["availability"], "status" in seen[id]) == ("UNKNOWN", False)
    assert seen[other]["availability"] == "AVAILABLE_STATION"
    assert await lapsing.look() == 0


async def test_an_assignment_ends_with_the_release(here: Town) -> None:
    id = await here.add("Florian Bergstadt 1 HLF20 1")
    body = (await moved(here, id, "ALERTED", fields={"target": [7.1, 51.2]})).json()["body"]
    assert (body["deployment"], body["target"]) == ("ALERTED", [7.1, 51.2])
    assert body["deployed_since"]
    assert (await moved(here, id, "EN_ROUTE")).json()["body"]["deployed_since"] == body["deployed_since"]
    assert (await moved(here, id, "AT_HOME")).status_code == 409
    done = (await moved(here, id, "RELEASED")).json()["body"]
    assert "target" not in done
    assert "deployed_since" not in done
    refused = await moved(here, id, "OUT_OF_SERVICE")
    assert (refused.status_code, refused.json()["field"]) == (422, "reason")


async def test_what_is_assigned_lies_in_an_incident_that_the_asker_sees(here: Town) -> None:
    id = await here.add("Florian Bergstadt 1 HLF20 1")
    refused = await moved(here, id, "ALERTED", fields={"incident": "none"})
    assert (refused.status_code, refused.json()["field"]) == (422, "incident")
    refused = await moved(here, id, "ALERTED", fields={"note": "x"})
    assert (refused.status_code, refused.json()["field"]) == (422, "note")


async def test_a_resource_is_created_once_however_often_it_is_sent(here: Town) -> None:
    given = {"fields": {"kind": "VEHICLE", "type": "RW", "callsign": "RW 1"}}
    path, key = f"/api/fleets/{here.organisation}/resources", {"Idempotency-Key": "once-and-again"}
    first, second = [await here.client.post(path, json=given, headers=key) for _ in range(2)]
    assert first.json() == second.json()
    assert len(await here.seen("resource")) == 1


IMPOSSIBLE: list[tuple[dict[str, object], str]] = [
    ({"callsign": ""}, "callsign"),
    ({"type": []}, "type"),
    ({"type": None}, "type"),
    ({"strength": "1/2/3//7x"}, "strength"),
    ({"fuel": 101}, "fuel"),
    ({"home": [200, 51]}, "home"),
    ({"availability": "AVAILABLE_STATION"}, "availability"),
    ({"carried_by": "x"}, "carried_by"),
    ({"site": "x"}, "incident"),
    ({"colour": "red"}, "colour"),
]


async def test_what_is_wrong_is_refused_by_name(here: Town) -> None:
    for fields, named in IMPOSSIBLE:
        given = {"kind": "VEHICLE", "type": "HLF20", "callsign": "HLF", **fields}
        refused = await here.client.post(f"/api/fleets/{here.organisation}/resources", json={"fields": given})
        assert refused.status_code == 422, fields
        assert refused.json()["field"].startswith(named), (fields, refused.text)


async def test_two_hands_on_one_resource_lose_nothing(here: Town) -> None:
    id = await here.add("HLF", fuel=80)
    path = f"/api/resources/{id}"
    await here.client.patch(path, json={"base": 1, "fields": {"fuel": 60}})
    answer = (await here.client.patch(path, json={"base": 1, "fields": {"fuel": 50, "note": "Pumpe tropft"}})).json()
    assert answer["lost"] == ["fuel"]
    assert answer["body"]["conflicts"][0]["value"] == 60
    settled = await here.client.post(f"{path}/conflicts/0", json={"take": True, "field": "fuel"})
    assert settled.json()["body"]["fuel"] == 60


async def test_deleted_by_mistake_comes_back(here: Town) -> None:
    id = await here.add("HLF")
    assert (await here.client.delete(f"/api/resources/{id}")).status_code == 200
    assert await here.seen("resource") == {}
    assert (await here.client.post(f"/api/resources/{id}/restore", json={})).status_code == 200
    assert id in await here.seen("resource")


async def test_stock_and_the_rules_of_a_fleet_are_edited(here: Town) -> None:
    given = {"article": "Sandsack", "unit": "Stück", "quantity": 4000, "minimum": 1000}
    made = await here.client.post(f"/api/fleets/{here.organisation}/stock", json={"fields": given})
    assert made.status_code == 201, made.text
    rules = {"cover": [{"ars": "053820056056", "capability": "BRAND", "minimum": 2}], "fms": {"7": "COMMITTED_BOUND"}}
    changed = await here.client.patch(f"/api/fleets/{here.organisation}", json={"base": 1, "fields": rules})
    assert changed.status_code == 200, changed.text
    refused = await here.client.patch(
        f"/api/fleets/{here.organisation}", json={"base": 2, "fields": {"fms": {"5": "LIMITED"}}}
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "fms")
