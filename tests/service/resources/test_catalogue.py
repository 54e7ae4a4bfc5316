"""The catalogue over HTTP, types of their own, and units composed of resources."""

from __future__ import annotations

import pytest

from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town

OWN = {"code": "AB-Boot", "name": "Abrollbehälter Boot", "kind": "CONTAINER", "capabilities": ["BOOT"]}


@pytest.fixture
async def here(node: Node) -> Town:
    return await town(node, "Feuerwehr Bergstadt")


async def test_whoever_is_signed_in_reads_the_catalogue(node: Node, here: Town) -> None:
    found = (await here.client.get("/api/catalogue")).json()
    types = {each["code"]: each for each in found["types"]}
    assert types["HLF20"]["crew"] == "0/1/8//9"
    assert (types["HLF20"]["confidence"], types["HLF20"]["name_en"]) == ("MEMORY", "Rescue pumper 20")
    concepts = {each["code"]: each for each in found["concepts"]}
    assert [part["count"] for part in concepts["BezBer"]["parts"]] == [1, 4, 1]
    assert {each["code"] for each in found["qualifications"]} >= {"AGT", "GF", "NFS"}
    assert {each["code"] for each in found["groups"]} >= {each["group"] for each in found["types"]}
    assert (await node.client.get("/api/catalogue")).status_code == 401


async def test_a_type_that_nobody_knows_is_refused_with_what_is_near(here: Town) -> None:
    path = f"/api/fleets/{here.organisation}/resources"
    given = {"kind": "VEHICLE", "type": "HLF21", "callsign": "HLF"}
    refused = await here.client.post(path, json={"fields": given})
    assert (refused.status_code, refused.json()["field"]) == (422, "type")
    assert "HLF20" in refused.json()["detail"]
    id = await here.add("HLF", type="hlf 20", strength="1/8")
    body = (await here.seen("resource"))[id]
    assert (body["type"], body["strength"]) == ("HLF20", "0/1/8//9")
    refused = await here.client.patch(f"/api/resources/{id}", json={"base": 1, "fields": {"type": "Raumschiff"}})
    assert (refused.status_code, refused.json()["field"]) == (422, "type")
    refused = await here.client.patch(f"/api/resources/{id}", json={"base": 1, "fields": {"strength": "1/8//10"}})
    assert (refused.status_code, refused.json()["field"]) == (422, "strength")


async def test_a_type_of_their_own_is_known_to_those_who_see_it_and_its_resources_can_what_it_can(
    node: Node, here: Town
) -> None:
    path = f"/api/fleets/{here.organisation}/types"
    made = await here.client.post(path, json={"fields": OWN})
    assert made.status_code == 201, made.text
    there = await town(node, "Feuerwehr Talstadt")
    codes = [{each["code"] for each in (await t.client.get("/api/catalogue")).json()["types"]} for t in (here, there)]
    assert "AB-Boot" in codes[0] and "AB-Boot" not in codes[1]
    id = await here.add("AB 1", type="AB-Boot", kind="CONTAINER", capabilities=["DROHNE"])
    assert (await here.seen("resource"))[id]["capabilities"] == ["BOOT", "DROHNE"]
    refused = await there.client.post(
        f"/api/fleets/{there.organisation}/resources",
        json={"fields": {"kind": "CONTAINER", "type": "AB-Boot", "callsign": "AB"}},
    )
    assert refused.json()["field"] == "type"
    changed = await here.client.patch(
        f"{path}/{made.json()['id']}", json={"base": 1, "fields": {"capabilities": ["BOOT", "TAUCHEN"]}}
    )
    assert changed.status_code == 200, changed.text
    assert (await here.seen("resource"))[id]["capabilities"] == ["BOOT", "DROHNE", "TAUCHEN"]
    await here.client.patch(f"/api/resources/{id}", json={"base": 1, "fields": {"capabilities": []}})
    assert (await here.seen("resource"))[id]["capabilities"] == ["BOOT", "TAUCHEN"]
    assert (await here.client.delete(f"{path}/{made.json()['id']}")).json()["field"] == "id"
    assert (await here.client.delete(f"/api/resources/{id}")).status_code == 200
    assert (await here.client.delete(f"{path}/{made.json()['id']}")).status_code == 200


