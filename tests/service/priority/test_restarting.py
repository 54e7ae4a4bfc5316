"""A proposal does not stay half done when the server stops in the middle of it."""

from __future__ import annotations

from tests.service.conftest import running
from tests.service.priority.conftest import Flood


async def test_what_was_being_computed_when_the_server_stopped_fails_with_a_reason(flood: Flood) -> None:
    for number in range(3):
        await flood.add(f"Pumpe {number}", at=0.01 * (number + 1))
    site = await flood.site("Altenheim", lives_at_risk=True)
    finished, _ = await flood.plan(needs=[{"site": site, "capability": "PUMPEN"}])
    url = flood.node.database.url
    # A second server on the same database is stopped as soon as it has answered; the first one never heard of it.
    async with running(url) as stopped:
        stopped.client.cookies.update(flood.s3.cookies)
        answer = await stopped.client.post(
            f"/api/incidents/{flood.incident}/allocations", json={"needs": [{"site": site, "capability": "PUMPEN"}]}
        )
        assert answer.status_code == 202, answer.text
        id = answer.json()["id"]
    assert (await flood.body(id))["state"] == "COMPUTING"

    async with running(url):
        body = await flood.done(id)
    assert (body["state"], body["error"]) == (
        "FAILED",
        "The server was restarted while this was computed; ask for it again.",
    )
    assert [event["what"] for event in body["history"]] == ["ASKED", "FAILED"]
    assert "stage" not in body
    assert (await flood.body(finished))["state"] == "PROPOSED"
    _, again = await flood.plan(needs=[{"site": site, "capability": "PUMPEN"}])
    assert again["state"] == "PROPOSED"
