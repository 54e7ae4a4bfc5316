"""What was acknowledged is stored, once, whoever is killed; an open page catches up by itself.

Four programs send readings and repeat with the same Idempotency-Key until they get an answer. Meanwhile the server,
every process of PostgreSQL and Valkey are killed in turn. Short here, twenty rounds with LAGEBILD_PROVE=1.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import psycopg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from geodata.store.cluster import Cluster
from tests.node import Node

ROUNDS = 20 if os.environ.get("LAGEBILD_PROVE") else 3
WRITERS = 4
BATCH = 5
TARGETS = ("server", "postgresql", "valkey")
RECOVERY_ALLOWED = 30.0
KINDS = ("reading", "station")


@pytest.fixture
def node() -> Iterator[Node]:
    quiet = {f"LAGEBILD_FEEDS__{name}__ENABLED": "false" for name in ("PEGELONLINE", "NINA", "DWD_CAP")}
    node = Node(environment=quiet)
    node.start()
    yield node
    node.close()


@dataclass(slots=True)
class Writer:
    """Sends one batch after the other for its own station; `acknowledged` is what it was told is stored."""

    address: str
    token: str
    number: int
    start: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(hours=6))
    acknowledged: dict[datetime, float] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)
    acknowledged_at: list[tuple[float, float]] = field(default_factory=list)
    repeats: int = 0

    @property
    def station(self) -> str:
        return f"own.writer{self.number}"

    async def announce(self, client: httpx.AsyncClient) -> None:
        station = {
            "key": self.station, "name": f"Schreiber {self.number}", "longitude": 6.9, "latitude": 50.9,
            "series": [{"quantity": "W", "unit": "cm", "every": 1}],
        }  # fmt: skip
        (await client.put(f"/api/stations/{self.station}", json=station)).raise_for_status()

    async def write(self, enough: asyncio.Event) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.address, headers=headers, timeout=10) as client:
            await self.announce(client)
            number = 0
            while not enough.is_set():
                batch = {
                    self.start + timedelta(milliseconds=10 * (number + i)): 100.0 + number + i for i in range(BATCH)
                }
                await self._send(client, f"writer{self.number}-{number:08}", batch)
                number += BATCH
                await asyncio.sleep(0.02)

    async def _send(self, client: httpx.AsyncClient, key: str, batch: dict[datetime, float]) -> None:
        sent = [
            {"station": self.station, "quantity": "W", "at": at.isoformat(), "value": value % 900, "unit": "cm"}
            for at, value in batch.items()
        ]
        while True:
            began = time.monotonic()
            try:
                answer = await client.post(
                    "/api/observations", json={"observations": sent}, headers={"Idempotency-Key": key}
                )
            except httpx.HTTPError:
                self.repeats += 1
            else:
                if answer.status_code == 200:
                    self.acknowledged |= {at: value % 900 for at, value in batch.items()}
                    self.answers.append(answer.json())
                    self.acknowledged_at.append((began, time.monotonic()))
                    return
                assert answer.status_code in (500, 503), answer.text
                self.repeats += 1
            await asyncio.sleep(0.1)


@dataclass(slots=True)
class Page:
    """What an open browser does: a picture, then the socket from its cursor, again and again."""

    address: str
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    cursor: int = -1
    connections: int = 0
    pictures: int = 0

    async def follow(self) -> None:
        while True:
            try:
                if self.cursor < 0:
                    await self._fetch()
                await self._listen()
            except (OSError, WebSocketException, httpx.HTTPError, TimeoutError):
                await asyncio.sleep(0.2)

    async def _fetch(self) -> None:
        facts, self.cursor = await picture(self.address)
        self.facts = facts
        self.pictures += 1

    async def _listen(self) -> None:
        async with connect(f"{self.address.replace('http', 'ws')}/api/live", open_timeout=5) as socket:
            await socket.send(orjson.dumps({"type": "follow", "since": self.cursor, "kinds": KINDS}).decode())
            self.connections += 1
            while True:
                message = orjson.loads(await asyncio.wait_for(socket.recv(), 15))
                if message["type"] == "restart":
                    self.cursor = -1
                    return
                if message["type"] == "changes":
                    self._apply(message)

    def _apply(self, message: dict[str, Any]) -> None:
        for change in message["changes"]:
            assert change["seq"] > self.cursor, "a change came twice"
            if change["op"] == "drop":
                self.facts.pop(change["ref"], None)
            else:
                self.facts[change["ref"]] = change["body"]
        assert message["cursor"] >= max(change["seq"] for change in message["changes"])
        self.cursor = message["cursor"]


async def picture(address: str) -> tuple[dict[str, dict[str, Any]], int]:
    async with httpx.AsyncClient(timeout=10) as client:
        answer = (await client.get(f"{address}/api/picture?kinds={','.join(KINDS)}")).raise_for_status().json()
    return {fact["ref"]: fact["body"] for fact in answer["facts"]}, answer["cursor"]


async def recovery(writers: list[Writer], killed_at: float, target: str) -> float:
    """Seconds from the kill until a request that was sent after it was acknowledged."""
    deadline = killed_at + RECOVERY_ALLOWED
    while time.monotonic() < deadline:
        answered = [end for w in writers for began, end in w.acknowledged_at[-50:] if began > killed_at]
        if answered:
            return min(answered) - killed_at
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing was acknowledged for {RECOVERY_ALLOWED:.0f} s after {target} was killed")


async def converged(page: Page, address: str) -> float:
    began = time.monotonic()
    facts: dict[str, Any] = {}
    while time.monotonic() - began < 20:
        facts, _ = await picture(address)
        if page.facts == facts:
            return time.monotonic() - began
        await asyncio.sleep(0.1)
    assert page.facts == facts
    raise AssertionError


@pytest.mark.proof
async def test_killing_anything_loses_and_doubles_nothing_that_was_acknowledged(node: Node) -> None:
    token = node.run("token", "kill-test").stdout.strip()
    writers = [Writer(node.address, token, number) for number in range(WRITERS)]
    page, enough = Page(node.address), asyncio.Event()
    following = asyncio.create_task(page.follow())
    writing = [asyncio.create_task(writer.write(enough)) for writer in writers]
    times: dict[str, list[float]] = {target: [] for target in TARGETS}
    chance = random.Random(2021)
    try:
        for _ in range(ROUNDS):
            for target in TARGETS:
                await asyncio.sleep(chance.uniform(0.5, 1.5))
                killed_at = time.monotonic()
                node.kill_9(target)
                times[target].append(await recovery(writers, killed_at, target))
        enough.set()
        await asyncio.wait_for(asyncio.gather(*writing), 60)
        caught_up = await converged(page, node.address)
    finally:
        for task in (following, *writing):
            task.cancel()
        await asyncio.gather(following, *writing, return_exceptions=True)

    sent = sum(len(writer.acknowledged) for writer in writers)
    print(f"\n{ROUNDS} rounds, {sent} acknowledged, {sum(w.repeats for w in writers)} requests repeated")
    for target, seconds in times.items():
        print(f"{target}: write again after median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s")
    print(f"page: {page.connections} connections, {page.pictures} pictures, same as fresh after {caught_up:.1f} s")

    with psycopg.connect(Cluster(node.data_dir).url("lagebild")) as database:
        rows = database.execute(
            "SELECT s.station, o.at, o.value FROM observation o JOIN series s ON s.id = o.series"
        ).fetchall()
        lines = database.execute("SELECT count(*) FROM change WHERE ref LIKE '%/reading/own.writer%'").fetchone()
    for writer in writers:
        stored = [(at, value) for station, at, value in rows if station == writer.station]
        assert len(stored) == len(set(stored)), "doubled"
        assert dict(stored) == writer.acknowledged, "lost, or stored though it was never acknowledged in the end"
        assert all(answer["new"] == BATCH and answer["repeated"] == 0 for answer in writer.answers), (
            "a repeated request was taken for a new one"
        )
    batches = sum(len(writer.answers) for writer in writers)
    assert lines == (batches,), "each batch is one line in the log"
    assert batches > ROUNDS * 10
    assert page.connections > ROUNDS, "the server was killed under the page, which must have come back"