async def test_what_is_wrong_with_a_type_is_refused_by_name(here: Town) -> None:
    wrong: list[tuple[dict[str, object], str]] = [
        ({"code": "hlf-20"}, "code"),
        ({"code": "<b>"}, "code"),
        ({"capabilities": ["FLIEGEN"]}, "capabilities"),
        ({"capabilities": [1]}, "capabilities"),
        ({"qualifications": {"XYZ": 1}}, "qualifications"),
        ({"crew": "0/1/8//8"}, "strength"),
        ({"crew": "0/1/1//2", "minimum_crew": 3}, "minimum_crew"),
        ({"speed_kmh": 0}, "speed_kmh"),
        ({"colour": "red"}, "colour"),
    ]
    for fields, named in wrong:
        refused = await here.client.post(f"/api/fleets/{here.organisation}/types", json={"fields": {**OWN, **fields}})
        assert refused.status_code == 422
        assert refused.json()["field"].startswith(named), refused.text


async def test_a_unit_says_what_it_lacks_and_ends_without_its_members(here: Town) -> None:
    names = [("ELW", "KdoW"), ("HLF", "HLF20"), ("LF", "HLF10"), ("RW", "RW"), ("Boot", "MZB")]
    members = [await here.add(name, type=type, strength="0/1/8//9") for name, type in names]
    path = f"/api/fleets/{here.organisation}/units"
    made = await here.client.post(path, json={"concept": "LZ", "callsign": "LZ 1", "members": members})
    assert made.status_code == 201, made.text
    answer = made.json()
    assert (answer["missing"], answer["beyond"], answer["strength"]) == ([], [members[4]], "0/5/40//45")
    seen = await here.seen("resource")
    assert {seen[id]["parent"] for id in members} == {answer["id"]}
    assert (seen[answer["id"]]["kind"], seen[answer["id"]]["type"]) == ("UNIT", "LZ")
    again = await here.client.post(path, json={"concept": "LZ", "callsign": "LZ 2", "members": members[:1]})
    assert (again.status_code, again.json()["field"]) == (422, "members")
    higher = await here.client.post(
        path, json={"concept": "Bezirksbereitschaft", "callsign": "BezBer", "members": [answer["id"]]}
    )
    lacking = {(each["item"], each["count"]) for each in higher.json()["missing"]}
    assert lacking == {("BezBer-F", 1), ("LZ", 3), ("LogZ", 1)}
    refused = await here.client.patch(
        f"/api/resources/{higher.json()['id']}", json={"base": 1, "fields": {"parent": answer["id"]}}
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "parent")
    assert (await here.client.delete(f"/api/resources/{answer['id']}")).status_code == 200
    seen = await here.seen("resource")
    assert all("parent" not in seen[id] for id in members)


async def test_units_are_composed_of_what_is_ours_and_once(node: Node, here: Town) -> None:
    there = await town(node, "Feuerwehr Talstadt")
    foreign = await there.add("HLF")
    path = f"/api/fleets/{here.organisation}/units"
    for given, named in [
        ({"concept": "LZ", "callsign": "LZ", "members": [foreign]}, "members"),
        ({"concept": "HLF20", "callsign": "LZ"}, "concept"),
        ({"concept": "LZ", "callsign": ""}, "callsign"),
        ({"concept": "LZ", "callsign": "LZ", "fields": {"status": {}}}, "status"),
    ]:
        refused = await here.client.post(path, json=given)
        assert (refused.status_code, refused.json()["field"]) == (422, named), refused.text
    given = {"concept": "PT-Z 10", "callsign": "PT-Z", "members": [await here.add("RTW", type="RTW")]}
    first, second = [await here.client.post(path, json=given, headers={"Idempotency-Key": "unit-once"}) for _ in "12"]
    assert first.json() == second.json()
    assert {(each["item"], each["count"]) for each in first.json()["missing"]} == {
        ("ELW1", 1), ("RTW", 3), ("KTW", 4), ("NEF", 2),
    }  # fmt: skip
