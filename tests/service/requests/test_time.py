"""Holds that run out, answers that do not come, and what several processes make of it."""

from __future__ import annotations

import asyncio

from tests.service.requests.lending import Flood, bodies, later, step


async def test_an_offer_lapses_and_what_was_held_can_go_to_somebody_else(asked: Flood) -> None:
    giver = asked.lenders[0]
    pump = await giver.add("Pumpe L1")
    first, second = [(await asked.ask(1, type="HLF20"))["id"] for _ in range(2)]
    (one,) = await asked.put_to(first, giver)
    (two,) = await asked.put_to(second, giver)
    await step(giver.client, one, "offer", resources=[pump], hold_minutes=5)
    refused = await step(giver.client, two, "offer", 409, resources=[pump])
    assert "Pumpe L1 (HELD)" in refused["detail"]
    await later(asked.node, minutes=6)
    lapsed = (await bodies(asked.lead, "inquiry"))[one]
    assert (lapsed["state"], lapsed["offered"][0]["state"]) == ("EXPIRED", "LAPSED")
    assert "hold" not in (await giver.seen("resource"))[pump]
    assert (await asked.request(first))["counts"]["offered"] == 0

    again = await step(asked.lead, one, "requisition")
    assert again["body"]["state"] == "REQUISITIONED", "still free, so it is held anew"
    assert (await giver.seen("resource"))[pump]["hold"]["inquiry"] == one
    await later(asked.node, minutes=6)
    await step(giver.client, two, "offer", resources=[pump])
    refused = await step(asked.lead, one, "requisition", 409)
    assert "Pumpe L1 (HELD)" in refused["detail"]


async def test_stock_of_an_offer_that_ran_out_is_free_again(asked: Flood) -> None:
    giver = asked.lenders[1]
    given = {"article": "Sandsack", "unit": "Stück", "quantity": 100}
    made = await giver.client.post(f"/api/fleets/{giver.organisation}/stock", json={"fields": given})
    stock = made.json()["id"]
    (one,) = await asked.put_to((await asked.ask(80, article="Sandsack"))["id"], giver)
    await step(giver.client, one, "offer", stock=[{"stock": stock, "quantity": 80}], hold_minutes=5)
    await later(asked.node, minutes=6)
    assert (await giver.seen("stock"))[stock]["reserved"] == 0
    await step(asked.lead, one, "requisition", stock=[{"stock": stock, "quantity": 60}])
    assert (await giver.seen("stock"))[stock]["reserved"] == 60
    await step(giver.client, one, "decline", reason="doch nicht")
    assert (await giver.seen("stock"))[stock]["reserved"] == 0


async def test_unanswered_it_climbs_one_level_at_a_time_and_once_however_many_look(asked: Flood) -> None:
    request = (await asked.ask(1, priority="LIFE_SAVING"))["id"]
    routed = await asked.lead.post(f"/api/requests/{request}/route", json={"level": "NEIGHBOURS"})
    (first,) = [one["id"] for one in routed.json()["inquiries"]]
    await asyncio.gather(*(later(asked.node, minutes=11) for _ in range(4)))
    body = await asked.request(request)
    assert (body["state"], body["level"]) == ("ROUTED", "DISTRICT")
    assert body["escalated"]
    mine = {id: one for id, one in (await bodies(asked.lead, "inquiry")).items() if one["request"] == request}
    assert mine.pop(first)["state"] == "EXPIRED"
    ((climbed, inquiry),) = mine.items()
    assert (inquiry["addressee"]["name"], inquiry["state"]) == ("Kreis", "ROUTED")
    assert [step["text"] for step in body["history"] if "one level up" in step.get("text", "")] == [
        "Nobody has offered anything in 10 min: put to Kreis, one level up."
    ]
    assert climbed in await bodies(asked.above[0].client, "inquiry")
    await asyncio.gather(*(later(asked.node, minutes=22) for _ in range(3)))
    body = await asked.request(request)
    assert body["level"] == "REGION"
    await later(asked.node, minutes=33)
    last = await asked.request(request)
    assert "answer_due" not in last
    assert "nobody above left to ask" in last["history"][-1]["text"]
    late = await asked.lenders[0].add("Pumpe spät")
    answered = await step(asked.lenders[0].client, first, "offer", resources=[late])
    assert answered["body"]["state"] == "OFFERED", "a late answer is an answer"


async def test_who_was_answered_does_not_climb(asked: Flood) -> None:
    giver = asked.lenders[2]
    pump = await giver.add("Pumpe A1")
    request = (await asked.ask(1, priority="URGENT", type="HLF20"))["id"]
    (inquiry,) = await asked.put_to(request, giver)
    await step(giver.client, inquiry, "offer", resources=[pump], hold_minutes=120)
    await later(asked.node, minutes=45)
    body = await asked.request(request)
    assert (body["state"], body["level"]) == ("OFFERED", "NEIGHBOURS")


async def test_a_request_that_nobody_was_asked_for_climbs_too_and_a_draft_does_not(asked: Flood) -> None:
    forgotten = (await asked.ask(1, priority="ROUTINE"))["id"]
    draft = (await asked.ask(1, priority="ROUTINE", submit=False))["id"]
    await later(asked.node, hours=3, minutes=50)
    assert (await asked.request(forgotten))["state"] == "SUBMITTED"
    await later(asked.node, hours=4, minutes=1)
    assert (await asked.request(forgotten))["level"] == "DISTRICT"
    assert (await asked.request(draft))["state"] == "DRAFT"


async def test_what_a_vehicle_says_itself_moves_the_inquiry_on(asked: Flood) -> None:
    giver = asked.lenders[0]
    pump = await giver.add("Pumpe F1")
    (inquiry,) = await asked.put_to((await asked.ask(1, type="HLF20"))["id"], giver)
    await step(giver.client, inquiry, "offer", resources=[pump])
    await step(asked.lead, inquiry, "requisition")
    await step(giver.client, inquiry, "commit")
    said = await giver.client.post(f"/api/resources/{pump}/status", json={"code": "3"})
    assert said.json()["body"]["deployment"] == "EN_ROUTE"
    await later(asked.node)
    assert (await bodies(asked.lead, "inquiry"))[inquiry]["state"] == "EN_ROUTE"
    moved = await asked.lead.post(f"/api/resources/{pump}/deployment", json={"state": "STAGED"})
    assert moved.status_code == 200, moved.text
    await later(asked.node)
    body = (await bodies(asked.lead, "inquiry"))[inquiry]
    assert (body["state"], body["quantity"]["arrived"]) == ("ARRIVED", 1)
