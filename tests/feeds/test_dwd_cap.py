from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import Point, shape

from feeds.contract import Batch, Garbled
from feeds.dwd_cap import FILE, DwdCap, ags_of_cell
from feeds.fetching import Client
from geodata.model.level import Level
from geodata.model.ref import Ref

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
ROOT = "2.49.0.0.276.0.DWD.PVW."
A, B, C = f"{ROOT}1.aaaa.MUL", f"{ROOT}2.bbbb.MUL", f"{ROOT}3.cccc.MUL"
SQUARE = "50.8,6.8 50.8,7.2 51.2,7.2 51.2,6.8 50.8,6.8"
HOLE = "50.95,6.95 50.95,7.05 51.05,7.05 51.05,6.95 50.95,6.95"


def cell(number: str, name: str = "Stadt") -> str:
    code = f"<geocode><valueName>WARNCELLID</valueName><value>{number}</value></geocode>"
    return f"<area><areaDesc>{name}</areaDesc>{code}<altitude>0.0</altitude><ceiling>9842.5197</ceiling></area>"


def polygon(ring: str = SQUARE, *holes: str) -> str:
    cut = "".join(f"<geocode><valueName>EXCLUDE_POLYGON</valueName><value>{h}</value></geocode>" for h in holes)
    return f"<area><areaDesc>polygonal event area</areaDesc><polygon>{ring}</polygon>{cut}</area>"


