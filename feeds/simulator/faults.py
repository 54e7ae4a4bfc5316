"""Which source fails how. The faults are those that real sources were seen to have (FEEDS, RELIABILITY)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from feeds.simulator.gauge import Moment
from feeds.simulator.reply import Reply


class FaultKind(StrEnum):
    """TIMEOUT: connects, never answers. RESET: the connection is cut in the middle of the headers. UNREACHABLE: the
    port refuses connections. EMPTY: 200 without a body. HTML: 200 with a maintenance page. TRUNCATED: the second half
    is missing. YESTERDAY: the state of a day ago. WRONG_CLOCK: all stamps lie in the future. The rest are statuses."""

    TIMEOUT = "timeout"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    FORBIDDEN = "403"
    NOT_FOUND = "404"
    TOO_MANY = "429"
    BROKEN = "500"
    OVERLOADED = "503"
    EMPTY = "empty"
    HTML = "html"
    TRUNCATED = "truncated"
    YESTERDAY = "yesterday"
    WRONG_CLOCK = "wrong_clock"


STATUSES = {
    FaultKind.FORBIDDEN: "Forbidden",
    FaultKind.NOT_FOUND: "Not Found",
    FaultKind.TOO_MANY: "Too Many Requests",
    FaultKind.BROKEN: "Internal Server Error",
    FaultKind.OVERLOADED: "Service Unavailable",
}


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`retry_after` seconds for 429 and 503; `hold` seconds that a timeout keeps the connection; `path` limits the
    fault to requests whose path contains it; `cut_connection` truncates on the wire instead of in the text; `hours`
    is how old yesterday is, or how far the wrong clock runs ahead."""

    kind: FaultKind
    retry_after: int | None = None
    hold: float = 600.0
    path: str = ""
    cut_connection: bool = False
    hours: float | None = None

    def concerns(self, path: str) -> bool:
        return self.path in path

    @property
    def age(self) -> timedelta:
        """How much older than now the answer is."""
        return timedelta(hours=self.hours or 24) if self.kind is FaultKind.YESTERDAY else timedelta()

    @property
    def ahead(self) -> timedelta:
        """How far the source's clock runs ahead."""
        return timedelta(hours=self.hours or 3) if self.kind is FaultKind.WRONG_CLOCK else timedelta()


class PlannedFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A fault of the scenario's timetable, from `start` to before `end`."""

    feed: str
    start: Moment
    end: Moment
    fault: Fault

    def holds(self, now: datetime) -> bool:
        return self.start <= now < self.end


def planned(timetable: Iterable[PlannedFault], feed: str, now: datetime) -> PlannedFault | None:
    return next((entry for entry in timetable if entry.feed == feed and entry.holds(now)), None)


def disfigured(fault: Fault, whole: Reply) -> Reply:
    """The answer as this fault leaves it: no validators, so that no 304 can hide it. Kinds that are not about the
    answer's body (timeout, reset, unreachable, yesterday, wrong clock) leave it as it is."""
    if fault.kind in STATUSES:
        return _refusal(int(fault.kind), STATUSES[fault.kind], fault.retry_after)
    if fault.kind is FaultKind.EMPTY:
        return Reply(status=200, body=b"", content_type=whole.content_type)
    if fault.kind is FaultKind.HTML:
        return Reply(status=200, body=MAINTENANCE, content_type="text/html; charset=utf-8")
    if fault.kind is FaultKind.TRUNCATED:
        return Reply(status=whole.status, body=whole.body[: len(whole.body) // 2], content_type=whole.content_type)
    return whole


def _refusal(status: int, reason: str, retry_after: int | None) -> Reply:
    page = f"<!DOCTYPE html>\n<html><head><title>{status} {reason}</title></head><body>{reason}</body></html>\n"
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Reply(status=status, body=page.encode(), content_type="text/html; charset=iso-8859-1", headers=headers)


MAINTENANCE = (
    "<!DOCTYPE html>\n<html lang='de'><head><title>Wartungsarbeiten</title></head><body>"
    "<h1>Wartungsarbeiten</h1><p>Dieser Dienst steht zurzeit nicht zur Verfügung.</p></body></html>\n"
).encode()
