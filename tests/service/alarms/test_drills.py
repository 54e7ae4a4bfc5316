from __future__ import annotations

from sqlalchemy import text

from tests.service.alarms.board import second
from tests.service.alarms.test_calling import act, begin
from tests.service.alarms.test_plans import plan
from tests.service.conftest import Node
from tests.service.roster.crew import crew, told


async def test_a_drill_tells_who_was_reached_in_what_time_by_which_way_and_who_was_not(node: Node) -> None:
    ours = await crew(node, large_from=1)
    anna = await ours.add("Anna")
    await ours.add("Ben", channels=(("EMAIL", "ben@example.org"),))
    other = await second(ours)
    made = await plan(ours)
    assert told(await ours.client.get(f"/api/alarm-plans/{made['id']}/drills")) == {"drills": []}
    given = {"plan": made["id"], "fields": {"title": "Probe", "purpose": "DRILL"}, "mode": "EXERCISE"}
    id = await begin(ours.client, given)
    told(await act(other, id, "approve"))
    told(await ours.client.post(f"/api/alarms/{id}/recipients/{anna}/answer", json={"answer": "COMING"}))
    async with node.database.reading() as connection:  # as the provider's receipt does, ten seconds later
        await connection.execute(
            text("""
                UPDATE alarm_call c SET state = 'DELIVERED', sent_at = a.started_at + interval '1 s',
                       delivered_at = a.started_at + interval '10 s'
                FROM alarm a WHERE a.id = c.alarm AND c.alarm = :alarm AND c.helper = :helper
            """),
            {"alarm": id, "helper": anna},
        )
        await connection.execute(
            text("UPDATE alarm_call SET delivered_at = NULL WHERE alarm = :alarm AND helper <> :helper"),
            {"alarm": id, "helper": anna},
        )
    (drill,) = told(await ours.client.get(f"/api/alarm-plans/{made['id']}/drills"))["drills"]
    assert (drill["alarm"], drill["total"], drill["reached"], drill["answered"]) == (id, 2, 1, 1)
    assert drill["median_seconds"] <= 10
    ways = {way["channel"]: (way["delivered"], way["median_seconds"]) for way in drill["channels"]}
    assert ways["CONSOLE"] == (1, 10.0)
    assert [one["name"] for one in drill["missing"]] == ["Ben"]


async def test_a_call_list_prints_numbers_for_who_may_alarm_and_is_noted(node: Node) -> None:
    ours = await crew(node)
    await ours.add("Änne <b>Öztürk</b>", channels=(("SMS", "+4915112345678"),))
    keeper = await second(ours, function="S4")
    made = await plan(ours)
    path = f"/api/alarm-plans/{made['id']}/call-list.pdf"
    answer = await ours.client.get(path)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert (await keeper.get(path)).status_code == 403
    async with node.database.reading() as connection:
        noted = (
            await connection.execute(text("SELECT subject FROM audit WHERE action = 'alarm_plan.call_list'"))
        ).all()
    assert [row.subject for row in noted] == [f"alarm_plan:{made['id']}"]


def test_a_call_list_holds_names_as_text_and_numbers_in_order() -> None:
    from datetime import UTC, datetime

    import lxml.html

    from service.alarms.call_list import Sheet, _document

    people = [("Anna <script>", ["+4915112345678", "+492241"]), ("Ben", [])]
    sheet = Sheet(
        "Deich", "Feuerwehr", [("Erste", people), (None, [])], "Leitung", datetime(2026, 11, 22, tzinfo=UTC), "de"
    )
    page = lxml.html.tostring(_document(sheet), encoding="unicode")
    assert "+4915112345678, +492241" in page
    assert "Anna &lt;script&gt;" in page
    assert "keine Nummer" in page
    assert "22.11.2026 01:00" in page