def message(
    identifier: str = A,
    areas: str = polygon() + cell("805315000", "Stadt Köln"),
    *,
    kind: str = "Alert",
    references: str = "",
    severity: str = "Moderate",
    urgency: str = "Immediate",
    status: str = "Actual",
    languages: tuple[str, ...] = ("de-DE", "en", "fr", "tr"),
) -> bytes:
    refers = f"<references>{references}</references>" if references else ""
    infos = "".join(
        f"<info><language>{language}</language><category>Met</category><event>STARKREGEN</event>"
        f"<responseType>Prepare</responseType><urgency>{urgency}</urgency><severity>{severity}</severity>"
        "<certainty>Likely</certainty><eventCode><valueName>II</valueName><value>61</value></eventCode>"
        "<eventCode><valueName>GROUP</valueName><value>RAIN;WIND</value></eventCode>"
        "<eventCode><valueName>LICENSE</valueName><value>© jemand</value></eventCode>"
        "<effective>2026-07-14T10:00:00+02:00</effective><onset>2026-07-14T12:00:00+02:00</onset>"
        "<expires>2026-07-14T20:00:00+02:00</expires><senderName>Deutscher Wetterdienst</senderName>"
        f"<headline>WARNUNG {language}</headline><description>Es regnet</description><instruction/>"
        "<parameter><valueName>precipitation</valueName><value>25-40 [l/m²]</value></parameter>"
        f"{areas}</info>"
        for language in languages
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{identifier}</identifier><sender>opendata@dwd.de</sender>"
        f"<sent>2026-07-14T10:00:00+02:00</sent><status>{status}</status><msgType>{kind}</msgType>"
        f"<source>PVW</source><scope>Public</scope>{refers}{infos}</alert>"
    ).encode()


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, (2026, 7, 14, 11, 50, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def state(*messages: bytes, area: str | None = "05", **files: bytes) -> Batch:
    named = {f"{ROOT}{i}.x.MUL.xml": m for i, m in enumerate(messages)}
    return DwdCap(area=area).parse("x.zip", archive(**named, **files), NOW)


def test_a_warning_is_read_whole() -> None:
    batch = state(message())
    assert batch.complete
    assert batch.newest == datetime(2026, 7, 14, 11, 50, tzinfo=UTC)
    warning = batch.warnings[0]
    assert warning.key == f"dwd_cap.{A}"
    Ref("local", "warning", warning.key)
    assert (warning.channel, warning.level, warning.severity) == ("dwd", Level.MEDIUM, "Moderate")
    assert [t.language for t in warning.texts] == ["de-DE", "en"]
    assert (warning.ags, warning.area_names) == (("05315000",), ("Stadt Köln",))
    assert warning.event_code == "61"
    assert warning.parameters == {"precipitation": "25-40 [l/m²]", "GROUP": "RAIN;WIND"}
    assert warning.onset is not None
    assert warning.expires is not None
    assert warning.expires > warning.onset
    assert warning.geometry is not None
    assert warning.geometry.bbox == (6.8, 50.8, 7.2, 51.2)
    assert not warning.foretold


@pytest.mark.parametrize(
    ("severity", "level"), [("Minor", 1), ("Moderate", 2), ("Severe", 3), ("Extreme", 4), ("Unknown", None)]
)
def test_severities_are_the_levels_one_to_four(severity: str, level: int | None) -> None:
    assert state(message(severity=severity)).warnings[0].level == level


def test_an_advance_information_is_foretold() -> None:
    assert state(message(urgency="Future")).warnings[0].foretold


def test_excluded_polygons_are_holes() -> None:
    warning = state(message(areas=polygon(SQUARE, HOLE, "51.1,7.1 51.1,7.15 51.15,7.15 51.1,7.1") + cell("805315000")))
    found = warning.warnings[0].geometry
    assert found is not None
    area = shape(found.as_geojson())
    assert len(found.coordinates) == 3
    assert not area.contains(Point(7.0, 51.0))
    assert area.contains(Point(6.85, 50.85))


def test_an_update_names_what_it_replaces_and_the_replaced_one_is_not_stated_again() -> None:
    chain = f"opendata@dwd.de,{A},2026-07-14T09:00:00+02:00 opendata@dwd.de,{C},2026-07-14T08:00:00+02:00"
    batch = state(message(A), message(B, kind="Update", references=chain))
    assert [w.key for w in batch.warnings] == [f"dwd_cap.{B}"]
    assert batch.warnings[0].references == (f"dwd_cap.{A}", f"dwd_cap.{C}")


def test_a_cancel_ends_what_it_names_and_is_itself_no_danger() -> None:
    batch = state(message(A), message(B, kind="Cancel", references=f"x,{A},y"))
    assert [(w.key, w.level) for w in batch.warnings] == [(f"dwd_cap.{B}", Level.NONE)]


@pytest.mark.parametrize(
    ("number", "ags"),
    [("805315000", "05315000"), ("105382000", "05382"), ("905315001", "05315"), ("501000001", None), ("8053150", None),
     ("", None), ("80531500x", None)],
)  # fmt: skip
def test_warn_cells_are_keys_of_municipalities_or_districts(number: str, ags: str | None) -> None:
    assert ags_of_cell(number) == ags


def test_cells_of_other_kinds_are_counted() -> None:
    assert state(message(areas=cell("501000001") + cell("805315000"))).unknown["warn cell 5…"] == 1


FAR = polygon("53.4,9.9 53.4,10.1 53.6,10.1 53.4,9.9")


@pytest.mark.parametrize(
    ("areas", "stated"),
    [
        (FAR + cell("802000000"), False),
        (FAR + cell("805315000"), True),
        (FAR + cell("105382000"), True),
        (polygon() + cell("803159007"), True),
        (cell("803159007"), False),
        ("<area><areaDesc>irgendwo</areaDesc></area>", True),
    ],
    ids=["elsewhere", "a commune of ours", "a district of ours", "touching us", "cell elsewhere", "nobody knows where"],
)
def test_only_what_concerns_nrw_is_stated(areas: str, stated: bool) -> None:
    batch = state(message(areas=areas))
    assert (len(batch.warnings), batch.outside) == ((1, 0) if stated else (0, 1))
    assert batch.complete
    assert len(state(message(areas=areas), area=None).warnings) == 1


def test_a_district_sees_its_own_and_what_covers_it() -> None:
    assert state(message(areas=cell("105315000")), area="05315").warnings
    assert state(message(areas=cell("805315000")), area="053150000000").warnings
    assert not state(message(areas=cell("805382020")), area="05315").warnings
    assert state(message(areas=cell("805382020")), area="053820020020").warnings
    assert not state(message(areas=cell("805382024")), area="053820020020").warnings


@pytest.mark.parametrize(
    "ring",
    [
        SQUARE.replace("51.2,6.8 50.8,6.8", "51.2,6.8"),
        "50.8,6.8 51.2,7.2 50.8,7.2 51.2,6.8 50.8,6.8",
        "250,6 51,7 51,6 250,6",
    ],
)
def test_a_warning_with_a_bad_shape_is_kept_with_its_keys_and_a_note(ring: str) -> None:
    warning = state(message(areas=polygon(ring) + cell("805315000"))).warnings[0]
    assert warning.geometry is None
    assert warning.ags == ("05315000",)
    assert str(warning.note).startswith("area not drawn: ")


def test_a_bad_hole_hides_the_shape_too_as_it_would_warn_the_wrong_people() -> None:
    warning = state(message(areas=polygon(SQUARE, "nonsense") + cell("805315000"))).warnings[0]
    assert warning.geometry is None
    assert warning.note


def test_heights_that_limit_are_metres() -> None:
    area = polygon() + cell("805315000").replace("0.0</altitude>", "1968.5039</altitude>")
    parameters = state(message(areas=area)).warnings[0].parameters
    assert parameters["altitude_m"] == "600"
    assert "ceiling_m" not in parameters


def test_an_exercise_of_the_publisher_is_counted_not_shown() -> None:
    batch = state(message(status="Test"))
    assert not batch.warnings
    assert batch.unknown["not in earnest: Test"] == 1


def test_a_bad_member_is_kept_aside_and_its_predecessor_stays_in_force() -> None:
    broken = message(B, kind="Update", references=f"opendata@dwd.de,{A},2026-07-14T09:00:00+02:00")[:-40]
    batch = state(message(C), **{f"{B}.xml": broken})
    assert [w.key for w in batch.warnings] == [f"dwd_cap.{C}"]
    assert batch.still_in_force == {f"dwd_cap.{A}", f"dwd_cap.{B}"}
    assert batch.complete
    assert batch.dropped[0].item == f"{B}.xml"


def test_when_nobody_can_tell_what_a_bad_member_replaced_nothing_ends() -> None:
    batch = state(message(C), **{f"{B}.xml": b"<alert"})
    assert not batch.complete
    assert batch.still_in_force == {f"dwd_cap.{B}"}


def test_a_hostile_member_is_kept_aside() -> None:
    evil = message(B).replace(b"<alert", b'<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert')
    batch = state(message(C), **{f"{B}.xml": evil})
    assert len(batch.warnings) == 1
    assert "DOCTYPE" in batch.dropped[0].reason
    assert batch.complete


def test_a_message_of_more_than_two_megabytes_is_no_reason_to_lose_a_storm() -> None:
    cells = "".join(cell(f"805{i:06}"[:9], f"Gemeinde {i}") for i in range(11_000))
    assert len(message(areas=polygon() + cells)) > 4_000_000
    warning = state(message(areas=polygon() + cells)).warnings[0]
    assert warning.geometry is not None
    assert len(warning.area_names) == 500


def test_an_archive_with_nothing_in_it_says_that_nothing_is_in_force() -> None:
    batch = state()
    assert batch.complete
    assert batch.items == 0


@pytest.mark.parametrize("payload", [b"", b"<html>", archive(a=b"x")[:30], archive(**{f"{A}.xml": b"<html/>"})])
def test_an_answer_of_another_kind_is_garbled(payload: bytes) -> None:
    with pytest.raises(Garbled):
        DwdCap()._archive(payload)


def test_other_files_are_not_taken_for_ours() -> None:
    feed = DwdCap()
    assert feed.recognises("x", message())
    assert feed.recognises("x", message()[:900])
    assert feed.recognises("x", archive(**{f"{A}.xml": message()}))
    assert not feed.recognises("x", archive(**{"report.txt": b""}))
    assert not feed.recognises("x", message("foreign").replace(b"opendata@dwd.de", b"w-nws@noaa.gov"))
    assert not feed.recognises("x", b"<html>")


async def test_the_archive_is_asked_for_conditionally_and_tells_its_age(
    server: Any, client: Client, reply: Any
) -> None:
    headers = {"ETag": '"1"', "Last-Modified": "Tue, 14 Jul 2026 11:55:00 GMT"}
    server.says(f"/{FILE}", reply(body=archive(**{f"{A}.xml": message()}), headers=headers))
    feed, visit = DwdCap(server.url), client.visit()
    first = await feed.poll(visit, NOW)
    visit.accept()
    second = await feed.poll(client.visit(), NOW)
    assert first.newest == second.newest == datetime(2026, 7, 14, 11, 55, tzinfo=UTC)
    assert (first.unchanged, second.unchanged, second.complete) == (False, True, False)
    assert len(first.warnings) == 1


def test_the_recorded_state_is_read(samples: Path) -> None:
    path = next((samples / "dwd_cap").glob("*.zip"))
    batch = DwdCap(area=None).parse(path.name, path.read_bytes(), NOW)
    assert batch.complete
    assert len(batch.warnings) == 3
    assert all(w.geometry and w.ags and not w.note for w in batch.warnings)
    assert not batch.dropped
