"""The one HTTP client. A feed is given a `Visit`; what it fetched is remembered only once the visit was accepted.

A validator (ETag, Last-Modified) turns the next answer into "unchanged". Were it remembered at once, one garbled or
undelivered answer would look fine for ever after; so the runner accepts a visit after its facts are stored, and a
visit that is not accepted leaves no trace: the next one asks with the validators of the last accepted answer.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from feeds.contract import Answer, Garbled, Keeper, Refused, Unreachable

CONNECT = 5.0
DEADLINE = 30.0
"""Seconds for a whole answer, redirects included: a source that drips bytes is as silent as one that says nothing."""

_MAX_HOPS = 4
_MAX_REMEMBERED = 2_000
_OURSELVES = ("all://localhost", "all://127.0.0.1", "all://[::1]")
_PORTS = {"http": 80, "https": 443}


class Client:
    """Holds connections and the validators of accepted answers. Build one per process, close it with `aclose`."""

    def __init__(
        self,
        *,
        user_agent: str = "Lagebild/0.1 (operational picture of a municipality)",
        connect: float = CONNECT,
        deadline: float = DEADLINE,
        transport: httpx.AsyncBaseTransport | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        self.deadline, self.keeper = deadline, keeper
        self._http = httpx.AsyncClient(
            # only what is decoded under a limit below
            headers={"User-Agent": user_agent, "Accept-Encoding": "gzip, deflate"},
            timeout=httpx.Timeout(deadline, connect=connect),
            limits=httpx.Limits(max_connections=20, max_keepalive_connections=10),
            follow_redirects=False,
            mounts=dict.fromkeys(_OURSELVES),  # a proxy of the network cannot reach this machine's own simulator
            transport=transport,
        )
        self._validators: OrderedDict[str, dict[str, str]] = OrderedDict()

    def visit(self, feed: str = "", secrets: tuple[str, ...] = ()) -> Visit:
        """For one look of the feed; `secrets` are never handed to the keeper with an address."""
        return Visit(self, feed, secrets)

    def validators(self, url: str) -> dict[str, str]:
        return self._validators.get(url, {})

    def remember(self, validators: dict[str, dict[str, str]]) -> None:
        for url, headers in validators.items():
            self._validators.pop(url, None)
            if headers:
                self._validators[url] = headers
        while len(self._validators) > _MAX_REMEMBERED:
            self._validators.popitem(last=False)

    def forget(self) -> None:
        """Ask for everything anew: what is in the picture is no longer what the sources last said."""
        self._validators.clear()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def fetch(
        self, url: str, validators: dict[str, str], max_bytes: int, headers: Mapping[str, str] | None = None
    ) -> tuple[Answer, dict[str, str]]:
        """One answer and its validators, with redirects inside the same host only. Raises FeedError."""
        try:
            async with asyncio.timeout(self.deadline):
                return await self._follow(url, validators, max_bytes, headers or {})
        except TimeoutError as error:
            raise Unreachable(f"no whole answer within {self.deadline:g} s") from error
        except httpx.ConnectTimeout as error:
            raise Unreachable("no connection in time") from error
        except httpx.TimeoutException as error:
            raise Unreachable("no answer in time") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Unreachable(f"not a http or https address: {url[:200]}") from error
        except httpx.HTTPError as error:
            raise Unreachable(str(error) or type(error).__name__) from error

    async def _follow(
        self, url: str, validators: dict[str, str], max_bytes: int, headers: Mapping[str, str]
    ) -> tuple[Answer, dict[str, str]]:
        here = httpx.URL(url)
        for _ in range(_MAX_HOPS):
            if here.scheme not in _PORTS or not here.host:
                raise Unreachable(f"not a http or https address: {str(here)[:200]}")
            async with self._http.stream("GET", here, headers={**headers, **validators}) as response:
                if response.has_redirect_location:
                    here = _next(here, response)
                    continue
                return await _answer(response, bool(validators), max_bytes)
        raise Garbled(f"more than {_MAX_HOPS - 1} redirects")


class Visit:
    """The `Http` of one poll. `accept` once its facts are stored; otherwise let it go."""

    def __init__(self, client: Client, feed: str = "", secrets: tuple[str, ...] = ()) -> None:
        self._client, self._feed, self._secrets = client, feed, secrets
        self._seen: dict[str, dict[str, str]] = {}

    async def get(
        self,
        url: str,
        *,
        conditional: bool = True,
        max_bytes: int = 32_000_000,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Raises Unreachable, Refused, Garbled (too large)."""
        known = self._client.validators(url) if conditional else {}
        answer, validators = await self._client.fetch(url, known, max_bytes, headers)
        if conditional and not answer.unchanged:
            self._seen[url] = validators
        if self._client.keeper is not None and not answer.unchanged:
            self._client.keeper.keep(self._feed, replace(answer, url=self._shown(answer.url)))
        return answer

    def _shown(self, url: str) -> str:
        for secret in self._secrets:
            url = url.replace(secret, "…")
        return url

    def accept(self) -> None:
        """The answers of this visit were understood and their facts stored: remember them."""
        self._client.remember(self._seen)
        self._seen = {}


