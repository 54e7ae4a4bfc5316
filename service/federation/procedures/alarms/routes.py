"""Requests of partners to alarm, over HTTP. What there is comes with the picture: kinds `alarm_request`,
`alarm_count`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.federation.procedures.alarms import sent
from service.federation.procedures.alarms.office import Office

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not alarm, or not the people of this roster"},
    404: {"description": "There is no such partner, request or plan, or you may not see it"},
    409: {"description": "It is decided already, or was taken back"},
    422: {"description": "A field is not valid"},
}


def routes(office: Office, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/api/partners/{id}", tags=["exchange"], responses=PROBLEMS)

    @router.post(
        "/alarm-requests/{request_id}/accept",
        status_code=201,
        summary="Alarm our own people for a partner, by one of our plans",
        openapi_extra=body_of(sent.AlarmRequestAccepted),
    )
    async def post_alarm_request_accept(
        request: Request, id: Id, request_id: Id, idempotency_key: Key = None
    ) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmRequestAccepted)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await office.accept(visitor, id, request_id, given, once))

    @router.post(
        "/alarm-requests/{request_id}/decline",
        summary="Nobody is alarmed here for the partner, and why",
        openapi_extra=body_of(sent.AlarmRequestDeclined),
    )
    async def post_alarm_request_decline(request: Request, id: Id, request_id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmRequestDeclined)
        return answer(await office.decline(visitor, id, request_id, given))

    @router.get("/alarm-policy", summary="Our written policy for this partner: what starts here without asking anybody")
    async def get_alarm_policy(request: Request, id: Id) -> Response:
        return answer(await office.read_policy(await sessions.signed_in(request), id))

    @router.put(
        "/alarm-policy",
        summary="Which plan a request of this partner starts without asking anybody here",
        openapi_extra=body_of(sent.AlarmPolicy),
    )
    async def put_alarm_policy(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await office.write_policy(visitor, id, await decoded(request, sent.AlarmPolicy)))

    return router
