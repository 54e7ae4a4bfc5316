"""Marches over HTTP. What there is comes with the picture: kinds `march` and `march_receipt`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from service.access.sessions import Sessions
from service.answers import Shape
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.errors import Invalid
from service.federation.islands.pieces import LEAST
from service.federation.procedures.marches import sent
from service.federation.procedures.marches.office import Office

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You hold no function that writes and keep no fleet, or may not write in this exchange"},
    404: {"description": "There is no such partner or march, or you may not see it"},
    409: {"description": "Nothing goes to this partner"},
    422: {"description": "A field is not valid"},
}
BODIES = sent.BODIES
TEXT = "text/plain; charset=us-ascii"
Most = Annotated[int | None, Query(ge=LEAST, le=10_000)]


class MarchReadOut(Shape):
    """`outcome`: NEW, KNOWN (it stands here already) or OLDER (a newer edition does; nothing has changed). `kind` is
    `march` or `march_receipt`, `partner` the origin that it is from."""

    outcome: str
    ref: str
    kind: str
    partner: str
    partner_name: str
    body: dict[str, Any]


def routes(office: Office, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/api", tags=["exchange"], responses=PROBLEMS)

    @router.post(
        "/marches/read",
        summary="Read a partner's march or receipt: a file, or pieces in any order",
        response_model=MarchReadOut,
        openapi_extra={"requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
    async def post_march_read(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        try:
            text = (await request.body()).decode("ascii")
        except UnicodeDecodeError as error:
            raise Invalid("pieces", "this is no march: it has signs that are not ASCII") from error
        return answer(asdict(await office.read(visitor, text)))

    @router.post(
        "/partners/{id}/marches",
        status_code=201,
        summary="Announce a convoy to the Meldekopf of a partner",
        openapi_extra=body_of(sent.NewMarch),
    )
    async def post_march(request: Request, id: Id, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewMarch)
        return answered(await office.write(visitor, id, given, await Once.of(request, visitor, idempotency_key)))

    @router.get(
        "/partners/{id}/marches/{march}/file",
        summary="A march of ours, or our receipt of one of theirs, sealed for this partner",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    async def get_march_file(request: Request, id: Id, march: Id, most_signs: Most = None) -> Response:
        """One piece a line. With `most_signs` they are short enough for codes (500) or a radio (1,000)."""
        visitor = await sessions.signed_in(request)
        lines = await office.file(visitor, id, march, most=most_signs)
        headers = {
            "Content-Disposition": f'attachment; filename="lagebild-marsch-{office.origin}.txt"',
            "Cache-Control": "no-store",
        }
        return Response("\n".join(lines) + "\n", media_type=TEXT, headers=headers)

    return router
