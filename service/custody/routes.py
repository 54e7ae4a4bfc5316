"""Custody and rules over HTTP. What there is comes with the picture: facts of the kinds `custody`, `risk_alert` and
`alarm_rule`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime

from geodata.model.clock import Clock
from geodata.model.editing import BadEdit
from geodata.model.incident import IncidentMode
from geodata.store.database import Database
from geodata.store.things import NoSuchThing
from service.access.sessions import Sessions
from service.access.visitor import Visitor
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.custody import report, sent, store
from service.custody.keeping import Keeping
from service.custody.report import Language
from service.custody.ruling import Ruling

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not write in the room in which this lies"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "It cannot go from its state to that one"},
    422: {"description": "A field is not valid"},
}
BODIES = sent.BODIES
Number = Annotated[int, Path(ge=0, le=1000)]
Form = Literal["json", "html", "csv"]
_TYPES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}, "text/html": {}, "text/csv": {}}}}


def routes(database: Database, sessions: Sessions, clock: Clock, *, origin: str, mode: IncidentMode) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["custody"], responses=PROBLEMS)
    _kept(router, Keeping(database, origin), sessions, clock)
    _reported(router, database, sessions, clock, origin)
    _ruled(router, Ruling(database, origin, mode), sessions, clock)
    return router


def _kept(router: APIRouter, keeping: Keeping, sessions: Sessions, clock: Clock) -> None:
    @router.post("/custody/{id}/seen", summary="It stands on the screen of somebody who keeps it")
    async def post_custody_seen(request: Request, id: Id) -> Response:
        return answer(await keeping.seen(await sessions.signed_in(request), id, clock.now()))

    @router.post(
        "/custody/{id}/acknowledge", summary="Acknowledge a warning", openapi_extra=body_of(sent.Acknowledgement)
    )
    async def post_custody_acknowledge(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.Acknowledgement)
        return answer(await keeping.acknowledge(visitor, id, given.text, clock.now()))

    @router.post(
        "/custody/{id}/assess", summary="Act, watch, or not ours, with a reason", openapi_extra=body_of(sent.Assessment)
    )
    async def post_custody_assess(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await keeping.assess(visitor, id, await decoded(request, sent.Assessment), clock.now()))

    @router.post("/custody/{id}/owner", summary="Hand it to somebody else", openapi_extra=body_of(sent.CustodyOwner))
    async def post_custody_owner(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await keeping.hand(visitor, id, await decoded(request, sent.CustodyOwner), clock.now()))

    @router.post("/custody/{id}/onward", summary="Note to whom it was passed on", openapi_extra=body_of(sent.PassedOn))
    async def post_custody_onward(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await keeping.pass_on(visitor, id, await decoded(request, sent.PassedOn), clock.now()))

    @router.post(
        "/custody/{id}/onward/{number}/receipt",
        summary="Note who there has confirmed it",
        openapi_extra=body_of(sent.OnwardReceipt),
    )
    async def post_custody_receipt(request: Request, id: Id, number: Number) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.OnwardReceipt)
        return answer(await keeping.receipt(visitor, id, number, given.by, clock.now()))


def _reported(router: APIRouter, database: Database, sessions: Sessions, clock: Clock, origin: str) -> None:
    async def told(visitor: Visitor, form: Form, language: Language, **asked: Any) -> Response | None:
        held = report.read(await store.custodies(database, visitor.rooms, origin=origin, **asked))
        if asked.get("id") and not held:
            return None
        names = await store.names(database, report.people_of(held))
        if form == "csv":
            return _file(report.as_csv(held, names, language), "text/csv; charset=utf-8", "csv")
        if form == "html":
            return _file(report.as_page(held, names, language, clock.now()), "text/html; charset=utf-8", None)
        return answer({"custodies": report.as_json(held, names)})

    @router.get("/custody/report", summary="Who knew what when, in a time", responses=_TYPES)
    async def get_custody_report(
        request: Request,
        since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
        form: Annotated[Form, Query(alias="format")] = "json",
        language: Language = "de",
    ) -> Response:
        visitor = await sessions.signed_in(request)
        if since is not None and until is not None and until <= since:
            raise BadEdit("to", "it ends before it begins")
        found = await told(visitor, form, language, since=since, until=until)
        assert found is not None
        return found

    @router.get("/custody/{id}/report", summary="Who knew what when, of one warning", responses=_TYPES)
    async def get_one_custody_report(
        request: Request, id: Id, form: Annotated[Form, Query(alias="format")] = "json", language: Language = "de"
    ) -> Response:
        found = await told(await sessions.signed_in(request), form, language, id=id)
        if found is None:
            raise NoSuchThing(NoSuchThing.__doc__)
        return found


def _ruled(router: APIRouter, ruling: Ruling, sessions: Sessions, clock: Clock) -> None:
    @router.post("/alarm-rules", status_code=201, summary="Write a rule", openapi_extra=body_of(sent.NewAlarmRule))
    async def post_alarm_rule(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewAlarmRule)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await ruling.make(visitor, given.organisation, given.fields, once, clock.now()))

    @router.post(
        "/alarm-rules/dry-run",
        summary="When a rule would have spoken in the last 7 days",
        openapi_extra=body_of(sent.NewAlarmRule),
    )
    async def post_alarm_rule_dry_run(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewAlarmRule)
        return answer(await ruling.dry_run(visitor, given.organisation, given.fields, clock.now()))

    @router.patch("/alarm-rules/{id}", summary="Edit a rule", openapi_extra=body_of(sent.AlarmRuleEdit))
    async def patch_alarm_rule(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.AlarmRuleEdit)
        return answer(await ruling.edit(visitor, id, given.fields, given.base, clock.now()))

    @router.delete("/alarm-rules/{id}", status_code=204, summary="Take a rule away; what it raised ends")
    async def delete_alarm_rule(request: Request, id: Id) -> Response:
        await ruling.drop(await sessions.signed_in(request), id)
        return Response(status_code=204)

    @router.get("/alarm-rules/{id}/states", summary="What a rule says of each subject")
    async def get_alarm_rule_states(request: Request, id: Id) -> Response:
        return answer(await ruling.states(await sessions.signed_in(request), id))


def _file(text: str, type: str, ending: str | None) -> Response:
    headers = {"Cache-Control": "no-store"}
    if ending is None:
        headers["Content-Security-Policy"] = report.POLICY
    else:
        headers["Content-Disposition"] = f'attachment; filename="warnwache.{ending}"'
    return Response(text, media_type=type, headers=headers)
