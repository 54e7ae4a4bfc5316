"""The address book over HTTP, for those who make and keep partners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from service.access.rights import Right
from service.access.sessions import Sessions
from service.access.visitor import Visitor
from service.answers import Shape
from service.bodies import answer, body_of
from service.federation.peers.address_book import AddressBook, AddressBooks

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "Your function does not allow this"},
    422: {"description": "It is no address book, was changed, or was not signed by a partner"},
}


class AddressesOut(Shape):
    """`outcome`: ADDS, KNOWN, OURS, NOT_ACTIVE, OTHER_KEY (another key than the pinned one) or NO_PARTNER. `new` are
    added; `closed` are those that `federation.networks` does not let us call."""

    origin: str
    name: str
    level: str
    ars: str | None
    kid: str
    outcome: str
    addresses: list[str]
    new: list[str]
    closed: list[str]


class AddressBookOut(Shape):
    """`written_by`: the origin that has signed it."""

    written_by: str
    at: datetime
    entries: list[AddressesOut]


def routes(books: AddressBooks, sessions: Sessions) -> APIRouter:
    """Before the routes of one partner: `addresses` is no id."""
    router = APIRouter(prefix="/api/partners/addresses", tags=["federation"], responses=PROBLEMS)
    given: dict[str, Any] = {"response_model": AddressBookOut, "openapi_extra": body_of(AddressBook)}

    @router.get(
        "",
        summary="Address book of all active partners, signed, as a file",
        response_class=Response,
        responses={200: {"content": {"application/json": {}}}},
    )
    async def get_addresses(request: Request) -> Response:
        visitor = await _may(request)
        name = f"lagebild-addresses-{books.myself.origin}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(await books.write(visitor), media_type="application/json", headers=headers)

    @router.post("/preview", summary="What an address book would add", **given)
    async def post_addresses_preview(request: Request) -> Response:
        await _may(request)
        return answer(await books.look(await request.body()))

    @router.post("", summary="Add the addresses of a book to partners that we have", **given)
    async def post_addresses(request: Request) -> Response:
        visitor = await _may(request)
        return answer(await books.read(visitor, await request.body()))

    async def _may(request: Request) -> Visitor:
        visitor = await sessions.signed_in(request)
        visitor.needs(Right.ROOMS)
        return visitor

    return router
