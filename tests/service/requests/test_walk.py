"""A request from need to return through two organisations, over HTTP, on a real database."""

from __future__ import annotations

from tests.security.live import everything
from tests.service.requests.lending import Flood, bodies, step
from tests.service.resources.fleet import town


async def test_from_need_to_return_with_a_part_and_a_refusal(asked: Flood) -> None:
    giver, refuser, _ = asked.lenders
    pumps = [await giver.add(f"Pumpe {n}", "GW-L2", capabilities=["PUMPEN"]) for n in (1, 2)]
    made = await asked.ask(3, place=[7.3, 51.3], text="Intern: Bürgermeister drängt", reason="Unterführung läuft voll")
    request = made["id"]
    assert (made["body"]["state"], made["body"]["counts"]["requested"]) == ("SUBMITTED", 3)
    ours, theirs = await asked.put_to(request, giver, refuser)
    assert (await asked.request(request))["state"] == "ROUTED"

    refused = await step(refuser.client, theirs, "decline", reason="Selbst betroffen")
    assert (refused["body"]["state"], refused["body"]["message"]) == ("DECLINED", "ResponseToRequestResource")

    offered = await step(giver.client, ours, "offer", resources=pumps, terms={"cost_per_hour": 100, "recall_hours": 2})
    assert [line["callsign"] for line in offered["body"]["offered"]] == ["Pumpe 1", "Pumpe 2"]
    held = await giver.seen("resource")
    assert {held[id]["hold"]["inquiry"] for id in pumps} == {ours}
    assert (await asked.request(request))["counts"]["offered"] == 2
    assert not set(pumps) & set(await bodies(asked.lead, "resource")), "what is only offered stays with its owner"

    await step(asked.lead, ours, "requisition", resources=pumps[:1])
    freed = await giver.seen("resource")
    assert ("hold" in freed[pumps[0]], "hold" in freed[pumps[1]]) == (True, False)

    lent = await step(giver.client, ours, "commit")
    assert lent["body"]["quantity"]["committed"] == 1
    body = (await bodies(asked.lead, "resource"))[pumps[0]]
    assert (body["deployment"], body["incident"], body["target"]) == ("ALERTED", asked.incident, [7.3, 51.3])
    assert (body["loan"]["organisation"], body["loan"]["recall_hours"]) == (asked.needy.organisation, 2)
    assert "hold" not in body
    assert (await giver.seen("resource")).keys() >= set(pumps), "the lender goes on seeing it"
    assert (await asked.request(request))["state"] == "PARTIALLY_FULFILLED"

    await step(asked.lead, ours, "en-route")
    await step(asked.lead, ours, "arrive")
    await step(asked.lead, ours, "in-use")
    used = (await bodies(asked.lead, "resource"))[pumps[0]]
    assert used["deployment"] == "DEPLOYED"
    await step(asked.lead, ours, "release")
    back = await step(giver.client, ours, "return")
    assert (back["body"]["state"], back["body"]["quantity"]["returned"]) == ("RETURNED", 1)
    home = (await giver.seen("resource"))[pumps[0]]
    assert home["deployment"] == "AT_HOME"
    assert not {"loan", "hold", "incident", "target"} & set(home)
    assert not set(pumps) & set(await bodies(asked.lead, "resource"))

    closed = await asked.lead.post(f"/api/requests/{request}/close", json={"reason": "Wasser ist weg"})
    assert closed.status_code == 200, closed.text
    body = closed.json()["body"]
    assert body["state"] == "CLOSED"
    assert body["counts"] == {
        "requested": 3, "offered": 0, "requisitioned": 0, "committed": 1, "arrived": 1, "returned": 1, "recalled": 0,
    }  # fmt: skip
    inquiry = (await bodies(giver.client, "inquiry"))[ours]
    assert [step["state"] for step in inquiry["history"]] == [
        "ROUTED", "OFFERED", "REQUISITIONED", "COMMITTED", "EN_ROUTE", "ARRIVED", "IN_USE", "RELEASED", "RETURNED",
    ]  # fmt: skip
    messages = [step.get("message") for step in body["history"]]
    for message in ("RequestResource", "ResponseToRequestResource", "RequisitionResource", "CommitResource",
                    "ReleaseResource", "ResponseToRequestReturn"):  # fmt: skip
        assert message in messages


