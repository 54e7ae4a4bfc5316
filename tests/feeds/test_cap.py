from __future__ import annotations

import time
from pathlib import Path

import pytest

from feeds import cap
from feeds.contract import Garbled
from geodata.model.level import Level

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
SQUARE = "50,6 50,8 52,8 52,6 50,6"


def alert(inside: str = "", *, head: str = "", namespace: str = NAMESPACE, identifier: str = "x-1") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<alert xmlns="{namespace}">'
        f"<identifier>{identifier}</identifier><sender>s@x</sender><sent>2026-07-14T10:00:00+02:00</sent>"
        f"<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>{inside}</alert>"
    ).encode()


def info(area: str = "", more: str = "", language: str = "de-DE") -> str:
    return (
        f"<info><language>{language}</language><category>Met</category><event>REGEN</event><urgency>Immediate</urgency>"
        f"<severity>Severe</severity><certainty>Likely</certainty>{more}<headline>Warnung vor REGEN</headline>"
        f"<area><areaDesc>Hier</areaDesc>{area}</area></info>"
    )


def test_a_message_is_read_with_longitude_before_latitude() -> None:
    message = cap.read(alert(info(f"<polygon>{SQUARE}</polygon>")))
    assert (message.identifier, message.msg_type, message.level) == ("x-1", "Alert", Level.HIGH)
    assert message.sent.utcoffset() is not None
    leading = message.info()
    assert leading is not None
    shape, note = cap.shape_of(leading.areas)
    assert note is None
    assert shape is not None
    assert shape.bbox == (6.0, 50.0, 8.0, 52.0)
    assert leading.text.headline == "Warnung vor REGEN"


def test_fields_in_any_order_are_read() -> None:
    text = (
        f'<alert xmlns="{NAMESPACE}"><info><area><polygon>{SQUARE}</polygon><areaDesc>A</areaDesc></area>'
        "<severity>Minor</severity><event>E</event></info><references/><sent>2026-07-14T10:00:00-00:00</sent>"
        "<identifier>y</identifier></alert>"
    )
    message = cap.read(text.encode())
    assert (message.identifier, message.references, message.level) == ("y", (), Level.LOW)
    assert message.unknown["scope missing"] == 1
    assert message.unknown["msgType missing"] == 1
    assert message.sent.isoformat() == "2026-07-14T10:00:00+00:00"


@pytest.mark.parametrize("polygon", [SQUARE.replace(" ", "\n\t "), f"\n{SQUARE}\n", SQUARE.replace(",", ", ")])
def test_line_breaks_and_blanks_inside_a_polygon_do_no_harm(polygon: str) -> None:
    leading = cap.read(alert(info(f"<polygon>{polygon}</polygon>"))).info()
    assert leading is not None
    assert len(leading.areas[0].polygons[0]) == 5
    assert cap.shape_of(leading.areas)[1] is None


def test_references_may_be_several_with_odd_times_or_none() -> None:
    assert cap.references("s,a,2026-09-20T14:02:18-00:00 s,b,nonsense  s,c,") == ("a", "b", "c")
    assert cap.references("") == ()
    assert cap.references("just-an-id") == ()
    assert cap.read(alert("<references/>")).references == ()


def test_several_languages_are_kept_and_the_german_one_leads() -> None:
    message = cap.read(alert(info(language="en") + info(language="de-DE") + info(language="fr")))
    assert [i.language for i in message.infos] == ["en", "de-DE", "fr"]
    leading = message.info()
    assert leading is not None
    assert leading.language == "de-DE"


def test_an_all_clear_is_no_danger_whatever_its_severity_says() -> None:
    cleared = info(more="<responseType>AllClear</responseType>")
    assert cap.read(alert(cleared)).level == Level.NONE
    cancelled = alert(info()).replace(b"<msgType>Alert", b"<msgType>Cancel")
    assert cap.read(cancelled).level == Level.NONE


def test_an_unknown_word_is_kept_counted_and_not_taken_for_harmless() -> None:
    message = cap.read(alert(info()).replace(b"Severe", b"Apocalyptic"))
    leading = message.info()
    assert leading is not None
    assert leading.severity == "Apocalyptic"
    assert message.level is None
    assert message.unknown == {"severity Apocalyptic": 1}


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "windows-1252"])
def test_other_encodings_are_read(encoding: str) -> None:
    text = alert(info().replace("REGEN", "STÜRME")).decode().replace("UTF-8", encoding)
    leading = cap.read(text.encode(encoding)).info()
    assert leading is not None
    assert leading.event == "STÜRME"


