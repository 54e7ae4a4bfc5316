"""Asks about volunteers, their jobs and meeting points. `asks` imports this."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from alerting.store import links, people
from alerting.store.people import HelperKind, NewHelper
from alerting.store.sealing import Seal
from tests.security.asks import Ask, ask, plain
from tests.security.world import SECRET, World, told

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SLOT = {"id": "s1", "begins": "2099-11-22T08:00:00Z", "ends": "2099-11-22T12:00:00Z", "wanted": 500}
JOB = {
    "title": "Keller leeren", "risk": "NO_RISK", "minimum_age": 0, "supervisor": "Abschnitt 2", "briefing": "Schuhe",
    "commissioned_by": "Stadt", "slots": [SLOT],
}  # fmt: skip


async def _job(world: World, **fields: Any) -> tuple[str, int]:
    given = {"organisation": world.a.things["roster"], "fields": {**JOB, "note": SECRET["a"], **fields}}
    made = told(await world.a.lead.post("/api/jobs", json=given))
    return str(made["id"]), int(made["body"]["version"])


async def _open(world: World) -> str:
    job, _ = await _job(world)
    for state in ("VERIFIED", "OPEN"):
        told(await world.a.lead.post(f"/api/jobs/{job}/state", json={"state": state, "text": "gesehen"}))
    return job


async def _point(world: World) -> tuple[str, str]:
    given = {"organisation": world.a.things["roster"], "fields": {"name": "Turnhalle", "note": SECRET["a"]}}
    made = told(await world.a.lead.post("/api/meeting-points", json=given))
    return str(made["id"]), str(made["body"]["code"])


async def _token(world: World) -> str:
    """Whoever holds it sees what it is for, so nothing of it is secret here."""
    now, seal = datetime.now(UTC), Seal(world.node.data_dir)
    async with world.node.database.transaction("test") as tx:
        new = NewHelper("Gast", world.a.things["roster_room"], HelperKind.SPONTANEOUS)
        helper = await people.add(tx.connection, seal, new, now=now)
        link = await links.make(tx.connection, helper, links.Purpose.JOB, now=now, expires=now + timedelta(days=1))
    return links.token_of(seal, link)


@ask("POST /api/jobs")
async def _new(world: World) -> Ask:
    return Ask({}, {"organisation": world.a.things["roster"], "fields": JOB})


@ask("PATCH /api/jobs/{id}")
async def _edit(world: World) -> Ask:
    job, base = await _job(world)
    return Ask({"id": job}, {"base": base, "fields": {"food": "Suppe"}})


@ask("POST /api/jobs/{id}/state")
async def _state(world: World) -> Ask:
    return Ask({"id": (await _job(world))[0]}, {"state": "VERIFIED", "text": "gesehen"})


@ask("GET /api/jobs/{id}/candidates")
async def _candidates(world: World) -> Ask:
    return Ask({"id": await _open(world)}, query={"slot": "s1"})


@ask("POST /api/jobs/{id}/invitations")
async def _invite(world: World) -> Ask:
    return Ask({"id": await _open(world)}, {"slot": "s1", "helpers": [world.a.things["helper"]]})


@ask("GET /api/jobs/{id}/evidence.csv")
async def _job_evidence(world: World) -> Ask:
    return Ask({"id": (await _job(world))[0]})


@ask("POST /api/meeting-points")
async def _new_point(world: World) -> Ask:
    return Ask({}, {"organisation": world.a.things["roster"], "fields": {"name": "Turnhalle"}})


@ask("PATCH /api/meeting-points/{id}")
async def _edit_point(world: World) -> Ask:
    return Ask({"id": (await _point(world))[0]}, {"base": 1, "fields": {"opening": "8 bis 20 Uhr"}})


@ask("GET /api/meeting-points/{id}/poster")
async def _poster(world: World) -> Ask:
    return Ask({"id": (await _point(world))[0]})


@ask("GET /api/volunteers/{id}")
async def _pool(world: World) -> Ask:
    return Ask({"id": world.a.things["roster"]})


@ask("POST /api/volunteers/{id}/acts")
async def _acts(world: World) -> Ask:
    act = {"id": str(uuid.uuid4()), "kind": "CHECK_IN", "at": "2021-07-01T00:00:00Z"}
    return Ask({"id": world.a.things["roster"]}, {"acts": [{**act, "helper": world.a.things["helper"]}]})


@ask("GET /api/volunteers/{id}/people/{helper}/evidence")
async def _evidence(world: World) -> Ask:
    return Ask({"id": world.a.things["roster"], "helper": world.a.things["helper"]})


@ask("POST /api/volunteers/{id}/people/{helper}/block")
async def _block(world: World) -> Ask:
    # Each one asks about somebody else, so that no two of them decide together.
    job = {"walkin": {"name": "Gast", "adult": True, "consent": True}, "kind": "CHECK_IN"}
    act = {"id": str(uuid.uuid4()), "at": "2021-07-01T00:00:00Z", **job}
    sent = await world.a.lead.post(f"/api/volunteers/{world.a.things['roster']}/acts", json={"acts": [act]})
    made = told(sent)["results"][0]
    assert made["outcome"] == "DONE", made
    helper = made["helper"]
    return Ask({"id": world.a.things["roster"], "helper": helper}, {"reason": "Hat sich nicht an Weisungen gehalten"})


# --- pages for everybody, or for whoever holds the link ---
plain("GET /helfen")


@ask("POST /helfen")
async def _register(world: World) -> Ask:
    # Without a roster that takes in volunteers nobody can register; what the form says is checked by tests of its own.
    return Ask(content=b"name=x", headers=FORM)


@ask("GET /h/{token}")
async def _own(world: World) -> Ask:
    return Ask({"token": await _token(world)})


@ask("POST /h/{token}")
async def _press(world: World) -> Ask:
    return Ask({"token": await _token(world)}, content=b"do=send", headers=FORM)


@ask("GET /k/{code}")
async def _poster_page(world: World) -> Ask:
    return Ask({"code": (await _point(world))[1]})
