"""Who may tell us what became of messages: a provider who has the secret of his gateway, or signs with it."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import Request
from limits import RateLimitItemPerMinute

from alerting.channels.webhook import SIGNATURE, STAMP, signature
from service.access.limits import Limits
from service.access.visitor import NotSignedIn
from service.errors import Invalid

WRONG = RateLimitItemPerMinute(60, namespace="gateways-wrong")
MOST_BYTES = 262_144
OLDEST = 24 * 3600
"""Seconds: providers try again for hours with the signature they made first. What comes twice counts once anyway."""


class Door:
    """`secrets` by name of the gateway. A gateway that there is not looks the same as a wrong secret."""

    def __init__(self, secrets: Mapping[str, str], limits: Limits) -> None:
        self._secrets, self._limits = dict(secrets), limits

    async def admit(self, request: Request, gateway: str) -> Any:
        """What was posted. Raises NotSignedIn, TooOften, Invalid."""
        raw = await request.body()
        secret = self._secrets.get(gateway)
        if secret is None or len(raw) > MOST_BYTES or not (_has(request, secret) or _signed(request, secret, raw)):
            await self._limits.check(WRONG, request.client.host if request.client else "")
            raise NotSignedIn("This gateway needs its secret: Authorization: Bearer <secret>, or a signature with it.")
        return _read(request, raw)


def _has(request: Request, secret: str) -> bool:
    said = request.headers.get("authorization", "").strip()
    scheme, _, rest = said.partition(" ")
    shown = rest.strip() if scheme.lower() == "bearer" else request.headers.get("x-lagebild-key", "").strip()
    return bool(shown) and hmac.compare_digest(shown.encode(), secret.encode())


def _signed(request: Request, secret: str, raw: bytes) -> bool:
    """Ours (as our own webhooks are), or that of SMS Gateway for Android: body and time stamp."""
    ours, stamp = request.headers.get(SIGNATURE), request.headers.get(STAMP)
    if ours is None:
        ours, stamp = request.headers.get("x-signature"), request.headers.get("x-timestamp")
        made = hmac.new(secret.encode(), raw + (stamp or "").encode(), hashlib.sha256).hexdigest()
    else:
        made = signature(secret, stamp or "", raw)
    if ours is None or stamp is None or not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
        return False
    recent = abs(time.time() - int(stamp)) <= OLDEST
    return recent and hmac.compare_digest(ours.strip().lower().encode(), made.encode())


def _read(request: Request, raw: bytes) -> Any:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            return dict(parse_qsl(raw.decode(), max_num_fields=100, keep_blank_values=True))
        return orjson.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Invalid("body", "the body is neither JSON nor a form") from error
