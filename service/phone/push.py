"""Where a browser wants its pushes, as its owner's device says it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
import orjson
from fastapi import Request
from msgspec import Meta
from starlette.responses import Response

from alerting.model.plan import ChannelKind
from alerting.store.links import Link
from alerting.store.people import Address
from service.bodies import decoded
from service.errors import Invalid
from service.pages.door import Door, NoSuchPage
from service.phone.own import store

MOST = 6
"""Devices of one person."""
_Key = Annotated[str, Meta(min_length=16, max_length=120, pattern=r"^[A-Za-z0-9_=-]+$")]


class Keys(msgspec.Struct):
    p256dh: _Key
    auth: _Key


class Subscription(msgspec.Struct):
    endpoint: Annotated[str, Meta(min_length=10, max_length=1000)]
    keys: Keys

    def address(self) -> Address:
        """One form for one device, by which it is found again."""
        known = {"endpoint": self.endpoint, "keys": {"p256dh": self.keys.p256dh, "auth": self.keys.auth}}
        return Address(ChannelKind.PUSH, orjson.dumps(known, option=orjson.OPT_SORT_KEYS).decode())


class PushSent(msgspec.Struct, forbid_unknown_fields=True):
    """`instead` is what the same device was called before."""

    subscription: Subscription
    instead: Subscription | None = None


async def subscribe(request: Request, door: Door, link: Link, now: datetime) -> Response:
    """The same device again changes nothing. Raises Invalid, NoSuchPage, StoreUnavailable."""
    given = await decoded(request, PushSent)
    parts = urlsplit(given.subscription.endpoint)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Invalid("subscription.endpoint", "an endpoint is a web address")
    async with door.database.transaction("phone") as tx:
        key = await store.lock(tx, link.helper)
        if key is None:
            raise NoSuchPage(NoSuchPage.__doc__)
        if given.instead is not None:
            await store.drop_address(tx, door.seal, link.helper, given.instead.address())
        address = given.subscription.address()
        await store.add_device(tx, door.seal, link.helper, key, address, most=MOST, now=now)
    return Response(status_code=204)
