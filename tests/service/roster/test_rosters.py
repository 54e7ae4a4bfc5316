from __future__ import annotations

from tests.service.conftest import Node
from tests.service.roster.crew import crew


async def test_an_organisation_begins_its_roster_once_and_only_it_sees_it(node: Node) -> None:
    ours, theirs = await crew(node, "Alpha"), await crew(node, "Bravo")
    assert list(await ours.seen("roster")) == [ours.organisation]
    again = await ours.client.post("/api/rosters", json={"organisation": ours.organisation})
    assert (again.status_code, again.json()["field"]) == (422, "organisation")
    stranger = await theirs.client.patch(f"/api/rosters/{ours.organisation}", json={"base": 1, "fields": {}})
    assert stranger.status_code == 404


async def test_the_rules_of_a_roster_are_edited_and_its_room_stays(node: Node) -> None:
    ours = await crew(node)
    given = {"base": 1, "fields": {"large_from": 50}}
    answer = await ours.client.patch(f"/api/rosters/{ours.organisation}", json=given)
    assert (answer.status_code, answer.json()["body"]["large_from"]) == (200, 50)
    moved = await ours.client.patch(f"/api/rosters/{ours.organisation}", json={"base": 2, "fields": {"room": "x"}})
    assert moved.status_code == 422


async def test_who_does_not_belong_to_it_begins_no_roster(node: Node) -> None:
    ours = await crew(node)
    admin = await node.sign_in("Verwaltung", admin=True)
    other = (await admin.post("/api/organisations", json={"name": "Fremd"})).json()
    assert (await ours.client.post("/api/rosters", json={"organisation": other["id"]})).status_code == 403
