"""Both sides' operations logs say what became of an agreement and of a partner: once each, and the chains hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from geodata.model.clock import WallClock
from geodata.model.journal import BY_ITSELF
from geodata.store.cluster import Cluster
from service.federation.logbook import MOST_AN_HOUR, Logbook
from tests.service.federation.procedures.carried import until
from tests.service.federation.towns import Town, towns
from tests.service.roster.crew import Crew, crew, told


async def lines(of: Crew) -> list[str]:
    """What the node wrote into the log of this staff, oldest first."""
    entries = told(await of.client.get(f"/api/journals/{of.staff}/entries?limit=500"))["entries"]
    return [entry["text"] for entry in reversed(entries) if entry["author"] == BY_ITSELF]


async def says(of: Crew, count: int) -> list[str]:
    """Its lines as soon as there are so many."""

    async def there() -> Any:
        found = await lines(of)
        return found if len(found) >= count else None

    found: list[str] = await until(there)
    assert len(found) == count, found
    return found


async def holds(of: Crew) -> bool:
    return bool(told(await of.client.get(f"/api/journals/{of.staff}/verify"))["right"])


async def share(ours: Crew, partner: str, name: str, **more: Any) -> str:
    """An agreement, about the incident's room unless another is named, from now on."""
    room = more.pop("room", None) or (await ours.seen("incident"))[ours.incident]["room"]
    given = {"peer": partner, "room": room, "name": name, "kinds": ["incident", "site"], **more}
    id = str(told(await ours.client.post("/api/shares", json=given))["id"])
    told(await ours.client.post(f"/api/shares/{id}/activate"))
    return id


async def sql(town: Town, statement: str, **given: Any) -> None:
    async with town.database.transaction("test") as tx:
        await tx.connection.execute(text(statement), given)


async def test_an_agreement_begins_changes_and_ends_in_both_logs_and_telling_it_anew_says_nothing(
    cluster: Cluster,
) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await crew(altdorf.node, "Altdorf"), await crew(bergheim.node, "Bergheim")
        id = await share(ours, altdorf.peers["bergheim"].id, "Lage am Deich")
        assert await lines(ours) == ["Freigabe „Lage am Deich“ an Bergheim beginnt."]
        assert await says(theirs, 1) == ["Altdorf gibt „Lage am Deich“ für uns frei."]

        told(await ours.client.patch(f"/api/shares/{id}", json={"kinds": ["incident"], "only_free": True}))
        told(await ours.client.patch(f"/api/shares/{id}", json={"only_free": True}))  # nothing new
        assert (await lines(ours))[1:] == ["Freigabe „Lage am Deich“ an Bergheim geändert: Arten, nur freie Kräfte."]
        assert (await says(theirs, 2))[1:] == ["Altdorf hat die Freigabe „Lage am Deich“ an uns geändert."]

        async def settled() -> Any:
            async with bergheim.database.reading() as connection:
                row = (await connection.execute(text("SELECT state, walk, epoch FROM received_share WHERE share = :id"),
                                                {"id": id})).one()  # fmt: skip
            return row if row.state == "CURRENT" else None

        before = await until(settled)
        peer = bergheim.peers["altdorf"].id
        await sql(bergheim, "UPDATE peer_incoming SET repair = ARRAY[:id] WHERE peer = :peer", id=id, peer=peer)
        await sql(bergheim, "UPDATE peer_incoming SET token = 'lost' WHERE peer = :peer", peer=peer)

        async def anew() -> Any:
            after = await settled()
            return after and after.epoch > before.epoch and after

        await until(anew)
        assert len(await lines(theirs)) == 2, "it was told anew in a new stream, and nothing about it is new"

        told(await ours.client.post(f"/api/shares/{id}/end", json={"reason": "Lage beendet."}))
        told(await ours.client.post(f"/api/shares/{id}/end", json={"reason": "noch einmal"}))
        assert (await lines(ours))[2:] == [
            "Freigabe „Lage am Deich“ an Bergheim beendet: Lage beendet. Dort ist sie zurückgezogen."
        ]
        (gone,) = (await says(theirs, 3))[2:]
        assert gone.startswith("Altdorf hat die Freigabe „Lage am Deich“ an uns zurückgezogen")
        assert await holds(ours) and await holds(theirs)


