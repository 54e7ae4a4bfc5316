"""The book of a Meldekopf over HTTP, on a real database."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.service.arrivals.gate import Gate, ago, gate, own_fleet, then
from tests.service.conftest import Node


@pytest.fixture
async def at(node: Node) -> Gate:
    return await gate(node)


async def test_a_force_nobody_knows_is_checked_in_with_its_own_time_and_strength(at: Gate) -> None:
    act = at.comes("THW Musterstadt 24/10", at=ago(70), strength="1/8", organisation_name="THW Musterstadt")
    (told,) = await at.send(act)
    assert (told["outcome"], told["number"]) == ("NEW", 1)
    entry = (await at.book())[act["id"]]
    assert (entry["arrived_at"], entry["strength"], entry["state"]) == (ago(70), "0/1/8//9", "CHECKED_IN")
    assert entry["recorded_at"] > entry["arrived_at"]
    assert await at.used(at.meldekopf) == 9


async def test_the_same_force_in_two_entries_counts_once_and_is_said(at: Gate) -> None:
    await at.send(at.comes("Florian Köln 1", strength="0/1/5"))
    (again,) = await at.send(at.comes("florian koeln 1", strength="0/1/4"))
    assert again["double_of"] == 1
    assert await at.used(at.meldekopf) == 5
    assert len(await at.book()) == 2


async def test_an_entry_goes_its_way_and_keeps_every_step(at: Gate) -> None:
    force = at.comes("Florian Köln 1", at=ago(30), strength="0/1/5")
    order = {"text": "Sandsäcke füllen", "radio_group": "DMO 307", "facility": at.staging}
    acts = [
        force,
        then("CORRECT", force, at=ago(25), fields={"strength": "0/1/8"}, reason="nachgezählt"),
        then("SEND_ON", force, at=ago(20), fields={"instruction": order, "left_to": "BR Nord"}),
        then("TAKE_BACK", force, at=ago(15), reason="Auftrag entfällt"),
        then("CHECK_OUT", force, at=ago(10), fields={"left_to": "Heimat"}),
    ]
    assert [one["outcome"] for one in await at.send(*acts)] == ["NEW"] * 5
    entry = (await at.book())[force["id"]]
    assert (entry["state"], entry["left_at"], entry["left_to"]) == ("CHECKED_OUT", ago(10), "Heimat")
    assert [step["kind"] for step in entry["history"]] == [act["kind"] for act in acts]
    assert entry["history"][1]["before"] == {"strength": "0/1/5//6"}
    assert entry["history"][3]["before"]["left_to"] == "BR Nord"
    assert await at.used(at.meldekopf) == 0


async def test_a_cancelled_entry_stays_with_its_reason_and_is_not_continued(at: Gate) -> None:
    force = at.comes("Florian Köln 1", strength="0/1/5")
    await at.send(force)
    refused, done, over = await at.send(
        then("CANCEL", force), then("CANCEL", force, reason="falsches Fahrzeug"), then("CHECK_OUT", force)
    )
    assert (refused["outcome"], refused["field"]) == ("REFUSED", "reason")
    assert (done["outcome"], over["outcome"]) == ("NEW", "REFUSED")
    entry = (await at.book())[force["id"]]
    assert (entry["state"], entry["state_reason"]) == ("CANCELLED", "falsches Fahrzeug")
    assert await at.used(at.meldekopf) == 0


async def test_what_happened_before_something_newer_stands_in_the_history_only(at: Gate) -> None:
    force = at.comes("Florian Köln 1", at=ago(60))
    await at.send(force, then("CHECK_OUT", force, at=ago(10), fields={"left_to": "Heimat"}))
    (late,) = await at.send(then("SEND_ON", force, at=ago(40), fields={"left_to": "Deich"}))
    assert (late["outcome"], late["late"]) == ("NEW", True)
    entry = (await at.book())[force["id"]]
    assert (entry["state"], entry["left_to"]) == ("CHECKED_OUT", "Heimat")
    assert entry["history"][-1]["before"] == {"left_to": "Deich"}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"id": "nicht-uuid"}, "id"),
    ({"kind": "ERASE"}, "kind"),
    ({"at": "2999-01-01T00:00:00Z"}, "at"),
    ({"at": "1999-01-01T00:00:00Z"}, "at"),
    ({"at": "9999-12-31T23:59:59-12:00"}, "at"),
    ({"at": "gestern"}, "at"),
    ({"colour": "red"}, "colour"),
    ({"fields": {"callsign": ""}}, "callsign"),
    ({"fields": {"strength": "1/2/3//7"}}, "strength"),
    ({"fields": {"strength": 9}}, "strength"),
    ({"fields": {"number": 5}}, "number"),
    ({"fields": {"facility": "nirgends"}}, "facility"),
    ({"fields": {"callsign": "x" * 201}}, "callsign"),
    ({"fields": {"instruction": {"text": " "}}}, "instruction"),
    ({"fields": {"instruction": {"text": "los", "site": "nirgends"}}}, "instruction.site"),
    ({"fields": {"instruction": "los"}}, "instruction"),
]


async def test_a_bad_act_is_named_and_keeps_no_other_from_the_book(at: Gate) -> None:
    acts = []
    for wrong, _ in BAD:
        bad = at.comes("Schlecht")
        bad |= {**wrong, "fields": bad["fields"] | wrong.get("fields", {})}
        acts += [bad | ({"arrival": wrong["id"]} if "id" in wrong else {})]
    *refused, taken = await at.send(*acts, at.comes("Gut"))
    assert {one["outcome"] for one in refused} == {"REFUSED"}
    assert [one["field"] for one in refused] == [named for _, named in BAD]
    assert (taken["outcome"], taken["number"]) == ("NEW", 1)
    assert [one["callsign"] for one in (await at.book()).values()] == ["Gut"]


async def test_a_late_act_is_checked_like_any_other(at: Gate) -> None:
    force = at.comes("Florian", at=ago(10))
    nested: Any = {"text": "x", "extra": {"deep": ["x"] * 50}}
    await at.send(force)
    (refused,) = await at.send(then("INSTRUCT", force, at=ago(20), fields={"instruction": nested}))
    assert refused["outcome"] == "REFUSED"
    assert len((await at.book())[force["id"]]["history"]) == 1


async def test_a_batch_is_at_most_five_hundred_acts(at: Gate) -> None:
    path = f"/api/incidents/{at.incident}/arrivals"
    answer = await at.keeper.post(path, json={"acts": [at.comes(f"F {n}") for n in range(501)]})
    assert answer.status_code == 422
    assert (await at.keeper.post(path, json={"acts": []})).status_code == 422


async def test_an_entry_of_another_incident_is_neither_changed_nor_written_over(node: Node, at: Gate) -> None:
    other = await gate(node)
    theirs = other.comes("Fremd")
    await other.send(theirs)
    stolen = {**at.comes("Mein"), "id": theirs["id"], "arrival": theirs["id"]}
    refused, gone = await at.send(stolen, then("CHECK_OUT", theirs))
    assert (refused["outcome"], gone["outcome"]) == ("REFUSED", "REFUSED")
    assert (await other.book())[theirs["id"]]["callsign"] == "Fremd"


async def test_only_who_keeps_the_situation_writes_and_strangers_see_nothing(node: Node, at: Gate) -> None:
    stranger = await node.sign_in("Fremder", admin=False)
    path = f"/api/incidents/{at.incident}/arrivals"
    assert (await stranger.post(path, json={"acts": [at.comes("x")]})).status_code == 404
    assert (await node.client.post(path, json={"acts": [at.comes("x")]})).status_code == 401
    await at.send(at.comes("Florian"))
    assert (await stranger.get("/api/picture?kinds=arrival")).json()["facts"] == []


async def test_a_known_vehicle_is_at_the_meldekopf_with_strength_endurance_and_position(at: Gate) -> None:
    fleet = await own_fleet(at)
    id = await fleet.add("Florian Bergstadt 1 HLF20 1")
    (told,) = await at.send(
        at.comes("HLF 1", at=ago(1), resource=id, strength="0/1/8", endurance_until=ago(-600), facility=at.staging)
    )
    assert told["resource"] == "UPDATED"
    body = (await fleet.seen("resource"))[id]
    assert (body["deployment"], body["availability"], body["facility"]) == ("STAGED", "STAGED", at.staging)
    assert (body["strength"], body["endurance_until"], body["deployed_since"]) == ("0/1/8//9", ago(-600), ago(1))
    position = (await fleet.seen("position"))[id]
    assert (position["longitude"], position["at"], position["source"]) == (7.1, ago(1), "Meldekopf")
    (entry,) = (await at.book()).values()
    assert (entry["organisation_name"], entry["type"]) == ("Feuerwehr Bergstadt", "HLF20")


async def test_what_was_learned_since_is_not_overwritten_by_an_arrival_of_an_hour_ago(at: Gate) -> None:
    fleet = await own_fleet(at)
    id = await fleet.add("HLF 1", strength="0/1/5//6")
    for state in ("ALERTED", "DEPLOYED"):
        await at.keeper.post(f"/api/resources/{id}/deployment", json={"state": state})
    (told,) = await at.send(at.comes("HLF 1", at=ago(60), resource=id, strength="0/1/8"))
    body = (await fleet.seen("resource"))[id]
    assert body["deployment"] == "DEPLOYED"
    assert body["strength"] == "0/1/8//9", "nobody has said a strength since"
    assert told["resource"] == "UPDATED"
    await at.keeper.patch(f"/api/resources/{id}", json={"base": body["version"], "fields": {"strength": "0/1/4//5"}})
    (told,) = await at.send(at.comes("HLF 1", at=ago(50), resource=id, strength="0/1/8"))
    assert told["resource"] == "NEWER"
    assert (await fleet.seen("resource"))[id]["strength"] == "0/1/4//5"
    assert len(await at.book()) == 2, "the book keeps both"


async def test_arrivals_sent_in_the_wrong_order_leave_the_latest_standing(at: Gate) -> None:
    fleet = await own_fleet(at)
    id = await fleet.add("HLF 1")
    for minutes, facility in ((20, at.staging), (40, at.meldekopf)):
        await at.send(at.comes("HLF 1", at=ago(minutes), resource=id, facility=facility))
    assert (await fleet.seen("resource"))[id]["deployment"] == "STAGED"
    assert (await fleet.seen("position"))[id]["at"] == ago(20)


async def test_sent_on_it_drives_to_its_order_and_checked_out_it_is_released(at: Gate) -> None:
    fleet = await own_fleet(at)
    id = await fleet.add("HLF 1")
    force = at.comes("HLF 1", at=ago(20), resource=id)
    order = {"text": "Zum Bereitstellungsraum", "facility": at.staging}
    await at.send(force, then("SEND_ON", force, at=ago(10), fields={"instruction": order}))
    body = (await fleet.seen("resource"))[id]
    assert (body["deployment"], body["facility"], body["target"]) == ("EN_ROUTE", at.staging, [7.1, 51.2])
    await at.send(then("CHECK_OUT", force))
    body = (await fleet.seen("resource"))[id]
    assert body["deployment"] == "RELEASED"
    assert not {"facility", "target", "incident", "deployed_since"} & body.keys()


async def test_a_vehicle_that_one_may_not_write_stands_in_the_book_all_the_same(node: Node, at: Gate) -> None:
    fleet = await own_fleet(at)
    id = await fleet.add("HLF 1")
    reader = f"/api/rooms/{fleet.room}/members/person/{(await at.keeper.get('/api/session')).json()['person']}"
    other = await gate(node)
    assert (await fleet.client.put(reader, json={"can_write": False, "can_share": False})).status_code in (200, 204)
    unseen = await other.send(other.comes("HLF 1", resource="nirgends"))
    assert "resource" not in unseen[0]
    (told,) = await at.send(at.comes("HLF 1", resource=id))
    assert told["outcome"] == "NEW"


async def test_any_order_and_repetition_of_batches_gives_each_entry_once(at: Gate) -> None:
    async def play(seed: int) -> None:
        chance = random.Random(seed)
        forces = [at.comes(f"{seed} F {n}", at=ago(60 - n), strength="0/1/2") for n in range(12)]
        ends = {force["id"]: then("CHECK_OUT", force, at=ago(2)) for force in forces[::3]}
        queue = [*forces, *ends.values()]
        before = await at.book()
        for _ in range(2):  # two tablets with the same queue, each losing answers
            start = 0
            while start < len(queue):
                size = chance.randint(1, 6)
                results = await at.send(*queue[start : start + size])
                assert all(one["outcome"] in ("NEW", "KNOWN") for one in results), results
                start += size if chance.random() < 0.7 else 0
        book = {id: one for id, one in (await at.book()).items() if id not in before}
        assert sorted(book) == sorted(force["id"] for force in forces)
        numbers = [book[force["id"]]["number"] for force in forces]
        assert numbers == list(range(numbers[0], numbers[0] + len(forces)))
        for force in forces:
            entry = book[force["id"]]
            assert entry["arrived_at"] == force["at"]
            assert len(entry["history"]) == 1 + (force["id"] in ends)

    for seed in range(6):
        await play(seed)
