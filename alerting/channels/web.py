"""HTTP to providers: never longer than allowed, never redirected, answers bounded, errors without addresses."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import orjson

from alerting.channels.contract import Outcome, Receipt

MOST_BYTES = 65_536
LONGEST_WAIT = 3600.0


class Unsent(Exception):
    """Whether it arrived is not known; in words for people, without any address."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """None if it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


class Web:
    """One pool of connections per gateway. `timeout`: seconds for all of one request."""

    def __init__(self, name: str, *, timeout: float = 10.0, at_once: int = 20, auth: tuple[str, str] | None = None):
        self.name = name
        self._timeout, self._at_once = timeout, at_once
        known = base64.b64encode(":".join(auth).encode()).decode() if auth else None
        self._headers = {"Authorization": f"Basic {known}"} if known else {}
        self._session: aiohttp.ClientSession | None = None

    async def send(self, url: str, *, method: str = "POST", headers: Mapping[str, str], content: bytes) -> Reply:
        """Raises Unsent."""
        try:
            async with self._opened().request(
                method, url, headers=headers, data=content, allow_redirects=False
            ) as answer:
                body = await answer.content.read(MOST_BYTES + 1)
                while len(body) <= MOST_BYTES and not answer.content.at_eof():
                    body += await answer.content.read(MOST_BYTES + 1 - len(body))
                if len(body) > MOST_BYTES:
                    raise Unsent(f"{self.name} answers with more than {MOST_BYTES} bytes")
                return Reply(answer.status, answer.headers, body)
        except TimeoutError as error:
            raise Unsent(f"{self.name} does not answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unsent(f"{self.name} cannot be reached ({type(error).__name__})") from error

    def _opened(self) -> aiohttp.ClientSession:
        """Made by the first request: before it there may be no loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                connector=aiohttp.TCPConnector(limit=self._at_once),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
                trust_env=False,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


def receipt_of(name: str, reply: Reply) -> Receipt:
    """What a status says when the provider's own words say nothing else."""
    if 200 <= reply.status < 300:
        return Receipt(Outcome.TAKEN)
    said = {401: "does not accept our credentials", 403: "does not accept our credentials", 429: "says: too many"}.get(
        reply.status, "redirects elsewhere" if 300 <= reply.status < 400 else "did not take it"
    )
    return Receipt(Outcome.FAILED, error=f"{name} {said} (HTTP {reply.status})", retry_after=retry_after(reply))


def retry_after(reply: Reply) -> float | None:
    """Seconds, at most an hour."""
    said = reply.headers.get("retry-after", "").strip()
    if not said:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            moment = parsedate_to_datetime(said)
        except ValueError:
            return None
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp()
    return min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else None
