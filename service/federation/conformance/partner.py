"""The partner that is played: its origin and keys, its requests, right or wrong in one thing, and what they get."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from geodata.model.resource import FleetLevel
from service.federation.identity import document as documents
from service.federation.identity.document import Document, Myself
from service.federation.identity.keys import NodeKeys, SigningKey, public_key
from service.federation.wire import signing
from service.federation.wire.envelope import Ack, read_ack
from service.federation.wire.inflating import MOST_INFLATED, BadBody, deflate, inflate

HELLO, INBOX, OUTBOX = "/federation/v1/hello", "/federation/v1/inbox", "/federation/v1/outbox"
JSON = "application/json"


class Failed(Exception):
    """The server does not do what the protocol asks for."""

    def __init__(self, expected: str, came: object) -> None:
        super().__init__(f"expected {expected}; came {came}")


@dataclass(frozen=True, slots=True)
class Answer:
    """`doubt` says why its signature is not believed; None if it holds. `skew`: seconds that the server's clock is
    ahead of ours, if it has signed."""

    status: int
    body: bytes
    doubt: str | None
    skew: float | None

    def __str__(self) -> str:
        said = self.problem()
        words = str(said.get("detail") or said.get("type") or self.body[:120].decode("utf-8", "replace"))
        return f"{self.status} {' '.join(words.split())[:200]}".rstrip()

    def problem(self) -> dict[str, Any]:
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return {}

    def demand(self, *statuses: int) -> Answer:
        """Raises Failed."""
        if self.status not in statuses:
            raise Failed(" or ".join(map(str, statuses)), self)
        return self

    def signed(self) -> Answer:
        """Raises Failed."""
        if self.doubt is not None:
            raise Failed("an answer signed by the key of the document, naming our request", f"{self}: {self.doubt}")
        return self

    def ack(self, status: int = 200) -> Ack:
        """Signed, with this status and an acknowledgement. Raises Failed."""
        self.demand(status).signed()
        try:
            return read_ack.decode(self.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Failed("an Ack", f"{self} ({error})") from error


class Partner:
    """`url` is where the server is called, `there` what it says of itself once that was read. `broke` are its 5xx."""

    def __init__(self, url: str, folder: Path, client: httpx.AsyncClient) -> None:
        self.url, self.client = url.rstrip("/"), client
        self.origin = f"conform-{secrets.token_hex(4)}"
        self.keys = NodeKeys(folder / "own")
        self.foreign = NodeKeys(folder / "foreign")
        self.document_read: Document | None = None
        self.broke: list[str] = []

    @property
    def there(self) -> Document:
        """Raises Failed."""
        if self.document_read is None:
            raise Failed("a document that can be believed", "none")
        return self.document_read

    def document(self, keys: NodeKeys | None = None) -> dict[str, Any]:
        """Ours, without an address: a partner that pulls and cannot be called."""
        keys = keys or self.keys
        me = Myself(
            keys, origin=self.origin, name="Conformance kit", level=FleetLevel.MUNICIPALITY, mode=self.there.mode,
            url="", software="Lagebild conformance kit",
        )  # fmt: skip
        said = {name: value for name, value in me.document().items() if name not in ("url", "endpoints", "signature")}
        return documents.signed(keys.current, said)

    def request(
        self, path: str, body: bytes, *, key: SigningKey | None = None, now: datetime | None = None
    ) -> httpx.Request:
        """A right one, unless told otherwise: signed with our key, by our clock."""
        request = self.unsigned(path, deflate(body))
        signing.sign_request(key or self.keys.current, request, now)
        return request

    def unsigned(self, path: str, sent: bytes, encoding: str | None = "gzip") -> httpx.Request:
        """`sent` goes as it is."""
        headers = {"Content-Type": JSON, "Accept": JSON, "User-Agent": "Lagebild conformance kit"}
        if encoding:
            headers["Content-Encoding"] = encoding
        return httpx.Request("POST", self.url + path, headers=headers, content=sent)

    def sent_as(self, request: httpx.Request, *, url: str | None = None, content: bytes | None = None) -> httpx.Request:
        """With the same headers to somewhere else, or with something else in it."""
        kept = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        return httpx.Request(
            "POST", url or request.url, headers=kept, content=request.content if content is None else content
        )

    async def post(self, path: str, body: bytes, **given: Any) -> Answer:
        return await self.send(self.request(path, body, **given))

    async def send(self, request: httpx.Request) -> Answer:
        """Raises httpx.TransportError, Failed if the answer cannot be read."""
        answer = await self.client.send(request, stream=True)
        try:
            raw = bytearray()
            async for part in answer.aiter_raw():
                raw += part
                if len(raw) > MOST_INFLATED:
                    raise Failed(f"an answer of at most {MOST_INFLATED} bytes", f"{answer.status_code} and more")
        finally:
            await answer.aclose()
        if answer.status_code >= 500:
            self.broke.append(f"{answer.status_code} to {request.method} {request.url.path}")
        doubt, skew = None, None
        try:
            now = datetime.now(UTC)
            _, skew = signing.verify_answer(request, answer.status_code, answer.headers, bytes(raw), self._key_of, now)
        except signing.Refused as refused:
            doubt = refused.detail
        try:
            body = inflate(bytes(raw), answer.headers.get("content-encoding"))
        except BadBody as bad:
            raise Failed("an answer that can be unpacked", f"{answer.status_code}: {bad.detail}") from bad
        return Answer(answer.status_code, body, doubt, skew)

    def _key_of(self, kid: str) -> Ed25519PublicKey | None:
        found = self.document_read
        return public_key(found.signing.x) if found and kid == found.signing.kid else None