def test_prefixes_and_signatures_and_older_versions_are_read() -> None:
    text = alert(info()).decode()
    prefixed = text.replace("<", "<c:").replace("<c:/", "</c:").replace("<c:?", "<?").replace("xmlns=", "xmlns:c=")
    assert cap.read(prefixed.encode()).identifier == "x-1"
    signed = alert(
        info() + '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><identifier>evil</identifier></Signature>'
    )
    assert cap.read(signed).identifier == "x-1"
    assert cap.read(alert(info(), namespace="urn:oasis:names:tc:emergency:cap:1.1")).level == Level.HIGH


def test_circles_are_latitude_longitude_radius() -> None:
    leading = cap.read(alert(info("<circle>51.0,7.0 5.5</circle>"))).info()
    assert leading is not None
    assert leading.areas[0].circles == ((7.0, 51.0, 5.5),)


@pytest.mark.parametrize(
    "area",
    [
        "<polygon>50;6 50;8</polygon>",
        "<polygon>50,6 50,8 52</polygon>",
        "<polygon>6,50 6,250 8,50 6,50</polygon>",
        "<polygon>50,6 50,8 52,8</polygon>",
        "<polygon>50,6 52,8 50,8 52,6 50,6</polygon>",
        "<circle>51.0 7.0</circle>",
        f"<polygon>{SQUARE}</polygon><polygon>broken</polygon>",
    ],
)
def test_a_shape_that_cannot_be_drawn_is_told_and_the_warning_stays(area: str) -> None:
    leading = cap.read(alert(info(area))).info()
    assert leading is not None
    shape, note = cap.shape_of(leading.areas)
    assert shape is None
    assert note is not None
    assert note.startswith("area not drawn: ")


def test_texts_of_a_publisher_who_writes_html_are_plain() -> None:
    leading = cap.read(alert(info(more="<description>A &lt;b&gt;B&lt;/b&gt;&lt;br/&gt;C</description>"))).info()
    assert leading is not None
    assert leading.description == "A B\nC"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"<html><body>Wartung</body></html>", "not a CAP alert"),
        (alert(info())[:-20], "no whole XML"),
        (b"PK\x03\x04", "no whole XML"),
        (alert(namespace="urn:other"), "not a CAP alert"),
        (alert().replace(b"<identifier>x-1</identifier>", b""), "identifier"),
        (alert().replace(b"2026-07-14T10:00:00+02:00", b"2026-07-14T10:00:00"), "sent"),
        (alert(head='<!DOCTYPE alert [<!ENTITY a "b">]>'), "DOCTYPE"),
        (alert(head='<!DOCTYPE alert SYSTEM "http://localhost:1/x.dtd">'), "DOCTYPE"),
        (alert(head='<!DOCTYPE alert [<!ENTITY a "b">]>').decode().encode("utf-16"), "CAP"),
        (alert("x" * 2_000_001), "2000000 bytes"),
        (alert("<a>" * 5_000 + "</a>" * 5_000), "no whole XML"),
    ],
)
def test_what_is_hostile_or_no_cap_is_refused_with_its_reason(payload: bytes, reason: str) -> None:
    with pytest.raises(Garbled, match=reason):
        cap.read(payload)


def test_entities_are_never_resolved_nor_blown_up() -> None:
    laughs = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))
    bomb = alert("&l9;", head=f'<!DOCTYPE alert [<!ENTITY l0 "ha">{laughs}]>').decode()
    started = time.monotonic()
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(Garbled):
            cap.read(bomb.replace("UTF-8", encoding).encode(encoding))
    assert time.monotonic() - started < 2


def test_recorded_alerts_of_many_publishers_are_read_and_the_attack_is_refused(samples: Path) -> None:
    files = sorted((samples / "cap12").glob("*.cap.xml"))
    assert len(files) > 10
    for path in files:
        if path.name == "xee.cap.xml":
            with pytest.raises(Garbled, match="DOCTYPE"):
                cap.read(path.read_bytes())
        else:
            assert cap.read(path.read_bytes()).identifier, path.name
