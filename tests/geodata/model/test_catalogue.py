"""The catalogue holds together: every code it uses exists, every strength adds up, what is not verified says so."""

from __future__ import annotations

import re

import pytest

from geodata.model import catalogue, strength
from geodata.model.catalogue import CAPABILITIES, CONCEPTS, KNOWN, QUALIFICATIONS, TYPES, Figures, capabilities_of
from geodata.model.resource import ResourceKind

STABLE = [
    "FUEHRUNG",
    "BRAND",
    "TECHNISCHE_HILFE",
    "HOEHENRETTUNG",
    "WASSERFOERDERUNG",
    "WASSER_TRANSPORT",
    "LOGISTIK",
    "SANDSACK",
    "PUMPEN",
    "HOCHWASSERSCHUTZ",
    "BOOT",
    "STROEMUNGSRETTUNG",
    "TAUCHEN",
    "RETTUNGSDIENST",
    "KRANKENTRANSPORT",
    "NOTARZT",
    "SANITAET",
    "BETREUUNG",
    "VERPFLEGUNG",
    "STROM",
    "BELEUCHTUNG",
    "TRINKWASSER",
    "RAEUMEN",
    "BERGUNG",
    "HEBEN",
    "INSTANDSETZUNG",
    "CBRN_MESSEN",
    "DEKON_P",
    "DEKON_V",
    "GEFAHRGUT",
    "ATEMSCHUTZ",
    "PERSONENTRANSPORT",
    "IUK",
    "DROHNE",
    "ORTUNG",
    "RETTUNGSHUNDE",
    "PSNV",
    "LUFTRETTUNG",
    "ERKUNDUNG",
]
SEED = [
    "KdoW",
    "ELW1",
    "ELW2",
    "ELW3",
    "MTF",
    "MTW",
    "HLF10",
    "HLF20",
    "LF10",
    "LF20",
    "LF20-KatS",
    "LF-KatS",
    "MLF",
    "StLF",
    "TSF-W",
    "TLF2000",
    "TLF3000",
    "TLF4000",
    "DLA(K)23/12",
    "DLK23-12",
    "RW",
    "GW-L1",
    "GW-L2",
    "GW-G",
    "GW-A",
    "GW-Mess",
    "CBRN-ErkW",
    "SW2000",
    "SW-KatS",
    "WLF",
    "AB-MANV",
    "AB-Rüst",
    "AB-Sandsack",
    "AB-Hochwasser",
    "AB-Logistik",
    "AB-Tank",
    "MZB",
    "RTB",
    "Hochwasserboot",
    "RTW",
    "KTW",
    "NEF",
    "NAW",
    "ITW",
    "RTH",
    "ITH",
    "KTW-B",
    "GW-San",
    "Betreuungs-Kombi",
    "Betreuungs-LKW",
    "FKH",
    "GKW",
    "MzKW",
    "MzGW",
    "MTW-TZ",
    "MLW",
    "LKW-Lkr",
    "Radlader",
    "Bagger",
    "Teleskoplader",
    "NEA50",
    "NEA200",
    "NEA650",
    "SwPu5000",
    "SwPu15000",
    "SwPu25000",
    "TWAA",
    "EGS",
    "MHP",
    "Drohne",
    "VOST",
    "TZ",
    "BezBer",
    "WR-Z",
    "ABC-Zug",
]
HELD = [
    "TM",
    "TF",
    "GF",
    "ZF",
    "VF",
    "LDS",
    "S1",
    "S2",
    "S3",
    "S4",
    "S5",
    "S6",
    "OrgL",
    "LNA",
    "ELRD",
    "FB-THW",
    "FB-CBRN",
    "KBM",
    "AGT",
    "CSA",
    "MA",
    "MA-DLK",
    "SPRF",
    "TH",
    "ABC1",
    "ABC2",
    "MS-A",
    "ABSTURZ",
    "HÖHENRETTER",
    "VEGBRAND",
    "SH",
    "RH",
    "RS",
    "NFS",
    "NA",
    "PFLEGE",
    "ARZT",
    "APOTHEKE",
    "BF-B",
    "SR1",
    "SR2",
    "SR3",
    "ET",
    "WR",
    "DEICH",
    "PSNV-B",
    "PSNV-E",
    "NFSE",
    "B",
    "BE",
    "C1",
    "C1E",
    "C",
    "CE",
    "D",
    "T",
    "L",
    "STAPLER",
    "KRAN",
    "BAGGER",
    "RADLADER",
    "ELEKTROFACHKRAFT",
    "STROMERZEUGER",
    "PUMPEN",
    "DROHNE",
    "KÜCHE",
    "IT",
    "FUNKAMATEUR",
    "BETREUUNG",
    "REGISTRIERUNG",
    "KINDERSCHUTZ",
    "DOLMETSCHEN",
]
CODE = re.compile(r"[A-Za-z0-9ÄÖÜäöüß][A-Za-z0-9ÄÖÜäöüß_.()/ +-]{0,59}")


