"""Signing in with a link, signing out, and what the page must know before anything else."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from service.access.limits import SIGN_IN, Limits
from service.access.sessions import COOKIE, Sessions
from service.errors import problem
from service.routes.shapes import Done, SessionOut, SettingsOut


def routes(sessions: Sessions, limits: Limits, *, revoke: Callable[[str], object], page: SettingsOut) -> APIRouter:
    """`revoke` closes the open sockets of a session."""
    router = APIRouter(tags=["session"])

    @router.get("/sign-in/{secret}", include_in_schema=False)
    async def sign_in(request: Request, secret: str) -> Response:
        await limits.check(SIGN_IN, request.client.host if request.client else "?")
        session = await sessions.sign_in(secret, device=request.headers.get("user-agent", ""))
        if session is None:
            return problem(
                401, "link-used", "Dieser Anmeldelink ist verbraucht oder abgelaufen. Ein neuer: lagebild link"
            )
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(
            COOKIE,
            session,
            max_age=int(sessions.lifetime.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer

    @router.get("/api/session", summary="Who you are here")
    async def get_session(request: Request) -> SessionOut:
        visitor = await sessions.visitor(request)
        return SessionOut(signed_in=visitor.signed_in, name=visitor.name, rooms=sorted(visitor.rooms))

    @router.post("/api/session/sign-out", summary="End this session and its sockets")
    async def sign_out(request: Request, response: Response) -> Done:
        session_id = await sessions.sign_out(request)
        if session_id:
            revoke(session_id)
        response.delete_cookie(COOKIE)
        return Done(done=session_id is not None)

    @router.get("/api/settings", summary="What the page needs to start")
    async def get_settings() -> SettingsOut:
        return page

    return router
