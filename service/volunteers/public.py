"""The pages for those who help: what is needed, registering, one's own page, and the meeting point's poster. They work
without script and without cookies."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from limits import RateLimitItemPerMinute
from starlette.responses import RedirectResponse, Response

from alerting.model.job import MeetingPoint
from alerting.store import jobs
from alerting.store.links import Purpose
from geodata.model.clock import Clock
from geodata.store import things
from geodata.store.database import Database
from service.access.limits import Limits
from service.errors import Invalid
from service.pages import forms
from service.pages.door import Door, NoSuchPage, pages
from service.pages.look import Part
from service.volunteers import signup, store
from service.volunteers.codes import Codes
from service.volunteers.own_page import OwnPage
from service.volunteers.routes import qr

SIGN_UP = RateLimitItemPerMinute(60, namespace="volunteers")
"""Registrations from one address: a whole class registers behind one, nobody needs more."""
PROVE = RateLimitItemPerMinute(10, namespace="volunteer-codes")
Token = Annotated[str, Path(max_length=100)]
Code = Annotated[str, Path(max_length=40)]


def routes(
    database: Database, clock: Clock, door: Door, limits: Limits, part: Part, codes: Codes, *, origin: str,
    public_url: str,
) -> APIRouter:  # fmt: skip
    router = APIRouter(route_class=pages(part), include_in_schema=False)
    own = OwnPage(database, origin)

    async def board(
        request: Request, *, status: int = 200, wrong: str = "", given: forms.Form | None = None
    ) -> Response:
        async with database.reading() as connection:
            rosters = await store.rosters(connection, origin)
            sought = await jobs.open_jobs(connection, origin, [row.room for row in rosters])
            places = await jobs.places(connection, sought)
        now = clock.now()
        shown = []
        for id, job in sought.items():
            free = [(slot, places[(id, slot.id)]) for slot in job.slots if slot.ends > now and (id, slot.id) in places]
            open_slots = [(slot, row.wanted - row.taken) for slot, row in free if row.wanted > row.taken]
            if job.public and open_slots:
                shown.append((job, open_slots))
        return part.answer(
            request, "helfen.html", status=status, rosters=rosters, jobs=shown, wrong=wrong, given=given,
            skills=signup.ASKED, tongues=signup.LANGUAGES, tools=signup.TOOLS, k=_code(request.query_params.get("k")),
        )  # fmt: skip

    @router.get("/helfen")
    async def get_board(request: Request) -> Response:
        return await board(request)

    @router.post("/helfen")
    async def post_board(request: Request) -> Response:
        await limits.check(SIGN_UP, request.client.host if request.client else "?")
        form = await forms.sent(request)
        async with database.reading() as connection:
            rosters = {row.id: row for row in await store.rosters(connection, origin)}
        asked = form.one("roster") or next(iter(rosters), "")
        try:
            if asked not in rosters:
                raise Invalid("roster", "roster")
            said = signup.read(form)
        except Invalid as error:
            return await board(request, status=422, wrong=error.field, given=form)
        language = part.language(request).code
        kept = {"unused_days": rosters[asked].body.get("unused_days", 30)}
        token = await signup.register(
            database, codes.seal, rosters[asked], said, language=language, notice=kept, now=clock.now()
        )
        point = _code(form.one("k"))
        return _to(f"/h/{token}" + (f"?k={point}" if point else ""))

    @router.get("/h/{token}")
    async def get_own(request: Request, token: Token) -> Response:
        return await show(request, token)

    async def show(request: Request, token: str, *, status: int = 200, wrong: str = "", said: str = "") -> Response:
        link = await door.link(request, token, Purpose.JOB, Purpose.SELF)
        found = await own.read(link.helper, clock.now())
        if found is None:
            raise NoSuchPage(NoSuchPage.__doc__)
        # Pages know how they are told apart by their address; a code on a screen shows just that.
        mine = f"{public_url.rstrip('/')}/h/{token}"
        return part.answer(
            request, "own.html", status=status, own=found.language, me=found, wrong=wrong, said=said, qr=qr(mine),
            k=_code(request.query_params.get("k")),
        )  # fmt: skip

    @router.post("/h/{token}")
    async def post_own(request: Request, token: Token) -> Response:
        link = await door.link(request, token, Purpose.JOB, Purpose.SELF)
        form = await forms.sent(request)
        now, do = clock.now(), form.one("do")
        if do == "prove":
            await limits.check(PROVE, link.helper)
            proven = await codes.prove(link.helper, form.one("code"), now)
            if proven is None:
                return await show(request, token, status=422, wrong="code")
            return _to(f"/h/{token}" if proven == link.helper else f"/h/{await codes.token(proven, now)}")
        if do == "send":
            await limits.check(PROVE, link.helper)
            async with database.transaction("volunteers") as tx:
                await store.send_again(tx.connection, link.helper, now)
            return _to(f"/h/{token}")
        if do == "forget":
            if form.one("sure") != "yes":
                return await show(request, token, status=422, wrong="sure")
            await own.forget(link.helper, now)
            return part.answer(request, "shared/message.html", what="forgotten", said="")
        refused = await own.act(link.helper, do, form, now)
        if refused is not None:
            return await show(request, token, status=409, wrong=refused.key, said=refused.said)
        return _to(f"/h/{token}")

    @router.get("/k/{code}")
    async def get_point(request: Request, code: Code) -> Response:
        async with database.reading() as connection:
            found = await store.point_of(connection, origin, _code(code))
        if found is None:
            raise NoSuchPage(NoSuchPage.__doc__)
        return part.answer(request, "point.html", point=things.checked(found.body, MeetingPoint))

    return router


def _code(said: str | None) -> str:
    """A meeting point's code as it stands on the poster, or nothing."""
    code = (said or "").strip().upper()
    return code if len(code) == 6 and code.isascii() and code.isalnum() else ""


def _to(path: str) -> Response:
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
