from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds import nina_wire as wire
from feeds.contract import Batch, Garbled, Refused
from feeds.fetching import Client
from feeds.nina import Nina, dashboard_key
from geodata.model.ars import DISTRICTS_NRW
from geodata.model.level import Level
from geodata.model.ref import Ref

NOON = datetime.fromisoformat("2026-07-14T12:00:00+02:00")
FIRE = "mow.DE-NW-K-SE001-20260714-01-000"
CLEAR = "mow.DE-NW-K-SE001-20260714-01-001"
OTHER = "mow.DE-BY-M-SE002-20260714-02-000"
ODD = "biw.BIWAPP-77_abc=="
CHANNELS = ("mowas", "katwarn", "biwapp", "lhp", "police")
SQUARE = [[6.9, 50.9], [7.0, 50.9], [7.0, 51.0], [6.9, 51.0], [6.9, 50.9]]


def row(identifier: str = FIRE, **more: Any) -> dict[str, Any]:
    return {
        "id": identifier, "version": 19, "startDate": "2026-07-14T11:00:00+02:00", "severity": "Severe",
        "urgency": "Immediate", "type": "Alert", "i18nTitle": {"de": "Rauch in Köln", "en": "Fumes"},
        "transKeys": {"event": "BBK-EVC-010"}, **more,
    }  # fmt: skip


def dashboard_row(identifier: str = FIRE, fingerprint: str = "h1", **more: Any) -> dict[str, Any]:
    data = {"headline": "Rauch in Köln", "provider": "MOWAS", "severity": "Severe", "urgency": "Immediate",
            "msgType": "Alert", "valid": True}  # fmt: skip
    payload = {"version": 19, "type": "ALERT", "id": identifier, "hash": fingerprint, "data": data}
    return {"id": identifier, "payload": payload, "i18nTitle": {"de": "Rauch in Köln"},
            "sent": "2026-07-14T11:00:00+02:00", **more}  # fmt: skip


def detail(identifier: str = FIRE, ars: str | None = "053150000000", **more: Any) -> dict[str, Any]:
    parameters = [{"valueName": "sender_langname", "value": "Feuerwehr Köln"}, {"valueName": "GRID", "value": "1+1"}]
    if ars is not None:
        parameters.append({"valueName": "warnVerwaltungsbereiche", "value": ars})
    info = {
        "category": ["Fire"], "event": "Gefahreninformation", "urgency": "Immediate", "severity": "Severe",
        "certainty": "Observed", "headline": "Rauch in Köln", "instruction": "Fenster zu.<br/>Radio an.",
        "eventCode": [{"valueName": "profile:DE-BBK-EVENTCODE", "value": "BBK-EVC-010"}],
        "description": "&quot;Rauch&quot; &amp; Ru&szlig;<br/>in K&ouml;ln<script>x</script>", "parameter": parameters,
        "area": [{"areaDesc": "Köln-Mitte", "geocode": [{"valueName": "AreaId", "value": "0"}]}], "contact": "",
    }  # fmt: skip
    infos = [{"language": "de", **info, **more.pop("info", {})}, {"language": "en", **info}]
    if more.pop("swapped", False):
        infos.reverse()
    return {
        "identifier": identifier, "sender": "DE-NW-K-SE001", "sent": "2026-07-14T11:00:00+02:00", "status": "Actual",
        "msgType": "Alert", "scope": "Public", "code": ["DVN:19"], "info": infos, **more,
    }  # fmt: skip


def area(identifier: str = FIRE, *rings: Any) -> dict[str, Any]:
    found = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"warnId": identifier},
        }
        for ring in rings or (SQUARE,)
    ]
    return {"type": "FeatureCollection", "features": found}


