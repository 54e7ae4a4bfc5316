"""What the configuration says of a dispatch system that we ask."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from service.setting_groups import Duration, Group, WebAddress


class DispatchSettings(Group):
    url: WebAddress = Field(description="address of a JSON list of reports: http://… or https://…")
    organisation: str = Field(min_length=1, max_length=200, description="id of the organisation it reports for")
    every: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))] = Field(
        default=timedelta(seconds=10), description="interval between two looks, 1 s to 1 h"
    )
    token: str | None = Field(default=None, min_length=1, repr=False, description="sent as Authorization: Bearer …")
    exercise: bool = Field(default=False, description="true asks in exercises and only there")
