"""The overview counts what the asker sees, and says what it could not count."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from geodata.model.ref import Ref
from geodata.model.resource import Availability, Deployment, Position, Resource, ResourceKind
from geodata.store import resources
from service.resources.overview_sent import ResourcesOverview
from tests.service.conftest import Node
from tests.service.resources.fleet import Town, town

HERE = "053820056056"


@pytest.fixture
async def here(node: Node) -> Town:
    return await town(node, "Feuerwehr Bergstadt", cover=[{"ars": HERE, "capability": "BRAND", "minimum": 2}])


async def overview(town: Town, **asked: str) -> dict[str, Any]:
    answer = await town.client.get("/api/resources/overview", params=asked)
    assert answer.status_code == 200, answer.text
    msgspec.convert(answer.json(), ResourcesOverview)  # as it is described
    return dict(answer.json())


def later(**given: float) -> str:
    return (datetime.now(UTC) + timedelta(**given)).isoformat()


async def test_board_and_strength_count_by_organisation_and_by_type(here: Town, node: Node) -> None:
    hlf = await here.add("HLF 1", strength="0/1/8//9", capabilities=["BRAND"])
    await here.add("HLF 2", strength="1/1/4//6")
    await here.add("RW 1", "RW")
    await here.client.post(f"/api/resources/{hlf}/status", json={"code": "2"})
    there = await town(node, "Feuerwehr Talstadt")
    await there.add("LF 1", "LF10", strength="0/1/8//9")

    found = await overview(here)
    assert found["resources"] == 3
    assert [(one["organisation"], one["counts"]) for one in found["board"]] == [
        (here.organisation, {"AVAILABLE_STATION": 1, "UNKNOWN": 2})
    ]
    (total,) = found["strength"]["total"]
    assert (total["leaders"], total["subleaders"], total["crew"], total["total"]) == (1, 2, 12, 15)
    assert (total["said"], total["unsaid"]) == (2, 1)
    assert {one["key"]: one["total"] for one in found["strength"]["by_type"]} == {"HLF20": 15, "RW": 0}
    assert found["organisations"] == {here.organisation: "Feuerwehr Bergstadt"}
    assert found["cover"] == [{"ars": HERE, "capability": "BRAND", "minimum": 2, "short": 1}]
    assert found["reserve"][HERE]["BRAND"] == [1, 2]
    assert found["shortfalls"][0]["free"] == 1


async def test_municipalities_are_called_as_the_land_calls_them_and_not_as_somebody_in_them(node: Node) -> None:
    insert = text("""
        INSERT INTO area (ars, ags, level, name, designation, geom, label)
        SELECT ars, ars, level, name, '', ST_Multi(ST_MakeEnvelope(7, 50.7, 7.2, 50.9, 4326)),
               ST_SetSRID(ST_Point(7.1, 50.8), 4326)
        FROM (VALUES (:town, 'municipality', 'Bergstadt'), ('05382', 'district', 'Rhein-Sieg-Kreis'))
            AS one (ars, level, name)
    """)
    async with node.database.transaction("test") as tx:
        await tx.connection.execute(insert, {"town": HERE})
    wanted = [("053820000000", "BRAND"), ("053820056999", "BRAND")]
    cover = [{"ars": ars, "capability": capability, "minimum": 1} for ars, capability in wanted]
    relief = await town(node, "DRK Rhein-Sieg", ars=HERE, kind="HIORG", cover=cover)
    await relief.add("RTW 1", "RTW", ars=HERE)
    found = await overview(relief)
    assert HERE in found["reserve"]
    assert found["areas"] == {HERE: "Bergstadt", "053820000000": "Rhein-Sieg-Kreis"}


async def test_a_unit_and_its_members_are_counted_once(here: Town) -> None:
    unit = await here.add("1. Zug", "ABC-Zug", kind="UNIT", strength="1/3/18//22")
    await here.add("HLF 1", parent=unit)
    (total,) = (await overview(here))["strength"]["total"]
    assert (total["total"], total["unsaid"]) == (22, 0)
    await here.add("HLF 2", parent=unit, strength="0/1/8//9")
    (total,) = (await overview(here))["strength"]["total"]
    assert (total["total"], total["unsaid"]) == (9, 1)


async def test_relief_lists_what_ends_within_a_day_soonest_first(here: Town) -> None:
    for callsign, hours in (("spät", 30), ("bald", 3), ("gleich", 1)):
        id = await here.add(callsign, relief_due=later(hours=hours))
        await here.client.post(f"/api/resources/{id}/deployment", json={"state": "ALERTED"})
    await here.add("zu Hause", relief_due=later(hours=1))
    lines = [line for line in (await overview(here))["relief"]["lines"] if line["what"] == "RELIEF_DUE"]
    assert [line["callsign"] for line in lines] == ["gleich", "bald"]
    assert not any(line["late"] for line in lines)


async def test_defects_low_fuel_and_short_stock_are_listed(here: Town) -> None:
    await here.add("HLF 1", defects=["Pumpe tropft"])
    await here.add("HLF 2", fuel=10)
    await here.add("HLF 3", fuel=80)
    stock = [
        {"article": "Sandsack", "unit": "Stück", "quantity": 900, "minimum": 1000},
        {"article": "Diesel", "unit": "l", "quantity": 200, "consumption": 50},
        {"article": "Decken", "unit": "Stück", "quantity": 900},
    ]
    for fields in stock:
        await here.client.post(f"/api/fleets/{here.organisation}/stock", json={"fields": fields})
    found = await overview(here)
    assert [line["callsign"] for line in found["defects"]["lines"]] == ["HLF 1", "HLF 2"]
    assert [(line["article"], line["hours"]) for line in found["low_stock"]["lines"]] == [
        ("Diesel", 4.0),
        ("Sandsack", None),
    ]


async def test_only_what_is_under_way_and_silent_counts_as_stale(here: Town, node: Node) -> None:
    now = datetime.now(UTC)
    for number, (state, minutes) in enumerate(
        [(Deployment.EN_ROUTE, 30), (Deployment.EN_ROUTE, 1), (Deployment.AT_HOME, 30)]
    ):
        one = Resource(
            here.organisation, ResourceKind.VEHICLE, "HLF20", f"HLF {number}", state, Availability.COMMITTED_EN_ROUTE
        )
        async with node.database.transaction("machine") as tx:
            ref = Ref("local", "resource", f"r{number}")
            resources.add(tx, ref, one, room=here.room, at=now, source="test")
            at = now - timedelta(minutes=minutes)
            place = Position(7.1, 51.2, at, "test")
            resources.put_position(tx, Ref("local", "position", f"r{number}"), here.room, place, received_at=now)
    assert [line["callsign"] for line in (await overview(here))["stale"]["lines"]] == ["HLF 0"]


async def test_what_is_asked_for_narrows_the_board_but_not_the_cover(here: Town) -> None:
    id = await here.add("HLF 1", capabilities=["BRAND"])
    await here.client.post(f"/api/resources/{id}/status", json={"code": "2"})
    found = await overview(here, incident="another")
    assert found["resources"] == 0
    assert found["reserve"][HERE]["BRAND"] == [1, 1]
    assert (await overview(here, ars="053820000000"))["resources"] == 1
    assert (await overview(here, ars="05315"))["resources"] == 0
    assert (await here.client.get("/api/resources/overview?ars=x")).status_code == 422


async def test_the_strength_table_holds_no_formula_and_ends_with_the_sum(here: Town) -> None:
    await here.client.patch(
        f"/api/fleets/{here.organisation}", json={"base": 1, "fields": {"name": '=HYPERLINK("http://x")'}}
    )
    await here.add("HLF 1", strength="0/1/8//9")
    await here.add("HLF 2", strength="0/1/5//6")
    answer = await here.client.get("/api/resources/strength.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    table = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    assert table[1] == ['\'=HYPERLINK("http://x")', "HLF20", "0", "2", "13", "15", "2", "0"]
    assert table[-1] == ["Summe", "", "0", "2", "13", "15", "2", "0"]
