"""Gateways over HTTP: providers tell receipts and answers, the staff sees how each gateway stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from alerting.channels.switchboard import Health
from service.access.limits import Limits
from service.access.rights import Right
from service.access.sessions import Sessions
from service.access.visitor import Visitor
from service.answers import Problem, Shape
from service.bodies import answer
from service.gateways import store
from service.gateways.door import Door
from service.gateways.reception import Reception

SHOWN_FOR = timedelta(days=7)
Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{1,39}$", examples=["sms"])]
EXAMPLES = {
    "receipt": {"value": {"call": "0197f3c1", "id": "SM123", "state": "DELIVRD"}},
    "answer": {"value": {"from": "+491701234567", "text": "2 15", "event_id": "MO17"}},
    "key": {"value": {"call": "0197f3c1", "digits": "1"}},
}
BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {}, "examples": EXAMPLES}}}}


class GatewayOut(Shape):
    """`state`: UNTRIED, WORKING, FAILING (the last call failed) or ILL (five in a row). `failures` in a row. Counts and
    times since this process began; `error` of the last failure."""

    name: str
    kind: str
    exercise: bool
    hears: bool
    state: str
    last_success: datetime | None
    last_failure: datetime | None
    failures: int
    error: str | None
    at_work: int
    sent: int
    per_minute: int | None


class GatewaysOut(Shape):
    gateways: list[GatewayOut]


class MessageOut(Shape):
    """A text that is no answer. `helper` and `name` say who wrote it; `sender` if nobody here has this number."""

    gateway: str
    at: datetime
    helper: str | None
    name: str | None
    sender: str | None
    text: str


class MessagesOut(Shape):
    messages: list[MessageOut]


class TakenOut(Shape):
    taken: int


def routes(reception: Reception, sessions: Sessions, secrets: Mapping[str, str], limits: Limits) -> APIRouter:
    """`secrets` by name of the gateway: by these we know providers."""
    router = APIRouter(prefix="/api/gateways", tags=["alarms"])
    door = Door(secrets, limits)
    problems: dict[int | str, dict[str, Any]] = {s: {"model": Problem} for s in (401, 413, 422, 429, 503)}

    async def heard(request: Request, name: str) -> Response:
        payload = await door.admit(request, name)
        return answer({"taken": await reception.take(name, payload)}, 202)

    @router.post(
        "/{name}/receipts", status_code=202, summary="What became of messages, told by their provider",
        response_model=TakenOut, responses=problems, openapi_extra=BODY,
    )  # fmt: skip
    async def receipts(request: Request, name: Name) -> Response:
        return await heard(request, name)

    @router.post(
        "/{name}/inbound", status_code=202, summary="Answers of people, brought by a provider",
        response_model=TakenOut, responses=problems, openapi_extra=BODY,
    )  # fmt: skip
    async def inbound(request: Request, name: Name) -> Response:
        return await heard(request, name)

    @router.get("", summary="How each gateway stands", response_model=GatewaysOut)
    async def gateways(request: Request) -> GatewaysOut:
        visitor = await sessions.signed_in(request)
        if not visitor.may(Right.PEOPLE):
            visitor.needs(Right.ALARM)
        lines = reception.switchboard.lines
        return GatewaysOut(gateways=[_out(line.health, line.hears) for line in lines])

    @router.get("/messages", summary="What people wrote that is no answer", response_model=MessagesOut)
    async def messages(request: Request) -> MessagesOut:
        visitor = await sessions.signed_in(request)
        visitor.needs(Right.ALARM)
        return MessagesOut(messages=await _messages(visitor))

    async def _messages(visitor: Visitor) -> list[MessageOut]:
        since = reception.clock.now() - SHOWN_FOR
        async with reception.database.reading() as connection:
            found = await store.shown(connection, reception.seal, visitor.write, since=since)
        return [
            MessageOut(gateway=m.gateway, at=m.at, helper=m.helper, name=m.name, sender=m.sender, text=m.text)
            for m in found
        ]

    return router


def _out(health: Health, hears: bool) -> GatewayOut:
    untried = health.last_success is None and health.last_failure is None
    state = "UNTRIED" if untried else "ILL" if health.ill else "FAILING" if health.failures else "WORKING"
    return GatewayOut(
        name=health.name, kind=health.kind, exercise=health.exercise, hears=hears, state=state,
        last_success=health.last_success, last_failure=health.last_failure, failures=health.failures,
        error=health.error, at_work=health.at_work, sent=health.sent, per_minute=health.per_minute,
    )  # fmt: skip