def _next(here: httpx.URL, response: httpx.Response) -> httpx.URL:
    there = here.join(response.headers.get("location", ""))
    same_place = there.host == here.host and _port(there) == _port(here) and there.scheme == here.scheme
    secured = there.host == here.host and (here.scheme, there.scheme) == ("http", "https") and not there.port
    if not (same_place or secured):
        raise Garbled(f"redirect to another place: {str(there)[:200]}")
    return there


def _port(url: httpx.URL) -> int | None:
    return url.port or _PORTS.get(url.scheme)


async def _answer(response: httpx.Response, conditional: bool, max_bytes: int) -> tuple[Answer, dict[str, str]]:
    url, status = str(response.url), response.status_code
    if status == httpx.codes.NOT_MODIFIED:
        if not conditional:
            raise Garbled("HTTP 304 to a question without validators")
        return Answer(url, status, b"", unchanged=True, date=_date(response), age=_age(response)), {}
    if not response.is_success:
        raise Refused(status, _retry_after(response), response.reason_phrase)
    body = await _body(response, max_bytes)
    pairs = (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
    validators = {ask: response.headers[name] for ask, name in pairs if response.headers.get(name)}
    content_type = response.headers.get("content-type", "")
    return Answer(url, status, body, content_type, date=_date(response), age=_age(response)), validators


async def _body(response: httpx.Response, max_bytes: int) -> bytes:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        pieces = response.aiter_raw(65_536)
    elif encoding in ("gzip", "x-gzip", "deflate"):
        pieces = _inflated(response.aiter_raw(65_536), max_bytes)
    else:
        raise Garbled(f"content encoding {encoding[:20]!r} was not asked for")
    body = bytearray()
    try:
        async for piece in pieces:
            body += piece
            if len(body) > max_bytes:
                raise Garbled(f"more than {max_bytes} bytes")
    except (httpx.RemoteProtocolError, httpx.DecodingError, zlib.error) as error:
        raise Garbled(f"the answer broke off or is damaged: {error}") from error
    return bytes(body)


async def _inflated(pieces: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    """Decompressed in bounded steps: a few kilobytes may say "a thousand times zero" a million times."""
    machine = zlib.decompressobj(wbits=47)
    started = False
    async for piece in pieces:
        while piece:
            started = True
            yield machine.decompress(piece, min(max_bytes + 1, 1_048_576))
            piece = machine.unconsumed_tail
            if machine.eof and machine.unused_data:
                piece, machine = machine.unused_data, zlib.decompressobj(wbits=47)
    if started and not machine.eof:
        raise Garbled("the compressed answer broke off")


def _date(response: httpx.Response) -> datetime | None:
    return _http_date(response.headers.get("last-modified"))


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _age(response: httpx.Response) -> float:
    text = response.headers.get("age", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds; a date counts from the answer's own date, so that a wrong clock here does no harm."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _http_date(text)
    if until is None:
        return None
    asked = _http_date(response.headers.get("date")) or datetime.now(UTC)
    return max(0.0, (until - asked).total_seconds())
