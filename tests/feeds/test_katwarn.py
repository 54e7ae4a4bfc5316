"""Real warnings of NRW in KATWARN's format: what goes wrong in them, how their chains end, and where they are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyproj
import pytest
import shapely
from shapely.geometry import shape
from sqlalchemy import text

from feeds.contract import Batch, Garbled
from feeds.katwarn import Katwarn
from geodata.model.fact import PUBLIC
from geodata.model.level import Level
from geodata.model.warning import OfficialWarning
from geodata.store import warnings
from geodata.store.database import Database

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
SENT = 1_721_000_000
MONTH = 31 * 86_400
SQUARE = [[[6.9, 50.9], [7.0, 50.9], [7.0, 51.0], [6.9, 51.0], [6.9, 50.9]]]
PROVE = bool(os.environ.get("LAGEBILD_PROVE"))


def alert(id: str, **fields: Any) -> dict[str, Any]:
    usual = {
        "content_type": "info", "severity": "minor", "provider_id": "kwrn_de", "sender_id": "bbk", "event_code": "fire",
        "headline": "Leitstelle meldet: Rauchgase", "issuer": "Leitstelle Köln", "sent": str(SENT), "effective": SENT,
        "expires": SENT + MONTH, "geometry": {"type": "Polygon", "coordinates": SQUARE},
        "locality": '{"prefix":"Teile von","names":["Deutz"]}', "notifiable": "true", "language": "de",
    }  # fmt: skip
    return {**usual, "id": id, **fields}


def line(incident: str, **fields: Any) -> bytes:
    told = alert(**fields)
    url = f"https://katwarn.example/incidents/{incident}/{told['id']}"
    return json.dumps({"recorder_first_seen": "2024", "url": url, "alert": told}).encode()


def read(payload: bytes) -> Batch:
    parser = Katwarn()
    assert parser.recognises("alerts.ndjson", payload)
    return parser.parse("alerts.ndjson", payload, NOW)


def in_force(told: Iterable[OfficialWarning]) -> dict[str, OfficialWarning]:
    """As the store keeps them: what is referred to is over."""
    known: dict[str, OfficialWarning] = {}
    for warning in told:
        for earlier in warning.references:
            known.pop(earlier, None)
        known[warning.key] = warning
    return {key: w for key, w in known.items() if w.msg_type != "Cancel"}


def test_one_alert_is_a_warning_with_times_places_and_words() -> None:
    (warning,) = read(json.dumps(alert("a1")).encode()).warnings
    assert (warning.key, warning.level, warning.severity, warning.msg_type) == (
        "katwarn.a1",
        Level.LOW,
        "Minor",
        "Alert",
    )
    assert warning.sent == warning.effective == datetime.fromtimestamp(SENT, UTC)
    assert (warning.area_names, warning.sender_name) == (("Deutz",), "Leitstelle Köln")
    assert warning.geometry is not None


@pytest.mark.parametrize(
    ("seconds", "kept"), [(MONTH, False), (31 * 86_400 + 3_600, False), (86_400, True), (None, False)]
)
def test_an_end_in_a_month_is_no_end(seconds: int | None, kept: bool) -> None:
    (warning,) = read(json.dumps(alert("a1", expires=seconds and SENT + seconds)).encode()).warnings
    assert (warning.expires is not None) == kept
    assert not warning.over(NOW) or kept


def test_a_clear_ends_its_chain_even_if_a_link_was_missed() -> None:
    chain = [
        line("a1", id="a1"),
        line("a1", id="a2", references="a1", sent=str(SENT + 60)),
        line("a1", id="a4", references="a3", content_type="clear", sent=str(SENT + 180)),
        line("b1", id="b1", geometry={"type": "Point", "coordinates": [8.0, 52.0]}),
    ]
    for order in (chain, chain[::-1]):
        batch = read(b"\n".join(order))
        assert list(in_force(batch.warnings)) == ["katwarn.b1"]
        assert next(w for w in batch.warnings if w.key == "katwarn.a4").level is Level.NONE
    assert [w.msg_type for w in batch.warnings if w.key != "katwarn.b1"] == ["Alert", "Update", "Cancel"]


@pytest.mark.parametrize(
    ("words", "unfilled"),
    [
        ("Rauchgase in [Ortsangabe]", True), ("Duisburg [Stadtteil]", True), ("[Radiosender eintragen]", True),
        ("[Kreis/Stadt/Gemeinde/Feuerwehr] meldet", True), ("Kampfmittelfund in [Borken]", False),
        ("[Stadtteil Boy]", False), ("Rauchgase", False),
    ],
)  # fmt: skip
def test_an_unfilled_template_is_said_to_be_one(words: str, unfilled: bool) -> None:
    batch = read(json.dumps(alert("a1", headline=words)).encode())
    assert (batch.unknown["unfilled template"], "unfilled" in (batch.warnings[0].note or "")) == (unfilled, unfilled)


def test_neighbours_that_tell_of_the_same_thing_both_stay_and_the_later_says_so() -> None:
    later = {"sent": str(SENT + 600), "issuer": "Leitstelle Bonn"}
    batch = read(
        b"\n".join((line("a1", id="a1"), line("b1", id="b1", **later), line("c1", id="c1", event_code="flood")))
    )
    assert {w.key: w.note for w in batch.warnings} == {
        "katwarn.a1": None, "katwarn.c1": None, "katwarn.b1": "told before by Leitstelle Köln",
    }  # fmt: skip
    again = read(b"\n".join((line("a1", id="a1"), line("a1", id="a1"))))
    assert (len(again.warnings), again.unknown["told twice"]) == (1, 1)


def test_a_record_of_addresses_and_answers_is_read() -> None:
    root = "https://content.omega.kwrn.eu"
    record = {
        f"{root}/incidents": '{"incidents": []}',
        f"{root}/incidents/a1": '{"alerts": ["a1"]}',
        f"{root}/incidents/a1/a1": json.dumps(alert("a1")),
        f"{root}/topics/5/description": "{}",
    }
    assert [w.key for w in read(json.dumps(record).encode()).warnings] == ["katwarn.a1"]
    assert read(b'{"incidents": [{"bbox": [1, 2, 3, 4], "id": "a", "provider_id": "dwd"}]}').items == 0


def test_what_cannot_be_read_is_kept_aside() -> None:
    bad = [
        line("b", id="b", sent="gestern"),
        line("c", id="c", content_type="party"),
        line("d", id="d", severity=5),
        b"{",
    ]
    batch = read(b"\n".join([line("a1", id="a1"), *bad, line("e", id="e", geometry={"type": "Polygon"})]))
    assert [w.key for w in batch.warnings] == ["katwarn.a1", "katwarn.e"]
    assert len(batch.dropped) == 4
    with pytest.raises(Garbled):
        read(line("a1", id="a1")[:-9])


def recorded(samples: Path) -> list[OfficialWarning]:
    found: list[OfficialWarning] = []
    for path in sorted((samples / "katwarn").glob("*.ndjson")):
        found += read(path.read_bytes()).warnings
    return found


def test_recorded_chains_end_with_their_clear_and_month_long_ends_are_not_used(samples: Path) -> None:
    """What is left is compared with the recorder's own lines: incidents whose last alert is no clear."""
    last: dict[str, tuple[int, str, str]] = {}
    for path in sorted((samples / "katwarn").glob("*.ndjson")):
        for row in map(json.loads, path.read_text().splitlines()):
            incident, told = row["url"].split("/")[-2], row["alert"]
            last[incident] = max(last.get(incident, (0, "", "")), (int(told["sent"]), told["id"], told["content_type"]))
    expected = {f"katwarn.{id}" for _, id, kind in last.values() if kind != "clear"}
    told = recorded(samples)
    assert len(told) >= 700
    assert set(in_force(told)) == expected
    assert sum(w.msg_type == "Cancel" for w in told) >= 150
    assert all(w.expires is None or (w.expires - (w.effective or w.sent)).days < 30 for w in told)


