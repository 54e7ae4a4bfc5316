"""Each format, by configuration only: what is found, what is left out and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feeds.configured.source import made
from feeds.contract import Batch, Garbled
from geodata.model.level import Level
from tests.feeds.configured.blocks import (
    CASES,
    CSV,
    CSV_ANSWER,
    GEOJSON,
    JSON,
    NOW,
    OGC,
    RSS_ANSWER,
    WFS,
    alert,
    block,
    collection,
    feature,
    index,
)


def parsed(text: str, answer: bytes, *, area: str | None = "05", now: datetime = NOW) -> Batch:
    return made("quelle", block(text))(area=area).parse("answer", answer, now)


@pytest.mark.parametrize("kind", CASES)
def test_every_kind_gives_its_items_and_knows_its_own_answer(kind: str) -> None:
    case = CASES[kind]
    source = made("quelle", block(case.text))()
    batch = source.parse("answer", case.answer, NOW)
    assert batch.items == case.items and not batch.dropped, batch
    assert source.recognises("answer", case.answer)
    assert not source.recognises("answer", b'{"type": "Topology"}')


def test_geojson_becomes_features_with_level_time_and_place() -> None:
    batch = parsed(GEOJSON, collection(feature("a", link="x"), feature("b", word="Lila", name="<i>Weg</i> &amp; Steg")))
    first, second = batch.features
    assert (first.key, first.title, first.severity, first.level) == ("quelle.a", "Sperrung a", "Rot", Level.HIGH)
    assert first.at == datetime(2026, 10, 3, 11, 30, tzinfo=UTC) and first.geometry is not None
    assert (second.title, second.level) == ("Weg & Steg", None)
    assert batch.unknown == {"severity Lila": 1} and batch.all_features and batch.newest == first.at


def test_one_bad_item_is_kept_aside_and_what_was_known_of_it_stays() -> None:
    batch = parsed(
        GEOJSON, collection(feature("a"), feature("b", at="gestern"), feature("c", at="2026-10-03T11:00:00"))
    )
    assert [f.key for f in batch.features] == ["quelle.a"]
    reasons = [d.reason for d in batch.dropped]
    assert "at 'gestern' is no time (auto)" in reasons[0] and "name it in `zone`" in reasons[1]
    assert batch.still_in_force == {"quelle.b", "quelle.c"} and batch.all_features


def test_an_item_without_a_key_may_be_any_so_that_nothing_ends() -> None:
    broken = feature("b")
    del broken["id"]
    batch = parsed(GEOJSON, collection(feature("a"), broken))
    assert not batch.all_features and "which is its id" in batch.dropped[0].reason


def test_a_shape_that_cannot_be_drawn_does_not_lose_the_item() -> None:
    crossing = {"type": "Polygon", "coordinates": [[[6, 50], [7, 51], [7, 50], [6, 51], [6, 50]]]}
    batch = parsed(GEOJSON, collection(feature("a", where=crossing), feature("b", where=(float(600), 50.0))))
    assert [f.geometry for f in batch.features] == [None, None]
    assert all("not drawn" in f.properties["note"] for f in batch.features)


def test_outside_the_area_is_counted_and_left_out() -> None:
    far = collection(feature("a"), feature("b", where=(13.4, 52.5)), feature("c", where=None))
    assert (len(parsed(GEOJSON, far).features), parsed(GEOJSON, far).outside) == (2, 1)
    assert len(parsed(GEOJSON, far, area=None).features) == 3
    boxed = parsed(GEOJSON.replace("[fields]", "within = [13, 52, 14, 53]\n[fields]"), far)
    assert {f.key for f in boxed.features} == {"quelle.b", "quelle.c"}


def test_only_the_wanted_values_and_a_collection_of_shapes() -> None:
    several = {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [6.9, 50.9]}]}
    text = GEOJSON.replace("[severity]", '[only]\n"properties.status" = [1]\n[severity]')
    batch = parsed(text, collection(feature("a", status=1, where=several), feature("b", status=2)))
    assert [f.key for f in batch.features] == ["quelle.a"] and batch.features[0].geometry is not None


def test_positions_of_another_system_and_order_are_put_right() -> None:
    utm = {"type": "Point", "coordinates": [356500.0, 5645500.0]}
    text = GEOJSON.replace("[fields]", "crs = 25832\n[fields]")
    (found,) = parsed(text, collection(feature("a", where=utm))).features
    assert found.geometry is not None and found.geometry.coordinates == pytest.approx([6.956, 50.941], abs=0.005)
    swapped = GEOJSON.replace("[fields]", 'axis = "latlon"\n[fields]')
    (found,) = parsed(swapped, collection(feature("a", where=(50.94, 6.96)))).features
    assert found.geometry is not None and found.geometry.coordinates == [6.96, 50.94]
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    with pytest.raises(Garbled, match="write crs = 25832"):
        parsed(GEOJSON, collection(feature("a"), crs=named))


def test_stations_hold_several_series_and_their_observations() -> None:
    text = WFS.replace('"=ODL"', '"properties.what"')
    answer = collection(
        feature("1", kenn="05315", value=0.1, what="ODL"), feature("2", kenn="05315", value="0.2", what="T"),
        feature("3", kenn="05316", value=None, what="ODL"), feature("4", kenn="05317", value="viel", what="ODL"),
        feature("5", kenn="05318", value=1, what="../x"),
    )  # fmt: skip
    batch = parsed(text, answer)
    assert {s.key: [e.quantity for e in s.series] for s in batch.stations} == {
        "quelle.05315": ["ODL", "T"], "quelle.05316": ["ODL"],
    }  # fmt: skip
    assert [(o.quantity, o.value) for o in batch.observations] == [("ODL", 0.1), ("T", 0.2)]
    assert [d.reason for d in batch.dropped] == [
        "properties.value 'viel' is not a number", "quantity '../x' is no word of letters and digits",
    ]  # fmt: skip


def test_warnings_end_when_the_whole_statement_leaves_them_out() -> None:
    text = GEOJSON.replace('kind = "geojson"', 'kind = "geojson"\nas = "warning"')
    batch = parsed(text, collection(feature("a")))
    (warning,) = batch.warnings
    assert (warning.level, warning.severity, warning.channel) == (Level.HIGH, "Rot", "quelle")
    assert batch.complete and not batch.all_features
    assert parsed(text, collection()).complete


def test_a_server_that_gave_only_a_part_ends_nothing() -> None:
    batch = parsed(OGC, collection(feature("a"), numberMatched=5, numberReturned=1))
    assert not batch.all_features and batch.dropped[0].reason == "the source has more than it gave at once"


def test_more_items_than_allowed_are_told() -> None:
    text = GEOJSON.replace("[fields]", "max_items = 2\n[fields]")
    batch = parsed(text, collection(*(feature(f"n{i}") for i in range(5))))
    assert len(batch.features) == 2 and "max_items = 2" in batch.dropped[0].reason and not batch.all_features


def test_a_list_with_naive_local_times_and_two_numbers_in_one_text() -> None:
    (found,) = parsed(JSON, CASES["json"].answer).features
    assert (found.title, found.at) == ("Stromausfall Köln", datetime(2026, 10, 3, 11, 5, tzinfo=UTC))
    assert found.expires == datetime(2026, 10, 3, 14, tzinfo=UTC) and found.properties == {"Betreiber": "Netze & Co"}
    assert parsed(JSON, CASES["json"].answer, now=NOW + timedelta(hours=3)).unknown == {"has expired": 1}
    with pytest.raises(Garbled, match=r"no list at 'result.outages'"):
        parsed(JSON, b'{"result": 1}')


def test_rss_with_georss_w3c_positions_and_any_encoding() -> None:
    batch = parsed(CASES["rss"].text, RSS_ANSWER)
    first, second = batch.features
    assert (first.title, first.level, first.text) == ("Flut in Köln", Level.HIGH, "Hochwasser")
    assert first.at == datetime(2026, 10, 3, 11, tzinfo=UTC) and first.link == "https://katastrophen.example/1"
    assert second.geometry is not None and second.geometry.coordinates == [6.8, 51.2]
    assert batch.outside == 1 and batch.unknown == {"severity Purple": 1}


def test_csv_with_semicolons_decimal_commas_and_lost_zeros() -> None:
    batch = parsed(CSV, CSV_ANSWER)
    first, second = batch.features
    assert first.at == datetime(2026, 10, 3, 0, 48, tzinfo=UTC) and first.properties == {"value": "1.5 MW"}
    assert second.geometry is not None and second.geometry.coordinates == [6.8, 51.2]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"Invalid MAP_KEY.", "no column"),
        (b"", "empty"),
        (b"<html>", "HTML"),
        (b"a;b\n1;\x002\n", "NUL"),
        (CSV_ANSWER.split(b"\r\n")[0] + b"\r\n1;2;3;4;5;6;7\r\n", "more cells than columns"),
    ],
)
def test_what_is_no_such_csv_is_refused_with_the_reason(answer: bytes, reason: str) -> None:
    with pytest.raises(Garbled, match=reason):
        parsed(CSV, answer)


@pytest.mark.parametrize("kind", [k for k in CASES if k not in ("rss", "csv", "cap")])
def test_an_exception_report_is_quoted(kind: str) -> None:
    report = b"<ows:ExceptionReport><ows:ExceptionText>Unknown type pegel:x</ows:ExceptionText></ows:ExceptionReport>"
    with pytest.raises(Garbled, match="the server says: Unknown type pegel:x"):
        parsed(CASES[kind].text, report)


def test_if_no_item_can_be_used_the_look_has_failed() -> None:
    with pytest.raises(Garbled, match=r"none of 2 items can be used: no 'properties.name', which is its title"):
        parsed(GEOJSON, collection(feature("a", name=""), feature("b", name=None)))


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//nirgends", "http://[", "ftp://x/"])
def test_only_web_pages_become_links(address: str) -> None:
    text = GEOJSON.replace("[severity]", 'link = "properties.page"\n[severity]', 1)
    text = text.replace("[fields]\n", "[fields]\n", 1)
    (found,) = parsed(text, collection(feature("a", page=address))).features
    assert found.link is None


def test_a_cap_alert_becomes_a_warning_and_what_is_over_or_no_earnest_does_not() -> None:
    text = CASES["cap"].text
    (warning,) = parsed(text, alert("a")).warnings
    assert (warning.level, warning.headline(), warning.area_names) == (Level.HIGH, "Rauch a", ("Köln",))
    assert parsed(text, alert("a", until="2026-10-03T11:59:00Z")).unknown == {"has expired": 1}
    assert parsed(text, alert("a", status="Test")).unknown == {"not in earnest: Test": 1}
    with pytest.raises(Garbled, match="an index of alerts"):
        parsed(text, index("/a.xml"))


def test_the_recorded_formats_of_the_documentation(samples: Any) -> None:
    from tests.feeds.configured.documented import documented

    tried = {
        "odl": "bfs_odl/*.json", "usgs": "usgs/*.geojson", "gdacs": "gdacs/*rss*.xml", "dwd_wfs": "dwd_wfs/*.json",
        "firms": "firms/*.csv", "autobahn_a1": "autobahn/A1_*warning*.json", "strom": "stoerungsauskunft/*.json",
    }  # fmt: skip
    then = {"firms": datetime(2022, 7, 6, 12, tzinfo=UTC), "dwd_wfs": datetime(2017, 7, 20, 14, 30, tzinfo=UTC)}
    for name, pattern in tried.items():
        source = made(name, documented()[name])(area=None)
        found = 0
        for file in sorted(samples.glob(pattern)):
            batch = source.parse(file.name, file.read_bytes(), then.get(name, datetime(2026, 10, 3, 12, 5, tzinfo=UTC)))
            assert not batch.dropped, (file.name, batch.dropped)
            found += batch.items
        assert found, name
