"""What stands on the map: numbered, edited by many, deleted and brought back, and only in one's own incident."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from geodata.model.ref import Ref
from geodata.model.site import Site
from geodata.store import things
from geodata.store.database import StoreRefused
from tests.service.incidents.conftest import AREA, HERE, Flood, converging


async def test_twenty_writers_at_once_get_every_number_once(flood: Flood) -> None:
    async def write(turn: int) -> list[int]:
        return [(await flood.make("sites", title=f"{turn}"))["body"]["number"] for _ in range(5)]

    async with converging(flood.node.database):
        numbers = [n for each in await asyncio.gather(*(write(turn) for turn in range(20))) for n in each]
    assert sorted(numbers) == list(range(1, 101))


async def test_a_refused_one_takes_no_number_and_a_deleted_one_keeps_its_own(flood: Flood) -> None:
    first = await flood.make()
    bad = {"fields": {"title": "x", "priority": "P9", "geometry": HERE}}
    assert (await flood.lead.post(f"/api/incidents/{flood.id}/sites", json=bad)).status_code == 422
    assert (await flood.lead.delete(f"/api/sites/{first['id']}")).status_code == 200
    assert (await flood.make())["body"]["number"] == 2
    assert (await flood.make("sectors"))["body"]["number"] == 1, "each kind counts for itself"


@pytest.mark.parametrize("kind", ["sites", "sectors", "facilities", "zones"])
async def test_log_and_picture_agree_after_every_way_of_writing(flood: Flood, kind: str) -> None:
    async with converging(flood.node.database):
        made = await flood.make(kind)
        path = f"/api/{kind}/{made['id']}"
        name = "title" if kind == "sites" else "name"
        edited = await flood.lead.patch(path, json={"base": 1, "fields": {name: "Neu"}})
        assert edited.json()["changed"] == [name]
        late = await flood.lead.patch(path, json={"base": 1, "fields": {name: "Später"}})
        assert late.json()["lost"] == [name]
        settled = await flood.lead.post(f"{path}/conflicts/0", json={"take": True, "field": name})
        assert settled.json()["body"][name] == "Neu"
        assert (await flood.lead.delete(path)).status_code == 200
        assert await flood.body(made["ref"].split("/")[1], made["id"]) is None
        back = await flood.lead.post(f"{path}/restore")
        assert back.json()["body"] == settled.json()["body"]
    assert await flood.body(made["ref"].split("/")[1], made["id"]) == back.json()["body"]


async def test_two_who_edit_the_same_site_lose_nothing(flood: Flood) -> None:
    other = await flood.signed_in("Lage", "S2")
    site = await flood.make()
    path = f"/api/sites/{site['id']}"
    one = {"base": 1, "fields": {"title": "Keller, 1 m", "address": "Bachstr. 1"}}
    two = {"base": 1, "fields": {"title": "Tiefgarage", "affected": 4}}
    first, second = await asyncio.gather(flood.lead.patch(path, json=one), other.patch(path, json=two))
    body = await flood.body("site", site["id"]) or {}
    assert (body["address"], body["affected"]) == ("Bachstr. 1", 4)
    (conflict,) = body["conflicts"]
    assert {body["title"], conflict["value"]} == {"Keller, 1 m", "Tiefgarage"}
    assert conflict["field"] == "title"
    assert sorted([first.json()["lost"], second.json()["lost"]]) == [[], ["title"]]
    wrong = await flood.lead.post(f"{path}/conflicts/0", json={"take": True, "field": "text"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "field")
    assert (await flood.lead.post(f"{path}/conflicts/0", json={"take": False})).json()["body"]["title"] == body["title"]
    again = await other.post(f"{path}/conflicts/0", json={"take": True})
    assert (again.status_code, again.json()["field"]) == (422, "conflict")


async def test_the_state_goes_only_as_declared_and_says_why_when_it_must(flood: Flood) -> None:
    site = await flood.make()

    async def go(state: str, **more: Any) -> tuple[int, str | None]:
        answer = await flood.lead.post(f"/api/sites/{site['id']}/state", json={"state": state, **more})
        return answer.status_code, answer.json().get("field")

    assert await go("DONE") == (409, "state")
    assert await go("FINISHED") == (422, "state")
    assert await go("DUPLICATE") == (409, "state")
    assert await go("VERIFIED") == (200, None)
    assert await go("NO_ACTION") == (422, "reason")
    assert await go("NO_ACTION", reason="Wasser ist abgelaufen") == (200, None)
    assert await go("VERIFIED") == (422, "reason")
    assert await go("VERIFIED", reason="Nachgelaufen") == (200, None)
    assert await go("ASSIGNED") == (200, None)
    body = await flood.body("site", site["id"]) or {}
    assert "state_reason" not in body
    direct = await flood.lead.patch(f"/api/sites/{site['id']}", json={"base": 1, "fields": {"state": "DONE"}})
    assert (direct.status_code, direct.json()["field"]) == (422, "state")


async def test_a_facility_opens_fills_and_closes(flood: Flood) -> None:
    made = await flood.make("facilities", state="OPEN", capacity=200, used=10)
    path = f"/api/facilities/{made['id']}/state"
    for state, status in (("FULL", 200), ("PLANNED", 409), ("CLOSED", 200), ("OPEN", 200)):
        assert (await flood.lead.post(path, json={"state": state})).status_code == status
    early = {"fields": {"name": "x", "type": "OTHER", "geometry": HERE, "state": "FULL"}}
    refused = await flood.lead.post(f"/api/incidents/{flood.id}/facilities", json=early)
    assert (refused.status_code, refused.json()["field"]) == (422, "state")


async def test_a_duplicate_keeps_its_history_and_can_be_taken_apart_again(flood: Flood) -> None:
    one, two, three = [await flood.make(title=title) for title in ("A", "B", "C")]
    await flood.lead.post(f"/api/sites/{one['id']}/state", json={"state": "VERIFIED"})

    async def merge(site: dict[str, Any], into: dict[str, Any]) -> httpx.Response:
        return await flood.lead.post(f"/api/sites/{site['id']}/merge", json={"into": into["id"]})

    async with converging(flood.node.database):
        merged = (await merge(one, two)).json()["body"]
    assert (merged["state"], merged["duplicate_of"], merged["title"]) == ("DUPLICATE", two["id"], "A")
    assert (await flood.body("site", two["id"]) or {})["merged"] == [one["id"]]
    assert (await merge(one, three)).status_code == 409
    assert (await merge(three, one)).json()["field"] == "into"
    assert (await merge(three, three)).json()["field"] == "into"
    assert (await merge(three, {"id": "nobody"})).json()["field"] == "into"
    assert (await flood.lead.delete(f"/api/sites/{one['id']}")).json()["field"] == "duplicate_of"
    assert (await flood.lead.delete(f"/api/sites/{two['id']}")).status_code == 422
    assert (await flood.lead.post(f"/api/sites/{three['id']}/unmerge")).status_code == 409
    async with converging(flood.node.database):
        apart = (await flood.lead.post(f"/api/sites/{one['id']}/unmerge")).json()["body"]
    assert apart["state"] == "VERIFIED" and "duplicate_of" not in apart and "state_before" not in apart
    assert "merged" not in (await flood.body("site", two["id"]) or {})


async def test_two_who_merge_crosswise_do_not_wait_for_each_other_in_a_circle(flood: Flood) -> None:
    one, two = await flood.make(title="A"), await flood.make(title="B")
    answers = await asyncio.gather(*(
        flood.lead.post(f"/api/sites/{a['id']}/merge", json={"into": b["id"]}) for a, b in ((one, two), (two, one))
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert {answer.status_code for answer in answers} <= {200, 409, 422}
    bodies = [await flood.body("site", site["id"]) or {} for site in (one, two)]
    assert [body["state"] for body in bodies].count("DUPLICATE") == 1


async def test_sectors_make_a_tree_without_circles(flood: Flood) -> None:
    top = await flood.make("sectors", name="Nord")
    below = await flood.make("sectors", name="Nord 1", parent=top["id"])
    lowest = await flood.make("sectors", name="Nord 1a", parent=below["id"])
    for parent in (top, below, lowest):
        edit = {"base": 1, "fields": {"parent": parent["id"]}}
        refused = await flood.lead.patch(f"/api/sectors/{top['id']}", json=edit)
        assert (refused.status_code, refused.json()["field"]) == (422, "parent")
    gone = await flood.lead.delete(f"/api/sectors/{below['id']}")
    assert (gone.status_code, gone.json()["field"]) == (422, "id")
    assert (await flood.lead.delete(f"/api/sectors/{lowest['id']}")).status_code == 200
    assert (await flood.lead.delete(f"/api/sectors/{below['id']}")).status_code == 200
    orphan = await flood.lead.post(f"/api/sectors/{lowest['id']}/restore")
    assert (orphan.status_code, orphan.json()["field"]) == (422, "parent")


async def test_two_who_hang_sectors_below_each_other_make_no_circle(flood: Flood) -> None:
    one, two = await flood.make("sectors", name="A"), await flood.make("sectors", name="B")
    answers = await asyncio.gather(*(
        flood.lead.patch(f"/api/sectors/{a['id']}", json={"base": 1, "fields": {"parent": b["id"]}})
        for a, b in ((one, two), (two, one))
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_what_a_site_names_lies_in_its_own_incident(flood: Flood) -> None:
    sector = await flood.make("sectors")
    site = await flood.make(sector=sector["id"])
    other = (await flood.lead.post("/api/incidents", json={"name": "Andere Lage"})).json()
    foreign = {"title": "x", "priority": "P1", "geometry": HERE, "sector": sector["id"]}
    refused = await flood.lead.post(f"/api/incidents/{other['id']}/sites", json={"fields": foreign})
    assert (refused.status_code, refused.json()["field"]) == (422, "sector")
    stray = await flood.lead.post(f"/api/incidents/{other['id']}/sites", json={"fields": {**foreign, "sector": None}})
    merged = await flood.lead.post(f"/api/sites/{site['id']}/merge", json={"into": stray.json()["id"]})
    assert (merged.status_code, merged.json()["field"]) == (422, "into")


async def test_a_sectors_leader_is_somebody_we_know(flood: Flood) -> None:
    leader = await flood.person("Anna")
    assert (await flood.make("sectors", leader=leader))["body"]["leader"] == leader
    bad = {"fields": {"name": "x", "leader": "nobody"}}
    refused = await flood.lead.post(f"/api/incidents/{flood.id}/sectors", json=bad)
    assert (refused.status_code, refused.json()["field"]) == (422, "leader")


RING = AREA["coordinates"][0]
ATTACKS: list[Any] = [
    {"type": "Polygon", "coordinates": [RING[:-1]]},
    {"type": "Polygon", "coordinates": [[[7, 50], [8, 51], [8, 50], [7, 51], [7, 50]]]},
    {"type": "Polygon", "coordinates": [[[7 + i * 1e-5, 50] for i in range(12_000)]]},
    {"type": "MultiPolygon", "coordinates": [[RING]] * 70},
    {"type": "Point", "coordinates": [7, 500]},
    {"type": "Point", "coordinates": [7, "50"]},
    {"type": "Point", "coordinates": [True, 50]},
    {"type": "Point", "coordinates": [10**400, 50]},
    {"type": "LineString", "coordinates": [[7, 50]]},
    {"type": "GeometryCollection", "geometries": []},
    {"type": ["Point"], "coordinates": [7, 50]},
    {"coordinates": [7, 50]},
    "POINT(7 50)",
    [7, 50],
]


async def test_a_geometry_that_is_none_is_refused_by_name_before_the_database(flood: Flood) -> None:
    made = await flood.make("sectors")
    for attack in ATTACKS:
        for kind, more in (("zones", {"name": "x", "type": "HAZARD"}), ("sites", {"title": "x", "priority": "P1"})):
            sent = {"fields": {**more, "geometry": attack}}
            answer = await flood.lead.post(f"/api/incidents/{flood.id}/{kind}", json=sent)
            assert (answer.status_code, answer.json()["field"]) == (422, "geometry"), answer.text
        edit = {"base": 1, "fields": {"geometry": attack}}
        assert (await flood.lead.patch(f"/api/sectors/{made['id']}", json=edit)).status_code == 422


async def test_a_height_is_dropped_and_the_place_kept(flood: Flood) -> None:
    site = await flood.make(geometry={"type": "Point", "coordinates": [7, 50, 112.5], "crs": "x"})
    assert site["body"]["geometry"] == {"type": "Point", "coordinates": [7.0, 50.0]}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"title": ""}, "title"),
    ({"title": "\n\t"}, "title"),
    ({"title": "x" * 201}, "title"),
    ({"text": "x" * 10_001}, "text"),
    ({"priority": "P5"}, "priority"),
    ({"affected": -1}, "affected"),
    ({"affected": 10**400}, "affected"),
    ({"affected": "3"}, "affected"),
    ({"lives_at_risk": "yes"}, "lives_at_risk"),
    ({"geometry": AREA}, "geometry"),
    ({"geometry": None}, "geometry"),
    ({"confidence": "SURE"}, "confidence"),
    ({"number": 5}, "number"),
    ({"incident": "other"}, "incident"),
    ({"merged": ["a"]}, "merged"),
    ({"duplicate_of": "a"}, "duplicate_of"),
    ({"conflicts": []}, "conflicts"),
    ({"colour": "red"}, "colour"),
    ({"sector": "nowhere"}, "sector"),
    ({}, "fields"),
]


async def test_a_field_that_is_wrong_is_named(flood: Flood) -> None:
    site = await flood.make()
    for fields, field in WRONG:
        answer = await flood.lead.patch(f"/api/sites/{site['id']}", json={"base": 1, "fields": fields})
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert await flood.body("site", site["id"]) == site["body"]


async def test_what_is_no_json_is_refused(flood: Flood) -> None:
    site = await flood.make()
    for raw in [b"", b"{", b"[]", b'{"base":1,"fields":{"title":"\\ud800"}}', b"\xff", b"[" * 5_000]:
        assert (await flood.lead.patch(f"/api/sites/{site['id']}", content=raw)).status_code == 422, raw


async def test_a_nul_in_a_text_is_dropped(flood: Flood) -> None:
    assert (await flood.make(title="a\x00b"))["body"]["title"] == "ab"


async def test_the_same_request_sent_twice_makes_one_site(flood: Flood) -> None:
    sent = {"fields": {"title": "x", "priority": "P1", "geometry": HERE}}
    headers = {"Idempotency-Key": "site-0001"}
    path = f"/api/incidents/{flood.id}/sites"
    first, second = [await flood.lead.post(path, json=sent, headers=headers) for _ in range(2)]
    assert (second.status_code, second.json()) == (201, first.json())
    assert (await flood.make())["body"]["number"] == 2


async def test_who_sees_but_may_not_is_told_so_and_who_sees_nothing_finds_nothing(flood: Flood) -> None:
    site = await flood.make()
    observer = await flood.signed_in("Beobachter", "OBSERVER")
    stranger = await flood.signed_in("Fremde")
    edit = {"base": 1, "fields": {"title": "x"}}
    sent = {"fields": {"title": "x", "priority": "P1", "geometry": HERE}}
    for client, status in ((observer, 403), (stranger, 404), (flood.node.client, 401)):
        assert (await client.patch(f"/api/sites/{site['id']}", json=edit)).status_code == status
        assert (await client.delete(f"/api/sites/{site['id']}")).status_code == status
        assert (await client.post(f"/api/sites/{site['id']}/state", json={"state": "VERIFIED"})).status_code == status
        assert (await client.post(f"/api/incidents/{flood.id}/sites", json=sent)).status_code == status
    await flood.lead.delete(f"/api/sites/{site['id']}")
    for client, status in ((observer, 403), (stranger, 404), (flood.node.client, 401)):
        assert (await client.post(f"/api/sites/{site['id']}/restore")).status_code == status


async def test_only_who_may_release_releases_for_the_press(flood: Flood) -> None:
    press = await flood.signed_in("Presse", "S5")
    s3 = await flood.signed_in("Einsatz", "S3")
    zone = await flood.make("zones", client=s3)
    path = f"/api/zones/{zone['id']}"
    release, rename = ({"base": 1, "fields": fields} for fields in ({"released": True}, {"name": "x"}))
    assert (await s3.patch(path, json=release)).status_code == 403
    assert (await press.patch(path, json=rename)).status_code == 403
    assert (await press.patch(path, json=release)).json()["body"]["released"] is True
    assert (await s3.patch(path, json=rename)).status_code == 200


async def test_the_database_refuses_a_foreign_incident_also_where_the_route_forgets_to(flood: Flood) -> None:
    site = await flood.make()
    database = flood.node.database
    ref = Ref("local", "site", site["id"])
    own = {"public", "i-elsewhere"}

    async def write(see: set[str], may: set[str]) -> None:
        async with database.transaction("person:x", see=see, write=may) as tx:
            held = await things.take(tx, ref, [flood.room])
            things.change(tx, held, {"title": "y"}, Site, base=1, at=datetime.now(UTC))

    with pytest.raises(things.NoSuchThing):
        await write(own, own)
    with pytest.raises(StoreRefused):
        await write(own | {flood.room}, own)
    assert await flood.body("site", site["id"]) == site["body"]
    async with database.reading() as connection:
        lines = (
            await connection.execute(text("SELECT count(*) FROM change WHERE ref = :ref"), {"ref": str(ref)})
        ).scalar()
    assert lines == 1


async def test_what_was_deleted_is_brought_back_for_half_an_hour(flood: Flood) -> None:
    site = await flood.make()
    assert (await flood.lead.post(f"/api/sites/{site['id']}/restore")).status_code == 404, "it stands"
    await flood.lead.delete(f"/api/sites/{site['id']}")
    async with flood.node.database.transaction("test") as tx:
        await tx.connection.execute(text("UPDATE change SET at = at - interval '31 minutes'"))
    assert (await flood.lead.post(f"/api/sites/{site['id']}/restore")).status_code == 404
