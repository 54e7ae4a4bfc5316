"""What a source answers, before it goes over the wire; and the moment it answers for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from feeds.simulator.gauge import LOCAL, Reported


@dataclass(frozen=True, slots=True)
class Moment:
    """The scenario's time `now`, how far the source's own clock runs `ahead` of it, and the values set by hand."""

    now: datetime
    ahead: timedelta = timedelta()
    by_hand: Mapping[str, Reported] = field(default_factory=dict)

    def local(self, at: datetime) -> str:
        """A stamp as German sources write it: local time with its offset, whole seconds."""
        return (at + self.ahead).astimezone(LOCAL).isoformat(timespec="seconds")

    def earlier(self, by: timedelta) -> Moment:
        return replace(self, now=self.now - by)


@dataclass(frozen=True, slots=True)
class Reply:
    """Headers without Content-Type and Content-Length. `etag` with its quotes; either validator may be absent."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: datetime | None = None

    def unchanged_for(self, request_headers: Mapping[str, str]) -> bool:
        """Whether the asker already has this: If-None-Match counts before If-Modified-Since (RFC 9110)."""
        if self.status != 200:
            return False
        if (wanted := request_headers.get("If-None-Match")) is not None:
            return self.etag is not None and self.etag in [tag.strip().removeprefix("W/") for tag in wanted.split(",")]
        since = request_headers.get("If-Modified-Since")
        return since is not None and self.last_modified is not None and since == http_date(self.last_modified)


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def content_tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()}"'


def json_bytes(value: Any, *, pretty: bool) -> bytes:
    layout: dict[str, Any] = {"indent": 2} if pretty else {"separators": (",", ":")}
    return json.dumps(value, ensure_ascii=False, **layout).encode()
