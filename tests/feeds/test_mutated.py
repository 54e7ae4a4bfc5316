"""Answers with a few wounds, thousands of them, through every parser: each is refused in our own words or read, none
takes longer than a second, no XML entity is expanded.

The seeds are answers of the simulator, which speaks each source's format, and small ones made here; with recorded
samples beside the checkout the long form wounds those as well. LAGEBILD_PROVE=1 runs 10,000 for each parser.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feeds.catalogue import catalogue
from feeds.contract import Batch, FeedError
from feeds.corpus import CapFile, Parser
from feeds.katwarn import Katwarn
from feeds.plausibility import sift
from feeds.sensorthings.recorded import SensorThingsFile
from feeds.simulator import copernicus_ems, dwd, lanuk, lhp, nina, pegelonline
from feeds.simulator.dwd_cap_xml import cap_xml
from feeds.simulator.reply import Moment
from feeds.simulator.scenario import Scenario, load
from tests.feeds.sensorthings.answers import datastream, observation, page

PROVE = bool(os.environ.get("LAGEBILD_PROVE"))
EACH = 10_000 if PROVE else 150
LONGEST = 1.0 if PROVE else 10.0
"""Seconds for one payload; the short form runs on machines that are busy with other things."""
MOST_BYTES = 100_000
"""Of a seed: longer ones only take longer."""
NOW = datetime(2021, 7, 15, 8, tzinfo=UTC)

FULL = {"includeTimeseries": "true", "includeCurrentMeasurement": "true", "includeCharacteristicValues": "true"}
INSERTED = (
    b"\x00", b"\xff\xfe", b"\\u0000", b"\\ud800", b"NaN", b"Infinity", b"1e999", b"-1e-999", b"9" * 400, b"null",
    b"[]", b"{}", b'""', b"[[[[[[[[", b"{" * 3000, b"[" * 3000, b"]", b"}", b'"', b",", b"<", b">", b"&", b"&amp;",
    b"]]>", b";",
    b"0000-00-00T00:00:00Z", b"9999-12-31T23:59:59-14:00", b"0001-01-01T00:00:00+14:00", b"<!DOCTYPE a>",
    b"<a>" * 500,
    b"<?xml version='1.0' encoding='utf-7'?>", b"<script>alert(1)</script>", "ä€\U0001f30a".encode(),
    b"--", b"' OR 1=1",
)  # fmt: skip
ENTITIES = (
    b'<!DOCTYPE alert [<!ENTITY x "BOOMBOOM">]>', b'<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    b'<!DOCTYPE alert [<!ENTITY a "BOOMBOOM"><!ENTITY x "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
)  # fmt: skip

ALERT = {
    "id": "a2", "content_type": "info", "severity": "minor", "provider_id": "kwrn_de", "sent": "1626300000",
    "headline": "Rauchgase", "effective": 1626300000, "expires": 1628978400, "references": "a1",
    "instruction": ["Fenster"],
    "geometry": {"type": "Polygon", "coordinates": [[[6.9, 50.9], [7, 50.9], [7, 51], [6.9, 50.9]]]},
    "locality": '{"names":["Deutz"]}',
}  # fmt: skip


def spoken(flood: Scenario) -> dict[str, list[tuple[str, bytes]]]:
    """Parser -> addresses and answers."""
    moment = Moment(NOW)

    def ask(source: Any, *paths: str, at: Moment = moment, **query: str) -> list[tuple[str, bytes]]:
        told = [(path, source.answer(flood, at, path, query)) for path in paths]
        assert all(reply.status == 200 for _, reply in told), paths
        return [(path, reply.body) for path, reply in told]

    lists = ask(nina, "/mowas/mapData.json", "/dashboard/053150000000.json")
    id = json.loads(lists[0][1])[0]["id"]
    archive = "/" + "COMMUNEUNION_DWD_STAT/Z_CAP_C_EDZW_LATEST_PVW_STATUS_PREMIUMDWD_COMMUNEUNION_MUL.zip"
    xml = min((cap_xml(alert, (), "MUL", timedelta()) for alert in flood.weather), key=len)
    later = Moment(NOW + timedelta(days=2))
    activations = ask(copernicus_ems, "/public-activations-info/", at=later, limit="300")
    code = json.loads(activations[0][1])["results"][0]["code"]
    activation = ask(copernicus_ems, "/public-activations/", at=later, code=code)
    layer = json.loads(activation[0][1])["results"][0]["aois"][0]["products"][0]["layers"][0]["json"]
    kept = json.dumps({"recorder_first_seen": "x", "url": "https://x/incidents/a1/a2", "alert": ALERT}).encode()
    return {
        "pegelonline": [
            *ask(pegelonline, "/stations.json", waters="RUHR", **FULL),
            *ask(pegelonline, "/stations/KÖLN/W/measurements.json", start="PT6H", prettyprint="false"),
            *ask(pegelonline, "/stations/KÖLN/WV/measurements.json"),
        ],
        "nina": [*lists, *ask(nina, f"/warnings/{id}.json", f"/warnings/{id}.geojson")],
        "dwd_cap": [*ask(dwd, archive, at=Moment(NOW - timedelta(days=2))), ("alert.xml", xml)],
        "cap": [("alert.xml", xml)],
        "lanuk": [
            *ask(lanuk, "/internet/layers/10/index.json", "/internet/layers/30/index.json", "/messwerte.zip"),
            *ask(lanuk, "/internet/stations/stations.json", "/internet/stations/100/2829100000100/S/week.json"),
            *ask(lanuk, "/internet/stations/100/2829100000100/S/alarmlevel.json"),
            ("niederschlag.txt", b"station_no;time;value(mm/h)\r\n104;2021-07-15T08:00:00.000+01:00;3.5\r\n104;\r\n"),
        ],
        "copernicus_ems": [
            *activations,
            *activation,
            *ask(copernicus_ems, layer.removeprefix(copernicus_ems.ROOT), at=later),
        ],
        "lhp": ask(lhp, "/stations", "/alerts"),
        "sensorthings": [
            ("Datastreams.json", page(datastream(1, observation()), datastream(2, observation(), thing="a"))),
            ("Things.json", page({"@iot.id": 1, "name": "Bach", "Datastreams": [datastream(3, observation())]})),
            ("Observations.json", page(*(observation(result=str(number)) for number in range(5)), count=5)),
            ("mqtt.json", json.dumps({"topic": "v1.1/Datastreams(1)/Observations", "payload": observation()}).encode()),
        ],
        "katwarn": [("a.json", json.dumps(ALERT).encode()), ("a.ndjson", kept + b"\n" + kept)],
    }


def parsers() -> dict[str, Parser]:
    known: list[Parser] = [*(feed(area=None) for feed in catalogue().feeds.values()), CapFile(), Katwarn()]
    known.append(SensorThingsFile())
    return {str(parser.name): parser for parser in known}


SPOKEN = ("pegelonline", "nina", "dwd_cap", "cap", "lanuk", "lhp", "copernicus_ems", "katwarn", "sensorthings")
FOLDERS = {"lanuk": "nrw_lanuk", "cap": "cap12"}


def wounded(seeds: list[tuple[str, bytes]], dice: random.Random) -> Iterator[tuple[str, bytes]]:
    while True:
        path, payload = dice.choice(seeds)
        body = bytearray(payload)
        for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
            at, kind = dice.randrange(len(body) or 1), dice.choice((0, 1, 2, 3, 4, 5, 5, 5, 6))
            if kind == 0:
                body[at : at + 1] = bytes([dice.randrange(256)])
            elif kind == 1:
                body[at:at] = dice.choice(INSERTED)
            elif kind == 2:
                del body[at : at + dice.choice((1, 2, 10, 100, 1000))]
            elif kind == 3:
                body = body[:at]
            elif kind == 4:
                other = dice.randrange(len(body) or 1)
                body[at:at] = body[other : other + dice.choice((3, 30, 300))]
            elif kind == 5:
                _value(body, dice)
            else:
                body[at : at + 4] = bytes(dice.randrange(256) for _ in range(4))
        yield path, bytes(body)


def _value(body: bytearray, dice: random.Random) -> None:
    """Another value where a JSON value or the text of an element begins."""
    places = [i for i in range(len(body) - 1) if body[i] in b":>;"][:4000]
    if places:
        at = dice.choice(places) + 1
        end = at
        while end < len(body) and body[end] not in b',}]<;\r"' and end - at < 40:
            end += 1
        body[at:end] = dice.choice(INSERTED)


@pytest.fixture(scope="module")
def seeds() -> dict[str, list[tuple[str, bytes]]]:
    found = {
        name: [(path, body) for path, body in told if len(body) <= MOST_BYTES]
        for name, told in spoken(load("flood_2021")).items()
    }
    assert all(found.values())
    samples = Path(__file__).resolve().parents[3] / "shared" / "samples"
    for name in SPOKEN if PROVE and samples.is_dir() else ():
        for path in sorted((samples / FOLDERS.get(name, name)).glob("*.*")):
            if path.suffix != ".md" and path.stat().st_size <= MOST_BYTES:
                found[name].append((path.name, path.read_bytes()))
    return found


@pytest.mark.proof
@pytest.mark.parametrize("name", SPOKEN)
def test_no_wounded_answer_escapes_its_parser_or_holds_it_up(
    seeds: dict[str, list[tuple[str, bytes]]], name: str
) -> None:
    parser, dice = parsers()[name], random.Random(f"{name} {EACH}")
    outcomes, slowest = {"read": 0, "refused": 0}, 0.0
    for count, (path, payload) in enumerate(wounded(seeds[name], dice)):
        if count == EACH:
            break
        began = time.perf_counter()
        try:
            parser.recognises(path, payload)
            batch = sift(parser.parse(path, payload, NOW), NOW)
            assert isinstance(batch, Batch)
            outcomes["read"] += 1
        except FeedError:
            outcomes["refused"] += 1
        except Exception as error:
            pytest.fail(f"{type(error).__name__}: {error} by {payload[:300]!r} of {path}, number {count}")
        took = time.perf_counter() - began
        slowest = max(slowest, took)
        assert took < LONGEST, f"{took:.2f} s for {payload[:300]!r} of {path}, number {count}"
    print(f"\n{name}: {EACH} wounded answers, {outcomes}, slowest {slowest * 1000:.0f} ms")
    assert all(outcomes.values()), "wounds that are all alike prove nothing"


@pytest.mark.parametrize("entity", ENTITIES)
@pytest.mark.parametrize("name", SPOKEN)
def test_no_entity_is_expanded(seeds: dict[str, list[tuple[str, bytes]]], name: str, entity: bytes) -> None:
    for path, payload in seeds[name][:6]:
        told = payload.replace(b"?>", b"?>" + entity, 1) if b"?>" in payload[:200] else entity + payload
        for place in (b"<headline>", b"<identifier>", b'"headline": "', b'"station_name":"', b'"name":"'):
            told = told.replace(place, place + b"&x;", 1)
        try:
            batch = parsers()[name].parse(path, told, NOW)
        except FeedError:
            continue
        batch.dropped.clear()  # what is kept aside shows the source's own bytes
        assert "BOOM" not in repr(batch) and Path("/etc/hostname").read_text().strip() not in repr(batch)


def test_every_source_of_ours_is_wounded_here_or_in_a_test_of_its_own() -> None:
    """Another source joins by a line in `spoken`; one with a test of its own says so there with the word `mutated`."""
    names = {name for name, feed in catalogue().feeds.items() if feed.__module__.startswith("feeds.")}
    own = {name for name in names - set(SPOKEN) if _wounds_itself(name)}
    assert names - set(SPOKEN) - own == set()


def _wounds_itself(name: str) -> bool:
    tests = Path(__file__).parent.rglob(f"test_{name}*.py")
    return any(re.search(r"mutat|wound|hostile", test.read_text()) for test in tests)
