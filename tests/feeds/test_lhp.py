"""The LHP: two scales that never meet, times without zones, alerts that end when they are no longer told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.contract import Batch, Garbled
from feeds.fetching import Client
from feeds.lhp import Lhp
from feeds.lhp_wire import AlertClass, StationClass
from geodata.model.level import Level

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
UPDATED = "2026-07-14T12:59:46+01:00"
LINE = {"type": "LineString", "coordinates": [[6.1, 51.0], [6.2, 51.1]]}


def station(cls: Any = 0, id: str = "NW_2829100000100", **more: Any) -> dict[str, Any]:
    told = {"name": "Stah", "water": "Rur", "timestamp": "2026-07-14 13:45:00", "lhpClass": cls, "stateId": "DE-NW"}
    shape = {"type": "Point", "coordinates": [6.1, 51.1]}
    return {"kind": "Station", "id": id, "type": "Feature", "geometry": shape, "properties": {**told, **more}}


def alert(cls: Any = "4", id: str = "NW_RUR_L", geometry: Any = LINE, **more: Any) -> dict[str, Any]:
    told = {"areaDesc": "Rur: bis Stah", "areaType": "River", "lhpClass": cls, "lhpClassName": "Hochwasser", **more}
    return {"kind": "AlertArea", "id": id, "type": "Feature", "geometry": geometry, "properties": told}


def answer(*features: Any, updated: str = UPDATED, modified: str = "2026-07-14T12:30:00+01:00", **more: Any) -> bytes:
    whole = {"status": "success", "updated": updated, "lastModified": modified, "bbox": [5.8, 55.0, 15.0, 47.2]}
    legend = {"items": [{"lhpClass": 4, "lhpClassName": "Sehr großes Hochwasser"}]}
    return json.dumps({**whole, "legend": legend, "features": features, **more}).encode()


def read(payload: bytes) -> Batch:
    feed = Lhp()
    assert feed.recognises("lhp.json", payload)
    return feed.parse("lhp.json", payload, NOW)


def test_the_same_number_is_one_thing_of_a_gauge_and_another_of_an_alert() -> None:
    gauges = read(answer(*(station(n, f"NW_{n + 2}") for n in (-1, 0, 1, 2, 3, 4))))
    assert [f.level for f in gauges.features] == [
        None, Level.NONE, Level.LOW, Level.MEDIUM, Level.HIGH, Level.EXTREME,
    ]  # fmt: skip
    alerts = read(answer(*(alert(n, f"NW_{n}_L") for n in ("1", "2", "4", "5", "6"))))
    assert [w.level for w in alerts.warnings] == [Level.NONE, Level.LOW, Level.MEDIUM, Level.HIGH, Level.EXTREME]
    assert [w.msg_type for w in alerts.warnings] == ["Cancel", "Alert", "Alert", "Alert", "Alert"]
    assert [w.foretold for w in alerts.warnings] == [False, True, False, False, False]
    assert StationClass.VERY_LARGE == 4 and AlertClass.FLOOD == 4
    assert not gauges.warnings and not alerts.features


def test_a_class_of_the_other_scale_is_not_taken_for_one_of_this() -> None:
    gauges = read(answer(station(0), station(5, "NW_5"), station("4", "NW_6")))
    assert [(f.key, f.level) for f in gauges.features] == [("lhp.NW_2829100000100", Level.NONE), ("lhp.NW_5", None)]
    assert gauges.unknown == {"station class 5": 1}
    assert [d.item for d in gauges.dropped] == ["station NW_6 0"]
    alerts = read(answer(alert("2"), alert("3", "NW_3_L"), alert("0", "NW_0_L")))
    assert [w.level for w in alerts.warnings] == [Level.LOW, None, None]
    assert alerts.unknown == {"alert class 3": 1, "alert class 0": 1}


def test_times_of_gauges_are_local_and_of_the_envelope_an_hour_ahead_of_greenwich() -> None:
    (gauge,) = read(answer(station())).features
    assert gauge.at == datetime(2026, 7, 14, 11, 45, tzinfo=UTC)
    (warning,) = read(answer(alert())).warnings
    assert warning.sent == datetime(2026, 7, 14, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(("updated", "utc_hour"), [("2026-10-25T01:40:00+01:00", 0), ("2026-10-25T02:40:00+01:00", 1)])
def test_in_the_hour_that_comes_twice_the_answers_own_time_decides(updated: str, utc_hour: int) -> None:
    (gauge,) = read(answer(station(timestamp="2026-10-25 02:30:00"), updated=updated)).features
    assert gauge.at is not None
    assert gauge.at.astimezone(UTC) == datetime(2026, 10, 25, utc_hour, 30, tzinfo=UTC)


def test_an_old_class_no_longer_says_that_there_is_no_flood_but_still_that_there_was_one() -> None:
    old = {"timestamp": "2026-07-13 20:00:00"}
    batch = read(answer(station(0, "NW_1", **old), station(3, "NW_2", **old), station(0, "NW_3", timestamp=None)))
    assert [f.level for f in batch.features] == [None, Level.HIGH, None]


def test_a_feature_tells_gauge_river_class_and_number_and_no_level() -> None:
    (gauge,) = read(answer(station(2, stateClassName="Informationswert 2", stationLink="javascript:alert(1)"))).features
    assert (gauge.layer, gauge.title, gauge.link) == ("Hochwasserklassen", "Stah (Rur)", None)
    assert gauge.severity == "Pegelklasse 2: Mittleres Hochwasser"
    assert gauge.text == "Informationswert 2"
    assert gauge.properties["number"] == "2829100000100"
    assert gauge.geometry is not None and gauge.geometry.coordinates == [6.1, 51.1]


def test_other_laender_are_outside() -> None:
    batch = read(answer(station(), station(0, "RP_1", stateId="DE-RP"), station(0, "BB_2", stateId=None)))
    assert (len(batch.features), batch.outside) == (1, 2)
    batch = read(answer(alert(), alert(id="BB_39_L")))
    assert (len(batch.warnings), batch.outside, batch.complete) == (1, 1, True)
    assert len(Lhp(area=None).parse("a", answer(alert(), alert(id="BB_39_L")), NOW).warnings) == 2


def test_alerts_are_lines_or_areas_and_one_with_a_bad_shape_is_still_told() -> None:
    ring = [[6.0, 51.0], [6.1, 51.0], [6.1, 51.1], [6.0, 51.0]]
    area = {"type": "Polygon", "coordinates": [ring]}
    bow = {"type": "Polygon", "coordinates": [[[6, 51], [6.1, 51.1], [6.1, 51], [6, 51.1], [6, 51]]]}
    both = {"type": "GeometryCollection", "geometries": [LINE, {**LINE, "coordinates": [[6.3, 51.2], [6.4, 51.2]]}]}
    told = [alert(id=f"NW_{i}", geometry=g) for i, g in enumerate((LINE, area, bow, both, None, {"type": "Circle"}))]
    batch = read(answer(*told))
    kinds = [w.geometry.type if w.geometry else None for w in batch.warnings]
    assert kinds == ["LineString", "Polygon", None, "MultiLineString", None, None]


def test_what_cannot_be_read_keeps_its_alert_in_force() -> None:
    batch = read(answer(alert(), alert(5, "NW_X_L")))
    assert (batch.complete, batch.still_in_force) == (True, {"lhp.NW_X_L"})
    assert not read(answer(alert(), {"kind": "AlertArea"})).complete


def test_no_alert_at_all_is_an_answer_and_no_gauge_at_all_is_none() -> None:
    legend = {"items": [{"lhpClass": 6, "lhpClassName": "x"}, {"lhpClass": 1, "lhpClassName": "Entwarnung"}]}
    empty = read(answer(legend=legend))
    assert (empty.complete, empty.warnings, empty.still_in_force) == (True, [], set())
    legend = {"items": [{"lhpClass": -1, "lhpClassName": "Derzeit keine Daten"}]}
    with pytest.raises(Garbled, match="empty"):
        read(answer(legend=legend))


@pytest.mark.parametrize("payload", [b"", b"<html>", answer(station())[:-30], b"[]", b'{"features": 1}'])
def test_what_is_no_answer_is_garbled(payload: bytes) -> None:
    with pytest.raises(Garbled):
        Lhp().parse("stations", payload, NOW)


def test_an_error_of_the_source_is_no_all_clear() -> None:
    with pytest.raises(Garbled, match="error"):
        Lhp().parse("alerts", answer(status="error"), NOW)


async def test_an_alert_is_as_old_as_its_class_and_ends_when_it_is_no_longer_told(server: Any, client: Client) -> None:
    feed = Lhp(server.url)
    server.says("/stations", answer(station()))

    async def look(minutes: int, *alerts: Any) -> Batch:
        modified = (NOW + timedelta(minutes=minutes)).isoformat()
        server.says("/alerts", answer(*alerts, updated=modified, modified=modified))
        return await feed.poll(client.visit(), NOW + timedelta(minutes=minutes))

    first = await look(0, alert("4"), alert("2", "NW_ERFT_L"))
    again = await look(10, alert("4"), alert("5", "NW_ERFT_L"))
    assert [w.sent - NOW for w in again.warnings] == [timedelta(0), timedelta(minutes=10)]
    assert first.all_features and first.complete
    over = await look(20)
    assert (over.complete, over.warnings, over.features != []) == (True, [], True)
    assert [asked for asked, _ in server.asked][:2] == [
        "/stations?format=geojson&states=NW", "/alerts?format=geojson&states=NW",
    ]  # fmt: skip


@pytest.mark.parametrize("updated", ["2026-07-13T13:00:00+01:00", "2026-07-14T14:00:00+01:00", "heute"])
async def test_an_answer_of_another_time_is_no_answer(server: Any, client: Client, updated: str) -> None:
    for path, other in (("/stations", "/alerts"), ("/alerts", "/stations")):
        server.says(path, answer(station() if path == "/stations" else alert(), updated=updated))
        server.says(other, answer(alert() if path == "/stations" else station()))
        with pytest.raises(Garbled, match="not of this hour"):
            await Lhp(server.url).poll(client.visit(), NOW)


async def test_unchanged_parts_end_nothing(server: Any, client: Client, reply: Any) -> None:
    feed, etag = Lhp(server.url), {"ETag": '"1"'}
    server.says("/stations", reply(body=answer(station()), headers=etag))
    server.says("/alerts", reply(body=answer(alert()), headers=etag))
    visit = client.visit()
    await feed.poll(visit, NOW)
    visit.accept()
    assert (await feed.poll(client.visit(), NOW)).unchanged
    server.says("/stations", answer(station(2)))
    batch = await feed.poll(client.visit(), NOW)
    assert (batch.complete, batch.all_features, len(batch.features)) == (False, True, 1)


def test_recorded_answers_go_through(samples: Path) -> None:
    feed, kinds = Lhp(area=None), set()
    for path in sorted((samples / "lhp").glob("*.json")):
        payload = path.read_bytes()
        assert feed.recognises(path.name, payload)
        batch = feed.parse(path.name, payload, datetime(2026, 10, 3, 20, tzinfo=UTC))
        assert batch.items == 1 and not batch.dropped and not batch.unknown
        kinds.add("gauge" if batch.features else "alert")
    assert kinds == {"gauge", "alert"}
