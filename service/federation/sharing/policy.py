"""What an agreement (Freigabe) lets out: pure, so that preview, stream and tests ask the same code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta

from geodata.model.geometry import Geometry
from geodata.model.incident import IncidentMode

MOST_HOPS = 3


class ShareState(StrEnum):
    """DRAFT: seen by us only. ACTIVE: it lets out what it names while its conditions hold. ENDED: withdrawn there."""

    DRAFT = "DRAFT"
    ACTIVE = "ACTIVE"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class SharePolicy:
    """`kinds` empty means every kind that may leave without being named (`kinds.KINDS`). `fields` names for a kind the
    fields of its body that leave; a kind not named leaves with the usual ones, `"*"` with all that may. `area` in
    EPSG:4326, none is everywhere; `said` is how whoever wrote the agreement said it. `mode` none is what the node's
    mode allows. `from_level` is the code of the legal level from which on it lets anything out; `only_free` lets out
    only resources that are free, without their positions on the way. `hops` is how often a partner may pass it on."""

    kinds: tuple[str, ...] = ()
    fields: dict[str, tuple[str, ...]] | None = None
    area: Geometry | None = None
    mode: IncidentMode | None = None
    incident: str | None = None
    from_level: str | None = None
    only_free: bool = False
    hops: Annotated[int, Meta(ge=0, le=MOST_HOPS)] = 0
    said: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """A thing as it leaves: its body without what the agreement keeps back."""

    ref: str
    body: dict[str, Any]
    provenance: dict[str, Any]
    extent: tuple[float, float, float, float] | None