class Bbk:
    """The source's pages, put on the server."""

    def __init__(self, server: Any) -> None:
        self.server = server
        for channel in CHANNELS:
            self.lists(channel)
        for district in DISTRICTS_NRW:
            self.district(district)

    def lists(self, channel: str, *rows: Any) -> None:
        self.server.says(f"/{channel}/mapData.json", json.dumps(rows).encode())

    def district(self, district: str, *rows: Any) -> None:
        self.server.says(f"/dashboard/{district}0000000.json", json.dumps(rows).encode())

    def tells(self, message: dict[str, Any], shape: dict[str, Any] | None = None) -> None:
        identifier = message["identifier"]
        self.server.says(f"/warnings/{identifier}.json", json.dumps(message).encode())
        self.server.says(f"/warnings/{identifier}.geojson", json.dumps(shape or area(identifier)).encode())


@pytest.fixture
def bbk(server: Any) -> Bbk:
    return Bbk(server)


@pytest.fixture
def nina(server: Any) -> Nina:
    return Nina(server.url)


@pytest.fixture
def look(nina: Nina, client: Client) -> Any:
    async def once(minutes: float = 0) -> Batch:
        return await nina.poll(client.visit(), NOON + timedelta(minutes=minutes))

    return once


async def test_a_listed_warning_is_read_with_its_texts_regions_and_area(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail(swapped=True))
    batch = await look()
    assert batch.complete
    assert not batch.dropped
    warning = batch.warnings[0]
    assert warning.key == f"nina.{FIRE}"
    assert (warning.channel, warning.level, warning.sender_name) == ("mowas", Level.HIGH, "Feuerwehr Köln")
    assert [t.language for t in warning.texts] == ["de", "en"]
    assert warning.texts[0].description == '"Rauch" & Ruß\nin Köln'
    assert warning.texts[0].instruction == "Fenster zu.\nRadio an."
    assert (warning.ars, warning.area_names, warning.event_code) == (("05315",), ("Köln-Mitte",), "BBK-EVC-010")
    assert warning.parameters == {"sender_langname": "Feuerwehr Köln"}
    assert warning.geometry is not None
    assert warning.geometry.bbox == (6.9, 50.9, 7.0, 51.0)
    assert (warning.onset, warning.expires, warning.contact) == (None, None, None)


async def test_every_district_of_nrw_is_asked_with_twelve_digits_and_no_other_key(bbk: Bbk, look: Any) -> None:
    await look()
    asked = [path for path, _ in bbk.server.asked if path.startswith("/dashboard/")]
    assert sorted(asked) == sorted(f"/dashboard/{d}0000000.json" for d in DISTRICTS_NRW)
    assert len(asked) == 53


@pytest.mark.parametrize("key", ["05", "050000000000", "053820020020", "0538200200", "", "abcde", "055"])
def test_a_key_that_is_no_districts_is_refused_as_it_would_say_all_clear(key: str) -> None:
    with pytest.raises(ValueError, match="no district's key"):
        dashboard_key(key)


@pytest.mark.parametrize("key", ["05315", "053150000000"])
def test_a_districts_key_is_padded(key: str) -> None:
    assert dashboard_key(key) == "053150000000"


def test_a_district_or_municipality_asks_its_own_dashboard_only() -> None:
    assert Nina(area="05315").districts == ("05315",)
    assert Nina(area="053150000000").districts == ("05315",)
    assert Nina(area="053820020020").districts == ("05382",)
    assert len(Nina().districts) == 53


def test_a_channel_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="channels: 'fax'"):
        Nina(channels=["mowas", "fax"])


async def test_a_warning_that_only_a_dashboard_has_is_found(bbk: Bbk, look: Any) -> None:
    bbk.district("05315", dashboard_row())
    bbk.tells(detail(ars=None), area(FIRE, [[9, 54], [9.1, 54], [9.1, 54.1], [9, 54]]))
    warning = (await look()).warnings[0]
    assert warning.ars == ("05315",)


