"""Alarms over HTTP. What there is comes with the picture, as facts of kind `alarm`; names only from here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from alerting.model import chain
from alerting.model.chain import Event
from alerting.model.recipient import CallKind
from geodata.model.clock import Clock
from service.access.sessions import Sessions
from service.alarms import sent
from service.alarms.calling import Calling
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not alarm here, or not the people of this roster"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "It cannot do that in its state"},
    422: {"description": "A field is not valid"},
}


def routes(calling: Calling, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["alarms"], responses=PROBLEMS)
    _begun(router, calling, sessions, clock)
    _steered(router, calling, sessions, clock)
    _people(router, calling, sessions, clock)
    return router


def _begun(router: APIRouter, calling: Calling, sessions: Sessions, clock: Clock) -> None:
    @router.post(
        "/alarms/preview",
        summary="Exactly who would be called, how, and how many; nobody is",
        openapi_extra=body_of(sent.NewAlarm),
    )
    async def post_alarm_preview(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await calling.preview(visitor, await decoded(request, sent.NewAlarm), clock.now()))

    @router.post(
        "/alarms",
        status_code=201,
        summary="Call people, by a plan or freely; a large alarm waits for a second person",
        openapi_extra=body_of(sent.NewAlarm),
    )
    async def post_alarm(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewAlarm)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await calling.begin(visitor, given, once, clock.now()))


def _steered(router: APIRouter, calling: Calling, sessions: Sessions, clock: Clock) -> None:
    def acts(path: str, event: Event, summary: str) -> None:
        @router.post(f"/alarms/{{id}}/{path}", summary=summary, name=f"post_alarm_{path}")
        async def post_alarm_act(request: Request, id: Id) -> Response:
            return answer(await calling.act(await sessions.signed_in(request), id, event, clock.now()))

    acts("approve", chain.Approved(), "Agree as the second person: people are called")
    acts("stop", chain.Stopped(), "Call nobody else; who comes still comes")
    acts("escalate", chain.Escalated(), "Begin the next step now")
    acts("close", chain.Closed(), "It is over; late answers are still kept")

    @router.post(
        "/alarms/{id}/again",
        summary="Call those once more who have not answered",
        openapi_extra=body_of(sent.AlarmAgain),
    )
    async def post_alarm_again(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmAgain)
        return answer(await calling.again(visitor, id, given.step, clock.now()))

    @router.post("/alarms/{id}/add", summary="Call more people", openapi_extra=body_of(sent.AlarmMore))
    async def post_alarm_add(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmMore)
        return answer(await calling.add(visitor, id, given.targets, clock.now()))

    @router.post(
        "/alarms/{id}/cancel",
        summary="Call it off: all who were notified get the all-clear",
        openapi_extra=body_of(sent.AlarmCancel),
    )
    async def post_alarm_cancel(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmCancel)
        return answer(await calling.cancel(visitor, id, given.text, clock.now()))

    def tells(path: str, kind: CallKind, summary: str) -> None:
        @router.post(
            f"/alarms/{{id}}/{path}",
            summary=summary,
            name=f"post_alarm_{path}",
            openapi_extra=body_of(sent.AlarmSaid),
        )
        async def post_alarm_tell(request: Request, id: Id) -> Response:
            visitor = await sessions.signed_in(request)
            given = await decoded(request, sent.AlarmSaid)
            return answer(await calling.tell(visitor, id, kind, given, clock.now()))

    tells("inform", CallKind.UPDATE, "Tell all who were notified what has changed")
    tells("thanks", CallKind.THANKS, "Thank those who came")


def _people(router: APIRouter, calling: Calling, sessions: Sessions, clock: Clock) -> None:
    @router.get("/alarms/{id}/recipients", summary="Who was called and said what, of the rosters that you see")
    async def get_alarm_recipients(request: Request, id: Id) -> Response:
        return answer(await calling.recipients(await sessions.signed_in(request), id))

    @router.post(
        "/alarms/{id}/recipients/{helper}/answer",
        summary="Write down what somebody said on the telephone",
        openapi_extra=body_of(sent.AlarmAnswer),
    )
    async def post_alarm_answer(request: Request, id: Id, helper: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmAnswer)
        return answer(await calling.answered(visitor, id, helper, given, clock.now()))

    @router.post(
        "/alarms/{id}/recipients/{helper}/arrival",
        summary="Somebody has come to the meeting point, or left it",
        openapi_extra=body_of(sent.AlarmArrival),
    )
    async def post_alarm_arrival(request: Request, id: Id, helper: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmArrival)
        return answer(await calling.there(visitor, id, helper, clock.now(), left=given.left))
