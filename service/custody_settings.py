"""How long a warning may wait for somebody, and who is asked one after the other; set by the authority."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from alerting.model.custody import Terms, Tier
from geodata.model.level import Level
from geodata.model.staff import Function
from service.setting_groups import Duration, Group

_LEAST = timedelta(seconds=1)


def _known(value: str) -> str:
    for name in _split(value):
        if name not in set(Function):
            raise ValueError(f"{name[:40]!r} is no function; known are {', '.join(Function)}")
    return value


def _split(value: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip())


Functions = Annotated[str, AfterValidator(_known)]


class CustodySettings(Group):
    extreme: Duration = Field(
        default=timedelta(minutes=5),
        ge=_LEAST,
        description="time to acknowledge an extreme warning before the next are asked, at least 1 s",
    )
    severe: Duration = Field(default=timedelta(minutes=10), ge=_LEAST, description="the same for a severe one")
    moderate: Duration = Field(default=timedelta(minutes=30), ge=_LEAST, description="the same for a moderate one")
    minor: Duration = Field(default=timedelta(hours=2), ge=_LEAST, description="the same for a minor one")
    unknown: Duration = Field(
        default=timedelta(minutes=10), ge=_LEAST, description="the same where the severity is unknown"
    )
    owner: Functions = Field(default="S2", min_length=1, description="functions that are asked first, by commas")
    deputies: Functions = Field(default="S3", description="functions that are asked next; may be empty")
    head: Functions = Field(
        default="LEITUNG", description="functions that are asked then, before the roster above (the Kreis)"
    )

    def terms(self) -> Terms:
        levels = {
            Level.LOW: self.minor, Level.MEDIUM: self.moderate, Level.HIGH: self.severe, Level.EXTREME: self.extreme,
        }  # fmt: skip
        owners = {Tier.OWNER: self.owner, Tier.DEPUTIES: self.deputies, Tier.HEAD: self.head}
        return Terms(levels, self.unknown, {tier: _split(names) for tier, names in owners.items()})
