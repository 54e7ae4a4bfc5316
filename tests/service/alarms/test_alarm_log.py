"""What an alarm did stands in the operations log of its incident: begun, reached, stopped, called off, each once."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import text

from geodata.model.clock import WallClock
from geodata.model.journal import BY_ITSELF
from service.alarm_log import AlarmLog
from tests.service.alarms.board import second
from tests.service.alarms.test_calling import act, asked, begin
from tests.service.conftest import Node
from tests.service.federation.procedures.carried import until
from tests.service.roster.crew import Crew, crew, told

ORIGIN = "local"


async def lines(ours: Crew) -> list[dict[str, Any]]:
    entries = told(await ours.client.get(f"/api/journals/{ours.staff}/entries?limit=500"))["entries"]
    return [entry for entry in reversed(entries) if entry["author"] == BY_ITSELF]


async def says(ours: Crew, *endings: str) -> list[dict[str, Any]]:
    async def there() -> Any:
        found = await lines(ours)
        return found if len(found) >= len(endings) else None

    found: list[dict[str, Any]] = await until(there)
    assert len(found) == len(endings), [one["text"] for one in found]
    for one, ending in zip(found, endings, strict=True):
        assert one["text"].startswith("ÜBUNG: Alarmierung „Deichwache“ (") and one["text"].endswith(ending), one["text"]
    return found


async def test_an_alarms_course_is_written_once_whoever_looks_and_however_often(node: Node) -> None:
    ours = await crew(node, large_from=1)
    other = await second(ours)
    helper = await ours.add("Anna")
    await ours.add("Ben")
    id = await begin(ours.client, asked(ours))
    waits = "vorbereitet; sie wartet auf die zweite Person. Gesucht: 1."
    (first,) = await says(ours, waits)
    assert first["refs"] == [f"{ORIGIN}/alarm/{id}"] and first["kind"] == "INCIDENT"
    told(await act(other, id, "approve"))
    await says(ours, waits, "begonnen. Gesucht: 1.")
    told(await ours.client.post(f"/api/alarms/{id}/recipients/{helper}/answer", json={"answer": "COMING"}))
    await says(ours, waits, "begonnen. Gesucht: 1.", "Quote erreicht. Gesucht: 1.")
    told(await act(ours.client, id, "stop"))
    told(await act(ours.client, id, "cancel"))

    # Many look at once, each as if it had just started.
    await asyncio.gather(*(AlarmLog(node.database, WallClock(), ORIGIN).turn() for _ in range(5)))
    found = await lines(ours)
    assert len(found) == 5
    assert found[3]["text"].endswith("Antworten zählen weiter.") and "Entwarnung" in found[4]["text"]
    assert found == sorted(found, key=lambda one: one["event_time"])
    assert not any(name in one["text"] for one in found for name in ("Anna", "Ben", "Leitung"))

    # A staff that came after its end, and after the board had shown that, hears nothing of it.
    async with asyncio.timeout(30):
        while await _unshown(node):
            await asyncio.sleep(0.1)
    admin = await node.sign_in("Verwaltung", admin=True)
    given = {"model": "EINSATZLEITUNG", "name": "Später"}
    later = told(await admin.post(f"/api/incidents/{ours.incident}/staffs", json=given))["id"]
    await AlarmLog(node.database, WallClock(), ORIGIN).turn()
    async with node.database.reading() as connection:
        told_to = set((await connection.execute(text("SELECT DISTINCT staff FROM journal_line"))).scalars())
    assert told_to == {ours.staff} and later not in told_to
    assert told(await ours.client.get(f"/api/journals/{ours.staff}/verify"))["right"]


async def _unshown(node: Node) -> int:
    async with node.database.reading() as connection:
        statement = text("SELECT count(*) FROM alarm WHERE dirty_at IS NOT NULL")
        return int((await connection.execute(statement)).scalar_one())