async def test_a_warning_that_only_a_list_has_is_found_by_its_regions_or_its_area(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row(FIRE), row(OTHER), row("lhp.X-1"), row("lhp.X-2"))
    bbk.tells(detail(FIRE, "053150000000"))
    bbk.tells(detail(OTHER, "091620000000"))
    bbk.tells(detail("lhp.X-1", None))
    bbk.tells(detail("lhp.X-2", None), area("lhp.X-2", [[9.9, 53.5], [10, 53.5], [10, 53.6], [9.9, 53.5]]))
    batch = await look()
    assert {w.key for w in batch.warnings} == {f"nina.{FIRE}", "nina.lhp.X-1"}
    assert batch.outside == 2
    assert batch.complete


@pytest.mark.parametrize("regions", ["050000000000", "053820020020,091620000000", "000000000000"])
async def test_larger_smaller_and_mixed_regions_count(bbk: Bbk, look: Any, regions: str) -> None:
    bbk.lists("mowas", row(OTHER))
    bbk.tells(detail(OTHER, regions))
    assert len((await look()).warnings) == 1


async def test_without_an_area_everything_is_stated(bbk: Bbk, client: Client) -> None:
    bbk.lists("mowas", row(OTHER))
    bbk.tells(detail(OTHER, "091620000000"))
    assert len((await Nina(bbk.server.url, area=None).poll(client.visit(), NOON)).warnings) == 1


async def test_weather_is_left_to_the_dwds_own_feed_unless_it_is_wanted(bbk: Bbk, look: Any, client: Client) -> None:
    weather = "dwd.2.49.0.0.276.0.DWD.PVW.1.x.MUL"
    bbk.district("05315", dashboard_row(weather))
    bbk.tells(detail(weather))
    assert not (await look()).warnings
    bbk.lists("dwd")
    wanted = Nina(bbk.server.url, channels=(*CHANNELS, "dwd"))
    assert [w.channel for w in (await wanted.poll(client.visit(), NOON)).warnings] == ["dwd"]


async def test_messages_are_read_again_only_when_they_changed(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row(), row(OTHER))
    bbk.district("05315", dashboard_row())
    bbk.tells(detail())
    bbk.tells(detail(OTHER, "091620000000"))
    for minutes in range(3):
        assert len((await look(minutes)).warnings) == 1
    assert bbk.server.times(f"/warnings/{FIRE}.json") == 1
    assert bbk.server.times(f"/warnings/{OTHER}.json") == 1
    assert bbk.server.times(f"/warnings/{OTHER}.geojson") == 0

    bbk.district("05315", dashboard_row(fingerprint="h2"))
    bbk.tells(detail(info={"headline": "Rauch zieht ab"}))
    assert (await look(4)).warnings[0].headline() == "Rauch zieht ab"
    bbk.lists("mowas", row(version=20), row(OTHER))
    await look(5)
    assert bbk.server.times(f"/warnings/{FIRE}.json") == 3


async def test_an_all_clear_ends_what_it_refers_to_and_is_no_danger(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail())
    await look()
    later = "2026-07-14T11:50:00+02:00"
    bbk.lists("mowas", row(), row(CLEAR, type="Cancel", startDate=later))
    cleared = detail(CLEAR, sent=later, msgType="Cancel", references=f"DE-NW-K-SE001,{FIRE},2026-07-14T09:00:00-00:00")
    bbk.tells(cleared | {"info": [i | {"responseType": ["AllClear"]} for i in cleared["info"]]})
    batch = await look(2)
    assert [(w.key, w.level, w.references) for w in batch.warnings] == [
        (f"nina.{CLEAR}", Level.NONE, (f"nina.{FIRE}",))
    ]
    assert f"nina.{FIRE}" not in batch.still_in_force
    assert batch.complete


async def test_a_test_message_is_counted_not_shown(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail(status="Test"))
    batch = await look()
    assert not batch.warnings
    assert batch.unknown["not in earnest: Test"] == 1


@pytest.mark.parametrize("page", ["/mowas/mapData.json", "/dashboard/053150000000.json"])
async def test_nothing_ends_unless_every_part_answered(bbk: Bbk, look: Any, reply: Any, page: str) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail())
    assert (await look()).complete
    bbk.lists("mowas")
    bbk.server.says(page, reply(500))
    batch = await look(2)
    assert not batch.complete
    assert [w.key for w in batch.warnings] == [f"nina.{FIRE}"]
    assert batch.missing or batch.dropped


