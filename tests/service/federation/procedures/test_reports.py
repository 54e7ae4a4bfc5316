"""Reports of two towns to their Kreis: sent by a human, summed there, passed on to the Land; silence is an event."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from geodata.model.legal import LEGAL_LEVELS
from geodata.model.situation_report import Figures, Part, Rhythm, summed
from geodata.store.cluster import Cluster
from service.federation.procedures.reports import rules
from tests.service.federation.procedures.carried import until
from tests.service.federation.towns import FAST, Town, towns
from tests.service.roster.crew import Crew, crew, told

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = "/api/situation-reports"


async def ranked(town: Town, **levels: str) -> None:
    """What the handshake learns of the others' levels."""
    async with town.database.transaction("test") as tx:
        for origin, level in levels.items():
            set_level = text("UPDATE peer SET level = :level WHERE origin = :origin")
            await tx.connection.execute(set_level, {"origin": origin, "level": level})


async def site(ours: Crew, title: str) -> None:
    fields = {"title": title, "priority": "P1", "geometry": {"type": "Point", "coordinates": [7.1, 51.2]}}
    told(await ours.client.post(f"/api/incidents/{ours.incident}/sites", json={"fields": fields}))


async def test_two_towns_report_the_kreis_sums_and_sees_who_is_silent(cluster: Cluster) -> None:
    """Over the real streams. All three say DISTRICT of themselves; who is above is what each knows of the others."""
    federation = {**FAST, "level": "DISTRICT"}
    async with towns(cluster, "altdorf", "bergheim", "kreis", federation=federation) as (altdorf, bergheim, kreis):
        await ranked(kreis, altdorf="MUNICIPALITY", bergheim="MUNICIPALITY")
        for one in (altdorf, bergheim):
            await ranked(one, kreis="REGION")
        made = {one.origin: await crew(one.node, one.origin.title()) for one in (altdorf, bergheim)}
        above = await crew(kreis.node, "Kreis")
        for town, title in ((altdorf, "Unterführung"), (altdorf, "Altenheim"), (bergheim, "Kita")):
            await site(made[town.origin], title)
        told(await above.client.put(f"{URL}/rhythm", json={"hours": 0.001}))

        async def silent() -> Any:
            rows = told(await above.client.get(URL))["below"]
            return {row["origin"]: row["silent"] for row in rows} == {"altdorf": True, "bergheim": True}

        await until(silent, 30)
        told(await above.client.put(f"{URL}/rhythm", json={"hours": 6}))
        for town in (altdorf, bergheim):
            ours = made[town.origin]
            sent = {"to": [town.peers["kreis"].id], "text": "Pegel steigt"}
            seen = told(await ours.client.post(f"{URL}/preview", json=sent))
            key = {"Idempotency-Key": "derselbe-klick"}
            first = told(await ours.client.post(URL, json=sent, headers=key))
            assert told(await ours.client.post(URL, json=sent, headers=key)) == first
            assert first["body"]["figures"] == seen["body"]["figures"]

        async def both() -> Any:
            found = told(await above.client.get(URL))
            return found if len(found["parts"]) == 2 and not any(row["silent"] for row in found["below"]) else None

        found = await until(both, 30)
        assert found["sum"]["sites"] == {"REPORTED": 3}
        assert {one["origin"]: one["figures"]["sites"] for one in found["parts"]} == {
            "altdorf": {"REPORTED": 2}, "bergheim": {"REPORTED": 1},
        }  # fmt: skip
        assert {one["text"] for one in found["parts"]} == {"Pegel steigt"}
        asked = {"aggregate": True}
        upward = told(await above.client.post(f"{URL}/preview", json=asked))
        assert {one["origin"] for one in upward["body"]["parts"]} == {"altdorf", "bergheim"}
        assert upward["sum"]["sites"] == {"REPORTED": 3}
        assert told(await made["altdorf"].client.get(URL))["above"][0]["asks"]["hours"] == 6
        guest = await kreis.node.sign_in("Zuschauer", admin=False)
        assert (await guest.post(URL, json={"to": [kreis.peers["altdorf"].id]})).status_code == 403


def test_each_node_counts_once_what_it_says_itself_before_what_others_pass_on() -> None:
    own = Part("altdorf", "Altdorf", NOW, 1, Figures(incidents=1, sites={"DONE": 2}))
    passed = Part("altdorf", "Altdorf", NOW + timedelta(hours=1), 2, Figures(incidents=9), via="kreis")
    other = Part("bergheim", "Bergheim", NOW, 1, Figures(incidents=2, sites={"DONE": 1, "REPORTED": 1}))
    parts = rules.newest([passed, own, other])
    assert [(part.origin, part.number) for part in parts] == [("altdorf", 1), ("bergheim", 1)]
    assert summed(part.figures for part in parts) == Figures(incidents=3, sites={"DONE": 3, "REPORTED": 1})


def test_a_report_is_due_after_the_rhythm_from_the_last_one_or_from_when_it_was_asked_for() -> None:
    rhythm = Rhythm(6, NOW)
    assert rules.due(None, None) is None
    assert rules.due(rhythm, None) == NOW + timedelta(hours=6)
    assert rules.due(rhythm, NOW - timedelta(hours=1)) == NOW + timedelta(hours=6)
    assert rules.due(rhythm, NOW + timedelta(hours=2)) == NOW + timedelta(hours=8)


def test_the_highest_legal_level_counts() -> None:
    assert rules.highest(["SONDERLAGE", None, "KATASTROPHE", "erfunden"], LEGAL_LEVELS) == "KATASTROPHE"
    assert rules.highest([], LEGAL_LEVELS) is None


async def test_the_areas_of_those_below_and_every_municipality_of_ours(
    cluster: Cluster, template_with_land: str
) -> None:
    federation = {**FAST, "level": "DISTRICT", "ars": "05362"}
    async with towns(cluster, "altdorf", "kreis", federation=federation, template=template_with_land) as (_, kreis):
        above = await crew(kreis.node, "Kreis")
        await ranked(kreis, altdorf="REGION")
        assert told(await above.client.get(f"{URL}/areas")) == {"within": None, "areas": []}
        await ranked(kreis, altdorf="MUNICIPALITY")
        async with kreis.database.transaction("test") as tx:
            await tx.connection.execute(text("UPDATE peer SET ars = '053150000000'"))
        found = told(await above.client.get(f"{URL}/areas"))
        assert found["within"] == "05362"
        names = {one["ars"]: one["name"] for one in found["areas"]}
        assert names["05315"] == "Köln"
        assert {names[ars] for ars in names if ars.startswith("05362")} >= {"Bergheim", "Kerpen"}
        assert names["053150000000"] == "Köln"
        assert len(names) == 12
        assert all(6 < one["point"][0] < 7.3 and 50.5 < one["point"][1] < 51.2 for one in found["areas"])


def test_keys_of_areas_as_the_land_writes_them() -> None:
    given = ["053620020020", "053150000000", "05362", "053", None, "", "keiner", "000000000000"]
    assert rules.area_keys(given) == {"053620020020", "05315", "05362", "053"}
    assert rules.area_keys(["053620020"]) == {"053620020000", "05362"}
