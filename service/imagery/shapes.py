"""What is sent and answered about images from satellites."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from service.answers import LEFT_OUT, Shape
from service.imagery.rules import Kind

SceneId = Annotated[str, Field(pattern=r"^S[12][A-Z]?[A-Za-z0-9_.-]{3,160}$")]
Area = Annotated[dict[str, Any], Field(description="a GeoJSON Polygon, EPSG:4326")]


class Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SearchIn(Sent):
    """Scenes of a sensor that touch the area; without times the last 30 days. `cloud` is the most in percent."""

    sensor: Literal["SENTINEL_1", "SENTINEL_2"]
    area: Area
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    cloud: float | None = Field(default=None, ge=0, le=100)


class OrderIn(Sent):
    """`resolution` in metres: 10, 20, 40 or 60; without it the finest that fits."""

    kind: Kind
    area: Area
    scene: SceneId
    before: SceneId | None = None
    resolution: int | None = None


class JobIn(OrderIn):
    """`units` is the estimate that was shown and agreed to: what costs more is refused. `room` is where the result
    lies: an incident's, or `public`."""

    units: float = Field(gt=0, le=1e6)
    title: str = Field(min_length=1, max_length=120)
    room: str = Field(default="public", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")


class SceneOut(Shape):
    """`covers` is the share of the area that it holds, 0 to 1; `cloud` in percent."""

    model_config = LEFT_OUT

    id: str
    sensor: str
    acquired_at: datetime
    covers: float
    footprint: dict[str, Any]
    platform: str | None = None
    direction: str | None = None
    orbit: int | None = None
    cloud: float | None = None


class ScenesOut(Shape):
    scenes: list[SceneOut]


class EstimateOut(Shape):
    """`spent` and `limit` are processing units of this month, with what is promised to waiting jobs. `affordable` says
    whether the job fits below the limit. `megabytes` is what is fetched at most, `seconds` how long it takes once it
    has begun, by what the last jobs took here; a guess as long as there were none."""

    units: float
    megabytes: float
    seconds: int
    width: int
    height: int
    resolution: int
    images: int
    spent: float
    limit: float
    affordable: bool


class JobOut(Shape):
    """A job as it stands in the picture, as fact `imagery_job`, with its id and room."""

    id: str
    room: str
    job: dict[str, Any]


class JobsOut(Shape):
    """`configured`: whether there is access to the Copernicus Data Space. The newest first."""

    configured: bool
    jobs: list[JobOut]


class RasterOut(Shape):
    """`role` BEFORE, AFTER or MASK (what was found); `tiles` a template with {z}, {x} and {y}; `bounds` in degrees."""

    id: str
    job: str
    role: str
    title: str
    sensor: str
    acquired_at: datetime
    bounds: list[float]
    tiles: str


class RastersOut(Shape):
    rasters: list[RasterOut]
