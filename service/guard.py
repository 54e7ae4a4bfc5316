"""What every answer carries and every changing request must show, as plain ASGI so that it costs nothing."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import problem

SAFE = {"GET", "HEAD", "OPTIONS"}


def content_security_policy(tile_hosts: Collection[str] = ()) -> str:
    """Nothing from elsewhere but the configured basemap; MapLibre's worker is ours, its canvas needs data and blob."""
    elsewhere = "".join(f" {host}" for host in sorted(tile_hosts))
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "worker-src 'self' blob:",
            "style-src 'self'",
            f"img-src 'self' data: blob:{elsewhere}",
            f"connect-src 'self'{elsewhere}",
            "font-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Guard:
    """Security headers on every answer; a request that changes something must come from our own pages.

    Programs send no Origin and no cookie; browsers send Origin with every changing request.
    """

    def __init__(self, app: ASGIApp, *, trusted_origins: Collection[str], policy: str) -> None:
        self.app = app
        self.trusted = set(trusted_origins)
        self.headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Permissions-Policy": "camera=(self), microphone=(), payment=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if scope["method"] not in SAFE and not self._ours(Headers(scope=scope), scope["path"]):
            answer = problem(403, "foreign-origin", "This request comes from a page that is not ours.", "Origin")
            return await answer(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)

    def _ours(self, headers: Headers, path: str) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return "cookie" not in headers or headers.get("sec-fetch-site") in (None, "same-origin", "none")
        if origin == "null":  # what browsers say on pages with `Referrer-Policy: no-referrer`, such as those for phones
            site = headers.get("sec-fetch-site")
            behind_a_link = site is None and "cookie" not in headers and not path.startswith("/api/")
            return site == "same-origin" or behind_a_link
        return origin in self.trusted or urlsplit(origin).netloc == headers.get("host")
