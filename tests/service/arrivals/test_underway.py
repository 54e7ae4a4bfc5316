"""Forces that should have arrived, and those that wait for an order."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.service.arrivals.gate import Gate, ago, gate, own_fleet, then
from tests.service.conftest import Node


@pytest.fixture
async def at(node: Node) -> Gate:
    return await gate(node)


def now() -> str:
    return datetime.now(UTC).isoformat()


async def under_way(at: Gate, **query: Any) -> dict[str, Any]:
    answer = await at.keeper.get(f"/api/incidents/{at.incident}/under-way", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_who_is_overdue_stands_first_until_he_arrives(at: Gate) -> None:
    fleet = await own_fleet(at, contact="Leitstelle 02241 1")
    ids = {name: await fleet.add(name, home=[6.9, 51.0]) for name in ("Spät", "Später", "Unterwegs", "Zuhause")}
    for name, eta in (("Spät", ago(20)), ("Später", ago(45)), ("Unterwegs", None)):
        fields = {"incident": at.incident, **({"eta": eta} if eta else {})}
        sent = {"state": "ALERTED", "fields": fields}
        assert (await at.keeper.post(f"/api/resources/{ids[name]}/deployment", json=sent)).status_code == 200
    rows = (await under_way(at))["under_way"]
    assert [row["callsign"] for row in rows] == ["Später", "Spät", "Unterwegs"]
    assert rows[0]["overdue"] >= 45
    assert (rows[0]["contact"], rows[0]["basis"]) == ("Leitstelle 02241 1", "ETA")
    assert (rows[2]["basis"], rows[2]["overdue"] < 0) == ("TRAVEL", True)
    force = at.comes("Später", at=now(), resource=ids["Später"])
    await at.send(force)
    assert [row["callsign"] for row in (await under_way(at))["under_way"]] == ["Spät", "Unterwegs"]
    order = {"text": "Zum Bereitstellungsraum", "facility": at.staging}
    await at.send(then("SEND_ON", force, at=now(), fields={"instruction": order}))
    sent_on = (await under_way(at))["under_way"][1]
    assert (sent_on["callsign"], sent_on["basis"]) == ("Später", "TRAVEL"), "lost between two places, it is seen again"


async def test_who_has_checked_in_and_got_no_order_is_named(at: Gate) -> None:
    long, short, ordered = at.comes("Lang", at=ago(90)), at.comes("Kurz", at=ago(5)), at.comes("Beauftragt", at=ago(80))
    order = {"text": "Ruhen und verpflegen"}
    await at.send(long, short, ordered, then("INSTRUCT", ordered, fields={"instruction": order}))
    waiting = (await under_way(at))["waiting"]
    assert [(one["callsign"], one["minutes"] >= 90) for one in waiting] == [("Lang", True)]
    assert len((await under_way(at, patience=1))["waiting"]) == 2


async def test_a_stranger_is_told_nothing(node: Node, at: Gate) -> None:
    stranger = await node.sign_in("Fremder", admin=False)
    assert (await stranger.get(f"/api/incidents/{at.incident}/under-way")).status_code == 404
