"""Signing in with link, password or passkey, signing out, and who one is here."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.access import store as access
from service.access.limits import SIGN_IN
from service.access.rights import Right
from service.access.visitor import NotSignedIn, Visitor
from service.accounts import passkeys, passwords, shapes, store
from service.accounts.office import PER_ADDRESS, PER_LOGIN, Office
from service.accounts.proofs import store as proofs
from service.answers import Done, Problem
from service.errors import problem

log = structlog.get_logger()
_WRONG = "Login or password is wrong."


def routes(office: Office) -> APIRouter:
    problems = {status: {"model": Problem} for status in (401, 422, 429)}
    router = APIRouter(tags=["session"], responses=problems)  # type: ignore[arg-type]

    @router.get("/sign-in/{secret}", include_in_schema=False)
    async def by_link(request: Request, secret: str) -> Response:
        await office.limit(request, SIGN_IN)
        session = await office.sessions.sign_in(secret[:200], device=request.headers.get("user-agent", ""))
        if session is None:
            return problem(
                401, "link-used", "Dieser Anmeldelink ist verbraucht oder abgelaufen. Ein neuer: lagebild link"
            )
        answer = RedirectResponse("/", status_code=303)
        await office.sessions.leave(request)
        await office.opened(request, answer, session)
        return answer

    @router.post("/api/session/sign-in", summary="Sign in with login and password")
    async def by_password(request: Request, response: Response, given: shapes.SignIn) -> shapes.SessionOut:
        await office.limit(request, PER_ADDRESS)
        login = given.login.strip().lower()
        await office.limit(request, PER_LOGIN, login)
        person, active, kept = await proofs.password_of(office.database, login) or (None, False, None)
        fits, newer = await passwords.verify(given.password, kept)
        if not fits or not active or person is None:
            log.warning("sign-in refused", method="password", address=request.client and request.client.host)
            raise NotSignedIn(_WRONG)
        async with office.database.transaction("sign-in") as tx:
            row = await store.held(tx, person)
            if row is None or not row.active or await proofs.hash_of(tx.connection, person) != kept:
                raise NotSignedIn(_WRONG)
            if newer:
                await proofs.set_password(tx, person, newer)
            secret = await office.open(tx, request, person, "password")
        return await _signed_in(request, response, secret)

    @router.post("/api/session/passkey/begin", summary="Begin to sign in with a passkey")
    async def passkey_begin(request: Request) -> shapes.CeremonyOut:
        await office.limit(request, PER_ADDRESS)
        return shapes.CeremonyOut(**await passkeys.begin_sign_in(office.database, request))

    @router.post("/api/session/passkey/finish", summary="Sign in with a passkey")
    async def passkey_finish(request: Request, response: Response, given: shapes.Assertion) -> shapes.SessionOut:
        await office.limit(request, PER_ADDRESS)
        challenge = await passkeys.challenge_of(office.database, passkeys.SIGN_IN, given.ceremony)
        async with office.database.transaction("sign-in") as tx:
            person = await passkeys.finish_sign_in(tx, request, challenge, given.credential)
            secret = await office.open(tx, request, person, "passkey")
        return await _signed_in(request, response, secret)

    @router.get("/api/session", summary="Who you are here")
    async def get_session(request: Request) -> shapes.SessionOut:
        return await _described(await office.sessions.visitor(request))

    @router.post("/api/session/sign-out", summary="End this session and its sockets")
    async def sign_out(request: Request, response: Response) -> Done:
        session_id = await office.sessions.sign_out(request)
        if session_id:
            await office.rights_changed()
        office.sessions.cookies.clear(request, response)
        return Done(done=session_id is not None)

    async def _signed_in(request: Request, response: Response, secret: str) -> shapes.SessionOut:
        await office.opened(request, response, secret)
        visitor = await access.visitor_of(office.database, secret)
        if visitor is None:
            raise NotSignedIn(_WRONG)
        return await _described(visitor)

    async def _described(visitor: Visitor) -> shapes.SessionOut:
        organisations, rooms = await store.shown(office.database, visitor.organisations, visitor.rooms)
        return shapes.SessionOut(
            signed_in=visitor.signed_in,
            person=visitor.person,
            name=visitor.name,
            admin=visitor.admin,
            purpose=visitor.purpose,
            organisations=organisations,
            duties=[
                shapes.DutyHeld(
                    staff=duty.staff, incident=duty.incident, model=duty.model, function=duty.function,
                    room=duty.room, deputy=duty.deputy,
                )
                for duty in visitor.duties
            ],
            rooms=[
                shapes.RoomSeen(**room, write=room["id"] in visitor.write, share=room["id"] in visitor.share)
                for room in rooms
            ],
            rights=[right for right in Right if visitor.signed_in and visitor.may(right)],
        )  # fmt: skip

    return router
