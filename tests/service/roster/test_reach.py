from __future__ import annotations

from typing import Any

from sqlalchemy import text

from tests.service.conftest import Node
from tests.service.roster.crew import Crew, crew, told


async def add(ours: Crew, name: str, **given: Any) -> str:
    fields = {"name": name, **given.pop("fields", {})}
    made = await ours.client.post("/api/helpers", json={"roster": ours.organisation, "fields": fields, **given})
    return str(told(made)["id"])


MAIL = [{"kind": "EMAIL", "value": "one@example.org"}]


async def test_who_cannot_be_reached_today_is_named_with_the_reason(node: Node) -> None:
    ours = await crew(node)
    good = await add(ours, "Gut", channels=MAIL)
    broken = await add(ours, "Kaputt", channels=MAIL)
    await add(ours, "Ohne")
    await add(ours, "Nie", channels=MAIL)
    await add(ours, "Weg", channels=MAIL, fields={"availability": {"usual": {"ready": "NOT_AVAILABLE"}}})
    await add(ours, "Pause", channels=MAIL, fields={"state": "PAUSED"})
    async with node.database.transaction("test") as tx:
        for change, id in (("tested_at = now()", good), ("failures = 3", broken)):
            await tx.connection.execute(text(f"UPDATE helper_channel SET {change} WHERE helper = :id"), {"id": id})
    report = told(await ours.client.get(f"/api/rosters/{ours.organisation}/reach"))
    assert {one["name"]: one["why"] for one in report["people"]} == {
        "Kaputt": ["ALL_FAILING"], "Ohne": ["NO_CHANNEL"], "Nie": ["NEVER_TESTED"],
        "Weg": ["NOT_AVAILABLE", "NEVER_TESTED"], "Pause": ["PAUSED", "NEVER_TESTED"],
    }  # fmt: skip
    figures = (report["total"], report["reachable"], report["doubtful"], report["unreachable"])
    assert figures == (6, 1, 1, 4)
    assert report["why"]["NEVER_TESTED"] == 3


async def test_what_is_wanted_of_a_skill_is_compared_with_what_is_there(node: Node) -> None:
    ours = await crew(node, strengths={"AGT": {"wanted": 2, "warn_below": 2}, "ZF": {"wanted": 1}, "MA": {"wanted": 1}})
    await add(ours, "Ada", skills=[{"code": "AGT"}, {"code": "ZF"}])
    await add(ours, "Bo", skills=[{"code": "AGT"}], fields={"availability": {"usual": {"ready": "NOT_AVAILABLE"}}})
    await add(ours, "Alt", skills=[{"code": "AGT", "valid_until": "2020-01-01"}])
    lines = told(await ours.client.get(f"/api/rosters/{ours.organisation}/strengths"))["skills"]
    found = {line["code"]: (line["held"], line["free"], line["state"]) for line in lines}
    assert found == {"AGT": (2, 1, "CRITICAL"), "ZF": (1, 1, "ENOUGH"), "MA": (0, 0, "SHORT")}


async def test_the_map_learns_of_cells_and_never_of_one_or_two_homes(node: Node) -> None:
    ours, theirs = await crew(node, "Alpha"), await crew(node, "Bravo")
    for number in range(4):
        await add(ours, f"Dicht {number}", fields={"home": [7.001, 51.002]}, skills=[{"code": "AGT"}])
    await add(ours, "Einsam", fields={"home": [8.123, 51.505]}, skills=[{"code": "ZF"}])
    answer = await ours.client.get("/api/helpers/cells")
    cells = told(answer)["cells"]
    assert sorted(cell[2:] for cell in cells) == [[0, 0], [4, 4]]
    (lonely,) = (cell for cell in cells if cell[2] == 0)
    assert lonely[0] <= 8.12 < lonely[0] + 0.015
    assert "Einsam" not in answer.text
    assert len(told(await ours.client.get("/api/helpers/cells?skill=AGT"))["cells"]) == 1
    assert told(await theirs.client.get("/api/helpers/cells"))["cells"] == []