@pytest.mark.parametrize("body", [b"", b"<html>Wartung</html>", b"[{", b"{}", b"null"])
async def test_a_garbled_list_is_missing_and_the_rest_goes_on(bbk: Bbk, look: Any, body: bytes) -> None:
    bbk.server.says("/katwarn/mapData.json", body)
    bbk.lists("mowas", row())
    bbk.tells(detail())
    batch = await look()
    assert len(batch.warnings) == 1
    assert len(batch.missing) == 1
    assert batch.missing[0].startswith("katwarn (")
    assert not batch.complete


async def test_a_copy_that_a_cache_has_held_for_an_hour_is_no_answer(bbk: Bbk, look: Any, reply: Any) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail())
    await look()
    bbk.server.says("/mowas/mapData.json", reply(body=b"[]", headers={"Age": "3600"}))
    batch = await look(2)
    assert batch.missing == ["mowas (a cache answered with a copy 60 min old)"]
    assert [w.key for w in batch.warnings] == [f"nina.{FIRE}"]
    assert not batch.complete


async def test_if_no_list_answers_the_look_has_failed_and_no_dashboard_is_asked(
    bbk: Bbk, look: Any, reply: Any
) -> None:
    for channel in CHANNELS:
        bbk.server.says(f"/{channel}/mapData.json", reply(429, b"", {"Retry-After": "60"}))
    with pytest.raises(Refused) as refused:
        await look()
    assert refused.value.retry_after == 60
    assert len(bbk.server.asked) == len(CHANNELS)


async def test_dashboards_that_all_fail_are_not_all_asked(bbk: Bbk, look: Any, reply: Any) -> None:
    for district in DISTRICTS_NRW:
        bbk.server.says(f"/dashboard/{district}0000000.json", reply(503))
    batch = await look()
    assert sum(path.startswith("/dashboard") for path, _ in bbk.server.asked) <= 8
    assert batch.missing == ["every dashboard"]
    assert not batch.complete


async def test_a_row_that_cannot_be_read_keeps_its_warning_in_force(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row(), row(OTHER, startDate="gestern"))
    bbk.tells(detail())
    batch = await look()
    assert batch.still_in_force == {f"nina.{OTHER}"}
    assert "startDate" in batch.dropped[0].reason
    assert batch.complete
    bbk.lists("mowas", row(), {"version": 1})
    assert not (await look(2)).complete


async def test_a_listed_warning_whose_message_is_missing_is_shown_by_its_headline_and_asked_again(
    bbk: Bbk, look: Any, reply: Any
) -> None:
    bbk.lists("mowas", row())
    bbk.district("05315", dashboard_row())
    bbk.server.says(f"/warnings/{FIRE}.json", reply(404))
    batch = await look()
    warning = batch.warnings[0]
    assert (warning.headline(), warning.ars, warning.level) == ("Rauch in Köln", ("05315",), Level.HIGH)
    assert warning.note == "only the headline is known: details are not available"
    assert batch.dropped[0].reason == "HTTP 404 Not Found"
    assert batch.complete

    await look(0.2)
    assert bbk.server.times(f"/warnings/{FIRE}.json") == 1
    bbk.tells(detail())
    assert (await look(1)).warnings[0].note is None


async def test_a_message_of_which_nobody_knows_the_place_stays_as_it_was(bbk: Bbk, look: Any, reply: Any) -> None:
    bbk.lists("biwapp", row(ODD))
    bbk.server.says(f"/warnings/{ODD}.json", reply(500))
    batch = await look()
    assert not batch.warnings
    assert batch.still_in_force == {f"nina.{ODD.replace('=', '~3d~')}"}


