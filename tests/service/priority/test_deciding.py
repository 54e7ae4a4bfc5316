"""Proposals and decisions over HTTP, computed by a real worker, on a real database."""

from __future__ import annotations

from pathlib import Path

from geodata.land.roads import import_roads
from tests.geodata.land.test_roads import OSM, SOUTH
from tests.service.priority.conftest import Flood


async def test_a_proposal_is_computed_with_its_reasons_and_sends_nobody(flood: Flood) -> None:
    near, far = await flood.add("Pumpe nah", at=0.01), await flood.add("Pumpe fern", at=0.2)
    site = await flood.site("Altenheim", lives_at_risk=True, affected=40)
    id, body = await flood.plan(needs=[{"site": site, "capability": "PUMPEN"}])
    assert body["state"] == "PROPOSED"
    (line,) = body["lines"]
    assert (line["resource"], line["rival"]["resource"], line["rival"]["how"]) == (near, far, "IDLE")
    assert line["flips"][0]["what"] == "TRAVEL"
    assert (body["needs"][0]["rank"], body["needs"][0]["people"]) == ("LIFE_SAVING", 40)
    assert (body["travel"]["method"], "gaps" in body) == ("LINE", False)
    assert [event["what"] for event in body["history"]] == ["ASKED", "PROPOSED"]
    accepted = await flood.decide(id, 1, "ACCEPT")
    assert accepted["offer"]["resource"] == near
    seen = (await flood.town.seen("resource"))[near]
    assert seen["deployment"] == "AT_HOME"
    moved = await flood.s3.post(f"/api/resources/{near}/deployment", json=accepted["offer"]["deployment"])
    assert moved.status_code == 200, moved.text
    assert moved.json()["body"]["site"] == site


async def test_without_needs_named_lives_at_risk_are_weighed(flood: Flood) -> None:
    await flood.add("Rüstwagen", "TECHNISCHE_HILFE")
    await flood.site("Baum auf Straße")
    site = await flood.site("Person im Auto", lives_at_risk=True)
    _, body = await flood.plan()
    assert [(need["site"], need["capability"]) for need in body["needs"]] == [(site, "TECHNISCHE_HILFE")]


async def test_going_below_basic_cover_needs_somebody_else(flood: Flood) -> None:
    pump = await flood.add("Letzte Pumpe")
    await flood.cover(1)
    site = await flood.site("Altenheim", lives_at_risk=True)
    id, body = await flood.plan(needs=[{"site": site, "capability": "PUMPEN"}])
    (line,) = body["lines"]
    assert ("resource" in line, line["hindrances"][0]["code"]) == (False, "COVER")
    await flood.decide(id, 1, "OVERRIDE", expect=422, resource=pump)
    answer = await flood.decide(id, 1, "OVERRIDE", resource=pump, reason="40 Menschen im Keller")
    decision = answer["body"]["lines"][0]["decision"]
    assert (decision["kind"], "offer" in answer) == ("AWAITS_SECOND", False)
    assert decision["cover"] == ["053820056056/PUMPEN"]
    await flood.decide(id, 1, "CONFIRM", expect=403)
    await flood.decide(id, 1, "CONFIRM", flood.stranger, expect=404)
    answer = await flood.decide(id, 1, "CONFIRM", flood.s4, reason="Nachbar stellt Wache")
    decision = answer["body"]["lines"][0]["decision"]
    assert (decision["kind"], decision["second_reason"]) == ("OVERRIDDEN", "Nachbar stellt Wache")
    assert decision["second"] != decision["by"]
    assert answer["offer"]["deployment"]["override"]["reason"] == "40 Menschen im Keller"
    moved = await flood.s3.post(f"/api/resources/{pump}/deployment", json=answer["offer"]["deployment"])
    assert moved.status_code == 200, moved.text
    assert [event["what"] for event in answer["body"]["history"]][-2:] == ["AWAITS_SECOND", "CONFIRMED"]


async def test_the_second_person_may_refuse(flood: Flood) -> None:
    pump = await flood.add("Letzte Pumpe")
    await flood.cover(1)
    id, _ = await flood.plan(needs=[{"site": await flood.site("Keller"), "capability": "PUMPEN"}])
    await flood.decide(id, 1, "OVERRIDE", resource=pump, reason="eilig")
    await flood.decide(id, 1, "REFUSE", flood.s4, expect=422)
    refused = await flood.decide(id, 1, "REFUSE", flood.s4, reason="nein")
    assert refused["body"]["lines"][0]["decision"]["kind"] == "REFUSED"
    assert (await flood.decide(id, 1, "OVERRIDE", resource=pump, reason="doch"))["body"]


