"""Reports of dispatch systems over HTTP, on a real database."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from geodata.model.clock import WallClock
from geodata.store import resources
from service.access.store import NoSuchOrganisation, make_token
from service.dispatch.applying import Sender
from service.dispatch.intake import Busy, Intake
from service.dispatch.report import MOST, Result, read
from tests.service.conftest import Node
from tests.service.dispatch.reporting import CALL, ago, bridge, report, send
from tests.service.resources.fleet import Town, town


@pytest.fixture
async def here(node: Node) -> Town:
    return await town(node, "Feuerwehr Bergstadt")


async def test_status_position_and_strength_reach_the_picture(node: Node, here: Town) -> None:
    id = await here.add(CALL, external_id="4711")
    control = await bridge(node, here)
    given = report("a", fms="3", longitude=7.1, latitude=51.2, speed=12.5, heading=360, strength="1/8", note="Stau")
    assert await send(control, given) == [{"id": "a", "result": "accepted", "resource": id}]
    body = (await here.seen("resource"))[id]
    assert (body["status"]["code"], body["status"]["by"]) == ("3", "CONTROL_ROOM")
    assert (body["availability"], body["strength"], body["state_reason"]) == ("COMMITTED_EN_ROUTE", "0/1/8//9", "Stau")
    position = (await here.seen("position"))[id]
    assert (position["longitude"], position["heading"], position["source"]) == (7.1, 0, "leitstelle")


async def test_the_fleet_says_what_a_digit_means_and_signals_are_no_states(node: Node, here: Town) -> None:
    id = await here.add(CALL)
    given = {"base": 1, "fields": {"fms": {"7": "COMMITTED_TRANSPORT"}}}
    assert (await here.client.patch(f"/api/fleets/{here.organisation}", json=given)).status_code == 200
    control = await bridge(node, here)
    await send(control, report("a", fms=7, at=ago(9)), report("b", fms="5", at=ago(8)))
    body = (await here.seen("resource"))[id]
    assert (body["status"]["code"], body["availability"]) == ("7", "COMMITTED_TRANSPORT")
    assert body["signal"]["code"] == "5"


async def test_a_repeated_report_changes_nothing_and_says_so(node: Node, here: Town) -> None:
    id = await here.add(CALL)
    control = await bridge(node, here)
    first = report("a", longitude=7.1, latitude=51.2)
    assert [r["result"] for r in await send(control, first, first)] == ["accepted", "repeated"]
    again = report("a", longitude=8, latitude=52, fms="4")
    assert [r["result"] for r in await send(control, again)] == ["repeated"]
    assert (await here.seen("position"))[id]["longitude"] == 7.1
    other = await bridge(node, here, name="gps")
    assert [r["result"] for r in await send(other, again)] == ["accepted"]


async def test_the_latest_position_wins_whatever_order_they_come_in(node: Node, here: Town) -> None:
    id = await here.add(CALL)
    control = await bridge(node, here)
    mixed = [report(str(n), longitude=7 + n / 10, latitude=51, at=ago(60 - n)) for n in (1, 5, 3)]
    assert [r["result"] for r in await send(control, *mixed)] == ["accepted", "accepted", "older"]
    assert (await here.seen("position"))[id]["longitude"] == 7.5
    late = report("late", longitude=7.9, latitude=51, at=ago(58))
    assert [r["result"] for r in await send(control, late)] == ["older"]
    assert (await here.seen("position"))[id]["longitude"] == 7.5


async def test_a_status_that_is_older_than_the_one_known_is_ignored(node: Node, here: Town) -> None:
    id = await here.add(CALL)
    control = await bridge(node, here)
    await send(control, report("b", fms="4", at=ago(10)))
    assert [r["result"] for r in await send(control, report("a", fms="3", at=ago(20)))] == ["older"]
    assert (await here.seen("resource"))[id]["status"]["code"] == "4"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
    ({"at": "9999-12-31T23:59:59-14:00"}, "at"),
    ({"at": "2026-11-22T10:00:00"}, "at"),
    ({"fms": "10"}, "fms"),
    ({"fms": "x"}, "fms"),
    ({"longitude": 7.1, "fms": None}, "latitude"),
    ({"longitude": 181, "latitude": 51}, "longitude"),
    ({"longitude": 7, "latitude": 51, "heading": -1}, "heading"),
    ({"strength": "viele"}, "strength"),
    ({"fms": None}, "fms"),
    ({"callsign": None}, "callsign"),
    ({"callsign": "a\x00b"}, "callsign"),
    ({"id": ""}, "id"),
    ({"resource": "../x"}, "resource"),
    ({"colour": "red"}, "colour"),
]


async def test_bad_reports_are_named_and_spoil_nothing(node: Node, here: Town) -> None:
    id = await here.add(CALL)
    control = await bridge(node, here)
    ahead = {"at": (datetime.now(UTC) + timedelta(minutes=3)).isoformat()}
    cases = [*WRONG, (ahead, "at")]
    bad = [report(f"bad {n}", fms="2") | wrong for n, (wrong, _) in enumerate(cases)]
    told = await send(control, *bad, report("good", fms="4"), 5, None, "x")
    for (wrong, field), result in zip(cases, told, strict=False):
        assert (result["result"], result.get("field")) == ("invalid", field), (wrong, result)
        assert result["reason"]
    assert [r["result"] for r in told[len(cases) :]] == ["accepted", "invalid", "invalid", "invalid"]
    assert (await here.seen("resource"))[id]["status"]["code"] == "4"


async def test_a_batch_that_is_none_is_refused_by_name(node: Node, here: Town) -> None:
    control = await bridge(node, here)

    async def refused(body: bytes) -> str:
        answer = await control.post("/api/dispatch/reports", content=body)
        assert answer.status_code == 422, answer.text
        return str(answer.json()["field"])

    assert await refused(b"{") == "body"
    assert await refused(b"[" * 100_000) == "body"
    assert await refused(b'{"reports": 5}') == "reports"
    assert await refused(b'{"reports": []}') == "reports"
    many = json.dumps({"reports": [report(str(n), fms="2") for n in range(MOST + 1)]}).encode()
    assert await refused(many) == "reports"


async def test_nobody_reports_for_a_town_that_is_not_his(node: Node, here: Town) -> None:
    there = await town(node, "Feuerwehr Talstadt")
    id = await there.add("Florian Talstadt 1 RW 1")
    control = await bridge(node, here)
    told = await send(
        control, report("a", callsign="Florian Talstadt 1 RW 1", fms="4"), report("b", resource=id, fms="4")
    )
    assert [r["result"] for r in told] == ["unknown", "unknown"]
    assert "status" not in (await there.seen("resource"))[id]
    assert (await here.client.post("/api/dispatch/reports", json={"reports": [{}]})).status_code == 403
    async with httpx.AsyncClient(base_url=node.url) as stranger:
        assert (await stranger.post("/api/dispatch/reports", json={"reports": [{}]})).status_code == 401


async def test_unknown_names_are_counted_for_the_administrator_and_taken_once_they_exist(
    node: Node, here: Town
) -> None:
    control = await bridge(node, here)
    for _ in range(2):
        assert [r["result"] for r in await send(control, report("a", fms="2"))] == ["unknown"]
    admin = await node.sign_in("Verwaltung", admin=True)
    listed = (await admin.get("/api/dispatch/unknown")).json()["unknown"]
    assert [(row["item"], row["times"]) for row in listed] == [(CALL, 2)]
    assert (await here.client.get("/api/dispatch/unknown")).status_code == 403
    await here.add(CALL)
    assert [r["result"] for r in await send(control, report("a", fms="2"))] == ["accepted"]


async def test_a_name_that_two_have_is_refused_and_a_surer_one_is_taken(node: Node, here: Town) -> None:
    first = await here.add(CALL, external_id="1")
    await here.add(CALL, external_id="2")
    control = await bridge(node, here)
    told = await send(control, report("a", fms="2"), report("b", fms="2", external_id="1"))
    assert (told[0]["result"], told[0]["field"]) == ("invalid", "callsign")
    assert (told[1]["result"], told[1]["resource"]) == ("accepted", first)


async def test_an_opta_is_found_with_and_without_the_spaces_at_its_end(node: Node, here: Town) -> None:
    opta = "NWFW  BERG  1  HLF20 1  "
    id = await here.add(CALL, opta=opta)
    control = await bridge(node, here)
    told = await send(control, report("a", fms="2", callsign=None, opta=opta.rstrip()))
    assert (told[0]["result"], told[0]["resource"]) == ("accepted", id)


async def test_what_comes_together_is_written_together(node: Node, here: Town) -> None:
    calls = [f"Florian Bergstadt 1 MTF {n}" for n in range(6)]
    ids = [await here.add(call) for call in calls]
    control = await bridge(node, here)
    async with node.database.reading() as connection:
        before = (await connection.execute(text("SELECT max(seq) FROM change"))).scalar()
    one = [send(control, report(c, callsign=c, longitude=7, latitude=51)) for c in calls]
    await asyncio.gather(*one)
    assert set(await here.seen("position")) == set(ids)
    moments = text("SELECT count(DISTINCT xmin::text) FROM change WHERE seq > :before")
    async with node.database.reading() as connection:
        assert (await connection.execute(moments, {"before": before})).scalar() in (1, 2, 3)


async def test_too_many_at_once_are_refused_and_nothing_of_them_is_kept(node: Node, here: Town) -> None:
    intake = Intake(node.database, WallClock(), origin="local", window=3600)
    sender = Sender("x", "token:x", "x", frozenset(), frozenset())
    one = read(json.dumps(report("a", fms="2")).encode(), datetime.now(UTC))
    waiting = [asyncio.create_task(intake.bring(sender, [one] * 5_000)) for _ in range(4)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await intake.bring(sender, [one])
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_lent_resource_is_reported_where_it_lies_now(node: Node, here: Town) -> None:
    """Whoever may write in the room to which it went goes on reporting it, and nobody else."""
    there = await town(node, "Feuerwehr Talstadt")
    id = await here.add(CALL)
    control = await bridge(node, here)
    await send(control, report("a", longitude=7, latitude=51, at=ago(5)))
    async with node.database.transaction("test") as tx:
        held = await resources.take_all(tx, "resource", [id], [here.room], origin="local")
        await resources.move_room(tx, held[id], there.room, at=datetime.now(UTC), source="loan")
    assert [r["result"] for r in await send(control, report("b", longitude=8, latitude=51))] == ["unknown"]
    theirs = await bridge(node, there, name="tal")
    assert [r["result"] for r in await send(theirs, report("b", longitude=8, latitude=51))] == ["accepted"]
    assert (await there.seen("position"))[id]["longitude"] == 8
    assert await here.seen("position") == {}


async def test_a_token_is_for_an_organisation_that_exists(node: Node) -> None:
    with pytest.raises(NoSuchOrganisation):
        await make_token(node.database, "leitstelle", timedelta(days=1), ["nowhere"])


async def test_a_dispatch_system_asks_what_changed(node: Node, here: Town) -> None:
    id = await here.add(CALL, external_id="4711")
    control = await bridge(node, here)
    whole = (await control.get("/api/dispatch/resources")).json()
    assert whole["start_over"]
    assert [(r["id"], r["external_id"]) for r in whole["resources"]] == [(id, "4711")]
    sent = {"state": "ALERTED", "fields": {"target": [7.1, 51.2]}}
    await here.client.post(f"/api/resources/{id}/deployment", json=sent)
    await send(control, report("a", longitude=7, latitude=51))
    changed = (await control.get(f"/api/dispatch/resources?since={whole['cursor']}")).json()
    assert not changed["start_over"]
    assert [(r["id"], r["deployment"], r["target"]) for r in changed["resources"]] == [(id, "ALERTED", [7.1, 51.2])]
    nothing = (await control.get(f"/api/dispatch/resources?since={changed['cursor']}")).json()
    assert nothing["resources"] == []
    await here.client.post(f"/api/resources/{id}/deployment", json={"state": "RELEASED"})
    await here.client.post(f"/api/resources/{id}/deployment", json={"state": "AT_HOME"})
    await here.client.delete(f"/api/resources/{id}")
    gone = (await control.get(f"/api/dispatch/resources?since={changed['cursor']}")).json()
    assert gone["resources"] == [{"id": id, "gone": True}]
    assert (await control.get("/api/dispatch/resources?since=999999999")).json()["start_over"]
    stranger = await bridge(node, name="fremd")
    assert (await stranger.get("/api/dispatch/resources")).json()["resources"] == []


async def test_results_are_counted(node: Node, here: Town) -> None:
    await here.add(CALL)
    control = await bridge(node, here)
    same = report("a", longitude=7, latitude=51)
    await send(control, same, same, report("b", longitude=7, latitude=51, at=ago(100)))
    admin = await node.sign_in("Verwaltung", admin=True)
    counts = (await admin.get("/api/dispatch/unknown")).json()["counts"]
    assert (counts[Result.ACCEPTED], counts[Result.REPEATED], counts[Result.OLDER]) == (1, 1, 1)
