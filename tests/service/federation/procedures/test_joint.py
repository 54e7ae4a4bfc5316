"""One flood, two incidents: the link, both logs side by side, and that a link opens nothing and changes nothing."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
from sqlalchemy import text

from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from geodata.store.database import Database
from service.federation.procedures.joint import store
from tests.service.conftest import Node
from tests.service.federation.procedures.carried import bodies, until
from tests.service.federation.receiving.neighbour import Neighbour, opened, put
from tests.service.federation.towns import Town, towns
from tests.service.journal.printed import text_of
from tests.service.roster.crew import Crew, crew, told

ROUNDS = 3_000 if os.environ.get("LAGEBILD_PROVE") else 150
_OWN = text("""
    SELECT ref, body::text, xmin::text FROM fact WHERE origin = :origin AND kind NOT IN ('entry', 'incident_link')
    ORDER BY ref
""")


async def own(town: Town) -> list[Any]:
    async with town.database.reading() as connection:
        return [tuple(row) for row in await connection.execute(_OWN, {"origin": town.origin})]


async def lets_out(giver: Crew, partner: str, room: str, *kinds: str) -> str:
    given = {"peer": partner, "room": room, "name": " ".join(kinds), "kinds": list(kinds)}
    id = str(told(await giver.client.post("/api/shares", json=given))["id"])
    told(await giver.client.post(f"/api/shares/{id}/activate"))
    return id


async def patient(node: Node, name: str) -> Crew:
    made = await crew(node, name)
    made.client.timeout = httpx.Timeout(60)
    return made


async def shares(giver: Crew, partner: str) -> tuple[str, str]:
    """Its incident and its log: two rooms, two agreements."""
    incident = (await giver.seen("incident"))[giver.incident]["room"]
    staff = (await giver.seen("staff"))[giver.staff]["room"]
    return await lets_out(giver, partner, incident, "incident", "site"), await lets_out(giver, partner, staff, "entry")


async def joint(of: Crew) -> dict[str, Any]:
    return dict(told(await of.client.get(f"/api/incidents/{of.incident}/joint")))


async def log(of: Crew, **asked: Any) -> dict[str, Any]:
    return dict(told(await of.client.get(f"/api/incidents/{of.incident}/joint-log", params=asked)))


async def link(of: Crew, partner: str, theirs: str, **more: Any) -> httpx.Response:
    given = {"incident": of.incident, "theirs": theirs, **more}
    return await of.client.post(f"/api/partners/{partner}/incident-links", json=given)


async def write(of: Crew, words: str) -> None:
    told(await of.client.post(f"/api/journals/{of.staff}/entries", json={"kind": "SITUATION", "text": words}))


async def right(of: Crew) -> bool:
    return bool(told(await of.client.get(f"/api/journals/{of.staff}/verify"))["right"])


async def test_both_say_that_it_is_one_flood_and_read_both_logs_until_it_is_taken_back(
    cluster: Cluster,
) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await patient(altdorf.node, "Altdorf"), await patient(bergheim.node, "Bergheim")
        to, back = altdorf.peers["bergheim"].id, bergheim.peers["altdorf"].id
        their_ref = f"bergheim/incident/{theirs.incident}"
        picture, diary = await shares(theirs, back)

        async def offered() -> Any:
            return (await joint(ours))["candidates"]

        (offer,) = await until(offered)
        assert (offer["ref"], offer["name"], offer["state"]) == (their_ref, "Hochwasser Bergheim", "OBSERVED")
        before = await own(altdorf), await own(bergheim)
        made = told(await link(ours, to, their_ref, label="Deichbruch Nord", note="derselbe Deich"))
        assert told(await link(ours, to, their_ref, label="Deichbruch Nord"))["id"] == made["id"], (
            "said again, not twice"
        )
        (mine,) = (await joint(ours))["links"]
        assert (mine["standing"], mine["shared"]["name"]) == ("OURS", "Hochwasser Bergheim")
        assert mine["partner"]["shares_log"] and mine["partner"]["heard_at"]
        assert (await joint(ours))["candidates"] == []

        async def noticed() -> Any:
            return (await joint(theirs))["links"]

        (there,) = await until(noticed)
        assert (there["standing"], there["told"]["label"], there["shared"]) == ("THEIRS", "Deichbruch Nord", None)
        assert not there["partner"]["shares_log"]
        counter = told(await link(theirs, back, there["theirs"]))
        assert (await joint(theirs))["links"][0]["standing"] == "BOTH"

        async def both() -> Any:
            return (await joint(ours))["links"][0]["standing"] == "BOTH"

        await until(both)
        for each, words in ((ours, "Pegel steigt"), (theirs, "Deich weicht auf"), (ours, "Sandsäcke bestellt")):
            await write(each, words)

        async def arrived() -> Any:
            found = await log(ours)
            return found if any(one["text"] == "Deich weicht auf" for one in found["entries"]) else None

        found = await until(arrived)
        people = [(one["text"], one["ours"]) for one in found["entries"] if one["function"] != "LAGEBILD"]
        assert people == [("Sandsäcke bestellt", True), ("Deich weicht auf", False), ("Pegel steigt", True)]
        assert found["entries"] == sorted(found["entries"], key=lambda one: one["event_time"], reverse=True)
        assert all(one["author"] is None for one in found["entries"] if not one["ours"])
        (source,) = found["partners"]
        assert source["shares_log"] and [each["missing"] for each in source["logs"]] == [0]
        assert {one["origin"] for one in (await log(ours, side="theirs"))["entries"]} == {"bergheim"}
        assert {one["origin"] for one in (await log(ours, side="ours"))["entries"]} == {"altdorf"}
        paged: list[Any] = []
        page = await log(ours, limit=1)
        while page["next"]:
            paged += page["entries"]
            page = await log(ours, limit=1, before=page["next"])
        assert [*paged, *page["entries"]] == (await log(ours))["entries"]
        refused = await ours.client.get(f"/api/incidents/{ours.incident}/joint-log", params={"before": "gestern|x"})
        assert (refused.status_code, refused.json()["field"]) == (422, "before")
        # They see ours only if we share it; nothing of it comes by the link.
        assert {one["origin"] for one in (await log(theirs))["entries"]} == {"bergheim"}

        at = f"/api/incidents/{ours.incident}/joint-log"
        table = (await ours.client.get(f"{at}.csv")).text
        assert '"Bergheim (bergheim)";' in table and '"Altdorf";' in table and "Prüfkette" in table
        printed = await ours.client.get(f"{at}.pdf")
        assert printed.headers["content-type"] == "application/pdf"
        read = "".join(text_of(printed.content))
        assert "Bergheim(bergheim)" in read and "Deichweichtauf" in read and "GemeinsamesEinsatztagebuch" in read

        # Closed there, taken back there, ended by us: each is said.
        told(await theirs.client.post(f"/api/incidents/{theirs.incident}/state", json={"state": "CLOSED"}))

        async def closed() -> Any:
            return (await joint(ours))["links"][0]["shared"]["state"] == "CLOSED"

        await until(closed)
        for share in (picture, diary):
            told(await theirs.client.post(f"/api/shares/{share}/end", json={"reason": "Lage beendet"}))

        async def withdrawn() -> Any:
            (one,) = (await joint(ours))["links"]
            return one if one["shared"] is None and not one["partner"]["shares_log"] else None

        left = await until(withdrawn)
        assert left["gone_at"] is not None and left["standing"] == "BOTH"
        assert {one["origin"] for one in (await log(ours))["entries"]} == {"altdorf"}
        assert "teilt kein Tagebuch mit uns" in (await ours.client.get(f"{at}.csv")).text
        end = f"/api/partners/{to}/incident-links/{made['id']}/end"
        told(await ours.client.post(end, json={"reason": "war eine andere"}))
        first = told(await ours.client.post(end, json={"reason": "noch einmal"}))["body"]
        assert first["reason"] == "war eine andere", "who comes second changes nothing"
        assert (await joint(ours))["links"][0]["standing"] == "THEIRS"

        async def told_there() -> Any:
            one = (await joint(theirs))["links"][0]
            return one if one["told"].get("ended_at") else None

        assert (await until(told_there))["standing"] == "OURS"
        told(
            await theirs.client.post(f"/api/partners/{back}/incident-links/{counter['id']}/end", json={"reason": "ja"})
        )
        assert await right(ours) and await right(theirs)
        changed = [ref for ref, *_ in set(await own(bergheim)) ^ set(before[1])]
        assert await own(altdorf) == before[0] and set(changed) == {f"bergheim/incident/{theirs.incident}"}


async def test_nobody_sees_through_a_link_what_he_may_not_see(cluster: Cluster) -> None:
    async with towns(cluster, "altdorf", "bergheim") as (altdorf, bergheim):
        ours, theirs = await patient(altdorf.node, "Altdorf"), await patient(bergheim.node, "Bergheim")
        to = altdorf.peers["bergheim"].id
        their_ref = f"bergheim/incident/{theirs.incident}"
        refused = await link(ours, to, their_ref)
        assert (refused.status_code, refused.json()["field"]) == (422, "theirs"), "neither shared nor named"
        message = {"text": "Hier auch", "incident": theirs.incident}
        told(await theirs.client.post(f"/api/partners/{bergheim.peers['altdorf'].id}/messages", json=message))

        async def named() -> Any:
            return (await joint(ours))["candidates"]

        assert (await until(named))[0]["name"] == "Hochwasser Bergheim"
        made = told(await link(ours, to, their_ref))
        await write(ours, "Nur fuer uns")

        for theirs_ref in ("calw/incident/x", f"altdorf/incident/{ours.incident}", "bergheim/site/x", "nichts"):
            refused = await link(ours, to, theirs_ref)
            assert (refused.status_code, refused.json()["field"]) == (422, "theirs"), theirs_ref
        other = await patient(altdorf.node, "Zweite")
        refused = await link(other, to, their_ref)
        assert refused.status_code == 201, "of its own incident it may say the same"
        given = {"incident": ours.incident, "theirs": their_ref}
        refused = await other.client.post(f"/api/partners/{to}/incident-links", json=given)
        assert (refused.status_code, refused.json()["field"]) == (422, "incident")
        end = f"/api/partners/{to}/incident-links/{made['id']}/end"
        assert (await other.client.post(end, json={"reason": "weg"})).status_code == 404

        guest = await altdorf.node.sign_in("Zuschauer", admin=False)
        assert (await guest.post(end, json={"reason": "weg"})).status_code == 403
        assert (await guest.post(f"/api/partners/{to}/incident-links", json=given)).status_code == 403
        for client, status in ((other.client, 404), (guest, 404), (altdorf.node.client, 401)):
            for what in ("joint", "joint-log", "joint-log.csv", "joint-log.pdf"):
                answer = await client.get(f"/api/incidents/{ours.incident}/{what}")
                assert answer.status_code == status, (what, answer.text)
        # Who is let into the incident's room, but not into the staff's own, reads no entry of it.
        room = (await ours.seen("incident"))[ours.incident]["room"]
        person = (await guest.get("/api/session")).json()["person"]
        async with altdorf.database.transaction("test") as tx:
            values = "VALUES (:room, 'person', :person, false, false, NULL)"
            await tx.connection.execute(text(f"INSERT INTO room_member {values}"), {"room": room, "person": person})
        guest = await altdorf.node.sign_in("Zuschauer", admin=False)
        seen = told(await guest.get(f"/api/incidents/{ours.incident}/joint-log"))
        assert seen["entries"] == [] and seen["partners"][0]["origin"] == "bergheim"
        assert "Nur fuer uns" not in (await guest.get(f"/api/incidents/{ours.incident}/joint-log.csv")).text
        # Nor does a name leave with a link that names none, not even to others of ours.
        (said,) = [one for one in await bodies(guest, "incident_link") if one["ref"] == made["ref"]]
        assert "label" not in said and "Hochwasser" not in str(said)


async def test_whatever_a_partner_says_of_links_changes_nothing_of_ours(database_url: str) -> None:
    random = Random(11)
    database = Database(database_url)
    try:
        neighbour = await Neighbour.known(database, "altdorf", to="here")
        now = datetime.now(UTC)
        by = Provenance("people", now, now, Confidence.CONFIRMED)
        room = str(neighbour.peer.exchange_room)
        mine = "here/incident/i1"
        async with database.transaction("test") as tx:
            tx.put(Fact(Ref.parse(mine), "public", by, {"name": "Flut", "room": "public"}))
            said = {"incident": mine, "theirs": "altdorf/incident/a", "at": now.isoformat(), "by": "LEITUNG"}
            tx.put(Fact(Ref("here", "incident_link", "l1"), room, by, said))
        await neighbour.say(opened("exchange", exchange=True), opened("s1"))

        async def all_of_ours() -> list[Any]:
            async with database.reading() as connection:
                query = text("SELECT ref, room, body::text, xmin::text FROM fact WHERE origin = 'here' ORDER BY ref")
                return [tuple(row) for row in await connection.execute(query)]

        before = await all_of_ours()
        whose = ("altdorf", "altdorf", "altdorf", "here", "calw", "")
        stored = 0
        for number in range(ROUNDS):
            kind = random.choice(("incident", "incident", "site", "x y"))
            body: dict[str, Any] = {
                "incident": f"{random.choice(whose)}/{kind}/{random.choice('ab')}",
                "theirs": random.choice((mine, "here/incident/i2", "calw/incident/i1", "\u202e", "x" * 300)),
                "at": random.choice((now.isoformat(), now.isoformat(), "gestern", "9999-01-01T00:00:00Z")),
                "by": random.choice(("LEITUNG", "S2", "KGS", None)),
                "label": random.choice((None, "Flut", "<b>", "x" * 500)),
                "ended_at": random.choice((None, None, now.isoformat(), {})),
                "state": "CLOSED",
            }
            ref = f"{random.choice(whose)}/incident_link/l{random.randrange(5)}"
            receipt = await neighbour.say(put(random.choice(("exchange", "s1")), ref, body, seq=number + 1))
            stored += receipt.stored
        assert await all_of_ours() == before and stored > ROUNDS / 20
        async with database.reading() as connection:
            pairs = await store.links(connection, "here", mine, [room, "public"])
        assert {Ref.parse(pair.theirs).origin for pair in pairs} == {"altdorf"}
        assert {Ref.parse(pair.theirs).kind for pair in pairs} == {"incident"}
        assert [pair.id for pair in pairs if pair.ours] == ["l1"]
    finally:
        await database.close()
