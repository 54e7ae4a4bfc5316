"""CAP and GeoJSON for whoever wants to use what we have. The alerts are for everybody who may open the page: releasing
an area is the decision to tell of it. The layers hold what the asker sees in the app."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from lxml import etree

from geodata.model.clock import Clock
from geodata.model.fact import PUBLIC
from geodata.store.database import Database
from service.access.sessions import Sessions
from service.access.visitor import NotSignedIn, Visitor
from service.answers import Problem
from service.errors import NotFound
from service.giving import store
from service.giving.alert import EVENTS, GivenAlert, xml
from service.giving.publisher import Publisher

ATOM = "http://www.w3.org/2005/Atom"
ENDED_SHOWN = timedelta(days=1)
"""How long an all-clear stays in the feed, so that nobody misses it."""


class Layer(StrEnum):
    GAUGES = "gauges"
    WARNINGS = "warnings"
    FEATURES = "features"
    EXTENTS = "extents"
    SITES = "sites"
    SECTORS = "sectors"
    FACILITIES = "facilities"
    ZONES = "zones"


Identifier = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,300}$")]


def routes(
    database: Database, sessions: Sessions, clock: Clock, publisher: Publisher, *, origin: str, title: str
) -> APIRouter:
    router = APIRouter(tags=["open"], responses={404: {"model": Problem}, 503: {"model": Problem}})

    async def allowed(request: Request) -> Visitor:
        visitor = await sessions.visitor(request)
        if PUBLIC not in visitor.rooms:
            raise NotSignedIn("this node shows nothing to strangers; sign in")
        return visitor

    @router.get(
        "/api/open/cap.atom",
        summary="Our own released alerts as an Atom feed of CAP 1.2 messages",
        response_class=Response,
        responses={200: {"content": {"application/atom+xml": {}}}},
    )
    async def get_feed(request: Request) -> Response:
        await allowed(request)
        await publisher.issue()
        alerts = await store.shown(database, clock.now() - ENDED_SHOWN)
        return _tagged(request, _feed(alerts, str(request.base_url), origin, title), "application/atom+xml")

    @router.get(
        "/api/open/cap/{identifier}.xml",
        summary="One message, also one that is over",
        response_class=Response,
        responses={200: {"content": {"application/cap+xml": {}}}},
    )
    async def get_message(request: Request, identifier: Identifier) -> Response:
        await allowed(request)
        alert = await store.one(database, identifier)
        if alert is None:
            raise NotFound(f"no message {identifier}")
        return _tagged(request, xml(alert, sender=origin, sender_name=title), "application/cap+xml")

    @router.get(
        "/api/open/{layer}.geojson",
        summary="A layer of the picture as GeoJSON, with what you may see",
        response_class=Response,
        responses={200: {"content": {"application/geo+json": {}}}},
    )
    async def get_layer(request: Request, layer: Layer) -> Response:
        visitor = await allowed(request)
        found = await store.features(database, visitor.rooms, layer.value)
        body = b'{"type":"FeatureCollection","features":[' + b",".join(found) + b"]}"
        return _tagged(request, body, "application/geo+json")

    @router.get(
        "/api/ogc", summary="To the start of OGC API Features", status_code=307, response_class=RedirectResponse
    )
    async def get_features() -> RedirectResponse:
        return RedirectResponse("/api/ogc/")

    return router


def _tagged(request: Request, body: bytes, media_type: str) -> Response:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie, Authorization"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _feed(alerts: list[GivenAlert], base: str, origin: str, title: str) -> bytes:
    root: Any = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]  # the stubs lack None

    def put(parent: Any, tag: str, value: str | None = None, **attributes: str) -> Any:
        child = etree.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
        child.text = value
        return child

    put(root, "id", f"{base}api/open/cap.atom")
    put(root, "title", f"{title}: Warnungen und Hinweise")
    newest = max((alert.sent for alert in alerts), default=None)
    put(root, "updated", newest.isoformat(timespec="seconds") if newest else "1970-01-01T00:00:00+00:00")
    put(put(root, "author"), "name", title)
    put(root, "link", rel="self", href=f"{base}api/open/cap.atom")
    for alert in alerts:
        entry = put(root, "entry")
        put(entry, "id", f"urn:lagebild:{alert.identifier}")
        event = EVENTS["de-DE"][alert.content["type"]]
        ended = "Entwarnung: " if alert.msg_type == "Cancel" else ""
        put(entry, "title", f"{ended}{event}: {alert.content['name']}")
        put(entry, "updated", alert.sent.isoformat(timespec="seconds"))
        put(entry, "summary", alert.content.get("reason", alert.content["name"]))
        put(
            entry,
            "link",
            rel="alternate",
            type="application/cap+xml",
            href=f"{base}api/open/cap/{alert.identifier}.xml",
        )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
