"""Places in slots: whoever is first has one, and nobody ever stands on the place of another."""

from __future__ import annotations

import asyncio
import os

import httpx
import pytest
from sqlalchemy import text

from tests.service.conftest import Node, running
from tests.service.roster.crew import told
from tests.service.volunteers.hands import hands, press

RACERS, PLACES = (500, 40) if os.environ.get("LAGEBILD_PROVE") else (120, 15)


async def test_of_many_who_race_for_a_few_places_over_two_nodes_exactly_so_many_get_one(
    node: Node, database_url: str
) -> None:
    us = await hands(node)
    job = await us.job(wanted=PLACES)
    tokens = [(await us.volunteer(f"Helferin {n}"))[1] for n in range(RACERS)]
    async with running(database_url, data_dir=node.data_dir) as second:
        clients = [
            httpx.AsyncClient(base_url=one.url, timeout=60, limits=httpx.Limits(max_connections=40))
            for one in (node, second)
        ]
        answers = await asyncio.gather(
            *(press(clients[n % 2], token, "take", job=job, slot="s1") for n, token in enumerate(tokens))
        )
        for client in clients:
            await client.aclose()
    said = [answer.status_code for answer in answers]
    assert (said.count(303), said.count(409)) == (PLACES, RACERS - PLACES)
    async with node.database.reading() as connection:
        rows = await connection.execute(text("SELECT state, count(*) FROM job_booking GROUP BY state"))
        assert {row.state: row.count for row in rows} == {"CONFIRMED": PLACES}
        taken = await connection.execute(text("SELECT taken, wanted FROM job_slot WHERE job = :job"), {"job": job})
        assert tuple(taken.one()) == (PLACES, PLACES)


async def test_a_place_given_back_goes_to_the_next_one(node: Node) -> None:
    us = await hands(node)
    job = await us.job(wanted=1)
    first, one = await us.volunteer("Erste")
    _, two = await us.volunteer("Zweiter")
    assert (await press(node.client, one, "take", job=job, slot="s1")).status_code == 303
    full = await press(node.client, two, "take", job=job, slot="s1")
    assert full.status_code == 409
    assert "gerade vergeben" in full.text
    booking = next(b["id"] for b in (await us.pool())["bookings"] if b["helper"] == first)
    assert (await press(node.client, one, "decline", booking=booking)).status_code == 303
    assert (await press(node.client, two, "take", job=job, slot="s1")).status_code == 303


async def test_a_button_pressed_twice_counts_once(node: Node) -> None:
    us = await hands(node)
    job = await us.job(wanted=2)
    _, token = await us.volunteer("Doppelt")
    for _ in range(2):
        answer = await press(node.client, token, "take", job=job, slot="s1", act="0123456789-same")
        assert answer.status_code == 303
    assert len((await us.pool())["bookings"]) == 1


async def test_a_slot_is_never_made_smaller_than_what_is_given_away(node: Node) -> None:
    us = await hands(node)
    job = await us.job(wanted=2)
    for name in ("A", "B"):
        _, token = await us.volunteer(name)
        await press(node.client, token, "take", job=job, slot="s1")
    body = (await us.crew.seen("job"))[job]
    smaller = {"base": body["version"], "fields": {"slots": [{**body["slots"][0], "wanted": 1}]}}
    refused = await us.client.patch(f"/api/jobs/{job}", json=smaller)
    assert (refused.status_code, refused.json()["field"]) == (422, "slots")
    gone = await us.client.patch(f"/api/jobs/{job}", json={"base": body["version"], "fields": {"slots": []}})
    assert gone.status_code == 422


async def test_nobody_promises_to_be_at_two_places_at_the_same_time(node: Node) -> None:
    us = await hands(node)
    one, other = await us.job(), await us.job(begins=3)
    _, token = await us.volunteer("Eine")
    assert (await press(node.client, token, "take", job=one, slot="s1")).status_code == 303
    refused = await press(node.client, token, "take", job=other, slot="s1")
    assert refused.status_code == 409
    assert "schon etwas zugesagt" in refused.text


async def test_what_the_picture_counts_follows_the_bookings(node: Node) -> None:
    us = await hands(node)
    job = await us.job(wanted=2)
    _, token = await us.volunteer("Eine")
    await press(node.client, token, "take", job=job, slot="s1")
    async with asyncio.timeout(20):
        while (await us.crew.seen("job"))[job].get("counts", {}).get("s1", {}).get("taken") != 1:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("fields", "person", "field"),
    [
        ({"minimum_age": 18}, {"adult": False}, "minimum_age"),
        ({"risk": "SUPERVISED"}, {"adult": False}, "risk"),
        ({"risk": "SUPERVISED", "skills": ["MS-A"]}, {}, "skills"),
    ],
)
async def test_who_may_not_do_a_job_is_told_why(node: Node, fields: dict, person: dict, field: str) -> None:  # type: ignore[type-arg]
    us = await hands(node)
    job = await us.job(**fields)
    helper, token = await us.volunteer("Jung", **person)
    assert (await press(node.client, token, "take", job=job, slot="s1")).status_code == 409
    point = await us.point()
    await us.acts({"kind": "CHECK_IN", "helper": helper, "point": point["id"]}, {"kind": "BRIEF", "helper": helper})
    refused = (await us.acts({"kind": "ASSIGN", "helper": helper, "job": job, "slot": "s1"}))[0]
    assert (refused["outcome"], refused["field"]) == ("REFUSED", field)
    none = told(await us.client.get(f"/api/jobs/{job}/candidates?slot=s1"))
    assert none["candidates"] == []
