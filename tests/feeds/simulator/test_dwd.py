"""Each field and trap of FEEDS section 6.1, and the structure of the recorded archive where it is at hand."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from shapely.geometry import Polygon

from feeds.simulator import dwd
from feeds.simulator.reply import Moment, Reply, http_date
from feeds.simulator.scenario import Scenario

Ask = Callable[..., Reply]
NS = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}
STATUS = "/COMMUNEUNION_DWD_STAT/Z_CAP_C_EDZW_LATEST_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_{}.zip"
DIFFERENCE = "/COMMUNEUNION_DWD_DIFF/Z_CAP_C_EDZW_LATEST_PVW_PREMIUMDWD_COMMUNEUNION_{}.zip"


def alerts(reply: Reply) -> list[etree._Element]:
    assert reply.status == 200
    archive = zipfile.ZipFile(io.BytesIO(reply.body))
    assert archive.testzip() is None
    return [etree.fromstring(archive.read(name)) for name in archive.namelist()]


def text(element: etree._Element, path: str) -> str | None:
    found = element.find(path, NS)
    return None if found is None else found.text


def pairs(element: etree._Element, path: str) -> dict[str, str]:
    return {text(p, "c:valueName") or "": text(p, "c:value") or "" for p in element.iterfind(path, NS)}


def state(ask: Ask, at: str, language: str = "MUL") -> Counter[tuple[str | None, str | None]]:
    found = alerts(ask(STATUS.format(language), at=at))
    return Counter((text(a, "c:info/c:event"), text(a, "c:info/c:severity")) for a in found)


def test_the_warnings_come_and_go_in_their_order(ask_dwd: Ask) -> None:
    assert state(ask_dwd, "2021-07-12 10:00") == {}
    assert state(ask_dwd, "2021-07-12 12:00") == {("VORABINFORMATION HEFTIGER / ERGIEBIGER REGEN", "Severe"): 1}
    assert state(ask_dwd, "2021-07-12 18:00") == {("ERGIEBIGER DAUERREGEN", "Severe"): 1}
    assert state(ask_dwd, "2021-07-13 11:55")[("EXTREM ERGIEBIGER DAUERREGEN", "Extreme")] == 1
    assert state(ask_dwd, "2021-07-13 23:00")[("EXTREM HEFTIGER STARKREGEN", "Extreme")] == 1
    assert state(ask_dwd, "2021-07-14 03:00")[("EXTREM HEFTIGER STARKREGEN", "Extreme")] == 0
    assert state(ask_dwd, "2021-07-15 09:00") == {("DAUERREGEN", "Moderate"): 1}
    assert state(ask_dwd, "2021-07-15 10:00") == {}


def test_advance_information_has_urgency_future(ask_dwd: Ask) -> None:
    alert = alerts(ask_dwd(STATUS.format("MUL"), at="2021-07-12 12:00"))[0]
    assert text(alert, "c:info/c:urgency") == "Future"
    assert pairs(alert, "c:info[1]/c:eventCode")["II"] == "59"


def test_an_alert_carries_the_dwds_own_fields(ask_dwd: Ask) -> None:
    alert = next(a for a in alerts(ask_dwd(STATUS.format("MUL"))) if text(a, "c:info/c:severity") == "Extreme")
    identifier = text(alert, "c:identifier") or ""
    assert re.fullmatch(r"2\.49\.0\.0\.276\.0\.DWD\.PVW\.\d{13}\.[0-9a-f-]{36}\.MUL", identifier)
    assert text(alert, "c:sent") == "2021-07-14T10:52:00+02:00"
    assert text(alert, "c:code") == f"id:{identifier.removesuffix('.MUL')}"
    assert [text(info, "c:language") for info in alert.iterfind("c:info", NS)] == ["de-DE", "en"]
    codes = pairs(alert, "c:info[1]/c:eventCode")
    assert set(codes) == {"PROFILE_VERSION", "LICENSE", "II", "GROUP", "AREA_COLOR"}
    assert (codes["II"], codes["GROUP"], codes["AREA_COLOR"]) == ("65", "RAIN", "136 14 79")
    assert pairs(alert, "c:info[1]/c:parameter") == {"precipitation": "60-100 [l/m² in 18h]"}
    area = alert.find("c:info/c:area", NS)
    assert area is not None
    assert (text(area, "c:altitude"), text(area, "c:ceiling")) == ("0.0", "9842.5197")


def test_an_update_refers_to_the_alert_it_replaces_in_the_same_language(ask_dwd: Ask, flood: Scenario) -> None:
    for language in ("MUL", "DE", "EN"):
        updates = [a for a in alerts(ask_dwd(STATUS.format(language))) if text(a, "c:msgType") == "Update"]
        sent = {f"{a.identifier}.{language}" for a in flood.weather}
        for update in updates:
            for reference in (text(update, "c:references") or "").split():
                sender, identifier, time = reference.split(",")
                assert sender == "opendata@dwd.de"
                assert identifier in sent
                assert time.endswith("+02:00")


def test_communes_are_named_by_eight_and_their_ags(ask_dwd: Ask) -> None:
    alert = next(
        a
        for a in alerts(ask_dwd(STATUS.format("DE"), at="2021-07-13 23:00"))
        if text(a, "c:info/c:event") == "EXTREM HEFTIGER STARKREGEN"
    )
    communes = [a for a in alert.iterfind("c:info/c:area", NS) if "WARNCELLID" in pairs(a, "c:geocode")]
    assert [(text(a, "c:areaDesc"), pairs(a, "c:geocode")["WARNCELLID"]) for a in communes] == [
        ("Stadt Hagen", "805914000")
    ]
    assert communes[0].find("c:polygon", NS) is None


def test_a_hole_in_the_area_is_an_exclude_polygon(ask_dwd: Ask, flood: Scenario) -> None:
    alert = next(
        a
        for a in alerts(ask_dwd(STATUS.format("DE"), at="2021-07-13 23:00"))
        if text(a, "c:info/c:event") == "HEFTIGER STARKREGEN"
    )
    area = next(a for a in alert.iterfind("c:info/c:area", NS) if "EXCLUDE_POLYGON" in pairs(a, "c:geocode"))
    assert text(area, "c:areaDesc") == "polygonal event area"
    outer, hole = text(area, "c:polygon") or "", pairs(area, "c:geocode")["EXCLUDE_POLYGON"]
    corners = [tuple(map(float, pair.split(","))) for pair in outer.split()]
    assert all(50 < lat < 53 and 5 < lon < 10 for lat, lon in corners)
    assert corners[0] == corners[-1]
    inner = Polygon([tuple(map(float, pair.split(","))) for pair in hole.split()])
    assert Polygon(corners).contains(inner)
    cells = {pairs(a, "c:geocode").get("WARNCELLID") for a in alert.iterfind("c:info/c:area", NS)}
    assert "805914000" not in cells
    assert "805913000" in cells


def test_a_cancel_is_only_in_the_differences(ask_dwd: Ask) -> None:
    at = "2021-07-14 02:55"
    full = alerts(ask_dwd(STATUS.format("MUL"), at="2021-07-14 03:00"))
    assert {text(a, "c:msgType") for a in full} <= {"Alert", "Update"}
    latest = alerts(ask_dwd(DIFFERENCE.format("MUL"), at=at))
    assert [text(a, "c:msgType") for a in latest] == ["Cancel"]
    assert len((text(latest[0], "c:references") or "").split()) == 2


def test_the_full_state_is_rewritten_every_ten_minutes(ask_dwd: Ask) -> None:
    first = ask_dwd(STATUS.format("MUL"), at="2021-07-14 12:01")
    same = ask_dwd(STATUS.format("MUL"), at="2021-07-14 12:09:59")
    later = ask_dwd(STATUS.format("MUL"), at="2021-07-14 12:10")
    assert first.last_modified
    assert http_date(first.last_modified) == "Wed, 14 Jul 2021 10:00:00 GMT"
    assert (first.etag, first.last_modified, first.body) == (same.etag, same.last_modified, same.body)
    assert later.etag != first.etag


def test_with_nothing_in_force_the_archive_is_valid_and_empty(calm: Scenario) -> None:
    reply = dwd.answer(calm, Moment(calm.start), STATUS.format("MUL"), {})
    assert alerts(reply) == []


def test_the_directory_lists_what_can_be_fetched(ask_dwd: Ask) -> None:
    for folder in ("COMMUNEUNION_DWD_STAT", "COMMUNEUNION_DWD_DIFF"):
        page = ask_dwd(f"/{folder}/")
        assert page.content_type.startswith("text/html")
        names = re.findall(r'<a href="([^"]+\.zip)">', page.body.decode())
        assert any("_LATEST_" in name and name.endswith("_MUL.zip") for name in names)
        for name in (*names[:2], names[-1]):
            alerts(ask_dwd(f"/{folder}/{name}"))
    assert ask_dwd("/COMMUNEUNION_DWD_STAT").status == 301


@pytest.mark.parametrize("path", ["/COMMUNEUNION_DWD_STAT/nothing.zip", "/DISTRICT/", "/COMMUNEUNION_DWD_STAT/x/y"])
def test_what_is_not_there_is_404(ask_dwd: Ask, path: str) -> None:
    assert ask_dwd(path).status == 404


def outline(element: etree._Element) -> list[str]:
    """Element names in their order, a run of equal ones once."""
    names: list[str] = []
    for child in element:
        name = etree.QName(child).localname
        if not names or names[-1] != name:
            names.append(name)
    return names


def test_alerts_have_the_structure_of_the_recorded_ones(ask_dwd: Ask, samples: Path) -> None:
    found = zipfile.ZipFile(next((samples / "dwd_cap").glob("*_MUL.zip")))
    recorded = [etree.fromstring(found.read(name)) for name in found.namelist()]
    real = next(a for a in recorded if text(a, "c:msgType") == "Update")
    update = next(a for a in alerts(ask_dwd(STATUS.format("MUL"))) if text(a, "c:msgType") == "Update")
    assert outline(update) == outline(real)
    info, other = update.find("c:info", NS), real.find("c:info", NS)
    assert info is not None
    assert other is not None
    assert outline(info) == outline(other)
    assert set(pairs(info, "c:eventCode")) == set(pairs(other, "c:eventCode"))
    assert {tuple(outline(a)) for a in info.iterfind("c:area", NS)} <= {
        tuple(outline(a)) for r in recorded for a in r.iterfind("c:info/c:area", NS)
    }
    names = zipfile.ZipFile(io.BytesIO(ask_dwd(STATUS.format("MUL")).body)).namelist()
    assert all(name.endswith(".MUL.xml") for name in (*names, *found.namelist()))
