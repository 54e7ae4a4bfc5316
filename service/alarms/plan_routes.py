"""Plans over HTTP. What there is comes with the picture, as facts of kind `alarm_plan` in the roster's room."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from geodata.model.clock import Clock
from service.access.sessions import Sessions
from service.alarms import sent
from service.alarms.call_list import Language, pdf
from service.alarms.modes import Modes
from service.alarms.plans import Plans
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not write in the room of this roster, not alarm, or a second person is needed"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "It cannot go from its state to that one"},
    422: {"description": "A field is not valid"},
}
Number = Annotated[int, Path(ge=0, le=1000)]


def routes(plans: Plans, modes: Modes, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["alarms"], responses=PROBLEMS)

    @router.post(
        "/alarm-plans",
        status_code=201,
        summary="Write a plan of whom to alarm; it begins as a draft",
        openapi_extra=body_of(sent.NewAlarmPlan),
    )
    async def post_alarm_plan(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewAlarmPlan)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await plans.create(visitor, given.organisation, given.fields, once, clock.now()))

    @router.patch(
        "/alarm-plans/{id}",
        summary="Edit a plan; a large one in force is a draft again",
        openapi_extra=body_of(sent.AlarmPlanEdit),
    )
    async def patch_alarm_plan(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmPlanEdit)
        return answer(await plans.edit(visitor, id, given.fields, given.base, clock.now()))

    @router.post(
        "/alarm-plans/{id}/conflicts/{number}",
        summary="Settle a conflict of a plan",
        openapi_extra=body_of(sent.AlarmPlanChoice),
    )
    async def post_alarm_plan_conflict(request: Request, id: Id, number: Number) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmPlanChoice)
        return answer(await plans.settle(visitor, id, number, clock.now(), take=given.take, field=given.field))

    @router.post(
        "/alarm-plans/{id}/approve",
        summary="Put a plan in force; a large one needs two people",
        openapi_extra=body_of(sent.AlarmPlanVersion),
    )
    async def post_alarm_plan_approve(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmPlanVersion)
        return answer(await plans.approve(visitor, id, given.version, clock.now()))

    @router.post("/alarm-plans/{id}/retire", summary="Take a plan out of force")
    async def post_alarm_plan_retire(request: Request, id: Id) -> Response:
        return answer(await plans.retire(await sessions.signed_in(request), id, clock.now()))

    @router.post("/alarm-plans/{id}/restore", summary="Bring back a deleted plan, or a retired one as a draft")
    async def post_alarm_plan_restore(request: Request, id: Id) -> Response:
        return answer(await plans.restore(await sessions.signed_in(request), id, clock.now()))

    @router.delete("/alarm-plans/{id}", status_code=204, summary="Delete a plan; undo within half an hour")
    async def delete_alarm_plan(request: Request, id: Id) -> Response:
        await plans.delete(await sessions.signed_in(request), id)
        return Response(status_code=204)

    @router.post(
        "/alarm-plans/{id}/dry-run",
        summary="Who would be called when on which channel, who cannot be reached today, whether the quotas can be met",
        openapi_extra=body_of(sent.AlarmPlanDryRun),
    )
    async def post_alarm_plan_dry_run(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmPlanDryRun)
        return answer(await plans.rehearse(visitor, id, modes.of(given.mode), clock.now()))

    @router.get("/alarm-plans/{id}/drills", summary="Who was reached by drills with this plan, the newest first")
    async def get_alarm_plan_drills(request: Request, id: Id) -> Response:
        return answer(await plans.drills(await sessions.signed_in(request), id))

    @router.get(
        "/alarm-plans/{id}/call-list.pdf",
        summary="Whom to telephone in which order, on A4; fetching it is noted",
        responses={200: {"content": {"application/pdf": {}}}},
    )
    async def get_alarm_plan_call_list(request: Request, id: Id, language: Language = "de") -> Response:
        visitor = await sessions.signed_in(request)
        sheet = await plans.call_list(visitor, id, language, clock.now())
        headers = {"Content-Disposition": 'attachment; filename="anrufliste.pdf"', "Cache-Control": "no-store"}
        return Response(await asyncio.to_thread(pdf, sheet), media_type="application/pdf", headers=headers)

    return router
