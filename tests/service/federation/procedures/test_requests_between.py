"""Requests between two nodes: from need to return with the line cut in every state, and what two sides do at once."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from geodata.model.fact import Confidence, Fact, Provenance
from geodata.model.ref import Ref
from geodata.store.cluster import Cluster
from tests.service.federation.procedures.carried import carry, until
from tests.service.federation.procedures.lent import (
    Lender,
    Neighbours,
    copies,
    neighbours,
    own,
    public,
    walk,
)
from tests.service.requests.lending import step
from tests.service.resources.fleet import town

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def near(cluster: Cluster) -> Any:
    async with neighbours(cluster, district=True, boats=6) as found:
        yield found


async def test_a_loan_from_need_to_return_with_the_line_cut_after_every_step(near: Neighbours) -> None:
    await walk(near)


@pytest.mark.skipif(not os.environ.get("LAGEBILD_PROVE"), reason="again over the real streams, with LAGEBILD_PROVE")
async def test_over_the_real_streams_it_goes_the_same_way(cluster: Cluster) -> None:
    async with neighbours(cluster, streamed=True) as near:
        await near.line(whole=False)
        await walk(near)


async def test_whoever_got_it_passes_it_on_to_who_has_boats_and_the_partner_reads_who_answers(near: Neighbours) -> None:
    lender = near.lender
    other = await town(lender.node.node, "Wasserwacht Bergheim")
    boat = await other.add("Wasserwacht 1", type="MZB")
    _, (id,) = await near.ask()
    await near.agree(id)
    answer = near.answer(id)
    listed = (await lender.fleet.client.get(f"/api/inquiries/{answer}/pass-on")).json()["organisations"]
    assert [(one["name"], one["count"]) for one in listed] == [("Wasserwacht Bergheim", 1)]
    await step(other.client, answer, "pass-on", 403, organisation=lender.fleet.organisation)
    await lender.does(answer, "pass-on", 422, organisation=lender.fleet.organisation)
    await lender.does(answer, "pass-on", 422, organisation="partner.altdorf")
    await lender.does(answer, "pass-on", organisation=other.organisation, reason="Die Wasserwacht hat Boote frei")
    await lender.does(answer, "offer", 403, resources=[lender.fleet.resources["Boot Bergheim 1"]])
    ours, theirs = await near.agree(id)
    assert theirs["addressee"]["name"] == "Wasserwacht Bergheim"
    told = [one for one in ours["history"] if one.get("addressee") == "Wasserwacht Bergheim"]
    assert [(one["text"], one["origin"]) for one in told] == [("Die Wasserwacht hat Boote frei", "bergheim")]
    await step(other.client, answer, "offer", resources=[boat])
    await step(other.client, answer, "pass-on", 409, organisation=lender.fleet.organisation)
    ours, _ = await near.agree(id)
    assert [one["callsign"] for one in ours["offered"]] == ["Wasserwacht 1"]
    await near.does(id, "withdraw")
    await near.agree(id)


async def test_read_a_hundred_times_it_is_one_inquiry_and_one_loan(near: Neighbours) -> None:
    lender = near.lender
    boat = lender.fleet.resources["Boot Bergheim 3"]
    _, (id,) = await near.ask()
    for _ in range(5):
        await carry(near.asking, lender.node)
    await near.agree(id)
    assert [one for one in await lender.inquiries() if one.endswith(id)] == [near.answer(id)]
    await lender.does(near.answer(id), "offer", resources=[boat])
    await near.agree(id)
    await near.does(id, "requisition")
    await near.agree(id)
    await lender.does(near.answer(id), "commit")
    await near.agree(id)
    async with lender.node.database.reading() as connection:
        logged = text("SELECT count(*) FROM change WHERE ref = :ref AND op = 'put' AND body -> 'loan' IS NOT NULL")
        ref = f"bergheim/resource/{boat}"
        lent = (await connection.execute(logged, {"ref": ref})).scalar_one()
        newest = "SELECT count(*) FROM change WHERE ref LIKE '%/inquiry/%'"
        quiet = (await connection.execute(text(newest))).scalar_one()
    assert lent == 1
    for _ in range(5):
        await carry(near.asking, lender.node)
        await asyncio.sleep(0.3)
    async with lender.node.database.reading() as connection:
        assert (await connection.execute(text(newest))).scalar_one() == quiet, "both are at rest"
    await near.does(id, "release")
    await near.agree(id)
    await lender.does(near.answer(id), "return")
    await near.agree(id)


async def test_what_is_taken_after_the_hold_ran_out_is_refused_and_can_be_offered_again(near: Neighbours) -> None:
    lender = near.lender
    boat = lender.fleet.resources["Boot Bergheim 4"]
    request, (id,) = await near.ask(quantity=1)
    await near.agree(id)
    await lender.does(near.answer(id), "offer", resources=[boat], hold_minutes=5)
    await near.agree(id)
    # The line is cut; the lender's clock goes on, the borrower knows nothing of it and takes.
    await lender.later(minutes=6)
    assert (await lender.inquiries())[near.answer(id)]["state"] == "EXPIRED"
    await near.does(id, "requisition")
    ours, theirs = await near.agree(id)
    assert ours["state"] == "EXPIRED"
    assert [line["state"] for line in ours["offered"]] == ["LAPSED"]
    assert "REQUISITIONED" in {one["state"] for one in theirs["history"]}, "the lender sees that it was wanted"
    assert "hold" not in await lender.resource("Boot Bergheim 4")
    counts = (await near.needy.request(request))["counts"]
    assert (counts["offered"], counts["requisitioned"], counts["committed"]) == (0, 0, 0)
    refused = await near.does(id, "requisition", 409)
    assert "offer it again" in refused["detail"]
    await lender.does(near.answer(id), "offer", resources=[boat])
    await near.agree(id)
    await near.does(id, "requisition")
    ours, _ = await near.agree(id)
    assert ours["state"] == "REQUISITIONED"
    await lender.does(near.answer(id), "decline", reason="doch selbst gebraucht")
    ours, _ = await near.agree(id)
    assert (ours["state"], ours["history"][-1]["text"]) == ("DECLINED", "doch selbst gebraucht")


async def test_the_borrowers_clock_ends_no_hold_of_the_lender(near: Neighbours) -> None:
    lender = near.lender
    _, (id,) = await near.ask(quantity=1)
    await near.agree(id)
    boat = lender.fleet.resources["Boot Bergheim 4"]
    await lender.does(near.answer(id), "offer", resources=[boat], hold_minutes=5)
    await near.agree(id)
    async with near.asking.database.transaction("test") as tx:
        skewed = text("UPDATE peer_incoming SET skew = 3604 WHERE peer = :peer")
        await tx.connection.execute(skewed, {"peer": near.asking.peers["bergheim"].id})
    await lender.does(near.answer(id), "offer", resources=[boat], hold_minutes=5, note="dasselbe")
    ours, theirs = await near.agree(id)
    assert ours["hold_until"] == theirs["hold_until"], "the time is the lender's"
    assert ours["across"]["ahead"] == 3600, "and is shown by ours"
    await Lender(near.asking, lender.fleet).later(hours=1)
    assert (await near.inquiry(id))["state"] == "OFFERED"
    await near.does(id, "withdraw")
    await near.agree(id)
    assert "hold" not in await lender.resource("Boot Bergheim 4")


async def test_what_both_do_at_once_ends_the_same_on_both_sides(near: Neighbours) -> None:
    lender = near.lender
    boat = lender.fleet.resources["Boot Bergheim 5"]

    async def taken() -> str:
        _, (id,) = await near.ask(quantity=1)
        await near.agree(id)
        await lender.does(near.answer(id), "offer", resources=[boat])
        await near.agree(id)
        return id

    id = await taken()
    await near.does(id, "withdraw", reason="gefunden")
    await lender.does(near.answer(id), "offer", resources=[boat], note="doch mehr")
    ours, _ = await near.agree(id)
    assert ours["state"] == "WITHDRAWN"
    assert "hold" not in await lender.resource("Boot Bergheim 5")

    id = await taken()
    await near.does(id, "requisition")
    await lender.does(near.answer(id), "decline", reason="selbst gebraucht")
    ours, _ = await near.agree(id)
    assert ours["state"] == "DECLINED"
    assert "hold" not in await lender.resource("Boot Bergheim 5")

    id = await taken()
    await near.does(id, "requisition")
    await near.agree(id)
    await near.does(id, "withdraw")
    await lender.does(near.answer(id), "commit")
    ours, _ = await near.agree(id)
    assert ours["state"] == "COMMITTED", "what is promised is promised"
    await near.does(id, "release")
    await near.agree(id)
    await lender.does(near.answer(id), "return")
    await near.agree(id)


async def test_material_comes_in_part_and_comes_back_in_part(near: Neighbours) -> None:
    lender = near.lender
    given = {"article": "Sandsack", "unit": "Stück", "quantity": 100}
    made = await lender.fleet.client.post(f"/api/fleets/{lender.fleet.organisation}/stock", json={"fields": given})
    stock = made.json()["id"]
    _, (id,) = await near.ask(quantity=80, type=None, article="Sandsack", unit="Stück")
    await near.agree(id)
    await lender.does(near.answer(id), "offer", stock=[{"stock": stock, "quantity": 80}])
    await near.agree(id)
    assert (await lender.fleet.seen("stock"))[stock]["reserved"] == 80
    await near.does(id, "requisition", stock=[{"stock": stock, "quantity": 50}])
    await near.agree(id)
    assert (await lender.fleet.seen("stock"))[stock]["reserved"] == 50
    await lender.does(near.answer(id), "commit")
    await near.agree(id)
    await near.does(id, "release")
    await near.agree(id)
    await lender.does(near.answer(id), "return", stock=[{"stock": stock, "quantity": 20}])
    ours, _ = await near.agree(id)
    assert (ours["stock"][0]["quantity"], ours["stock"][0]["returned"]) == (50, 20)
    left = (await lender.fleet.seen("stock"))[stock]
    assert (left["quantity"], left["reserved"]) == (70, 0)


async def test_nothing_of_a_stock_that_was_not_offered_is_known_to_the_one_who_asks(near: Neighbours) -> None:
    for kind in ("resource", "stock", "fleet"):
        assert await copies(near.asking, kind) == []
    names = [name for name in near.lender.fleet.resources if name.endswith("6")]
    async with near.asking.database.reading() as connection:
        everything = text("SELECT count(*) FROM change WHERE body::text LIKE '%' || :name || '%'")
        assert (await connection.execute(everything, {"name": names[0]})).scalar_one() == 0


async def test_partners_stand_among_those_who_can_be_asked_and_a_request_climbs_to_the_kreis(near: Neighbours) -> None:
    request, (id,) = await near.ask("bergheim", quantity=1, priority="LIFE_SAVING")
    told = (await near.needy.lead.get(f"/api/requests/{request}/addressees")).json()["addressees"]
    there = {one["organisation"]: one for one in told}
    town, district = there["partner.bergheim"], there["partner.kreis"]
    assert (town["relation"], town["name"], town["asked"]["state"]) == ("NEIGHBOUR", "Bergheim", "ROUTED")
    assert (district["relation"], district["level"]) == ("SUPERIOR", "DISTRICT")
    assert town["partner"] == {"origin": "bergheim", "reachable": False}, "it was never heard"
    async with near.asking.database.transaction("test") as tx:
        heard = text("UPDATE peer_incoming SET heard_at = clock_timestamp() WHERE peer = :peer")
        await tx.connection.execute(heard, {"peer": near.asking.peers["kreis"].id})
    told = (await near.needy.lead.get(f"/api/requests/{request}/addressees")).json()["addressees"]
    assert next(one for one in told if one["organisation"] == "partner.kreis")["partner"]["reachable"] is True

    at_altdorf = Lender(near.asking, near.lender.fleet)
    for minutes in (11, 22):  # first its own Kreis on this node, then the partner's
        await at_altdorf.later(minutes=minutes)
    body = await near.needy.request(request)
    mine = await own(near.asking, near.needy.lead, "inquiry")
    asked = {one["addressee"]["organisation"]: key for key, one in mine.items() if one["request"] == request}
    assert "partner.kreis" in asked
    assert "Kreis, one level up" in body["history"][-1]["text"]
    assert (await near.inquiry(id))["overdue"] is True
    ours, theirs = await near.agree(asked["partner.kreis"], "kreis")
    assert public(ours)["level"] == "DISTRICT"
    lender = near.lenders["kreis"]
    await lender.does(near.answer(asked["partner.kreis"]), "decline", reason="Alle Boote im Einsatz")
    await near.agree(asked["partner.kreis"], "kreis")
    assert theirs["addressee"]["name"] == "Feuerwehr Kreis"
    ended = await near.needy.lead.post(f"/api/requests/{request}/withdraw", json={"reason": "vorbei"})
    assert ended.status_code == 200, ended.text
    ours, _ = await near.agree(id)
    assert ours["state"] == "WITHDRAWN", "whoever still waits is told"


async def test_a_suspended_partner_waits_and_nothing_of_it_is_lost(near: Neighbours) -> None:
    lender = near.lender
    suspended = text("UPDATE peer SET state = :state WHERE id = :id")

    async def put(state: str) -> None:
        async with lender.node.database.transaction("test") as tx:
            await tx.connection.execute(suspended, {"state": state, "id": lender.node.peers["altdorf"].id})

    await put("SUSPENDED")
    _, (id,) = await near.ask(quantity=1)
    await carry(near.asking, lender.node)
    await asyncio.sleep(1)
    assert near.answer(id) not in await lender.inquiries()
    await put("ACTIVE")
    await near.agree(id)
    await near.does(id, "withdraw")
    await near.agree(id)


async def test_what_is_tried_out_there_is_marked_here(near: Neighbours) -> None:
    _, (real,) = await near.ask(quantity=1)
    _, theirs = await near.agree(real)
    assert theirs["mode"] == "ACTUAL"
    await near.does(real, "withdraw")
    admin = await near.asking.node.sign_in("Verwaltung", admin=True)
    staff = {"model": "EINSATZLEITUNG", "name": "EL", "organisation": near.needy.needy.organisation}
    sent = {"name": "Probe", "mode": "TEST", "staffs": [staff], "function": "LDS"}
    opened = (await admin.post("/api/incidents", json=sent)).json()
    fields = {"title": "Boote", "type": "MZB", "quantity": 1, "priority": "ROUTINE"}
    made = (await admin.post(f"/api/incidents/{opened['id']}/requests", json={"fields": fields})).json()
    routed = await admin.post(f"/api/requests/{made['id']}/route", json={"organisations": ["partner.bergheim"]})
    answer = near.answer(routed.json()["inquiries"][0]["id"])

    async def there() -> object:
        await carry(near.asking, near.lender.node)
        return (await near.lender.inquiries()).get(answer)

    assert (await until(there))["mode"] == "TEST"


async def test_nobody_asks_in_the_name_of_a_partner_whose_room_he_may_write_in(near: Neighbours) -> None:
    node, fleet = near.lender.node.node, near.lender.fleet
    admin = await node.sign_in("Verwaltung", admin=True)
    sent = {"name": "Deichbruch", "staffs": [{"model": "EINSATZLEITUNG", "name": "EL"}], "function": "LDS"}
    opened = (await admin.post("/api/incidents", json=sent)).json()
    person = (await fleet.client.get("/api/session")).json()["person"]
    seat = f"/api/staffs/{opened['staffs'][0]['id']}/assignments"
    assert (await admin.post(seat, json={"function": "S4", "person": person})).is_success
    lead = await node.sign_in("Führung Feuerwehr Bergheim", admin=False)
    fields = {"title": "Boote", "type": "MZB", "quantity": 1, "priority": "ROUTINE"}
    asked = f"/api/incidents/{opened['id']}/requests"
    refused = await lead.post(asked, json={"fields": fields, "organisation": "partner.altdorf"})
    assert refused.status_code == 403, refused.text
    made = await lead.post(asked, json={"fields": fields})
    assert made.status_code == 201, made.text
    assert made.json()["body"]["organisation"] == fleet.organisation, "the only one for which he may ask"


async def test_nobody_asks_in_the_name_of_those_who_are_asked(near: Neighbours) -> None:
    _, (id,) = await near.ask(quantity=1)
    _, theirs = await near.agree(id)
    lie = {**await near.inquiry(id), "requester": theirs["addressee"]}
    now = datetime.now(UTC)
    async with near.lender.node.database.transaction("peer:altdorf") as tx:
        room = str(near.lender.node.peers["altdorf"].exchange_room)
        ref = Ref("altdorf", "inquiry", "gefaelscht")
        tx.put(Fact(ref, room, Provenance("people", now, now, Confidence.REPORTED), lie))
    await asyncio.sleep(1)
    assert "altdorf.gefaelscht" not in await near.lender.inquiries()
    await near.does(id, "withdraw")
    await near.agree(id)


async def test_a_third_one_answers_nothing_for_the_partner(near: Neighbours) -> None:
    """What the Kreis writes about an inquiry between Altdorf and Bergheim counts nowhere."""
    _, (id,) = await near.ask(quantity=1)
    _, theirs = await near.agree(id)
    lie: dict[str, Any] = {**theirs, "state": "DECLINED"}
    lie["across"] = {**theirs["across"], "moves": 50}
    now = datetime.now(UTC)
    for origin, room in (("kreis", near.asking.peers["kreis"].exchange_room),
                         ("kreis", near.asking.peers["bergheim"].exchange_room)):  # fmt: skip
        async with near.asking.database.transaction("peer:kreis") as tx:
            ref = Ref(origin, "inquiry", f"altdorf.{id}")
            tx.put(Fact(ref, str(room), Provenance("people", now, now, Confidence.REPORTED), lie))
        await asyncio.sleep(1.5)
        assert (await near.inquiry(id))["state"] == "ROUTED"
    await near.does(id, "withdraw")
    await near.agree(id)
