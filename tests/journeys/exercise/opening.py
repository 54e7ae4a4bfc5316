"""Minute 0 to 15: the incident is opened, the seats are filled, the level is declared, the land is divided."""

from __future__ import annotations

from tests.journeys.exercise import situation
from tests.journeys.exercise.cast import EMPTY_SEAT, TEAMS, Team
from tests.journeys.exercise.desk import Desk, identity
from tests.journeys.exercise.stage import Stage, sit_down


async def open_incident(stage: Stage) -> None:
    """One incident, three staffs. Whoever opens it sits in the first seat until the head of staff has come."""
    staffs = [{"model": team.model, "name": team.name} for team in TEAMS]
    body = {"name": situation.NAME, "hazard": situation.HAZARD, "mode": "EXERCISE", "staffs": staffs, "function": "LDS"}
    stage.incident = identity(await stage.host.send("POST", "/incidents", body))
    seen = await stage.host.things("staff")
    stage.staffs = {thing.body["model"]: thing.id for thing in seen.values()}
    assert set(stage.staffs) == {team.model for team in TEAMS}


async def assign(stage: Stage, by: Desk, team: Team, seat: str, name: str) -> Desk:
    """Somebody takes a seat and comes to his desk."""
    desk = await sit_down(stage.node, name)
    desk.staff, desk.seat = stage.staffs[team.model], seat
    order = {"function": seat, "person": desk.person, "state": "ON_DUTY"}
    await by.send("POST", f"/staffs/{desk.staff}/assignments", order)
    stage.desks[team.model, seat] = desk
    return desk


async def fill_seats(stage: Stage) -> None:
    for team in TEAMS:
        for seat, name in team.first.items():
            await assign(stage, stage.host, team, seat, name)
    for thing in (await stage.host.things("post")).values():
        for holder in thing.body.get("holders", ()):
            if holder["person"] == stage.host.person:
                leaving = {"state": "OFF", "note": "Lage eröffnet, Leiter des Stabes hat übernommen."}
                await stage.host.send("POST", f"/assignments/{holder['assignment']}/state", leaving)


async def vacant(desk: Desk) -> set[str]:
    """Seats of all staffs that must be filled and are not, as everybody in the incident sees them."""
    found = set()
    for thing in (await desk.things("post")).values():
        held = any(h["state"] in ("ON_DUTY", "HANDOVER") for h in thing.body.get("holders", ()))
        if thing.body.get("required") and not held:
            found.add(thing.body["function"])
    return found


async def declare(stage: Stage) -> None:
    """The Landrat's declaration raises the legal level; the head of the Krisenstab enters it."""
    told = {"level": "GROSSEINSATZLAGE", "since": stage.at(stage.minute), "text": situation.DECLARATION}
    await stage.desk("KRISENSTAB", "LEITUNG").send("POST", f"/incidents/{stage.incident}/legal", told)


async def divide(stage: Stage) -> None:
    """Sectors, facilities and zones: the ground on which the rest is played."""
    s2, s3, s4 = (stage.desk("EINSATZLEITUNG", seat) for seat in ("S2", "S3", "S4"))
    for fields in situation.SECTORS:
        await s3.make(f"/incidents/{stage.incident}/sectors", {"fields": fields})
    for fields in situation.FACILITIES:
        await s4.make(f"/incidents/{stage.incident}/facilities", {"fields": fields})
    for fields in situation.ZONES:
        await s2.make(f"/incidents/{stage.incident}/zones", {"fields": fields})


async def play(stage: Stage) -> None:
    await stage.go_to(0)
    await open_incident(stage)
    await fill_seats(stage)
    assert await vacant(stage.desk("EINSATZLEITUNG", "LDS")) == {EMPTY_SEAT}
    await stage.keep()
    await stage.go_to(10)
    await declare(stage)
    await divide(stage)
    await stage.keep()
