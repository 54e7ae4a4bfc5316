"""Links that need no sign-in: one person, one purpose, until a time, revocable.

A token is 8 random bytes and 12 bytes of their signature, 27 signs of base64url. Whoever guesses is refused by the
signature before the database is asked; the row says whose it is and whether it still counts.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.sealing import Seal

_RANDOM, _MAC = 8, 12

_ADD = text("""
    INSERT INTO helper_link (id, helper, purpose, alarm, made_at, expires_at)
    VALUES (:id, :helper, :purpose, :alarm, :now, :expires)
""")
_FIND = text("""
    SELECT helper, purpose, alarm, expires_at FROM helper_link
    WHERE id = :id AND revoked_at IS NULL AND expires_at > :now
""")
_REVOKE = text("""
    UPDATE helper_link SET revoked_at = :now
    WHERE helper = :helper AND revoked_at IS NULL AND (cast(:alarm AS text) IS NULL OR alarm = :alarm)
""")


class Purpose(StrEnum):
    """SELF: the person's own page. ALARM: answer to one alarm. JOB: a volunteer's page for invitations and slots."""

    SELF = "SELF"
    ALARM = "ALARM"
    JOB = "JOB"


@dataclass(frozen=True, slots=True)
class Link:
    id: bytes
    helper: str
    purpose: Purpose
    alarm: str | None
    expires_at: datetime


def token_of(seal: Seal, id: bytes) -> str:
    return base64.urlsafe_b64encode(id + seal.sign(id, length=_MAC)).decode().rstrip("=")


def signed(seal: Seal, token: str) -> bytes | None:
    """The id in a token that we signed; None for everything else, without asking the database."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    id, mac = raw[:_RANDOM], raw[_RANDOM:]
    return id if hmac.compare_digest(mac, seal.sign(id, length=_MAC)) else None


async def make(
    connection: AsyncConnection,
    helper: str,
    purpose: Purpose,
    *,
    now: datetime,
    expires: datetime,
    alarm: str | None = None,
) -> bytes:
    """A new link's id; `token_of` makes the token of it, now or later."""
    id = secrets.token_bytes(_RANDOM)
    given = {"id": id, "helper": helper, "purpose": purpose.value, "alarm": alarm, "now": now, "expires": expires}
    await connection.execute(_ADD, given)
    return id


async def find(connection: AsyncConnection, seal: Seal, token: str, *, now: datetime) -> Link | None:
    """None for a token that we did not sign, that was revoked or has expired: nobody is told which."""
    id = signed(seal, token)
    if id is None:
        return None
    row = (await connection.execute(_FIND, {"id": id, "now": now})).one_or_none()
    return Link(id, row.helper, Purpose(row.purpose), row.alarm, row.expires_at) if row else None


async def revoke(connection: AsyncConnection, helper: str, *, now: datetime, alarm: str | None = None) -> None:
    """All links of this person, or those for one alarm."""
    await connection.execute(_REVOKE, {"helper": helper, "alarm": alarm, "now": now})