async def test_two_acceptances_together_do_not_slip_below_basic_cover(flood: Flood) -> None:
    for n in range(3):
        await flood.add(f"Pumpe {n}", at=0.01 * n)
    needs = [{"site": await flood.site(f"Keller {n}"), "capability": "PUMPEN"} for n in range(2)]
    id, _ = await flood.plan(needs=needs)
    await flood.cover(2)
    assert (await flood.decide(id, 1, "ACCEPT"))["body"]["lines"][0]["decision"]["kind"] == "ACCEPTED"
    await flood.decide(id, 2, "ACCEPT", expect=422)
    second = await flood.decide(id, 2, "ACCEPT", reason="Wasser steigt")
    assert second["body"]["lines"][1]["decision"]["kind"] == "AWAITS_SECOND"


async def test_who_is_taken_beyond_the_plan_counts_on_top_of_it(flood: Flood) -> None:
    """The plan took the only one that may go; whoever else goes breaks cover although nothing is accepted yet."""
    near, last = await flood.add("Pumpe nah", at=0.01), await flood.add("Pumpe fern", at=0.1)
    await flood.cover(1)
    needs = [{"site": await flood.site(f"Keller {p}", priority=p), "capability": "PUMPEN"} for p in ("P1", "P3")]
    id, body = await flood.plan(needs=needs)
    assert [line.get("resource") for line in body["lines"]] == [near, None]
    done = await flood.decide(id, 2, "OVERRIDE", resource=last, reason="eilt")
    assert done["body"]["lines"][1]["decision"]["kind"] == "AWAITS_SECOND"


async def test_an_override_says_why_and_takes_nobody_elses_resource(flood: Flood) -> None:
    first, second = await flood.add("Pumpe 1", at=0.01), await flood.add("Pumpe 2", at=0.02)
    boat = await flood.add("Boot", "BOOT")
    needs = [{"site": await flood.site("Keller"), "capability": "PUMPEN"}]
    id, body = await flood.plan(needs=needs)
    assert body["lines"][0]["resource"] == first
    await flood.decide(id, 1, "OVERRIDE", expect=422, resource=second)
    await flood.decide(id, 1, "OVERRIDE", expect=422, resource=first, reason="x")
    await flood.decide(id, 1, "OVERRIDE", expect=422, resource=boat, reason="x")
    await flood.decide(id, 1, "OVERRIDE", expect=422, resource="nothing", reason="x")
    await flood.decide(id, 1, "NOD", expect=422)
    await flood.decide(id, 9, "ACCEPT", expect=404)
    done = await flood.decide(id, 1, "OVERRIDE", resource=second, reason="Pumpe 1 wird geprüft")
    assert done["offer"]["resource"] == second
    await flood.decide(id, 1, "ACCEPT", expect=409)
    await flood.decide(id, 1, "WITHDRAW", expect=422)
    gone = await flood.decide(id, 1, "WITHDRAW", reason="geprüft")
    assert "decision" not in gone["body"]["lines"][0]


async def test_locks_and_decisions_hold_in_the_next_plan(flood: Flood) -> None:
    first, second = await flood.add("Pumpe 1", at=0.01), await flood.add("Pumpe 2", at=0.05)
    needs = [{"site": await flood.site("Keller"), "capability": "PUMPEN"}]
    id, body = await flood.plan(needs=needs)
    need = body["needs"][0]["id"]

    async def lock(expect: int, **given: object) -> None:
        answer = await flood.s3.post(f"/api/allocations/{id}/locks", json=given)
        assert answer.status_code == expect, answer.text

    await lock(422, word="FIX", resource=second)
    await lock(422, word="PIN", resource=second, need=need)
    await lock(200, word="FIX", resource=second, need=need)
    id, body = await flood.plan(previous=id)
    assert (body["lines"][0]["resource"], body["lines"][0]["fixed"]) == (second, True)
    assert body["changes"] == {"kept": 0, "moved": 0, "dropped": 1, "added": 1}
    await lock(200, word="FREE", resource=second, need=need)
    await lock(200, word="FORBID", resource=first)
    id, body = await flood.plan(previous=id)
    assert body["lines"][0]["resource"] == second
    await flood.cover(2)
    await lock(422, word="FIX", resource=second, need=need)


