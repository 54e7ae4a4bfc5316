"""CoT events as radios and maps send them, and as an attacker would."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeds.contract import Garbled
from feeds.cot import MAX_BYTES, read

GOOD = (
    '<?xml version="1.0"?><event version="2.0" uid="ANDROID-1" type="a-f-G-E-V-C" time="2026-11-22T04:00:00.5Z" '
    'start="2026-11-22T04:00:00Z" stale="2026-11-22T04:05:00Z" how="m-g">'
    '<point lat="51.2" lon="7.1" hae="9999999.0" ce="5.5" le="9999999"/>'
    '<detail><contact callsign="  Florian\nBergstadt 1 "/><track speed="12.5" course="-90"/><remarks>x</remarks>'
    "</detail>"
    "</event>"
)


def test_an_event_is_read() -> None:
    event = read(GOOD.encode())
    assert (event.uid, event.callsign) == ("ANDROID-1", "Florian Bergstadt 1")
    assert event.at == datetime(2026, 11, 22, 4, 0, 0, 500_000, UTC)
    assert (event.longitude, event.latitude, event.height, event.error) == (7.1, 51.2, None, 5.5)
    assert (event.speed, event.course) == (12.5, 270)


def test_an_event_without_detail_is_read() -> None:
    start, _, rest = GOOD.partition("<detail>")
    event = read((start + rest.partition("</detail>")[2]).encode())
    assert (event.callsign, event.speed) == (None, None)


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("<event", '<!DOCTYPE event [<!ENTITY x SYSTEM "file:///etc/passwd">]><event', "DOCTYPE"),
        ("<event", "<alert", "XML"),
        ('uid="ANDROID-1"', "", "uid"),
        ('uid="ANDROID-1"', f'uid="{"x" * 201}"', "uid"),
        ('type="a-f-G-E-V-C"', 'type="t-x-c-t"', "type"),
        ('time="2026-11-22T04:00:00.5Z"', 'time="2026-11-22T04:00:00"', "zone"),
        ('time="2026-11-22T04:00:00.5Z"', 'time="gestern"', "time"),
        ('stale="2026-11-22T04:05:00Z"', 'stale="2026-11-22T03:05:00Z"', "stale"),
        ('lat="51.2"', 'lat="NaN"', "lat"),
        ('lat="51.2"', 'lat="91"', "lat"),
        ('lon="7.1"', 'lon="1e400"', "lon"),
        ('lon="7.1"', "", "lon"),
        ('lat="51.2" lon="7.1" hae="9999999.0" ce="5.5"', 'lat="0" lon="0" ce="9999999"', "does not know"),
        ("<point", "<punkt", "point"),
        ('speed="12.5"', 'speed="inf"', "speed"),
        ("</event>", "", "XML"),
        ("<remarks>x</remarks>", f"<remarks>{'x' * MAX_BYTES}</remarks>", "bytes"),
    ],
)
def test_what_is_wrong_is_refused_by_name(before: str, after: str, named: str) -> None:
    assert before in GOOD
    with pytest.raises(Garbled, match=named):
        read(GOOD.replace('<?xml version="1.0"?>', "").replace(before, after, 1).encode())


def test_a_doctype_in_another_encoding_is_refused_too() -> None:
    hidden = "<!DOCTYPE event [<!ENTITY a 'aaaa'>]>" + GOOD.partition("?>")[2]
    with pytest.raises(Garbled, match="DOCTYPE"):
        read(('<?xml version="1.0" encoding="UTF-16"?>' + hidden).encode("utf-16"))


@pytest.mark.parametrize("payload", [b"", b"  ", b"\xff\xfe", b"<", b"{}", b"\x00" * 50])
def test_what_is_no_xml_is_refused(payload: bytes) -> None:
    with pytest.raises(Garbled):
        read(payload)
