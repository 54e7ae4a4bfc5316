"""The document, and the invitation that counts once."""

from __future__ import annotations

import secrets

import httpx
import msgspec

from service.federation.conformance.partner import HELLO, INBOX, OUTBOX, Answer, Failed
from service.federation.conformance.trial import Table, Trial
from service.federation.identity import document as documents
from service.federation.identity.document import MOST_BYTES, BadDocument
from service.federation.identity.keys import NodeKeys, public_key
from service.federation.identity.words import common_words, fingerprint


async def document(it: Trial) -> None:
    partner = it.partner
    url = partner.url + documents.PATH
    answer = await partner.client.get(url, headers={"Accept": "application/json"})
    if answer.status_code != 200:
        raise Failed(f"200 at {url}", answer.status_code)
    try:
        partner.document_read, _ = documents.read(answer.content[: MOST_BYTES + 1])
        public_key(partner.there.signing.x)
    except BadDocument as bad:
        raise Failed("a signed document", f"{bad.field}: {bad}") from bad
    except ValueError as bad:
        raise Failed("an Ed25519 key to sign with", f"keys: {bad}") from bad


async def invited_to(it: Trial) -> None:
    there, invited = it.partner.there, it.invited
    if there.origin != invited.origin:
        raise Failed(f"the origin of the invitation, {invited.origin}", there.origin)
    if fingerprint(there.signing.x, there.sealing.x) != invited.fingerprint:
        raise Failed("the keys of the invitation", f"others, signing with {there.signing.kid}")
    said = {"the document": (there.url or "").rstrip("/"), "the invitation": invited.url.rstrip("/")}
    for who, url in said.items():
        if not url or httpx.URL(url) != httpx.URL(it.partner.url):
            raise Failed(f"that {who} names the address called, {it.partner.url}", url or "none")


async def endpoints(it: Trial) -> None:
    found = it.partner.there.endpoints
    for path in (HELLO, INBOX, OUTBOX):
        name = path.rpartition("/")[2]
        if found.get(name) != path:
            raise Failed(f"endpoints.{name}: {path}", found.get(name))


async def wrong_secret(it: Trial) -> None:
    (await _hello(it, secrets.token_urlsafe(32))).demand(403)


async def hello(it: Trial) -> None:
    answer = (await _hello(it)).demand(200).signed()
    it.met = True
    said = answer.problem().get("document")
    try:
        found = documents.checked(said if isinstance(said, dict) else {})
    except BadDocument as bad:
        raise Failed('{"document": …} with its own signature', f"{bad.field}: {bad}") from bad
    if (found.origin, found.keys) != (it.partner.there.origin, it.partner.there.keys):
        raise Failed("the same origin and keys as at the well-known address", found.origin)


async def again(it: Trial) -> None:
    (await _hello(it)).demand(200).signed()


async def another(it: Trial) -> None:
    """Somebody has read the invitation on its way and comes after us."""
    (await _hello(it, keys=it.partner.foreign)).demand(403, 409)


async def pending(it: Trial) -> None:
    (await it.stream.bring(it.stream.greeting())).demand(403)


async def _hello(it: Trial, secret: str = "", keys: NodeKeys | None = None) -> Answer:
    said = {"version": 1, "secret": secret or it.invited.secret, "document": it.partner.document(keys)}
    return await it.partner.post(HELLO, msgspec.json.encode(said), key=keys.current if keys else None)


def words(it: Trial) -> list[str]:
    """What the humans of both sides see."""
    there, keys = it.partner.there, it.partner.keys
    return common_words((keys.current.x, keys.seal_x), (there.signing.x, there.sealing.x))


FIRST: Table = (
    ("document: signed by the key that it names, fields as agreed", document),
    ("document: origin, keys and address are those of the invitation", invited_to),
    ("document: endpoints are where partners look for them", endpoints),
    ("hello: a secret that nobody has given out is refused", wrong_secret),
    ("hello: the invitation is taken and answered with the document", hello),
)
THEN: Table = (
    ("hello: the same again, since an answer may get lost", again),
    ("hello: nobody else comes with the same invitation", another),
    ("hello: nothing else is taken before the humans have compared", pending),
)
