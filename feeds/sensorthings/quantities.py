"""What a Datastream measures, as our quantity and unit; what we do not know is never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

WORDS = {
    "W": ("waterlevel", "wasserstand", "wasserpegel", "pegelstand", "gageheight", "gaugeheight", "riverstage", "stage"),
    "Q": ("discharge", "abfluss", "durchfluss", "streamflow", "riverdischarge"),
    "N": ("precipitation", "niederschlag", "niederschlagsmenge", "rainfall", "regenmenge", "precipitationamount"),
}
"""Names of ObservedProperties, and last words of their definitions, by our quantity."""

_LENGTHS = {
    "m": 1.0, "meter": 1.0, "metre": 1.0, "metres": 1.0, "meters": 1.0,
    "cm": 0.01, "centimeter": 0.01, "centimetre": 0.01, "zentimeter": 0.01,
    "mm": 0.001, "millimeter": 0.001, "millimetre": 0.001,
}  # fmt: skip
_CUBIC = ("m3/s", "m3s-1", "m3*s-1", "m3.s-1", "cubicmetrepersecond", "cubicmeterpersecond", "cumec")
UNITS: dict[str, dict[str, tuple[float, str]]] = {
    "W": {sign: (metres * 100, "cm") for sign, metres in _LENGTHS.items()},
    "Q": {**dict.fromkeys(_CUBIC, (1.0, "m³/s")), **dict.fromkeys(("l/s", "ls-1", "litrepersecond"), (0.001, "m³/s"))},
    "N": {
        **{sign: (metres * 1000, "mm") for sign, metres in _LENGTHS.items()},
        **dict.fromkeys(("l/m2", "kg/m2"), (1.0, "mm")),
        **dict.fromkeys(("mm/h", "mmh-1", "mm/hr", "millimetreperhour", "millimeterperhour"), (1.0, "mm/h")),
    },
}
"""Factor to our unit and our unit, by quantity and the source's sign or name."""

_NO_LETTER = re.compile(r"[\W_]+")
_SMALL = str.maketrans("²³", "23", "^ \t\xa0")


@dataclass(frozen=True, slots=True)
class Measure:
    """A value of the source times `factor` is one in `unit`."""

    quantity: str
    factor: float
    unit: str


class NoMeasure(ValueError):
    """We do not know what is measured or in which unit; the message says which word is unknown."""


def measure_of(property: Mapping[str, str], symbol: str, unit_name: str, observed: Mapping[str, str]) -> Measure:
    """`property` has id, name and definition of the ObservedProperty. `observed` names our quantity for some of them;
    of another quantity than W, Q and N the unit stays as it is. Raises NoMeasure."""
    quantity = _quantity(property, observed)
    if quantity not in UNITS:
        return Measure(quantity, 1.0, symbol[:20] or unit_name[:20])
    for text in (symbol, unit_name):
        found = UNITS[quantity].get(text.translate(_SMALL).casefold())
        if found is not None:
            return Measure(quantity, *found)
    raise NoMeasure(f"unit {(symbol or unit_name or 'none')[:30]} of {quantity}")


def _quantity(property: Mapping[str, str], observed: Mapping[str, str]) -> str:
    given = [property.get(part, "") for part in ("id", "name", "definition")]
    for text in given:
        if text in observed:
            return observed[text]
    _, name, definition = given
    last = definition.rstrip("/").replace("#", "/").rsplit("/", 1)[-1]
    for word in (name, last):
        plain = _NO_LETTER.sub("", word).casefold()
        for quantity, words in WORDS.items():
            if plain in words:
                return quantity
    raise NoMeasure(f"observed property {(name or last or 'without name')[:60]}")
