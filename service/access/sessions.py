"""From a request to its visitor: session cookie for browsers, bearer token for programs."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import timedelta

from starlette.requests import HTTPConnection

from geodata.model.fact import PUBLIC
from geodata.store.database import Database, Transaction
from service.access import store
from service.access.cookie import PLAIN, Cookies
from service.access.visitor import NotSignedIn, Visitor

COOKIE = PLAIN
_REMEMBERED = 3.0


class Sessions:
    """Looks sessions up and remembers them for three seconds, so that a revoked one is out within five."""

    def __init__(
        self,
        database: Database,
        *,
        lifetime: timedelta,
        idle: timedelta | None = None,
        public_read: bool = True,
        trusted_origins: Collection[str] = (),
    ) -> None:
        self.database = database
        self.lifetime, self.idle = lifetime, idle
        self.cookies = Cookies(trusted_origins)
        self._stranger = Visitor(rooms=frozenset({PUBLIC}) if public_read else frozenset())
        self._known: dict[str, tuple[float, Visitor]] = {}
        self._forgotten = 0

    async def visitor(self, connection: HTTPConnection) -> Visitor:
        """Raises StoreUnavailable; a wrong or old secret is a stranger, not an error."""
        secret = self.cookies.read(connection) or _bearer(connection)
        if not secret or len(secret) > 200:
            return self._stranger
        now = time.monotonic()
        found = self._known.get(secret)
        if found and now - found[0] < _REMEMBERED:
            return found[1]
        return await self._look_up(secret)

    async def visitor_now(self, connection: HTTPConnection) -> Visitor:
        """As `visitor`, but nothing remembered: for a socket, which lives long."""
        secret = self.cookies.read(connection) or _bearer(connection)
        return await self._look_up(secret) if secret and len(secret) <= 200 else self._stranger

    async def visitors_now(self, session_ids: Collection[str]) -> dict[str, Visitor]:
        """Whoever holds these sessions; a session that is over is missing. Raises StoreUnavailable."""
        return await store.visitors(self.database, session_ids)

    async def _look_up(self, secret: str) -> Visitor:
        began, forgotten = time.monotonic(), self._forgotten
        visitor = await store.visitor_of(self.database, secret) or self._stranger
        if forgotten == self._forgotten:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[secret] = (began, visitor)
        return visitor

    async def signed_in(self, connection: HTTPConnection) -> Visitor:
        """Raises NotSignedIn."""
        visitor = await self.visitor(connection)
        if not visitor.signed_in:
            raise NotSignedIn(NotSignedIn.__doc__)
        return visitor

    async def sign_in(self, secret: str, *, device: str = "") -> str | None:
        return await store.use_link(self.database, secret, self.lifetime, idle=self.idle, device=device)

    async def open(self, tx: Transaction, connection: HTTPConnection, person: str, method: str) -> str:
        """The secret of a new session of somebody who has just proved who he is; the one his browser had is over."""
        before = self.cookies.read(connection)
        if before:
            await store.close_secret(tx, before)
        device = connection.headers.get("user-agent", "")
        return await store.open_session(tx, person, method, self.lifetime, idle=self.idle, device=device)

    async def leave(self, connection: HTTPConnection) -> None:
        """The session this browser had before is over."""
        before = self.cookies.read(connection)
        if before:
            async with self.database.transaction("sign-in") as tx:
                await store.close_secret(tx, before)

    def forget(self) -> None:
        """Rights have changed here: nobody's are remembered."""
        self._known.clear()
        self._forgotten += 1

    async def sign_out(self, connection: HTTPConnection) -> str | None:
        """The id of the session that is closed now, so that its open sockets can be closed too."""
        visitor = await self.visitor(connection)
        if visitor.session_id:
            await store.close_session(self.database, visitor.session_id)
        self.forget()
        return visitor.session_id


def _bearer(connection: HTTPConnection) -> str | None:
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None
