"""Agreements over HTTP: what leaves to whom, what we receive, and what a partner would see."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from geodata.store.database import Database
from service.access.sessions import Sessions
from service.bodies import Id, Key, Once, answer, answered, body_of, decoded
from service.federation.sharing import sent, store
from service.federation.sharing.agreements import Agreements
from service.federation.sharing.kinds import EXACT, KINDS
from service.federation.sharing.redaction import always
from service.federation.sharing.templates import TEMPLATES
from service.federation.sharing.told import ToldAs, shown

BODIES = sent.BODIES
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "You may not share this room on"},
    404: {"description": "There is no such agreement, partner or room, or you may not see it"},
    409: {"description": "It has ended"},
    422: {"description": "A field is not valid"},
}
KNOWN = {
    kind: {
        "usual": list(leaving.usual),
        "always": sorted(always(kind)),
        "more": [*leaving.more, *((EXACT,) if leaving.coarse else ())],
        "named": leaving.named,
    }
    for kind, leaving in KINDS.items()
}


def routes(database: Database, sessions: Sessions, agreements: Agreements, told_as: ToldAs) -> APIRouter:
    router = APIRouter(prefix="/api/shares", tags=["federation"], responses=PROBLEMS)

    @router.get("", summary="What leaves to partners, what comes from them, and what may leave at all")
    async def get_shares(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        async with database.reading() as connection:
            rows = await store.listed(connection, visitor.rooms, origin=agreements.origin)
            received = await store.received(connection)
        given = [shown(row, share, told_as, mine=visitor.admin or share.room in visitor.share) for row, share in rows]
        return answer({"shares": given, "received": received, "kinds": KNOWN, "templates": TEMPLATES})

    @router.post("", status_code=201, summary="Draft an agreement", openapi_extra=body_of(sent.NewShare))
    async def post_share(request: Request, idempotency_key: Key = None) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.NewShare)
        return answered(await agreements.draft(visitor, given, await Once.of(request, visitor, idempotency_key)))

    @router.post("/preview", summary="Exactly what the partner would see now", openapi_extra=body_of(sent.SharePreview))
    async def post_share_preview(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await agreements.preview(visitor, await decoded(request, sent.SharePreview)))

    @router.patch("/{id}", summary="Change an agreement", openapi_extra=body_of(sent.ShareEdit))
    async def patch_share(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        return answer(await agreements.change(visitor, id, await decoded(request, sent.ShareEdit)))

    @router.post("/{id}/activate", summary="Let it leave from now on")
    async def post_share_activate(request: Request, id: Id) -> Response:
        return answer(await agreements.activate(await sessions.signed_in(request), id))

    @router.post("/{id}/end", summary="End an agreement: withdrawn there", openapi_extra=body_of(sent.ShareEnd))
    async def post_share_end(request: Request, id: Id) -> Response:
        visitor = await sessions.signed_in(request)
        given = await decoded(request, sent.ShareEnd)
        return answer(await agreements.end(visitor, id, given.reason))

    return router
