"""What the routes of rooms take and give, as OpenAPI sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from service.answers import Shape

Name = Annotated[str, Field(min_length=1, max_length=120)]


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewRoom(Given):
    """`incident` is the id of the incident it belongs to, if any. Whoever adds it is its first member."""

    name: Name
    note: Annotated[str, Field(max_length=500)] = ""
    incident: Annotated[str, Field(max_length=80)] | None = None


class RoomChange(Given):
    """In a closed room nobody writes any more."""

    name: Name | None = None
    note: Annotated[str, Field(max_length=500)] | None = None
    closed: bool | None = None


class Membership(Given):
    """Whoever is a member sees the room; `until` ends the membership by itself, by the real clock."""

    can_write: bool = False
    can_share: bool = False
    until: AwareDatetime | None = None


class RoomOut(Shape):
    """`write`, `share`: what you may. `manage`: whether you may change it and its members."""

    id: str
    name: str
    note: str
    incident: str | None
    created_at: datetime
    closed_at: datetime | None
    members: int
    write: bool
    share: bool
    manage: bool


class RoomsOut(Shape):
    rooms: list[RoomOut]


class MemberOut(Shape):
    """`label`: name of the organisation or staff; names of people come by their id."""

    kind: str
    member: str
    can_write: bool
    can_share: bool
    until: datetime | None
    label: str | None


class MembersOut(Shape):
    members: list[MemberOut]


class RoomAdded(Shape):
    id: str
