"""What satellites saw in a scenario: activations of a mapping service, its areas of interest and products."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from feeds.simulator.gauge import Moment

Position = tuple[float, float]
"""Longitude, latitude."""


class Water(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One shape under water (Flooded area) or that was (Flood trace). `ring` is `longitude latitude, …`, closed."""

    notation: str = "Flooded area"
    ring: str
    since_version: int = 1
    """The version of the product that first shows it."""


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`ordered` puts it on the list as awaited, `delivered` makes it finished, `corrected` its second version.
    With `refused` nothing is produced, for this reason. `houses` are lines of `longitude latitude grade`."""

    type: Literal["FEP", "DEL", "GRA"]
    monitoring: int = 0
    ordered: Moment
    expected: Moment
    acquired: Moment
    delivered: Moment
    corrected: Moment | None = None
    refused: str = ""
    sensor: str
    sensor_type: Literal["sar", "optical"]
    resolution: str = "VHR1"
    water: tuple[Water, ...] = ()
    houses: str = ""

    @property
    def name(self) -> str:
        return f"{self.type}_MONIT{self.monitoring:02d}" if self.monitoring else f"{self.type}_PRODUCT"

    def version(self, now: datetime) -> int:
        return 2 if self.corrected is not None and self.corrected <= now else 1

    def graded(self) -> list[tuple[Position, str]]:
        """Raises ValueError."""
        found = []
        for line in filter(None, map(str.strip, self.houses.splitlines())):
            longitude, latitude, grade = line.split(maxsplit=2)
            found.append(((float(longitude), float(latitude)), grade))
        return found


class Aoi(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    number: int
    name: str
    ring: str
    product: tuple[Product, ...] = ()


class Activation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    code: str
    name: str
    reason: str
    category: str = "Flood"
    sub_category: str = "Flash flood"
    country: str = "Germany"
    event: Moment
    activated: Moment
    aoi: tuple[Aoi, ...] = ()

    def changed(self, now: datetime) -> datetime:
        """When something last changed before now."""
        moments = [self.activated]
        for product in (p for a in self.aoi for p in a.product):
            moments += [
                m for m in (product.ordered, product.delivered, product.corrected) if m is not None and m <= now
            ]
        return max(moments)


class SatelliteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    activation: tuple[Activation, ...] = ()


def ring(text: str) -> list[Position]:
    """Raises ValueError."""
    points = []
    for pair in text.split(","):
        longitude, latitude = pair.split()
        points.append((float(longitude), float(latitude)))
    if len(points) < 4 or points[0] != points[-1]:
        raise ValueError(f"ring is not closed: {text[:40]}…")
    return points


def check(activations: tuple[Activation, ...]) -> None:
    """Everything that can be wrong in the texts. Raises ValueError."""
    for activation in activations:
        for aoi in activation.aoi:
            ring(aoi.ring)
            for product in aoi.product:
                product.graded()
                if not product.ordered <= product.delivered or product.acquired > product.delivered:
                    raise ValueError(f"{activation.code} {product.name}: ordered and acquired come before delivered")
                for water in product.water:
                    ring(water.ring)
