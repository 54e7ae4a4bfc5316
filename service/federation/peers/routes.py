"""Partners over HTTP. Who is signed in sees how they stand; who may say who is in a room (ROOMS: administrators,
Leitung, LDS, KGS) makes and keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import segno
from fastapi import APIRouter, Request, Response

from geodata.model.clock import Clock
from geodata.store.database import Database
from service.access.audit.store import note
from service.access.rights import Right
from service.access.sessions import Sessions
from service.access.visitor import Visitor
from service.answers import Done
from service.bodies import Id, answer, body_of, decoded
from service.errors import Invalid
from service.federation.identity.document import Myself
from service.federation.identity.words import own_words
from service.federation.peers import rotation, sent, shapes, store
from service.federation.peers.handshake import Handshake, words_with
from service.federation.peers.invitation import BadInvitation
from service.federation.peers.keeping import Keeping
from service.federation.peers.peer import Peer, Things
from service.federation.peers.reaching import Reaching
from service.federation.peers.rotation import Announcer
from service.federation.peers.standing import store as standing

PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in"},
    403: {"description": "Your function does not allow this"},
    404: {"description": "There is no such partner or invitation"},
    409: {"description": "It cannot go from its state to that one"},
    422: {"description": "A field is not valid"},
    502: {"description": "The other node does not answer"},
}
BODIES = sent.BODIES


class Leaving(Protocol):
    """Revoking, and dropping afterwards what was kept (`procedures.leaving`)."""

    async def revoke(self, visitor: Visitor, id: str, reason: str, things: Things | None) -> Peer: ...

    async def drop(self, visitor: Visitor, id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Partners:
    """All that the routes need. `greet`: how often a partner hears from us, and we from it."""

    database: Database
    myself: Myself
    handshake: Handshake
    keeping: Keeping
    leaving: Leaving
    announcer: Announcer
    reaching: Reaching
    clock: Clock
    greet: timedelta

    @property
    def silent_after(self) -> timedelta:
        """Three greetings missed, and no pause of a back-off."""
        return max(3 * self.greet, timedelta(seconds=90))

    def knows_key(self, id: str) -> bool:
        return len(self.myself.keys.signing) < 2 or self.announcer.knows(id)


def routes(partners: Partners, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/api/partners", tags=["federation"], responses=PROBLEMS)
    _seen(router, partners, sessions)
    _invited(router, partners, sessions)
    _kept(router, partners, sessions)
    return router


async def _may(sessions: Sessions, request: Request) -> Visitor:
    visitor = await sessions.signed_in(request)
    visitor.needs(Right.ROOMS)
    return visitor


def _seen(router: APIRouter, partners: Partners, sessions: Sessions) -> None:
    @router.get("", summary="Our partners and how they stand", response_model=shapes.PartnersOut)
    async def get_partners(request: Request) -> Response:
        visitor = await sessions.signed_in(request)
        async with partners.database.reading() as connection:
            found = await standing.everyone(connection, partners.myself.origin)
        told = {
            "now": partners.clock.now(),
            "silent_after": partners.silent_after.total_seconds(),
            "own": _own(partners.myself, visitor.may(Right.ROOMS)),
            "partners": [{**_listed(row), **_here(partners, row["id"])} for row in found],
        }
        return answer(told)

    @router.get("/invitations", summary="Invitations that still count", response_model=shapes.InvitationsOut)
    async def get_invitations(request: Request) -> Response:
        await _may(sessions, request)
        async with partners.database.reading() as connection:
            found = await store.invitations(connection, partners.clock.now())
        return answer({"invitations": [{key: row[key] for key in shapes.InvitationOut.model_fields} for row in found]})

    @router.get("/{id}", summary="A partner, its keys and the common words", response_model=shapes.PartnerDetailOut)
    async def get_partner(request: Request, id: Id) -> Response:
        await sessions.signed_in(request)
        return answer(await _told(partners, id))


def _invited(router: APIRouter, partners: Partners, sessions: Sessions) -> None:
    @router.post(
        "/invitations", status_code=201, summary="Invite a partner", response_model=shapes.InvitedOut,
        openapi_extra=body_of(sent.NewInvitation),
    )  # fmt: skip
    async def post_invitation(request: Request) -> Response:
        visitor = await _may(sessions, request)
        given = await decoded(request, sent.NewInvitation)
        lasts = timedelta(hours=given.hours)
        id, made, expires = await partners.handshake.invite(visitor, given.name.strip(), lasts)
        text = made.text()
        dark = ["".join("1" if dot else "0" for dot in row) for row in segno.make(text, micro=False, error="m").matrix]
        words = _words(partners.myself)
        return answer({"id": id, "text": text, "qr": dark, "expires_at": expires, "words": words}, 201)

    @router.delete("/invitations/{id}", summary="Take an invitation back", response_model=Done)
    async def delete_invitation(request: Request, id: Id) -> Response:
        visitor = await _may(sessions, request)
        async with partners.database.transaction(visitor.actor) as tx:
            await store.take_back(tx, id)
            await note(tx.connection, visitor, "partner.uninvite", f"invitation:{id}")
        return answer({"done": True})

    @router.post(
        "/accept", status_code=201, summary="Accept the invitation of another node",
        response_model=shapes.PartnerDetailOut, openapi_extra=body_of(sent.InvitationText),
    )  # fmt: skip
    async def post_accept(request: Request) -> Response:
        visitor = await _may(sessions, request)
        given = await decoded(request, sent.InvitationText)
        try:
            id = await partners.handshake.accept(visitor, given.invitation)
        except BadInvitation as error:
            raise Invalid(error.field, str(error)) from error
        return answer(await _told(partners, id), 201)


def _kept(router: APIRouter, partners: Partners, sessions: Sessions) -> None:
    detail: dict[str, Any] = {"response_model": shapes.PartnerDetailOut}

    @router.post(
        "/rotate-key",
        summary="New keys to sign with and to seal for us with; partners are told",
        response_model=shapes.NewKeyOut,
    )
    async def post_rotate_key(request: Request) -> Response:
        visitor = await _may(sessions, request)
        new = await rotation.rotate(partners.database, partners.myself.keys, visitor)
        return answer({"kid": new.kid, "words": _words(partners.myself)})

    @router.patch("/{id}", summary="Say more of a partner", openapi_extra=body_of(sent.PartnerEdit), **detail)
    async def patch_partner(request: Request, id: Id) -> Response:
        visitor = await _may(sessions, request)
        await partners.keeping.edit(visitor, id, await decoded(request, sent.PartnerEdit))
        return answer(await _told(partners, id))

    @router.post(
        "/{id}/compare", summary="Both sides read the same words", openapi_extra=body_of(sent.WordsCompared), **detail
    )
    async def post_compare(request: Request, id: Id) -> Response:
        visitor = await _may(sessions, request)
        await partners.handshake.compare(visitor, id, (await decoded(request, sent.WordsCompared)).words)
        return answer(await _told(partners, id))

    @router.post("/{id}/suspend", summary="Let it rest for a while", openapi_extra=body_of(sent.WithReason), **detail)
    async def post_suspend(request: Request, id: Id) -> Response:
        visitor = await _may(sessions, request)
        await partners.keeping.suspend(visitor, id, (await decoded(request, sent.WithReason)).reason)
        return answer(await _told(partners, id))

    @router.post("/{id}/resume", summary="Take up again what was suspended", **detail)
    async def post_resume(request: Request, id: Id) -> Response:
        visitor = await _may(sessions, request)
        await partners.keeping.resume(visitor, id)
        return answer(await _told(partners, id))

    @router.post("/{id}/revoke", summary="End it for good", openapi_extra=body_of(sent.PartnerEnd), **detail)
    async def post_revoke(request: Request, id: Id) -> Response:
        visitor = await _may(sessions, request)
        given = await decoded(request, sent.PartnerEnd)
        await partners.leaving.revoke(visitor, id, given.reason, given.things)
        return answer(await _told(partners, id))

    @router.post("/{id}/drop", summary="Drop what was kept of a revoked partner", **detail)
    async def post_drop(request: Request, id: Id) -> Response:
        visitor = await _may(sessions, request)
        await partners.leaving.drop(visitor, id)
        return answer(await _told(partners, id))


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "software"}


async def _told(partners: Partners, id: str) -> dict[str, Any]:
    async with partners.database.reading() as connection:
        row = await standing.one(connection, id, partners.myself.origin)
        peer = await store.one(connection, id)
    return {
        **row,
        **_here(partners, id),
        "words": words_with(partners.myself, peer),
        "keys": [{"kid": key.kid, "since": key.since, "until": key.until} for key in peer.keys],
    }


def _here(partners: Partners, id: str) -> dict[str, Any]:
    return {"knows_key": partners.knows_key(id), "reached_at": partners.reaching.at(id)}


def _words(myself: Myself) -> list[str]:
    return own_words(myself.keys.current.x, myself.keys.seal_x)


def _own(myself: Myself, allowed: bool) -> dict[str, Any]:
    return {
        "origin": myself.origin, "name": myself.name, "level": myself.level.value, "ars": myself.ars or None,
        "mode": myself.mode, "url": myself.url, "addresses": list(myself.addresses), "kid": myself.keys.current.kid,
        "words": _words(myself), "allowed": allowed,
    }  # fmt: skip
