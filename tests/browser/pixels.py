"""What a picture of the map shows: colours, and where a place on earth lies in it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

Colour = tuple[int, int, int]
TILE = 512


@dataclass(frozen=True)
class Projection:
    """Web Mercator as the map draws it: `zoom`, centre in degrees, size in CSS pixels."""

    zoom: float
    latitude: float
    longitude: float
    width: int
    height: int

    def __call__(self, longitude: float, latitude: float) -> tuple[float, float]:
        """Pixels from the left and the top."""
        x, y = self._world(longitude, latitude)
        x0, y0 = self._world(self.longitude, self.latitude)
        return x - x0 + self.width / 2, y - y0 + self.height / 2

    def _world(self, longitude: float, latitude: float) -> tuple[float, float]:
        size = TILE * 2**self.zoom
        sine = math.sin(math.radians(latitude))
        return (longitude + 180) / 360 * size, (0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)) * size


def colours(image: Image.Image) -> int:
    """How many different colours there are."""
    return len(image.getcolors(maxcolors=image.width * image.height) or ())


def distance(a: Colour, b: Colour) -> float:
    return math.dist(a, b)


def crosses_a_line(
    image: Image.Image, x: float, y: float, *, least: float = 8, within: int = 2, around: int = 7
) -> bool:
    """Whether the ground changes its colour at this place against all of what lies around it."""
    ground = [_at(image, x + around * dx, y + around * dy) for dx, dy in ((-1, -1), (1, -1), (-1, 1), (1, 1))]
    near = [_at(image, x + dx, y + dy) for dx in range(-2, 3) for dy in range(-2, 3)]
    return max(min(distance(colour, other) for other in ground) for colour in near) >= least


def nearest(image: Image.Image, wanted: Colour, x: float, y: float, radius: int) -> float:
    """The smallest distance to the colour within a square."""
    return min(
        distance(_at(image, x + dx, y + dy), wanted)
        for dx in range(-radius, radius + 1)
        for dy in range(-radius, radius + 1)
    )


def share(image: Image.Image, points: Iterable[tuple[float, float]]) -> float:
    """Part of the points, those inside the picture, where a line is drawn."""
    inside = [(x, y) for x, y in points if 10 <= x < image.width - 10 and 10 <= y < image.height - 10]
    assert len(inside) >= 20, "too few points of the line in this view"
    return sum(crosses_a_line(image, x, y) for x, y in inside) / len(inside)


def parse(css: str) -> Colour:
    """`rgb(63, 127, 174)` as numbers."""
    red, green, blue = (int(part) for part in css[css.index("(") + 1 : css.index(")")].split(",")[:3])
    return red, green, blue


def _at(image: Image.Image, x: float, y: float) -> Colour:
    pixel = image.getpixel((min(max(round(x), 0), image.width - 1), min(max(round(y), 0), image.height - 1)))
    assert isinstance(pixel, tuple)
    return pixel[0], pixel[1], pixel[2]
