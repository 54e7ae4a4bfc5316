"""Who sits where: seats are filled, handed over and left vacant, and rights follow at once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from sqlalchemy import text

from tests.service.incidents.conftest import Flood, converging


async def holders(flood: Flood, function: str, staff: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    return (await flood.body("post", f"{(staff or flood.tactical)['id']}.{function}") or {}).get("holders", [])


async def move(client: httpx.AsyncClient, assignment: str, state: str, **more: str) -> tuple[int, str | None]:
    answer = await client.post(f"/api/assignments/{assignment}/state", json={"state": state, **more})
    return answer.status_code, answer.json().get("field")


async def test_a_seat_is_taken_over_with_a_note_and_rights_change_at_once(flood: Flood) -> None:
    early = await flood.signed_in("Frieda", "S2")
    late = await flood.node.sign_in("Spät", admin=False)
    first = (await holders(flood, "S2"))[0]["assignment"]
    assert (await flood.make(client=early))["body"]["number"] == 1
    planned = await flood.seat("Spät", "S2", starts="2999-01-01T06:00:00Z")
    assert (await late.get("/api/picture?kinds=site")).json()["facts"] == [], "who is only planned sees nothing yet"
    async with converging(flood.node.database):
        assert await move(early, first, "HANDOVER") == (200, None)
        assert await move(early, planned["assignment"], "ON_DUTY") == (200, None)
        assert await move(early, first, "OFF") == (422, "note")
        assert await move(early, first, "OFF", note="Pegel Neubrück meldet nicht; Fax läuft") == (200, None)
    (now,) = await holders(flood, "S2")
    assert now["state"] == "ON_DUTY" and not now["starts"].startswith("2999")
    assert len((await late.get("/api/picture?kinds=site")).json()["facts"]) == 1
    assert (await early.get("/api/picture?kinds=site")).json()["facts"] == []
    listed = (await late.get(f"/api/staffs/{flood.tactical['id']}/assignments")).json()["assignments"]
    noted = next(one for one in listed if one["id"] == first)
    assert noted["note"].startswith("Pegel Neubrück") and noted["state"] == "OFF" and noted["ends"]
    assert (await early.get(f"/api/staffs/{flood.tactical['id']}/assignments")).status_code == 404


async def test_a_seat_that_is_left_is_vacant(flood: Flood) -> None:
    s3 = await flood.signed_in("Einsatz", "S3")
    (held,) = await holders(flood, "S3")
    assert await move(s3, held["assignment"], "OFF") == (422, "note"), "nobody leaves without a word"
    assert await move(s3, held["assignment"], "OFF", note="Abgelöst, nichts offen") == (200, None)
    assert await holders(flood, "S3") == []
    assert await move(flood.lead, held["assignment"], "ON_DUTY") == (409, "state")
    assert await move(flood.lead, held["assignment"], "OFF", note="x") == (409, "state")


async def test_only_who_may_fills_seats_and_only_in_his_own_staff(flood: Flood) -> None:
    s1 = await flood.signed_in("Personal", "S1")
    s2 = await flood.signed_in("Lage", "S2")
    anna = {"function": "S4", "person": await flood.person("Anna")}
    tactical, crisis = (f"/api/staffs/{staff['id']}/assignments" for staff in (flood.tactical, flood.crisis))
    assert (await s2.post(tactical, json=anna)).status_code == 403
    assert (await s1.post(tactical, json=anna)).status_code == 201
    me = {"function": "LEITUNG", "person": await flood.person("Personal")}
    assert (await s1.post(crisis, json=me)).status_code == 403, "the seats of another staff are not his"
    stranger = await flood.signed_in("Fremde")
    assert (await stranger.post(tactical, json=me)).status_code == 404
    (held,) = await holders(flood, "S4")
    assert await move(s2, held["assignment"], "OFF", note="x") == (403, None)
    assert await move(stranger, held["assignment"], "OFF", note="x") == (404, None)


async def test_whoever_opens_the_incident_seats_the_head_of_an_empty_staff_and_then_no_more(flood: Flood) -> None:
    head = await flood.signed_in("Zweite Leitung", "LDS")
    (admin_seat,) = [h for h in await holders(flood, "LDS") if h["person"] != flood.people["Zweite Leitung"]]
    assert await move(head, admin_seat["assignment"], "OFF", note="übergeben") == (200, None)
    crisis = f"/api/staffs/{flood.crisis['id']}/assignments"
    kreis = {"function": "LEITUNG", "person": await flood.person("Kreisdirektorin")}
    assert (await head.post(crisis, json=kreis)).status_code == 201
    more = {"function": "BUMA", "person": await flood.person("Presse")}
    assert (await head.post(crisis, json=more)).status_code == 403
    director = await flood.node.sign_in("Kreisdirektorin", admin=False)
    assert (await director.post(crisis, json=more)).status_code == 201


async def test_one_person_in_two_seats_is_seen_and_a_deputy_marked(flood: Flood) -> None:
    await flood.seat("Allein", "S2")
    await flood.seat("Allein", "S3")
    await flood.seat("Vertretung", "S2", deputy=True)
    held = await holders(flood, "S2")
    assert [one["deputy"] for one in held] == [False, True]
    assert held[0]["person"] == (await holders(flood, "S3"))[0]["person"]


async def test_what_cannot_be_assigned_names_its_field(flood: Flood) -> None:
    anna = await flood.person("Anna")
    path = f"/api/staffs/{flood.tactical['id']}/assignments"
    await flood.seat("Anna", "S2")
    for sent, field in (
        ({"function": "BUMA", "person": anna}, "function"),
        ({"function": "CHEF", "person": anna}, "function"),
        ({"function": "S3", "person": "nobody"}, "person"),
        ({"function": "S2", "person": anna}, "person"),
        ({"function": "S3", "person": anna, "state": "OFF"}, "state"),
        ({"function": "S3", "person": anna, "starts": "2999-01-01T00:00:00Z", "state": "ON_DUTY"}, "starts"),
        ({"function": "S3", "person": anna, "starts": "2020-01-01T00:00:00"}, "starts"),
        ({"function": "S3", "person": anna, "ends": "2020-01-01T00:00:00Z"}, "ends"),
        ({"function": "S3"}, "person"),
    ):
        answer = await flood.lead.post(path, json=sent)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert await holders(flood, "S3") == []
    assert (
        await flood.lead.post("/api/staffs/nothing/assignments", json={"function": "S3", "person": anna})
    ).status_code == 404
    assert await move(flood.lead, "nothing", "OFF") == (404, None)


async def test_twenty_who_fill_one_seat_at_once_are_all_seen(flood: Flood) -> None:
    people = [await flood.person(f"Helfer {i}") for i in range(20)]
    path = f"/api/staffs/{flood.tactical['id']}/assignments"
    async with converging(flood.node.database):
        answers = await asyncio.gather(*(
            flood.lead.post(path, json={"function": "FACHBERATER", "person": person}) for person in people
        ))  # fmt: skip
    assert {answer.status_code for answer in answers} == {201}
    assert {one["person"] for one in await holders(flood, "FACHBERATER")} == set(people)


async def test_the_seat_and_the_table_of_rights_say_the_same(flood: Flood) -> None:
    s2 = await flood.signed_in("Lage", "S2")
    (held,) = await holders(flood, "S2")
    await move(s2, held["assignment"], "HANDOVER")
    async with flood.node.database.reading() as connection:
        rows = await connection.execute(text("SELECT id, staff, function, person, state FROM assignment"))
        table = {(row.id, f"{row.staff}.{row.function}", row.person, row.state) for row in rows if row.state != "OFF"}
    facts = (await flood.lead.get("/api/picture?kinds=post")).json()["facts"]
    shown = {
        (one["assignment"], fact["ref"].split("/")[2], one["person"], one["state"])
        for fact in facts
        for one in fact["body"].get("holders", [])
    }
    assert shown == table


async def test_a_staff_is_set_up_later_by_who_may_open_incidents(flood: Flood) -> None:
    s2 = await flood.signed_in("Lage", "S2")
    path = f"/api/incidents/{flood.id}/staffs"
    sent = {"model": "SAE", "name": "SAE Stadt"}
    assert (await s2.post(path, json=sent)).status_code == 403
    async with converging(flood.node.database):
        founded = await flood.lead.post(path, json=sent, headers={"Idempotency-Key": "staff-0001"})
    again = await flood.lead.post(path, json=sent, headers={"Idempotency-Key": "staff-0001"})
    assert founded.status_code == 201 and again.json() == founded.json()
    assert await flood.body("post", f"{founded.json()['id']}.S2") is not None
    stranger = await flood.signed_in("Fremde")
    assert (await stranger.post(path, json=sent)).status_code == 404
