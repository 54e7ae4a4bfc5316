"""A partner's gauge has a hydrograph here: as far back as we have heard its values."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from geodata.model.fact import Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from tests.service.federation.sharing.test_two_towns import put, room_of, until
from tests.service.federation.towns import Town, towns

GAUGE = {"key": "erft", "name": "Erft an der Brücke", "series": [{"quantity": "W", "unit": "cm"}]}
STATION, READING = "altdorf/station/erft", "altdorf/reading/erft.W"


async def measured(town: Town, room: str, at: datetime, value: float) -> None:
    body = {"station": "erft", "quantity": "W", "unit": "cm", "value": value}
    async with town.database.transaction("test") as tx:
        tx.put(Fact(Ref.parse(READING), room, Provenance("test", at, datetime.now(UTC)), body))


async def points(client: httpx.AsyncClient, of: str, **query: Any) -> list[list[Any]]:
    answer = await client.get("/api/stations/erft/observations", params={"of": of, **query})
    assert answer.status_code == 200, answer.text
    return [[point[0], *point[1:]] for point in answer.json()["points"]]


async def test_values_are_kept_as_they_were_heard_thinned_to_fit_and_gone_with_the_share(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours = await altdorf.node.sign_in("Altdorf", admin=True)
        room = await room_of(ours)
        await put(altdorf, room, "station", "erft", GAUGE)
        now = datetime.now(UTC).replace(microsecond=0)
        await measured(altdorf, room, now - timedelta(hours=3), 100)
        draft = {
            "peer": altdorf.peers["bergheim"].id, "room": room, "name": "Pegel", "kinds": ["station", "reading"],
        }  # fmt: skip
        share = (await ours.post("/api/shares", json=draft)).json()["id"]
        assert (await ours.post(f"/api/shares/{share}/activate")).status_code == 200
        await until(bergheim, "altdorf", {STATION, READING})
        for minutes, value in ((120, 140), (60, 180), (60, 190), (0, 260)):
            await measured(altdorf, room, now - timedelta(minutes=minutes), value)
            while True:
                held = (await until(bergheim, "altdorf", {STATION, READING}))[READING]
                if held["value"] == value:
                    break
                await asyncio.sleep(0.05)

        theirs = await bergheim.node.sign_in("Bergheim")
        assert [point[1] for point in await points(theirs, "altdorf")] == [100, 140, 190, 260]
        assert [
            point[1] for point in await points(theirs, "altdorf", start=(now - timedelta(minutes=90)).isoformat())
        ] == [190, 260]
        for minutes in range(1, 25):
            await measured(altdorf, room, now + timedelta(seconds=minutes), 260 + minutes)
            await asyncio.sleep(0.1)
        async with asyncio.timeout(15):
            while (await until(bergheim, "altdorf", {STATION, READING}))[READING]["value"] != 284:
                await asyncio.sleep(0.05)
        end = (now + timedelta(minutes=1)).isoformat()
        few = await points(theirs, "altdorf", points=10, end=end)
        assert len(few) <= 10
        assert (min(point[2] for point in few), max(point[3] for point in few)) == (100, 284)

        assert (await theirs.get("/api/stations/erft/observations")).status_code == 404, "it is not ours"
        assert (await ours.post(f"/api/shares/{share}/end", json={"reason": "Hochwasser vorbei"})).status_code == 200
        await until(bergheim, "altdorf", set())
        gone = await theirs.get("/api/stations/erft/observations", params={"of": "altdorf"})
        assert gone.status_code == 404, gone.text
