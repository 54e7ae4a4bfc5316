"""What a lender gives up, units that go together, recalling, and the record for settlement."""

from __future__ import annotations

import csv
from io import StringIO

from tests.service.requests.lending import Flood, bodies, step


async def test_what_the_lender_gives_up_is_shown_and_needs_a_reason(asked: Flood) -> None:
    giver = asked.lenders[0]
    ars = "053820010000"
    rules = {"cover": [{"ars": ars, "capability": "STROEMUNGSRETTUNG", "minimum": 1}]}
    changed = await giver.client.patch(f"/api/fleets/{giver.organisation}", json={"base": 1, "fields": rules})
    assert changed.status_code == 200, changed.text
    boat = await giver.add("Boot 1", "MTF", capabilities=["STROEMUNGSRETTUNG"], home=[7.1, 51.21], ars=ars)
    await giver.client.post(f"/api/resources/{boat}/status", json={"code": "2"})
    car = await giver.add("MTF 1", "MTF", ars=ars)
    (inquiry,) = await asked.put_to((await asked.ask(1, capability="STROEMUNGSRETTUNG"))["id"], giver)
    at = f"/api/inquiries/{inquiry}/candidates"
    found = (await giver.client.get(at, params={"chosen": f"{boat},{car}"})).json()
    first, *others = found["resources"]
    shortfall = {"ars": ars, "capability": "STROEMUNGSRETTUNG", "minimum": 1, "free": 1, "after": 0}
    assert (first["id"], first["fits"], first["gives_up"]) == (boat, True, [shortfall])
    assert "STROEMUNGSRETTUNG" in first["last_of"]
    assert (1000 < first["distance_m"] < 1200, first["travel_minutes"] > 0) == (True, True)
    assert [one["gives_up"] for one in others if one["id"] == car] == [[]]
    assert found["together"] == [shortfall]

    offered = await step(giver.client, inquiry, "offer", resources=[boat])
    assert offered["gives_up"] == [shortfall]
    await step(asked.lead, inquiry, "requisition")
    refused = await step(giver.client, inquiry, "commit", 409)
    assert (refused["title"], refused["shortfalls"]) == ("cover broken", [shortfall])
    done = await step(giver.client, inquiry, "commit", override={"reason": "Nachbar rückt nach"})
    assert "Nachbar rückt nach" in done["body"]["history"][-1]["text"]
    other = (await asked.ask(1, capability="STROEMUNGSRETTUNG"))["id"]
    (second,) = await asked.put_to(other, giver)
    bound = (await giver.client.get(f"/api/inquiries/{second}/candidates")).json()["bound"]
    assert [(one["id"], one["why"]) for one in bound] == [(boat, "LENT")]


async def test_a_unit_goes_with_its_members_and_counts_once(asked: Flood) -> None:
    giver = asked.lenders[1]
    unit = await giver.add("Zug 1", "LZ", kind="UNIT")
    members = [await giver.add(f"Zug 1-{n}", parent=unit) for n in (1, 2)]
    request = (await asked.ask(1, concept="LZ"))["id"]
    (inquiry,) = await asked.put_to(request, giver)
    offered = await step(giver.client, inquiry, "offer", resources=[unit])
    assert [(line["resource"], line["quantity"]) for line in offered["body"]["offered"]] == [
        (unit, 1), *((id, 0) for id in members),
    ]  # fmt: skip
    (other,) = await asked.put_to((await asked.ask(1, type="HLF20"))["id"], giver)
    assert "(HELD)" in (await step(giver.client, other, "offer", 409, resources=members[:1]))["detail"]
    await step(asked.lead, inquiry, "requisition", resources=[unit])
    await step(giver.client, inquiry, "commit")
    assert {unit, *members} <= set(await bodies(asked.lead, "resource"))
    assert (await asked.request(request))["state"] == "FULFILLED"
    back = await step(giver.client, inquiry, "return", resources=[unit])
    assert back["body"]["state"] == "RETURNED"
    assert {one["deployment"] for id, one in (await giver.seen("resource")).items() if id in {unit, *members}} == {
        "AT_HOME"
    }


async def test_what_is_recalled_leaves_the_need_open_again(asked: Flood) -> None:
    giver = asked.lenders[2]
    pumps = [await giver.add(f"Pumpe R{n}") for n in (1, 2)]
    request = (await asked.ask(2, type="HLF20"))["id"]
    (inquiry,) = await asked.put_to(request, giver)
    await step(giver.client, inquiry, "offer", resources=pumps, terms={"recall_hours": 1.5})
    await step(asked.lead, inquiry, "requisition")
    await step(giver.client, inquiry, "commit")
    assert (await asked.request(request))["state"] == "FULFILLED"
    recalled = (await step(giver.client, inquiry, "recall", reason="Brand bei uns"))["body"]["recalled"]
    assert recalled["back_by"] > recalled["at"]
    first = await step(giver.client, inquiry, "return", resources=pumps[:1])
    assert first["body"]["state"] == "COMMITTED", "the other one is still away"
    assert (await asked.request(request))["state"] == "PARTIALLY_FULFILLED"
    refused = await asked.lead.post(f"/api/requests/{request}/close", json={})
    assert refused.status_code == 409
    done = await step(giver.client, inquiry, "return", resources=pumps[1:])
    assert done["body"]["state"] == "RETURNED"
    body = await asked.request(request)
    assert (body["counts"]["committed"], body["counts"]["recalled"], body["state"]) == (2, 2, "SUBMITTED")


async def test_the_record_has_hours_and_cost_and_no_formula(asked: Flood) -> None:
    giver = asked.lenders[2]
    pump = await giver.add("=HYPERLINK(1)", strength="0/1/5//6")
    request = (await asked.ask(1, type="HLF20"))["id"]
    (inquiry,) = await asked.put_to(request, giver)
    await step(
        giver.client, inquiry, "offer", resources=[pump], terms={"cost_per_hour": 120.5, "cost_note": "@nach Satzung"}
    )
    await step(asked.lead, inquiry, "requisition")
    await step(giver.client, inquiry, "commit")
    done = await step(giver.client, inquiry, "return")
    assert done["body"]["costs"]["hours"] >= 0
    text = (await asked.lead.get(f"/api/requests/{request}/settlement.csv?language=en")).text
    (row,) = csv.DictReader(StringIO(text.lstrip("\ufeff")), delimiter=";")
    assert (row["Call sign or material"], row["Agreement on cost"]) == ("'=HYPERLINK(1)", "'@nach Satzung")
    assert (row["EUR per hour"], row["Strength"], row["Hours"]) == ("120.5", "0/1/5//6", "0")
    at = f"/api/fleets/{giver.organisation}/settlement.csv"
    assert "'=HYPERLINK(1)" in (await giver.client.get(at)).text
    before = await giver.client.get(at, params={"from": "2020-01-01T00:00:00Z", "to": "2020-02-01T00:00:00Z"})
    assert "HYPERLINK" not in before.text
    assert (await asked.lead.get(at)).status_code == 404
