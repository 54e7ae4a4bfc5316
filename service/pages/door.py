"""Who comes by a link. A wrong one is refused by its signature, without the database; all refused ones look alike."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from limits import RateLimitItemPerMinute
from starlette.responses import Response

from alerting.store import links
from alerting.store.links import Link, Purpose
from alerting.store.sealing import Seal
from geodata.model.clock import Clock
from geodata.store.database import Database, StoreUnavailable
from service.access.limits import Limits, TooOften
from service.errors import Invalid
from service.pages.look import Part

WRONG = RateLimitItemPerMinute(30, namespace="links")
"""Only wrong ones count: behind one address of a mobile network thousands come by right ones."""


class NoSuchPage(Exception):
    """No link of ours, or not any more: which, nobody is told."""


class Door:
    def __init__(self, database: Database, seal: Seal, limits: Limits, clock: Clock) -> None:
        self.database, self.seal, self.limits, self.clock = database, seal, limits, clock

    async def link(self, request: Request, token: str, *purposes: Purpose) -> Link:
        """Whose link this is. Raises NoSuchPage, TooOften, StoreUnavailable."""
        if links.signed(self.seal, token) is not None:
            async with self.database.reading() as connection:
                found = await links.find(connection, self.seal, token, now=self.clock.now())
            if found is not None and found.purpose in purposes:
                return found
        await self.limits.check(WRONG, request.client.host if request.client else "?")
        raise NoSuchPage(NoSuchPage.__doc__)


def pages(part: Part) -> type[APIRoute]:
    """Routes whose refusals are pages too: for `APIRouter(route_class=…)`."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            inner = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await inner(request)
                except NoSuchPage:
                    return _message(request, "not_found", 404)
                except TooOften:
                    return _message(request, "too_often", 429, {"Retry-After": "60"})
                except StoreUnavailable:
                    return _message(request, "away", 503, {"Retry-After": "2"})
                except Invalid as error:
                    if request.headers.get("content-type", "").startswith("application/json"):
                        raise  # a script asks, no person reads: the usual problem answers
                    return _message(request, "bad", 422, said=str(error))

            return handle

    def _message(
        request: Request, what: str, status: int, headers: dict[str, str] | None = None, said: str = ""
    ) -> Response:
        # The address is left out of it: links there lead nowhere, and errors never repeat what was asked for.
        html = part.html("shared/message.html", part.language(request), what=what, said=said)
        return part.sent(request, html, status=status, headers=headers)

    return PageRoute