async def test_a_condition_that_turns_and_a_partner_that_rests_stand_in_the_logs(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await crew(altdorf.node, "Altdorf"), await crew(bergheim.node, "Bergheim")
        partner = altdorf.peers["bergheim"].id
        ends = datetime.now(UTC) + timedelta(seconds=2.5)
        await share(ours, partner, "Kurz", until=ends.isoformat())
        assert (await says(ours, 2))[1] == (
            "Freigabe „Kurz“ an Bergheim wirkt nicht mehr: ihre Zeit ist um. Dort ist sie zurückgezogen."
        )
        assert "zurückgezogen" in (await says(theirs, 2))[1]
        await share(ours, partner, "Später", from_level="KATASTROPHE")
        assert (await lines(ours))[2:] == [
            "Freigabe „Später“ an Bergheim beginnt. Sie wirkt, sobald ihre Bedingung erfüllt ist."
        ]

        admin = await altdorf.node.sign_in("Verwaltung", admin=True)
        for act, reason in (("suspend", "Schlüssel wird geprüft."), ("resume", None), ("revoke", "Gerät gestohlen")):
            body = {"reason": reason} if reason else None
            told(await admin.post(f"/api/partners/{partner}/{act}", json=body))
        assert (await lines(ours))[3:] == [
            "Der Austausch mit Bergheim ruht: Schlüssel wird geprüft. Nichts geht hinaus oder kommt herein.",
            "Der Austausch mit Bergheim läuft wieder.",
            "Bergheim wird nicht mehr vertraut: Gerät gestohlen. Der Austausch ist beendet.",
        ]
        assert await holds(ours) and await holds(theirs)


async def test_a_room_without_a_staff_and_an_incident_that_is_over_get_no_line_and_nobody_floods_a_log(
    cluster: Cluster,
) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await crew(altdorf.node, "Altdorf"), await crew(bergheim.node, "Bergheim")
        admin = await bergheim.node.sign_in("Verwaltung", admin=True)
        told(await theirs.client.post(f"/api/incidents/{theirs.incident}/state", json={"state": "CLOSED"}))
        chief = await altdorf.node.sign_in("Verwaltung", admin=True)
        room = told(await chief.post("/api/rooms", json={"name": "Nur so"}))["id"]
        lead, ours = ours, replace(ours, client=await altdorf.node.sign_in("Verwaltung", admin=True))
        id = await share(ours, altdorf.peers["bergheim"].id, "Ohne Stab", room=room)

        async def there() -> Any:
            received = told(await admin.get("/api/shares"))["received"]
            return [one for one in received if one["share"] == id]

        assert await until(there)
        for town in (altdorf, bergheim):
            async with town.database.reading() as connection:
                written = "SELECT count(*) FROM journal_entry WHERE author = :itself"
                assert (await connection.execute(text(written), {"itself": BY_ITSELF})).scalar_one() == 0

        # A partner that never stops changing its agreements does not fill our logs.
        logbook = Logbook("altdorf", WallClock())
        for _ in range(3):
            async with altdorf.database.transaction("test") as tx:
                for _ in range(MOST_AN_HOUR // 2):
                    await logbook.received(tx, altdorf.peers["bergheim"], "Flut\u202e\n", "changed")
        found = await lines(lead)
        assert len(found) <= 2 * (MOST_AN_HOUR + 1), "at most one turn of the hour"
        assert all(line.isprintable() for line in found) and any("laufend" in line for line in found)
        assert await holds(lead)
