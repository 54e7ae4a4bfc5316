"""What the API says, as OpenAPI sees it. Lists leave the server as bytes built by the database; these models
document them and give the frontend its types. No defaults: what may be missing is Optional."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from service.answers import LEFT_OUT
from service.answers import Done as Done
from service.answers import Problem as Problem
from service.answers import Shape as Shape


class ProvenanceOut(Shape):
    source: str
    as_of: datetime
    received_at: datetime
    confidence: Literal["CONFIRMED", "REPORTED", "UNCONFIRMED", "FORECAST"]


class FactOut(Shape):
    ref: str
    room: str
    provenance: ProvenanceOut
    body: dict[str, Any]


class PictureOut(Shape):
    """The facts and the cursor they belong to: follow `/api/live` from there. `sight` names the set of rooms they are
    from; give it to `/api/live` and `/api/changes`, which say when it is no longer yours. `at` is the past moment."""

    model_config = LEFT_OUT

    cursor: int
    now: datetime
    speed: float
    mode: Literal["ACTUAL", "EXERCISE", "TEST"]
    origin: str
    sight: str
    facts: list[FactOut]
    at: datetime | None = None


class ChangeOut(Shape):
    seq: int
    op: Literal["put", "drop"]
    ref: str
    room: str
    actor: str
    at: datetime
    provenance: ProvenanceOut | None
    body: dict[str, Any] | None


class ChangesOut(Shape):
    """`restart` true: the cursor is older than the log, or you see other rooms by now; fetch a fresh picture."""

    cursor: int
    now: datetime
    speed: float
    restart: bool
    changes: list[ChangeOut]


class ReadingOut(Shape):
    ref: str
    provenance: ProvenanceOut
    body: dict[str, Any]


class StationOut(FactOut):
    readings: list[ReadingOut]


class StationsOut(Shape):
    stations: list[StationOut]


class ObservationsOut(Shape):
    """Points are [time, mean, min, max]; band points [time, low, high], our own upper bound of what to expect. Marks
    are the doubted values of own sensors: [time, why, value], also where the points are thinned."""

    station: str
    quantity: str
    unit: str | None
    start: datetime
    end: datetime
    resolution_seconds: float | None
    points: list[tuple[datetime, float, float, float]]
    thresholds: list[dict[str, Any]]
    forecast: dict[str, Any] | None
    band: list[tuple[datetime, float, float]]
    marks: list[tuple[datetime, Literal["SPIKE", "STUCK", "DRIFT"], float]]


class WarningsOut(Shape):
    warnings: list[FactOut]


class PartsOut(Shape):
    """GeoJSON features, largest first; `truncated` says that there are more than were asked for."""

    type: Literal["FeatureCollection"]
    truncated: bool
    features: list[dict[str, Any]]


class FeedOut(Shape):
    name: str
    condition: Literal["NEVER", "FRESH", "LATE", "STALE", "DOWN", "PAUSED"]
    health: dict[str, Any]


class FeedsOut(Shape):
    now: datetime
    feeds: list[FeedOut]


class KeptAside(Shape):
    item: str
    reason: str
    raw: str
    first_seen: datetime
    last_seen: datetime
    times: int


class KeptAsideOut(Shape):
    items: list[KeptAside]


class SettingsOut(Shape):
    title: str
    origin: str
    mode: Literal["ACTUAL", "EXERCISE", "TEST"]
    basemap: dict[str, Any] | None
    version: str


class ExerciseOut(Shape):
    scenario: str
    title: str
    start: datetime
    end: datetime
    now: datetime
    speed: float
    paused: bool
    faults: dict[str, str]
    fault_kinds: list[str]


class EngineOut(Shape):
    """Seconds since its last beat, and between two."""

    age: float
    every: float
    stalled: bool


class HealthOut(Shape):
    ok: bool
    database: str
    engines: dict[str, EngineOut]
