"""An invitation: a secret that counts once, told together with where and who we are.

Its text is an address with everything behind `#`, which no browser sends anywhere:
`https://stadt.example/.well-known/lagebild#origin=stadt&keys=<fingerprint>&secret=<secret>`.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from service.federation.identity.document import PATH
from service.federation.identity.keys import raw_of, text_of

LONGEST = timedelta(days=14)
USUAL = timedelta(days=2)
MOST_SIGNS = 1_000
_ORIGIN = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


class BadInvitation(ValueError):
    """This is no invitation, or was cut off on its way. Copy the whole text."""

    field = "invitation"


@dataclass(frozen=True, slots=True)
class Invitation:
    """`url` is where the inviting node is reached, `fingerprint` SHA-256 of its keys (`words.fingerprint`)."""

    url: str
    origin: str
    fingerprint: bytes
    secret: str

    def text(self) -> str:
        given = {"origin": self.origin, "keys": text_of(self.fingerprint), "secret": self.secret}
        return f"{self.url.rstrip('/')}{PATH}#{urlencode(given)}"

    @classmethod
    def read(cls, text: str) -> Invitation:
        """From what somebody has pasted. Raises BadInvitation."""
        pasted = "".join(text.split())
        if len(pasted) > MOST_SIGNS:
            raise BadInvitation(BadInvitation.__doc__)
        try:
            parts = urlsplit(pasted)
            given = dict(parse_qsl(parts.fragment, strict_parsing=True, max_num_fields=8))
            found = cls(pasted.partition(PATH)[0], given["origin"], raw_of(given["keys"]), given["secret"])
            reached = parts.hostname and (parts.port is None or parts.port > 0)
        except (ValueError, KeyError) as error:
            raise BadInvitation(BadInvitation.__doc__) from error
        known = parts.scheme in ("http", "https") and reached and parts.path.endswith(PATH)
        whole = len(found.fingerprint) == 32 and _SECRET.fullmatch(found.secret) and _ORIGIN.fullmatch(found.origin)
        if not known or not whole or parts.username or parts.password or parts.query:
            raise BadInvitation(BadInvitation.__doc__)
        return found


def new_secret() -> str:
    """256 bits, base64url."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What we keep of a secret: it cannot be told from this, and 256 bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()
