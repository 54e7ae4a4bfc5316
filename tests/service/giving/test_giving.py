"""What others get of us: alerts when an area is released, layers with the asker's rights, for their own tools."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import capparser
import feedparser
import httpx
import pytest
from owslib.ogcapi.features import Features

from tests.service.conftest import Node
from tests.service.incidents.conftest import AREA, Flood

ATOM = "/api/open/cap.atom"


async def entries(client: httpx.AsyncClient) -> list[Mapping[str, Any]]:
    answer = await client.get(ATOM)
    assert answer.status_code == 200, answer.text
    found = feedparser.parse(answer.content)
    assert not found.bozo, found.get("bozo_exception")
    return list(found.entries)


async def message(client: httpx.AsyncClient, entry: Mapping[str, Any]) -> Any:
    (link,) = (link["href"] for link in entry["links"] if link["type"] == "application/cap+xml")
    answer = await client.get(link)
    assert answer.headers["content-type"].startswith("application/cap+xml"), f"{entry} {answer.text}"
    return capparser.parse(stringXML=answer.text.partition("?>")[2])


async def release(flood: Flood, zone: dict[str, Any], **fields: Any) -> None:
    body = await flood.body("zone", zone["id"])
    assert body is not None
    sent = {"base": body["version"], "fields": fields}
    answer = await flood.lead.patch(f"/api/zones/{zone['id']}", json=sent)
    assert answer.status_code == 200, answer.text


async def test_an_area_is_told_of_from_its_release_to_its_end_and_no_message_twice(flood: Flood) -> None:
    public = flood.node.client
    zone = await flood.make("zones", name="Blessem")
    assert await entries(public) == [], "nobody has released it"
    await release(flood, zone, released=True)
    await asyncio.gather(*(public.get(ATOM) for _ in range(5)))
    (first,) = await entries(public)
    told = await message(public, first)
    assert (told.msgType[0], told.status[0]) == ("Alert", "Actual")
    await release(flood, zone, reason="Die Kiesgrube bricht aus")
    (second,) = await entries(public)
    told = await message(public, second)
    assert (told.msgType[0], told.info[0][0].description[0]) == ("Update", "Die Kiesgrube bricht aus")
    assert first["id"].removeprefix("urn:lagebild:") in told.references[0]
    await release(flood, zone, released=False)
    (third,) = await entries(public)
    told = await message(public, third)
    assert told.msgType[0] == "Cancel"
    assert told.info[0][0].responseType[0] == "AllClear"
    assert [e["id"] for e in await entries(public)] == [third["id"]], "nothing new without a change"
    unchanged = await public.get(ATOM, headers={"If-None-Match": (await public.get(ATOM)).headers["etag"]})
    assert unchanged.status_code == 304
    await release(flood, zone, released=True)
    (again,) = await entries(public)
    told = await message(public, again)
    assert told.msgType[0] == "Alert"
    assert not told.references[0], "what was cancelled is not replaced"


async def test_a_closed_incident_ends_its_alerts(flood: Flood) -> None:
    zone = await flood.make("zones")
    await release(flood, zone, released=True)
    (entry,) = await entries(flood.node.client)
    assert (await message(flood.node.client, entry)).msgType[0] == "Alert"
    moved = await flood.lead.post(f"/api/incidents/{flood.id}/state", json={"state": "CLOSED"})
    assert moved.status_code == 200, moved.text
    (entry,) = await entries(flood.node.client)
    assert (await message(flood.node.client, entry)).msgType[0] == "Cancel"


@pytest.mark.parametrize("layer", ["sites", "zones", "facilities", "sectors"])
async def test_a_layer_holds_what_the_asker_sees_in_the_app(flood: Flood, layer: str) -> None:
    made = await flood.make(layer)
    stranger = await flood.signed_in("Fremde")
    for client, ids in ((flood.lead, [made["id"]]), (stranger, []), (flood.node.client, [])):
        found = (await client.get(f"/api/open/{layer}.geojson")).json()
        assert [f["properties"]["id"] for f in found["features"]] == ids
        found = (await client.get(f"/api/ogc/collections/ogc.{layer}/items")).json()
        assert [f["properties"]["id"] for f in found["features"]] == ids
        answer = await client.get(f"/api/ogc/collections/ogc.{layer}/items/{made['id']}")
        assert answer.status_code == (200 if ids else 404)


async def test_an_outside_ogc_client_reads_our_gauges(node: Node) -> None:
    client = await node.sign_in()
    station = {
        "key": "own.pegel", "name": "Pegel Bachstraße", "kind": "gauge", "longitude": 6.9, "latitude": 50.8,
        "series": [{"quantity": "W", "unit": "cm"}],
    }  # fmt: skip
    assert (await client.put("/api/stations/own.pegel", json=station)).status_code in (200, 201)

    def ask() -> tuple[list[str], dict[str, Any]]:
        api = Features(f"{node.url}/api/ogc")
        return api.feature_collections(), api.collection_items("ogc.gauges", limit=5, bbox=[6, 50, 8, 52])

    names, found = await asyncio.to_thread(ask)
    assert {"gauges", "warnings", "sites", "municipalities"} <= {name.rpartition(".")[2] for name in names}
    assert [f["properties"]["name"] for f in found["features"]] == ["Pegel Bachstraße"]
    assert found["features"][0]["geometry"]["coordinates"] == [6.9, 50.8]


HOSTILE = (
    "filter=set_config('lagebild.see','public',false)='x'",
    "filter=length(query_to_xml('select 1',true,true,'')::text)>0",
    "filter=pg_sleep(5)=1",
    "filter=version()='x'",
    "filter=1=1;DROP TABLE fact",
    "sortby=(select 1)",
    "limit=-1",
    "bbox=NaN,0,1,1",
    "bbox=1,2",
    "datetime=gestern",
    "geom-column=body",
    "f=html",
)


async def test_hostile_questions_get_a_clear_refusal(flood: Flood) -> None:
    await flood.make("sites")
    for query in HOSTILE:
        answer = await flood.lead.get(f"/api/ogc/collections/ogc.sites/items?{query}")
        assert 400 <= answer.status_code < 500, f"{query}: {answer.status_code} {answer.text}"
    kept = await flood.lead.get("/api/ogc/collections/ogc.sites/items?filter=state='REPORTED' AND number<5&limit=3")
    assert len(kept.json()["features"]) == 1
    none = await flood.lead.get("/api/ogc/collections/ogc.sites/items?filter=state='DONE'")
    assert none.json()["features"] == []


async def test_nothing_is_written_through_the_open_door(flood: Flood) -> None:
    answer = await flood.lead.post("/api/ogc/collections/ogc.sites/items", json={"geometry": AREA})
    assert answer.status_code == 405
