"""What a feed is. A new source is one file with one class and one test; `feeds/example.py` is the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from feeds.health import FeedHealth
from geodata.model.extent import Extent
from geodata.model.feature import Feature
from geodata.model.observation import Forecast, Observation
from geodata.model.station import Station
from geodata.model.warning import OfficialWarning


class FeedError(Exception):
    """The source could not be asked or did not answer in its own format."""


class Unreachable(FeedError):
    """No answer: name resolution, connection, TLS, time-out or reset."""


class Refused(FeedError):
    """The source answered with an error status."""

    def __init__(self, status: int, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(f"HTTP {status} {detail}".strip())
        self.status, self.retry_after = status, retry_after


class Garbled(FeedError):
    """The answer as a whole is not what the source's format says: HTML instead of XML, truncated, empty, too large."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """One item kept aside: the rest of the batch goes on. `raw` is an excerpt for the operator."""

    item: str
    reason: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came over the wire. `url` is where it came from after redirects. `unchanged` means 304: the last answer
    that was accepted still holds. `date` is the source's Last-Modified, `age` the seconds a cache has held it."""

    url: str
    status: int
    body: bytes
    content_type: str = ""
    unchanged: bool = False
    date: datetime | None = None
    age: float = 0.0


class Http(Protocol):
    """The client a feed is given. Remembers validators per URL and sends them, but only those of answers that were
    accepted: nothing a feed refuses can turn into "unchanged" later. Ask conditionally only for what is the same
    facts as long as it is the same answer."""

    async def get(
        self,
        url: str,
        *,
        conditional: bool = True,
        max_bytes: int = 32_000_000,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`headers` are sent beside our own, such as an access key.

        Raises Unreachable, Refused, Garbled (too large)."""
        ...


class Keeper(Protocol):
    """Who wants every answer as it came, as evidence. The service supplies one; a feed knows nothing of it."""

    def keep(self, feed: str, answer: Answer) -> None:
        """Returns at once and never raises; `answer.url` holds no access key."""
        ...


@dataclass(slots=True)
class Batch:
    """What one look at a source gave.

    `complete` says that the batch states all warnings now in force at this source: those of ours that are neither
    in `warnings` nor in `still_in_force` have ended. A feed must only say so after every part it asked answered.
    `unchanged` means the source has nothing new (304): a success that brings no facts and ends none.
    `missing` names parts that did not answer: the facts count, but the look as a whole was not a success.
    `newest` is the source's own time of the newest item, by which its age is told.
    `references` of a warning are keys of ours; what they name is over, complete or not.
    `all_features` says that the batch states every feature the source tells of now: the others have gone.
    `withdrawn` are keys of extents that their maker has replaced or taken back.
    """

    stations: list[Station] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    forecasts: list[Forecast] = field(default_factory=list)
    warnings: list[OfficialWarning] = field(default_factory=list)
    features: list[Feature] = field(default_factory=list)
    all_features: bool = False
    extents: list[Extent] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    still_in_force: set[str] = field(default_factory=set)
    complete: bool = False
    unchanged: bool = False
    missing: list[str] = field(default_factory=list)
    outside: int = 0
    dropped: list[Dropped] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    newest: datetime | None = None

    @property
    def items(self) -> int:
        measured = len(self.stations) + len(self.observations) + len(self.forecasts)
        return measured + len(self.warnings) + len(self.features) + len(self.extents)


class Polled(Protocol):
    """A source we ask. The class attributes are its manifest."""

    name: ClassVar[str]
    title: ClassVar[str]
    publisher: ClassVar[str]
    licence: ClassVar[str]
    attribution: ClassVar[str]
    home: ClassVar[str]
    every: ClassVar[timedelta]
    stale_after: ClassVar[timedelta]
    """Without fresh data for so long, what this source said must look stale."""
    newest_within: ClassVar[timedelta | None]
    """Its newest item is never older than this while it works; None if it speaks only when something happens."""

    def __init__(self, base_url: str | None = None, *, area: str | None = "05") -> None:
        """`base_url` None is the public address; `area` an ARS prefix, None for everything."""
        ...

    async def poll(self, http: Http, now: datetime) -> Batch:
        """One look. Raises FeedError if the source as a whole fails; one bad item goes to `dropped`."""
        ...

    def recognises(self, path: str, payload: bytes) -> bool:
        """Whether a recorded file is one of this source's formats."""
        ...

    def parse(self, path: str, payload: bytes, now: datetime) -> Batch:
        """A recorded file through the same parser that `poll` uses. Raises Garbled."""
        ...


class Sink(Protocol):
    """Where a runner hands on. The service supplies one that writes to the store; tests use a list."""

    async def deliver(self, feed: Polled, batch: Batch) -> None: ...

    async def report(self, health: FeedHealth) -> None: ...
