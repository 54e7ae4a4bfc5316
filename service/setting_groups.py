"""Groups of settings that say nothing of each other, and the kinds of values they share."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from geodata.model.duration import seconds_of


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
