"""Seats in shuttles: as many ride as there are seats, and the point's staff sees how many are left."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.service.conftest import Node, running
from tests.service.roster.crew import told
from tests.service.volunteers.hands import Hands, hands

BUS, VAN = "Bus 2, 8:40, Bliesheim", "Transporter, 9:00"
RACERS, SEATS = 16, 5


async def ready(us: Hands, count: int, point: str | None) -> list[str]:
    """So many people who are checked in there and briefed."""
    helpers = [(await us.volunteer(f"Helferin {n}"))[0] for n in range(count)]
    for kind in ("CHECK_IN", "BRIEF"):
        at = {"point": point} if point and kind == "CHECK_IN" else {}
        done = await us.acts(*({"kind": kind, "helper": helper, **at} for helper in helpers))
        assert {one["outcome"] for one in done} == {"DONE"}
    return helpers


async def shuttled(us: Hands, **seats: int) -> str:
    """A meeting point with these shuttles."""
    point = (await us.point())["id"]
    await edit(us, point, [{"name": {"bus": BUS, "van": VAN}[name], "seats": n} for name, n in seats.items()])
    return str(point)


async def edit(us: Hands, point: str, shuttles: list[dict[str, Any]]) -> httpx.Response:
    base = (await us.crew.seen("meeting_point"))[point]["version"]
    return await us.client.patch(f"/api/meeting-points/{point}", json={"base": base, "fields": {"shuttles": shuttles}})


async def test_of_many_who_are_seated_at_once_over_two_nodes_as_many_ride_as_there_are_seats(
    node: Node, database_url: str
) -> None:
    us = await hands(node)
    helpers = await ready(us, RACERS, await shuttled(us, bus=SEATS, van=1))
    async with running(database_url, data_dir=node.data_dir) as second:
        clients = [httpx.AsyncClient(base_url=one.url, timeout=60, cookies=us.client.cookies) for one in (node, second)]

        async def seat(n: int, helper: str) -> dict[str, Any]:
            act = {"id": f"seat-{helper}", "at": datetime.now(UTC).isoformat(), "kind": "SHUTTLE", "helper": helper,
                   "shuttle": BUS}  # fmt: skip
            sent = await clients[n % 2].post(f"/api/volunteers/{us.crew.organisation}/acts", json={"acts": [act]})
            return dict(told(sent)["results"][0])

        results = await asyncio.gather(*(seat(n, helper) for n, helper in enumerate(helpers)))
        for client in clients:
            await client.aclose()
    assert [one["outcome"] for one in results].count("DONE") == SEATS
    refused = [one for one in results if one["outcome"] == "REFUSED"]
    assert len(refused) == RACERS - SEATS
    assert {one["field"] for one in refused} == {"shuttle"}
    seated = [b for b in (await us.pool())["bookings"] if b["shuttle"] == BUS]
    assert [b["state"] for b in seated] == ["BRIEFED"] * SEATS


async def test_a_seat_is_free_again_when_somebody_takes_another_shuttle_or_goes_home(node: Node) -> None:
    us = await hands(node)
    point, job = await shuttled(us, bus=1, van=2), await us.job(wanted=9)
    ada, ben, cem, dea = await ready(us, 4, point)

    async def outcome(helper: str, shuttle: str, kind: str = "ASSIGN") -> str:
        given = {"job": job, "slot": "s1"} if kind == "ASSIGN" else {}
        return str((await us.acts({"kind": kind, "helper": helper, "shuttle": shuttle, **given}))[0]["outcome"])

    assert await outcome(ada, BUS) == "DONE"
    assert await outcome(ben, BUS) == "REFUSED"
    assert await outcome(ben, "mit dem Rad") == "DONE"  # no shuttle of the point, and no seat
    assert await outcome(ada, VAN, "SHUTTLE") == "DONE"
    assert await outcome(cem, BUS) == "DONE"
    assert (await us.acts({"kind": "SEND_HOME", "helper": cem}))[0]["outcome"] == "DONE"
    assert await outcome(dea, BUS) == "DONE"


async def test_who_was_at_no_point_rides_from_the_one_of_the_job(node: Node) -> None:
    us = await hands(node)
    point = await shuttled(us, bus=1)
    job = await us.job(wanted=9, meeting_point=point)
    acts = [
        {"kind": "ASSIGN", "helper": each, "job": job, "slot": "s1", "shuttle": BUS}
        for each in await ready(us, 2, None)
    ]
    assert [one["outcome"] for one in await us.acts(*acts)] == ["DONE", "REFUSED"]


async def test_no_shuttle_gets_fewer_seats_than_people_and_each_has_a_name_of_its_own(node: Node) -> None:
    us = await hands(node)
    point, job = await shuttled(us, bus=2), await us.job(wanted=9)
    acts = [
        {"kind": "ASSIGN", "helper": each, "job": job, "slot": "s1", "shuttle": BUS}
        for each in await ready(us, 2, point)
    ]
    assert [one["outcome"] for one in await us.acts(*acts)] == ["DONE", "DONE"]
    fewer = await edit(us, point, [{"name": BUS, "seats": 1}])
    assert (fewer.status_code, fewer.json()["field"]) == (422, "shuttles")
    twice = await edit(us, point, [{"name": VAN, "seats": 1}, {"name": VAN, "seats": 2}])
    assert (twice.status_code, twice.json()["field"]) == (422, "shuttles")
    told(await edit(us, point, [{"name": BUS, "seats": 3}]))


async def test_the_points_staff_sees_how_many_ride_and_nobody_writes_that(node: Node) -> None:
    us = await hands(node)
    point, job = await shuttled(us, bus=5), await us.job(wanted=9)
    acts = [
        {"kind": "ASSIGN", "helper": each, "job": job, "slot": "s1", "shuttle": BUS}
        for each in await ready(us, 2, point)
    ]
    await us.acts(*acts)
    async with asyncio.timeout(20):
        while (await us.crew.seen("meeting_point"))[point].get("riders") != {BUS: 2}:
            await asyncio.sleep(0.1)
    base = (await us.crew.seen("meeting_point"))[point]["version"]
    written = await us.client.patch(f"/api/meeting-points/{point}", json={"base": base, "fields": {"riders": {BUS: 0}}})
    assert (written.status_code, written.json()["field"]) == (422, "riders")
