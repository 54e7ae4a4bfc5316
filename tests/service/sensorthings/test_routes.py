"""What the service says, entity by entity and option by option, over real HTTP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from geodata.store.cluster import Cluster
from tests.service.conftest import Node, running
from tests.service.sensorthings.measured import COUNT, START, flow

ROOT = "/api/sta/v1.1"
Ask = Callable[..., Awaitable[Any]]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def river(cluster: Cluster) -> AsyncIterator[Node]:
    """One for all: it is only read."""
    name = f"test_sensorthings_{os.getpid()}"
    cluster.create_database(name, template="template_lagebild")
    async with running(cluster.url(name)) as node:
        await flow(node.database)
        yield node
    cluster.drop_database(name)


@pytest.fixture
def ask(river: Node) -> Ask:
    async def one(path: str, status: int = 200, **options: Any) -> Any:
        answer = await river.client.get(f"{ROOT}/{path}", params={f"${name}": value for name, value in options.items()})
        assert answer.status_code == status, answer.text
        return answer.json()

    return one


def ids(answer: Any) -> list[str]:
    return [entry["@iot.id"] for entry in answer["value"]]


async def test_the_landing_page_names_every_set_and_each_can_be_followed(river: Node, ask: Ask) -> None:
    told = (await river.client.get(ROOT)).json()
    assert {entry["name"] for entry in told["value"]} == {
        "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
        "FeaturesOfInterest",
    }  # fmt: skip
    for entry in told["value"]:
        assert entry["url"] == f"{river.url}{ROOT}/{entry['name']}"
        answer = await river.client.get(entry["url"])
        assert answer.status_code == 200 and answer.json()["value"]


async def test_every_link_of_every_kind_of_entity_leads_somewhere(river: Node, ask: Ask) -> None:
    for name in ("Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties",
                 "Observations", "FeaturesOfInterest"):  # fmt: skip
        first = (await ask(name, top=1))["value"][0]
        links = [link for key, link in first.items() if key.endswith("navigationLink")]
        assert links
        for link in (first["@iot.selfLink"], *links):
            answer = await river.client.get(link)
            assert answer.status_code == 200, (link, answer.text)
            assert answer.json().get("value", True) != [] or "test.dry" in link


async def test_a_station_is_a_thing_with_place_series_marks_and_licence(ask: Ask) -> None:
    found = await ask("Things('test.koeln')", expand="Locations,Datastreams($expand=ObservedProperty,Sensor)")
    assert found["name"] == "KÖLN" and found["properties"]["water"] == "RHEIN"
    place = found["Locations"][0]
    assert place["encodingType"] == "application/geo+json"
    assert place["location"] == {"type": "Point", "coordinates": [6.96, 50.94]}
    flow_, level = sorted(found["Datastreams"], key=lambda d: d["@iot.id"])
    assert (level["@iot.id"], flow_["@iot.id"]) == ("test.koeln.W", "test.koeln.Q")
    assert level["unitOfMeasurement"]["symbol"] == "cm" and flow_["unitOfMeasurement"]["symbol"] == "m³/s"
    assert level["properties"]["thresholds"] == [
        {"name": "M_I", "title": "Meldestufe I", "value": 620.0, "unit": "cm", "level": 2}
    ]
    assert level["ObservedProperty"]["name"] == "Wasserstand"
    assert level["ObservedProperty"]["definition"].startswith("http://")
    assert level["Sensor"]["name"] == "Testpegel" and level["Sensor"]["properties"]["licence"] == "DL-DE-Zero-2.0"
    last = START + timedelta(minutes=5 * (COUNT - 1))
    assert level["phenomenonTime"] == f"2026-07-14T00:00:00Z/{last.isoformat().replace('+00:00', 'Z')}"


async def test_a_series_without_place_or_values_is_told_all_the_same(ask: Ask) -> None:
    found = await ask("Things('test.dry')", expand="Locations,Datastreams/Observations")
    assert found["Locations"] == []
    assert found["Datastreams"][0]["Observations"] == []
    assert "phenomenonTime" not in found["Datastreams"][0]


async def test_pages_hold_everything_once_and_in_order(river: Node, ask: Ask) -> None:
    page = await ask("Datastreams('test.koeln.W')/Observations", top=500, count="true")
    assert page["@iot.count"] == COUNT
    seen = page["value"]
    while link := page.get("@iot.nextLink"):
        page = (await river.client.get(link)).json()
        seen += page["value"]
    assert [entry["result"] for entry in seen] == [300 + i / 4 for i in range(COUNT)]
    assert len({entry["@iot.id"] for entry in seen}) == COUNT


@pytest.mark.parametrize("way", ["asc", "desc"])
async def test_pages_over_all_series_hold_everything_once(river: Node, ask: Ask, way: str) -> None:
    page = await ask("Observations", top=400, orderby=f"phenomenonTime {way}", count="true")
    seen, total = page["value"], page["@iot.count"]
    while link := page.get("@iot.nextLink"):
        page = (await river.client.get(link)).json()
        seen += page["value"]
    assert total == len(seen) == len({entry["@iot.id"] for entry in seen}) == COUNT + 5
    times = [datetime.fromisoformat(entry["phenomenonTime"]) for entry in seen]
    assert times == sorted(times, reverse=way == "desc")


async def test_other_orders_go_on_by_number(river: Node, ask: Ask) -> None:
    page = await ask("Datastreams('test.koeln.W')/Observations", top=2, orderby="result desc", skip=1)
    assert [entry["result"] for entry in page["value"]] == [599.5, 599.25]
    page = (await river.client.get(page["@iot.nextLink"])).json()
    assert [entry["result"] for entry in page["value"]] == [599.0, 598.75]
    things = await ask("Things", orderby="name desc", top=1)
    assert ids(things) == ["test.dry"]
    assert ids((await river.client.get(things["@iot.nextLink"])).json()) == ["test.small"]


async def test_at_most_a_thousand_come_at_once(ask: Ask) -> None:
    page = await ask("Observations", top=100_000)
    assert len(page["value"]) == 1000 and "@iot.nextLink" in page
    assert len((await ask("Observations"))["value"]) == 100
    assert (await ask("Things", top=0, count="true")) == {"@iot.count": 3, "value": []}


@pytest.mark.parametrize(
    ("path", "condition", "expected"),
    [
        ("Things", "name eq 'O''Brien'", {"test.small"}),
        ("Things", "properties/water eq 'RHEIN' or not (properties/kind eq 'gauge')", {"test.koeln", "test.dry"}),
        ("Things", "startswith(name,'KÖ') and id ne 'x'", {"test.koeln"}),
        ("Things", "@iot.id in ('test.dry','test.small')", {"test.dry", "test.small"}),
        ("Things", "properties/operator eq null", {"test.small", "test.dry"}),
        ("Things", "st_within(Locations/location, geography'POLYGON ((6.9 50.9, 7 50.9, 7 51, 6.9 51, 6.9 50.9))')",
         {"test.koeln"}),
        ("Locations", "geo.intersects(geography'POINT (6.79 50.81)', location)", {"test.small"}),
        ("Datastreams", "ObservedProperty/name eq 'Wasserstand'", {"test.koeln.W", "test.small.W"}),
        ("Datastreams", "unitOfMeasurement/symbol eq 'm³/s'", {"test.koeln.Q"}),
        ("Datastreams", "Thing/id eq 'test.dry'", {"test.dry.N"}),
        ("Sensors", "name eq 'Testpegel'", {"test"}),
        ("ObservedProperties", "id eq 'Q'", {"Q"}),
    ],
)  # fmt: skip
async def test_filters_find_what_they_say(ask: Ask, path: str, condition: str, expected: set[str]) -> None:
    found = await ask(path, filter=condition, count="true")
    assert set(ids(found)) == expected
    assert found["@iot.count"] == len(expected)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("phenomenonTime gt 2026-07-14T01:00:00Z and phenomenonTime le 2026-07-14T01:10:00Z", [303.25, 303.5]),
        ("phenomenonTime ge 2026-07-14T03:00:00+02:00 and 2026-07-14T01:05:00Z gt resultTime", [303.0]),
        ("result ge 599.5", [599.75, 599.5]),
        ("result lt 300.5 and not (result eq 300)", [300.25]),
        ("Datastream/id eq 'test.koeln.Q'", []),
    ],
)
async def test_values_are_found_by_time_and_result(ask: Ask, condition: str, expected: list[float]) -> None:
    found = await ask("Datastreams('test.koeln.W')/Observations", filter=condition, count="true")
    assert sorted(entry["result"] for entry in found["value"]) == sorted(expected)
    assert found["@iot.count"] == len(expected)


async def test_what_the_source_revised_says_so(ask: Ask) -> None:
    first, second = (await ask("Datastreams('test.koeln.Q')/Observations"))["value"]
    assert (first["result"], first["resultQuality"]) == (1999.5, {"corrections": 1})
    assert second["result"] == 2001 and "resultQuality" not in second
    assert first["phenomenonTime"] == first["resultTime"] == "2026-07-14T00:00:00.000500Z"
    again = await ask(f"Observations('{first['@iot.id']}')", expand="Datastream,FeatureOfInterest")
    assert again["Datastream"]["@iot.id"] == "test.koeln.Q"
    assert again["FeatureOfInterest"]["feature"]["coordinates"] == [6.96, 50.94]


async def test_what_is_expanded_has_options_and_pages_of_its_own(river: Node, ask: Ask) -> None:
    inner = "Observations($orderby=phenomenonTime desc;$top=2;$count=true;$select=result;$filter=result lt 500)"
    found = await ask("Datastreams", expand=f"Thing($select=name),{inner}", filter="ObservedProperty/id eq 'W'")
    koeln, small = found["value"]
    assert koeln["Thing"] == {"name": "KÖLN"}
    assert koeln["Observations"] == [{"result": 499.75}, {"result": 499.5}]
    assert koeln["Observations@iot.count"] == 800
    assert [entry["result"] for entry in small["Observations"]] == [48, 49]
    following = (await river.client.get(koeln["Observations@iot.nextLink"])).json()
    assert following["value"] == [{"result": 499.25}, {"result": 499.0}]


async def test_a_large_expansion_makes_smaller_pages_and_loses_nothing(river: Node, ask: Ask) -> None:
    page = await ask("Datastreams", expand="Observations($top=1000;$select=id)", top=1000)
    seen = page["value"]
    while link := page.get("@iot.nextLink"):
        page = (await river.client.get(link)).json()
        seen += page["value"]
    assert [entry["@iot.id"] for entry in seen] == ["test.dry.N", "test.koeln.Q", "test.koeln.W", "test.small.W"]
    assert [len(entry["Observations"]) for entry in seen] == [0, 2, 1000, 3]


async def test_ways_properties_and_references(river: Node, ask: Ask) -> None:
    assert ids(await ask("Sensors('test')/Datastreams")) == [
        "test.dry.N", "test.koeln.Q", "test.koeln.W", "test.small.W"
    ]  # fmt: skip
    assert (await ask("Datastreams('test.small.W')/Thing"))["@iot.id"] == "test.small"
    assert ids(await ask("Datastreams('test.small.W')/Thing/Datastreams")) == ["test.small.W"]
    assert (await ask("Things('test.koeln')/Datastreams('test.koeln.Q')/unitOfMeasurement"))["unitOfMeasurement"]
    assert len((await ask("FeaturesOfInterest('test.small')/Observations"))["value"]) == 3
    refs = await ask("Things('test.koeln')/Datastreams/$ref")
    assert [list(entry) for entry in refs["value"]] == [["@iot.selfLink"]] * 2
    plain = await river.client.get(f"{ROOT}/Things('test.koeln')/name/$value")
    assert plain.text == "KÖLN" and plain.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("path", "options", "named"),
    [
        ("Things", {"filter": "color eq 'red'"}, "color"),
        ("Things", {"filter": "name gt"}, "$filter"),
        ("Things", {"filter": "name eq 5.5"}, "name"),
        ("Things", {"filter": "st_within(Locations/location, geography'POLYGON ((1 1, 2 2))')"}, "WKT"),
        ("Things", {"filter": "not " * 990 + "name eq 'x'"}, "$filter"),
        ("Things", {"filter": "(" * 3000}, "$filter"),
        ("Observations", {"filter": "result eq 'high'"}, "result"),
        ("Observations", {"filter": "phenomenonTime gt 2026-99-99T00:00:00Z"}, "$filter"),
        ("Observations", {"orderby": "Thing/name"}, "$orderby"),
        ("Observations", {"skiptoken": "morgen"}, "$skiptoken"),
        ("Things", {"top": "-1"}, "$top"),
        ("Things", {"top": "many"}, "$top"),
        ("Things", {"skip": "999999999"}, "$skip"),
        ("Things", {"count": "yes"}, "$count"),
        ("Things", {"select": "colour"}, "colour"),
        ("Things", {"expand": "Observations"}, "$expand"),
        ("Things", {"expand": "Datastreams($top=1"}, "$expand"),
        ("Things", {"expand": "Datastreams($colour=1)"}, "$colour"),
        ("Things", {"expand": "Datastreams/Thing/Datastreams/Thing"}, "$expand"),
        ("Things", {"format": "json"}, "$format"),
        ("Things('test.koeln')", {"top": 5}, "$top"),
        ("Things('test.koeln')", {"filter": "name eq 'x'"}, "$filter"),
    ],
)
async def test_what_is_not_understood_is_named(ask: Ask, path: str, options: dict[str, Any], named: str) -> None:
    told = await ask(path, status=400, **options)
    assert (told["code"], told["type"]) == (400, "error")
    assert named in told["message"]


@pytest.mark.parametrize(
    "path",
    ["Cars", "Things('nobody')", "Things('test.koeln')/Cars", "Observations('test.koeln.W.x')", "Things('x",
     "Things('test.koeln')//Locations",
     "Observations('test.koeln.W.99999999999999999')", "Things('test.koeln')/Datastreams('test.small.W')",
     "Things/Datastreams", "Things('test.koeln')/colour", "Things('a')" + "/Datastreams" * 9],
)  # fmt: skip
async def test_what_is_not_there_is_not_found(ask: Ask, path: str) -> None:
    told = await ask(path, status=404)
    assert (told["code"], told["type"]) == (404, "error")


async def test_a_value_never_becomes_sql(ask: Ask) -> None:
    assert (await ask("Things", filter="name eq ''' OR 1=1 --'"))["value"] == []
    assert (await ask("Datastreams('x'' OR 1=1 --.W')", status=404))["code"] == 404


async def test_a_room_of_its_own_is_seen_only_by_who_may(river: Node, ask: Ask) -> None:
    for path in ("Things", "Datastreams", "Observations", "Locations", "FeaturesOfInterest", "Sensors"):
        assert "hidden" not in str(await ask(path, top=1000)) and "own" not in ids(await ask(path, top=1000))
    await ask("Things('own.hidden')", status=404)
    await ask("Datastreams('own.hidden.W')/Observations", status=404)
    count = await ask("Observations", count="true", top=1)
    assert count["@iot.count"] == COUNT + 5


async def test_a_node_that_shows_nothing_to_strangers_shows_nothing_here(database_url: str) -> None:
    async with running(database_url, public_read=False) as node:
        await flow(node.database)
        for path in ("", "/Things", "/Observations"):
            assert (await node.client.get(ROOT + path)).status_code == 401
        signed_in = await node.sign_in()
        assert len((await signed_in.get(f"{ROOT}/Things")).json()["value"]) == 3
