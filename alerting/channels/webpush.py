"""Web Push (RFC 8030, 8291, 8292): encrypted for one browser, signed with the node's own key.

Where a browser wants its messages is an address that a visitor gave us: only services named in the settings are asked.
"""

from __future__ import annotations

import base64
import os
import re
import time
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException

from alerting.channels.contract import Call, Outcome, Receipt
from alerting.channels.web import Unsent, Web, receipt_of
from alerting.model.plan import ChannelKind
from alerting.model.recipient import CallKind

GONE = (404, 410)
_PLAIN = re.compile(r"[!-\[\]-~]{1,2000}")
"""Signs that all who read addresses read the same: no space, no backslash."""
MOST_TEXT = 1500
"""Signs: services take 4096 bytes, encrypted."""
SIGNED_FOR = 6 * 3600
TTL = {CallKind.ALARM: 3600, CallKind.ALL_CLEAR: 3600, CallKind.UPDATE: 3600}
"""Seconds a service keeps it for a phone without network; all else a day."""
SERVICES = (
    "fcm.googleapis.com", "updates.push.services.mozilla.com", "*.push.services.mozilla.com", "web.push.apple.com",
    "*.push.apple.com", "*.notify.windows.com",
)  # fmt: skip


class VapidKey:
    """By which browsers know that it is this node; made once in `keys/vapid.pem`. A new one makes every subscription
    of every phone useless, so it belongs into the backup."""

    def __init__(self, data_dir: Path) -> None:
        file = data_dir / "keys" / "vapid.pem"
        if not file.exists():
            _make(file)
        self._vapid = Vapid02.from_file(str(file))

    def public(self) -> str:
        """The applicationServerKey of a subscription: base64url of the uncompressed point."""
        raw = self._vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def sign(self, claims: dict[str, Any]) -> dict[str, str]:
        return dict(self._vapid.sign(claims))


class WebPushGateway:
    """An address is the browser's subscription as JSON. `contact` is a mailto: or https: for the push services."""

    kind = ChannelKind.PUSH

    def __init__(
        self,
        name: str,
        key: VapidKey,
        *,
        contact: str,
        services: Sequence[str] = SERVICES,
        exercise: bool = False,
        at_once: int = 50,
        timeout: float = 10.0,
    ) -> None:
        self.name, self.exercise, self.at_once = name, exercise, at_once
        self._key, self._contact, self._services = key, contact, tuple(services)
        self._web = Web(name, timeout=timeout, at_once=at_once)
        self._signed: dict[str, tuple[float, dict[str, str]]] = {}

    def public_key(self) -> str:
        return self._key.public()

    async def call(self, call: Call) -> Receipt:
        try:
            subscription = orjson.loads(call.address)
            endpoint = str(subscription["endpoint"])
            sealed = WebPusher(subscription).encode(_message(call))["body"]
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, IndexError, WebPushException):
            return Receipt(Outcome.REFUSED, error="this is no push subscription", gone=True)
        if not self.serves(endpoint):
            return Receipt(Outcome.REFUSED, error="this push service is not one of those in the settings", gone=True)
        headers = {
            **self._signature(endpoint),
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
            "TTL": str(TTL.get(call.kind, 86_400)),
            "Urgency": "high" if call.kind in TTL else "normal",
            **({"Topic": call.code} if call.code else {}),
        }
        try:
            reply = await self._web.send(endpoint, headers=headers, content=sealed)
        except Unsent as error:
            return Receipt(Outcome.FAILED, error=str(error))
        if reply.status in GONE:
            return Receipt(Outcome.REFUSED, error="the browser has given up this subscription", gone=True)
        receipt = receipt_of(self.name, reply)
        if receipt.outcome is Outcome.FAILED:
            return receipt
        # The Location of a message holds the subscription's own secret at some services: our id is enough.
        return Receipt(Outcome.TAKEN, provider_id=call.id)

    def serves(self, endpoint: str) -> bool:
        """Whether this address belongs to one of our push services."""
        try:
            parts = urlsplit(endpoint)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return False
        if parts.username or parts.password or not host or not _PLAIN.fullmatch(endpoint):
            return False
        plain = f"{parts.scheme}://{host}" + (f":{port}" if port else "")
        return any(
            plain == service if "://" in service else parts.scheme == "https" and not port and fnmatch(host, service)
            for service in self._services
        )

    def _signature(self, endpoint: str) -> dict[str, str]:
        """One signature per service and some hours: making it takes longer than sealing."""
        parts = urlsplit(endpoint)
        audience = f"{parts.scheme}://{parts.netloc}"
        known, now = self._signed.get(audience), time.time()
        if known is None or now > known[0]:
            claims = {"sub": self._contact, "aud": audience, "exp": int(now) + SIGNED_FOR + 3600}
            known = self._signed[audience] = (now + SIGNED_FOR, self._key.sign(claims))
        return known[1]

    async def close(self) -> None:
        await self._web.close()


def _message(call: Call) -> bytes:
    """What the phone's service worker reads."""
    said = {
        "id": call.id, "kind": call.kind, "mode": call.mode, "code": call.code, "title": call.title,
        "text": call.text[:MOST_TEXT], "link": call.link, "language": call.language,
    }  # fmt: skip
    return orjson.dumps(said)


def _make(file: Path) -> None:
    """Readable by us only; who comes first wins."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = Vapid02()
    fresh.generate_keys()
    own = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(fresh.private_pem())
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(own, file)
    except FileExistsError:
        pass
    finally:
        own.unlink()