async def test_a_changed_message_that_fails_leaves_the_old_text_in_force(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail())
    await look()
    bbk.lists("mowas", row(version=20))
    bbk.server.says(f"/warnings/{FIRE}.json", b"<html>")
    batch = await look(2)
    assert batch.warnings[0].texts[0].instruction
    assert "HTML" in batch.dropped[0].reason


async def test_an_area_that_fails_leaves_the_warning_and_is_asked_again(bbk: Bbk, look: Any, reply: Any) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail())
    bbk.server.says(f"/warnings/{FIRE}.geojson", reply(404), json.dumps(area()).encode())
    first = (await look()).warnings[0]
    assert first.geometry is None
    assert str(first.note).startswith("area not drawn")
    assert (await look(2)).warnings[0].geometry is not None


@pytest.mark.parametrize(
    "ring",
    [
        SQUARE[:-1],
        [[6.9, 50.9], [7, 51], [7, 50.9], [6.9, 51], [6.9, 50.9]],
        [[999, 50], [7, 51], [7, 50], [999, 50]],
        [],
    ],
)
async def test_a_bad_area_is_not_drawn(bbk: Bbk, look: Any, ring: Any) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail(), area(FIRE, SQUARE, ring))
    warning = (await look()).warnings[0]
    assert warning.geometry is None
    assert warning.note


async def test_a_listed_warning_that_moved_to_the_archive_is_no_parse_error(bbk: Bbk, look: Any, reply: Any) -> None:
    bbk.lists("mowas", row())
    bbk.server.says(f"/warnings/{FIRE}.json", reply(302, b"", {"Location": f"/archive.mowas/{FIRE}-mapping.json"}))
    bbk.server.says(f"/archive.mowas/{FIRE}-mapping.json", b'{"mapping": {"successors": []}}')
    batch = await look()
    assert batch.dropped[0].reason == "is still listed, but has moved to the archive"
    assert [w.note for w in batch.warnings] == ["only the headline is known: details are not available"]


async def test_a_message_under_a_wrong_address_is_refused(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row())
    bbk.server.says(f"/warnings/{FIRE}.json", json.dumps(detail(OTHER)).encode())
    assert "identifier" in (await look()).dropped[0].reason


async def test_ids_with_odd_signs_are_asked_for_and_make_safe_keys(bbk: Bbk, look: Any) -> None:
    bbk.lists("biwapp", row(ODD))
    bbk.tells(detail(ODD))
    warning = (await look()).warnings[0]
    assert warning.channel == "biwapp"
    Ref("local", "warning", warning.key)


async def test_ids_that_are_paths_are_refused(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row("mow.../../../etc/passwd"), row("http://evil.example/x"))
    batch = await look()
    assert len(batch.dropped) == 2
    assert not any("evil" in path or "etc" in path for path, _ in bbk.server.asked)


async def test_an_older_warning_that_leaves_all_lists_has_ended(bbk: Bbk, look: Any) -> None:
    newer = row(OTHER, startDate="2026-07-14T11:30:00+02:00")
    bbk.lists("mowas", row(), newer)
    bbk.tells(detail())
    bbk.tells(detail(OTHER, "091620000000"))
    await look()
    bbk.lists("mowas", newer)
    batch = await look(2)
    assert batch.complete
    assert not batch.warnings
    assert not batch.missing


async def test_when_the_newest_is_gone_it_ends_with_proof(bbk: Bbk, look: Any, reply: Any) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail())
    await look()
    bbk.lists("mowas")
    bbk.server.says(f"/warnings/{FIRE}.json", reply(302, b"", {"Location": f"/archive.mowas/{FIRE}-mapping.json"}))
    bbk.server.says(f"/archive.mowas/{FIRE}-mapping.json", b"{}")
    batch = await look(2)
    assert batch.complete
    assert not batch.warnings


async def test_when_the_newest_is_gone_after_its_expiry_it_has_ended(bbk: Bbk, look: Any) -> None:
    bbk.lists("mowas", row(expiresDate="2026-07-14T12:30:00+02:00"))
    bbk.tells(detail())
    assert (await look()).warnings[0].expires is not None
    bbk.lists("mowas")
    assert (await look(31)).complete


