"""A town's dispatch system: a token that reports for its organisation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from service.access.store import make_token
from tests.service.conftest import Node
from tests.service.resources.fleet import Town

CALL = "Florian Bergstadt 1 HLF20 1"


async def bridge(node: Node, *towns: Town, name: str = "leitstelle") -> httpx.AsyncClient:
    secret = await make_token(node.database, name, timedelta(days=1), [town.organisation for town in towns])
    return httpx.AsyncClient(base_url=node.url, headers={"Authorization": f"Bearer {secret}"}, timeout=20)


def ago(seconds: float = 0) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def report(id: str, **given: Any) -> dict[str, Any]:
    return {"id": id, "callsign": CALL, "at": ago(), **given}


async def send(client: httpx.AsyncClient, *reports: Any) -> list[dict[str, Any]]:
    answer = await client.post("/api/dispatch/reports", json={"reports": list(reports)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results
