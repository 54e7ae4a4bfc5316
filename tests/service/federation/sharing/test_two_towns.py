"""An agreement between two whole nodes: what the preview says is what the partner holds, and the end takes it back."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
from sqlalchemy import text

from geodata.model.fact import Fact, Provenance
from geodata.model.geometry import Geometry
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from service.access.audit.store import page
from service.federation.receiving.known import read
from service.federation.sharing.kinds import KINDS
from tests.service.federation.sharing.bodies import body_of
from tests.service.federation.towns import Town, towns

_HELD = text("SELECT ref, room, body, extent FROM fact WHERE origin = :origin")
_NOTHING_OF_ITS_OWN = text("SELECT count(*) FROM fact WHERE origin <> :origin AND room !~ '^[sx]-'")


async def room_of(client: httpx.AsyncClient, name: str = "Lage") -> str:
    """A room of the person who asks, in which he may share."""
    answer = await client.post("/api/rooms", json={"name": name})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def put(town: Town, room: str, kind: str, id: str, body: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    drawn = body.get("geometry")
    shape = Geometry(drawn["type"], drawn["coordinates"]) if drawn else None
    async with town.database.transaction("test") as tx:
        tx.put(Fact(Ref(town.origin, kind, id), room, Provenance("people", now, now), body, shape))


async def held(there: Town, origin: str) -> dict[str, dict[str, Any]]:
    async with there.database.reading() as connection:
        return {row.ref: row.body for row in await connection.execute(_HELD, {"origin": origin})}


async def until(there: Town, origin: str, refs: set[str], *, within: float = 15) -> dict[str, dict[str, Any]]:
    began = time.monotonic()
    while set(found := await held(there, origin)) != refs:
        assert time.monotonic() - began < within, (refs - set(found), set(found) - refs)
        await asyncio.sleep(0.05)
    return found


async def previewed(client: httpx.AsyncClient, asked: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All pages."""
    found: dict[str, dict[str, Any]] = {}
    after = ""
    while True:
        answer = await client.post("/api/shares/preview", json={**asked, "after": after, "limit": 7})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found |= {item["ref"]: item["body"] for item in told["items"]}
        assert sum(count["leaves"] for count in told["counts"]) >= len(found)
        if told["next"] is None:
            assert sum(count["leaves"] for count in told["counts"]) == len(found)
            return found
        after = told["next"]


def as_read(ref: str, body: dict[str, Any]) -> dict[str, Any]:
    """As the partner's own models write it: with their defaults, without what is only for the sender."""
    return read(ref.split("/")[1], body)[0]


async def test_what_the_preview_shows_is_what_the_partner_holds_and_the_end_takes_all_of_it_back(
    cluster: Cluster,
) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        client = await altdorf.node.sign_in()
        room = await room_of(client)
        random = Random(7)
        for kind in KINDS:
            for number in range(2):
                body = body_of(KINDS[kind].model, random, full=number == 0)
                if kind == "incident":
                    body["mode"] = "ACTUAL"
                await put(altdorf, room, kind, f"{kind}-{number}", body)
        await put(altdorf, room, "view", "mine", {"name": "mein Blick", "owner": "person:1"})
        draft = {
            "peer": altdorf.peers["bergheim"].id, "room": room, "name": "Alles",
            "kinds": list(KINDS), "fields": {"resource": ["*"], "site": ["text", "title"]},
        }  # fmt: skip
        wanted = await previewed(client, {"draft": draft})
        assert {ref.split("/")[1] for ref in wanted} == set(KINDS)

        made = (await client.post("/api/shares", json=draft)).json()
        await asyncio.sleep(0.5)
        assert await held(bergheim, "altdorf") == {}, "a draft lets nothing out"
        answer = await client.post(f"/api/shares/{made['id']}/activate")
        assert answer.status_code == 200 and answer.json()["holds"], answer.text
        there = await until(bergheim, "altdorf", set(wanted))
        assert there == {ref: as_read(ref, body) for ref, body in wanted.items()}
        assert wanted == await previewed(client, {"share": made["id"]})

        listed = (await client.get("/api/shares")).json()
        began = time.monotonic()
        while listed["shares"][0]["there"] != "CURRENT":
            assert time.monotonic() - began < 10, listed["shares"][0]["there"]
            await asyncio.sleep(0.1)
            listed = (await client.get("/api/shares")).json()
        other = await bergheim.node.sign_in()
        received = (await other.get("/api/shares")).json()["received"]
        (share,) = [one for one in received if one["share"] != "exchange"]
        assert (share["peer_origin"], share["things"], share["state"]) == ("altdorf", len(wanted), "CURRENT")

        # Fewer kinds: what is no longer let out goes there at once.
        answer = await client.patch(f"/api/shares/{made['id']}", json={"kinds": ["site"], "fields": None})
        assert answer.status_code == 200, answer.text
        there = await until(bergheim, "altdorf", {ref for ref in wanted if "/site/" in ref})
        assert not any("text" in body for body in there.values())

        answer = await client.post(f"/api/shares/{made['id']}/end", json={"reason": "Lage beendet"})
        assert answer.status_code == 200, answer.text
        await until(bergheim, "altdorf", set(), within=5)
        lines = await page(altdorf.database, before=None, limit=50, subject=f"share:{made['id']}")
        assert [line["action"] for line in lines][::-1] == [
            "share.draft", "share.activate", "share.change", "share.end",
        ]  # fmt: skip
        assert (await client.post(f"/api/shares/{made['id']}/activate")).status_code == 409
        async with bergheim.database.reading() as connection:
            assert (await connection.execute(_NOTHING_OF_ITS_OWN, {"origin": "bergheim"})).scalar_one() == 0
        await client.aclose()
        await other.aclose()


async def test_what_may_not_be_shared_is_refused_by_name(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, _):
        client = await altdorf.node.sign_in()
        room, peer = await room_of(client), altdorf.peers["bergheim"]
        good = {"peer": peer.id, "room": room, "name": "Lage", "kinds": ["site"]}
        for wrong, field in (
            ({"kinds": ["roster"]}, "kinds"),
            ({"fields": {"site": ["caller"]}}, "fields"),
            ({"fields": {"view": ["name"]}}, "fields"),
            ({"from_level": "GIBT_ES_NICHT"}, "from_level"),
            ({"until": "2020-01-01T00:00:00Z"}, "until"),
            ({"mode": "EXERCISE"}, "mode"),
            ({"room": peer.exchange_room}, "room"),
            ({"area": {"geometry": {"type": "Point", "coordinates": [7, 51]}}}, "area"),
            ({"area": {"ars": ["99"]}}, "area"),
            ({"area": {}}, "area"),
            ({"hops": 4}, "hops"),
            ({"anything": 1}, "anything"),
        ):
            for asked in ("/api/shares", "/api/shares/preview"):
                sent = {**good, **wrong}
                answer = await client.post(asked, json={"draft": sent} if asked.endswith("preview") else sent)
                if (field, asked) == ("until", "/api/shares/preview"):
                    continue
                assert answer.status_code == 422, (wrong, answer.text)
                assert field in str(answer.json().get("field", "")) or field in answer.text, answer.text
        assert (await client.post("/api/shares", json={**good, "peer": "p-nobody"})).status_code == 404
        assert (await client.post("/api/shares", json={**good, "room": "r-nowhere"})).status_code == 404
        assert (await client.get("/api/shares")).json()["shares"] == []
        await client.aclose()
