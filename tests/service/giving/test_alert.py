"""A released area as CAP 1.2, read by an outside parser, our own, and the standard's schema where at hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import capparser
import pytest
from lxml import etree

from feeds import cap
from service.giving.alert import GivenAlert, digest, said, xml

SENT = datetime(2021, 7, 14, 20, 30, 15, 123456, UTC)
RING = [[6.8, 50.8], [6.9, 50.8], [6.9, 50.9], [6.8, 50.9], [6.8, 50.8]]
ZONE: dict[str, Any] = {
    "type": "EVACUATION",
    "name": "Räumung Blessem <b>&",
    "reason": "Die Kiesgrube bricht aus.\x07",
    "confidence": "CONFIRMED",
    "valid_until": "2021-07-15T20:00:00Z",
    "geometry": {"type": "Polygon", "coordinates": [RING]},
    "number": 3,
    "version": 7,
}
SCHEMA = Path(__file__).parents[4] / "shared" / "samples" / "cap12" / "cap12.xsd"


def message(zone: dict[str, Any] = ZONE, mode: str = "ACTUAL", **fields: Any) -> bytes:
    fields = {"number": 1, "msg_type": "Alert", **fields}
    alert = GivenAlert(f"erftstadt.zone.abc.{fields['number']}", "abc", sent=SENT, content=said(zone, mode), **fields)
    return xml(alert, sender="erftstadt.example", sender_name="Stadt Erftstadt")


def test_an_outside_parser_reads_what_we_say() -> None:
    alert = capparser.parse(stringXML=message().decode().partition("?>")[2])
    assert alert.identifier[0] == "erftstadt.zone.abc.1"
    assert alert.sent[0] == "2021-07-14T22:30:15+02:00"
    assert alert.status[0] == "Actual"
    german, english = alert.info[0]
    assert (german.language[0], english.language[0]) == ("de-DE", "en-GB")
    assert german.headline[0] == "Räumung: Räumung Blessem <b>&"
    assert english.event[0] == "Evacuation"
    assert german.expires[0] == "2021-07-15T22:00:00+02:00"


def test_our_own_parser_finds_the_same_area_and_time() -> None:
    read = cap.read(message())
    shape, note = cap.shape_of(read.infos[0].areas)
    assert (read.sent, note) == (SENT.replace(microsecond=0), None)
    assert shape is not None
    assert sorted(map(tuple, shape.as_geojson()["coordinates"][0])) == sorted(map(tuple, RING))


@pytest.mark.parametrize(("mode", "status"), [("ACTUAL", "Actual"), ("EXERCISE", "Exercise"), ("TEST", "Test")])
def test_an_exercise_says_so(mode: str, status: str) -> None:
    assert cap.read(message(mode=mode)).status == status
    assert (b"<note>" in message(mode=mode)) == (mode != "ACTUAL")


def test_a_closed_road_becomes_a_strip_that_holds_it() -> None:
    line = {"type": "LineString", "coordinates": [[6.8, 50.8], [6.81, 50.81]]}
    shape, _ = cap.shape_of(cap.read(message({**ZONE, "type": "CLOSURE", "geometry": line})).infos[0].areas)
    assert shape is not None
    xs = [x for x, _ in shape.as_geojson()["coordinates"][0]]
    assert min(xs) < 6.8
    assert max(xs) > 6.81


def test_an_all_clear_names_what_it_ends() -> None:
    body = message(
        number=3, msg_type="Cancel", earlier=(("erftstadt.zone.abc.1", SENT), ("erftstadt.zone.abc.2", SENT))
    )
    read = cap.read(body)
    assert read.all_clear
    assert read.references == ("erftstadt.zone.abc.1", "erftstadt.zone.abc.2")
    assert b"erftstadt.example,erftstadt.zone.abc.1,2021-07-14T22:30:15+02:00 " in body


def test_numbers_and_versions_make_no_new_message_but_words_do() -> None:
    assert digest(said(ZONE, "ACTUAL")) == digest(said({**ZONE, "version": 8, "number": 4}, "ACTUAL"))
    assert digest(said(ZONE, "ACTUAL")) != digest(said({**ZONE, "reason": "anders"}, "ACTUAL"))


@pytest.mark.skipif(not SCHEMA.exists(), reason="no recorded samples beside this checkout")
@pytest.mark.parametrize("kind", ["EVACUATION", "CLOSURE", "FLOODED", "HAZARD", "OTHER"])
@pytest.mark.parametrize("msg_type", ["Alert", "Update", "Cancel"])
def test_the_standards_schema_accepts_it(kind: str, msg_type: str) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))
    earlier = () if msg_type == "Alert" else (("erftstadt.zone.abc.1", SENT),)
    schema.assertValid(etree.fromstring(message({**ZONE, "type": kind}, msg_type=msg_type, earlier=earlier)))
