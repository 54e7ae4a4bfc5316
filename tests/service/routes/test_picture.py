"""The picture over HTTP: whole, by area and kind, with the cursor from which the log goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from geodata.model.body import to_body
from geodata.model.fact import PUBLIC, Confidence, Fact, Provenance
from geodata.model.geometry import check
from geodata.model.level import Level
from geodata.model.observation import Forecast, Observation
from geodata.model.ref import Ref
from geodata.model.station import Series, Station, Threshold
from geodata.model.warning import OfficialWarning, WarningText
from geodata.store import observations, stations, warnings
from geodata.store.changes import since
from tests.geodata.store.test_log import fact

NOW = datetime.now(UTC).replace(microsecond=0)
KOELN = check({"type": "Polygon", "coordinates": [[[6.9, 50.9], [7, 50.9], [7, 51], [6.9, 51], [6.9, 50.9]]]})


def gauge(key: str, name: str, longitude: float, latitude: float) -> Station:
    marks = (Threshold("MHW", 700, "cm", level=Level.MEDIUM), Threshold("HSW", 830, "cm", level=Level.HIGH))
    return Station(
        key, name, water="RHEIN", longitude=longitude, latitude=latitude, series=(Series("W", "cm", 15, marks),)
    )


@pytest.fixture
async def rhine(node):
    async with node.database.transaction("test") as tx:
        here = [gauge("t.koeln", "KÖLN", 6.96, 50.94), gauge("t.rees", "REES", 6.39, 51.76)]
        await stations.record(tx, "local", here, source="t", received_at=NOW)
    measured = [
        Observation("t.koeln", "W", NOW - timedelta(minutes=15 * n), 900 - 10.0 * n, "cm") for n in range(96)
    ] + [Observation("t.rees", "W", NOW, 300.0, "cm")]
    async with node.database.transaction("test") as tx:
        await observations.record(tx, "local", measured, source="t", received_at=NOW)
        text = (WarningText("de", "Hochwasser"),)
        flood = OfficialWarning("t.w", "mowas", NOW, "Severe", Level.HIGH, text, geometry=KOELN)
        await warnings.record(tx, "local", [flood], source="t", received_at=NOW)
    return node.client


async def test_the_cursor_is_where_the_log_goes_on(node, rhine) -> None:
    picture = (await rhine.get("/api/picture")).json()
    assert {f["ref"].split("/")[1] for f in picture["facts"]} == {"station", "reading", "warning"}
    assert (await rhine.get(f"/api/changes?since={picture['cursor']}")).json()["changes"] == []
    async with node.database.transaction("test") as tx:
        tx.put(fact("x", 1))
    later = (await rhine.get(f"/api/changes?since={picture['cursor']}")).json()
    assert [c["ref"] for c in later["changes"]] == ["test/reading/x"]
    assert later["cursor"] == picture["cursor"] + 1


async def test_a_cursor_the_log_does_not_hold_says_start_over(rhine) -> None:
    assert (await rhine.get("/api/changes?since=99999")).json()["restart"] is True


async def test_area_and_kinds_narrow_the_picture(rhine) -> None:
    near = (await rhine.get("/api/picture?bbox=6.9,50.9,7,51&kinds=station,reading")).json()["facts"]
    assert sorted(f["ref"] for f in near) == ["local/reading/t.koeln.W", "local/station/t.koeln"]


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "7,51,6,50", "nan,0,1,1", "-181,0,0,0", "0,0,1e999,1"])
async def test_a_bad_box_is_refused_with_the_reason(rhine, bbox) -> None:
    answer = await rhine.get("/api/picture", params={"bbox": bbox})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "bbox" in answer.json()["detail"]


async def test_stations_come_with_their_readings_and_can_be_looked_for(rhine) -> None:
    found = (await rhine.get("/api/stations?q=köl")).json()["stations"]
    assert [s["body"]["name"] for s in found] == ["KÖLN"]
    assert found[0]["readings"][0]["body"] | {"trend": None} == {
        "station": "t.koeln",
        "quantity": "W",
        "unit": "cm",
        "value": 900.0,
        "level": 3,
        "trend": None,
    }
    assert (await rhine.get("/api/stations?q=%25")).json()["stations"] == []
    assert (await rhine.get("/api/stations/t.nowhere")).status_code == 404


async def test_a_series_is_thinned_with_its_extremes(rhine) -> None:
    series = (await rhine.get("/api/stations/t.koeln/observations?points=20")).json()
    assert len(series["points"]) <= 20
    assert max(p[3] for p in series["points"]) == 900.0
    assert [t["name"] for t in series["thresholds"]] == ["MHW", "HSW"]
    naive = await rhine.get("/api/stations/t.koeln/observations?start=2026-01-01T00:00:00")
    assert (naive.status_code, naive.json()["field"]) == (422, "start")


async def test_a_forecast_comes_with_a_band_from_the_rivers_own_changes(node, rhine) -> None:
    point = (NOW + timedelta(hours=3), 950.0, "forecast")
    forecast = Forecast("t.koeln", "W", "cm", NOW, "WSV", (point,))
    async with node.database.transaction("test") as tx:
        came = Provenance("t", NOW, NOW, Confidence.FORECAST)
        tx.put(Fact(Ref("local", "forecast", "t.koeln.W"), PUBLIC, came, to_body(forecast)))
    series = (await rhine.get("/api/stations/t.koeln/observations")).json()
    assert series["forecast"]["maker"] == "WSV"
    ((_, low, high),) = series["band"]
    assert low < 950 < high
    assert high - low == pytest.approx(2 * 120, rel=0.2)  # 40 cm per hour over three hours, both ways


async def test_warnings_are_found_by_municipality_and_box(rhine) -> None:
    assert len((await rhine.get("/api/warnings")).json()["warnings"]) == 1
    assert len((await rhine.get("/api/warnings?bbox=8,52,9,53")).json()["warnings"]) == 0
    assert (await rhine.get("/api/warnings?ars=x")).status_code == 422


async def test_facts_of_other_rooms_are_not_told(node, rhine) -> None:
    async with node.database.transaction("test") as tx:
        tx.put(fact("secret", 1, room="staff"))
        tx.put(fact("open", 1, room=PUBLIC))
    for path in ("/api/picture", "/api/changes?since=0"):
        text = (await rhine.get(path)).text
        assert "open" in text
        assert "secret" not in text
    assert len(await since(node.database, 0, rooms=["staff"])) == 1


async def test_every_path_promised_to_others_is_described(node) -> None:
    described = (await node.client.get("/api/openapi.json")).json()["paths"]
    promised = ("/api/picture", "/api/stations", "/api/stations/{id}/observations", "/api/warnings", "/api/feeds")
    assert set(promised) <= set(described)


async def test_health_and_metrics_answer(node) -> None:
    assert (await node.client.get("/healthz")).status_code == 200
    metrics = (await node.client.get("/metrics")).text
    assert "lagebild_live_connections" in metrics
