"""The views that come with the program, by the functions of DOMAIN section 1. Copy one to change it."""

from __future__ import annotations

from typing import Any

from geodata.model.body import to_body
from service.views.rules import LAYERS, Filter, View, Wall

_LAND: tuple[LAYERS, ...] = ("partners", "municipalities", "districts", "places", "basemap")
_SITUATION: tuple[LAYERS, ...] = ("resources", "sites", "sectors", "facilities", "zones")

SHIPPED: dict[str, View] = {
    "s1": View(
        "S1 Personal und Innerer Dienst",
        audience="S1",
        layers=("resources", "sectors", "facilities", *_LAND),
        tabs=("staff", "resources", "facilities", "tasks", "journal"),
        panels=("list",),
    ),
    "s2": View(
        "S2 Lage",
        audience="S2",
        layers=(*_SITUATION, "gauges", "warnings", *_LAND),
        tabs=("sites", "gauges", "warnings", "zones", "journal", "changes", "tasks", "sources"),
        panels=("list",),
        order="-level",
    ),
    "s3": View(
        "S3 Einsatz",
        audience="S3",
        layers=(*_SITUATION, "warnings", *_LAND),
        tabs=("sites", "resources", "requests", "priority", "tasks", "sectors", "facilities", "journal", "changes"),
        panels=("list",),
    ),
    "s4": View(
        "S4 Versorgung",
        audience="S4",
        layers=("resources", "sectors", "facilities", "zones", *_LAND),
        tabs=("facilities", "resources", "requests", "tasks", "sectors", "journal"),
        panels=("list",),
    ),
    "s5": View(
        "S5 / BuMA Presse und Öffentlichkeit",
        audience="S5 BUMA",
        layers=("zones", "facilities", "gauges", "warnings", *_LAND),
        tabs=("warnings", "gauges", "zones", "facilities", "journal"),
        panels=("list",),
        filter=Filter(level=1),
    ),
    "krisenstab": View(
        "Krisenstab",
        audience="LEITUNG KGS SMS EMS",
        layers=(*_SITUATION, "warnings", *_LAND),
        tabs=("changes", "sites", "tasks", "journal", "staff", "warnings"),
        panels=("list",),
    ),
    "sae": View(
        "Stab für außergewöhnliche Ereignisse",
        audience="LEITUNG KGS",
        layers=(*_SITUATION, "gauges", "warnings", *_LAND),
        tabs=("sites", "tasks", "journal", "facilities", "staff", "warnings"),
        panels=("list",),
    ),
    "meldekopf": View(
        "Meldekopf",
        audience="MELDEKOPF",
        layers=("resources", "sites", "sectors", "facilities", "zones", "places", "municipalities", "basemap"),
        tabs=("resources", "facilities", "tasks", "sectors", "journal"),
        panels=("list",),
    ),
    "press": View(
        "Presse (nur Freigegebenes)",
        layers=("zones", "gauges", "warnings", *_LAND),
        tabs=("warnings", "gauges", "zones"),
        panels=("list",),
        released_only=True,
    ),
    "wall": View(
        "Bildschirmwand",
        layers=(*_SITUATION, "gauges", "warnings", *_LAND),
        wall=Wall(views=("s2", "s3", "krisenstab"), seconds=30),
    ),
}


def listed() -> list[dict[str, Any]]:
    """As they go out: like facts, in the public room."""
    return [{"id": id, "room": "public", **to_body(view), "shipped": True} for id, view in SHIPPED.items()]
