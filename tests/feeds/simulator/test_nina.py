"""Each field and trap of FEEDS section 4, and the structure of the recorded answers where they are at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from feeds.simulator.reply import Reply
from feeds.simulator.scenario import Scenario
from geodata.model.geometry import check

Ask = Callable[..., Reply]
BLESSEM = "mow.DE-NW-BM-SE050-20210715-50"
HAGEN = "mow.DE-NW-HA-SE031-20210714-31"


def body(reply: Reply) -> Any:
    assert reply.status == 200, reply.body
    return json.loads(reply.body)


def ids(reply: Reply) -> list[str]:
    return [row["id"] for row in body(reply)]


def test_map_data_rows_have_the_fields_of_the_real_ones(ask_nina: Ask) -> None:
    row = next(r for r in body(ask_nina("/mowas/mapData.json")) if r["id"] == f"{BLESSEM}-001")
    assert row == {
        "id": f"{BLESSEM}-001",
        "version": row["version"],
        "startDate": "2021-07-15T05:50:00+02:00",
        "severity": "Extreme",
        "urgency": "Immediate",
        "type": "Update",
        "i18nTitle": {"de": row["i18nTitle"]["de"], "en": row["i18nTitle"]["en"]},
        "transKeys": {"event": row["transKeys"]["event"]},
    }
    assert isinstance(row["version"], int)
    assert row["transKeys"]["event"].startswith("BBK-EVC-")


def test_only_the_last_message_of_a_chain_is_listed(ask_nina: Ask) -> None:
    def hagen(at: str) -> list[str]:
        return [i for i in ids(ask_nina("/mowas/mapData.json", at=at)) if i.startswith(HAGEN)]

    assert hagen("2021-07-14 02:19") == []
    assert hagen("2021-07-14 02:20") == [f"{HAGEN}-000"]
    assert hagen("2021-07-14 12:00") == [f"{HAGEN}-001"]
    assert hagen("2021-07-16 09:00") == [f"{HAGEN}-002"]
    assert hagen("2021-07-16 14:00") == []


def test_every_channel_answers_and_only_mowas_and_dwd_have_something_to_say(ask_nina: Ask) -> None:
    filled = {
        channel
        for channel in ("mowas", "katwarn", "biwapp", "dwd", "lhp", "police")
        if body(ask_nina(f"/{channel}/mapData.json", at="2021-07-14 12:00"))
    }
    assert filled == {"mowas", "dwd"}
    assert ask_nina("/nonsense/mapData.json").status == 404


def test_dwd_rows_have_dwdmap_ids_and_an_end(ask_nina: Ask) -> None:
    row = body(ask_nina("/dwd/mapData.json", at="2021-07-14 12:00"))[0]
    assert re.fullmatch(r"dwdmap\.2\.49\.0\.0\.276\.0\.DWD\.PVW\.\d{13}\.[0-9a-f-]{36}\.MUL", row["id"])
    assert row["expiresDate"] == "2021-07-15T06:00:00+02:00"
    assert "transKeys" not in row


def test_a_detail_is_cap_as_json_with_markup_inside_the_text(ask_nina: Ask) -> None:
    detail = body(ask_nina(f"/warnings/{BLESSEM}-001.json"))
    assert {k: detail[k] for k in ("identifier", "sender", "status", "msgType", "scope")} == {
        "identifier": f"{BLESSEM}-001",
        "sender": "DE-NW-BM-SE050",
        "status": "Actual",
        "msgType": "Update",
        "scope": "Public",
    }
    german, english = detail["info"]
    assert (german["language"], english["language"]) == ("de", "en")
    assert german["headline"] != english["headline"]
    assert "<br/>" in german["instruction"]
    assert german["area"] == [{"areaDesc": "Erftstadt", "geocode": [{"valueName": "AreaId", "value": "0"}]}]
    assert german["eventCode"][0]["valueName"] == "profile:DE-BBK-EVENTCODE"


def test_a_message_of_mowas_has_neither_onset_nor_effective(ask_nina: Ask) -> None:
    info = body(ask_nina(f"/warnings/{BLESSEM}-001.json"))["info"][0]
    assert not {"onset", "effective", "expires"} & set(info)


def test_administrative_areas_are_full_keys_in_one_comma_list(ask_nina: Ask) -> None:
    info = body(ask_nina("/warnings/mow.DE-NW-DN-SE017-20210715-17-000.json", at="2021-07-15 13:00"))["info"][0]
    parameters = {p["valueName"]: p["value"] for p in info["parameter"]}
    keys = parameters["warnVerwaltungsbereiche"].split(",")
    assert "053580024024" in keys
    assert all(re.fullmatch(r"05358\d{7}", key) for key in keys)
    assert parameters["sender_langname"] == "Kreis Düren, Leitstelle"


def test_a_reference_is_sender_id_and_a_time_in_utc_written_with_minus_zero(ask_nina: Ask) -> None:
    detail = body(ask_nina(f"/warnings/{BLESSEM}-001.json"))
    assert detail["references"] == f"DE-NW-BM-SE050,{BLESSEM}-000,2021-07-14T22:30:00-00:00"


def test_an_all_clear_says_so_in_type_response_and_entities(ask_nina: Ask) -> None:
    detail = body(ask_nina(f"/warnings/{HAGEN}-002.json", at="2021-07-16 09:00"))
    info = detail["info"][0]
    assert (detail["msgType"], info["responseType"]) == ("Cancel", ["AllClear"])
    assert info["headline"].startswith("Entwarnung")
    assert "&quot;" in info["description"]
    feature = body(ask_nina(f"/warnings/{HAGEN}-002.geojson", at="2021-07-16 09:00"))["features"][0]
    assert (feature["properties"]["fillColor"], feature["properties"]["zIndex"]) == ("#C4C4C4", 0)


def test_the_geometry_names_its_warning_and_passes_our_own_check(ask_nina: Ask, flood: Scenario) -> None:
    for message in flood.messages:
        at = f"{message.sent.astimezone(flood.start.tzinfo):%Y-%m-%d %H:%M}"
        if message.detail_from:
            continue
        collection = body(ask_nina(f"/warnings/{message.id}.geojson", at=at))
        assert collection["type"] == "FeatureCollection"
        for feature in collection["features"]:
            check(feature["geometry"])
            assert feature["properties"]["warnId"] == message.id
            assert set(feature["properties"]) == {
                "warnId", "strokeColor", "strokeOpacity", "strokeWeight", "fillColor", "fillOpacity", "zIndex",
            }  # fmt: skip


def test_a_listed_message_may_have_no_detail_yet(ask_nina: Ask) -> None:
    assert f"{BLESSEM}-000" in ids(ask_nina("/mowas/mapData.json", at="2021-07-15 00:35"))
    assert ask_nina(f"/warnings/{BLESSEM}-000.json", at="2021-07-15 00:35").status == 404
    assert ask_nina(f"/warnings/{BLESSEM}-000.json", at="2021-07-15 00:38").status == 200


def test_an_old_id_moves_to_the_archive_which_has_another_shape(ask_nina: Ask) -> None:
    moved = ask_nina(f"/warnings/{BLESSEM}-000.json")
    assert moved.status == 302
    archived = body(ask_nina(moved.headers["Location"].removeprefix("/nina/api31")))
    assert "info" not in archived
    assert "identifier" not in archived


def test_an_unknown_id_is_404_and_so_is_one_not_yet_sent(ask_nina: Ask) -> None:
    assert ask_nina("/warnings/mow.DE-XX-000.json").status == 404
    assert ask_nina(f"/warnings/{BLESSEM}-002.json", at="2021-07-15 12:00").status == 404


@pytest.mark.parametrize("ars", ["050000000000", "05", "05914", "059140000001", "053340012012", "091620000000", "x"])
def test_any_key_but_that_of_a_district_gets_an_empty_list(ask_nina: Ask, ars: str) -> None:
    assert body(ask_nina(f"/dashboard/{ars}.json")) == []


def test_the_key_of_a_district_gets_its_warnings_of_all_channels(ask_nina: Ask) -> None:
    rows = body(ask_nina("/dashboard/053340000000.json", at="2021-07-14 21:00"))
    assert {row["payload"]["data"]["provider"] for row in rows} == {"MOWAS", "DWD"}
    assert {row["id"].split(".")[0] for row in rows} == {"mow", "dwd"}
    stolberg = next(row for row in rows if row["id"] == "mow.DE-NW-AC-SE044-20210714-44-001")
    assert stolberg["payload"]["type"] == "UPDATE"
    assert stolberg["payload"]["data"]["msgType"] == "Update"
    assert "onset" not in stolberg
    assert body(ask_nina("/dashboard/057660000000.json", at="2021-07-14 21:00")) == []


def test_every_listed_warning_is_on_the_dashboard_of_each_district_it_touches(ask_nina: Ask, flood: Scenario) -> None:
    listed = set(ids(ask_nina("/mowas/mapData.json")))
    for message in (m for m in flood.messages if m.id in listed):
        for district in {m.ars[:5] for m in message.municipalities}:
            assert message.id in ids(ask_nina(f"/dashboard/{district}0000000.json"))


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value)


def recorded(samples: Path, name: str) -> Any:
    return json.loads((samples / "nina" / name).read_bytes())


def test_map_data_has_the_structure_of_the_recorded_ones(ask_nina: Ask, samples: Path) -> None:
    for channel in ("mowas", "dwd"):
        ours = body(ask_nina(f"/{channel}/mapData.json", at="2021-07-14 12:00"))
        assert shape(ours) == shape(recorded(samples, f"bbk_mapdata_{channel}.json"))


def test_the_dashboard_has_the_structure_of_the_recorded_one(ask_nina: Ask, samples: Path) -> None:
    rows = body(ask_nina("/dashboard/053340000000.json", at="2021-07-14 12:00"))
    ours = [row for row in rows if row["payload"]["data"]["provider"] == "DWD"]
    assert shape(ours) == shape(recorded(samples, "bbk_dashboard.json"))


def test_a_cancel_has_the_fields_of_the_recorded_one(ask_nina: Ask, samples: Path) -> None:
    real = recorded(samples, "bbk_warning_mowas_cancel.json")
    ours = body(ask_nina(f"/warnings/{HAGEN}-002.json", at="2021-07-16 09:00"))
    assert set(ours) == set(real)
    extra = set(ours["info"][0]) - set(real["info"][0])
    assert extra <= {"contact"}
    assert set(real["info"][0]) - set(ours["info"][0]) <= {"expires"}
    for field in set(ours["info"][0]) & set(real["info"][0]) - {"area"}:
        assert shape(ours["info"][0][field]) == shape(real["info"][0][field]), field


def test_the_geometry_has_the_structure_of_the_recorded_ones(ask_nina: Ask, samples: Path) -> None:
    ours = body(ask_nina(f"/warnings/{HAGEN}-002.geojson", at="2021-07-16 09:00"))
    assert shape(ours) == shape(recorded(samples, "bbk_geojson_mowas_cancel.geojson"))
