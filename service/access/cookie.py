"""The session cookie. On https it is `Secure` and carries `__Host-`, so that no neighbour of the domain can set it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

PLAIN = "lagebild_session"
SECURE = f"__Host-{PLAIN}"


class Cookies:
    """`trusted_origins` are the addresses under which browsers reach us through a proxy that ends TLS."""

    def __init__(self, trusted_origins: Collection[str] = ()) -> None:
        parts = [urlsplit(origin) for origin in trusted_origins]
        self._https = {part.netloc.lower() for part in parts if part.scheme == "https"}

    def secure(self, connection: HTTPConnection) -> bool:
        """Whether the browser speaks https with us or with the proxy before us."""
        host = connection.headers.get("host", "").lower()
        return connection.url.scheme in ("https", "wss") or host in self._https

    def read(self, connection: HTTPConnection) -> str | None:
        return connection.cookies.get(SECURE if self.secure(connection) else PLAIN)

    def set(self, connection: HTTPConnection, answer: Response, secret: str, lifetime: timedelta) -> None:
        secure = self.secure(connection)
        answer.set_cookie(
            SECURE if secure else PLAIN,
            secret,
            max_age=int(lifetime.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def clear(self, connection: HTTPConnection, answer: Response) -> None:
        secure = self.secure(connection)
        answer.delete_cookie(SECURE if secure else PLAIN, path="/", httponly=True, samesite="lax", secure=secure)
