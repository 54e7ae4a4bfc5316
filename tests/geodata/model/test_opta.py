"""OPTA (DOMAIN 2.2): 24 signs, spaces kept, the first eight read, the rest left as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.model.editing import BadEdit
from geodata.model.opta import parse
from geodata.model.plates import NRW_PLATES

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyzÄÖÜäöüß0123456789 ./()+_*-"


def test_the_blocks_lie_where_the_table_says() -> None:
    opta = parse("NWFW AC 1    HLF20   01A")
    assert (opta.land, opta.bos, opta.region) == ("NW", "FW", "AC")
    assert (opta.local, opta.function, opta.ordinal, opta.supplement) == ("1    ", "HLF20   ", "01", "A")
    assert opta.raw == "NWFW AC 1    HLF20   01A"
    assert opta.rest == "1    HLF20   01A"


@pytest.mark.parametrize(
    ("text", "shown", "spoken"),
    [
        ("NWFW AC 1    HLF20   01 ", "NW FW AC 1 HLF20 1", "Florian Aachen 1 HLF20 1"),
        ("NWFW ME 01   HLF20   02 ", "NW FW ME 01 HLF20 2", "Florian Mettmann 01 HLF20 2"),
        ("NWFW ME 01   DLK23   1  ", "NW FW ME 01 DLK23 1", "Florian Mettmann 01 DLK23 1"),
        ("NWDRKBOR03   RTW     01 ", "NW DRK BOR 03 RTW 1", "Rotkreuz Borken 03 RTW 1"),
        ("NWMHDK  12   RTW     10 ", "NW MHD K 12 RTW 10", "Johannes Köln 12 RTW 10"),
        ("NWJUHD  02   KTW     03 ", "NW JUH D 02 KTW 3", "Akkon Düsseldorf 02 KTW 3"),
        ("NWASBWIT1    ELW1    01 ", "NW ASB WIT 1 ELW1 1", None),
        ("NWPOLAC 12   STREIFE 01 ", "NW POL AC 12 STREIFE 1", None),
        ("BUTHWNW BOCHU GKW    01 ", "BU THW NW BOCHU GKW 01", None),
        ("BYFW M  whatever/it-is *", "BY FW M whatever/it-is *", None),
        ("NWFW                    ", "NW FW", None),
    ],
)
def test_it_is_shown_for_people_and_its_call_sign_guessed(text: str, shown: str, spoken: str | None) -> None:
    opta = parse(text)
    assert str(opta) == shown
    assert opta.spoken() == spoken


@pytest.mark.parametrize(
    "text",
    [
        "", "NWFW AC 1    HLF20   01", "NWFW AC 1    HLF20   01  ", "NWFW AC 1    HLF20   01\n",
        "NWFW AC\t1    HLF20   01 ", "NWFW AC 1    <b>20   01 ", "nwFW AC 1    HLF20   01 ", "N FW AC 1    HLF20   01 ",
        "NW   AC 1    HLF20   01 ", "NWFW AC 1    HLF20\u00a0  01 ", "NWFW AC 1    HLF２0   01 ",
        "  FW AC 1    HLF20   01 ", "=1+FW AC 1    HLF20 01 ",
    ],
)  # fmt: skip
def test_wrong_length_or_signs_are_refused_by_name(text: str) -> None:
    with pytest.raises(BadEdit) as refused:
        parse(text)
    assert refused.value.field == "opta"


@given(st.text(SIGNS, min_size=16, max_size=16), st.sampled_from(["NW", "BU", "BY", "XX"]))
def test_it_never_fails_on_a_rest_that_it_does_not_know(rest: str, land: str) -> None:
    text = f"{land}FW AC {rest}"
    opta = parse(text)
    assert opta.raw == text
    assert opta.land + text[2:8] + opta.rest == text
    if land == "NW":
        assert f"{opta.local}{opta.function}{opta.ordinal}{opta.supplement}" == rest
        assert (opta.spoken() or "").startswith("Florian Aachen")
    else:
        assert (opta.local, opta.spoken()) == (None, None)
    assert str(opta).startswith(f"{land} FW AC")


@given(st.text(max_size=40))
def test_any_text_is_an_opta_or_refused(text: str) -> None:
    try:
        opta = parse(text)
    except BadEdit:
        return
    assert opta.raw == text and len(text) == 24


def test_every_district_and_city_of_the_land_has_its_plate() -> None:
    assert len(NRW_PLATES) == 53
    assert len(set(NRW_PLATES.values())) == 53
