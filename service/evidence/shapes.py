"""What the routes of the evidence take and give, as OpenAPI sees it."""

from __future__ import annotations

from datetime import datetime

from service.answers import Shape


class Payload(Shape):
    """One stretch in which an address gave the same: `at` first, `until` last seen, `times` how often."""

    id: int
    url: str
    at: datetime
    until: datetime
    times: int
    status: int
    content_type: str
    sha256: str
    size: int


class PayloadsOut(Shape):
    """`days` is how long they are kept; 0 is not at all."""

    days: float
    payloads: list[Payload]


class Left(Shape):
    item: str
    reason: str


class PreviewOut(Shape):
    """What the file would give. Nothing of it is in the picture yet."""

    token: str
    sha256: str
    size: int
    recognised: bool
    items: int
    stations: int
    observations: int
    forecasts: int
    warnings: int
    features: int
    extents: int
    outside: int
    newest: datetime | None
    titles: list[str]
    dropped: list[Left]
    dropped_count: int
    unknown: dict[str, int]
