"""Whatever happens in a journal, every open screen ends with what a fresh one shows."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect

from service.access.sessions import COOKIE
from tests.service.journal.conftest import STAFF, Desk, entries


async def fresh(client: httpx.AsyncClient) -> tuple[int, dict[str, Any]]:
    picture = (await client.get("/api/picture?kinds=entry")).json()
    return picture["cursor"], {fact["ref"]: fact["body"] for fact in picture["facts"]}


async def test_screens_that_come_late_leave_and_return_converge_while_four_write(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.journal.store.SHOWN", 20)
    writers = [await desk.sit(f"S{n}", f"S{n}") for n in range(1, 5)]
    reader = await desk.sit("Gast", "OBSERVER")
    done = asyncio.Event()

    async def write(client: httpx.AsyncClient) -> None:
        for n in range(25):
            sent: dict[str, Any] = {"kind": "NOTE", "text": f"Nr. {n}"}
            if n % 5 == 4:
                sent = {"kind": "CORRECTION", "text": "anders", "corrects": n}
            assert (await client.post(entries(), json=sent)).status_code == 201

    async def look(number: int) -> None:
        rng = random.Random(number)
        await asyncio.sleep(rng.random())
        cursor, held = await fresh(reader)
        while True:
            over = await follow(cursor, held, rng.uniform(0.1, 0.8))
            cursor, held = over
            if done.is_set():
                newest, expected = await fresh(reader)
                cursor, held = await follow(cursor, held, 20, until=newest)
                assert held == expected
                return

    async def follow(cursor: int, held: dict[str, Any], seconds: float, until: int | None = None) -> Any:
        cookie = {"Cookie": f"{COOKIE}={reader.cookies[COOKIE]}"}
        address = desk.node.url.replace("http", "ws") + "/api/live"
        async with connect(address, additional_headers=cookie) as socket:
            await socket.send(
                orjson.dumps({"type": "follow", "since": cursor, "area": None, "kinds": ["entry"]}).decode()
            )
            try:
                async with asyncio.timeout(seconds):
                    while until is None or cursor < until:
                        message = orjson.loads(await socket.recv())
                        for change in message.get("changes", ()):
                            if change["op"] == "put":
                                held[change["ref"]] = change["body"]
                            else:
                                held.pop(change["ref"], None)
                        assert message["type"] != "restart"
                        cursor = max(cursor, message.get("cursor", 0))
            except TimeoutError:
                assert until is None, "never reached the end of the log"
        return cursor, held

    async def all_writers() -> None:
        await asyncio.gather(*(write(client) for client in writers))
        done.set()

    async with asyncio.timeout(120):
        await asyncio.gather(all_writers(), *(look(n) for n in range(6)))
    assert len((await fresh(reader))[1]) == 20
    verdict = (await reader.get(f"/api/journals/{STAFF}/verify")).json()
    assert verdict["right"] and verdict["entries"] == 100, verdict


async def test_erasing_a_person_leaves_the_chain_whole_and_no_name_behind(desk: Desk) -> None:
    s2 = await desk.sit("Anna Muster", "S2")
    s3 = await desk.sit("Bert", "S3")
    await s2.post(entries(), json={"kind": "NOTE", "text": "Deich hält"})
    await s2.post(f"/api/journals/{STAFF}/close", json={"note": "Ende"})
    person = await desk.person("Anna Muster")
    await desk.sql("DELETE FROM assignment WHERE person = :person", person=person)
    await desk.sql("DELETE FROM person WHERE id = :person", person=person)
    assert (await s3.get(f"/api/journals/{STAFF}/verify")).json()["right"]
    exported = (await s3.get(f"/api/journals/{STAFF}/export.csv")).text
    assert "Anna" not in exported and f"gelöschte Person ({person[:8]})" in exported
