"""The desk of a meeting point: with a line, without one, and when the same person comes twice."""

from __future__ import annotations

import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from alerting.store import forgetting
from tests.service.conftest import Node
from tests.service.roster.crew import told
from tests.service.volunteers.hands import hands, press

MANY = 1000 if os.environ.get("LAGEBILD_PROVE") else 60
BATCH = 50


async def test_all_who_check_in_within_an_hour_at_three_points_of_which_one_is_offline_are_there_once(
    node: Node,
) -> None:
    us = await hands(node)
    points = [await us.point(f"Anlaufstelle {n}") for n in range(3)]
    known = [await us.volunteer(f"Helfer {n}") for n in range(MANY // 2)]
    began = datetime.now(UTC) - timedelta(hours=1)
    step = timedelta(hours=1) / MANY
    by_point: list[list[dict[str, Any]]] = [[], [], []]
    for n in range(MANY):
        act: dict[str, Any] = {"id": str(uuid.uuid4()), "kind": "CHECK_IN", "at": (began + n * step).isoformat()}
        if n < len(known):
            who = {"code": f"https://lagebild.example/h/{known[n][1]}"} if n % 2 else {"helper": known[n][0]}
        else:
            who = {"walkin": {"name": f"Spontan {n}", "adult": True, "consent": True}}
        by_point[n % 3].append({**act, **who, "point": points[n % 3]["id"]})
    path = f"/api/volunteers/{us.crew.organisation}/acts"

    async def sent(acts: list[dict[str, Any]]) -> list[str]:
        outcomes = []
        for start in range(0, len(acts), BATCH):
            answer = told(await us.client.post(path, json={"acts": acts[start : start + BATCH]}))
            outcomes += [result["outcome"] for result in answer["results"]]
        return outcomes

    for acts in by_point[:2]:
        assert set(await sent(acts)) == {"DONE"}
    # One of the third point has meanwhile been at the first one too; its tablet knows nothing of that.
    twice = {**by_point[2][0], "id": str(uuid.uuid4()), "point": points[0]["id"]}
    assert (await sent([twice])) == ["DONE"]
    # The line comes back, breaks within the answer, and everything is sent once more.
    assert set(await sent(by_point[2])) == {"DONE"}
    assert set(await sent(by_point[2])) == {"KNOWN"}
    there = [b for b in (await us.pool())["bookings"] if b["state"] == "CHECKED_IN"]
    assert len(there) == MANY
    assert len({b["helper"] for b in there}) == MANY
    kept = {datetime.fromisoformat(b["checked_in_at"]) for b in there}
    assert min(kept) >= began - timedelta(seconds=1)
    assert max(kept) <= began + timedelta(hours=1)


async def test_one_act_that_is_refused_keeps_no_other_from_the_books(node: Node) -> None:
    us = await hands(node)
    other = await hands(node, "Stadt Nachbarort")
    strange, _ = await other.volunteer("Fremd")
    helper, _ = await us.volunteer("Hier")
    point = await us.point()
    ahead = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    results = await us.acts(
        {"kind": "CHECK_IN", "helper": strange, "point": point["id"]},
        {"kind": "CHECK_IN", "code": "https://x/h/gefälscht"},
        {"kind": "CHECK_IN", "helper": helper, "at": ahead},
        {"kind": "START", "helper": helper},
        {"kind": "CHECK_IN", "walkin": {"name": "Nein", "adult": True, "consent": False}},
        {"kind": "CHECK_IN", "helper": helper, "point": point["id"]},
    )
    assert [one["outcome"] for one in results] == [*["REFUSED"] * 5, "DONE"]
    assert results[2]["field"] == "at"
    assert [one["name"] for one in (await us.pool())["people"]] == ["Hier"]


async def test_the_nearest_are_asked_first_and_among_neighbours_who_worked_least(node: Node) -> None:
    us = await hands(node)
    place = {"geometry": {"type": "Point", "coordinates": [6.79, 50.66]}}
    done, job = await us.job(**place), await us.job(begins=6, hours=3, **place)
    far, _ = await us.volunteer("Weit", home=(7.6, 51.9))
    tired, _ = await us.volunteer("Müde", home=(6.79, 50.66))
    fresh, _ = await us.volunteer("Ausgeruht", home=(6.8, 50.66))
    point = await us.point()
    start = datetime.now(UTC) - timedelta(hours=3)
    await us.acts(
        *(
            {"kind": kind, "helper": tired, "at": (start + timedelta(minutes=n)).isoformat(), **more}
            for n, (kind, more) in enumerate(
                (("CHECK_IN", {"point": point["id"]}), ("BRIEF", {}), ("ASSIGN", {"job": done, "slot": "s1"}),
                 ("START", {}))
            )
        ),
        {"kind": "CHECK_OUT", "helper": tired, "at": (start + timedelta(hours=2)).isoformat()},
    )  # fmt: skip
    ranked = told(await us.client.get(f"/api/jobs/{job}/candidates?slot=s1&wanted=10"))["candidates"]
    assert [one["helper"] for one in ranked][:2] == [fresh, tired]
    assert ranked[-1]["helper"] == far
    assert ranked[1]["hours"] > 1.5


async def test_who_was_not_needed_is_forgotten_and_who_has_worked_keeps_only_name_and_evidence(node: Node) -> None:
    us = await hands(node)
    job, point = await us.job(begins=0.1), await us.point()
    unused, _ = await us.volunteer("Nie gebraucht")
    used, token = await us.volunteer("Gebraucht", private={"note": "Hat ein Boot"})
    await us.acts(
        {"kind": "CHECK_IN", "helper": used, "point": point["id"]}, {"kind": "BRIEF", "helper": used},
        {"kind": "ASSIGN", "helper": used, "job": job, "slot": "s1"}, {"kind": "START", "helper": used},
        {"kind": "CHECK_OUT", "helper": used},
    )  # fmt: skip
    now = datetime.now(UTC)

    async def swept(after: timedelta) -> forgetting.Forgotten:
        async with node.database.transaction("test") as tx:
            return await forgetting.sweep(tx, us.crew.room, unused_days=30, after_days=90, now=now + after)

    assert await swept(timedelta(days=29)) == forgetting.Forgotten()
    assert await swept(timedelta(days=31)) == forgetting.Forgotten(gone=1)
    assert await swept(timedelta(days=91)) == forgetting.Forgotten(lean=1)
    assert await swept(timedelta(days=92)) == forgetting.Forgotten()
    assert (await press(node.client, token, "check-out")).status_code == 404
    path = f"/api/volunteers/{us.crew.organisation}/people/{used}/evidence"
    assert "Gebraucht" in (await us.client.get(path)).text
    assert unused not in [one["id"] for one in (await us.pool())["people"]]
    end = forgetting.claims_end(now) - now
    assert await swept(end - timedelta(days=1)) == forgetting.Forgotten()
    assert await swept(end + timedelta(days=1)) == forgetting.Forgotten(erased=1)
    proof = await us.client.get(path)
    assert "Gebraucht" not in proof.text
    assert "Stadt Musterstadt" in proof.text
