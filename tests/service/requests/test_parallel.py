"""Many hands at once: nothing is promised twice, nothing gets stuck, and all sums add up."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.service.requests.lending import Flood, later, step

HELD = {"OFFERED", "REQUISITIONED"}
AWAY = {"COMMITTED", "EN_ROUTE", "ARRIVED", "RELEASED"}
FITTING = {200, 409, 422}
"""Done, or refused because somebody was faster. Anything else is a fault."""
LONG = [pytest.param(seed, 250, marks=pytest.mark.proof) for seed in range(2, 8)]
RUNS = [(1, 30), *(LONG if os.environ.get("LAGEBILD_PROVE") else [])]


async def facts(asked: Flood, kind: str) -> dict[str, Any]:
    async with asked.node.database.reading() as connection:
        rows = await connection.execute(text("SELECT id, body FROM fact WHERE kind = :kind"), {"kind": kind})
        return {row.id: row.body for row in rows}


async def test_of_many_offers_of_the_same_resources_one_wins_each(asked: Flood) -> None:
    giver = asked.lenders[0]
    pumps = [await giver.add(f"Pumpe P{n}") for n in range(4)]
    inquiries = []
    for _ in range(10):
        inquiries += await asked.put_to((await asked.ask(1, type="HLF20"))["id"], giver)
    chosen = random.Random(7)
    offers = [chosen.sample(pumps, chosen.choice((1, 2, 3))) for _ in inquiries]

    async def offer(inquiry: str, resources: list[str]) -> int:
        given = {"resources": resources}
        return (await giver.client.post(f"/api/inquiries/{inquiry}/offer", json=given, timeout=60)).status_code

    answers = await asyncio.gather(*map(offer, inquiries, offers))
    assert set(answers) <= {200, 409}
    won = {inquiry: set(offer) for inquiry, offer, answer in zip(inquiries, offers, answers, strict=True)
           if answer == 200}  # fmt: skip
    assert won
    for one in won:
        assert all(not won[one] & won[other] for other in won if other != one)
    held = {id: body["hold"]["inquiry"] for id, body in (await giver.seen("resource")).items() if "hold" in body}
    assert {id: inquiry for id, inquiry in held.items() if id in pumps} == {
        id: inquiry for inquiry, ids in won.items() for id in ids
    }
    lost = [offer for offer, answer in zip(offers, answers, strict=True) if answer == 409]
    assert all(set(offer) & set().union(*won.values()) for offer in lost)


@pytest.mark.parametrize(("seed", "steps"), RUNS)
async def test_whatever_happens_in_whatever_order_the_sums_add_up(asked: Flood, seed: int, steps: int) -> None:
    lenders = asked.lenders[1:]
    stock, resources = {}, []
    for giver in lenders:
        given = {"article": "Sandsack", "unit": "Stück", "quantity": 1000.5}
        made = await giver.client.post(f"/api/fleets/{giver.organisation}/stock", json={"fields": given})
        stock[made.json()["id"]] = giver.organisation
        resources += [(giver.organisation, await giver.add(f"Pumpe {seed}.{n}")) for n in range(4)]
    requests = [(await asked.ask(3, type="HLF20"))["id"], (await asked.ask(900, article="Sandsack"))["id"]]
    inquiries: list[tuple[str, str, httpx.AsyncClient]] = []
    for _ in range(2):
        for request in requests:
            for giver, id in zip(lenders, await asked.put_to(request, *lenders), strict=False):
                inquiries.append((id, giver.organisation, giver.client))
        requests += [(await asked.ask(2, type="HLF20"))["id"], (await asked.ask(50.25, article="Sandsack"))["id"]]

    async def act(worker: int) -> None:
        chance = random.Random(seed * 100 + worker)
        for _ in range(steps):
            id, organisation, giver = chance.choice(inquiries)
            own = [one for owner, one in resources if owner == organisation]
            bag = next(one for one, owner in stock.items() if owner == organisation)
            amount = round(chance.uniform(0.1, 400), 2)
            some: dict[str, Any] = {"resources": chance.sample(own, chance.randint(1, 3))}
            offer = some if chance.random() < 0.5 else {"stock": [{"stock": bag, "quantity": amount}]}
            client, what, given = chance.choice(
                (
                    (giver, "offer", {**offer, "hold_minutes": 20}),
                    (giver, "offer", {**offer, "hold_minutes": 20}),
                    (asked.lead, "requisition", {}),
                    (asked.lead, "requisition", some),
                    (asked.lead, "requisition", {"stock": [{"stock": bag, "quantity": amount}]}),
                    (giver, "commit", {}),
                    (giver, "commit", {"resources": some["resources"][:1]}),
                    (giver, "decline", {"reason": "x"}) if chance.random() < 0.2 else (giver, "commit", {}),
                    (asked.lead, "arrive", {}),
                    (asked.lead, "release", {"resources": some["resources"][:1]}),
                    (giver, "recall", {"reason": "x"}),
                    (giver, "return", {"resources": some["resources"]}),
                    (giver, "return", {"stock": [{"stock": bag, "quantity": round(amount / 2, 2)}]}),
                )
            )
            answer = await client.post(f"/api/inquiries/{id}/{what}", json=given, timeout=60)
            assert answer.status_code in FITTING, f"{what}: {answer.status_code} {answer.text}"
            if chance.random() < 0.03:
                await later(asked.node, minutes=21)

    await asyncio.gather(*(act(worker) for worker in range(4)))
    done = await facts(asked, "inquiry")
    assert sum(len(done[id]["history"]) for id, *_ in inquiries) > len(inquiries) * 2, "nothing ever happened"
    check_resources(await facts(asked, "resource"), done)
    check_stock(await facts(asked, "stock"), done, {id: 1000.5 for id in stock})
    check_counts(await facts(asked, "request"), done)


def check_resources(resources: Mapping[str, Any], inquiries: Mapping[str, Any]) -> None:
    """No resource in two live inquiries; what a resource says of itself is what its inquiry says."""
    live: dict[str, list[tuple[str, str]]] = {}
    for id, inquiry in inquiries.items():
        for line in inquiry.get("offered", ()):
            if line["state"] in HELD | AWAY:
                live.setdefault(line["resource"], []).append((id, line["state"]))
    assert [lines for lines in live.values() if len(lines) > 1] == []
    for id, body in resources.items():
        ((inquiry, state),) = live.get(id, [(None, "")])
        assert body.get("hold", {}).get("inquiry") == (inquiry if state in HELD else None), body
        assert body.get("loan", {}).get("inquiry") == (inquiry if state in AWAY else None), body


def check_stock(stock: Mapping[str, Any], inquiries: Mapping[str, Any], began: Mapping[str, float]) -> None:
    reserved: Counter[str] = Counter()
    away: Counter[str] = Counter()
    for inquiry in inquiries.values():
        for line in inquiry.get("stock", ()):
            if line["state"] in HELD:
                reserved[line["stock"]] += line["quantity"]
            if "committed_at" in line:
                away[line["stock"]] += line["quantity"] - line.get("returned", 0)
    for id, quantity in began.items():
        assert stock[id]["reserved"] == pytest.approx(reserved[id], abs=1e-6)
        assert stock[id]["quantity"] + away[id] == pytest.approx(quantity, abs=1e-6)


def check_counts(requests: Mapping[str, Any], inquiries: Mapping[str, Any]) -> None:
    """The counts of a request are the sums of its inquiries, and those the sums of their lines."""
    for id, request in requests.items():
        own = [one for one in inquiries.values() if one["request"] == id]
        for name, count in request["counts"].items():
            if name != "requested":
                assert count == pytest.approx(sum(one["quantity"][name] for one in own), abs=1e-6), (name, request)
    for inquiry in inquiries.values():
        lines = inquiry.get("stock", ()) if "article" in inquiry["need"] else inquiry.get("offered", ())
        assert inquiry["quantity"]["returned"] == pytest.approx(
            sum(line["quantity"] for line in lines if line["state"] == "RETURNED"), abs=1e-6
        )


async def test_withdrawing_frees_what_all_of_them_hold(asked: Flood) -> None:
    request = (await asked.ask(4, type="HLF20"))["id"]
    ids = [await one.add("Pumpe W") for one in asked.lenders]
    for giver, inquiry, pump in zip(asked.lenders, await asked.put_to(request, *asked.lenders), ids, strict=True):
        await step(giver.client, inquiry, "offer", resources=[pump])
    done = await asked.lead.post(f"/api/requests/{request}/withdraw", json={"reason": "doch nicht"})
    assert (done.json()["body"]["state"], done.json()["body"]["counts"]["offered"]) == ("WITHDRAWN", 0)
    found = await facts(asked, "resource")
    assert [id for id in ids if "hold" in found[id]] == []
    states = {one["state"] for one in (await facts(asked, "inquiry")).values() if one["request"] == request}
    assert states == {"WITHDRAWN"}
