from __future__ import annotations

from pathlib import Path

import pytest
from shapely.geometry import Point

from feeds.simulator.areas import all_municipalities, outline, within
from feeds.simulator.scenario import BadScenario, Scenario, available, load
from feeds.simulator.timeline import timeline
from geodata.model.ars import DISTRICTS_NRW
from geodata.model.geometry import check

HEAD = """
title = "t"
summary = "s"
start = 2021-07-13T12:00:00+02:00
end = 2021-07-14T12:00:00+02:00
data_from = 2021-07-12T00:00:00+02:00
"""
GAUGE = """
[[gauge]]
key = "a"
uuid = "u"
number = "1"
shortname = "A"
longname = "A"
water = "RHEIN"
water_longname = "RHEIN"
agency = "X"
curve = "2021-07-12 00:00 100"
"""
MESSAGE = """
[[message]]
id = "mow.DE-NW-K-SE001-20210713-01-000"
sent = 2021-07-13T13:00:00+02:00
severity = "Minor"
event_code = "BBK-EVC-063"
headline = "h"
headline_en = "h"
description = "d"
sender = "DE-NW-K-SE001"
sender_name = "Feuerwehr"
area_name = "Köln"
areas = ["05315"]
"""


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    return folder


def test_the_shipped_scenarios_load() -> None:
    assert {"calm", "flood_2021"} <= set(available())
    assert load("calm").messages == ()


def test_a_folder_of_ones_own_is_a_scenario(tmp_path: Path) -> None:
    scenario = load(written(tmp_path, scenario=HEAD, gauges=GAUGE, warnings=MESSAGE))
    assert scenario.gauge("u").key == "a"
    assert [m.name for m in scenario.messages[0].municipalities] == ["Köln"]


def test_an_unknown_scenario_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(BadScenario, match="calm, flood_2021"):
        load("flut")


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"scenario": HEAD + "speeed = 3"}, "scenario.toml.*speeed"),
        ({"scenario": HEAD.replace("+02:00", "")}, "scenario.toml.*timezone"),
        ({"gauges": GAUGE.replace("00:00 100", "100")}, "gauges.toml.*YYYY-MM-DD HH:MM value"),
        ({"gauges": GAUGE + GAUGE}, "gauges.toml.*same key"),
        ({"warnings": MESSAGE.replace('"05315"', '"09162"')}, "warnings.toml.*09162"),
        ({"warnings": MESSAGE + 'type = "Cancel"'}, "warnings.toml.*replaces nothing"),
        ({"warnings": MESSAGE + 'type = "Update"\nreplaces = ["mow.x"]'}, "warnings.toml.*mow.x.*not sent before"),
        (
            {"warnings": MESSAGE + "polygon = [[6.0,51.0],[7.0,52.0],[7.0,51.0],[6.0,52.0],[6.0,51.0]]"},
            "crosses itself",
        ),
        (
            {
                "scenario": HEAD
                + '[[faults]]\nfeed = "nowhere"\nstart = 2021-07-13T12:00:00+02:00\n'
                + 'end = 2021-07-13T13:00:00+02:00\nfault = { kind = "500" }'
            },
            "nowhere",
        ),
    ],
)
def test_a_mistake_in_a_file_is_named_with_file_and_place(
    tmp_path: Path, files: dict[str, str], complaint: str
) -> None:
    with pytest.raises(BadScenario, match=f"(?s){complaint}"):
        load(written(tmp_path, **{"scenario": HEAD, "gauges": GAUGE, **files}))


def test_the_areas_are_the_396_municipalities_of_all_53_districts() -> None:
    assert len(all_municipalities()) == 396
    assert {m.ars[:5] for m in all_municipalities()} == set(DISTRICTS_NRW)
    assert all(m.outline.is_valid for m in all_municipalities())


def test_the_union_of_a_district_has_no_gaps_between_its_municipalities() -> None:
    parts = outline(("05366",))
    assert len(parts) == 1
    assert not parts[0].interiors
    assert sum(m.outline.area for m in within(("05366",))) == pytest.approx(parts[0].area)


def test_every_gauge_of_nrw_lies_in_nrw(flood: Scenario) -> None:
    for gauge in flood.gauges.values():
        inside = any(m.outline.contains(Point(gauge.longitude, gauge.latitude)) for m in all_municipalities())
        assert inside == (gauge.key != "andernach"), gauge.key


def test_every_warned_area_passes_the_check_for_geometry_from_outside(flood: Scenario) -> None:
    for warning in (*flood.messages, *flood.weather):
        for part in warning.parts:
            rings = [[list(pair) for pair in ring.coords] for ring in (part.exterior, *part.interiors)]
            check({"type": "Polygon", "coordinates": rings})


def test_a_drawn_area_lies_within_the_municipalities_it_names(flood: Scenario) -> None:
    drawn = [m for m in flood.messages if m.polygon]
    assert drawn
    for message in drawn:
        named = max(outline(message.areas), key=lambda part: float(part.intersection(message.parts[0]).area))
        assert named.intersection(message.parts[0]).area == pytest.approx(message.parts[0].area, rel=0.02), message.id


def test_the_timeline_is_in_order_and_tells_of_the_worst_night(flood: Scenario) -> None:
    happenings = timeline(flood)
    assert [h.at for h in happenings] == sorted(h.at for h in happenings)
    night = [h for h in happenings if "2021-07-14T20" <= h.at.isoformat() < "2021-07-15T06"]
    assert {h.kind for h in night} == {"peak", "warning", "sensor", "fault"}