async def test_yesterdays_lists_again_are_no_all_clear_and_bring_nothing_back(bbk: Bbk, look: Any, reply: Any) -> None:
    old = "mow.DE-NW-K-SE001-20260713-09-000"
    bbk.lists("mowas", row(old, startDate="2026-07-13T11:00:00+02:00"), row(OTHER))
    bbk.tells(detail(old))
    bbk.tells(detail(OTHER, "091620000000"))
    await look()
    bbk.lists("mowas", row(FIRE, startDate="2026-07-14T11:40:00+02:00"))
    bbk.tells(detail())
    assert [w.key for w in (await look(2)).warnings] == [f"nina.{FIRE}"]

    bbk.lists("mowas", row(old, startDate="2026-07-13T11:00:00+02:00"))
    bbk.server.says(f"/warnings/{FIRE}.json", reply(404))
    batch = await look(4)
    assert [w.key for w in batch.warnings] == [f"nina.{FIRE}"]
    assert not batch.complete
    assert "without an all-clear" in batch.missing[0]

    bbk.lists("mowas", row(FIRE, startDate="2026-07-14T11:40:00+02:00"))
    batch = await look(6)
    assert batch.complete
    assert [w.key for w in batch.warnings] == [f"nina.{FIRE}"]


async def test_doubt_about_vanished_warnings_does_not_last_for_ever(bbk: Bbk, look: Any, reply: Any) -> None:
    bbk.lists("mowas", row())
    bbk.tells(detail())
    await look()
    bbk.lists("mowas")
    bbk.server.says(f"/warnings/{FIRE}.json", reply(404))
    assert not (await look(2)).complete
    assert not (await look(119)).complete
    batch = await look(125)
    assert batch.complete
    assert not batch.warnings
    assert (await look(127)).complete


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (detail() | {"sent": "2026-07-14T11:00:00"}, "sent"),
        (detail() | {"info": []}, "info"),
        (detail() | {"info": "x"}, "info"),
        ({"mapping": {}}, "identifier"),
        (detail() | {"identifier": 7}, "identifier"),
    ],
)
def test_a_bad_message_names_its_field(message: dict[str, Any], field: str) -> None:
    with pytest.raises(Garbled, match=field):
        wire.message(json.dumps(message).encode(), Counter())


def test_unreadable_times_and_unknown_words_are_counted_and_the_warning_stays() -> None:
    payload = json.dumps(detail(info={"expires": "bald", "severity": "Schlimm", "responseType": None})).encode()
    batch = Nina().parse("x.json", payload, NOON)
    assert batch.warnings[0].level is None
    assert batch.warnings[0].severity == "Schlimm"
    assert batch.unknown == {"expires unreadable": 1, "severity Schlimm": 1}


@pytest.mark.parametrize(
    ("payload", "mine"),
    [
        (json.dumps([row()]).encode(), True),
        (json.dumps([dashboard_row()]).encode(), True),
        (json.dumps(detail()).encode()[:300], True),
        (json.dumps(area()).encode(), True),
        (b"[]", False),
        (b'[{"id": "R7", "mm_h": 1}]', False),
        (b'{"type":"FeatureCollection","features":[]}', False),
        (b'[{"uuid":"11111111-1111"}]', False),
        (b'{"warnings":[{"alert":{"identifier":"2.49.0"}}]}', False),
    ],
)
def test_only_its_own_files_are_recognised(payload: bytes, mine: bool) -> None:
    assert Nina().recognises("x.json", payload) is mine


def test_recorded_answers_are_read(samples: Path) -> None:
    feed, count = Nina(area=None), 0
    for path in sorted((samples / "nina").glob("*json")):
        payload = path.read_bytes()
        assert feed.recognises(path.name, payload), path.name
        batch = feed.parse(path.name, payload, NOON)
        assert batch.items, path.name
        assert not batch.dropped
        count += 1
    assert count >= 10
