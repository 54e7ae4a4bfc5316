"""NINA: what is listed where, read once, and whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest

from feeds.fetching import Client
from feeds.nina import Nina, dashboard_key
from geodata.model.ars import DISTRICTS_NRW
from geodata.model.level import Level
from tests.feeds.bbk import CHANNELS, CLEAR, FIRE, NOON, OTHER, Bbk, area, dashboard_row, detail, row


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
