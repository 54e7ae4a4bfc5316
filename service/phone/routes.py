"""Pages behind links, over HTTP: `/a/` one alarm, `/me/` one's own, `/da/` the sign at a meeting point."""

from __future__ import annotations

import io
import re
from pathlib import Path

import orjson
import segno
from fastapi import APIRouter, Request
from starlette.responses import Response

from alerting.channels.switchboard import Switchboard
from alerting.store.links import Purpose
from geodata.model.clock import Clock
from service.pages.door import Door, NoSuchPage, pages
from service.pages.look import Look, private
from service.phone.alarm_page import AlarmPage
from service.phone.own.page import OwnPage
from service.phone.push import subscribe

HERE = Path(__file__).parent
_CODE = re.compile(r"[A-Za-z0-9-]{3,12}")


def routes(
    look: Look, door: Door, switchboard: Switchboard, clock: Clock, *, origin: str, public_url: str, vapid: str
) -> APIRouter:
    """`vapid`: the public key by which browsers subscribe to our pushes."""
    part = look.part(HERE)
    router = APIRouter(route_class=pages(part), include_in_schema=False)
    alarm_page = AlarmPage(door, part, clock, origin=origin)
    own_page = OwnPage(door, part, clock, switchboard, origin=origin, public_url=public_url, vapid=vapid)

    @router.api_route("/a/{token}", methods=["GET", "HEAD"])
    async def get_alarm(request: Request, token: str) -> Response:
        return await alarm_page.show(request, token)

    @router.post("/a/{token}")
    async def post_alarm(request: Request, token: str) -> Response:
        return await alarm_page.act(request, token)

    @router.post("/a/{token}/push")
    async def post_alarm_push(request: Request, token: str) -> Response:
        return await subscribe(request, door, await door.link(request, token, Purpose.ALARM), clock.now())

    @router.api_route("/me/{token}", methods=["GET", "HEAD"])
    async def get_own(request: Request, token: str) -> Response:
        return await own_page.show(request, token)

    @router.post("/me/{token}")
    async def post_own(request: Request, token: str) -> Response:
        return await own_page.change(request, token)

    @router.post("/me/{token}/push")
    async def post_own_push(request: Request, token: str) -> Response:
        return await subscribe(request, door, await door.link(request, token, Purpose.SELF), clock.now())

    @router.get("/me/{token}/export")
    async def get_export(request: Request, token: str) -> Response:
        return await own_page.export(request, token)

    @router.get("/me/{token}/erase")
    async def get_erase(request: Request, token: str) -> Response:
        return await own_page.leave(request, token)

    @router.post("/me/{token}/erase")
    async def post_erase(request: Request, token: str) -> Response:
        return await own_page.leave(request, token)

    @router.get("/me/{token}/app.webmanifest")
    async def get_manifest(request: Request, token: str) -> Response:
        await door.link(request, token, Purpose.SELF)
        return private(request, manifest(look, token), "application/manifest+json")

    @router.get("/da/{code}")
    async def get_sign(request: Request, code: str) -> Response:
        """The same for every code, true or not: it tells nothing. The phone knows its own alarms."""
        return part.answer(request, "arrive.html", code=_checked(code))

    @router.get("/da/{code}/qr.svg")
    async def get_qr(request: Request, code: str) -> Response:
        drawn = io.BytesIO()
        where = f"{public_url.rstrip('/')}/da/{_checked(code)}"
        segno.make(where, error="m", micro=False).save(drawn, kind="svg", scale=8, border=4, light="#fff")
        return private(request, drawn.getvalue(), "image/svg+xml")

    @router.get("/da/{code}/sign")
    async def get_poster(request: Request, code: str) -> Response:
        """To be printed and put up where people arrive."""
        return part.answer(request, "sign.html", code=_checked(code))

    @router.get("/phone-worker.js")
    async def get_worker(request: Request) -> Response:
        script = (HERE / "worker.js").read_bytes()
        return Response(script, headers={"Cache-Control": "no-cache"}, media_type="text/javascript; charset=utf-8")

    return router


def _checked(code: str) -> str:
    if not _CODE.fullmatch(code):
        raise NoSuchPage(NoSuchPage.__doc__)
    return code.upper()


def manifest(look: Look, token: str) -> bytes:
    """One's own page as an application on the home screen."""
    icons = [{"src": f"/favicon{'' if look.mode == 'ACTUAL' else '-exercise'}.svg", "sizes": "any", "purpose": "any"}]
    return orjson.dumps(
        {
            "id": "/me/",
            "name": look.title,
            "short_name": look.title[:12],
            "start_url": f"/me/{token}",
            "scope": "/",
            "display": "standalone",
            "background_color": "#12161c",
            "theme_color": "#12161c",
            "icons": [{**icon, "type": "image/svg+xml"} for icon in icons],
        }
    )