async def test_municipalities_of_recorded_warnings_agree_with_their_polygons(samples: Path, nrw: Database) -> None:
    """Computed again with shapely, in metres: a town counts if the common area is a hundredth of the one or the other.

    Where the share is a hundredth within a tenth of it, either answer is right.
    """
    told = [w for w in recorded(samples) if w.geometry is not None]
    told = told if PROVE else told[::8]
    metres = pyproj.Transformer.from_crs(4326, 25832, always_xy=True).transform
    async with nrw.reading([PUBLIC]) as connection:
        rows = await connection.execute(text("SELECT ars, ST_AsBinary(geom) FROM area WHERE level = 'municipality'"))
        towns = {ars: shapely.transform(shapely.from_wkb(bytes(wkb)), metres, interleaved=False) for ars, wkb in rows}
    async with nrw.transaction("feed:katwarn") as tx:
        await warnings.record(tx, "test", told, source="katwarn", received_at=NOW)
    async with nrw.reading([PUBLIC]) as connection:
        rows = await connection.execute(text("SELECT id, body -> 'municipalities' FROM fact WHERE kind = 'warning'"))
        stored = {id: set(found or ()) for id, found in rows}
    names = list(towns)
    tree, compared = shapely.STRtree(list(towns.values())), 0
    for warning in told:
        if warning.key not in stored:
            continue  # ended by a later one of the same chain
        assert warning.geometry is not None
        area = shapely.transform(shape(warning.geometry.as_geojson()), metres, interleaved=False)
        shares = {}
        for place in tree.query(area, predicate="intersects"):
            town = towns[names[place]]
            common = town.intersection(area).area
            shares[names[place]] = max(common / town.area, common / area.area)
        surely = {ars for ars, share in shares.items() if share >= 0.011}
        perhaps = {ars for ars, share in shares.items() if share >= 0.009}
        assert surely <= stored[warning.key] <= perhaps, warning.headline()
        compared += 1
    assert compared >= (500 if PROVE else 60)
