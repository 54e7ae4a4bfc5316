"""What must hold when the hour is over."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from itertools import pairwise
from typing import Any

import psycopg

from tests.journeys.exercise.stage import PEOPLES, Stage
from tests.service.conftest import Node

NUMBERED = ("site", "sector", "facility", "zone")


def verify(node: Node, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`lagebild journal verify` as an operator calls it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LAGEBILD_")}
    own = {"LAGEBILD_DATABASE_URL": node.database.url, "LAGEBILD_DATA_DIR": str(node.data_dir)}
    return subprocess.run(
        [sys.executable, "-m", "service", "journal", "verify", *arguments],
        env=clean | own, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


async def journals_verify(stage: Stage) -> None:
    done = await asyncio.to_thread(verify, stage.node)
    assert done.returncode == 0, done.stdout + done.stderr


async def tampering_is_found(stage: Stage, number: int = 2) -> None:
    """One word changed by somebody who has the database; afterwards it stands as it was."""
    staff = stage.staffs["EINSATZLEITUNG"]
    with psycopg.connect(stage.node.database.url, autocommit=True) as database:
        database.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")  # who owns the table gets past its guards
        where = (staff, number)
        found = database.execute("SELECT text FROM journal_entry WHERE staff = %s AND number = %s", where).fetchone()
        assert found is not None
        changed = "UPDATE journal_entry SET text = %s WHERE staff = %s AND number = %s"
        database.execute(changed, ("Alles ruhig.", *where))
        done = await asyncio.to_thread(verify, stage.node)
        database.execute(changed, (found[0], *where))
        database.execute("ALTER TABLE journal_entry ENABLE TRIGGER USER")
    told = done.stdout + done.stderr
    assert done.returncode != 0 and staff in told and str(number) in told, told
    await journals_verify(stage)


async def entries(stage: Stage, model: str) -> list[dict[str, Any]]:
    """The whole journal of a staff, oldest first, page by page."""
    desk = next(desk for (of, _), desk in stage.desks.items() if of == model)
    found: list[dict[str, Any]] = []
    before: int | None = None
    while True:
        asked = {"limit": 50} | ({"before": before} if before else {})
        page = (await desk.ask(f"/journals/{desk.staff}/entries", **asked))["entries"]
        if not page:
            return sorted(found, key=lambda entry: entry["number"])
        found += page
        before = min(entry["number"] for entry in page)


async def numbers_have_no_gaps(stage: Stage) -> None:
    lead = stage.desk("EINSATZLEITUNG", "LDS")
    for kind in NUMBERED:
        numbers = sorted(thing.body["number"] for thing in (await lead.things(kind)).values())
        assert numbers == list(range(1, len(numbers) + 1)), kind
    for model in stage.staffs:
        numbers = [entry["number"] for entry in await entries(stage, model)]
        assert numbers and numbers == list(range(1, len(numbers) + 1)), model
    for staff in stage.staffs.values():
        told = [thing.body for thing in (await lead.things("task")).values() if thing.body["staff"] == staff]
        numbers = sorted(body["number"] for body in told)
        assert len(set(numbers)) == len(numbers)


async def rooms_are_kept(stage: Stage) -> None:
    """Each staff sees its own journal and tasks, no other staff's; what belongs to the incident all three see."""
    for (model, seat), desk in stage.desks.items():
        things = (await desk.things(*PEOPLES)).values()
        told = {thing.body["staff"] for thing in things if thing.ref.split("/")[1] == "entry"}
        assert told == {stage.staffs[model]}, (model, seat)
        kinds = {thing.ref.split("/")[1] for thing in things}
        assert {"incident", "staff", "post", "site", "sector", "facility", "zone"} <= kinds
        for other, staff in stage.staffs.items():
            if other != model:
                answer = await desk.client.get(f"/api/journals/{staff}/entries")
                assert answer.status_code in (403, 404), (desk.name, other)
    stranger = (await stage.node.client.get("/api/picture", params={"kinds": ",".join(PEOPLES)})).json()
    assert stranger["facts"] == []


async def moments_come_back(stage: Stage) -> None:
    """The picture of every kept minute, recalled by those who saw it, is what they saw."""
    assert len(stage.moments) >= 6
    now = {desk.name: desk for desk in [*stage.desks.values(), *stage.relieved]}
    for before, after in pairwise(stage.moments):
        assert before.at < after.at and before.seen != after.seen
    for moment in stage.moments:
        for name, then in moment.seen.items():
            if now[name] in stage.relieved:
                continue
            recalled = {ref: t.body for ref, t in (await now[name].things(*PEOPLES, at=moment.at)).items()}
            assert recalled == then, f"minute {moment.minute} as {name} saw it"


async def counts(stage: Stage) -> dict[str, int]:
    """What was played, for the record."""
    lead = stage.desk("EINSATZLEITUNG", "LDS")
    found = {kind: len(await lead.things(kind)) for kind in (*NUMBERED, "task")}
    return found | {"entries": sum([len(await entries(stage, model)) for model in stage.staffs])}


async def states_are_as_played(stage: Stage) -> None:
    """Refused, overdue, duplicate, vacant, declared: what must not get lost in the crowd."""
    lead = stage.desk("EINSATZLEITUNG", "LDS")
    tasks = [thing.body for thing in (await lead.things("task")).values()]
    refused = [body for body in tasks if body["state"] == "REFUSED"]
    assert len(refused) == 1 and "Kein Boot" in refused[0]["history"][-1]["text"]
    now = stage.at(stage.minute)
    overdue = [b for b in tasks if b["state"] in ("ISSUED", "ACKNOWLEDGED", "IN_PROGRESS") and b["due_at"] < now]
    assert len(overdue) == 2
    assert sum(body["state"] == "CONTROLLED" for body in tasks) == stage.scale.tasks - 3
    sites = {thing.id: thing.body for thing in (await lead.things("site")).values()}
    double = [body for body in sites.values() if body["state"] == "DUPLICATE"]
    assert len(double) == 1 and double[0]["caller"] == "Nachbar"
    assert len(sites[double[0]["duplicate_of"]]["merged"]) == 1
    assert {"REPORTED", "IN_WORK", "CONTROLLED"} <= {body["state"] for body in sites.values()}
    incident = await lead.thing("incident", stage.incident)
    assert incident.body["mode"] == "EXERCISE"
    assert incident.body["legal"][-1]["level"] == "GROSSEINSATZLAGE"
