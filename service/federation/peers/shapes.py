"""What is told of partners."""

from __future__ import annotations

from datetime import datetime

from service.answers import Shape


class OwnOut(Shape):
    """Who we are to partners. `addresses` are further ones, besides `url`. `words` stand for our keys; `allowed`:
    whether you may make and keep partners."""

    origin: str
    name: str
    level: str
    ars: str | None
    mode: str
    url: str
    addresses: list[str]
    kid: str
    words: list[str]
    allowed: bool


class PartnerOut(Shape):
    """`behind` and `waiting`: changes that it, and we, have not told yet. `skew`: seconds that its clock is ahead.
    `agrees`: whether both hold the same of its shares, null where nobody has compared yet. `requests`: requests and
    offers between both staffs that are not over. `knows_key` is false while it has not heard of our new key. Of a
    revoked one `farewell` says whether it has acknowledged that nothing is shared any more (ACKNOWLEDGED, UNREACHED,
    NOTHING), `held` whether things of it are kept here, `dropped_at` when they were dropped.
    `reached_at`: the further address at which it has answered last, null if that was the usual one."""

    id: str
    origin: str
    name: str
    ars: str | None
    level: str
    mode: str
    url: str | None
    state: str
    state_reason: str | None
    state_at: datetime
    state_by: str
    compared_at: datetime | None
    compared_by: str | None
    room: str | None
    relay: str | None
    addresses: list[str]
    reached_at: str | None
    note: str | None
    created_at: datetime
    heard_at: datetime | None
    applied_at: datetime | None
    behind: int | None
    skew: float | None
    received: int
    incoming_error: str | None
    acknowledged_at: datetime | None
    tried_at: datetime | None
    next_try: datetime | None
    failures: int
    last_error: str | None
    waiting: int
    sent: int
    bytes: int
    shares_out: int
    shares_in: int
    agrees: bool | None
    digests_at: datetime | None
    aside: int
    requests: int
    knows_key: bool
    farewell: str | None
    dropped_at: datetime | None
    held: bool


class PartnersOut(Shape):
    """`now` is the node's wall clock, by which ages are reckoned; `silent_after` in seconds."""

    now: datetime
    silent_after: float
    own: OwnOut
    partners: list[PartnerOut]


class KeyOut(Shape):
    kid: str
    since: datetime
    until: datetime | None


class PartnerDetailOut(PartnerOut):
    """`words` are the same eight on both screens. `keys` newest first."""

    words: list[str]
    keys: list[KeyOut]
    software: str


class InvitationOut(Shape):
    id: str
    name: str
    created_by: str
    created_at: datetime
    expires_at: datetime


class InvitationsOut(Shape):
    invitations: list[InvitationOut]


class InvitedOut(Shape):
    """`text` is told this once. `qr` are rows of its code, 1 is dark. `words` stand for our keys."""

    id: str
    text: str
    qr: list[str]
    expires_at: datetime
    words: list[str]


class NewKeyOut(Shape):
    kid: str
    words: list[str]
