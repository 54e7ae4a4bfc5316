"""Situation reports over HTTP. Reports themselves come with the picture: kinds `situation_report`, `report_rhythm`,
`report_silence`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from service.access.sessions import Sessions
from service.bodies import Key, Once, answer, answered, body_of, decoded
from service.federation.procedures.reports import sent
from service.federation.procedures.reports.office import Office

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You hold no function that reports, or may not write to this partner"},
    404: {"description": "There is no such partner, or you may not see it"},
    409: {"description": "Nothing goes to this partner"},
    422: {"description": "A field is not valid"},
}


def routes(office: Office, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/api/situation-reports", tags=["exchange"], responses=PROBLEMS)

    @router.get("", summary="Who has reported, who is silent, and the sum over all below us")
    async def get_situation_reports(request: Request) -> Response:
        return answer(await office.overview(await sessions.signed_in(request)))

    @router.get("/areas", summary="The areas of those below us, for the map of who has reported")
    async def get_report_areas(request: Request) -> Response:
        return answer(await office.areas(await sessions.signed_in(request)))

    @router.post(
        "",
        status_code=201,
        summary="Report our situation to partners",
        openapi_extra=body_of(sent.NewSituationReport),
    )
    async def post_situation_report(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewSituationReport)
        return answered(await office.send(visitor, given, await Once.of(request, visitor, idempotency_key)))

    @router.post(
        "/preview",
        summary="Exactly what a report would say; nothing is sent",
        openapi_extra=body_of(sent.NewSituationReport),
    )
    async def post_situation_report_preview(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await office.preview(visitor, await decoded(request, sent.NewSituationReport)))

    @router.put(
        "/rhythm",
        summary="How often those below us shall report; who does not is shown as silent",
        openapi_extra=body_of(sent.ReportRhythm),
    )
    async def put_report_rhythm(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await office.ask(visitor, await decoded(request, sent.ReportRhythm)))

    return router
