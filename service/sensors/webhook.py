"""Network servers push uplinks: whoever has the secret of a source, in whatever header his server can set."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from limits import RateLimitItemPerMinute

from feeds.contract import Garbled
from feeds.decoding import excerpt
from feeds.lorawan.reading import MAX_BYTES, read
from geodata.model.clock import Clock
from geodata.model.device import SOURCE
from geodata.store import feeds as feed_store
from geodata.store.database import Database
from service.access.limits import Limits
from service.access.visitor import NotSignedIn
from service.answers import Problem
from service.errors import Invalid, problem
from service.sensors import store
from service.sensors.gathering import Gathering

UPLINKS = RateLimitItemPerMinute(30_000, namespace="uplinks")
WRONG = RateLimitItemPerMinute(60, namespace="uplinks-wrong")
HEADERS = ("x-lagebild-key", "x-api-key", "x-downlink-apikey")
"""Beside Authorization, with or without Bearer before the secret."""
REMEMBERED = 3.0
EXAMPLE = {
    "end_device_ids": {"device_id": "ruthenbach", "dev_eui": "70B3D57BA0001234"},
    "uplink_message": {
        "received_at": "2026-11-22T04:00:00Z",
        "f_port": 1,
        "f_cnt": 1,
        "frm_payload": "AgMUAAMEzQAABbELrA==",
    },
}

Source = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", examples=["things_stack"])]


class Doorkeeper:
    """Remembers the keys of a source for three seconds, so that a revoked one is out within five."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self.database, self.limits = database, limits
        self._held: dict[str, tuple[float, list[tuple[str, bytes]]]] = {}

    async def admit(self, request: Request, source: str) -> str:
        """The id of the key. Raises NotSignedIn, TooOften, StoreUnavailable."""
        secret = _secret(request)
        held = self._held.get(source)
        if held is None or time.monotonic() - held[0] > REMEMBERED:
            if len(self._held) > 1000:
                self._held.clear()
            held = self._held[source] = time.monotonic(), await store.key_of(self.database, source)
        key = store.matching(held[1], secret) if secret else None
        if key is None:
            await self.limits.check(WRONG, request.client.host if request.client else "")
            raise NotSignedIn("This source needs its key: Authorization: Bearer <secret>, or X-Lagebild-Key: <secret>.")
        await self.limits.check(UPLINKS, source)
        return key

    def forget(self) -> None:
        self._held.clear()


def add_to(router: APIRouter, doorkeeper: Doorkeeper, gathering: Gathering, clock: Clock) -> None:
    """The one way in that needs no session."""
    problems: dict[int | str, dict[str, Any]] = {s: {"model": Problem} for s in (401, 413, 422, 429, 503)}
    body = {"requestBody": {"required": True, "content": {"application/json": {"schema": {}, "example": EXAMPLE}}}}

    @router.post(
        "/uplinks/{source}",
        status_code=202,
        summary="Uplinks of own sensors, pushed by a network server",
        responses=problems,
        openapi_extra=body,
    )
    async def uplinks(request: Request, source: Source) -> Response:
        key = await doorkeeper.admit(request, source)
        payload = await request.body()
        if len(payload) > MAX_BYTES:
            return problem(413, "too-large", f"A message of a sensor has at most {MAX_BYTES} bytes.")
        now = clock.now()
        try:
            found = read(payload, now=now)
        except Garbled as error:
            async with doorkeeper.database.transaction(f"feed:{SOURCE}") as tx:
                await feed_store.keep_aside(tx, SOURCE, [(source, str(error), excerpt(payload))], now)
            raise Invalid(_field(str(error)), str(error)) from error
        if found:
            await gathering.bring(found)
        await store.used(doorkeeper.database, key, now, now - timedelta(minutes=1))
        return Response(status_code=202)


def _secret(request: Request) -> str | None:
    said = request.headers.get("authorization", "").strip()
    scheme, _, rest = said.partition(" ")
    secret = rest.strip() if scheme.lower() == "bearer" else said
    for header in HEADERS:
        secret = secret or request.headers.get(header, "").strip()
    return secret if 0 < len(secret) <= 200 else None


_FIELDS = (
    ("DevEUI", "device"), ("name of the device", "device"), ("time", "time"), ("received_at", "time"),
    ("base64", "payload"), ("hexadecimal", "payload"), ("LoRaWAN frame", "payload"), ("bytes", "payload"),
)  # fmt: skip


def _field(reason: str) -> str:
    """The part of the message that is at fault: what the decoder names by its path, or what its words are about."""
    path = reason.rpartition("`$.")[2]
    if path != reason and path.endswith("`"):
        return path.rstrip("`")
    return next((field for words, field in _FIELDS if words in reason), "body")