async def test_nobody_sees_what_is_not_his(asked: Flood) -> None:
    giver, other = asked.lenders[0], await town(asked.node, "Feuerwehr Fremdstadt")
    pump = await giver.add("Pumpe 1", "GW-L2", note="Geheim beim Geber")
    secret = await giver.add("Geheimes Fahrzeug", "KdoW")
    request = (await asked.ask(1, text="Geheim beim Fragenden"))["id"]
    (ours,) = await asked.put_to(request, giver)
    await step(giver.client, ours, "offer", resources=[pump])
    for kind in ("request", "inquiry", "resource", "incident"):
        assert await bodies(other.client, kind) == {}, f"a third one sees a {kind}"
    assert await bodies(giver.client, "request") == {}
    assert await bodies(giver.client, "incident") == {}
    seen = str(await bodies(giver.client, "inquiry"))
    assert "Geheim beim Fragenden" not in seen
    borrowed = str(await bodies(asked.lead, "inquiry")) + str(await bodies(asked.lead, "resource"))
    assert "Geheim beim Geber" not in borrowed
    assert secret not in borrowed
    known = {request, ours, pump, secret}
    followed = b"".join(await everything(other.client)) + (await other.client.get("/api/changes?since=0")).content
    assert [one for one in known if one.encode() in followed] == [], "a third one hears of it"
    for path in (f"/api/inquiries/{ours}/candidates", f"/api/requests/{request}/addressees",
                 f"/api/requests/{request}/settlement.csv"):  # fmt: skip
        assert (await other.client.get(path)).status_code == 404, path
    for what, given in (("offer", {"resources": [pump]}), ("decline", {"reason": "x"}), ("commit", {}),
                        ("requisition", {}), ("arrive", {}), ("release", {}), ("return", {}),
                        ("recall", {"reason": "x"}), ("withdraw", {})):  # fmt: skip
        assert (await other.client.post(f"/api/inquiries/{ours}/{what}", json=given)).status_code == 404, what
    assert (await asked.lead.get(f"/api/inquiries/{ours}/candidates")).status_code == 403
    assert (await asked.lead.post(f"/api/inquiries/{ours}/commit", json={})).status_code == 403
    assert (await giver.client.post(f"/api/inquiries/{ours}/requisition", json={})).status_code == 403


async def test_a_request_is_made_once_and_told_what_it_is_like(asked: Flood) -> None:
    path, key = f"/api/incidents/{asked.incident}/requests", {"Idempotency-Key": "the-same-again"}
    given = {"fields": {"title": "Pumpen", "capability": "PUMPEN", "quantity": 1, "priority": "ROUTINE",
                        "place": [7.4, 51.4]}}  # fmt: skip
    first, second = [(await asked.lead.post(path, json=given, headers=key)).json() for _ in range(2)]
    assert first == second
    third = await asked.ask(2, place=[7.401, 51.4])
    assert [one["id"] for one in third["similar"]] == [first["id"]]
    assert 50 < third["similar"][0]["distance_m"] < 90
    told = await asked.lead.post(f"/api/requests/{third['id']}/duplicate", json={"of": first["id"]})
    assert (told.json()["body"]["state"], told.json()["body"]["duplicate_of"]) == ("DUPLICATE", first["id"])


async def test_stock_is_reserved_lent_in_part_and_counted_when_it_comes_back(asked: Flood) -> None:
    giver = asked.lenders[0]
    bags = await giver.client.post(
        f"/api/fleets/{giver.organisation}/stock",
        json={"fields": {"article": "Sandsack", "unit": "Stück", "quantity": 4000}},
    )
    stock = bags.json()["id"]
    request = (await asked.ask(3000, article="Sandsäcke gefüllt", unit="Stück"))["id"]
    (ours,) = await asked.put_to(request, giver)
    await step(giver.client, ours, "offer", stock=[{"stock": stock, "quantity": 2500}])
    assert (await giver.seen("stock"))[stock]["reserved"] == 2500
    refused = await step(giver.client, ours, "offer", 409, stock=[{"stock": stock, "quantity": 4001}])
    assert "Sandsack" in refused["detail"]
    await step(asked.lead, ours, "requisition", stock=[{"stock": stock, "quantity": 2000}])
    assert (await giver.seen("stock"))[stock]["reserved"] == 2000
    await step(giver.client, ours, "commit")
    left = (await giver.seen("stock"))[stock]
    assert (left["quantity"], left["reserved"]) == (2000, 0)
    assert (await asked.request(request))["counts"]["committed"] == 2000
    await step(asked.lead, ours, "in-use")
    await step(asked.lead, ours, "release")
    await step(giver.client, ours, "return", 422)
    back = await step(giver.client, ours, "return", stock=[{"stock": stock, "quantity": 300}])
    assert back["body"]["state"] == "RETURNED"
    assert (await giver.seen("stock"))[stock]["quantity"] == 2300
