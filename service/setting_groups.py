"""Groups of settings that say nothing of each other, and the kinds of values they share."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from geodata.model.duration import seconds_of
from geodata.model.request import AGEING, Priority


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("write a full address: http://… or https://…")
    return value.rstrip("/")


Duration = Annotated[timedelta, BeforeValidator(seconds_of)]
WebAddress = Annotated[str, BeforeValidator(_web_address)]


class Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExerciseSettings(Group):
    scenario: str | None = Field(
        default=None, description="name of the scenario; none is the simulator's own first one"
    )
    speed: float = Field(default=1.0, gt=0, le=100_000, description="seconds of the exercise per second, above 0")
    start: AwareDatetime | None = Field(
        default=None, description="moment to start at, with a time zone; none is the beginning"
    )
    forces: bool = Field(default=True, description="false leaves out the scenario's organisations and their vehicles")


class FeedSettings(Group):
    enabled: bool = Field(default=True, description="false leaves the source alone")
    base_url: WebAddress | None = Field(default=None, description="another address than the public one, for a mirror")
    every: Annotated[Duration, Field(ge=timedelta(seconds=1))] | None = Field(
        default=None, description="interval between two looks, at least 1 s; none is the source's own"
    )


class BasemapSettings(Group):
    kind: Literal["raster", "vector", "pmtiles"] = Field(description="raster, vector or pmtiles")
    url: str = Field(min_length=1, description="tile template with {z}/{x}/{y}, style address or PMTiles file address")
    attribution: str = Field(min_length=1, description="what the publisher wants to be named as")

    @model_validator(mode="after")
    def _raster_is_a_template(self) -> BasemapSettings:
        if self.kind == "raster" and not all(part in self.url for part in ("{z}", "{x}", "{y}")):
            raise ValueError("a raster basemap's url needs {z}, {x} and {y}")
        return self


class RetentionSettings(Group):
    changes: Duration = Field(
        default=timedelta(days=7),
        ge=timedelta(hours=1),
        description="how long the log can be followed back, at least 1 h",
    )
    observations: Duration = Field(
        default=timedelta(days=400), ge=timedelta(days=1), description="how long measured values are kept, at least 1 d"
    )
    tracks: Duration = Field(
        default=timedelta(hours=24),
        ge=timedelta(minutes=1),
        description="how long it can be seen where a vehicle was before, at least 1 min",
    )
    imagery: Duration = Field(
        default=timedelta(days=90), ge=timedelta(days=1), description="how long satellite images are kept, at least 1 d"
    )


class DutySettings(Group):
    longest_hours: float = Field(default=12, gt=0, le=72, description="hours on duty after which a crew is relieved")
    rest_hours: float = Field(default=11, gt=0, le=72, description="hours of rest between two duties")
    break_after_hours: float = Field(default=6, gt=0, le=72, description="hours after which a break is due")
    break_minutes: int = Field(default=45, ge=0, le=600, description="length of that break")
    warn_hours: float = Field(default=2, gt=0, le=72, description="hours before its end a relief is called due")


class RequestSettings(Group):
    life_saving: Duration = Field(
        default=AGEING[Priority.LIFE_SAVING],
        ge=timedelta(seconds=10),
        description="how long a request that saves lives waits for an answer before it climbs, at least 10 s",
    )
    urgent: Duration = Field(
        default=AGEING[Priority.URGENT], ge=timedelta(seconds=10), description="the same for an urgent one"
    )
    routine: Duration = Field(
        default=AGEING[Priority.ROUTINE], ge=timedelta(seconds=10), description="the same for a routine one"
    )

    def ageing(self) -> dict[Priority, timedelta]:
        return {priority: getattr(self, priority.value.lower()) for priority in Priority}


class EvidenceSettings(Group):
    days: float = Field(default=7, ge=0, le=3650, description="days that raw answers of sources are kept; 0 keeps none")
    max_bytes: int = Field(
        default=2_000_000_000, ge=1_000_000, description="bytes they may take in the database; the oldest go first"
    )
