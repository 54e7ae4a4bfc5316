"""Messages between staffs over HTTP. What there is comes with the picture: kinds `partner_message`,
`partner_receipt`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.federation.procedures.messages import sent
from service.federation.procedures.messages.office import Office

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You hold no function that writes, or may not write in what is exchanged with this partner"},
    404: {"description": "There is no such partner or message, or you may not see it"},
    409: {"description": "Nothing goes to this partner"},
    422: {"description": "A field is not valid"},
}
BODIES = sent.BODIES


def routes(office: Office, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/api/partners/{id}", tags=["exchange"], responses=PROBLEMS)

    @router.post(
        "/messages",
        status_code=201,
        summary="A message to the staff of a partner",
        openapi_extra=body_of(sent.NewPartnerMessage),
    )
    async def post_partner_message(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewPartnerMessage)
        return answered(await office.write(visitor, id, given, await Once.of(request, visitor, idempotency_key)))

    @router.post(
        "/messages/{message}/read",
        summary="Somebody has opened a message of theirs; they see which function",
        openapi_extra=body_of(sent.PartnerMessageRead),
    )
    async def post_partner_message_read(request: Request, id: Id, message: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.PartnerMessageRead)
        return answer(await office.read(visitor, id, message, given))

    return router