@pytest.mark.parametrize("text", [*SEED, "GW-Dekon P", "AB-Dekon V", "BHP-B 50", "BTP-B 500", "PT-Z 10", "EE NRW"])
def test_all_of_the_seed_is_found_by_its_code(text: str) -> None:
    assert KNOWN.find(text) is not None


def test_the_codes_that_others_rely_on_are_there() -> None:
    assert set(CAPABILITIES) == set(STABLE)
    assert set(HELD) <= set(QUALIFICATIONS)
    offered = {capability for each in TYPES.values() for capability in each.capabilities}
    assert offered == set(STABLE), "some capability is offered by nothing"


def test_every_code_that_is_used_exists() -> None:
    for each in TYPES.values():
        assert CODE.fullmatch(each.code), each.code
        assert each.name and each.name_en and each.group in catalogue.GROUPS
        assert set(each.capabilities) <= set(CAPABILITIES), each.code
        assert each.capabilities, each.code
        assert set(each.qualifications) <= set(QUALIFICATIONS), each.code
        assert set(each.capacities) - {"patients", "people"} <= set(catalogue.CAPACITIES), each.code
        assert each.symbol["base"]
        assert 0 < each.speed_kmh <= 300
        if each.crew:
            assert str(strength.parse(each.crew)) == each.crew
            assert each.minimum_crew <= strength.parse(each.crew).total
    for qualification in QUALIFICATIONS.values():
        assert set(qualification.includes) <= set(QUALIFICATIONS), qualification.code
        assert qualification.group in catalogue.QUALIFICATION_GROUPS
    for concept in CONCEPTS.values():
        for part in concept.parts:
            assert {part.item, *part.instead} <= set(TYPES), (concept.code, part)
            assert part.count >= 1
        assert TYPES[concept.code].kind is ResourceKind.UNIT


def test_no_other_way_of_writing_means_two_types() -> None:
    codes = [each.code for each in TYPES.values()]
    folded = [catalogue.KNOWN.find(code) for code in codes]
    assert [each.code for each in folded if each] == codes
    for each in TYPES.values():
        for text in each.also:
            found = KNOWN.find(text)
            assert found is not None and found.code == each.code, text


@pytest.mark.parametrize(
    ("concept", "parts"),
    [
        ("BezBer", {"BezBer-F": 1, "LZ": 4, "LogZ": 1}),
        ("PT-Z 10", {"ELW1": 1, "RTW": 4, "KTW": 4, "NEF": 2}),
        ("BTP-B 500", {"Führungsstaffel": 1, "EE NRW": 2}),
        ("TZ", {"ZTr": 1, "B": 1, "FGr N": 1}),
    ],
)
def test_what_a_source_says_of_a_concept_stands_so(concept: str, parts: dict[str, int]) -> None:
    found = CONCEPTS[concept]
    assert {part.item: part.count for part in found.parts} == parts
    assert found.confidence is Figures.SEEN


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("Selbstständiger Trupp", "0/1/2//3"), ("Staffel", "0/1/5//6"), ("Gruppe", "0/1/8//9"), ("LZ", "1/3/18//22"),
        ("Zugtrupp", "1/1/2//4"), ("ZTr", "1/1/2//4"), ("B", "0/2/7//9"), ("B-ASH", "0/2/10//12"),
        ("Tr ESS", "0/2/4//6"), ("HLF20", "0/1/8//9"),
    ],
)  # fmt: skip
def test_the_strengths_of_the_domain_stand_so(code: str, said: str) -> None:
    assert TYPES[code].crew == said


def test_what_the_parts_do_not_make_up_has_no_strength() -> None:
    assert CONCEPTS["BHP-B 50"].persons == (138, 140)
    assert TYPES["BHP-B 50"].crew is None
    assert catalogue.full_strength("BezBer").total == 130


def test_what_is_not_verified_says_so() -> None:
    assert TYPES["HLF20"].confidence is Figures.MEMORY
    assert CONCEPTS["EE NRW"].confidence is Figures.MEMORY
    for concept in CONCEPTS.values():
        assert concept.source


def test_a_type_is_found_however_it_is_written_and_a_slip_is_answered_with_what_is_near() -> None:
    for text in ("hlf 20", "HLF-20", "HLF20", "Hilfeleistungslöschgruppenfahrzeug 20"):
        found = KNOWN.find(text)
        assert found is not None and found.code == "HLF20"
    assert KNOWN.find("HLF21") is None
    assert "HLF20" in KNOWN.near("HLF21")
    assert KNOWN.near("Löschzg")[0] == "LZ"
    assert KNOWN.near("§§§") == []


def test_a_qualification_includes_those_below_it() -> None:
    assert catalogue.qualified(["VF"]) >= {"VF", "ZF", "GF", "TF", "TM"}
    assert catalogue.qualified(["CE", "unknown"]) >= {"CE", "C", "C1", "B", "BE", "unknown"}
    assert capabilities_of("RW", ["DROHNE"]) >= {"TECHNISCHE_HILFE", "DROHNE"}
    assert capabilities_of("nobody knows this", ["BOOT"]) == {"BOOT"}
    assert {"BETREUUNG", "FUEHRUNG", "SANITAET"} <= capabilities_of("BTP-B 500")
