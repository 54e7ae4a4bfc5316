"""Readings that are sent to us: validated, stored before they are acknowledged, once however often they are sent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest

STATION = {
    "key": "own.bachstrasse",
    "name": "Bachstraße",
    "water": "Vichtbach",
    "longitude": 6.23,
    "latitude": 50.76,
    "series": [
        {
            "quantity": "W",
            "unit": "cm",
            "every": 5,
            "thresholds": [{"name": "Info 1", "value": 150.0, "unit": "cm", "level": 2}],
        }
    ],
}


def reading(value: float, minutes: int = 0, **other: object) -> dict[str, object]:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return {
        "station": "own.bachstrasse",
        "quantity": "W",
        "at": at.isoformat(),
        "value": value,
        "unit": "cm",
        **other,
    }


@pytest.fixture
async def staff(node) -> httpx.AsyncClient:
    client = await node.sign_in()
    assert (await client.put("/api/stations/own.bachstrasse", json=STATION)).status_code == 200
    yield client
    await client.aclose()


async def send(client: httpx.AsyncClient, key: str, *observations: dict[str, object]) -> httpx.Response:
    return await client.post(
        "/api/observations", json={"observations": list(observations)}, headers={"Idempotency-Key": key}
    )


async def test_a_reading_reaches_the_picture_with_its_level(node, staff) -> None:
    assert (await send(staff, "key-00001", reading(170))).json()["new"] == 1
    facts = (await node.client.get("/api/picture?kinds=reading")).json()["facts"]
    assert [(f["body"]["value"], f["body"]["level"]) for f in facts] == [(170, 2)]


async def test_a_repeated_request_answers_as_the_first_did_and_stores_once(node, staff) -> None:
    one = reading(120)
    first = await send(staff, "key-00001", one)
    again = await send(staff, "key-00001", one)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    changes = (await node.client.get("/api/changes?since=0")).json()["changes"]
    assert sum("/reading/" in c["ref"] for c in changes) == 1


async def test_the_same_key_twenty_times_at_once_stores_once(node, staff) -> None:
    one = reading(121)
    answers = await asyncio.gather(*(send(staff, "key-00002", one) for _ in range(20)))
    assert {a.status_code for a in answers} == {200}
    assert all(a.json() == answers[0].json() for a in answers)
    assert sum("idempotent-replayed" not in a.headers for a in answers) == 1


async def test_a_key_for_another_request_is_refused(staff) -> None:
    await send(staff, "key-00001", reading(1))
    answer = await send(staff, "key-00001", reading(2))
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"value": "hoch"}, "value"),
        ({"at": "2026-11-21T12:00:00"}, "at"),
        ({"quantity": "drop table"}, "quantity"),
        ({"surprise": 1}, "observations"),
    ],
)
async def test_a_malformed_reading_is_refused_naming_the_field(staff, other, field) -> None:
    answer = await send(staff, "key-00001", reading(1) | other)
    assert answer.status_code == 422
    assert field in answer.json()["detail"] or field in answer.json()["field"]


async def test_one_implausible_reading_does_not_hold_up_the_others(staff) -> None:
    answer = await send(
        staff,
        "key-00001",
        reading(100),
        reading(99999),
        reading(100, minutes=-300),
        reading(100, station="pegelonline.593647aa"),
        reading(100, station="own.unknown"),
    )
    body = answer.json()
    assert body["new"] == 1
    assert sorted(r["index"] for r in body["refused"]) == [1, 2, 3, 4]
    assert all(r["reason"] for r in body["refused"])


async def test_strangers_cannot_send(node) -> None:
    assert (await send(node.client, "key-00001", reading(1))).status_code == 401
    assert (await node.client.put("/api/stations/own.bachstrasse", json=STATION)).status_code == 401


async def test_a_foreign_page_cannot_send_in_somebodys_name(staff) -> None:
    answer = await staff.post("/api/session/sign-out", headers={"Origin": "https://boese.example"})
    assert answer.status_code == 403
    assert (await staff.get("/api/session")).json()["signed_in"]


async def test_a_body_beyond_the_limit_is_refused(staff) -> None:
    answer = await staff.post(
        "/api/observations", content=b"[" + b"1," * 600_000 + b"1]", headers={"Idempotency-Key": "key-00001"}
    )
    assert answer.status_code == 413
