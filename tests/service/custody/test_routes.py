"""Custody and rules over HTTP, on a whole node whose watch runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geodata.model.level import Level
from geodata.model.observation import Observation
from geodata.model.station import Series, Station
from geodata.model.warning import OfficialWarning, WarningText
from geodata.store import observations, stations, warnings
from tests.service.conftest import Node
from tests.service.roster.crew import Crew, crew, told

TOWN = "053820056056"
GAUGE = Station("own.pegel", "Pegel Sieg", longitude=7.1, latitude=50.8, series=(Series("W", "cm"),))
RULE = {"name": "Sieg über 400", "kind": "THRESHOLD", "station": "own.pegel", "value": 400, "reset": 380}


async def warn(node: Node, key: str = "dwd.1", title: str = "Starkregen", **more: Any) -> None:
    now = datetime.now(UTC)
    fields = {"level": Level.HIGH, "ars": (TOWN,), **more}
    warning = OfficialWarning(
        key=key, channel="dwd", sent=now, severity="", texts=(WarningText("de", title),), **fields
    )
    async with node.database.transaction("feed:dwd") as tx:
        await warnings.record(tx, "local", [warning], source="dwd", received_at=now)


async def measure(node: Node, *values: tuple[float, float]) -> None:
    """Pairs of minutes ago and value."""
    now = datetime.now(UTC)
    async with node.database.transaction("feed:own") as tx:
        await stations.record(tx, "local", [GAUGE], source="own", received_at=now)
    async with node.database.transaction("feed:own") as tx:
        given = [Observation(GAUGE.key, "W", now - timedelta(minutes=ago), value, "cm") for ago, value in values]
        await observations.record(tx, "local", given, source="own", received_at=now)


async def until(look: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await look()):
            await asyncio.sleep(0.05)
    return found


@pytest.fixture
async def town(node: Node) -> Crew:
    return await crew(node)


async def only(town: Crew, kind: str = "custody") -> tuple[str, dict[str, Any]]:
    found = await until(lambda: town.seen(kind))
    ((id, body),) = found.items()
    return id, body


async def test_a_warning_is_seen_acknowledged_decided_passed_on_and_all_of_it_is_told(town: Crew) -> None:
    await warn(town.node, title="=Starkregen <b>")
    id, body = await only(town)
    assert (body["state"], body["tier"], body["owner"]["name"]) == ("RAISED", "OWNER", "S2")
    lead = town.client
    path = f"/api/custody/{id}"
    assert told(await lead.post(f"{path}/seen"))["body"]["state"] == "NOTIFIED"
    assert told(await lead.post(f"{path}/acknowledge", json={}))["body"]["state"] == "ACKNOWLEDGED"
    assert (await lead.post(f"{path}/assess", json={"decision": "ACT", "reason": " "})).status_code == 422
    acted = told(await lead.post(f"{path}/assess", json={"decision": "ACT", "reason": "Deich räumen"}))["body"]
    assert (acted["state"], acted["decision"], acted.get("due_at")) == ("ASSESSED", "ACT", None)
    told(await lead.post(f"{path}/onward", json={"to": "Campingplatz", "way": "Telefon"}))
    confirmed = told(await lead.post(f"{path}/onward/0/receipt", json={"by": "Platzwart"}))["body"]
    assert confirmed["onward"][0]["confirmed_by"] == "Platzwart"
    assert (await lead.post(f"{path}/onward/7/receipt", json={"by": "x"})).status_code == 422
    told(await lead.post(f"{path}/owner", json={"name": "S3", "function": "S3"}))
    report = told(await lead.get(f"{path}/report"))["custodies"][0]
    steps = ["RAISED", "SEEN", "ACKNOWLEDGED", "ACT", "PASSED_ON", "CONFIRMED", "HANDED"]
    assert [step["what"] for step in report["knew"]] == steps
    assert report["knew"][2]["who"] == "Leitung Feuerwehr Musterstadt"
    page = (await lead.get(f"{path}/report?format=html")).text
    assert "Deich räumen" in page and "<b>" not in page and "Leitung Feuerwehr Musterstadt" in page
    table = (await lead.get("/api/custody/report?format=csv&from=2020-01-01T00:00:00Z")).text
    assert "\"'=Starkregen" in table and table.count("\r\n") == 8


async def test_whoever_does_not_keep_the_room_neither_sees_nor_touches_it(town: Crew) -> None:
    await warn(town.node)
    id, _ = await only(town)
    other = await town.node.sign_in("Fremd", admin=False)
    for path, body in (("seen", None), ("acknowledge", {}), ("assess", {"decision": "WATCH", "reason": "x"})):
        assert (await other.post(f"/api/custody/{id}/{path}", json=body)).status_code == 404
    assert (await other.get(f"/api/custody/{id}/report")).status_code == 404
    assert told(await other.get("/api/custody/report"))["custodies"] == []
    assert (await town.node.client.get("/api/custody/report")).status_code == 401
    await other.aclose()


async def test_a_rule_is_written_speaks_within_seconds_and_says_of_what(town: Crew) -> None:
    given = {"organisation": town.organisation, "fields": RULE}
    made = told(await town.client.post("/api/alarm-rules", json=given))
    await measure(town.node, (10, 390), (0, 410))
    id, alert = await only(town, "risk_alert")
    assert id.startswith(made["id"]) and alert["evidence"][0]["value"] == 410
    assert (await town.seen("custody"))[alert["custody"]]["about"] == f"local/risk_alert/{id}"
    (said,) = told(await town.client.get(f"/api/alarm-rules/{made['id']}/states"))["subjects"]
    assert (said["subject"], said["outcome"], said["raised"]) == ("own.pegel.W", "ALARM", True)
    edit = {"base": 1, "fields": {"state": "OFF"}}
    told(await town.client.patch(f"/api/alarm-rules/{made['id']}", json=edit))

    async def cleared() -> bool:
        return (await town.seen("risk_alert"))[id]["state"] == "CLEARED"

    await until(cleared)
    assert (await town.client.delete(f"/api/alarm-rules/{made['id']}")).status_code == 204


async def test_a_dry_run_says_when_it_would_have_spoken(town: Crew) -> None:
    await measure(town.node, (300, 200), (280, 450), (260, 390), (240, 370), (220, 460), (10, 100))
    asked = {"organisation": town.organisation, "fields": {**RULE, "stale": 1000, "cool_down": 0}}
    ran = told(await town.client.post("/api/alarm-rules/dry-run", json=asked))
    fired = [(one["outcome"], one["value"]) for one in ran["subjects"][0]["fired"] if one["outcome"] == "ALARM"]
    assert fired == [("ALARM", 450), ("ALARM", 460)]
    asked["fields"] = {"name": "Quelle tot", "kind": "FEED_DEAD"}
    assert told(await town.client.post("/api/alarm-rules/dry-run", json=asked))["supported"] is False


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("value", {"value": None}),
    ("reset", {"reset": 500}),
    ("mode", {"mode": "EXERCISE"}),
    ("plan", {"plan": "nirgends"}),
    ("organisation", {"organisation": "fremd"}),
    ("minutes", {"minutes": -1}),
]


async def test_a_field_that_cannot_be_is_named(town: Crew) -> None:
    made = told(await town.client.post("/api/alarm-rules", json={"organisation": town.organisation, "fields": RULE}))
    for field, fields in WRONG:
        answer = await town.client.patch(f"/api/alarm-rules/{made['id']}", json={"base": 1, "fields": fields})
        assert answer.status_code == 422, answer.text
        assert answer.json()["field"] == field
