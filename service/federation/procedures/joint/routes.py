"""Incidents shared with partners over HTTP. The links themselves come with the picture: kind `incident_link`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from geodata.model.clock import Clock
from service.access.sessions import Sessions
from service.access.visitor import Visitor
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.federation.procedures.joint import export, sent
from service.federation.procedures.joint.linking import Linking
from service.federation.procedures.joint.reading import Reading, Side
from service.journal import store as journals
from service.journal.wording import Language

BODIES = sent.BODIES
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "Your function does not allow this, or you may not write in what is exchanged"},
    404: {"description": "There is no such incident, partner or link, or you may not see it"},
    409: {"description": "Nothing goes to this partner, or the incident is archived"},
    422: {"description": "A field is not valid"},
}
MOST = {"csv": 50_000, "pdf": 3_000}
"""Entries in one file."""
_CSV = {"content": {"text/csv": {"schema": {"type": "string"}}}}
_PDF = {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}


def routes(linking: Linking, reading: Reading, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["exchange"], responses=PROBLEMS)

    @router.post(
        "/partners/{id}/incident-links",
        status_code=201,
        summary="An incident of ours and one of this partner's are the same",
        openapi_extra=body_of(sent.NewIncidentLink),
    )
    async def post_incident_link(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewIncidentLink)
        return answered(await linking.link(visitor, id, given, await Once.of(request, visitor, idempotency_key)))

    @router.post(
        "/partners/{id}/incident-links/{link}/end",
        summary="We no longer say that they are the same",
        openapi_extra=body_of(sent.IncidentLinkEnd),
    )
    async def post_incident_link_end(request: Request, id: Id, link: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await linking.end(visitor, id, link, await decoded(request, sent.IncidentLinkEnd)))

    @router.get("/incidents/{id}/joint", summary="With which partners' incidents this one is held for the same")
    async def get_incident_joint(request: Request, id: Id) -> Response:
        return answer(await reading.overview(await sessions.signed_in(request), id))

    @router.get("/incidents/{id}/joint-log", summary="Our log and those of linked incidents, newest event first")
    async def get_incident_joint_log(
        request: Request,
        id: Id,
        side: Side = "both",
        before: Annotated[str | None, Query(max_length=500, description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        return answer(await reading.log(await sessions.signed_in(request), id, side, before, limit))

    @router.get("/incidents/{id}/joint-log.csv", summary="The joint log for a spreadsheet", responses={200: _CSV})
    async def get_incident_joint_log_csv(
        request: Request, id: Id, side: Side = "both", language: Language = "de"
    ) -> Response:
        sheet = await whole(await sessions.signed_in(request), id, side, language, "csv")
        return _file(await asyncio.to_thread(export.csv, sheet), "text/csv; charset=utf-8", "csv")

    @router.get("/incidents/{id}/joint-log.pdf", summary="The joint log for the printer", responses={200: _PDF})
    async def get_incident_joint_log_pdf(
        request: Request, id: Id, side: Side = "both", language: Language = "de"
    ) -> Response:
        sheet = await whole(await sessions.signed_in(request), id, side, language, "pdf")
        async with one:
            return _file(await asyncio.to_thread(export.pdf, sheet), "application/pdf", "pdf")

    one = asyncio.Semaphore(1)

    async def whole(
        visitor: Visitor, id: str, side: Side, language: Language, format: Literal["csv", "pdf"]
    ) -> export.Sheet:
        """For whoever may see it, noted before he gets it."""
        found = await reading.whole(visitor, id, side, MOST[format])
        await journals.audit(
            reading.database, person=visitor.person or "", session=visitor.session_id, action="joint.export",
            subject=f"incident:{id}", detail={"format": format, "side": side},
        )  # fmt: skip
        people = {row.author for row in found.entries if row.author}
        names = await journals.names(reading.database, people)
        return export.Sheet(found, reading.origin, reading.name, names, visitor.name or "", clock.now(), language)

    def _file(content: bytes, media: str, ending: str) -> Response:
        name = f"gemeinsames-tagebuch-{clock.now():%Y%m%dT%H%MZ}.{ending}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(content, media_type=media, headers=headers)

    return router
