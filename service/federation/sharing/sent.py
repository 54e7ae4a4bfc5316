"""What comes in the bodies of requests about agreements."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from geodata.model.incident import IncidentMode
from service.federation.sharing.policy import MOST_HOPS

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Kind = Annotated[str, Meta(min_length=1, max_length=32)]
Ars = Annotated[str, Meta(pattern=r"^[0-9]{2,12}$")]
Kinds = Annotated[tuple[Kind, ...], Meta(max_length=60)]
Named = Annotated[dict[Kind, Annotated[tuple[Kind, ...], Meta(max_length=80)]], Meta(max_length=60)]
Hops = Annotated[int, Meta(ge=0, le=MOST_HOPS)]
Until = Annotated[datetime, Meta(tz=True)]


class ShareArea(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Either a drawn `geometry` (EPSG:4326), or municipalities and Kreise by their `ars`, widened by `km`; with
    `border` the strip of so many km on both sides of their outline."""

    geometry: dict[str, Any] | None = None
    ars: Annotated[tuple[Ars, ...], Meta(max_length=60)] = ()
    km: Annotated[float, Meta(ge=0, le=200)] = 0.0
    border: bool = False


class NewShare(Struct, frozen=True, forbid_unknown_fields=True):
    """A draft: nothing leaves until it is activated. `kinds` empty is everything that may leave without being named;
    `fields` are those that leave of a kind, none are the usual ones."""

    peer: Id
    room: Id
    name: Name
    kinds: Kinds = ()
    fields: Named | None = None
    area: ShareArea | None = None
    mode: IncidentMode | None = None
    incident: Id | None = None
    from_level: Kind | None = None
    only_free: bool = False
    hops: Hops = 0
    until: Until | None = None


class ShareEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """Only what is named is changed. It leaves at once as it then is, if the agreement is active."""

    name: Name | UnsetType = UNSET
    kinds: Kinds | UnsetType = UNSET
    fields: Named | UnsetType | None = UNSET
    area: ShareArea | UnsetType | None = UNSET
    mode: IncidentMode | UnsetType | None = UNSET
    incident: Id | UnsetType | None = UNSET
    from_level: Kind | UnsetType | None = UNSET
    only_free: bool | UnsetType = UNSET
    hops: Hops | UnsetType = UNSET
    until: Until | UnsetType | None = UNSET


class ShareEnd(Struct, frozen=True, forbid_unknown_fields=True):
    reason: Name


class SharePreview(Struct, frozen=True, forbid_unknown_fields=True):
    """Of an agreement that there is (`share`), or of one that is only thought of (`draft`). `after` is the `next` of
    the page before."""

    share: Id | None = None
    draft: NewShare | None = None
    after: Annotated[str, Meta(max_length=400)] = ""
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


BODIES = (NewShare, ShareEdit, ShareEnd, SharePreview)
