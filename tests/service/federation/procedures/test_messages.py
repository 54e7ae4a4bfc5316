"""Messages between two staffs: on their way, there, read by a function, answered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from tests.service.federation.procedures.carried import bodies, carry, carrying, until
from tests.service.federation.towns import towns
from tests.service.roster.crew import crew, told


async def test_a_message_is_there_read_and_answered_and_both_see_it(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await crew(altdorf.node, "Altdorf"), await crew(bergheim.node, "Bergheim")
        to, back = altdorf.peers["bergheim"].id, bergheim.peers["altdorf"].id
        given = {"text": "Brauchen Lageskizze vom Deich.", "priority": "IMMEDIATE", "incident": ours.incident}
        key = {"Idempotency-Key": "derselbe-klick"}
        made = told(await ours.client.post(f"/api/partners/{to}/messages", json=given, headers=key))
        assert told(await ours.client.post(f"/api/partners/{to}/messages", json=given, headers=key)) == made
        assert (made["body"]["number"], made["body"]["function"], made["body"]["incident_name"]) == (
            1, "LEITUNG", "Hochwasser Altdorf",
        )  # fmt: skip

        async with carrying(altdorf, bergheim):
            (there,) = await until(lambda: bodies(ours.client, "partner_receipt"))
            assert (there["message"], there["ref"].split("/")[0]) == (made["ref"], "bergheim")
            assert "read_at" not in there
            (held,) = await bodies(theirs.client, "partner_message")
            assert held["text"] == given["text"]

            told(await theirs.client.post(f"/api/partners/{back}/messages/{made['id']}/read", json={}))

            async def read() -> object:
                (one,) = await bodies(ours.client, "partner_receipt")
                return one.get("read_by")

            assert await until(read) == "LEITUNG"
            reply = {"text": "Kommt um 14 Uhr.", "reply_to": made["ref"]}
            answer = told(await theirs.client.post(f"/api/partners/{back}/messages", json=reply))

            async def answered() -> object:
                mine = [one for one in await bodies(ours.client, "partner_receipt") if one["message"] == made["ref"]]
                return mine[0].get("answer")

            assert await until(answered) == answer["ref"]
            assert {one["number"] for one in await bodies(ours.client, "partner_message")} == {1}


async def test_only_who_works_in_a_staff_writes_and_only_to_messages_of_that_partner(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim", "calw") as (altdorf, bergheim, calw):
        ours = await crew(altdorf.node, "Altdorf")
        to = altdorf.peers["bergheim"].id
        guest = await altdorf.node.sign_in("Zuschauer", admin=False)
        sent = {"text": "Hallo"}
        assert (await guest.post(f"/api/partners/{to}/messages", json=sent)).status_code == 403
        assert (await altdorf.node.client.post(f"/api/partners/{to}/messages", json=sent)).status_code == 401
        assert (await ours.client.post("/api/partners/p-nirgends/messages", json=sent)).status_code == 404

        # What another partner wrote cannot be answered here, nor what nobody wrote.
        third = await crew(calw.node, "Calw")
        made = told(await third.client.post(f"/api/partners/{calw.peers['altdorf'].id}/messages", json=sent))
        await carry(altdorf, bergheim, calw)
        for ref in (made["ref"], "bergheim/partner_message/x", "gar keine"):
            refused = await ours.client.post(f"/api/partners/{to}/messages", json={**sent, "reply_to": ref})
            assert (refused.status_code, refused.json()["field"]) == (422, "reply_to")
        read = await ours.client.post(f"/api/partners/{to}/messages/{made['id']}/read", json={})
        assert read.status_code == 404


async def test_what_lies_in_a_partners_room_under_another_origin_gets_no_receipt(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim", "calw") as (altdorf, _, _):
        now = datetime.now(UTC)
        body = {"number": 1, "sender": "Calw", "to": "altdorf", "text": "Hallo", "at": now.isoformat(), "mode": "TEST"}
        provenance = Provenance("people", now, now, Confidence.REPORTED)
        async with altdorf.database.transaction("peer:calw") as tx:
            for origin, id in (("bergheim", "forged"), ("calw", "honest")):
                room = str(altdorf.peers["calw"].exchange_room)
                tx.put(Fact(Ref(origin, "partner_message", id), room, provenance, body))
        ours = await crew(altdorf.node, "Altdorf")
        await until(lambda: bodies(ours.client, "partner_receipt"))
        await asyncio.sleep(1.5)
        (receipt,) = await bodies(ours.client, "partner_receipt")
        assert receipt["message"] == "calw/partner_message/honest"
