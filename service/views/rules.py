"""What a task view is. A view chooses among what its reader may see; it never shows more."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Literal

from msgspec import Meta

KIND = "view"
LAYERS = Literal[
    "alarms", "helpers", "resources", "sites", "sectors", "facilities", "zones", "partners", "reports", "gauges",
    "warnings", "satellite", "features", "municipalities", "districts", "places", "basemap",
]  # fmt: skip
TABS = Literal[
    "gauges", "warnings", "features", "satellite", "sources", "incidents", "staff", "sites", "sectors", "facilities",
    "zones", "resources", "requests", "priority", "alarms", "custody", "volunteers", "partners", "tasks", "journal",
    "changes", "views",
]  # fmt: skip
PANELS = Literal["list", "legend", "help"]
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S")]
Column = Annotated[str, Meta(pattern=r"^[a-z_]{1,24}$")]
ViewId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,40}$")]


@dataclass(frozen=True, slots=True)
class Filter:
    """`level`: from this level on; `quantity`: W or Q; `in_view`: only what the map shows; `stale`: also stale;
    `status`: of what people made; `priority`: sites of this one and graver, 0 asks nothing."""

    level: Annotated[int, Meta(ge=0, le=4)] = 0
    quantity: Literal["W", "Q", "N"] = "W"
    water: Annotated[str, Meta(max_length=80)] = ""
    in_view: bool = False
    stale: bool = True
    status: Literal["open", "all", "closed"] = "open"
    priority: Annotated[int, Meta(ge=0, le=4)] = 0


@dataclass(frozen=True, slots=True)
class Area:
    """Where the map looks: zoom of web maps, centre in degrees WGS84."""

    zoom: Annotated[float, Meta(ge=4, le=19)]
    latitude: Annotated[float, Meta(ge=-85, le=85)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


@dataclass(frozen=True, slots=True)
class Wall:
    """A screen without hands: these views in turn, each for so many seconds."""

    views: Annotated[tuple[ViewId, ...], Meta(min_length=1, max_length=20)]
    seconds: Annotated[int, Meta(ge=5, le=3600)] = 30


@dataclass(frozen=True, slots=True)
class View:
    """`owner` is a person's id; shipped views have none. `tabs` empty: all; `columns` empty: the usual ones; `order`: a
    sort key, with - for falling. `released_only`: only public facts and what is released for the press."""

    name: Name
    owner: Annotated[str, Meta(max_length=80)] | None = None
    audience: Annotated[str, Meta(max_length=200)] | None = None
    layers: Annotated[tuple[LAYERS, ...], Meta(max_length=20)] = ()
    filter: Filter | None = None
    area: Area | None = None
    tabs: Annotated[tuple[TABS, ...], Meta(max_length=20)] = ()
    panels: Annotated[tuple[PANELS, ...], Meta(max_length=5)] = ()
    columns: Annotated[tuple[Column, ...], Meta(max_length=20)] = ()
    order: Annotated[str, Meta(pattern=r"^-?[a-z_]{1,24}$")] | None = None
    released_only: bool | None = None
    wall: Wall | None = None


def own_room(person: str) -> str:
    """The room in which a person's own views lie, seen by nobody else."""
    return f"p-{sha256(person.encode()).hexdigest()[:24]}"
