"""NINA when it fails: a warning in force stays in force until its end is proven."""

from __future__ import annotations

import json
from typing import Any

import pytest

from feeds.contract import Refused
from geodata.model.ars import DISTRICTS_NRW
from geodata.model.level import Level
from geodata.model.ref import Ref
from tests.feeds.bbk import CHANNELS, FIRE, ODD, OTHER, SQUARE, Bbk, area, dashboard_row, detail, row


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