async def test_what_changed_since_is_said(flood: Flood) -> None:
    pump = await flood.add("Pumpe")
    site = await flood.site("Keller")
    id, _ = await flood.plan(needs=[{"site": site, "capability": "PUMPEN"}])
    stale = (await flood.s3.get(f"/api/allocations/{id}/stale")).json()
    assert stale == {"resources": [], "unseen": 0, "needs": []}
    assert (await flood.s4.get(f"/api/allocations/{id}/stale")).json()["unseen"] == 1
    await flood.s3.post(f"/api/resources/{pump}/deployment", json={"state": "RESTING"})
    await flood.s3.patch(f"/api/sites/{site}", json={"base": 1, "fields": {"priority": "P1"}})
    stale = (await flood.s3.get(f"/api/allocations/{id}/stale")).json()
    assert (stale["resources"], len(stale["needs"])) == ([pump], 1)


async def test_nobody_learns_of_stock_that_is_not_shared_with_him(flood: Flood) -> None:
    await flood.add("Florian Geheim 1")
    id, _ = await flood.plan(needs=[{"site": await flood.site("Keller"), "capability": "PUMPEN"}])
    assert "Geheim" not in str(await flood.body(id, flood.s4))
    facts = (await flood.stranger.get("/api/picture?kinds=allocation")).json()["facts"]
    assert facts == []


async def test_what_cannot_be_asked_is_refused_by_name(flood: Flood) -> None:
    await flood.ask(expect=422)
    site = await flood.site("Keller")
    for wrong in (
        {"needs": [{"site": site}]},
        {"needs": [{"site": "nothing", "capability": "BOOT"}]},
        {"needs": [{"capability": "BOOT", "title": "x"}]},
        {"needs": [{"capability": "BOOT", "place": [7, 51]}]},
        {"needs": [{"site": site, "capability": "BOOT", "quantity": 0}]},
        {"needs": [{"site": site, "capability": "BOOT", "quantity": 1e99}]},
        {"needs": [{"site": site, "capability": "BOOT", "people": -1}]},
        {"needs": [{"site": site, "capability": "BOOT", "until": "2099-01-01T00:00:00Z"}]},
        {"needs": [{"site": site, "capability": "BOOT"}] * 2},
        {"needs": [{"site": site, "capability": "BOOT"}], "previous": "nothing"},
        {"needs": [{"site": site, "capability": "BOOT"}], "seconds": 900},
    ):
        assert (await flood.ask(expect=422, **wrong))["field"]
    await flood.ask(flood.stranger, expect=404, needs=[])


async def test_computing_is_stopped_when_asked(flood: Flood) -> None:
    await flood.add("Pumpe")
    id = (await flood.ask(needs=[{"site": await flood.site("Keller"), "capability": "PUMPEN"}]))["id"]
    stopped = await flood.s3.post(f"/api/allocations/{id}/cancel")
    assert stopped.json()["body"]["state"] == "CANCELLED"
    assert (await flood.s3.post(f"/api/allocations/{id}/cancel")).status_code == 200
    assert (await flood.done(id))["state"] == "CANCELLED"
    await flood.decide(id, 1, "ACCEPT", expect=404)


async def test_travel_is_by_straight_line_until_roads_are_loaded(flood: Flood, tmp_path: Path) -> None:
    query = {"from": "7.0,50.8", "to": ["7.05,50.8", "7.0,50.82"]}
    line = (await flood.s3.get("/api/travel", params=query)).json()
    assert (line["method"], [one["minutes"] for one in line["to"]]) == ("LINE", [6, 4])
    osm = tmp_path / "town.osm"
    osm.write_text(OSM)
    await import_roads(flood.node.database, osm)
    road = (await flood.s3.get("/api/travel", params=query)).json()
    assert (road["method"], road["roads"], [one["minutes"] for one in road["to"]]) == ("GRAPH", "town.osm", [7, 2])
    area = {"type": "Polygon", "coordinates": [SOUTH]}
    zone = {"fields": {"name": "Brücke unter Wasser", "type": "FLOODED", "geometry": area}}
    assert (await flood.s3.post(f"/api/incidents/{flood.incident}/zones", json=zone)).status_code == 201
    closed = (await flood.s3.get("/api/travel", params=query)).json()
    assert (closed["blocked"], closed["to"][0]["minutes"]) == (1, 9)
    assert (await flood.stranger.get("/api/travel", params=query)).json()["blocked"] == 0
    for wrong in ({"from": "7,99", "to": "7,51"}, {"from": "seven", "to": "7,51"}, {"from": "7,51"}):
        assert (await flood.s3.get("/api/travel", params=wrong)).status_code == 422
