"""Requests and inquiries over HTTP. What there is comes with the picture, as facts of these kinds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime

from geodata.model.clock import Clock
from geodata.model.request import RequestState
from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.requests import sent
from service.requests.asking import Asking
from service.requests.borrowing import Borrowing, Report
from service.requests.candidates import Candidates
from service.requests.lending import Lending
from service.requests.office import Office
from service.requests.passing_on import PassingOn
from service.requests.routing import Routing
from service.requests.settlement import Language, Settlement

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not ask in this incident, or not lend from this stock"},
    404: {"description": "There is no such thing, or you may not see it"},
    409: {"description": "It cannot go from its state to that one, something is no longer free, or basic cover breaks"},
    422: {"description": "A field is not valid"},
}
BODIES = sent.BODIES
Number = Annotated[int, Path(ge=0, le=1000)]
Chosen = Annotated[str, Query(max_length=10_000, description="ids, separated by commas")]
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}


def routes(office: Office, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["requests"], responses=PROBLEMS)
    desk = office.desk
    _asked(router, Asking(desk), sessions, clock)
    _routed(router, Routing(desk, office.putting), sessions, clock, office.rights_changed)
    _lent(router, Lending(desk, office.ageing), Candidates(desk), sessions, clock)
    _passed_on(router, PassingOn(desk), sessions, clock)
    _borrowed(router, Borrowing(desk), sessions, clock)
    _settled(router, Settlement(desk), sessions, clock)
    return router


def _asked(router: APIRouter, asking: Asking, sessions: Sessions, clock: Clock) -> None:
    @router.post(
        "/incidents/{id}/requests",
        status_code=201,
        summary="Ask for forces or material",
        openapi_extra=body_of(sent.NewRequest),
    )
    async def post_request(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewRequest)
        once = await Once.of(request, visitor, idempotency_key)
        return answered(await asking.create(visitor, id, given, once, clock.now()))

    @router.patch("/requests/{id}", summary="Edit a request", openapi_extra=body_of(sent.RequestEdit))
    async def patch_request(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.RequestEdit)
        return answer(await asking.edit(visitor, id, given.fields, given.base, clock.now()))

    @router.post(
        "/requests/{id}/conflicts/{number}",
        summary="Settle a conflict of a request",
        openapi_extra=body_of(sent.RequestChoice),
    )
    async def post_request_conflict(request: Request, id: Id, number: Number) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.RequestChoice)
        return answer(await asking.settle(visitor, id, number, clock.now(), take=given.take, field=given.field))

    @router.post("/requests/{id}/submit", summary="Submit a draft")
    async def post_request_submit(request: Request, id: Id) -> Response:
        return answer(await asking.submit(await sessions.signed_in(request), id, clock.now()))

    def ends(path: str, state: RequestState, summary: str) -> None:
        @router.post(
            f"/requests/{{id}}/{path}",
            summary=summary,
            name=f"post_request_{path}",
            openapi_extra=body_of(sent.RequestEnd),
        )
        async def post_request_end(request: Request, id: Id) -> Response:
            visitor = await sessions.signed_in(request)
            given = await decoded(request, sent.RequestEnd)
            return answer(await asking.end(visitor, id, state, given.reason, clock.now()))

    ends("withdraw", RequestState.WITHDRAWN, "Take a request back")
    ends("close", RequestState.CLOSED, "Close a request; nothing is lent for it any more")

    @router.post(
        "/requests/{id}/duplicate",
        summary="Say which other request it is the same as",
        openapi_extra=body_of(sent.RequestDuplicate),
    )
    async def post_request_duplicate(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.RequestDuplicate)
        return answer(await asking.end(visitor, id, RequestState.DUPLICATE, None, clock.now(), of=given.of))


def _routed(
    router: APIRouter,
    routing: Routing,
    sessions: Sessions,
    clock: Clock,
    rights_changed: Callable[[], Awaitable[None]],
) -> None:
    @router.post("/requests/{id}/route", summary="Put it to others", openapi_extra=body_of(sent.RequestRoute))
    async def post_request_route(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.RequestRoute)
        told = await routing.route(visitor, id, given, clock.now())
        await rights_changed()
        return answer(told)

    @router.get("/requests/{id}/addressees", summary="Who can be asked, who was, and what they said")
    async def get_request_addressees(request: Request, id: Id) -> Response:
        return answer(await routing.addressees(await sessions.signed_in(request), id))


def _lent(router: APIRouter, lending: Lending, candidates: Candidates, sessions: Sessions, clock: Clock) -> None:
    @router.get("/inquiries/{id}/candidates", summary="What the addressee could offer, and what he gives up by it")
    async def get_inquiry_candidates(request: Request, id: Id, chosen: Chosen = "") -> Response:
        visitor = await sessions.signed_in(request)
        ids = {one for one in chosen.split(",") if one}
        return answer(await candidates.of(visitor, id, ids, clock.now()))

    @router.post("/inquiries/{id}/offer", summary="Offer, and hold it", openapi_extra=body_of(sent.InquiryOffer))
    async def post_inquiry_offer(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.InquiryOffer)
        return answer(await lending.offer(visitor, id, given, clock.now()))

    @router.post("/inquiries/{id}/decline", summary="Refuse", openapi_extra=body_of(sent.InquiryReason))
    async def post_inquiry_decline(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.InquiryReason)
        return answer(await lending.decline(visitor, id, given.reason, clock.now()))

    @router.post(
        "/inquiries/{id}/commit",
        summary="Promise what was taken: the loan begins",
        openapi_extra=body_of(sent.InquiryCommit),
    )
    async def post_inquiry_commit(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.InquiryCommit)
        return answer(await lending.commit(visitor, id, given, clock.now()))

    @router.post("/inquiries/{id}/recall", summary="Want it back", openapi_extra=body_of(sent.InquiryReason))
    async def post_inquiry_recall(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.InquiryReason)
        return answer(await lending.recall(visitor, id, given.reason, clock.now()))

    @router.post("/inquiries/{id}/return", summary="It is back", openapi_extra=body_of(sent.InquiryReturn))
    async def post_inquiry_return(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.InquiryReturn)
        return answer(await lending.take_back(visitor, id, given, clock.now()))


def _passed_on(router: APIRouter, passing: PassingOn, sessions: Sessions, clock: Clock) -> None:
    @router.get("/inquiries/{id}/pass-on", summary="To whom of ours a partner's inquiry can be passed on")
    async def get_inquiry_pass_on(request: Request, id: Id) -> Response:
        return answer(await passing.choices(await sessions.signed_in(request), id))

    @router.post(
        "/inquiries/{id}/pass-on",
        summary="Another organisation of ours answers the partner",
        openapi_extra=body_of(sent.InquiryPassOn),
    )
    async def post_inquiry_pass_on(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.InquiryPassOn)
        return answer(await passing.pass_on(visitor, id, given, clock.now()))


def _borrowed(router: APIRouter, borrowing: Borrowing, sessions: Sessions, clock: Clock) -> None:
    @router.post("/inquiries/{id}/requisition", summary="Take an offer", openapi_extra=body_of(sent.InquiryPart))
    async def post_inquiry_requisition(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.InquiryPart)
        return answer(await borrowing.requisition(visitor, id, given, clock.now()))

    @router.post("/inquiries/{id}/withdraw", summary="Ask no longer", openapi_extra=body_of(sent.InquiryWord))
    async def post_inquiry_withdraw(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.InquiryWord)
        return answer(await borrowing.withdraw(visitor, id, given.reason, clock.now()))

    def reports(report: Report, summary: str) -> None:
        @router.post(
            f"/inquiries/{{id}}/{report}",
            summary=summary,
            name=f"post_inquiry_{report.name.lower()}",
            openapi_extra=body_of(sent.InquiryReport),
        )
        async def post_inquiry_report(request: Request, id: Id) -> Response:
            visitor = await sessions.signed_in(request)
            given = await decoded(request, sent.InquiryReport)
            return answer(await borrowing.report(visitor, id, report, given, clock.now()))

    reports(Report.EN_ROUTE, "It is on its way")
    reports(Report.ARRIVE, "It has arrived")
    reports(Report.IN_USE, "It is in use")
    reports(Report.RELEASE, "It is no longer needed")


def _settled(router: APIRouter, settlement: Settlement, sessions: Sessions, clock: Clock) -> None:
    @router.get("/requests/{id}/settlement.csv", summary="Hours and cost of what was lent", responses=CSV)
    async def get_request_settlement(request: Request, id: Id, language: Language = "de") -> Response:
        visitor = await sessions.signed_in(request)
        return _csv(await settlement.of_request(visitor, id, clock.now(), language), id)

    @router.get("/fleets/{id}/settlement.csv", summary="Hours and cost of what was lent and borrowed", responses=CSV)
    async def get_fleet_settlement(
        request: Request,
        id: Id,
        since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
        language: Language = "de",
    ) -> Response:
        visitor = await sessions.signed_in(request)
        found = await settlement.of_fleet(visitor, id, clock.now(), language, since=since, until=until)
        return _csv(found, id)


def _csv(text: str, id: str) -> Response:
    name = "".join(sign for sign in id if sign.isalnum() or sign in "-_")[:60]
    headers = {"Content-Disposition": f'attachment; filename="settlement-{name}.csv"'}
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=headers)
