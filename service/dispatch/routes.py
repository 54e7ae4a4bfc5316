"""Dispatch systems, GPS and TETRA bridges over HTTP: they report, and they ask what became of their resources."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from limits import RateLimitItemPerMinute

from feeds.cot import MAX_BYTES
from geodata.model.clock import Clock
from geodata.model.editing import KEPT
from geodata.store import resource_changes
from geodata.store.database import Database
from service.access.limits import Limits
from service.access.rights import Right
from service.access.sessions import Sessions
from service.access.visitor import NotAllowed, NotSignedIn, Visitor
from service.answers import Problem
from service.bodies import answer, body_of
from service.dispatch import store
from service.dispatch.applying import Sender
from service.dispatch.intake import Busy, Intake
from service.dispatch.pushed import one_cot
from service.dispatch.report import MOST, Bad, Result
from service.dispatch.sent import Reports, answer_of, several, taken
from service.errors import Invalid, problem

EVENT = (
    '<event version="2.0" uid="elw-1" type="a-f-G-E-V" time="2026-11-22T04:00:00Z" start="2026-11-22T04:00:00Z" '
    'stale="2026-11-22T04:05:00Z" how="m-g"><point lat="51.2" lon="7.1" hae="120" ce="5" le="9999999"/>'
    '<detail><contact callsign="Florian Bergstadt 1 ELW1 1"/><track speed="12" course="90"/></detail></event>'
)
COT = {"requestBody": {"required": True, "content": {
    "application/xml": {"schema": {"type": "string"}, "example": EVENT}}}}  # fmt: skip
BATCHES = RateLimitItemPerMinute(6_000, namespace="reports")


def routes(database: Database, sessions: Sessions, clock: Clock, intake: Intake, limits: Limits) -> APIRouter:
    problems: dict[int | str, dict[str, Any]] = {s: {"model": Problem} for s in (401, 403, 413, 422, 429, 503)}
    router = APIRouter(prefix="/api/dispatch", tags=["dispatch"], responses=problems)

    async def program(request: Request) -> Visitor:
        """Raises NotSignedIn, NotAllowed, TooOften."""
        visitor = await sessions.visitor(request)
        if not visitor.signed_in:
            raise NotSignedIn("Send a token: Authorization: Bearer <token>; `lagebild token NAME --organisation ID`.")
        if visitor.purpose != "token":
            raise NotAllowed("This is for programs; people type a status at the resource itself.")
        await limits.check(BATCHES, visitor.session_id or "")
        return visitor

    @router.post("/reports", summary="Status and positions of resources", openapi_extra=body_of(Reports))
    async def post_reports(request: Request) -> Response:
        visitor = await program(request)
        try:
            given = several(await request.body())
        except Bad as error:
            raise Invalid(error.field, str(error)) from error
        if not given:
            raise Invalid("reports", f"send 1 to {MOST} reports")
        try:
            told = await taken(intake, Sender.of(visitor), given, clock.now())
        except Busy as error:
            return problem(503, "busy", str(error))
        return answer(answer_of(told))

    @router.post("/cot", summary="The position of one resource as a Cursor on Target event", openapi_extra=COT)
    async def post_cot(request: Request) -> Response:
        visitor = await program(request)
        payload = await request.body()
        if len(payload) > MAX_BYTES:
            return problem(413, "too-large", f"A CoT event has at most {MAX_BYTES} bytes.")
        try:
            outcome = await one_cot(intake, Sender.of(visitor), payload, clock)
        except Busy as error:
            return problem(503, "busy", str(error))
        if outcome.result is Result.INVALID:
            raise Invalid(outcome.field or "event", outcome.reason or "")
        return answer(answer_of([(None, outcome)])["results"][0])

    @router.get("/resources", summary="Resources, and what changed of them after a cursor: assignments, deployment")
    async def get_resources(
        request: Request,
        since: Annotated[int | None, Query(ge=0, le=2**62, description="the cursor of the last answer")] = None,
    ) -> Response:
        visitor = await sessions.signed_in(request)
        found = await resource_changes.since(database, since, visitor.rooms, origin=intake.origin)
        listed = [
            {"id": id, "gone": True} if body is None else {"id": id, **{k: v for k, v in body.items() if k not in KEPT}}
            for id, body in found.bodies.items()
        ]
        head = {"cursor": found.cursor, "start_over": found.whole, "more": found.more, "now": clock.now()}
        return answer({**head, "resources": listed})

    @router.get("/unknown", summary="Names in reports that nobody knows, the latest first")
    async def get_unknown(request: Request) -> Response:
        (await sessions.visitor(request)).needs(Right.PEOPLE)
        listed = await store.listed_unknown(database)
        counts = {result.value: number for result, number in intake.counts.items()}
        fields = ("item", "reason", "raw", "first_seen", "last_seen", "times")
        return answer({"counts": counts, "unknown": [{name: row[name] for name in fields} for row in listed]})

    return router
